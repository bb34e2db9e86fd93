//! Which fields of an order whom concern.
//!
//! An audience is small and can be compared, so that a frame is encoded once for all sockets that share one.

use crate::permissions::Role;

/// Fields of an order that are shown or hidden together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldGroup {
    /// Display id, status, slot, fulfilment.
    Basics,
    /// What is made: names and quantities.
    Items,
    /// Extras, exclusions, composition.
    Changes,
    /// Notes for the kitchen.
    Notes,
    /// The customer's first name.
    FirstName,
    /// Last name, phone, address, call before delivery.
    Contact,
    /// How it is paid, and whether.
    PaymentMethod,
    /// What the customer pays.
    FinalPrice,
    /// Discounts, promo, and the sums that lead to the final price.
    Discounts,
    /// Who did what when.
    History,
}

/// Those who see the same fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Audience(u16);

impl FieldGroup {
    /// Every group.
    pub const ALL: [Self; 10] = [
        Self::Basics,
        Self::Items,
        Self::Changes,
        Self::Notes,
        Self::FirstName,
        Self::Contact,
        Self::PaymentMethod,
        Self::FinalPrice,
        Self::Discounts,
        Self::History,
    ];

    const fn bit(self) -> u16 {
        match self {
            Self::Basics => 1,
            Self::Items => 1 << 1,
            Self::Changes => 1 << 2,
            Self::Notes => 1 << 3,
            Self::FirstName => 1 << 4,
            Self::Contact => 1 << 5,
            Self::PaymentMethod => 1 << 6,
            Self::FinalPrice => 1 << 7,
            Self::Discounts => 1 << 8,
            Self::History => 1 << 9,
        }
    }
}

impl Audience {
    /// Sees nothing.
    pub const NOBODY: Self = Self(0);

    /// The customer who knows the order's id.
    pub const CUSTOMER: Self =
        Self::over(&[FieldGroup::Basics, FieldGroup::Items, FieldGroup::Changes, FieldGroup::FinalPrice]);

    /// Sees everything: the office, and services of ours.
    pub const OFFICE: Self = Self::over(&FieldGroup::ALL);

    /// Staff with these roles in the order's branch; `own` when the order is the courier's own delivery.
    pub fn of(roles: &[Role], own: bool) -> Self {
        Self(roles.iter().fold(0, |seen, role| seen | Self::column(*role, own).0))
    }

    /// Whether fields of a group are shown.
    pub const fn sees(self, group: FieldGroup) -> bool {
        self.0 & group.bit() != 0
    }

    /// Whether the order is hidden altogether.
    pub const fn is_nobody(self) -> bool {
        self.0 == 0
    }

    /// What both see: a `role` parameter narrows what the caller's own roles allow, never widens it.
    #[must_use]
    pub const fn narrowed_to(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// One column of the table of fields.
    fn column(role: Role, own: bool) -> Self {
        use FieldGroup::{
            Basics, Changes, Contact, Discounts, FinalPrice, FirstName, History, Items, Notes, PaymentMethod,
        };
        match role {
            Role::SuperAdmin | Role::Admin | Role::Manager | Role::Cashier => Self::OFFICE,
            Role::Cook => Self::over(&[Basics, Items, Changes, Notes]),
            Role::Packer => Self::over(&[Basics, Items, Changes, Notes, FirstName, FinalPrice]),
            Role::Courier if own => {
                Self::over(&[Basics, Items, FirstName, Contact, PaymentMethod, FinalPrice])
            }
            Role::Courier => Self::over(&[Basics, Items, FirstName, PaymentMethod, FinalPrice]),
            Role::Accountant => Self::over(&[Basics, Items, PaymentMethod, FinalPrice, Discounts, History]),
            Role::Technologist => Self::NOBODY,
            Role::Customer if own => Self::CUSTOMER,
            Role::Customer => Self::NOBODY,
        }
    }

    const fn over(groups: &[FieldGroup]) -> Self {
        let mut seen = 0;
        let mut rest = groups;
        while let Some((group, others)) = rest.split_first() {
            seen |= group.bit();
            rest = others;
        }
        Self(seen)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn every_role_sees_its_column() {
        let mut table = String::new();
        for group in FieldGroup::ALL {
            write!(table, "{:<13}", format!("{group:?}")).unwrap();
            for (name, roles, own) in [
                ("CU", Role::Customer, true),
                ("CK", Role::Cook, false),
                ("PK", Role::Packer, false),
                ("CR", Role::Courier, false),
                ("CR own", Role::Courier, true),
                ("CS", Role::Cashier, false),
                ("MG", Role::Manager, false),
                ("AC", Role::Accountant, false),
            ] {
                let shown = Audience::of(&[roles], own).sees(group);
                write!(table, " | {}", if shown { name } else { "-" }).unwrap();
            }
            table.push('\n');
        }

        insta::assert_snapshot!(table, @r"
        Basics        | CU | CK | PK | CR | CR own | CS | MG | AC
        Items         | CU | CK | PK | CR | CR own | CS | MG | AC
        Changes       | CU | CK | PK | - | - | CS | MG | -
        Notes         | - | CK | PK | - | - | CS | MG | -
        FirstName     | - | - | PK | CR | CR own | CS | MG | -
        Contact       | - | - | - | - | CR own | CS | MG | -
        PaymentMethod | - | - | - | CR | CR own | CS | MG | AC
        FinalPrice    | CU | - | PK | CR | CR own | CS | MG | AC
        Discounts     | - | - | - | - | - | CS | MG | AC
        History       | - | - | - | - | - | CS | MG | AC
        ");
    }

    #[test]
    fn a_customer_sees_nothing_of_anothers_order() {
        assert!(Audience::of(&[Role::Customer], false).is_nobody());
    }

    #[test]
    fn two_roles_see_what_either_of_them_sees() {
        let both = Audience::of(&[Role::Cook, Role::Courier], true);

        assert!(both.sees(FieldGroup::Items));
        assert!(both.sees(FieldGroup::Notes));
        assert!(both.sees(FieldGroup::Contact));
        assert!(!both.sees(FieldGroup::History));
    }

    #[test]
    fn narrowing_never_widens() {
        let cook = Audience::of(&[Role::Cook], false);

        assert_eq!(cook.narrowed_to(Audience::OFFICE), cook);
        assert_eq!(Audience::OFFICE.narrowed_to(cook), cook);
        assert!(Audience::of(&[Role::Technologist], false).is_nobody());
        assert!(!cook.is_nobody());
    }
}
