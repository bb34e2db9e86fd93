//! The roles: nine of the staff, and the customer that everybody is.

use serde::{Deserialize, Serialize};

/// What somebody is to the pizzeria.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The owner's own.
    SuperAdmin,
    /// The office.
    Admin,
    /// Runs branches.
    Manager,
    /// Makes recipes.
    Technologist,
    /// Cooks.
    Cook,
    /// Packs.
    Packer,
    /// Brings orders to customers.
    Courier,
    /// Takes orders at the counter and on the phone.
    Cashier,
    /// Keeps the books.
    Accountant,
    /// Every public caller; never granted.
    Customer,
}

impl Role {
    /// Every role, in the order of the matrix.
    pub const ALL: [Self; 10] = [
        Self::SuperAdmin,
        Self::Admin,
        Self::Manager,
        Self::Technologist,
        Self::Cook,
        Self::Packer,
        Self::Courier,
        Self::Cashier,
        Self::Accountant,
        Self::Customer,
    ];

    /// The name on wires, in tokens and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Technologist => "technologist",
            Self::Cook => "cook",
            Self::Packer => "packer",
            Self::Courier => "courier",
            Self::Cashier => "cashier",
            Self::Accountant => "accountant",
            Self::Customer => "customer",
        }
    }

    /// The role of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether the role may do whatever a manager may do.
    pub const fn is_manager_or_above(self) -> bool {
        matches!(self, Self::SuperAdmin | Self::Admin | Self::Manager)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_known_by_its_name_and_no_other_is() {
        for role in Role::ALL {
            assert_eq!(Role::parse(&role.to_string()), Some(role));
        }
        assert_eq!(Role::parse("Cook"), None);
        assert_eq!(Role::parse(""), None);
    }
}
