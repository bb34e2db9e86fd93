//! A WebSocket client: what a tablet or a dashboard sees.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::keys::random_id;

const LET_IN_WITHIN: Duration = Duration::from_secs(15);
const ASKED_IN_TIME_WITHIN: Duration = Duration::from_secs(20);
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// An open socket. Pings are answered by themselves and not shown.
#[derive(Debug)]
pub struct Tablet {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The last position of each partition, for a resume.
    seqs: std::collections::BTreeMap<String, String>,
}

impl Tablet {
    /// Connects with a token in the header. Who is not let in for a moment comes again, as real tablets do.
    pub async fn connect(url: &str, token: &str) -> Self {
        let deadline = Instant::now() + LET_IN_WITHIN;
        loop {
            if let Some(tablet) = Self::try_connect(url, token).await {
                return tablet;
            }
            assert!(Instant::now() < deadline, "the socket opens");
            sleep(BETWEEN_TRIES).await;
        }
    }

    /// Connects, unless nobody listens.
    pub async fn try_connect(url: &str, token: &str) -> Option<Self> {
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        let (socket, _) = connect_async(request).await.ok()?;
        Some(Self { socket, seqs: std::collections::BTreeMap::new() })
    }

    /// Connects and asks for what came after the positions: the tablet, and what `hello` says about it.
    ///
    /// A server waits for the question only for a moment, and on a busy machine it may come too late: then it is
    /// asked on a new connection.
    pub async fn resume(url: &str, token: &str, seqs: &[String]) -> (Self, Value) {
        let deadline = Instant::now() + ASKED_IN_TIME_WITHIN;
        loop {
            let mut tablet = Self::connect(url, token).await;
            if tablet.try_send("resume", json!({ "seqs": seqs })).await
                && let Some(hello) = tablet.try_next(LET_IN_WITHIN).await
            {
                assert_eq!(hello["type"], "hello", "{hello}");
                // who was not heard in time gets a new stream, and is not told why
                if hello["data"]["resumed"] == true || hello["data"]["reason"].is_string() {
                    return (tablet, hello["data"].clone());
                }
            }
            assert!(Instant::now() < deadline, "the server has been asked in time");
        }
    }

    /// Sends a frame with an id of its own; answers the id.
    pub async fn send(&mut self, kind: &str, data: Value) -> String {
        let id = random_id().to_string();
        self.send_with_id(kind, &id, data).await;
        id
    }

    /// Sends a frame under an id.
    pub async fn send_with_id(&mut self, kind: &str, id: &str, data: Value) {
        self.send_text(json!({ "type": kind, "id": id, "data": data }).to_string()).await;
    }

    /// Sends a frame, unless the socket is broken.
    pub async fn try_send(&mut self, kind: &str, data: Value) -> bool {
        let text = json!({ "type": kind, "id": random_id().to_string(), "data": data }).to_string();
        self.socket.send(Message::Text(text.into())).await.is_ok()
    }

    /// Sends whatever text.
    pub async fn send_text(&mut self, text: String) {
        self.socket.send(Message::Text(text.into())).await.expect("the socket takes the frame");
    }

    /// The next frame that is not a ping; fails the test after `deadline`.
    pub async fn next(&mut self, deadline: Duration) -> Value {
        self.try_next(deadline).await.unwrap_or_else(|| panic!("no frame within {deadline:?}"))
    }

    /// The next frame that is not a ping, `None` when none comes in time or the socket is closed.
    pub async fn try_next(&mut self, deadline: Duration) -> Option<Value> {
        let end = Instant::now() + deadline;
        loop {
            let frame = self.any(end).await?;
            if frame["type"] != "ping" {
                return Some(frame);
            }
        }
    }

    /// The next frame of any kind, pings too: a sign of life.
    pub async fn try_any(&mut self, deadline: Duration) -> Option<Value> {
        self.any(Instant::now() + deadline).await
    }

    /// The next frame that fits; all others are passed over.
    pub async fn until(&mut self, deadline: Duration, fits: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + deadline;
        loop {
            let frame = self.any(end).await.unwrap_or_else(|| panic!("no such frame within {deadline:?}"));
            if fits(&frame) {
                return frame;
            }
        }
    }

    /// The code the server closed with; fails the test when it does not within `deadline`.
    pub async fn close_code(&mut self, deadline: Duration) -> u16 {
        let end = Instant::now() + deadline;
        loop {
            match timeout_at(end, self.socket.next()).await.expect("the server closes in time") {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("closed without a code: {other:?}"),
            }
        }
    }

    /// The last position of each partition.
    pub fn seqs(&self) -> Vec<String> {
        self.seqs.values().cloned().collect()
    }

    async fn any(&mut self, end: Instant) -> Option<Value> {
        loop {
            let message = timeout_at(end, self.socket.next()).await.ok()??.ok()?;
            let Message::Text(text) = message else {
                if matches!(message, Message::Close(_)) {
                    // the answer to it is queued, and a server that restarts waits for it
                    let _ = self.socket.flush().await;
                    return None;
                }
                continue;
            };
            let frame: Value = serde_json::from_str(&text).expect("frames are JSON");
            self.remember(&frame);
            if frame["type"] == "ping" {
                let _ = self.socket.send(Message::Text(json!({ "type": "pong" }).to_string().into())).await;
            }
            return Some(frame);
        }
    }

    fn remember(&mut self, frame: &Value) {
        let seqs = frame["data"]["seqs"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let own = frame["seq"].as_str();
        for seq in seqs.chain(own) {
            if let Some((partition, _)) = seq.split_once(':') {
                self.seqs.insert(partition.to_owned(), seq.to_owned());
            }
        }
    }
}
