//! A socket on an actix connection: actix-ws shakes hands and reads, the frames of the server are the answer's body.
//!
//! actix-ws would make the frame of every message anew for each of its readers.

use std::cell::OnceCell;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

use super::{Incoming, LONGEST_FRAME};
use crate::app::bell::Bell;
use crate::app::outbox::Outlet;

/// A frame above its limit is still read, to be refused; beyond this nothing is.
const LONGEST_READ: usize = 4 * LONGEST_FRAME;

/// A frame longer than this goes out in pieces: actix keeps a buffer as large as whatever it wrote at once.
const PIECE: usize = 4 * 1024;

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
    let (response, _, messages) = actix_ws::handle_with_protocols(request, body, &[protocol]).ok()?;
    let frames = |ending| Frames { outlet, rest: Bytes::new(), has_paused: false, _ending: ending };
    let response = response.map_body(|_, ending| BoxBody::new(frames(ending)));
    let messages = messages.max_frame_size(LONGEST_READ).aggregate_continuations();
    Some((response, incoming(messages.max_continuation_size(LONGEST_READ))))
}

/// Frames as the body of an answer that ends with the last of them.
struct Frames {
    outlet: Outlet,
    /// Of a long frame.
    rest: Bytes,
    has_paused: bool,
    /// The body that actix-ws has made: it writes nothing, but when it is dropped, the client's messages end.
    _ending: BoxBody,
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
        if self.rest.is_empty() {
            let frame = ready!(self.outlet.poll_next(context));
            let Some(frame) = frame else { return Poll::Ready(None) };
            if frame.len() <= PIECE {
                return Poll::Ready(Some(Ok(frame)));
            }
            self.rest = frame;
        } else if !self.has_paused {
            // actix writes out what it has when there is nothing more for the moment
            self.has_paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.has_paused = false;
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}

/// Messages as the loop knows them.
fn incoming(messages: AggregatedMessageStream) -> impl Stream<Item = Incoming> + Unpin {
    messages.filter_map(|message| {
        std::future::ready(match message {
            Ok(AggregatedMessage::Text(text)) => Some(Incoming::Text(text)),
            Ok(AggregatedMessage::Binary(_)) => Some(Incoming::Binary),
            Ok(AggregatedMessage::Ping(echo)) => Some(Incoming::Ping(echo)),
            Ok(AggregatedMessage::Pong(_)) => None,
            Ok(AggregatedMessage::Close(_)) => Some(Incoming::Close),
            Err(ProtocolError::Overflow) => Some(Incoming::Overflow),
            // after any other violation of the protocol nothing can be read
            Err(_) => Some(Incoming::Close),
        })
    })
}
