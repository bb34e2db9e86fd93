//! What no file may contain.

use super::{
    Breach,
    house::{House, TextFile},
};

// spelled in two halves, so that this file does not break its own rules
const LEFT_FOR_LATER: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
const PANICS_FOR_LATER: [&str; 2] = [concat!("to", "do!"), concat!("unimple", "mented!")];
const REGISTRY_HOSTS: [&str; 9] = [
    concat!("static.crates", ".io"),
    concat!("index.crates", ".io"),
    concat!("registry.npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("repo1.maven", ".org"),
    concat!("repo.maven.apache", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("deb.debian", ".org"),
];
const WORKPLACE: &str = concat!("/wo", "rk/");

/// Nothing is left for later.
pub fn unfinished(house: &House) -> Vec<Breach> {
    const ADVICE: &str = "finish it, or file an issue and say nothing here";
    let mut breaches = Vec::new();
    for file in written(house) {
        for word in LEFT_FOR_LATER {
            breaches
                .extend(whole_words(&file.text, word).map(|at| file.breach(at, format!("`{word}`"), ADVICE)));
        }
        for name in PANICS_FOR_LATER {
            breaches
                .extend(whole_words(&file.code, name).map(|at| file.breach(at, format!("`{name}`"), ADVICE)));
        }
    }
    breaches
}

/// The compiler forbids it; this also finds what is behind a `cfg`.
pub fn unsafe_code(house: &House) -> Vec<Breach> {
    house
        .rust()
        .flat_map(|file| {
            whole_words(&file.code, "unsafe").map(|at| {
                file.breach(at, "`unsafe`".to_owned(), "there is a safe way, or a crate that has one")
            })
        })
        .collect()
}

/// Nothing names a registry's host or a folder of one machine: clients know where registries are.
pub fn one_machine(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for file in written(house) {
        for host in REGISTRY_HOSTS {
            if let Some(at) = file.text.find(host) {
                breaches.push(file.breach(
                    at,
                    format!("names the registry host {host}"),
                    "leave it to the client's own settings",
                ));
            }
        }
        let absolute =
            file.text.match_indices(WORKPLACE).map(|(at, _)| at).find(|at| begins_a_path(&file.text, *at));
        if let Some(at) = absolute {
            breaches.push(file.breach(
                at,
                format!("names a path of one machine, {WORKPLACE}"),
                "take the path from the checkout, a setting or the environment",
            ));
        }
    }
    breaches
}

/// Files that people write; a lock file is a tool's.
fn written(house: &House) -> impl Iterator<Item = &TextFile> {
    house.files.iter().filter(|file| file.path != "Cargo.lock")
}

fn begins_a_path(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    before.is_none_or(|letter| letter.is_whitespace() || "\"'`=:(".contains(letter))
}

fn whole_words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::house;

    #[test]
    fn what_is_left_for_later_is_found_in_comments_and_in_code() {
        let comment = format!("// {}: more\n", LEFT_FOR_LATER[0]);
        let code = format!("fn f() {{ {}() }}\n", PANICS_FOR_LATER[1]);

        for text in [comment, code] {
            assert_eq!(unfinished(&house(&[("crates/menu/src/lib.rs", &text)])).len(), 1, "{text}");
        }
        assert_eq!(unfinished(&house(&[("README.md", "a mastodon\n")])), []);
    }

    #[test]
    fn unsafe_code_is_found_but_not_the_word_in_a_comment() {
        let found = unsafe_code(&house(&[("crates/menu/src/lib.rs", "// unsafe\nfn f() { unsafe {} }\n")]));

        assert_eq!(found.first().unwrap().place, "crates/menu/src/lib.rs:2");
        assert_eq!(found.len(), 1);
        assert_eq!(
            unsafe_code(&house(&[("crates/menu/src/lib.rs", "const UNSAFE: &str = \"unsafe\";\n")])),
            []
        );
    }

    #[test]
    fn a_registry_host_and_a_path_of_one_machine_are_found() {
        let host = format!("pip install -i {} x\n", REGISTRY_HOSTS[3]);
        let path = format!("cd {WORKPLACE}main\n");

        for text in [host, path] {
            assert_eq!(one_machine(&house(&[("scripts/up", &text)])).len(), 1, "{text}");
        }
        assert_eq!(one_machine(&house(&[("README.md", &format!("docs{WORKPLACE}flow.md\n"))])), []);
    }
}
