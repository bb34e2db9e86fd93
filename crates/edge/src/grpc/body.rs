//! Open streams end when the server stops, with a status that tells the client to go elsewhere; requests that are
//! refused are taken to their end, and the messages of all others are waited for until their time is over.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::Status;
use tonic::body::Body;

/// How long the message of a refused call may take to come.
const REST: Duration = Duration::from_secs(1);

/// Takes what is still to come of a refused call, and keeps none of it. What comes after the answer h2 counts as
/// noise, and some thousand such calls end the connection of all the others.
pub(super) async fn take_rest(mut request: Body) {
    let all = async {
        while let Some(Ok(_)) = poll_fn(|context| Pin::new(&mut request).poll_frame(context)).await {}
    };
    let _ = tokio::time::timeout(REST, all).await;
}

/// A request that fails when its message has not come in time: a handler would wait for it for as long as the
/// client keeps the connection. Who has the message already does not notice.
pub(super) struct InTime {
    inner: Body,
    until: Instant,
    late: fn() -> Status,
    /// Made when the message first has to be waited for: most are there already.
    over: Option<Pin<Box<Sleep>>>,
}

impl InTime {
    /// However little time a call has, its message gets as much as that of a refused one: see [`take_rest`].
    pub(super) fn new(inner: Body, deadline: Instant, late: fn() -> Status) -> Self {
        Self { inner, until: deadline.max(Instant::now() + REST), late, over: None }
    }
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let until = self.until;
        let over = self.over.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        ready!(over.as_mut().poll(context));
        Poll::Ready(Some(Err((self.late)())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer that ends at `stop` at the latest.
pub(super) struct UntilStop {
    inner: Body,
    stop: CancellationToken,
    /// Made when the answer first has to wait: most answers never do.
    stopped: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    is_cut: bool,
}

impl UntilStop {
    pub(super) const fn new(inner: Body, stop: CancellationToken) -> Self {
        Self { inner, stop, stopped: None, is_cut: false }
    }
}

impl HttpBody for UntilStop {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_cut {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            return Poll::Ready(frame);
        }
        let stop = self.stop.clone();
        let stopped = self.stopped.get_or_insert_with(|| Box::pin(stop.cancelled_owned()));
        ready!(stopped.as_mut().poll(context));
        self.is_cut = true;
        Poll::Ready(Some(Ok(Frame::trailers(going_away()))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_cut || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn going_away() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // a plain status always has a header form
    let _ = Status::unavailable("this server is stopping, connect again").add_header(&mut trailers);
    trailers
}
