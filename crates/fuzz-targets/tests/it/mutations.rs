//! Small changes of inputs, the same at every run.

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const LONGEST: usize = 8 * 1024;
/// Bytes that mean something in protobuf, JSON, tokens and numbers.
const TELLING: &[u8] = b"\x00\x01\x7f\x80\xff\"\\{}[],:.-0919 \n";

/// An endless stream of changed inputs.
pub struct Mutations<'a> {
    inputs: &'a [Vec<u8>],
    random: ChaCha8Rng,
}

impl<'a> Mutations<'a> {
    /// Changes of these inputs, chosen by the seed.
    pub fn of(inputs: &'a [Vec<u8>], seed: u64) -> Self {
        Self { inputs, random: ChaCha8Rng::seed_from_u64(seed) }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.random.random_range(0..=bytes.len());
        let end = self.random.random_range(at..=bytes.len().min(at + 16));
        match self.random.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = *TELLING.choose(&mut self.random).unwrap(),
            2 => bytes.insert(at, self.random.random()),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let other = self.inputs.choose(&mut self.random).unwrap();
                let from = self.random.random_range(0..=other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
        }
        bytes.truncate(LONGEST);
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut bytes = self.inputs.choose(&mut self.random)?.clone();
        for _ in 0..self.random.random_range(1..=4) {
            self.change(&mut bytes);
        }
        Some(bytes)
    }
}
