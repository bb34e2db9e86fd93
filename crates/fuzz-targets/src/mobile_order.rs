//! A mobile app's order: protobuf, the request, the price.

use contracts::order::PizzaOrderRequest;
use order_gateway::api::convert::mobile;
use prost::Message as _;

use crate::placing;

/// Whatever an app sends is refused, or has a price that adds up.
pub fn mobile_order(data: &[u8]) {
    let Ok(wire) = PizzaOrderRequest::decode(data) else { return };
    let again = PizzaOrderRequest::decode(wire.encode_to_vec().as_slice());
    assert_eq!(again.as_ref(), Ok(&wire), "sent again, it is another request");
    let (is_of_first_apps, lines) = (wire.lines.is_empty(), wire.lines.len());
    match mobile::order(wire) {
        Ok(request) => {
            assert_eq!(request.v1, is_of_first_apps);
            assert_eq!(request.lines.len(), lines.max(1), "a line was lost");
            placing::check(&request);
        }
        Err(refused) => placing::fits_into_an_answer(refused),
    }
}
