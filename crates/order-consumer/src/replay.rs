//! `replay`: sends dead letters back to `pizza-orders`, once their cause is mended.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use bus::Replay;
use contracts::topics::Topic;

use crate::config::Config;

/// Replays what the arguments ask for, and says what was done.
pub async fn run(config: &Config, arguments: &[String]) -> anyhow::Result<()> {
    let wish = read(arguments)?;
    let replayed = bus::replay(&config.bus, &wish).await.context("replaying dead letters")?;
    let verb = if wish.dry_run { "would be told again" } else { "told again" };
    println!("{} dead letters seen, {} {verb}", replayed.seen, replayed.told);
    Ok(())
}

fn read(arguments: &[String]) -> anyhow::Result<Replay> {
    let mut wish = Replay {
        from: Topic::PizzaOrdersDlq,
        to: Topic::PizzaOrders,
        reason: None,
        offsets: BTreeMap::new(),
        dry_run: false,
    };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--dry-run" => wish.dry_run = true,
            "--reason" => wish.reason = Some(arguments.next().context("--reason needs a text")?.clone()),
            "--from" => {
                let place = arguments.next().context("--from needs PARTITION/OFFSET")?;
                let (partition, offset) = place.split_once('/').context("--from needs PARTITION/OFFSET")?;
                wish.offsets.insert(partition.parse()?, offset.parse()?);
            }
            other => bail!("replay takes no argument {other:?}"),
        }
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> anyhow::Result<Replay> {
        read(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_replay_is_narrowed_by_reason_and_place_and_can_be_tried_dry() {
        let wish = asked(&["--reason", "RECORD_INVALID", "--dry-run", "--from", "0/17"]).unwrap();

        assert_eq!((wish.reason.as_deref(), wish.dry_run), (Some("RECORD_INVALID"), true));
        assert_eq!(wish.offsets, BTreeMap::from([(0, 17)]));
    }

    #[test]
    fn an_argument_that_means_nothing_is_refused() {
        assert!(asked(&["--all"]).is_err());
        assert!(asked(&["--reason"]).is_err());
        assert!(asked(&["--from", "zero"]).is_err());
    }
}
