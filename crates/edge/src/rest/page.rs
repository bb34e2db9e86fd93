//! One answer that may be given many times: made ready once.

use std::io::Write as _;
use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, Header as _, HeaderName, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// A successful answer, with its headers as actix writes them.
#[derive(Debug)]
pub(super) struct Page {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// Made for the first client that takes it.
    gzip: OnceLock<Option<Bytes>>,
}

impl Page {
    pub(super) fn new(headers: &http::HeaderMap, body: Bytes) -> Self {
        let headers = headers.iter().filter_map(|(name, value)| {
            // actix speaks http 0.2, the transcoder http 1
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
        });
        Self { headers: headers.collect(), body, gzip: OnceLock::new() }
    }

    /// The answer, or that the client has it already.
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpResponse {
        if self.is_known_to(request) {
            return self.build(StatusCode::NOT_MODIFIED).finish();
        }
        self.build(StatusCode::OK).body(self.body.clone())
    }

    /// The same for a page that is kept, compressed here: the middleware would do it for every client anew.
    pub(super) fn kept_answer(&self, request: &HttpRequest) -> HttpResponse {
        let is_wanted = takes_gzip(request) && !self.is_known_to(request);
        let Some(gzip) = is_wanted.then(|| self.gzip()).flatten() else { return self.answer(request) };
        self.build(StatusCode::OK)
            .insert_header(ContentEncoding::Gzip)
            .append_header((header::VARY, "accept-encoding"))
            .body(gzip)
    }

    /// The body compressed: once, however many clients take it.
    fn gzip(&self) -> Option<Bytes> {
        self.gzip.get_or_init(|| compressed(&self.body).ok()).clone()
    }

    fn build(&self, status: StatusCode) -> HttpResponseBuilder {
        let mut answer = HttpResponse::build(status);
        let has_body = status != StatusCode::NOT_MODIFIED;
        for (name, value) in self.headers.iter().filter(|(name, _)| has_body || name != header::CONTENT_TYPE)
        {
            answer.append_header((name.clone(), value.clone()));
        }
        answer
    }

    /// Whether the client holds the very answer already: one of its `If-None-Match` is our `ETag`.
    fn is_known_to(&self, request: &HttpRequest) -> bool {
        let tag = self.headers.iter().find(|(name, _)| name == header::ETAG);
        let Some(tag) = tag.and_then(|(_, tag)| tag.to_str().ok()) else { return false };
        let mut known =
            request.headers().get_all(header::IF_NONE_MATCH).filter_map(|tags| tags.to_str().ok());
        known.any(|tags| tags.split(',').any(|known| known.trim() == "*" || opaque(known) == opaque(tag)))
    }
}

/// A tag whether it is weak or not.
fn opaque(tag: &str) -> &str {
    tag.trim().trim_start_matches("W/")
}

fn takes_gzip(request: &HttpRequest) -> bool {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return false;
    }
    let Ok(accepted) = AcceptEncoding::parse(request) else { return false };
    let (gzip, plain) = (Encoding::gzip(), Encoding::identity());
    accepted.negotiate([&gzip, &plain].into_iter()).is_some_and(|best| best == gzip)
}

fn compressed(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    encoder.finish().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn an_answer_is_compressed_once() {
        let page = Page::new(&http::HeaderMap::new(), Bytes::from_static(b"one"));

        let (first, second) = (page.gzip().unwrap(), page.gzip().unwrap());

        let mut read = String::new();
        flate2::read::GzDecoder::new(first.as_ref()).read_to_string(&mut read).unwrap();
        assert_eq!((read.as_str(), first.as_ptr()), ("one", second.as_ptr()));
    }
}
