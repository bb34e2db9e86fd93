//! Small houses for the rules' tests, and a folder that is gone when its test ends.

use std::path::{Path, PathBuf};

use super::house::{Crate, House, TextFile};

/// A house of these files.
pub fn house(files: &[(&str, &str)]) -> House {
    let files =
        files.iter().map(|(path, text)| TextFile::new((*path).to_owned(), (*text).to_owned())).collect();
    House { files, crates: Vec::new() }
}

/// A house with one service, `menu`, of these files.
pub fn service_house(files: &[(&str, &str)]) -> House {
    let files = files
        .iter()
        .map(|(path, text)| TextFile::new(format!("crates/menu/{path}"), (*text).to_owned()))
        .collect();
    House { files, crates: vec![Crate::named("menu", true, Vec::new())] }
}

/// A folder of its own for one test.
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder; `name` tells the tests of one run apart.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
