//! What the rules look at: the files that git knows, and the crates that cargo knows.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::{Breach, code::code_only};

/// The checkout.
#[derive(Debug, Default)]
pub struct House {
    /// Text files under version control, and new ones that are not ignored.
    pub files: Vec<TextFile>,
    /// Crates of the workspace.
    pub crates: Vec<Crate>,
}

/// One text file.
#[derive(Debug)]
pub struct TextFile {
    /// Path from the root of the checkout.
    pub path: String,
    /// The whole text.
    pub text: String,
    /// The text without comments and literals, if it is Rust.
    pub code: String,
}

/// One crate, as `cargo metadata` tells it.
#[derive(Clone, Debug, Deserialize)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Everything its manifest names.
    pub dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

/// One line of a manifest.
#[derive(Clone, Debug, Deserialize)]
pub struct Dependency {
    /// Name of the other crate.
    pub name: String,
    /// `dev` or `build`; nothing for what the product itself needs.
    pub kind: Option<String>,
    /// Where it lies, if it is ours.
    pub path: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Crate>,
}

impl House {
    /// Reads the checkout at `root`.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        Ok(Self { files: files(root)?, crates: crates(root)? })
    }

    /// Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &TextFile> {
        self.files.iter().filter(|file| is_rust(&file.path))
    }

    /// The file at this path.
    pub fn file(&self, path: &str) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Crates that are services: those with a program of their own name, xtask and the tools aside.
    pub fn services(&self) -> impl Iterator<Item = &Crate> {
        self.crates.iter().filter(|one| one.is_service())
    }
}

impl TextFile {
    /// A file with its code view.
    pub fn new(path: String, text: String) -> Self {
        let code = if is_rust(&path) { code_only(&text) } else { String::new() };
        Self { path, text, code }
    }

    /// The file's name without its ending.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next().unwrap_or_default()
    }

    /// The code outside tests, which stand last in a file.
    pub fn code_without_tests(&self) -> &str {
        if self.stem() == "tests" || self.path.contains("/tests/") {
            return "";
        }
        self.code.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
    }

    /// A breach in this file; `offset` is a place in the text or in the code.
    pub fn breach(&self, offset: usize, what: String, advice: &'static str) -> Breach {
        let before = self.text.as_bytes().iter().take(offset);
        let line = before.filter(|byte| **byte == b'\n').count().saturating_add(1);
        Breach { place: format!("{}:{line}", self.path), what, advice }
    }
}

impl Crate {
    /// Whether it is one of the services.
    pub fn is_service(&self) -> bool {
        self.name != "xtask"
            && !self.is_tool()
            && self.targets.iter().any(|it| it.name == self.name && it.kind.iter().any(|kind| kind == "bin"))
    }

    /// Whether it measures, breaks or checks the system from outside. No part of the product imports such a crate.
    pub fn is_tool(&self) -> bool {
        ["bench", "campaign", "fuzz-targets", "saga-model", "verify"].contains(&self.name.as_str())
    }

    /// Its folder from the root of the checkout.
    pub fn folder(&self) -> String {
        format!("crates/{}", self.name)
    }

    #[cfg(test)]
    pub fn named(name: &str, service: bool, dependencies: Vec<Dependency>) -> Self {
        let kind = if service { "bin" } else { "lib" };
        let targets = vec![Target { name: name.to_owned(), kind: vec![kind.to_owned()] }];
        Self { name: name.to_owned(), dependencies, targets }
    }
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "rs")
}

fn files(root: &Path) -> anyhow::Result<Vec<TextFile>> {
    let list = output(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let mut files = Vec::new();
    for path in list.split('\0').filter(|path| !path.is_empty()) {
        // a deleted file is still in the index, and a picture is no text
        if let Ok(text) = std::fs::read_to_string(root.join(path)) {
            files.push(TextFile::new(path.to_owned(), text));
        }
    }
    Ok(files)
}

fn crates(root: &Path) -> anyhow::Result<Vec<Crate>> {
    let json = output(root, "cargo", &["metadata", "--no-deps", "--format-version=1", "--offline"])?;
    let metadata: Metadata = serde_json::from_str(&json).context("cargo metadata")?;
    Ok(metadata.packages)
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let done =
        Command::new(program).args(arguments).current_dir(root).output().context(program.to_owned())?;
    ensure!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    Ok(String::from_utf8(done.stdout)?)
}
