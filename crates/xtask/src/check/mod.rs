//! The house rules that a machine can see; every rule has a test in which it is broken and found.
//!
//! A rule is a function from the [`House`] to its breaches. A new one is added to [`RULES`].

mod code;
mod contents;
mod crates;
#[cfg(test)]
pub mod fixture;
mod house;
mod houses;
mod manifests;
mod names;
mod rooms;

use std::path::Path;

use anyhow::bail;

use self::house::House;

/// One place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// File, with a line where there is one.
    pub place: String,
    /// What is wrong there.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
}

type Rule = fn(&House) -> Vec<Breach>;

const RULES: [(&str, Rule); 15] = [
    ("crates import each other one way", crates::imports),
    ("outside crates stay where they belong", crates::outside),
    ("testkit is for tests only", crates::testkit),
    ("every crate inherits the lints", manifests::lints),
    ("every version is declared once", manifests::versions),
    ("rooms use each other one way", rooms::one_way),
    ("diesel stays in storage", rooms::diesel),
    ("protocols stay at the edges", rooms::protocols),
    ("every service says what it is", houses::contracts),
    ("one test binary for a crate", houses::test_binaries),
    ("files are short", names::length),
    ("names say what is inside", names::empty_words),
    ("nothing is left unfinished", contents::unfinished),
    ("no unsafe code", contents::unsafe_code),
    ("nothing speaks of one machine", contents::one_machine),
];

/// Prints every breach; fails if there is one.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let house = House::open(root)?;
    let mut count = 0_usize;
    for (name, rule) in RULES {
        let mut breaches = rule(&house);
        breaches.sort();
        if !breaches.is_empty() {
            println!("{name}:");
        }
        for Breach { place, what, advice } in &breaches {
            println!("  {place}: {what}\n      {advice}");
        }
        count = count.saturating_add(breaches.len());
    }
    println!(
        "{} rules, {} crates, {} files: {count} breaches",
        RULES.len(),
        house.crates.len(),
        house.files.len()
    );
    if count > 0 {
        bail!("the house rules are broken");
    }
    Ok(())
}
