//! How long a file may be, and what it may be called.

use super::{Breach, house::House};

const MOST_LINES: usize = 400;
const EMPTY_WORDS: [&str; 7] = ["util", "utils", "helper", "helpers", "manager", "common", "misc"];

/// A file that is read in one go has at most 400 lines.
pub fn length(house: &House) -> Vec<Breach> {
    house
        .rust()
        .filter(|file| file.text.lines().count() > MOST_LINES)
        .map(|file| {
            let what = format!("{} lines, {MOST_LINES} are allowed", file.text.lines().count());
            file.breach(0, what, "split it by what it is about; tests go to `<name>/tests.rs`")
        })
        .collect()
}

/// A name that fits everything says nothing.
pub fn empty_words(house: &House) -> Vec<Breach> {
    const ADVICE: &str = "name it after what is inside";
    let mut breaches = Vec::new();
    for file in house.rust() {
        for part in file.path.trim_end_matches(".rs").split('/') {
            if EMPTY_WORDS.contains(&part) {
                breaches.push(file.breach(0, format!("a file or folder named `{part}`"), ADVICE));
            }
        }
        for (at, keyword) in file.code.match_indices("mod ") {
            let rest = file.code.get(at + keyword.len()..).unwrap_or_default();
            let name = rest.split([' ', ';', '{', '\n']).next().unwrap_or_default();
            if EMPTY_WORDS.contains(&name) {
                breaches.push(file.breach(at, format!("a module named `{name}`"), ADVICE));
            }
        }
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::house;

    #[test]
    fn a_long_file_is_found() {
        let text = "//\n".repeat(MOST_LINES + 1);

        assert_eq!(length(&house(&[("crates/menu/src/lib.rs", &text)])).len(), 1);
        assert_eq!(length(&house(&[("crates/menu/src/lib.rs", &"//\n".repeat(MOST_LINES))])), []);
    }

    #[test]
    fn a_name_that_says_nothing_is_found() {
        for (path, text) in [
            ("crates/menu/src/utils.rs", ""),
            ("crates/menu/src/common/mod.rs", ""),
            ("crates/menu/src/lib.rs", "mod helpers;\n"),
        ] {
            assert_eq!(empty_words(&house(&[(path, text)])).len(), 1, "{path}");
        }
        assert_eq!(empty_words(&house(&[("crates/menu/src/prices.rs", "mod sums;\n")])), []);
    }
}
