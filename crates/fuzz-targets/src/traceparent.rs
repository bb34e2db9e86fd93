//! A trace header of anybody's.

use chassis::trace::TraceContext;

/// What can be read prints as what reads the same.
pub fn traceparent(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(context) = TraceContext::parse(text) else { return };
    let header = context.header();
    assert_eq!(TraceContext::parse(&header), Some(context));
    assert!(text.contains(&context.trace_id_hex()), "the story is another one");
    let is_canonical = text.starts_with("00-") && (text.ends_with("-00") || text.ends_with("-01"));
    if is_canonical {
        assert_eq!(header, text);
    }
}
