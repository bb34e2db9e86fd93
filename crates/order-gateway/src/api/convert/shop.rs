//! A request of the shop page or the office page: items by name as these pages have always sent them, or lines.

use contracts::shop::v1::{OldItem as WireItem, PlaceOrderRequest};
use domain::channel::Channel;
use domain::orders::choices::Fulfilment;
use domain::orders::old_body::{MOST_ITEMS, OldItem, read_back_sets};
use domain::orders::request::PlaceOrder;
use domain::{ErrorKind, Faults, Refused};

use super::{both_forms, lines, preferred};

/// Reads a request of the shop page.
pub fn order(wire: PlaceOrderRequest) -> Result<PlaceOrder, Refused> {
    let mut faults = Faults::new();
    if !wire.channel.is_empty() {
        faults.invalid("channel", "CHANNEL_NOT_ALLOWED", "is for the office only");
    }
    read(wire, Channel::Web, faults)
}

/// Reads a request of the office page.
pub fn office_order(wire: PlaceOrderRequest) -> Result<PlaceOrder, Refused> {
    let mut faults = Faults::new();
    let channel = match wire.channel.as_str() {
        "" | "office" => Channel::Office,
        "phone" => Channel::Phone,
        _ => {
            faults.invalid("channel", "CHANNEL_NOT_ALLOWED", "is neither office nor phone");
            Channel::Office
        }
    };
    read(wire, channel, faults)
}

fn read(wire: PlaceOrderRequest, channel: Channel, mut faults: Faults) -> Result<PlaceOrder, Refused> {
    let is_old = wire.lines.is_empty() && !wire.items.is_empty();
    if !wire.lines.is_empty() && !wire.items.is_empty() {
        both_forms(&mut faults);
    }
    for (field, value) in
        [("discount_amount", wire.discount_amount), ("discount_percent", wire.discount_percent)]
    {
        if value != 0 {
            let text = "must be 0: there are no discounts yet";
            faults.add(ErrorKind::PermissionDenied, field, "DISCOUNT_NOT_ALLOWED", text);
        }
    }
    let preferred = preferred(wire.preferred_time, &mut faults);
    let lines = if wire.items.len() > MOST_ITEMS {
        faults.invalid("items", "LINES_COUNT", format!("must be at most {MOST_ITEMS} items"));
        Vec::new()
    } else if is_old {
        read_back_sets(wire.items.into_iter().map(item).collect())
    } else {
        lines::lines(wire.lines, &mut faults)
    };
    faults.into_result()?;
    Ok(PlaceOrder {
        channel,
        v1: is_old,
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

fn item(wire: WireItem) -> OldItem {
    OldItem {
        pizza_name: wire.pizza_name,
        quantity: wire.quantity,
        extras: wire.extras,
        exclude_ingredients: wire.exclude_ingredients,
        is_set_item: wire.is_set_item,
        set_name: wire.set_name,
    }
}

#[cfg(test)]
mod tests {
    use domain::ServiceError as _;

    use super::*;

    fn body(json: &str) -> PlaceOrderRequest {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_office_chooses_its_channel_and_the_shop_does_not() {
        let phone = r#"{"channel": "phone", "items": [{"pizza_name": "Кола", "quantity": 1}]}"#;

        assert_eq!(office_order(body(phone)).unwrap().channel, Channel::Phone);
        assert_eq!(office_order(body("{}")).unwrap().channel, Channel::Office);
        assert_eq!(order(body("{}")).unwrap().channel, Channel::Web);
        assert_eq!(order(body(phone)).unwrap_err().reason(), "CHANNEL_NOT_ALLOWED");
    }

    #[test]
    fn a_discount_of_zero_is_none_and_any_other_is_refused() {
        assert!(order(body(r#"{"discount_amount": 0, "discount_percent": 0}"#)).is_ok());

        let refused = office_order(body(r#"{"discount_percent": 10}"#)).unwrap_err();
        assert_eq!((refused.kind(), refused.reason()), (ErrorKind::PermissionDenied, "DISCOUNT_NOT_ALLOWED"));
    }

    #[test]
    fn more_items_than_any_order_holds_are_refused_unread() {
        let items = |count| {
            let cola = WireItem { pizza_name: "Кола".to_owned(), ..WireItem::default() };
            PlaceOrderRequest { items: vec![cola; count], ..PlaceOrderRequest::default() }
        };

        assert_eq!(order(items(200)).unwrap().lines.len(), 200);
        for place in [order, office_order] {
            let [fault] = place(items(201)).unwrap_err().violations().try_into().unwrap();
            assert_eq!((fault.field.as_str(), fault.reason), ("items", "LINES_COUNT"));
        }
    }

    #[test]
    fn items_and_lines_at_once_are_refused() {
        let both = r#"{"items": [{"pizza_name": "Кола"}], "lines": [{"quantity": 1, "product": {}}]}"#;

        assert_eq!(order(body(both)).unwrap_err().reason(), "LINES_AMBIGUOUS");
    }
}
