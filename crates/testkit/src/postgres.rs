//! A PostgreSQL cluster of one's own, for tests that stop it hard.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use diesel_async::{AsyncConnection as _, AsyncPgConnection};

use crate::process::Process;
use crate::scratch::Scratch;
use crate::{eventually, free_port};

/// Where Debian keeps its servers, one folder per version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// One PostgreSQL server on loopback, with its data in a folder of its own.
#[derive(Debug)]
pub struct TestPostgres {
    // ends before its folder goes
    process: Process,
    port: u16,
    data: PathBuf,
    _folder: Scratch,
}

impl TestPostgres {
    /// Creates a cluster and starts it. A commit survives a stop of the server, not one of the machine.
    pub async fn start() -> Self {
        let (port, folder) = (free_port(), Scratch::new("postgres"));
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let programs = programs();
        let data_text = data.display().to_string();
        if is_root() {
            finish(Command::new("chown").args(["postgres:postgres", &data_text]));
        }
        let mut words = as_owner(&programs.join("initdb"));
        words.extend(["-D", &data_text, "-U", "postgres", "--auth=trust", "-E", "UTF8"].map(String::from));
        words.extend(["--locale=C.UTF-8", "--no-sync"].map(String::from));
        finish(Command::new(&words[0]).args(&words[1..]).current_dir("/"));

        let mut words = as_owner(&programs.join("postgres"));
        words.extend(["-D", &data_text, "-p", &port.to_string()].map(String::from));
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "timezone=UTC",
            "fsync=off",
            "full_page_writes=off",
        ] {
            words.extend(["-c".to_owned(), setting.to_owned()]);
        }
        let process = Process::new("postgres", PathBuf::from(&words[0]), folder.path())
            .args(words[1..].iter().map(String::as_str));
        let mut server = Self { process, port, data, _folder: folder };
        server.resume().await;
        server
    }

    /// Address of the server's first database, for its superuser.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server as `pg_ctl stop -m immediate` does: every connection breaks, and the next start recovers
    /// from the log.
    pub fn stop_hard(&mut self) {
        self.process.end_by("QUIT");
    }

    /// Starts the server again with its data.
    pub async fn resume(&mut self) {
        let _ = std::fs::remove_file(self.data.join("postmaster.pid"));
        self.process.start();
        let url = self.url();
        eventually("PostgreSQL answers", Duration::from_mins(1), async || {
            assert!(self.process.is_alive(), "PostgreSQL ended: {}", self.process.log_text());
            AsyncPgConnection::establish(&url).await.is_ok()
        })
        .await;
    }
}

impl Drop for TestPostgres {
    fn drop(&mut self) {
        // its own children end with it only when it is asked
        self.process.end_by("QUIT");
    }
}

/// The folder of the newest installed server.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir(VERSIONS).expect("PostgreSQL is installed");
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.join("bin/postgres").exists())
        .max_by_key(|folder| version(folder))
        .expect("PostgreSQL is installed")
        .join("bin")
}

/// PostgreSQL refuses to run as root.
fn as_owner(program: &Path) -> Vec<String> {
    let program = program.display().to_string();
    if is_root() {
        ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", &program]
            .map(String::from)
            .to_vec()
    } else {
        vec![program]
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

fn finish(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
