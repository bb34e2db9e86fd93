//! One order, for who may see it.

use chrono::TimeDelta;
use domain::ids::OrderId;
use domain::permissions::Role;

use super::{Actor, App, OrderError, Seen};
use crate::storage::{Order, duplicates, orders};

/// An order accepted less than this ago may still be on its way.
const ON_ITS_WAY: TimeDelta = TimeDelta::seconds(60);

impl App {
    /// The order, cut to what the actor may see.
    pub async fn find(&self, id: OrderId, actor: &Actor, role: Option<Role>) -> Result<Seen, OrderError> {
        // who may read nothing learns nothing of what exists
        actor.scope(None)?;
        let mut conn = self.pool.get().await?;
        let order = orders::find(&mut conn, id).await?.ok_or_else(|| self.absent(id))?;
        actor.see(order, role)
    }

    /// The order, or the one in its place, for a neighbour who cuts it to what its own caller may see: what was
    /// accepted can be followed, also when it was accepted twice.
    pub async fn track(&self, id: OrderId) -> Result<Order, OrderError> {
        let mut conn = self.pool.get().await?;
        if let Some(order) = orders::find(&mut conn, id).await? {
            return Ok(order);
        }
        let original = duplicates::original(&mut conn, id).await?.ok_or_else(|| self.absent(id))?;
        orders::find(&mut conn, original).await?.ok_or_else(|| self.absent(original))
    }

    /// Whether an order that is not stored may still come.
    pub(super) fn absent(&self, id: OrderId) -> OrderError {
        let is_young = orders::created_at(id).is_some_and(|at| self.clock.now() - at < ON_ITS_WAY);
        if is_young { OrderError::NotYetStored(id) } else { OrderError::NotFound(id) }
    }
}
