//! Links that go bad and heal: nobody waits longer than they said, and nothing needs a restart.

use std::time::Duration;

use testkit::{BRANCH_MAIN, System, SystemSettings, Tablet};
use tokio::time::Instant;
use tonic_types::StatusExt as _;

use crate::customers::{Customer, pizza};

const SOON: Duration = Duration::from_secs(20);
/// What a customer waits, and a bit for a busy machine.
const ATTEMPT: Duration = Duration::from_millis(5_300);

#[tokio::test(flavor = "multi_thread")]
async fn orders_pass_slow_links_and_are_refused_in_time_while_one_is_dead() {
    let system = System::with(SystemSettings { links: true, ..SystemSettings::default() }).await;
    let customer = Customer::of(&system);
    let cook = system.keys.token("cook", BRANCH_MAIN);
    let mut tablet = Tablet::connect(&system.tablet_url(), &cook).await;
    for name in ["postgres", "redis", "kafka", "slot-scheduler", "order-gateway", "sockets"] {
        system.link(name).delay(Duration::from_millis(10), Duration::from_millis(5));
    }
    let slow = customer.place("slow", pizza("Маргарита", 1), SOON).await;
    tablet.until(SOON, |frame| frame.to_string().contains(&slow.order_id)).await;
    system.heal();

    for name in ["redis", "slot-scheduler", "kafka"] {
        system.link(name).half_open();
        let (key, since) = (format!("no-{name}"), Instant::now());
        let outcome = customer.try_place(&key, pizza("Маргарита", 1)).await;
        assert!(outcome.is_err() && since.elapsed() < ATTEMPT, "{name}: {outcome:?} {:?}", since.elapsed());
        let refused = customer.ask(&key, pizza("Маргарита", 1)).await.unwrap_err();
        // the gateway's own answer, not one that the client's library made
        assert!(refused.get_error_details().error_info().is_some(), "{name}: {refused:?}");
        system.heal();
        customer.place(&key, pizza("Маргарита", 1), SOON).await;
    }
}
