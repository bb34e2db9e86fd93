//! Idempotency keys: a write repeated with its key is done once.

use domain::{ErrorKind, Refused};
use http::HeaderMap;

/// Header and metadata that carry the key.
pub const HEADER: &str = "idempotency-key";

const LONGEST: usize = 128;

/// The key of a write: from the header, from the request's own field, or from both if they agree.
pub fn key(headers: &HeaderMap, field: &str) -> Result<Option<String>, Refused> {
    let header = match headers.get(HEADER) {
        Some(value) => Some(value.to_str().map_err(|_| invalid())?),
        None => None,
    };
    let field = Some(field).filter(|field| !field.is_empty());
    let key = match (header, field) {
        (Some(header), Some(field)) if header != field => return Err(contradiction()),
        (header, field) => header.or(field),
    };
    key.map(checked).transpose()
}

fn checked(key: &str) -> Result<String, Refused> {
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > LONGEST || !is_visible { Err(invalid()) } else { Ok(key.to_owned()) }
}

fn invalid() -> Refused {
    let rule = "must be 1..=128 visible ASCII characters";
    Refused::one(ErrorKind::InvalidArgument, "idempotency_key", "IDEMPOTENCY_KEY_INVALID", rule)
}

fn contradiction() -> Refused {
    let rule = "differs from the header idempotency-key";
    Refused::one(ErrorKind::InvalidArgument, "idempotency_key", "IDEMPOTENCY_KEY_INVALID", rule)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(key: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(HEADER), HeaderValue::from_static(key))])
    }

    #[test]
    fn a_key_may_come_as_header_or_field_or_as_both_if_they_agree() {
        assert_eq!(key(&HeaderMap::new(), ""), Ok(None));
        assert_eq!(key(&headers("a-1"), ""), Ok(Some("a-1".to_owned())));
        assert_eq!(key(&HeaderMap::new(), "a-1"), Ok(Some("a-1".to_owned())));
        assert_eq!(key(&headers("a-1"), "a-1"), Ok(Some("a-1".to_owned())));
        assert!(key(&headers("a-1"), "a-2").is_err());
    }

    #[test]
    fn a_key_is_visible_ascii_of_at_most_128_characters() {
        let longest = "k".repeat(128);
        assert_eq!(key(&HeaderMap::new(), &longest), Ok(Some(longest.clone())));

        for bad in [&format!("{longest}k"), "two words", "ключ", "\u{7f}"] {
            assert!(key(&HeaderMap::new(), bad).is_err(), "{bad}");
        }
        assert!(key(&headers(""), "").is_err());
    }
}
