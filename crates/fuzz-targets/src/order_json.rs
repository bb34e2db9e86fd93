//! The body of a page's order: JSON, the message, the request, the price.

use contracts::rest::decode::decode_request;
use contracts::shop::v1::PlaceOrderRequest;
use order_gateway::api::convert::shop;
use rest_over_grpc::codegen_helpers::RequestBodyKind;

use crate::placing;

/// Whatever a page sends is refused, or has a price that adds up.
pub fn order_json(data: &[u8]) {
    let Ok(wire) = decode_request::<PlaceOrderRequest>(&[], data, RequestBodyKind::Whole) else { return };
    if let Ok(request) = shop::office_order(wire.clone()) {
        placing::check(&request);
    }
    if let Ok(request) = shop::order(wire) {
        placing::check(&request);
    }
}
