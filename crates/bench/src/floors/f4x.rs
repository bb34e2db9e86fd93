//! F4x: the same frames written to raw TCP connections, as many at once as are waiting.

use std::io::IoSlice;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::handshake::upgrade;
use super::seats::{Seats, bytes_of};

const AT_ONCE: usize = 64;

/// Serves tablets; tells them what the standard input says.
pub async fn serve(arguments: &[String]) -> anyhow::Result<()> {
    let seats = Arc::new(Seats::new(bytes_of(arguments, 1024)));
    let listener = TcpListener::bind("127.0.0.1:0").await.context("a port")?;
    let port = listener.local_addr().context("its number")?.port();
    let telling = Arc::clone(&seats);
    std::thread::spawn(move || telling.follow_input());
    println!("listening {port}");
    loop {
        let (stream, _) = listener.accept().await.context("accepting")?;
        // a tablet that goes away is no failure
        tokio::spawn(carry(stream, Arc::clone(&seats)));
    }
}

async fn carry(mut stream: TcpStream, seats: Arc<Seats>) -> anyhow::Result<()> {
    upgrade(&mut stream).await?;
    let (mut said, write) = stream.into_split();
    let writing = tokio::spawn(write_all(write, seats.take()));
    let mut pongs = [0; 256];
    while said.read(&mut pongs).await? > 0 {}
    writing.abort();
    Ok(())
}

async fn write_all(mut stream: OwnedWriteHalf, mut frames: mpsc::Receiver<Bytes>) -> anyhow::Result<()> {
    let mut waiting: Vec<Bytes> = Vec::with_capacity(AT_ONCE);
    while frames.recv_many(&mut waiting, AT_ONCE).await > 0 {
        let mut slices: Vec<IoSlice<'_>> = waiting.iter().map(|frame| IoSlice::new(frame)).collect();
        let mut rest = slices.as_mut_slice();
        while !rest.is_empty() {
            let written = stream.write_vectored(rest).await?;
            ensure!(written > 0, "the connection takes nothing");
            IoSlice::advance_slices(&mut rest, written);
        }
        drop(slices);
        waiting.clear();
    }
    Ok(())
}
