//! How sockets end: whoever takes part in it is not kept, and whoever doesn't is not waited for.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use testkit::at_best_within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::stage::{PATIENCE, Stage};

/// Load balancers get so long before anything closes.
const PAUSE: Duration = Duration::from_secs(2);
/// A client gets so long for its part of the closing.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// More than anything here needs that does not wait for somebody.
const AT_ONCE: Duration = Duration::from_millis(1500);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn open(stage: &Stage) -> Socket {
    let mut request = stage.tablet_url().into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {}", stage.cook()).parse().unwrap());
    connect_async(request).await.unwrap().0
}

/// A connection after the handshake, without anybody who knows the protocol.
async fn bare(stage: &Stage) -> TcpStream {
    let url = stage.tablet_url();
    let host = url.trim_start_matches("ws://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /api/v1/ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Authorization: Bearer {}\r\n\r\n",
        stage.cook()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream
}

/// Reads to the end of the connection: the code of the close frame, which is the last.
async fn code(stream: &mut TcpStream) -> Option<u16> {
    let mut read = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut read)).await.expect("the connection ends").ok()?;
    let at = read.iter().rposition(|byte| *byte == 0x88)?;
    Some(u16::from_be_bytes(read.get(at + 2..at + 4)?.try_into().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_ends_as_soon_as_its_clients_have_answered_the_close() {
    at_best_within("the end", PAUSE + AT_ONCE, async || {
        let mut stage = Stage::start(vec![]).await;
        drop(stage.tablet().await);
        let mut polite = open(&stage).await;
        let reading = tokio::spawn(async move { while let Some(Ok(_)) = polite.next().await {} });

        let took = stage.end().await;

        reading.await.unwrap();
        took
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_answers_the_close_is_cut_off() {
    at_best_within("the end", PAUSE + CLOSE_WITHIN + AT_ONCE, async || {
        let mut stage = Stage::start(vec![]).await;
        drop(stage.tablet().await);
        let mut rude = bare(&stage).await;

        let took = stage.end().await;

        assert!(took > PAUSE, "{took:?}");
        assert_eq!(code(&mut rude).await, Some(1001));
        took
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_closes_gets_its_answer_and_the_end_of_the_connection_at_once() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);

    at_best_within("the end of the connection", Duration::from_millis(400), async || {
        let mut leaving = open(&stage).await;
        leaving.next().await.unwrap().unwrap();
        let begin = Instant::now();
        leaving.send(Message::Close(None)).await.unwrap();
        while let Some(Ok(_)) = leaving.next().await {}
        begin.elapsed()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_no_frame_has_is_refused_before_anything_of_it_is_kept() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);

    at_best_within("the refusal", AT_ONCE, async || {
        let mut boasting = bare(&stage).await;
        // a text of one gibibyte, and none of it follows
        let begin = Instant::now();
        boasting.write_all(b"\x81\xFF\0\0\0\0\x40\0\0\0mask").await.unwrap();

        assert_eq!(code(&mut boasting).await, Some(1009));
        begin.elapsed()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_breaks_the_protocol_is_told_so() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);
    let cases: [(&[u8], u16); 6] = [
        (b"\x81\x02{}", 1002),
        (b"\x89\xFE\0\x7Emask", 1002),
        (b"\x80\x80mask", 1002),
        (b"\xC1\x80mask", 1002),
        (b"\x83\x80mask", 1002),
        (b"\x81\x81\0\0\0\0\xFF", 1007),
    ];
    for (said, told) in cases {
        let mut broken = bare(&stage).await;
        broken.write_all(said).await.unwrap();
        assert_eq!(code(&mut broken).await, Some(told), "{said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_in_pieces_and_one_byte_at_a_time_are_read() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);
    let mut piecemeal = bare(&stage).await;
    let id = "019c1a00-0000-7000-8000-0000000000aa";
    let text = format!(r#"{{"type": "order:item:update", "id": "{id}", "data": {{}}}}"#);
    let (one, other) = text.split_at(20);
    let frame = |first: u8, part: &str| {
        [&[first, 0x80 | u8::try_from(part.len()).unwrap(), 0, 0, 0, 0], part.as_bytes()].concat()
    };

    // a ping comes between the two halves of the text
    for byte in [frame(0x01, one), frame(0x89, "?"), frame(0x80, other)].concat() {
        piecemeal.write_all(&[byte]).await.unwrap();
    }

    let mut read = Vec::new();
    timeout(PATIENCE, async {
        while !String::from_utf8_lossy(&read).contains("ITEM_COMMANDS_NOT_AVAILABLE") {
            piecemeal.read_buf(&mut read).await.unwrap();
        }
    })
    .await
    .expect("the command is answered");
    assert!(read.windows(3).any(|three| three == b"\x8A\x01?"), "the ping is answered");
}
