//! Reads REST requests; a refusal names the field.

use rest_over_grpc::codegen_helpers::{self as helpers, RequestBodyKind};
use rest_over_grpc::handling::{Code, Status};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::json;

/// What serde and `str::parse` say of a number that does not fit.
const NO_NUMBER: [&str; 4] = ["untagged enum", "invalid digit", "too large to fit", "too small to fit"];

/// The request message of a route, read from query and body.
pub fn decode_request<T: DeserializeOwned>(
    query: &[(&str, &str)],
    body: &[u8],
    kind: RequestBodyKind,
) -> Result<T, Status> {
    if let (RequestBodyKind::Whole, true) = (&kind, query.is_empty()) {
        return alone(body, "");
    }
    helpers::decode_request(query, body, kind).map_err(|all| {
        let culprit = culprit_in_query::<T>(query).or_else(|| culprit_in_body::<T>(body, kind));
        culprit.unwrap_or_else(|| refused("", all.into_status().message()))
    })
}

fn culprit_in_query<T: DeserializeOwned>(query: &[(&str, &str)]) -> Option<Status> {
    query.iter().find_map(|pair| {
        let alone = helpers::decode_request::<T>(&[*pair], b"", RequestBodyKind::None);
        alone.err().map(|fault| refused(pair.0, fault.into_status().message()))
    })
}

fn culprit_in_body<T: DeserializeOwned>(body: &[u8], kind: RequestBodyKind) -> Option<Status> {
    match kind {
        RequestBodyKind::None => None,
        RequestBodyKind::Whole => alone::<T>(body, "").err(),
        RequestBodyKind::Field(field) => {
            let message = [b"{\"", field.as_bytes(), b"\":", body, b"}"].concat();
            alone::<T>(&message, field).err()
        }
    }
}

/// A message from its JSON; a refusal names fields as they are called inside the part that is the body.
///
/// A route whose body may be left out altogether takes an empty body as an empty message.
fn alone<T: DeserializeOwned>(json: &[u8], part: &str) -> Result<T, Status> {
    let json = if json.is_empty() { b"{}" } else { json };
    let mut json = serde_json::Deserializer::from_slice(json);
    let message = serde_path_to_error::deserialize(&mut json).map_err(|fault| {
        let path = fault.path().to_string();
        let field = path.strip_prefix(part).unwrap_or(&path).trim_start_matches('.');
        match fault.inner().classify() {
            Category::Data => refused(field, &fault.inner().to_string()),
            _ => no_json(fault.inner()),
        }
    })?;
    json.end().map_err(|fault| no_json(&fault))?;
    Ok(message)
}

fn no_json(fault: &serde_json::Error) -> Status {
    status("", "BODY_NOT_JSON", &format!("the body is not JSON: {fault}"))
}

fn refused(field: &str, why: &str) -> Status {
    let why = why.split(" at line ").next().unwrap_or(why);
    let why = why.trim_start_matches("request did not match the expected message: ");
    let why = if NO_NUMBER.iter().any(|said| why.contains(said)) {
        "not a number of this field's type"
    } else {
        why
    };
    // the name of a type of ours says nothing to a caller
    let why = why
        .split_once(", expected struct ")
        .map_or_else(|| why.to_owned(), |(found, _)| format!("{found}, expected an object"));
    let named = |what: &str| why.strip_prefix(what).and_then(|rest| rest.split('`').next());
    let unknown = named("unknown field `");
    let parent = if matches!(field, "." | "?") { "" } else { field };
    // serde reports such a field at its parent or at itself, depending on where it gave up.
    let field = match unknown.or_else(|| named("duplicate field `")) {
        Some(name) if parent.is_empty() => name.to_owned(),
        Some(name) if parent != name && !parent.ends_with(&format!(".{name}")) => format!("{parent}.{name}"),
        _ => parent.to_owned(),
    };
    status(&field, if unknown.is_some() { "UNKNOWN_FIELD" } else { "FIELD_INVALID" }, &why)
}

fn status(field: &str, reason: &str, why: &str) -> Status {
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
    use crate::pizzeria::menu::v1::PutCategoryRequest;
    use crate::pizzeria::orders::v1::UpdateOrderStatusRequest;
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
    fn a_field_is_named_too_when_the_path_holds_a_part_of_the_request() {
        let path = [("order_id", "1")];
        let whole =
            decode_request::<UpdateOrderStatusRequest>(&path, br#"{"status": 5}"#, RequestBodyKind::Whole);
        let part = RequestBodyKind::Field("category");
        let field = decode_request::<PutCategoryRequest>(&[("id", "1")], br#"{"position": "first"}"#, part);

        assert!(whole.unwrap_err().message().starts_with("status: invalid type: integer `5`"));
        assert_eq!(field.unwrap_err().message(), "position: not a number of this field's type");
    }

    #[test]
    fn a_field_that_is_there_twice_is_named() {
        assert_eq!(refusal(r#"{"notes": "a", "notes": "b"}"#), "notes: duplicate field `notes`");
    }

    #[test]
    fn a_body_that_is_no_json_is_no_fault_of_a_field() {
        assert!(refusal(r#"{"items": ["#).starts_with("the body is not JSON: EOF while parsing a list"));
        assert!(refusal("{} {}").starts_with("the body is not JSON: trailing characters"));
        assert_eq!(refusal("[1]"), "invalid type: sequence, expected an object");
    }

    #[test]
    fn what_the_server_decides_for_itself_is_accepted_and_ignored() {
        let body = r#"{"items": [{"pizza_name": "A", "quantity": 1, "price": 549, "ingredients": ["x"]}]}"#;

        assert!(decode_request::<PlaceOrderRequest>(&[], body.as_bytes(), RequestBodyKind::Whole).is_ok());
    }
}
