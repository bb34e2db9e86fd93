//! Folders that go with their test, unless it fails.

use std::path::{Path, PathBuf};

use crate::database::unique;

/// A folder of its own under the system's temporary one.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder.
    pub fn new(what: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("pizzeria-{what}-{}", unique()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
