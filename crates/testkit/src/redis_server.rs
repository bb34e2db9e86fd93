//! A Redis per test: it can be emptied and killed without harm to others.

use std::path::PathBuf;
use std::time::Duration;

use redis::AsyncConnectionConfig;

use crate::process::Process;
use crate::scratch::Scratch;
use crate::{eventually, free_port};

/// The client's own patience is half a second, which a busy machine exceeds.
const PATIENCE: Duration = Duration::from_secs(10);

/// A redis-server process of its own, with its data in a folder of its own.
#[derive(Debug)]
pub struct TestRedis {
    // ends before its folder goes
    process: Process,
    port: u16,
    folder: Scratch,
}

impl TestRedis {
    /// Starts a server that keeps an append-only file, as a deployment does.
    pub async fn start() -> Self {
        let port = free_port();
        let folder = Scratch::new("redis");
        let folder_text = folder.path().display().to_string();
        let port_text = port.to_string();
        let process = Process::new("redis-server", PathBuf::from("redis-server"), folder.path()).args([
            "--port",
            &port_text,
            "--bind",
            "127.0.0.1",
            "--dir",
            &folder_text,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--maxmemory-policy",
            "noeviction",
        ]);
        let mut server = Self { process, port, folder };
        server.resume().await;
        server
    }

    /// Address of the server.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection for looking and planting; it waits for a busy machine.
    pub async fn connect(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(self.url()).unwrap();
        let patient = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        client.get_multiplexed_async_connection_with_config(&patient).await.unwrap()
    }

    /// Forgets everything.
    pub async fn forget(&self) {
        redis::cmd("FLUSHALL").exec_async(&mut self.connect().await).await.unwrap();
    }

    /// Kills the server at once.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Takes the append-only file of a killed server away: it comes back without a memory.
    pub fn lose_files(&self) {
        std::fs::remove_dir_all(self.folder.path().join("appendonlydir")).unwrap();
    }

    /// Starts the server again, with what its append-only file holds.
    pub async fn resume(&mut self) {
        self.process.start();
        let url = self.url();
        eventually("redis-server answers", Duration::from_secs(10), async || {
            let Ok(client) = redis::Client::open(url.as_str()) else { return false };
            let Ok(mut connection) = client.get_multiplexed_async_connection().await else { return false };
            redis::cmd("PING").exec_async(&mut connection).await.is_ok()
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_that_takes_a_second_is_waited_for() {
        let server = TestRedis::start().await;

        let answer: redis::RedisResult<Option<(String, String)>> =
            redis::cmd("BLPOP").arg("nothing").arg(1).query_async(&mut server.connect().await).await;

        assert_eq!(answer, Ok(None));
    }
}
