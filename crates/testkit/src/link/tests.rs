//! Against a real socket that says back what it hears.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use super::*;

const SOON: Duration = Duration::from_secs(5);
const A_WHILE: Duration = Duration::from_millis(100);

/// Answers the address of an echo.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut said, mut hears) = stream.split();
                let _ = tokio::io::copy(&mut said, &mut hears).await;
            });
        }
    });
    address
}

async fn link() -> Link {
    Link::to(&echo().await).await
}

async fn open(link: &Link) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", link.port())).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Says something and waits for its echo; answers how long that took.
async fn ask(stream: &mut TcpStream, bytes: usize) -> Duration {
    let (said, since) = (vec![7; bytes], Instant::now());
    let mut heard = vec![0; bytes];
    let (mut from, mut to) = stream.split();
    let both = async { tokio::try_join!(to.write_all(&said), from.read_exact(&mut heard)) };
    timeout(SOON, both).await.expect("the echo comes").unwrap();
    assert_eq!(said, heard);
    since.elapsed()
}

async fn is_silent(stream: &mut TcpStream) -> bool {
    stream.write_all(b"hello?").await.unwrap();
    timeout(A_WHILE, stream.read(&mut [0; 6])).await.is_err()
}

async fn end(stream: &mut TcpStream) -> ErrorKind {
    let read = timeout(SOON, stream.read(&mut [0; 64])).await.expect("the connection ends");
    read.expect_err("it is reset").kind()
}

#[tokio::test]
async fn a_good_link_carries_everything_and_the_end_of_it() {
    let link = link().await;
    let mut stream = open(&link).await;

    ask(&mut stream, 1_000_000).await;

    stream.write_all(b"bye").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = String::new();
    timeout(SOON, stream.read_to_string(&mut rest)).await.unwrap().unwrap();
    assert_eq!(rest, "bye");
}

#[tokio::test]
async fn delay_throttle_and_slices_can_be_switched_on_and_off_under_way() {
    let link = link().await;
    let mut stream = open(&link).await;

    link.delay(Duration::from_millis(60), Duration::from_millis(20));
    let late = ask(&mut stream, 10).await;
    assert!((120..1_000).contains(&late.as_millis()), "{late:?}");

    link.heal();
    link.throttle(100_000);
    let slow = ask(&mut stream, 20_000).await;
    assert!((150..2_000).contains(&slow.as_millis()), "{slow:?}");

    link.heal();
    link.slice(1);
    stream.write_all(b"piecemeal").await.unwrap();
    let mut heard = [0; 9];
    let first = timeout(SOON, stream.read(&mut heard)).await.unwrap().unwrap();
    assert!(first < 9, "all at once");
    timeout(SOON, stream.read_exact(&mut heard[first..])).await.unwrap().unwrap();
    assert_eq!(&heard, b"piecemeal");

    link.heal();
    ask(&mut stream, 1_000_000).await;
}

#[tokio::test]
async fn a_reset_meets_every_connection_and_no_later_one() {
    let link = link().await;
    let (mut one, mut other) = (open(&link).await, open(&link).await);
    ask(&mut one, 1).await;
    ask(&mut other, 1).await;

    link.reset();

    assert_eq!(end(&mut one).await, ErrorKind::ConnectionReset);
    assert_eq!(end(&mut other).await, ErrorKind::ConnectionReset);
    ask(&mut open(&link).await, 1).await;
}

#[tokio::test]
async fn a_refusing_link_is_a_port_that_nobody_listens_on() {
    let link = link().await;
    let mut early = open(&link).await;
    ask(&mut early, 1).await;

    link.refuse();

    crate::eventually("nobody listens", SOON, async || {
        let refused = TcpStream::connect(("127.0.0.1", link.port())).await;
        refused.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    })
    .await;
    ask(&mut early, 1).await;
    link.heal();
    crate::eventually("somebody listens", SOON, async || {
        TcpStream::connect(("127.0.0.1", link.port())).await.is_ok()
    })
    .await;
    ask(&mut open(&link).await, 1).await;
}

#[tokio::test]
async fn what_waits_in_a_frozen_link_arrives_after_the_thaw() {
    let link = link().await;
    let mut early = open(&link).await;
    ask(&mut early, 1).await;

    link.freeze();

    let mut late = open(&link).await;
    assert!(is_silent(&mut early).await);
    assert!(is_silent(&mut late).await);
    link.heal();
    for stream in [&mut early, &mut late] {
        let mut heard = [0; 6];
        timeout(SOON, stream.read_exact(&mut heard)).await.unwrap().unwrap();
        assert_eq!(&heard, b"hello?");
    }
}

#[tokio::test]
async fn a_half_open_link_swallows_everything_and_is_reset_when_it_heals() {
    let link = link().await;
    let mut early = open(&link).await;
    ask(&mut early, 1).await;

    link.half_open();

    let mut late = open(&link).await;
    assert!(is_silent(&mut early).await);
    assert!(is_silent(&mut late).await);
    link.heal();
    assert_eq!(end(&mut early).await, ErrorKind::ConnectionReset);
    assert_eq!(end(&mut late).await, ErrorKind::ConnectionReset);
    ask(&mut open(&link).await, 1).await;
}

#[tokio::test]
async fn an_upstream_that_is_away_ends_the_connection() {
    let link = Link::to(&format!("127.0.0.1:{}", free_port())).await;

    assert_eq!(end(&mut open(&link).await).await, ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_url_keeps_everything_but_its_host() {
    let link = Link::to("postgres://user:p%40ss@127.0.0.1:15432/db?sslmode=disable").await;

    assert_eq!(link.url(), format!("postgres://user:p%40ss@127.0.0.1:{}/db?sslmode=disable", link.port()));
    assert_eq!(link.target(), "127.0.0.1:15432");
}
