//! Every manifest inherits: the lints, and each version from the one list in the workspace's manifest.

use super::{
    Breach,
    house::{House, TextFile},
};

/// Holds generated code, which brings lint attributes of its own.
const GENERATED: &str = "crates/contracts/Cargo.toml";

/// Every crate takes the lints of the workspace.
pub fn lints(house: &House) -> Vec<Breach> {
    let inherits = |file: &TextFile| {
        sections(&file.text).any(|(section, _, line)| section == "lints" && line == "workspace = true")
    };
    manifests(house)
        .filter(|file| file.path != GENERATED && !inherits(file))
        .map(|file| {
            file.breach(0, "it does not inherit the lints".to_owned(), "add `[lints] workspace = true`")
        })
        .collect()
}

/// Every version is declared once, in the workspace's manifest.
pub fn versions(house: &House) -> Vec<Breach> {
    const ADVICE: &str =
        "declare the version in the root Cargo.toml with a word on what it is for, here `workspace = true`";
    let mut breaches = Vec::new();
    for file in manifests(house) {
        for (section, offset, line) in sections(&file.text) {
            let is_list = ["dependencies", "dev-dependencies", "build-dependencies"].contains(&section);
            let is_table = section.contains("dependencies.") || section.starts_with("target.");
            if (is_list && !line.contains("workspace = true")) || is_table {
                breaches.push(file.breach(offset, format!("`{line}` has a version of its own"), ADVICE));
            }
        }
    }
    breaches
}

fn manifests(house: &House) -> impl Iterator<Item = &TextFile> {
    house.files.iter().filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"))
}

/// The lines that say something, with their section and their place.
fn sections(text: &str) -> impl Iterator<Item = (&str, usize, &str)> {
    let mut section = "";
    let mut next = 0;
    text.split_inclusive('\n').filter_map(move |whole| {
        let offset = next;
        next += whole.len();
        let line = whole.split('#').next().unwrap_or_default().trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            return None;
        }
        (!line.is_empty()).then_some((section, offset, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::house;

    const GOOD: &str = "[package]\nname = \"menu\"\n\n[lints]\nworkspace = true\n\n[dependencies]\n\
                        bytes = { workspace = true }  # why\nserde.workspace = true\n";

    #[test]
    fn an_inheriting_manifest_is_fine() {
        let house = house(&[("crates/menu/Cargo.toml", GOOD)]);

        assert_eq!(lints(&house), []);
        assert_eq!(versions(&house), []);
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found() {
        let house = house(&[("crates/menu/Cargo.toml", "[package]\nname = \"menu\"\n[lints.clippy]\n")]);

        assert_eq!(lints(&house).len(), 1);
    }

    #[test]
    fn a_version_beside_the_list_is_found_with_its_line() {
        for bad in ["[dependencies]\nbytes = \"1\"\n", "[dev-dependencies.bytes]\nversion = \"1\"\n"] {
            let house = house(&[("crates/menu/Cargo.toml", bad)]);

            assert_eq!(versions(&house).first().unwrap().place, "crates/menu/Cargo.toml:2");
        }
    }
}
