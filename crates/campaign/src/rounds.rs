//! A long plan in rounds: each in a world of its own, so that a night does not end in a pizzeria with a hundred
//! thousand open orders, and a round that fails can be looked at by itself.

use crate::outcome::Outcome;
use crate::stage::Stage;
use crate::world::World;

/// Plays so many steps at once, judges, and goes on in a fresh world while everything adds up.
pub async fn play<S>(
    stage: &Stage,
    plan: &[S],
    at_once: usize,
    round: impl AsyncFn(&mut World, &[S]) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    let mut whole = Outcome::default();
    let rounds = plan.len().div_ceil(at_once);
    for (number, steps) in plan.chunks(at_once).enumerate() {
        if number > 0 && stage.is_over() {
            whole.figure("rounds for which there was time", format!("{number} of {rounds}"));
            break;
        }
        let mut world = if number == 0 { stage.world().await? } else { stage.fresh_world().await? };
        if rounds > 1 {
            stage.say(format!("round {} of {rounds}", number + 1));
        }
        let outcome = round(&mut world, steps).await?;
        stage.keep(world).await;
        whole.absorb(outcome);
        if !whole.passed() {
            break;
        }
    }
    Ok(whole)
}
