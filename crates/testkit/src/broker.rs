//! A Kafka node of one's own, for tests that kill it or ask for secrets.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{Process, workspace_root};
use crate::scratch::Scratch;
use crate::{eventually, free_port};

/// One Apache Kafka node (`KRaft`) on loopback, with its log in a folder of its own.
#[derive(Debug)]
pub struct TestBroker {
    // ends before its folder goes
    process: Process,
    port: u16,
    _folder: Scratch,
}

impl TestBroker {
    /// Starts a plain node.
    pub async fn start() -> Self {
        Self::with_settings("").await
    }

    /// Starts a node with more lines in its settings, which may name `@PORT@` and `@CONTROLLER@`.
    pub async fn with_settings(more: &str) -> Self {
        let (port, controller) = (free_port(), free_port());
        let kept = Scratch::new("kafka");
        let folder = kept.path();
        let root = workspace_root();
        let template = std::fs::read_to_string(root.join("deploy/kafka/server.properties")).unwrap();
        // Later lines win.
        let settings = format!("{template}\n{more}\n")
            .replace("@PORT@", &port.to_string())
            .replace("@CONTROLLER@", &controller.to_string())
            .replace("@DATA@", &folder.join("data").display().to_string());
        let properties = folder.join("server.properties");
        std::fs::write(&properties, settings).unwrap();
        format(&root, &properties);
        let process = Process::new("kafka", PathBuf::from("java"), folder).args([
            "-Xms128m",
            "-Xmx384m",
            // it is started more often than it runs for long
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            &format!("-Dlog4j2.configurationFile={}", root.join("deploy/kafka/log4j2.properties").display()),
            "-cp",
            &libraries(&root),
            "kafka.Kafka",
            &properties.display().to_string(),
        ]);
        let mut broker = Self { process, port, _folder: kept };
        broker.resume().await;
        broker
    }

    /// Address for clients.
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills the node at once.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts the node again with its log.
    pub async fn resume(&mut self) {
        let said_before = self.process.log_text().len();
        self.process.start();
        eventually("the broker has started", Duration::from_secs(90), async || {
            let log = self.process.log_text();
            assert!(self.process.is_alive(), "Kafka ended: {}", self.process.log_path().display());
            log.get(said_before..).is_some_and(|said| said.contains("Kafka Server started"))
        })
        .await;
    }
}

fn format(root: &Path, properties: &Path) {
    let tool = |arguments: &[&str]| {
        let quiet = root.join("deploy/kafka/log4j2-quiet.properties");
        let output = Command::new("java")
            .args(["-cp", &libraries(root), &format!("-Dlog4j2.configurationFile={}", quiet.display())])
            .arg("kafka.tools.StorageTool")
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let id = tool(&["random-uuid"]);
    let id = id.lines().last().unwrap();
    tool(&["format", "-t", id, "-c", &properties.display().to_string()]);
}

fn libraries(root: &Path) -> String {
    root.join(".pizzeria/kafka-libs/*").display().to_string()
}
