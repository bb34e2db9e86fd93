//! The kept corpus, replayed and mutated with the stable compiler.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod corpus;
mod mutations;
mod seeds;

use fuzz_targets::TARGETS;

use corpus::Corpus;
use mutations::Mutations;

const MUTATIONS: usize = 2_000;

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
    let kept: Vec<_> = TARGETS.iter().flat_map(|(name, _)| Corpus::kept(name).inputs).collect();

    assert!(kept.len() <= 200, "{} files", kept.len());
    assert!(kept.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() <= 500_000);
    assert!(TARGETS.iter().all(|(name, _)| !Corpus::kept(name).inputs.is_empty()), "a target has no corpus");
}

#[test]
#[ignore = "writes into fuzz/corpus: run it when a message has changed"]
fn seeds_are_written_into_the_corpus() {
    for (name, _) in TARGETS {
        Corpus::write_seeds(name).unwrap();
    }
}
