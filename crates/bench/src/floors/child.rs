//! A floor program as a process of its own, on the same processor as ours.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{self, ChildStdin, Command, Stdio};

use anyhow::{Context as _, ensure};

/// The processor of servers: ours and floors.
pub const SERVERS: &str = "0";

/// A floor that runs; it ends with this value.
#[derive(Debug)]
pub struct Child {
    process: process::Child,
    input: ChildStdin,
    address: SocketAddr,
}

impl Child {
    /// Starts `bench floor <name> <arguments>` and waits until it listens.
    pub fn start(name: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("this program's path")?;
        let mut process = Command::new("taskset")
            .args(["-c", SERVERS])
            .arg(program)
            .args(["floor", name])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting floor {name}"))?;
        let input = process.stdin.take().context("the floor's input")?;
        let mut said = String::new();
        let output = process.stdout.take().context("the floor's output")?;
        BufReader::new(output).read_line(&mut said).context("reading what the floor says")?;
        let port = said.strip_prefix("listening ").and_then(|port| port.trim().parse().ok());
        ensure!(port.is_some(), "floor {name} says {said:?} instead of where it listens");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port.unwrap_or_default()));
        Ok(Self { process, input, address })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Sends it a line.
    pub fn say(&mut self, line: &str) -> anyhow::Result<()> {
        writeln!(self.input, "{line}").context("the floor does not listen any more")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
