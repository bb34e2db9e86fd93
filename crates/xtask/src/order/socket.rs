//! A client of ws-fanout: frames with the moment they came, commands with the answer they got.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::timeout_at};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{ClientRequestBuilder, Message},
};

use crate::token::new_id;

const QUEUED_FRAMES: usize = 1024;

/// One frame of the server.
#[derive(Clone, Debug)]
pub struct Frame {
    /// When it came.
    pub at: Instant,
    /// What it says.
    pub body: Value,
}

impl Frame {
    /// The frame's `type`.
    pub fn kind(&self) -> &str {
        self.body.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    /// What the frame carries.
    pub fn data(&self) -> &Value {
        self.body.get("data").unwrap_or(&Value::Null)
    }

    /// A text of the order the frame carries.
    pub fn order(&self, field: &str) -> Option<&str> {
        self.data().get("order")?.get(field)?.as_str()
    }
}

/// A signed-in socket; pings are answered by themselves.
#[derive(Debug)]
pub struct Socket {
    frames: mpsc::Receiver<Frame>,
    commands: mpsc::Sender<Value>,
}

impl Socket {
    /// Opens the socket and waits for the snapshot: from then on nothing is missed.
    pub async fn open(url: &str, token: &str) -> anyhow::Result<Self> {
        let request = ClientRequestBuilder::new(url.parse().with_context(|| url.to_owned())?)
            .with_header("authorization", format!("Bearer {token}"));
        let (stream, _) = connect_async(request).await.with_context(|| format!("cannot connect to {url}"))?;
        let (frames_in, frames) = mpsc::channel(QUEUED_FRAMES);
        let (commands, commands_out) = mpsc::channel(16);
        tokio::spawn(carry(stream, frames_in, commands_out));
        let mut socket = Self { frames, commands };
        socket
            .wait(Duration::from_secs(10), |frame| frame.kind() == "snapshot")
            .await
            .context("no snapshot")?;
        Ok(socket)
    }

    /// The next frame, whatever it is; `None` when the server has closed.
    pub async fn next(&mut self) -> Option<Frame> {
        self.frames.recv().await
    }

    /// The first frame that is wanted; others are dropped.
    pub async fn wait(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&Frame) -> bool,
    ) -> anyhow::Result<Frame> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            match timeout_at(deadline, self.frames.recv()).await {
                Ok(Some(frame)) if wanted(&frame) => return Ok(frame),
                Ok(Some(_)) => {}
                Ok(None) => bail!("the server closed the socket"),
                Err(_) => bail!("no such frame within {} s", patience.as_secs()),
            }
        }
    }

    /// Sends a command and waits until it is acknowledged.
    pub async fn command(&mut self, kind: &str, data: Value) -> anyhow::Result<Frame> {
        let id = new_id().to_string();
        self.commands.send(json!({"type": kind, "id": id, "data": data})).await?;
        let about_it = |frame: &Frame| frame.data().get("id").and_then(Value::as_str) == Some(&id);
        let answer = self.wait(Duration::from_secs(10), about_it).await?;
        if answer.kind() == "error" {
            bail!("{kind} was refused: {}", answer.data());
        }
        Ok(answer)
    }
}

async fn carry(
    stream: tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>,
    frames: mpsc::Sender<Frame>,
    mut commands: mpsc::Receiver<Value>,
) {
    let (mut out, mut incoming) = stream.split();
    loop {
        let answer = tokio::select! {
            message = incoming.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let Ok(body) = serde_json::from_str::<Value>(&text) else { return };
                    let frame = Frame { at: Instant::now(), body };
                    if frame.kind() == "ping" {
                        json!({"type": "pong"})
                    } else {
                        if frames.send(frame).await.is_err() {
                            return;
                        }
                        continue;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            command = commands.recv() => match command {
                Some(command) => command,
                None => return,
            },
        };
        if out.send(Message::text(answer.to_string())).await.is_err() {
            return;
        }
    }
}
