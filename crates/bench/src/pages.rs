//! Keep-alive HTTP clients that cost next to nothing: one request after the other, and only the length of the answer
//! is looked at. The same for ours and for floors.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const LONGEST_HEAD: usize = 16 * 1024;
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Clients of one page, each with a connection of its own.
#[derive(Clone, Debug)]
pub struct Readers {
    address: SocketAddr,
    request: Arc<[u8]>,
    status: u16,
    at_once: usize,
}

/// What one connection asks and reads.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its tag, if it has one.
    pub tag: Option<String>,
    /// Bytes of its body.
    pub body: usize,
}

impl Readers {
    /// So many clients that will ask for `path` with these more header lines, and expect this status.
    pub fn new(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, &str)],
        status: u16,
        readers: usize,
    ) -> Self {
        Self { address, request: request(address, path, headers).into(), status, at_once: readers }
    }

    /// Answers per second. Connections are made before the clock runs: a server closes those that rest.
    pub async fn read(&self, length: Duration) -> anyhow::Result<f64> {
        let mut connections = Vec::with_capacity(self.at_once);
        for _ in 0..self.at_once {
            connections.push(Connection::open(self.address).await?);
        }
        let begin = Instant::now();
        let mut reading = JoinSet::new();
        for mut connection in connections {
            let (request, status) = (Arc::clone(&self.request), self.status);
            reading.spawn(async move {
                let mut answers = 0_u64;
                while begin.elapsed() < length {
                    let answer = connection.ask(&request).await?;
                    ensure!(answer.status == status, "an answer with status {}", answer.status);
                    answers += 1;
                }
                Ok(answers)
            });
        }
        let mut answers = 0;
        while let Some(read) = reading.join_next().await {
            answers += read.context("a reader")??;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of seconds")]
        Ok(answers as f64 / begin.elapsed().as_secs_f64())
    }
}

/// Asks once.
pub async fn ask(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> anyhow::Result<Answer> {
    Connection::open(address).await?.ask(&request(address, path, headers)).await
}

fn request(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    request.push_str("\r\n");
    request.into_bytes()
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(64 * 1024) })
    }

    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        tokio::time::timeout(ANSWER_WITHIN, self.ask_patiently(request)).await.context("no answer in time")?
    }

    async fn ask_patiently(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        let end = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hangs up");
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            ensure!(self.buffer.len() < LONGEST_HEAD, "the head of the answer does not end");
        };
        let answer = answer(&self.buffer[..end])?;
        while self.buffer.len() < end + answer.body {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hangs up");
        }
        ensure!(self.buffer.len() == end + answer.body, "the answer is longer than it says");
        Ok(answer)
    }
}

fn answer(head: &[u8]) -> anyhow::Result<Answer> {
    let head = std::str::from_utf8(head).context("the head of the answer")?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
    let header = |wanted: &str| {
        head.lines().skip(1).find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    let length = header("content-length").map(str::parse).transpose().context("content-length")?;
    ensure!(length.is_some() || status == 304, "an answer without a length: {head}");
    Ok(Answer { status, tag: header("etag").map(ToOwned::to_owned), body: length.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_by_its_status_its_tag_and_its_length() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 20480\r\netag: \"7-main\"\r\n\r\n";

        let read = answer(head).unwrap();

        assert_eq!(read, Answer { status: 200, tag: Some("\"7-main\"".to_owned()), body: 20_480 });
    }

    #[test]
    fn only_an_answer_that_says_nothing_new_may_be_without_a_length() {
        assert_eq!(answer(b"HTTP/1.1 304 Not Modified\r\n\r\n").unwrap().body, 0);
        assert!(answer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
    }
}
