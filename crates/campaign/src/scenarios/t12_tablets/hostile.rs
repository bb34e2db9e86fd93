//! Tablets that do what no tablet should.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK, System};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::stage::{Stage, choices};

/// What a hostile tablet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Opens a socket and looks away.
    NeverReads,
    /// Opens a socket, looks for a moment, and is gone without a word.
    ComesAndGoes,
    /// Says what is no frame, or what it may not say.
    TalksRubbish,
}

/// All hostile tablets of a scenario.
pub struct Hostile {
    url: String,
    token: String,
    seed: u64,
    sockets: Arc<AtomicU64>,
    tablets: TaskTracker,
    stop: CancellationToken,
}

struct Tablet {
    url: String,
    token: String,
    sockets: Arc<AtomicU64>,
    choices: ChaCha8Rng,
    stop: CancellationToken,
}

type Socket = WebSocketStream<TcpStream>;

impl Hostile {
    /// None yet; all of them belong to Moscow's kitchen.
    pub fn begin(system: &System, stage: &Stage) -> Self {
        Self {
            url: system.tablet_url(),
            token: system.keys.token("cook", BRANCH_MAIN),
            seed: stage.seed,
            sockets: Arc::default(),
            tablets: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// So many more.
    pub fn send(&self, manner: Manner, count: usize) {
        for number in 0..count {
            let tablet = Tablet {
                url: self.url.clone(),
                token: self.token.clone(),
                sockets: Arc::clone(&self.sockets),
                choices: choices(self.seed, &format!("T12/{manner:?} {number}")),
                stop: self.stop.clone(),
            };
            self.tablets.spawn(tablet.misbehave(manner));
        }
    }

    /// All of them leave at once; answers how many sockets they have used.
    pub async fn end(self) -> u64 {
        self.stop.cancel();
        self.tablets.close();
        self.tablets.wait().await;
        self.sockets.load(Ordering::Relaxed)
    }
}

impl Tablet {
    async fn misbehave(mut self, manner: Manner) {
        let stop = self.stop.clone();
        let misbehaving = async {
            loop {
                // whoever does not read gets little room
                let room = if manner == Manner::NeverReads { 4 * 1024 } else { 64 * 1024 };
                if let Some(socket) = self.open(room).await {
                    self.sockets.fetch_add(1, Ordering::Relaxed);
                    match manner {
                        Manner::NeverReads => self.stop.cancelled().await,
                        Manner::ComesAndGoes => self.look(socket).await,
                        Manner::TalksRubbish => self.talk(socket).await,
                    }
                }
                sleep(Duration::from_millis(self.choices.random_range(20..200))).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = misbehaving => {}
        }
    }

    async fn open(&self, room: u32) -> Option<Socket> {
        let mut request = self.url.as_str().into_client_request().ok()?;
        let bearer = format!("Bearer {}", self.token).parse().ok()?;
        request.headers_mut().insert("authorization", bearer);
        let address = request.uri().authority()?.as_str().parse().ok()?;
        let socket = TcpSocket::new_v4().ok()?;
        socket.set_recv_buffer_size(room).ok()?;
        let stream = socket.connect(address).await.ok()?;
        tokio_tungstenite::client_async(request, stream).await.ok().map(|(socket, _)| socket)
    }

    /// Looks for a moment, sometimes asks for what it never had, and lets go.
    async fn look(&mut self, mut socket: Socket) {
        if self.choices.random_ratio(1, 3) {
            let seq = self.choices.random_range(0..1_000);
            let resume = format!(r#"{{"type":"resume","id":"{}","data":{{"seqs":["0:{seq}"]}}}}"#, self.id());
            let _ = socket.send(Message::Text(resume.into())).await;
        }
        let until = sleep(Duration::from_millis(self.choices.random_range(10..600)));
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = &mut until => break,
                message = socket.next() => if !matches!(message, Some(Ok(_))) { break },
            }
        }
        if self.choices.random_ratio(1, 2) {
            let _ = socket.get_ref().set_zero_linger();
        }
    }

    /// Talks until it is thrown out.
    async fn talk(&mut self, mut socket: Socket) {
        for _ in 0..self.choices.random_range(1..20) {
            let said = match self.choices.random_range(0..10) {
                0 => socket.send(Message::Text("not a frame".into())).await.is_ok(),
                1 => socket.send(Message::Binary(self.bytes(1_000).into())).await.is_ok(),
                2 => socket.send(Message::Text("[".repeat(50_000).into())).await.is_ok(),
                3 => socket.send(Message::Text("x".repeat(300_000).into())).await.is_ok(),
                4 => socket.send(Message::Ping(self.bytes(125).into())).await.is_ok(),
                // what no protocol knows
                5 => {
                    let bytes = self.bytes(64);
                    socket.get_mut().write_all(&bytes).await.is_ok()
                }
                other => {
                    let frame = self.frame(other);
                    socket.send(Message::Text(frame.into())).await.is_ok()
                }
            };
            if !said {
                return;
            }
            let listened = tokio::time::timeout(Duration::from_millis(20), socket.next()).await;
            if matches!(listened, Ok(None | Some(Err(_)))) {
                return;
            }
        }
    }

    /// A frame that has the form of one, and asks for what is not the tablet's.
    fn frame(&self, which: u32) -> String {
        let id = self.id();
        match which {
            6 => {
                format!(r#"{{"type":"subscribe","id":"{id}","data":{{"branch_id":"{BRANCH_NOVOSIBIRSK}"}}}}"#)
            }
            7 => format!(
                r#"{{"type":"order:status:update","id":"{id}","data":{{"order_id":"{id}","status":"ready","version":1}}}}"#
            ),
            8 => format!(r#"{{"type":"resume","id":"{id}","data":{{"seqs":["99:abc","0:-5"]}}}}"#),
            _ => format!(r#"{{"type":"auth","id":"{id}","data":{{"token":"{}"}}}}"#, "a.".repeat(2_000)),
        }
    }

    fn id(&self) -> uuid::Uuid {
        uuid::Uuid::from_u128(u128::from(self.sockets.load(Ordering::Relaxed)) << 64 | 0x8000)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.choices.fill(bytes.as_mut_slice());
        bytes
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeverReads => "never reads",
            Self::ComesAndGoes => "comes and goes",
            Self::TalksRubbish => "talks rubbish",
        })
    }
}
