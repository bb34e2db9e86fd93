//! Hot copies of orders in Redis: `order:<id>` and the sets `orders:live:<branch>` and `orders:pending:<branch>`,
//! see order-consumer.

use std::collections::HashMap;

use redis::aio::ConnectionManager;
use uuid::Uuid;

const CHUNK: usize = 500;

/// Everything that Redis has copies of.
#[derive(Debug, Default)]
pub struct HotState {
    /// Whether Redis was filled, and was not started anew since.
    pub filled: bool,
    /// By order.
    pub copies: HashMap<Uuid, Copy>,
    /// Members of the sets of live orders.
    pub members: Vec<Member>,
    /// Keys that nobody can read.
    pub unreadable: Vec<String>,
}

/// The copy of one order, as far as it is there.
#[derive(Debug, Default)]
pub struct Copy {
    /// The order as JSON.
    pub order: Option<String>,
    /// Its status.
    pub status: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Whether the copy goes by itself.
    pub fades: bool,
}

/// An order in a set of live orders.
#[derive(Debug)]
pub struct Member {
    /// Which order.
    pub order: Uuid,
    /// Of which branch's set.
    pub branch: Uuid,
    /// Among those that the kitchen does not see yet.
    pub hidden: bool,
    /// Its place in the set.
    pub score: i64,
}

impl HotState {
    /// Reads all copies.
    pub async fn read(redis: &mut ConnectionManager) -> anyhow::Result<Self> {
        let mut hot = Self { filled: is_filled(redis).await?, ..Self::default() };
        let names = scan(redis, "order:*").await?;
        for names in names.chunks(CHUNK) {
            let mut pipe = redis::pipe();
            for name in names {
                pipe.get(name).ttl(name);
            }
            let values: Vec<(Option<String>, i64)> = pipe.query_async(redis).await?;
            for (name, (value, ttl)) in names.iter().zip(values) {
                if hot.note_copy(name, value, ttl).is_none() {
                    hot.unreadable.push(name.clone());
                }
            }
        }
        for (prefix, hidden) in [("orders:live:", false), ("orders:pending:", true)] {
            for name in scan(redis, &format!("{prefix}*")).await? {
                let members: Vec<(String, f64)> = redis::cmd("ZRANGE")
                    .arg(&name)
                    .arg(0)
                    .arg(-1)
                    .arg("WITHSCORES")
                    .query_async(redis)
                    .await?;
                if hot.note_members(name.strip_prefix(prefix), hidden, members).is_none() {
                    hot.unreadable.push(name);
                }
            }
        }
        Ok(hot)
    }

    fn note_copy(&mut self, name: &str, value: Option<String>, ttl: i64) -> Option<()> {
        let rest = name.strip_prefix("order:")?;
        let (order, part) = rest.split_once(':').unwrap_or((rest, ""));
        let copy = self.copies.entry(order.parse().ok()?).or_default();
        match part {
            "" => copy.order = value,
            "status" => copy.status = value,
            "version" => copy.version = value,
            _ => return None,
        }
        copy.fades |= ttl >= 0;
        Some(())
    }

    fn note_members(
        &mut self,
        branch: Option<&str>,
        hidden: bool,
        members: Vec<(String, f64)>,
    ) -> Option<()> {
        let branch = branch?.parse().ok()?;
        for (order, score) in members {
            #[expect(clippy::cast_possible_truncation, reason = "a second of our times")]
            let score = score as i64;
            self.members.push(Member { order: order.parse().ok()?, branch, hidden, score });
        }
        Some(())
    }
}

/// `orders:epoch` names the life of the server in which it was filled.
async fn is_filled(redis: &mut ConnectionManager) -> anyhow::Result<bool> {
    let filled: Option<String> = redis::cmd("GET").arg("orders:epoch").query_async(redis).await?;
    let server: redis::InfoDict = redis::cmd("INFO").arg("server").query_async(redis).await?;
    Ok(filled.is_some() && filled == server.get("run_id"))
}

/// Names of all keys like `pattern`, each once.
pub async fn scan(redis: &mut ConnectionManager, pattern: &str) -> anyhow::Result<Vec<String>> {
    let mut found = std::collections::BTreeSet::new();
    let mut cursor = 0_u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(1000);
        let (next, page): (u64, Vec<String>) = scan.query_async(redis).await?;
        found.extend(page);
        if next == 0 {
            return Ok(found.into_iter().collect());
        }
        cursor = next;
    }
}
