//! Whether every acknowledged order is stored, and stored once.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl as _;
use testkit::System;
use uuid::Uuid;

/// As long as orders keep coming into the tables, it is waited for the rest.
const STANDSTILL: Duration = Duration::from_secs(20);
const ASK_EVERY: Duration = Duration::from_millis(200);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Lets order-consumer work until nothing comes any more; answers what is missing or there twice.
pub async fn fault(system: &mut System, acknowledged: &[Uuid]) -> anyhow::Result<Option<String>> {
    if !system.is_alive("order-consumer") {
        system.resume("order-consumer");
        system.ready("order-consumer").await;
    }
    wait(system, acknowledged.len()).await?;
    let mut connection = system.db.connect("orders").await;
    let rows: Vec<Row> = diesel::sql_query("SELECT id FROM orders").load(&mut connection).await?;
    let stored: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    Ok(compared(acknowledged, &stored))
}

/// Returns when as many orders are stored, or when no more are coming.
async fn wait(system: &System, orders: usize) -> anyhow::Result<()> {
    let mut connection = system.db.connect("orders").await;
    let (mut most, mut moved) = (0, Instant::now());
    while most < orders && moved.elapsed() < STANDSTILL {
        let counted = diesel::sql_query("SELECT count(*) AS count FROM orders");
        let row: Count = counted.get_result(&mut connection).await?;
        let stored = usize::try_from(row.count)?;
        if stored > most {
            (most, moved) = (stored, Instant::now());
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    Ok(())
}

fn compared(acknowledged: &[Uuid], stored: &[Uuid]) -> Option<String> {
    let once: HashSet<_> = stored.iter().collect();
    let told: HashSet<_> = acknowledged.iter().collect();
    let lost = told.iter().filter(|order| !once.contains(**order)).count();
    let doubled = stored.len() - once.len();
    let told_twice = acknowledged.len() - told.len();
    (lost + doubled + told_twice > 0).then(|| {
        format!(
            "of {} acknowledged orders {lost} are lost, {doubled} are stored twice and {told_twice} were told twice",
            acknowledged.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[u128]) -> Vec<Uuid> {
        ids.iter().copied().map(Uuid::from_u128).collect()
    }

    #[test]
    fn an_order_that_nobody_was_told_of_may_be_stored_too() {
        assert_eq!(compared(&ids(&[1, 2]), &ids(&[2, 1, 3])), None);
    }

    #[test]
    fn lost_and_doubled_orders_are_counted() {
        assert_eq!(
            compared(&ids(&[1, 2, 3, 3]), &ids(&[1, 1, 3])).unwrap(),
            "of 4 acknowledged orders 1 are lost, 1 are stored twice and 1 were told twice"
        );
    }
}
