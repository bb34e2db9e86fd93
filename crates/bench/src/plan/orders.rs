//! Figures that place orders, all on one system: first those that need all of it, then those during which whoever
//! works behind the log rests. In the end everything acknowledged has to be stored.

use super::{Table, guarded};
use crate::figure::{Bench, Figure};
use crate::figures::{p01_capacity, p02_durable, p03_latency, p12_end_to_end, p16_overload};
use crate::orders::floor::{Floor, FloorStores};
use crate::orders::ours::Ours;
use crate::orders::sides::Capacity;
use crate::orders::stored;

/// Figures that are worthless when an acknowledged order is lost.
const THROUGH_THE_LOG: [&str; 4] = ["P1", "P3", "P12", "P16"];
/// In flight when only the capacity is asked for.
const IN_FLIGHT: usize = 256;

/// Takes those that are asked for.
pub async fn measure(bench: &Bench, table: &mut Table<'_>, ours: &mut Ours) {
    if !table.order.wants_any(&["P1", "P2", "P3", "P12", "P16"]) {
        return;
    }
    let (stores, floor) = match guarded(floors()).await {
        Ok(floors) => floors,
        Err(error) => return table.failed("floors", &error),
    };
    table.take("P12", p12_end_to_end::measure(bench, ours, &stores)).await;
    if table.order.wants_any(&["P1", "P2", "P3", "P16"]) {
        at_rest(bench, table, ours, &stores, &floor).await;
    }
    all_stored(table, ours).await;
}

async fn floors() -> anyhow::Result<(FloorStores, Floor)> {
    let stores = FloorStores::open().await?;
    let floor = stores.start("f2").await?;
    Ok((stores, floor))
}

async fn at_rest(bench: &Bench, table: &mut Table<'_>, ours: &mut Ours, stores: &FloorStores, floor: &Floor) {
    let mut whole = Vec::new();
    if table.order.wants("P1") {
        match guarded(p01_capacity::with_everything_running(ours, bench.size.stretch)).await {
            Ok(details) => whole = details,
            Err(error) => table.failed("P1", &error),
        }
    }
    ours.rest_behind_the_log();
    table.take("P1", p01_capacity::measure(bench, ours, stores, floor)).await;
    of(table, "P1").for_each(|figure| figure.details.extend(whole.clone()));
    table.take("P2", p02_durable::measure(bench, stores, floor)).await;
    if !table.order.wants_any(&["P3", "P16"]) {
        return;
    }
    let capacity = match capacity(bench, table, ours).await {
        Ok(capacity) => capacity,
        Err(error) => return table.failed("capacity", &error),
    };
    table.take("P3", p03_latency::measure(bench, ours, floor, capacity)).await;
    table.take("P16", p16_overload::measure(bench, ours, capacity)).await;
}

/// As P1 has found it, or a short look when P1 was not asked for.
async fn capacity(bench: &Bench, table: &Table<'_>, ours: &Ours) -> anyhow::Result<f64> {
    use crate::figure::Side as _;
    let found: Vec<Figure> = table.figures.iter().filter(|figure| figure.goal.id == "P1").cloned().collect();
    if !found.is_empty() {
        return Ok(p01_capacity::capacity(&found));
    }
    let mut side = Capacity { customers: ours.customers.clone(), in_flight: IN_FLIGHT };
    side.round(bench.size.warm_up).await?;
    side.round(bench.size.stretch).await
}

async fn all_stored(table: &mut Table<'_>, ours: &mut Ours) {
    let acknowledged = ours.customers.tally().orders();
    eprintln!("waiting until {} acknowledged orders are stored", acknowledged.len());
    match guarded(stored::fault(&mut ours.system, &acknowledged)).await {
        Ok(fault) => {
            for id in THROUGH_THE_LOG {
                for figure in of(table, id) {
                    figure.void = figure.void.take().or(fault.clone());
                    if fault.is_none() {
                        let all = format!(
                            "all {} acknowledged orders of the run are stored once",
                            acknowledged.len()
                        );
                        figure.notes.push(all);
                    }
                }
            }
        }
        Err(error) => table.failed("orders stored", &error),
    }
}

fn of<'a>(table: &'a mut Table<'_>, id: &'a str) -> impl Iterator<Item = &'a mut Figure> {
    table.figures.iter_mut().filter(move |figure| figure.goal.id == id)
}
