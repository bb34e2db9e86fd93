//! Looking at an order: whoever knows its id may.

use contracts::order::CustomerOrder;
use domain::ids::OrderId;
use domain::{ErrorKind, Refused};

use super::{App, OrderError};

impl App {
    /// The customer's part of an order.
    pub async fn track(&self, order_id: &str) -> Result<CustomerOrder, OrderError> {
        let order_id = order_id_of(order_id)?;
        Ok(self.ports.orders.track(order_id).await?)
    }
}

pub(super) fn order_id_of(text: &str) -> Result<OrderId, Refused> {
    let id = text.trim().parse();
    id.map_err(|_| {
        Refused::one(ErrorKind::InvalidArgument, "order_id", "ORDER_ID_INVALID", "is not an order id")
    })
}
