//! Who orders, where to, how it is paid: texts and numbers that no menu is needed for.

use super::super::choices::{Fulfilment, PaymentMethod};
use super::super::request::PlaceOrder;
use crate::error::Faults;
use crate::phone::{NotAPhone, Phone};
use crate::text::clean;

/// The part of a request that no menu is needed for, cleaned.
pub(super) struct Customer {
    pub(super) fulfilment: Fulfilment,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) phone: Option<Phone>,
    pub(super) delivery_address: String,
    pub(super) payment_method: PaymentMethod,
    pub(super) call_before_minutes: u32,
    pub(super) notes: String,
    pub(super) external_ref: String,
}

impl Customer {
    /// Cleans every field, noting all faults; a faulty field is left empty.
    pub(super) fn read(request: &PlaceOrder, faults: &mut Faults) -> Self {
        let fulfilment = fulfilment(request);
        if request.customer_id < 0 {
            faults.invalid("customer_id", "CUSTOMER_ID_INVALID", "must not be negative");
        }
        let first_name = text(&request.first_name, 60, "customer_first_name", faults);
        let last_name = text(&request.last_name, 60, "customer_last_name", faults);
        let call_before_minutes = call_before(request.call_before_minutes, faults);
        let phone = phone(request, fulfilment, call_before_minutes, faults);
        let delivery_address = match fulfilment {
            Fulfilment::Pickup => String::new(),
            Fulfilment::Delivery => address(&request.delivery_address, faults),
        };
        let payment_method = PaymentMethod::parse(&request.payment_method).unwrap_or_else(|| {
            faults.invalid("payment_method", "PAYMENT_METHOD_UNKNOWN", "is no payment method");
            PaymentMethod::Unspecified
        });
        Self {
            fulfilment,
            first_name,
            last_name,
            phone,
            delivery_address,
            payment_method,
            call_before_minutes,
            notes: text(&request.notes, 500, "notes", faults),
            external_ref: text(&request.external_ref, 64, "external_ref", faults),
        }
    }
}

/// The first apps say nothing about an order that the customer comes for.
pub(super) fn fulfilment(request: &PlaceOrder) -> Fulfilment {
    if request.v1 && request.delivery_address.trim().is_empty() {
        Fulfilment::Pickup
    } else {
        request.fulfilment
    }
}

fn call_before(minutes: i32, faults: &mut Faults) -> u32 {
    let minutes = u32::try_from(minutes).ok().filter(|minutes| *minutes <= 120);
    minutes.unwrap_or_else(|| {
        faults.invalid("call_before_minutes", "CALL_BEFORE_OUT_OF_RANGE", "must be within 0..=120");
        0
    })
}

fn phone(
    request: &PlaceOrder,
    fulfilment: Fulfilment,
    call_before_minutes: u32,
    faults: &mut Faults,
) -> Option<Phone> {
    if request.phone.trim().is_empty() {
        let needed = fulfilment == Fulfilment::Delivery || call_before_minutes > 0;
        if needed && !request.v1 {
            let text = "is needed for a delivery and for a call before it";
            faults.invalid("customer_phone", "PHONE_REQUIRED", text);
        }
        return None;
    }
    Phone::parse(&request.phone)
        .inspect_err(|fault| faults.invalid("customer_phone", NotAPhone::REASON, fault.to_string()))
        .ok()
}

fn address(raw: &str, faults: &mut Faults) -> String {
    if raw.trim().is_empty() {
        faults.invalid("delivery_address", "ADDRESS_REQUIRED", "is needed for a delivery");
        return String::new();
    }
    text(raw, 500, "delivery_address", faults)
}

fn text(raw: &str, max_chars: usize, field: &str, faults: &mut Faults) -> String {
    clean(raw, max_chars)
        .inspect_err(|fault| faults.invalid(field, fault.reason(), fault.to_string()))
        .unwrap_or_default()
}
