//! A socket on an actix connection: actix-ws shakes hands, the frames of the server are the answer's body, and those
//! of the client are the request's.
//!
//! actix-ws would make the frame of every message anew for each of its readers. Its reader keeps 8 KiB of a client
//! that says nothing, and of one that says it will send a gibibyte, all of that.

use std::cell::OnceCell;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chassis::failpoint::Held;
use chassis::poll_failpoint;
use futures_util::Stream;

use super::Incoming;
use super::reader::Reader;
use crate::app::bell::Bell;
use crate::app::outbox::Outlet;

/// A frame longer than this, and hardly one about a single order is, goes out in pieces: actix keeps a buffer as
/// large as whatever it wrote at once, and the system the pages of it that were ever touched.
const PIECE: usize = 2 * 1024;

thread_local! {
    static BELL: OnceCell<Bell> = const { OnceCell::new() };
}

/// The bell of this thread, which is one of actix's; it is answered here from the first call on.
pub fn bell() -> Bell {
    let hang_up = || {
        let bell = Bell::default();
        actix_web::rt::spawn(bell.clone().answer());
        bell
    };
    BELL.with(|bell| bell.get_or_init(hang_up).clone())
}

/// The answer to an upgrade, whose body is what comes out of `outlet`, and what the client sends. `None` for a
/// request that is no upgrade.
pub fn upgrade(
    request: &HttpRequest,
    body: web::Payload,
    protocol: &str,
    outlet: Outlet,
) -> Option<(HttpResponse, impl Stream<Item = Incoming> + Unpin + use<>)> {
    let nothing = web::Payload::from_request(request, &mut Payload::None).into_inner().ok()?;
    let (response, ..) = actix_ws::handle_with_protocols(request, nothing, &[protocol]).ok()?;
    let frames = Frames { outlet, rest: Bytes::new(), step: Step::Between, held: Held::default() };
    let response = response.map_body(|_, _| BoxBody::new(frames));
    let payload = Some(body.into_inner());
    Some((response, Messages { payload, rest: Bytes::new(), reader: Reader::default(), is_over: false }))
}

/// Frames as the body of an answer that ends with the last of them.
struct Frames {
    outlet: Outlet,
    /// Of the frame that goes out.
    rest: Bytes,
    step: Step,
    held: Held,
}

/// Where the frame in `Frames` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There is none.
    Between,
    /// It is still whole.
    Before,
    /// There is a piece to go.
    Piece,
    /// There is another one; actix writes out what it has when there is nothing more for the moment.
    Pause,
    /// It has left.
    After,
}

impl MessageBody for Frames {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        loop {
            match self.step {
                Step::Between => {
                    let Some(frame) = ready!(self.outlet.poll_next(context)) else {
                        return Poll::Ready(None);
                    };
                    (self.rest, self.step) = (frame, Step::Before);
                }
                Step::Before => {
                    poll_failpoint!("ws_fanout::before_frame", self.held, context, Poll::Ready(None));
                    self.step = if self.rest.len() > PIECE { Step::Pause } else { Step::Piece };
                }
                Step::Piece => {
                    let piece = self.rest.len().min(PIECE);
                    let piece = self.rest.split_to(piece);
                    self.step = if self.rest.is_empty() { Step::After } else { Step::Pause };
                    return Poll::Ready(Some(Ok(piece)));
                }
                Step::Pause => {
                    self.step = Step::Piece;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::After => {
                    poll_failpoint!("ws_fanout::after_frame", self.held, context, Poll::Ready(None));
                    self.step = Step::Between;
                }
            }
        }
    }
}

/// Messages as the loop knows them; after one that ends the conversation nothing but the end of the connection.
struct Messages {
    /// None once it has ended.
    payload: Option<Payload>,
    /// What has come and was not read yet.
    rest: Bytes,
    reader: Reader,
    is_over: bool,
}

impl Stream for Messages {
    type Item = Incoming;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Incoming>> {
        let Self { payload, rest, reader, is_over } = &mut *self;
        while let Some(bytes) = payload {
            let read = if *is_over { Ok(None) } else { reader.read(rest) };
            let message = read.unwrap_or_else(|close| Some(Incoming::Broken(close)));
            if let Some(message) = message {
                *is_over = matches!(message, Incoming::Close | Incoming::Broken(_));
                return Poll::Ready(Some(message));
            }
            // not even nothing is kept: it is a piece of actix's buffer, which would have to make another one
            *rest = Bytes::new();
            match ready!(Pin::new(bytes).poll_next(context)) {
                Some(Ok(more)) => *rest = more,
                Some(Err(_)) | None => *payload = None,
            }
        }
        Poll::Ready(None)
    }
}
