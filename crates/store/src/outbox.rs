//! What a service has to tell, saved with the change it tells of.

use chassis::TraceContext;
use chrono::{DateTime, Utc};
use contracts::topics::Topic;
use diesel::{
    BoolExpressionMethods as _, ExpressionMethods as _, Insertable, OptionalExtension as _, QueryDsl as _,
    Queryable, Selectable, SelectableHelper as _,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use uuid::Uuid;

use crate::error::StoreError;

/// An event that will be told, sooner or later, exactly as it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    /// By which readers tell the event once.
    pub event_id: Uuid,
    /// Where to.
    pub topic: Topic,
    /// Events of one key keep their order.
    pub key: String,
    /// The encoded message, of the type that the topic carries.
    pub payload: Vec<u8>,
    /// The trace it belongs to.
    pub trace: Option<TraceContext>,
    /// When it happened.
    pub created_at: DateTime<Utc>,
}

/// An event with its place in the order of telling.
pub(crate) struct Waiting {
    pub seq: i64,
    pub event: OutboxEvent,
}

diesel::table! {
    outbox (seq) {
        seq -> Int8,
        event_id -> Uuid,
        topic -> Text,
        key -> Text,
        payload -> Binary,
        trace -> Nullable<Text>,
        created_at -> Timestamptz,
        published_at -> Nullable<Timestamptz>,
    }
}

#[derive(Insertable)]
#[diesel(table_name = outbox)]
struct NewRow<'a> {
    event_id: Uuid,
    topic: &'static str,
    key: &'a str,
    payload: &'a [u8],
    trace: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg))]
struct Row {
    seq: i64,
    event_id: Uuid,
    topic: String,
    key: String,
    payload: Vec<u8>,
    trace: Option<String>,
    created_at: DateTime<Utc>,
}

/// PostgreSQL takes 65 535 parameters at most.
const ROWS_AT_ONCE: usize = 5000;

/// Saves events in their order, in the transaction that `conn` is in. Call it after the change itself: the
/// changed row's lock keeps the events of one order in order.
pub async fn push(conn: &mut AsyncPgConnection, events: &[OutboxEvent]) -> Result<(), StoreError> {
    for part in events.chunks(ROWS_AT_ONCE) {
        let rows: Vec<NewRow<'_>> = part.iter().map(NewRow::from).collect();
        diesel::insert_into(outbox::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

/// How many events wait to be told.
pub async fn waiting(conn: &mut AsyncPgConnection) -> Result<i64, StoreError> {
    Ok(outbox::table.filter(outbox::published_at.is_null()).count().get_result(conn).await?)
}

/// Events to topics that this program does not know, another version's perhaps: how many wait, and where to the
/// oldest of them goes.
pub(crate) async fn strangers(conn: &mut AsyncPgConnection) -> Result<Option<(i64, String)>, StoreError> {
    let strange = outbox::published_at.is_null().and(outbox::topic.ne_all(known_topics()));
    let oldest = outbox::table
        .filter(strange.clone())
        .order(outbox::seq)
        .select(outbox::topic)
        .first::<String>(conn)
        .await
        .optional()?;
    let Some(topic) = oldest else { return Ok(None) };
    let count = outbox::table.filter(strange).count().get_result(conn).await?;
    Ok(Some((count, topic)))
}

/// The oldest events that nobody has acknowledged, in the order in which they were saved. Strangers are left to
/// whoever knows their topic.
pub(crate) async fn unpublished(
    conn: &mut AsyncPgConnection,
    limit: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let rows: Vec<Row> = outbox::table
        .filter(outbox::published_at.is_null().and(outbox::topic.eq_any(known_topics())))
        .order(outbox::seq)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Waiting::try_from).collect()
}

pub(crate) async fn mark(
    conn: &mut AsyncPgConnection,
    seqs: &[i64],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(outbox::table.filter(outbox::seq.eq_any(seqs)))
        .set(outbox::published_at.eq(at))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets events told before `before`, `limit` of them at most; answers how many.
pub(crate) async fn purge(
    conn: &mut AsyncPgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<usize, StoreError> {
    let old = outbox::table
        .filter(outbox::published_at.lt(before))
        .order(outbox::published_at)
        .limit(limit)
        .select(outbox::seq)
        .load::<i64>(conn)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(outbox::table.filter(outbox::seq.eq_any(old))).execute(conn).await?)
}

fn known_topics() -> [&'static str; Topic::ALL.len()] {
    Topic::ALL.map(Topic::base_name)
}

impl<'a> From<&'a OutboxEvent> for NewRow<'a> {
    fn from(event: &'a OutboxEvent) -> Self {
        Self {
            event_id: event.event_id,
            topic: event.topic.base_name(),
            key: &event.key,
            payload: &event.payload,
            trace: event.trace.map(|trace| trace.header()),
            created_at: event.created_at,
        }
    }
}

impl TryFrom<Row> for Waiting {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let topic = Topic::from_base_name(&row.topic).ok_or_else(|| {
            StoreError::corrupt("outbox", row.seq, format!("there is no topic {:?}", row.topic))
        })?;
        let event = OutboxEvent {
            event_id: row.event_id,
            topic,
            key: row.key,
            payload: row.payload,
            trace: row.trace.as_deref().and_then(TraceContext::parse),
            created_at: row.created_at,
        };
        Ok(Self { seq: row.seq, event })
    }
}
