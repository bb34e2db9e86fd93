//! A mobile app's order: protobuf, the request, the price.

use contracts::order::PizzaOrderRequest;
use order_gateway::api::convert::mobile;
use prost::Message as _;

use crate::placing;

/// Whatever an app sends is refused, or has a price that adds up.
pub fn mobile_order(data: &[u8]) {
    let Ok(wire) = PizzaOrderRequest::decode(data) else { return };
    if let Ok(request) = mobile::order(wire) {
        placing::check(&request);
    }
}
