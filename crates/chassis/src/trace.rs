//! W3C trace context: one id that follows an order through gRPC, Kafka and frames.

use std::fmt;
use std::future::Future;

use crate::entropy;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// Which trace this work belongs to, and under which span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The whole story.
    pub trace_id: [u8; 16],
    /// The step that asked for this one.
    pub parent_id: [u8; 8],
    /// Whether somebody wants to see it.
    pub sampled: bool,
}

impl TraceContext {
    /// The header's name in HTTP, gRPC metadata, Kafka and frames.
    pub const HEADER: &'static str = "traceparent";

    /// Reads a `traceparent`; `None` for anything the standard refuses.
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let [version] = bytes_of::<1>(version)?;
        // a later version may have more parts, this one may not
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return None;
        }
        let (trace_id, parent_id, [flags]) =
            (bytes_of::<16>(trace)?, bytes_of::<8>(parent)?, bytes_of::<1>(flags)?);
        let is_null = trace_id == [0; 16] || parent_id == [0; 8];
        (!is_null).then_some(Self { trace_id, parent_id, sampled: flags & 1 == 1 })
    }

    /// The beginning of a story.
    pub fn fresh() -> Self {
        let trace_id = (u128::from(entropy::random()) << 64 | u128::from(entropy::random())).max(1);
        Self { trace_id: trace_id.to_be_bytes(), parent_id: span_id(), sampled: true }
    }

    /// The next step of the same story.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { parent_id: span_id(), ..*self }
    }

    /// The `traceparent` that tells the next one.
    pub fn header(&self) -> String {
        format!("00-{}-{}-{:02x}", Hex(&self.trace_id), Hex(&self.parent_id), u8::from(self.sampled))
    }

    /// The trace id as logs and people write it.
    pub fn trace_id_hex(&self) -> String {
        Hex(&self.trace_id).to_string()
    }
}

/// Runs `work` as part of the trace: [`current`] answers `context` inside.
pub async fn scope<F: Future>(context: TraceContext, work: F) -> F::Output {
    CURRENT.scope(context, work).await
}

/// The trace this task works for.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}

/// The trace this task works for, or the beginning of a new one.
pub fn current_or_fresh() -> TraceContext {
    current().unwrap_or_else(TraceContext::fresh)
}

/// A span for a piece of work, carrying `trace_id` into every log line inside.
pub fn span(work: &'static str, context: &TraceContext) -> tracing::Span {
    tracing::info_span!("work", work, trace_id = %Hex(&context.trace_id))
}

fn span_id() -> [u8; 8] {
    entropy::random().max(1).to_be_bytes()
}

fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != N * 2 || !text.bytes().all(is_lower_hex) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_survives_reading_and_writing() {
        let context = TraceContext::parse(HEADER).unwrap();

        assert_eq!(context.header(), HEADER);
        assert_eq!(context.trace_id_hex(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(context.sampled);
    }

    #[test]
    fn what_the_standard_refuses_is_no_context() {
        for bad in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_child_keeps_the_story_and_takes_a_span_of_its_own() {
        let parent = TraceContext::fresh();
        let child = parent.child();

        assert_eq!(child.trace_id, parent.trace_id);
        assert_ne!(child.parent_id, parent.parent_id);
    }

    #[tokio::test]
    async fn the_trace_is_known_inside_its_scope_only() {
        let context = TraceContext::fresh();

        assert_eq!(scope(context, async { current() }).await, Some(context));
        assert_eq!(current(), None);
    }
}
