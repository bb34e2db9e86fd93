//! A request of a mobile app: version 1 means one product by name, newer apps send lines.

use contracts::order::PizzaOrderRequest;
use domain::channel::Channel;
use domain::orders::choices::Fulfilment;
use domain::orders::old_body::{OldItem, mobile_line};
use domain::orders::request::PlaceOrder;
use domain::{Faults, Refused};

use super::{both_forms, lines, preferred};

/// Reads the request.
pub fn order(wire: PizzaOrderRequest) -> Result<PlaceOrder, Refused> {
    let mut faults = Faults::new();
    let is_v1 = wire.lines.is_empty();
    if !is_v1 && names_a_product(&wire) {
        both_forms(&mut faults);
    }
    let preferred = preferred(wire.preferred_time, &mut faults);
    let lines = if is_v1 {
        vec![mobile_line(OldItem {
            pizza_name: wire.pizza_name,
            quantity: wire.quantity,
            extras: wire.extras,
            ..OldItem::default()
        })]
    } else {
        lines::lines(wire.lines, &mut faults)
    };
    faults.into_result()?;
    Ok(PlaceOrder {
        channel: Channel::Mobile,
        v1: is_v1,
        branch_id: wire.branch_id,
        pickup_location_id: wire.pickup_location_id,
        customer_id: wire.customer_id,
        first_name: wire.customer_first_name,
        last_name: wire.customer_last_name,
        phone: wire.customer_phone,
        fulfilment: Fulfilment::from_is_pickup(wire.is_pickup),
        delivery_address: wire.delivery_address,
        zone_id: wire.zone_id,
        preferred,
        payment_method: wire.payment_method,
        call_before_minutes: wire.call_before_minutes,
        notes: wire.notes,
        external_ref: wire.external_ref,
        lines,
    })
}

/// `ingredients` are ignored in either form.
fn names_a_product(wire: &PizzaOrderRequest) -> bool {
    !wire.pizza_name.is_empty() || !wire.extras.is_empty() || wire.quantity != 0
}

#[cfg(test)]
mod tests {
    use contracts::order::OrderLine;
    use domain::ServiceError as _;

    use super::*;

    #[test]
    fn the_first_form_is_one_product_by_name() {
        let wire =
            PizzaOrderRequest { pizza_name: "Маргарита".to_owned(), ..PizzaOrderRequest::default() };

        let request = order(wire).unwrap();

        assert!(request.v1);
        assert_eq!((request.channel, request.lines.len()), (Channel::Mobile, 1));
        assert_eq!(request.lines[0].path, "");
    }

    #[test]
    fn both_forms_at_once_and_a_line_without_content_are_refused_together() {
        let wire = PizzaOrderRequest {
            pizza_name: "Маргарита".to_owned(),
            lines: vec![OrderLine { quantity: 1, what: None }],
            ..PizzaOrderRequest::default()
        };

        let reasons: Vec<_> =
            order(wire).unwrap_err().violations().iter().map(|fault| fault.reason).collect();

        assert_eq!(reasons, ["LINES_AMBIGUOUS", "LINE_EMPTY"]);
    }
}
