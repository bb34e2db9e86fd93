//! Who asks, and what of which orders it may see.

use std::sync::Arc;

use domain::ids::{BranchId, OrderId};
use domain::orders::audience::Audience;
use domain::orders::lifecycle;
use domain::permissions::{Action, Denied, Grant, Grants, Permission, Reach, Role, permission};

use super::OrderError;
use crate::storage::Order;
use crate::storage::orders::{Filter, Visibility};

/// The verified identity behind a call.
#[derive(Clone, Debug)]
pub struct Actor {
    /// Id of the person or device.
    pub subject: Arc<str>,
    /// How events and history name it.
    pub name: String,
    /// What it was granted.
    pub grants: Arc<Grants>,
}

/// An order with what its reader may see of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The order.
    pub order: Order,
    /// Which of its fields are shown.
    pub audience: Audience,
}

/// The orders that an actor may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// All orders of these branches; `None` is everywhere.
    pub all_of: Option<Vec<BranchId>>,
    /// Beside them the orders that this courier delivers.
    pub delivered_by: Option<String>,
}

impl Scope {
    /// The scope as the tables understand it.
    pub(super) fn filter(self, visibility: Visibility) -> Filter {
        Filter { branches: self.all_of, delivered_by: self.delivered_by, visibility }
    }
}

impl Actor {
    /// The orders it may read; only those of `branch` when one is named.
    pub(super) fn scope(&self, branch: Option<BranchId>) -> Result<Scope, Denied> {
        let reach = self.grants.reach(Action::ReadLiveOrders, Permission::Granted);
        let delivers =
            |grant: &Grant| grant.role == Role::Courier && branch.is_none_or(|branch| grant.covers(branch));
        let delivered_by = self.grants.iter().any(delivers).then(|| self.subject.to_string());
        let all_of = match (reach, branch) {
            (Reach::Everywhere, None) => None,
            (Reach::Everywhere, Some(branch)) => Some(vec![branch]),
            (Reach::Branches(within), None) => Some(within.into_iter().collect()),
            (Reach::Branches(within), Some(branch)) => {
                Some(within.into_iter().filter(|allowed| *allowed == branch).collect())
            }
        };
        if all_of.as_ref().is_some_and(Vec::is_empty) && delivered_by.is_none() {
            return Err(self.refusal());
        }
        Ok(Scope { all_of, delivered_by })
    }

    /// What it may see of an order; `role` narrows that. An order of which it may see nothing does not exist.
    pub(super) fn see(&self, order: Order, role: Option<Role>) -> Result<Seen, OrderError> {
        let audience = self.audience_of(&order, role);
        if audience.is_nobody() { Err(OrderError::NotFound(order.id)) } else { Ok(Seen { order, audience }) }
    }

    /// The columns of an order that it may see.
    pub(super) fn audience_of(&self, order: &Order, role: Option<Role>) -> Audience {
        self.audience(order.branch, &order.full.courier_id, role)
    }

    /// The columns that it may see of an order of `branch` that `courier` delivers.
    pub(super) fn audience(&self, branch: BranchId, courier: &str, role: Option<Role>) -> Audience {
        let own = !self.subject.is_empty() && *self.subject == *courier;
        let mut roles = self.grants.roles_at(branch);
        // couriers read their own deliveries only
        roles.retain(|role| *role != Role::Courier || own);
        let all = Audience::of(&roles, own);
        role.map_or(all, |role| all.narrowed_to(Audience::of(&[role], own)))
    }

    /// Passes if it holds a role in the branch; to anybody else the order does not exist.
    pub(super) fn require_role_at(&self, branch: BranchId, order: OrderId) -> Result<(), OrderError> {
        if !self.grants.roles_at(branch).is_empty() {
            Ok(())
        } else if self.grants.iter().next().is_some() {
            Err(OrderError::NotFound(order))
        } else {
            Err(Denied::Role.into())
        }
    }

    /// Who it is to the life of an order in that branch.
    pub(super) fn in_branch(&self, branch: BranchId) -> lifecycle::Actor {
        lifecycle::Actor::Staff { person: self.subject.parse().ok(), roles: self.grants.roles_at(branch) }
    }

    /// The role whose columns its lists are cut to, for people to read.
    pub fn shown_role(&self, role: Option<Role>) -> &'static str {
        let strongest = self.grants.iter().map(|grant| grant.role).min();
        role.or(strongest).map_or("", Role::as_str)
    }

    fn refusal(&self) -> Denied {
        let reads = |grant: &Grant| permission(grant.role, Action::ReadLiveOrders) > Permission::Denied;
        if self.grants.iter().any(reads) { Denied::Branch } else { Denied::Role }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const A: BranchId = BranchId::from_uuid(Uuid::from_u128(0xA));
    const B: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));

    fn actor(grants: Vec<Grant>) -> Actor {
        Actor { subject: "p-1".into(), name: "staff:p-1".to_owned(), grants: Arc::new(Grants::new(grants)) }
    }

    #[test]
    fn a_cook_reads_the_orders_of_the_own_branch() {
        let cook = actor(vec![Grant::within(Role::Cook, [A])]);

        assert_eq!(cook.scope(None), Ok(Scope { all_of: Some(vec![A]), delivered_by: None }));
        assert_eq!(cook.scope(Some(B)), Err(Denied::Branch));
    }

    #[test]
    fn a_courier_reads_own_deliveries_and_a_technologist_nothing() {
        let courier = actor(vec![Grant::within(Role::Courier, [A])]);
        let technologist = actor(vec![Grant::everywhere(Role::Technologist)]);

        let own = Scope { all_of: Some(Vec::new()), delivered_by: Some("p-1".to_owned()) };
        assert_eq!(courier.scope(Some(A)), Ok(own));
        assert_eq!(courier.scope(Some(B)), Err(Denied::Branch));
        assert_eq!(technologist.scope(None), Err(Denied::Role));
    }

    #[test]
    fn an_admin_of_the_chain_reads_everything() {
        let admin = actor(vec![Grant::everywhere(Role::Admin)]);

        assert_eq!(admin.scope(None), Ok(Scope { all_of: None, delivered_by: None }));
        assert_eq!(admin.shown_role(Some(Role::Cook)), "cook");
    }
}
