//! The body of a page's order: JSON, the message, the request, the price.

use contracts::rest::decode::decode_request;
use contracts::shop::v1::PlaceOrderRequest;
use order_gateway::api::convert::shop;
use rest_over_grpc::codegen_helpers::RequestBodyKind;
use rest_over_grpc::handling::Status;

use crate::placing;

/// Whatever a page sends is refused, or has a price that adds up.
pub fn order_json(data: &[u8]) {
    let Ok(wire) = read(data) else { return };
    let written = serde_json::to_vec(&wire).expect("what was read can be written");
    assert_eq!(read(&written).ok().as_ref(), Some(&wire), "sent again, it is another request");
    for request in [shop::office_order(wire.clone()), shop::order(wire)] {
        match request {
            Ok(request) => placing::check(&request),
            Err(refused) => placing::fits_into_an_answer(refused),
        }
    }
}

fn read(body: &[u8]) -> Result<PlaceOrderRequest, Status> {
    decode_request(&[], body, RequestBodyKind::Whole)
}
