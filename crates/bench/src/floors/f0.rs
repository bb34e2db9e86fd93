//! F0: the same call, answered at once.

use chassis::{Clock as _, SystemClock};
use contracts::order::{PizzaOrder, PizzaOrderRequest};
use tonic::Status;

use super::order_door::{Step, serve};
use super::order_rows::accepted;

/// `floor f0`
pub async fn run() -> anyhow::Result<()> {
    serve(Echo(one_pizza())).await
}

/// An order of one pizza: what the usual call of these benchmarks asks for.
pub fn one_pizza() -> PizzaOrder {
    let mut order = accepted(SystemClock.now());
    order.items.truncate(1);
    order
}

struct Echo(PizzaOrder);

impl Step for Echo {
    async fn take(&self, _: &PizzaOrderRequest) -> Result<PizzaOrder, Status> {
        Ok(self.0.clone())
    }
}
