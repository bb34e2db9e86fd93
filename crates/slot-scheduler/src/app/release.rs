//! Giving a hold back: the order will not come.

use domain::ids::{BranchId, OrderId};

use super::{SlotError, Slots};

impl Slots {
    /// Ends a hold; whether there was one.
    pub async fn release(&self, branch: BranchId, order: OrderId) -> Result<bool, SlotError> {
        Ok(self.store.release(self.now(), branch, order).await?)
    }
}
