//! Use cases: one file per verb.

mod agenda; // slots of the days ahead
pub mod assign; // find a slot for an order and hold it
pub mod branches; // create and change branches
pub mod config; // read and change slot settings
pub mod error; // everything that can go wrong
pub mod expire; // end holds that nothing followed
pub mod finish; // forget what is over
pub mod follow; // keep up with the log
pub mod listing; // slots with their loads
pub mod overrides; // settings of a single slot
pub mod ports; // what is needed of others
pub mod rebuild; // fill a store that has lost its memory
pub mod release; // give a hold back
pub mod wire; // slots as the contract shows them

pub use error::SlotError;

use std::sync::Arc;

use arc_swap::ArcSwap;
use chassis::clock::{Clock, IdSource};
use chrono::{DateTime, Utc};
use domain::calendar::OpeningHours;
use domain::ids::BranchId;
use store::{Conn, Connection, Pool, outbox};
use tokio::sync::Notify;

use agenda::Agendas;
use ports::{Change, Tell, Told};

use crate::storage::audit::AuditRow;
use crate::storage::redis::SlotStore;
use crate::storage::{Branch, BranchBook, audit, book};

/// What the use cases work with.
pub struct Slots {
    pool: Pool,
    store: SlotStore,
    book: ArcSwap<BranchBook>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    tell: Tell,
    forgotten: Notify,
    agendas: Agendas,
}

impl Slots {
    /// Opens nothing; the book is empty until [`Slots::refresh`].
    pub fn new(
        pool: Pool,
        store: SlotStore,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        tell: Tell,
    ) -> Self {
        Self {
            pool,
            store,
            book: ArcSwap::default(),
            clock,
            ids,
            tell,
            forgotten: Notify::new(),
            agendas: Agendas::default(),
        }
    }

    /// Reads the book of branches again if it has changed; a system without a branch gets its first.
    pub async fn refresh(&self, first_hours: &OpeningHours) -> Result<(), SlotError> {
        let mut conn = self.pool.get().await?;
        let known = self.book.load().revision;
        if self.book.load().branches.is_empty() || book::revision(&mut conn).await? != known {
            self.reload(&mut conn).await?;
        }
        drop(conn);
        if self.book.load().branches.is_empty() {
            self.open_first_branch(first_hours).await?;
        }
        Ok(())
    }

    /// The branch that the id names, or the default branch.
    pub fn branch_or_default(&self, id: Option<BranchId>) -> Result<Arc<Branch>, SlotError> {
        let book = self.book.load();
        if book.branches.is_empty() {
            return Err(SlotError::NotLoaded);
        }
        let found = match id {
            Some(id) => book.branches.get(&id),
            None => book.default_branch(),
        };
        found.cloned().ok_or(SlotError::BranchNotFound)
    }

    /// The branch with that id; `unknown` when there is none.
    pub fn branch(&self, id: BranchId, unknown: SlotError) -> Result<Arc<Branch>, SlotError> {
        match self.branch_or_default(Some(id)) {
            Err(SlotError::BranchNotFound) => Err(unknown),
            found => found,
        }
    }

    /// The branch that slot ids without a branch mean.
    pub fn default_branch(&self) -> BranchId {
        self.book.load().default_branch().map_or(BranchId::MAIN, |branch| branch.id)
    }

    /// Waits until somebody meets a branch that the store has forgotten.
    pub async fn forgotten(&self) {
        self.forgotten.notified().await;
    }

    fn branch_ids(&self) -> Vec<BranchId> {
        let mut ids: Vec<_> = self.book.load().branches.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    async fn reload(&self, conn: &mut Conn) -> Result<(), SlotError> {
        let loaded = book::load(conn).await?;
        // An older reading that ends later must not win.
        self.book.rcu(|held| {
            if held.revision > loaded.revision { Arc::clone(held) } else { Arc::new(loaded.clone()) }
        });
        Ok(())
    }

    /// Keeps a change in the audit and the outbox, in the transaction that makes it.
    async fn keep(
        &self,
        conn: &mut Connection,
        actor: &str,
        action: &'static str,
        change_json: serde_json::Value,
        change: Change<'_>,
    ) -> Result<(), SlotError> {
        let at = self.now();
        let entity = match change {
            Change::Slot(slot) => slot.id.to_string(),
            Change::Config(branch) | Change::Branch(branch) => branch.id.to_string(),
        };
        let row = AuditRow { at, actor: actor.to_owned(), action, entity, change: change_json };
        audit::append(conn, row).await?;
        let told = Told { event_id: self.ids.new_v7(at), at, actor, change };
        Ok(outbox::push(conn, &[(self.tell)(&told)]).await?)
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
