//! Every service says what it is: a README of one screen, and the contract at the top of `lib.rs`.

use super::{
    Breach,
    house::{House, TextFile},
};

const CONTRACT: [&str; 4] = ["owns", "hears", "tells", "promises"];
const ONE_SCREEN: usize = 80;

/// Every service has its README and its contract; every crate says what it is for.
pub fn contracts(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for one in &house.crates {
        let lib = format!("{}/src/lib.rs", one.folder());
        let main = format!("{}/src/main.rs", one.folder());
        for path in [&lib, &main] {
            if let Some(file) = house.file(path)
                && !file.text.starts_with("//!")
            {
                let what = "it does not begin with what it is for".to_owned();
                breaches.push(file.breach(0, what, "begin the file with `//!` and one sentence"));
            }
        }
        if !one.is_service() {
            continue;
        }
        let introduction = house.file(&lib).map(|file| introduction(&file.text)).unwrap_or_default();
        let missing: Vec<_> = CONTRACT.into_iter().filter(|word| !introduction.contains(word)).collect();
        if !missing.is_empty() {
            breaches.push(Breach {
                place: lib,
                what: format!("its contract does not say what it {}", missing.join(", ")),
                advice: "write the service's contract in `//!`: owns, hears, tells, promises",
            });
        }
        let readme = format!("{}/README.md", one.folder());
        if house.file(&readme).is_none_or(|file| !(1..=ONE_SCREEN).contains(&file.text.lines().count())) {
            breaches.push(Breach {
                place: readme,
                what: format!("there is no README of 1 to {ONE_SCREEN} lines"),
                advice: "say on one screen what the service owns, hears, tells, calls, and its variables",
            });
        }
    }
    breaches
}

/// A crate's integration tests are one program: linking many costs minutes.
pub fn test_binaries(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for one in &house.crates {
        let tests = format!("{}/tests/", one.folder());
        let is_binary = |file: &&TextFile| {
            file.path
                .strip_prefix(&tests)
                .is_some_and(|rest| !rest.contains('/') || rest.ends_with("/main.rs"))
        };
        for file in house.rust().filter(is_binary).skip(1) {
            let what = "a second test binary".to_owned();
            breaches.push(file.breach(0, what, "make it a module of the first one"));
        }
    }
    breaches
}

fn introduction(text: &str) -> String {
    text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::service_house as menu;

    const LIB: &str =
        "//! Menu.\n//!\n//! Owns items. Hears nothing.\n//! Tells revisions. Promises one price.\n";

    #[test]
    fn a_service_that_says_what_it_is_is_fine() {
        let house = menu(&[("src/lib.rs", LIB), ("src/main.rs", "//! Menu.\n"), ("README.md", "# menu\n")]);

        assert_eq!(contracts(&house), []);
    }

    #[test]
    fn a_missing_readme_and_a_missing_word_are_found() {
        let house = menu(&[("src/lib.rs", "//! Menu.\n//! Owns items, tells revisions.\nmod app;\n")]);

        let found: Vec<_> = contracts(&house).into_iter().map(|breach| breach.what).collect();

        assert_eq!(
            found,
            ["its contract does not say what it hears, promises", "there is no README of 1 to 80 lines"]
        );
    }

    #[test]
    fn a_file_that_begins_without_a_sentence_is_found() {
        let house =
            menu(&[("src/lib.rs", LIB), ("src/main.rs", "fn main() {}\n"), ("README.md", "# menu\n")]);

        assert_eq!(contracts(&house).len(), 1);
    }

    #[test]
    fn a_second_test_binary_is_found() {
        let found =
            test_binaries(&menu(&[("tests/it/main.rs", ""), ("tests/it/x.rs", ""), ("tests/orders.rs", "")]));

        assert_eq!(found.first().unwrap().place, "crates/menu/tests/orders.rs:1");
        assert_eq!(found.len(), 1);
    }
}
