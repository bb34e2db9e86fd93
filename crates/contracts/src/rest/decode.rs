//! Reads REST requests; a refusal names the field.

use rest_over_grpc::codegen_helpers::{self as helpers, RequestBodyKind};
use rest_over_grpc::handling::{Code, Status};
use serde::de::DeserializeOwned;
use serde_json::json;

/// The request message of a route, read from query and body.
pub fn decode_request<T: DeserializeOwned>(
    query: &[(&str, &str)],
    body: &[u8],
    kind: RequestBodyKind,
) -> Result<T, Status> {
    if let (RequestBodyKind::Whole, true) = (&kind, query.is_empty()) {
        return whole_body(body);
    }
    helpers::decode_request(query, body, kind).map_err(|all| {
        let culprit = query.iter().find_map(|pair| {
            let alone = helpers::decode_request::<T>(&[*pair], b"", RequestBodyKind::None);
            alone.err().map(|fault| (pair.0, fault))
        });
        let (field, fault) = culprit.unwrap_or(("", all));
        refused(field, fault.into_status().message())
    })
}

/// A route whose body may be left out altogether takes an empty body as an empty message.
fn whole_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, Status> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(body);
    let message = serde_path_to_error::deserialize(&mut json)
        .map_err(|fault| refused(&fault.path().to_string(), &fault.inner().to_string()))?;
    json.end().map_err(|fault| refused("", &fault.to_string()))?;
    Ok(message)
}

fn refused(field: &str, why: &str) -> Status {
    let why = why.split(" at line ").next().unwrap_or(why);
    let why = why.trim_start_matches("request did not match the expected message: ");
    let why = if why.contains("untagged enum") { "not a number of this field's type" } else { why };
    let unknown = why.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let parent = if matches!(field, "." | "?") { "" } else { field };
    // serde reports an unknown field at its parent or at itself, depending on where it gave up.
    let field = match unknown {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent != name && !parent.ends_with(&format!(".{name}")) => format!("{parent}.{name}"),
        _ => parent.to_owned(),
    };
    let reason = if unknown.is_some() { "UNKNOWN_FIELD" } else { "FIELD_INVALID" };
    let message = if field.is_empty() { why.to_owned() } else { format!("{field}: {why}") };
    Status::new(Code::InvalidArgument, message)
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "field_violations": [{ "field": field, "reason": reason, "description": why }],
        }))
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason, "domain": "pizzeria", "metadata": {},
        }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pizzeria::shop::v1::PlaceOrderRequest;

    fn refusal(body: &str) -> String {
        let decoded = decode_request::<PlaceOrderRequest>(&[], body.as_bytes(), RequestBodyKind::Whole);
        decoded.unwrap_err().message().to_owned()
    }

    #[test]
    fn an_unknown_field_is_refused_by_its_name() {
        assert!(refusal(r#"{"total": 5}"#).starts_with("total: unknown field `total`"));
        assert!(
            refusal(r#"{"items": [{"pizza": "A"}]}"#).starts_with("items[0].pizza: unknown field `pizza`")
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_with_its_path() {
        assert!(refusal(r#"{"items": [{"quantity": "many"}]}"#).starts_with("items[0].quantity: "));
        assert!(refusal(r#"{"notes": 7}"#).starts_with("notes: "));
    }

    #[test]
    fn what_the_server_decides_for_itself_is_accepted_and_ignored() {
        let body = r#"{"items": [{"pizza_name": "A", "quantity": 1, "price": 549, "ingredients": ["x"]}]}"#;

        assert!(decode_request::<PlaceOrderRequest>(&[], body.as_bytes(), RequestBodyKind::Whole).is_ok());
    }
}
