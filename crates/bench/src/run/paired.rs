//! Rounds of A B B A: what drifts during a round drifts for both sides alike.

use anyhow::bail;

use super::machine::{self, Ticks};
use crate::figure::{Bench, Round, Side};

/// How often a round is taken again because the machine was not the same at its end.
const TRIES: usize = 3;
/// By how much the machine's own speed may differ between the ends of a round.
const DRIFT: f64 = 0.15;

/// Measures both sides in turn; a round in which the machine itself changed its speed is taken again.
pub async fn paired(
    bench: &Bench,
    ours: &mut impl Side,
    floor: &mut impl Side,
) -> anyhow::Result<Vec<Round>> {
    let mut rounds = Vec::new();
    for number in 1..=bench.size.rounds {
        let ticks = Ticks::now();
        let round = steady_round(bench, number, ours, floor).await?;
        eprintln!(
            "  round {number}: {:.1} / {:.1} = {:.3}   load {:.1}, stolen {:.1} %",
            round.ours,
            round.floor,
            round.ratio(),
            machine::load(),
            Ticks::now().stolen_since(ticks),
        );
        rounds.push(round);
    }
    Ok(rounds)
}

async fn steady_round(
    bench: &Bench,
    number: usize,
    ours: &mut impl Side,
    floor: &mut impl Side,
) -> anyhow::Result<Round> {
    let mut last = None;
    for _ in 0..TRIES {
        let before = machine::speed();
        let round = round(bench, ours, floor).await?;
        let drift = (machine::speed() / before - 1.0).abs();
        if drift <= DRIFT {
            return Ok(round);
        }
        eprintln!("  round {number}: the machine changed its speed by {:.0} %", drift * 100.0);
        last = Some(round);
    }
    // a machine that never rests is named in the report
    bench.note_unsteady();
    match last {
        Some(round) => Ok(round),
        None => bail!("no round was taken"),
    }
}

async fn round(bench: &Bench, ours: &mut impl Side, floor: &mut impl Side) -> anyhow::Result<Round> {
    let stretch = bench.size.stretch;
    warm_up(bench, ours).await?;
    let first = ours.round(stretch).await?;
    warm_up(bench, floor).await?;
    let floor_first = floor.round(stretch).await?;
    let floor_second = floor.round(stretch).await?;
    warm_up(bench, ours).await?;
    let second = ours.round(stretch).await?;
    Ok(Round { ours: f64::midpoint(first, second), floor: f64::midpoint(floor_first, floor_second) })
}

async fn warm_up(bench: &Bench, side: &mut impl Side) -> anyhow::Result<()> {
    if side.warms_up() {
        side.round(bench.size.warm_up).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;
    use crate::figure::Size;

    /// A side that notes when it is asked.
    struct Noted<'a> {
        name: char,
        value: f64,
        order: &'a RefCell<String>,
    }

    impl Side for Noted<'_> {
        async fn round(&mut self, length: Duration) -> anyhow::Result<f64> {
            if length == STRETCH {
                self.order.borrow_mut().push(self.name);
            }
            Ok(self.value)
        }
    }

    const STRETCH: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_round_is_ours_floor_floor_ours() {
        let order = RefCell::default();
        let mut ours = Noted { name: 'A', value: 6.0, order: &order };
        let mut floor = Noted { name: 'B', value: 8.0, order: &order };
        let size = Size { rounds: 1, warm_up: Duration::ZERO, stretch: STRETCH };

        let rounds = paired(&Bench::new(size, 1), &mut ours, &mut floor).await.unwrap();

        assert!((rounds[0].ratio() - 0.75).abs() < 1e-9);
        assert!(order.borrow().starts_with("ABBA"), "{}", order.borrow());
    }
}
