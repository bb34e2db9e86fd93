//! The inputs of a target: those kept in `fuzz/corpus`, and the seeds.

use std::path::PathBuf;

use fuzz_targets::seeds;

/// Inputs with their names, in the order of the names.
pub struct Corpus {
    pub inputs: Vec<(String, Vec<u8>)>,
}

impl Corpus {
    /// What the fuzzer has kept.
    pub fn kept(target: &str) -> Self {
        let files = std::fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| (path.display().to_string(), std::fs::read(&path).unwrap());
        let mut inputs: Vec<_> = files.map(read).collect();
        inputs.sort();
        Self { inputs }
    }

    /// The same, after messages as they are made today.
    pub fn with_seeds(target: &str) -> Self {
        let mut inputs = seeds(target);
        inputs.extend(Self::kept(target).inputs);
        Self { inputs }
    }
}

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target)
}
