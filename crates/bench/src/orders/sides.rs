//! Both sides of a comparison: the same customers' calls, at ours or at a floor.

use std::time::Duration;

use anyhow::ensure;

use super::customers::Customers;
use crate::figure::Side;
use crate::run::closed::closed;
use crate::run::open::{Measured, open};

/// As many orders as are answered while so many are underway.
pub struct Capacity {
    /// Those who order.
    pub customers: Customers,
    /// How many are underway.
    pub in_flight: usize,
}

impl Side for Capacity {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        let customers = self.customers.clone();
        let counted = closed(self.in_flight, length, move |_| {
            let customers = customers.clone();
            async move { customers.place().await.is_some() }
        })
        .await;
        ensure!(counted.done > 0, "nothing was answered: {:?}", self.customers.tally().fault_since((0, 0)));
        Ok(counted.rate())
    }
}

/// The 99th percentile in milliseconds at so many orders a second.
pub struct Latency {
    /// Those who order.
    pub customers: Customers,
    /// Orders a second.
    pub rate: f64,
}

impl Side for Latency {
    async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
        Ok(self.measure(length).await?.millis(99.0))
    }
}

impl Latency {
    /// One stretch, with everything that was measured.
    pub async fn measure(&self, length: Duration) -> anyhow::Result<Measured> {
        let customers = self.customers.clone();
        let measured = open(self.rate, length, move |_| {
            let customers = customers.clone();
            async move { customers.place().await.is_some() }
        })
        .await;
        ensure!(measured.done > 0, "nothing was answered: {:?}", self.customers.tally().fault_since((0, 0)));
        Ok(measured)
    }
}
