//! Builds the snapshot anew: one moment's content, a revision only when clients can see a difference, and the event
//! that tells of it, all in one transaction.

use std::time::Instant;

use chassis::TraceContext;
use contracts::events::v1::MenuEvent;
use contracts::menu::v1::MenuSnapshot;
use contracts::topics::Topic;
use prost::Message as _;
use store::Connection;
use store::outbox::{self, OutboxEvent};

use super::live::Served;
use super::snapshot::{assemble, content_hash, has_orderable};
use super::{App, MenuError};
use crate::storage::revisions::{self, Revision};
use crate::storage::{content, shelf, transaction};

/// The key of all events of the menu: one partition keeps their order.
const KEY: &str = "menu";

/// What a rebuild came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The revision in force after it.
    pub revision: i64,
    /// Whether it is a new one.
    pub is_new: bool,
}

impl App {
    /// Builds the snapshot, and takes it over if it differs. `force` takes one over that leaves nothing on sale.
    /// After a failure the last snapshot serves on.
    pub async fn rebuild(&self, actor: &str, force: bool) -> Result<Rebuilt, MenuError> {
        let start = Instant::now();
        let rebuilt = self.build(actor, force).await;
        metrics::histogram!("menu_rebuild_seconds").record(start.elapsed());
        metrics::gauge!("menu_rebuild_failing").set(if rebuilt.is_err() { 1.0 } else { 0.0 });
        if let Err(error) = &rebuilt {
            metrics::counter!("menu_rebuild_failures_total").increment(1);
            self.note_trouble(error);
        }
        rebuilt
    }

    async fn build(&self, actor: &str, force: bool) -> Result<Rebuilt, MenuError> {
        // what the last revision had on sale is only known with it at hand
        self.follow().await?;
        let floor = self.highest_told().await;
        let mut conn = self.pool.get().await?;
        let build = async |conn: &mut Connection| self.next_revision(conn, actor, force, floor).await;
        let (rebuilt, served) = transaction::rebuild(&mut conn, build).await?;
        if let Some(served) = served {
            tracing::info!(
                revision = rebuilt.revision,
                actor,
                "the menu is at revision {}",
                rebuilt.revision
            );
            self.live.take(served);
        }
        Ok(rebuilt)
    }

    /// Readers follow revisions upwards only: a database restored from a backup must not go below what was told.
    async fn highest_told(&self) -> i64 {
        let shelved = shelf::revision(&self.cache).await.ok().flatten();
        shelved.unwrap_or_default().max(self.live.revision())
    }

    async fn next_revision(
        &self,
        conn: &mut Connection,
        actor: &str,
        force: bool,
        floor: i64,
    ) -> Result<(Rebuilt, Option<Served>), MenuError> {
        let now = self.now();
        let newest = revisions::newest(conn).await?;
        let assembled = assemble(&content::load(conn, now).await?);
        let hash = content_hash(&assembled, now);
        let (last, last_hash) = newest.unwrap_or_default();
        if last_hash == hash && last >= floor {
            return Ok((Rebuilt { revision: last, is_new: false }, None));
        }

        let revision = last.max(floor) + 1;
        let snapshot =
            MenuSnapshot { revision, built_at: Some(now.into()), content_hash: hash.clone(), ..assembled };
        let served = Served::new(snapshot)?;
        let had_orderable =
            self.live.served().is_some_and(|last| has_orderable(last.menu(), last.built_at()));
        if had_orderable && !force && !has_orderable(served.menu(), now) {
            return Err(MenuError::NothingOrderable);
        }
        let snapshot = served.snapshot();
        let bytes = snapshot.encode_to_vec();
        revisions::add(conn, &Revision { revision, built_at: now, content_hash: hash, snapshot: bytes })
            .await?;
        outbox::push(conn, &[self.event(actor, snapshot)]).await?;
        Ok((Rebuilt { revision, is_new: true }, Some(served)))
    }

    fn event(&self, actor: &str, snapshot: &MenuSnapshot) -> OutboxEvent {
        let at = self.now();
        let event_id = self.ids.new_v7(at);
        let event = MenuEvent {
            event_id: event_id.to_string(),
            at: Some(at.into()),
            actor: actor.to_owned(),
            revision: snapshot.revision,
            snapshot: Some(snapshot.clone()),
        };
        OutboxEvent {
            event_id,
            topic: Topic::MenuEvents,
            key: KEY.to_owned(),
            payload: event.encode_to_vec(),
            trace: chassis::trace::current().map(|trace: TraceContext| trace.child()),
            created_at: at,
        }
    }
}
