//! Whether Redis still knows what it knew.
//!
//! The mark of a branch names the life of the Redis server in which the branch was filled: a server that was
//! restarted, or replaced by its replica, may have forgotten its last second.

use std::collections::HashSet;

use domain::calendar::BusinessDate;
use domain::ids::BranchId;
use redis::Pipeline;

use super::{SlotStore, SlotStoreError, keys, scripts};

impl SlotStore {
    /// The branches among these that were not filled in this life of the server.
    pub async fn forgotten(&self, branches: &[BranchId]) -> Result<Vec<BranchId>, SlotStoreError> {
        if branches.is_empty() {
            return Ok(Vec::new());
        }
        let life = self.cache.life().await?;
        let mut pipe = Pipeline::with_capacity(branches.len());
        for branch in branches {
            pipe.get(keys::epoch(*branch));
        }
        let marks: Vec<Option<String>> = pipe.query_async(&mut self.cache.conn()).await?;
        let lost = branches.iter().zip(marks).filter(|(_, mark)| mark.as_ref() != Some(&life));
        Ok(lost.map(|(branch, _)| *branch).collect())
    }

    /// Takes marks of other lives away: nothing is assigned until their branches are filled again.
    pub async fn forget(&self, branches: &[BranchId]) -> Result<(), SlotStoreError> {
        let life = self.cache.life().await?;
        let mut pipe = Pipeline::with_capacity(branches.len() + 1);
        pipe.load_script(&scripts::FORGET).ignore();
        for branch in branches {
            pipe.invoke_script(scripts::FORGET.key(keys::epoch(*branch)).arg(&life)).ignore();
        }
        pipe.exec_async(&mut self.cache.conn()).await.map_err(Into::into)
    }

    /// Business dates of the orders that hold a place now.
    pub async fn held_dates(&self, branch: BranchId) -> Result<HashSet<BusinessDate>, SlotStoreError> {
        let orders: Vec<String> = redis::cmd("ZRANGE")
            .arg(keys::holds(branch))
            .arg(0)
            .arg(-1)
            .query_async(&mut self.cache.conn())
            .await?;
        let orders = orders.iter().map(|order| order.parse()).collect::<Result<Vec<_>, _>>();
        let orders = orders.map_err(|_| SlotStoreError::Unreadable("a hold"))?;
        if orders.is_empty() {
            return Ok(HashSet::new());
        }
        let mut pipe = Pipeline::with_capacity(orders.len());
        for order in orders {
            pipe.hget(keys::order(branch, order), "date");
        }
        let dates: Vec<Option<String>> = pipe.query_async(&mut self.cache.conn()).await?;
        let dates = dates.into_iter().flatten().map(|date| date.parse());
        dates.collect::<Result<_, _>>().map_err(|_| SlotStoreError::Unreadable("a business date"))
    }
}
