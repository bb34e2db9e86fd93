//! P12: from a customer's call to the frame on a cook's tablet, at half of what the whole way carries.

use std::time::Duration;

use anyhow::ensure;
use testkit::BRANCH_MAIN;

use crate::figure::{Bench, Better, Figure, Goal, Side};
use crate::orders::customers::Customers;
use crate::orders::floor::FloorStores;
use crate::orders::ours::Ours;
use crate::orders::tablet::Screen;
use crate::run::closed::closed;
use crate::run::open::{Measured, open};
use crate::run::paired;

const GOAL: Goal = Goal {
    id: "P12",
    what: "p99 from CreateOrder to the frame on a tablet at half load / F6: the two hops without any business",
    better: Better::Lower,
    target: 1.5,
    moonshot: 1.15,
};

/// Orders on their way to the tablet while its capacity is looked for.
const ON_THEIR_WAY: usize = 64;

/// Measures the figure; all of ours has to run.
pub async fn measure(bench: &Bench, ours: &Ours, stores: &FloorStores) -> anyhow::Result<Vec<Figure>> {
    let token = ours.system.keys.token("cook", BRANCH_MAIN);
    let screen = Screen::connect(&ours.system.tablet_url(), &token).await;
    let way = stores.way().await?;
    let floor_screen = Screen::connect(&way.tablet_url, "none").await;
    let mut our_side = Way { customers: ours.customers.clone(), screen, rate: 0.0 };
    let mut floor_side = Way { customers: way.floor.customers.clone(), screen: floor_screen, rate: 0.0 };

    // the first orders find cold connections
    our_side.capacity(bench.size.warm_up).await?;
    floor_side.capacity(bench.size.warm_up).await?;
    let capacity = our_side.capacity(bench.size.stretch).await?;
    let floor_capacity = floor_side.capacity(bench.size.stretch).await?;
    (our_side.rate, floor_side.rate) = (capacity / 2.0, capacity / 2.0);
    let before = (ours.customers.tally().counts(), way.floor.customers.tally().counts());
    let rounds = paired(bench, &mut our_side, &mut floor_side).await?;
    let void =
        ours.customers.tally().fault_since(before.0).or(way.floor.customers.tally().fault_since(before.1));
    let (at_half, floor_at_half) =
        (our_side.measure(bench.size.stretch).await?, floor_side.measure(bench.size.stretch).await?);
    Ok(vec![Figure {
        goal: GOAL,
        name: format!("{:.0} orders/s", capacity / 2.0),
        unit: "ms",
        rounds,
        notes: vec![format!("{ON_THEIR_WAY} orders on their way at once make the capacity")],
        void,
        details: vec![
            ("capacity of ours from the call to the frame, orders/s".to_owned(), format!("{capacity:.0}")),
            ("capacity of F6, orders/s".to_owned(), format!("{floor_capacity:.0}")),
            ("p50 of ours, ms".to_owned(), format!("{:.1}", at_half.millis(50.0))),
            ("p50 of F6, ms".to_owned(), format!("{:.1}", floor_at_half.millis(50.0))),
        ],
    }])
}

/// Customers, and a tablet that shows what they order.
struct Way {
    customers: Customers,
    screen: Screen,
    rate: f64,
}

impl Way {
    /// Orders a second that get to the tablet while so many are on their way.
    async fn capacity(&self, length: Duration) -> anyhow::Result<f64> {
        let (customers, screen) = (self.customers.clone(), self.screen.clone());
        let counted = closed(ON_THEIR_WAY, length, move |_| {
            let (customers, screen) = (customers.clone(), screen.clone());
            async move { order_and_see(&customers, &screen).await }
        })
        .await;
        ensure!(
            counted.done > 0,
            "no order came to the tablet: {:?}",
            self.customers.tally().fault_since((0, 0))
        );
        Ok(counted.rate())
    }

    async fn measure(&self, length: Duration) -> anyhow::Result<Measured> {
        let (customers, screen) = (self.customers.clone(), self.screen.clone());
        let measured = open(self.rate, length, move |_| {
            let (customers, screen) = (customers.clone(), screen.clone());
            async move { order_and_see(&customers, &screen).await }
        })
        .await;
        ensure!(
            measured.done > 0,
            "no order came to the tablet: {:?}",
            self.customers.tally().fault_since((0, 0))
        );
        Ok(measured)
    }
}

impl Side for Way {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        Ok(self.measure(length).await?.millis(99.0))
    }
}

async fn order_and_see(customers: &Customers, screen: &Screen) -> bool {
    let Some(order) = customers.place().await else { return false };
    let shown = screen.shows(order).await;
    if !shown {
        customers.tally().failed("an acknowledged order was not shown in time");
    }
    shown
}
