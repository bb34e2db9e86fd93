//! What one identity was granted: roles, each in some branches or in the whole chain.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Action, Permission, Role, permission};
use crate::error::{ErrorKind, ServiceError};
use crate::ids::BranchId;

/// One role in some branches; without a list in the whole chain.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// As what.
    pub role: Role,
    /// Where; absent: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branches: Option<Vec<BranchId>>,
}

/// All grants of an identity; everybody is a customer besides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(Vec<Grant>);

/// Where something is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In the whole chain.
    Everywhere,
    /// In these branches; none of them means nowhere.
    Branches(BTreeSet<BranchId>),
}

/// Why something is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Denied {
    /// None of the roles may do it.
    #[error("none of your roles allows this")]
    Role,
    /// A role may do it, but elsewhere.
    #[error("your roles do not allow this in this branch")]
    Branch,
}

impl Grant {
    /// A role in the whole chain.
    pub const fn everywhere(role: Role) -> Self {
        Self { role, branches: None }
    }

    /// A role in some branches.
    pub fn within(role: Role, branches: impl IntoIterator<Item = BranchId>) -> Self {
        Self { role, branches: Some(branches.into_iter().collect()) }
    }

    /// Whether it holds in a branch.
    pub fn covers(&self, branch: BranchId) -> bool {
        self.branches.as_ref().is_none_or(|branches| branches.contains(&branch))
    }
}

impl Grants {
    /// Grants as a verified identity carries them.
    pub const fn new(grants: Vec<Grant>) -> Self {
        Self(grants)
    }

    /// Each grant.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// The staff roles held in a branch.
    pub fn roles_at(&self, branch: BranchId) -> Vec<Role> {
        let roles: BTreeSet<_> =
            self.0.iter().filter(|grant| grant.covers(branch)).map(|grant| grant.role).collect();
        roles.into_iter().collect()
    }

    /// Whether something is allowed in a branch, with all records.
    pub fn allows(&self, action: Action, branch: BranchId) -> Result<(), Denied> {
        self.at_least(Permission::Granted, action, |grant| grant.covers(branch))
    }

    /// Whether something is allowed in a branch with the caller's own records at least.
    pub fn allows_own(&self, action: Action, branch: BranchId) -> Result<(), Denied> {
        self.at_least(Permission::Own, action, |grant| grant.covers(branch))
    }

    /// Whether something is allowed that belongs to no branch, such as a product: needs a chain-wide grant.
    pub fn allows_chain(&self, action: Action) -> Result<(), Denied> {
        self.at_least(Permission::Granted, action, |grant| grant.branches.is_none())
    }

    /// Where something is allowed with a permission of that kind or a better one.
    pub fn reach(&self, action: Action, least: Permission) -> Reach {
        if permission(Role::Customer, action) >= least {
            return Reach::Everywhere;
        }
        let mut within = BTreeSet::new();
        for grant in self.0.iter().filter(|grant| permission(grant.role, action) >= least) {
            match &grant.branches {
                None => return Reach::Everywhere,
                Some(branches) => within.extend(branches),
            }
        }
        Reach::Branches(within)
    }

    fn at_least(
        &self,
        least: Permission,
        action: Action,
        holds: impl Fn(&Grant) -> bool,
    ) -> Result<(), Denied> {
        if permission(Role::Customer, action) >= least {
            return Ok(());
        }
        let mut enough = self.0.iter().filter(|grant| permission(grant.role, action) >= least).peekable();
        match enough.peek() {
            None => Err(Denied::Role),
            Some(_) => enough.any(holds).then_some(()).ok_or(Denied::Branch),
        }
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<T: IntoIterator<Item = Grant>>(grants: T) -> Self {
        Self(grants.into_iter().collect())
    }
}

impl ServiceError for Denied {
    fn kind(&self) -> ErrorKind {
        ErrorKind::PermissionDenied
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Role => "ROLE_NOT_ALLOWED",
            Self::Branch => "BRANCH_NOT_ALLOWED",
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const A: BranchId = BranchId::from_uuid(Uuid::from_u128(0xA));
    const B: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));

    #[test]
    fn what_nobody_granted_is_denied() {
        let nobody = Grants::default();

        assert_eq!(nobody.allows(Action::EditSlots, A), Err(Denied::Role));
        assert_eq!(nobody.allows(Action::PublicOrder, A), Ok(()));
        assert_eq!(nobody.reach(Action::EditSlots, Permission::Own), Reach::Branches(BTreeSet::new()));
    }

    #[test]
    fn a_role_counts_only_in_the_branches_of_its_grant() {
        let grants = Grants::new(vec![Grant::within(Role::Manager, [A]), Grant::within(Role::Cook, [B])]);

        assert_eq!(grants.allows(Action::EditSlots, A), Ok(()));
        assert_eq!(grants.allows(Action::EditSlots, B), Err(Denied::Branch));
        assert_eq!(grants.roles_at(B), [Role::Cook]);
        assert_eq!(
            [Grant::within(Role::Cook, [B])].into_iter().collect::<Grants>().roles_at(B),
            [Role::Cook]
        );
        assert_eq!(grants.reach(Action::EditSlots, Permission::Granted), Reach::Branches([A].into()));
    }

    #[test]
    fn what_belongs_to_no_branch_needs_a_grant_for_the_whole_chain() {
        let here = Grants::new(vec![Grant::within(Role::Admin, [A])]);
        let everywhere = Grants::new(vec![Grant::everywhere(Role::Admin)]);

        assert_eq!(here.allows_chain(Action::EditMenu), Err(Denied::Branch));
        assert_eq!(everywhere.allows_chain(Action::EditMenu), Ok(()));
    }

    #[test]
    fn a_courier_reads_own_orders_only() {
        let courier = Grants::new(vec![Grant::within(Role::Courier, [A])]);

        assert_eq!(courier.allows(Action::ReadLiveOrders, A), Err(Denied::Role));
        assert_eq!(courier.allows_own(Action::ReadLiveOrders, A), Ok(()));
    }

    #[test]
    fn own_records_are_those_of_the_branches_of_the_grant() {
        let courier = Grants::new(vec![Grant::within(Role::Courier, [A])]);

        assert_eq!(courier.allows_own(Action::Deliver, A), Ok(()));
        assert_eq!(courier.allows_own(Action::Deliver, B), Err(Denied::Branch));
        assert_eq!(courier.allows_own(Action::EditSlots, A), Err(Denied::Role));
    }

    #[test]
    fn grants_are_told_one_by_one_and_a_denial_says_what_is_missing() {
        let grants = vec![Grant::everywhere(Role::Cashier), Grant::within(Role::Cook, [B])];

        assert_eq!(Grants::new(grants.clone()).iter().cloned().collect::<Vec<_>>(), grants);
        assert_eq!(
            [Denied::Role, Denied::Branch].map(|denied| (denied.kind(), denied.reason())),
            [
                (ErrorKind::PermissionDenied, "ROLE_NOT_ALLOWED"),
                (ErrorKind::PermissionDenied, "BRANCH_NOT_ALLOWED")
            ]
        );
    }
}
