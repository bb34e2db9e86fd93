//! What one client may see of one branch.

use std::collections::BTreeSet;

use contracts::order::PizzaOrder;
use contracts::orders::v1::Order;
use contracts::orders_view;
use domain::orders::audience::{Audience, FieldGroup};
use domain::orders::status::OrderStatus;

/// Which of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// One branch, orders that the kitchen sees.
    Tablet,
    /// Every order of its branches, at once.
    Dashboard,
}

impl Stream {
    /// Name in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tablet => "tablet",
            Self::Dashboard => "dashboard",
        }
    }
}

/// What decides which orders a client sees, and which fields of them. Clients with equal views share frames.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    /// Which stream it reads.
    pub stream: Stream,
    /// Which columns of an order it sees.
    pub audience: Audience,
    /// What is different for orders that it carries.
    pub courier: Option<Courier>,
    /// Wants only orders in these statuses; empty: all.
    pub statuses: BTreeSet<OrderStatus>,
}

/// Somebody who brings orders to customers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Courier {
    /// Who.
    pub subject: String,
    /// Columns of the orders that this courier carries.
    pub own: Audience,
    /// Sees no other orders.
    pub only_own: bool,
}

/// What views ask about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether the kitchen sees it.
    pub shown: bool,
    /// Whether somebody still has to do something about it.
    pub live: bool,
    /// Where it stands.
    pub status: OrderStatus,
    /// Who carries it; empty: nobody.
    pub courier: String,
}

impl Facts {
    /// The facts of an order's present state.
    pub fn of(order: &PizzaOrder) -> Self {
        // a status of a newer release is nothing that this one could show as work to be done
        let status = OrderStatus::parse(&order.status).unwrap_or(OrderStatus::Archived);
        let under_way = status.is_live() && status != OrderStatus::Pending;
        Self {
            shown: order.shown || under_way,
            live: status.is_live(),
            status,
            courier: order.courier_id.clone(),
        }
    }
}

impl View {
    /// Whether an order with these facts is among the orders of this view.
    pub fn covers(&self, facts: &Facts) -> bool {
        let visible = facts.shown || self.stream == Stream::Dashboard;
        let allowed = match &self.courier {
            Some(courier) if courier.only_own => courier.subject == facts.courier,
            _ => true,
        };
        let wanted = self.statuses.is_empty() || self.statuses.contains(&facts.status);
        visible && allowed && wanted
    }

    /// The order cut to the columns of this view.
    pub fn cut(&self, order: &PizzaOrder) -> Order {
        orders_view::view(order, self.audience_of(order))
    }

    /// Whether this view shows who did something to an order, and why.
    pub fn shows_actors(&self, order: &PizzaOrder) -> bool {
        self.audience_of(order).sees(FieldGroup::History)
    }

    fn audience_of(&self, order: &PizzaOrder) -> Audience {
        match &self.courier {
            Some(courier) if courier.subject == order.courier_id => courier.own,
            _ => self.audience,
        }
    }
}
