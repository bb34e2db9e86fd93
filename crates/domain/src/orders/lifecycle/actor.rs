//! Who moves an order, and why an order is cancelled.

use super::{LifecycleRefusal, Move};
use crate::ids::PersonId;
use crate::permissions::Role;
use crate::text::clean;

/// The longest explanation of a cancel.
const MOST_REASON_CHARS: usize = 500;

/// Who moves an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person, with the roles held in the order's branch.
    Staff {
        /// Who; absent for identities that are no person, such as the first super admin.
        person: Option<PersonId>,
        /// As what.
        roles: Vec<Role>,
    },
    /// A kitchen worker of the system: cooks like a cook.
    Worker,
    /// The system itself, when items move.
    System,
    /// The customer, who has proven that the order is theirs.
    Customer,
}

/// Why an order is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelReason {
    /// The customer wants it.
    CustomerRequest,
    /// Something is missing.
    OutOfStock,
    /// Something broke.
    KitchenProblem,
    /// Nobody can bring it.
    CourierProblem,
    /// It was not paid.
    PaymentProblem,
    /// It is there twice.
    Duplicate,
    /// It is not meant seriously.
    Fraud,
    /// It was a test.
    Test,
    /// Something else, in words.
    Other,
}

/// Why an order was cancelled, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Why.
    pub reason: CancelReason,
    /// In words; never empty with [`CancelReason::Other`].
    pub text: String,
}

impl Actor {
    pub(super) fn may(&self, by: Move) -> bool {
        match self {
            Self::Staff { roles, .. } => {
                roles.iter().any(|role| role.is_manager_or_above() || by.roles().contains(role))
            }
            Self::Worker => by.roles().contains(&Role::Cook),
            Self::System => by.by_system(),
            Self::Customer => by == Move::Cancel,
        }
    }

    pub(super) fn is_manager(&self) -> bool {
        match self {
            Self::Staff { roles, .. } => roles.iter().any(|role| role.is_manager_or_above()),
            Self::Worker | Self::System | Self::Customer => false,
        }
    }

    /// The courier who takes an order: the one named; a courier without other rights can only take it personally.
    pub(super) fn courier_of(&self, named: Option<PersonId>) -> Result<PersonId, LifecycleRefusal> {
        let me = self.courier();
        let for_others = self.hands_to_others();
        match (named, me) {
            (Some(named), me) if for_others || me == Some(named) => Ok(named),
            (None, Some(me)) => Ok(me),
            (Some(_), _) => Err(LifecycleRefusal::RoleNotAllowed),
            (None, None) => Err(LifecycleRefusal::CourierRequired),
        }
    }

    /// Whether the actor brings this order, or may speak for whoever does.
    pub(super) fn may_deliver(&self, courier: Option<PersonId>) -> bool {
        self.is_manager() || self.courier().is_some_and(|me| courier == Some(me))
    }

    /// The person, if a courier.
    fn courier(&self) -> Option<PersonId> {
        match self {
            Self::Staff { person, roles } => person.filter(|_| roles.contains(&Role::Courier)),
            Self::Worker | Self::System | Self::Customer => None,
        }
    }

    fn hands_to_others(&self) -> bool {
        let hands = |role: &Role| {
            role.is_manager_or_above()
                || (*role != Role::Courier && Move::HandToCourier.roles().contains(role))
        };
        match self {
            Self::Staff { roles, .. } => roles.iter().any(hands),
            Self::Worker | Self::System | Self::Customer => false,
        }
    }
}

impl CancelReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::CustomerRequest,
        Self::OutOfStock,
        Self::KitchenProblem,
        Self::CourierProblem,
        Self::PaymentProblem,
        Self::Duplicate,
        Self::Fraud,
        Self::Test,
        Self::Other,
    ];

    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomerRequest => "customer_request",
            Self::OutOfStock => "out_of_stock",
            Self::KitchenProblem => "kitchen_problem",
            Self::CourierProblem => "courier_problem",
            Self::PaymentProblem => "payment_problem",
            Self::Duplicate => "duplicate",
            Self::Fraud => "fraud",
            Self::Test => "test",
            Self::Other => "other",
        }
    }

    /// The reason of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }
}

impl Cancellation {
    /// Reads a reason and its words; `other` needs words.
    pub fn read(reason: Option<CancelReason>, text: &str) -> Result<Self, LifecycleRefusal> {
        let reason = reason.ok_or(LifecycleRefusal::ReasonRequired)?;
        let text = clean(text, MOST_REASON_CHARS).map_err(LifecycleRefusal::ReasonText)?;
        if reason == CancelReason::Other && text.is_empty() {
            return Err(LifecycleRefusal::ReasonRequired);
        }
        Ok(Self { reason, text })
    }
}
