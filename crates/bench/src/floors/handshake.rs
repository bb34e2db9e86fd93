//! How a raw connection becomes a tablet's socket.

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const LONGEST_HEAD: usize = 16 * 1024;

/// Reads the request and accepts it; what follows is frames.
pub async fn upgrade(stream: &mut TcpStream) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let accept = derive_accept_key(key(stream).await?.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.context("accepting")
}

/// Reads the head of the request: the client's key.
async fn key(stream: &mut TcpStream) -> anyhow::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        ensure!(head.len() < LONGEST_HEAD && stream.read_buf(&mut head).await? > 0, "no request");
    }
    let head = String::from_utf8_lossy(&head);
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    key.context("no key in the request")
}
