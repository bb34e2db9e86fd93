//! A client that decides by itself when which frame of HTTP/2 (RFC 9113) leaves.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const SETTINGS: u8 = 0x4;
const GO_AWAY: u8 = 0x7;

pub struct Connection {
    socket: TcpStream,
    next_stream: u32,
    /// Blocks of headers that the server has sent.
    answers: usize,
}

impl Connection {
    pub async fn open(address: std::net::SocketAddr) -> Self {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        socket.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        Self { socket, next_stream: 1, answers: 0 }
    }

    /// Begins calls: their headers, and nothing of their messages.
    pub async fn begin(&mut self, path: &str, calls: usize) -> Vec<u32> {
        let block = headers(path);
        let begun: Vec<u32> = (0..calls)
            .map(|_| {
                self.next_stream += 2;
                self.next_stream - 2
            })
            .collect();
        let frames: Vec<u8> =
            begun.iter().flat_map(|stream| frame(HEADERS, END_HEADERS, *stream, &block)).collect();
        self.socket.write_all(&frames).await.unwrap();
        begun
    }

    /// Their messages, a byte in each frame, and the end of them.
    pub async fn finish(&mut self, calls: &[u32], message: &[u8]) {
        let mut frames = Vec::new();
        for stream in calls {
            for byte in message {
                frames.extend(frame(DATA, 0, *stream, &[*byte]));
            }
            frames.extend(frame(DATA, END_STREAM, *stream, &[]));
        }
        self.socket.write_all(&frames).await.unwrap();
    }

    /// Waits for so many answers since the connection was opened.
    ///
    /// # Panics
    ///
    /// When the server is silent or ends the connection.
    pub async fn answers(&mut self, wanted: usize) {
        while self.answers < wanted {
            tokio::time::timeout(PATIENCE, self.read()).await.unwrap();
        }
    }

    async fn read(&mut self) {
        let mut head = [0; 9];
        self.socket.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.socket.read_exact(&mut payload).await.unwrap();
        assert_ne!(
            head[3],
            GO_AWAY,
            "the server has gone away: {}",
            String::from_utf8_lossy(payload.get(8..).unwrap_or_default())
        );
        self.answers += usize::from(head[3] == HEADERS);
    }
}

/// RFC 7541: `POST` and `http` by their index, the others as literals that nobody has to remember.
fn headers(path: &str) -> Vec<u8> {
    let mut block = vec![0x83, 0x86];
    for (name, value) in
        [(":path", path), (":authority", "test"), ("content-type", "application/grpc"), ("te", "trailers")]
    {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}
