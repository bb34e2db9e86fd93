//! The kept corpus, replayed and mutated with the stable compiler.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod corpus;
mod mutations;

use fuzz_targets::TARGETS;

use corpus::Corpus;
use mutations::Mutations;

const MUTATIONS: usize = 2_000;
/// Of each target: those that `scripts/fuzz --keep` chooses, the seeds, and what once broke a promise.
const MOST_KEPT: usize = 200;

#[test]
fn no_kept_input_and_no_seed_breaks_a_promise() {
    for (name, target) in TARGETS {
        for (input, bytes) in Corpus::with_seeds(name).inputs {
            // a test that fails shows the last of these
            println!("{name}: {input}");
            target(&bytes);
        }
    }
}

#[test]
fn no_small_change_of_an_input_breaks_a_promise() {
    for (name, target) in TARGETS {
        let inputs: Vec<_> = Corpus::with_seeds(name).inputs.into_iter().map(|(_, bytes)| bytes).collect();
        for (number, bytes) in Mutations::of(&inputs, 7).take(MUTATIONS).enumerate() {
            println!("{name}: mutation {number}: {}", bytes.escape_ascii());
            target(&bytes);
        }
    }
}

#[test]
fn the_corpus_stays_small() {
    let mut bytes = 0;
    for (name, _) in TARGETS {
        let inputs = Corpus::kept(name).inputs;
        assert!((1..=MOST_KEPT).contains(&inputs.len()), "{name} keeps {} inputs", inputs.len());
        bytes += inputs.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
    }
    assert!(bytes <= 500_000, "{bytes} bytes");
}
