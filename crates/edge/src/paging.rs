//! Lists come in pages: their size is bounded, their tokens are opaque.

use domain::{ErrorKind, Refused};
use serde::Serialize;
use serde::de::DeserializeOwned;

const DEFAULT: u32 = 50;
const LARGEST: u32 = 500;
const LONGEST_TOKEN: usize = 2048;

/// Rows of a page: 1..=500, 50 when the request leaves it out (a missing number is 0).
pub fn page_size(asked: i32) -> Result<u32, Refused> {
    page_size_or(asked, DEFAULT)
}

/// The same for lists with a default of their own.
pub fn page_size_or(asked: i32, default: u32) -> Result<u32, Refused> {
    match u32::try_from(asked) {
        Ok(0) => Ok(default),
        Ok(size) if size <= LARGEST => Ok(size),
        _ => Err(Refused::one(
            ErrorKind::InvalidArgument,
            "page_size",
            "PAGE_SIZE_OUT_OF_RANGE",
            "must be 1..=500",
        )),
    }
}

/// The token that leads to the page after `position`.
pub fn token<P: Serialize>(position: &P) -> String {
    // a position is numbers and texts: it always has a JSON form
    serde_json::to_vec(position).map(hex::encode).unwrap_or_default()
}

/// The position behind a token; `None` for the first page.
pub fn position<P: DeserializeOwned>(token: &str) -> Result<Option<P>, Refused> {
    position_in("page_token", token)
}

/// The same for a list whose token has another name.
pub fn position_in<P: DeserializeOwned>(field: &str, token: &str) -> Result<Option<P>, Refused> {
    if token.is_empty() {
        return Ok(None);
    }
    let json =
        Some(token).filter(|token| token.len() <= LONGEST_TOKEN).and_then(|token| hex::decode(token).ok());
    let position = json.and_then(|json| serde_json::from_slice(&json).ok());
    position.map(Some).ok_or_else(|| {
        Refused::one(ErrorKind::InvalidArgument, field, "PAGE_TOKEN_INVALID", "is not a token of this list")
    })
}

#[cfg(test)]
mod tests {
    use domain::ServiceError as _;

    use super::*;

    #[test]
    fn a_page_holds_1_to_500_rows_and_50_by_default() {
        assert_eq!(page_size(0), Ok(50));
        assert_eq!(page_size(1), Ok(1));
        assert_eq!(page_size(500), Ok(500));
        assert_eq!(page_size_or(0, 500), Ok(500));
        for bad in [-1, 501, i32::MAX, i32::MIN] {
            assert_eq!(page_size(bad).unwrap_err().reason(), "PAGE_SIZE_OUT_OF_RANGE", "{bad}");
        }
    }

    #[test]
    fn a_token_leads_back_to_its_position_and_any_other_text_is_refused() {
        let after = (1_770_000_000_i64, "019c1a00-0000-7000-8000-000000000001".to_owned());

        assert_eq!(position(&token(&after)), Ok(Some(after)));
        assert_eq!(position::<(i64, String)>(""), Ok(None));
        for bad in ["zz", "00", &token(&"another list"), &"00".repeat(2000)] {
            let refused = position::<(i64, String)>(bad).unwrap_err();
            assert_eq!(refused.reason(), "PAGE_TOKEN_INVALID", "{bad}");
        }
    }
}
