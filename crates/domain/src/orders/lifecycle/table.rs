//! The moves: from which status to which, and for which orders.

use super::OrderFacts;
use crate::orders::choices::Fulfilment;
use crate::orders::status::OrderStatus;
use crate::permissions::Role;

/// One row of the table of moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// T2: the kitchen begins.
    Start,
    /// T3: something goes into the oven.
    Bake,
    /// T4: an order that the kitchen has nothing to do for is packed.
    FinishWithoutKitchen,
    /// T5: the kitchen is done.
    Finish,
    /// T6: a courier takes it.
    HandToCourier,
    /// T7: the customer takes it.
    HandToCustomer,
    /// T8: the courier has handed it over.
    Deliver,
    /// T13: it will not be made.
    Cancel,
}

/// The move between two statuses that is legal for this order, if there is one.
pub(super) fn legal_move(order: &OrderFacts, from: OrderStatus, to: OrderStatus) -> Option<Move> {
    move_between(from, to).filter(|by| suits(order, from, *by))
}

/// The table, exhaustive on purpose: a new status forces a decision about each pair.
const fn move_between(from: OrderStatus, to: OrderStatus) -> Option<Move> {
    use OrderStatus::{Archived, Cancelled, Cooking, Delivered, Delivery, Pending, Preparing, Ready};
    match from {
        Pending => match to {
            Preparing => Some(Move::Start),
            Ready => Some(Move::FinishWithoutKitchen),
            Cancelled => Some(Move::Cancel),
            Pending | Cooking | Delivery | Delivered | Archived => None,
        },
        Preparing => match to {
            Cooking => Some(Move::Bake),
            Ready => Some(Move::Finish),
            Pending | Preparing | Delivery | Delivered | Cancelled | Archived => None,
        },
        Cooking => match to {
            Ready => Some(Move::Finish),
            Pending | Preparing | Cooking | Delivery | Delivered | Cancelled | Archived => None,
        },
        Ready => match to {
            Delivery => Some(Move::HandToCourier),
            Delivered => Some(Move::HandToCustomer),
            Pending | Preparing | Cooking | Ready | Cancelled | Archived => None,
        },
        Delivery => match to {
            Delivered => Some(Move::Deliver),
            Pending | Preparing | Cooking | Ready | Delivery | Cancelled | Archived => None,
        },
        Delivered | Cancelled | Archived => None,
    }
}

/// Whether a move suits what the order is made of and how it reaches the customer.
fn suits(order: &OrderFacts, from: OrderStatus, by: Move) -> bool {
    match by {
        Move::FinishWithoutKitchen => order.all_route_less(),
        Move::Finish => from == OrderStatus::Cooking || !order.any_oven(),
        Move::HandToCourier => order.fulfilment == Fulfilment::Delivery,
        Move::HandToCustomer => order.fulfilment == Fulfilment::Pickup,
        Move::Start | Move::Bake | Move::Deliver | Move::Cancel => true,
    }
}

impl Move {
    /// The roles below manager that may make the move; managers and above may make any.
    pub(super) const fn roles(self) -> &'static [Role] {
        match self {
            Self::Start | Self::Finish => &[Role::Cook, Role::Packer],
            Self::Bake => &[Role::Cook],
            Self::FinishWithoutKitchen | Self::HandToCustomer => &[Role::Packer, Role::Cashier],
            Self::HandToCourier => &[Role::Courier, Role::Packer, Role::Cashier],
            Self::Deliver => &[Role::Courier],
            Self::Cancel => &[Role::Cashier],
        }
    }

    /// Whether the system itself makes the move, on behalf of items that move.
    pub(super) const fn by_system(self) -> bool {
        match self {
            Self::Start | Self::Bake | Self::Finish => true,
            Self::FinishWithoutKitchen
            | Self::HandToCourier
            | Self::HandToCustomer
            | Self::Deliver
            | Self::Cancel => false,
        }
    }
}
