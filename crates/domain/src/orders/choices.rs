//! How an order is paid and how it reaches the customer.

/// How the customer gets the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fulfilment {
    /// A courier brings it.
    Delivery,
    /// The customer comes.
    Pickup,
}

/// How the customer wants to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PaymentMethod {
    /// Cash at hand-over.
    Cash,
    /// Card at hand-over.
    Card,
    /// Card in the app.
    CardOnline,
    /// Another way online.
    Online,
    /// A crypto currency.
    Crypto,
    /// Settled at hand-over.
    #[default]
    Unspecified,
}

/// Whether the order is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// To be paid.
    #[default]
    Due,
    /// Paid.
    Paid,
    /// Paid back.
    Refunded,
}

impl Fulfilment {
    /// The name in logs and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Pickup => "pickup",
        }
    }

    /// The fulfilment that v1 says with one flag.
    pub const fn from_is_pickup(is_pickup: bool) -> Self {
        if is_pickup { Self::Pickup } else { Self::Delivery }
    }

    /// The flag of v1.
    pub const fn is_pickup(self) -> bool {
        matches!(self, Self::Pickup)
    }
}

impl PaymentMethod {
    /// Every method.
    pub const ALL: [Self; 6] =
        [Self::Cash, Self::Card, Self::CardOnline, Self::Online, Self::Crypto, Self::Unspecified];

    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Card => "card",
            Self::CardOnline => "card_online",
            Self::Online => "online",
            Self::Crypto => "crypto",
            Self::Unspecified => "unspecified",
        }
    }

    /// The method of that name, upper case too; no name is `unspecified`.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.is_empty() {
            return Some(Self::Unspecified);
        }
        Self::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(name))
    }
}

impl PaymentState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Due, Self::Paid, Self::Refunded];

    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
        }
    }

    /// The state of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_case_spellings_of_a_payment_method_are_read_too() {
        assert_eq!(PaymentMethod::parse("CARD_ONLINE"), Some(PaymentMethod::CardOnline));
        assert_eq!(PaymentMethod::parse(""), Some(PaymentMethod::Unspecified));
        assert_eq!(PaymentMethod::parse("shells"), None);
    }

    #[test]
    fn choices_keep_their_names_on_wires() {
        assert_eq!(
            [Fulfilment::Delivery, Fulfilment::Pickup].map(Fulfilment::as_str),
            ["delivery", "pickup"]
        );
        assert_eq!(PaymentState::ALL.map(PaymentState::as_str), ["due", "paid", "refunded"]);
        assert_eq!(PaymentState::parse("paid"), Some(PaymentState::Paid));
        assert_eq!(
            PaymentMethod::ALL.map(PaymentMethod::as_str),
            ["cash", "card", "card_online", "online", "crypto", "unspecified"]
        );
    }
}
