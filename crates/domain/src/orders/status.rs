//! The eight statuses of an order.

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderStatus {
    /// Accepted; the kitchen has not begun.
    Pending,
    /// The kitchen works on it.
    Preparing,
    /// Something of it is in the oven.
    Cooking,
    /// Packed, waits for hand-over.
    Ready,
    /// On its way.
    Delivery,
    /// Handed over.
    Delivered,
    /// Will not be made, or was made in vain.
    Cancelled,
    /// Ended long ago.
    Archived,
}

impl OrderStatus {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Preparing,
        Self::Cooking,
        Self::Ready,
        Self::Delivery,
        Self::Delivered,
        Self::Cancelled,
        Self::Archived,
    ];

    /// The name on wires and in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Preparing => "preparing",
            Self::Cooking => "cooking",
            Self::Ready => "ready",
            Self::Delivery => "delivery",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Archived => "archived",
        }
    }

    /// The status of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether somebody still has to do something about the order.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Pending | Self::Preparing | Self::Cooking | Self::Ready | Self::Delivery => true,
            Self::Delivered | Self::Cancelled | Self::Archived => false,
        }
    }

    /// Whether the order has ended.
    pub const fn is_terminal(self) -> bool {
        !self.is_live()
    }
}

impl std::fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_read_back_from_its_name() {
        for status in OrderStatus::ALL {
            assert_eq!(OrderStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(OrderStatus::parse("Pending"), None);
    }

    #[test]
    fn five_statuses_are_live_and_three_have_ended() {
        let (live, ended) = OrderStatus::ALL.split_at(5);

        assert!(live.iter().all(|status| status.is_live() && !status.is_terminal()));
        assert!(ended.iter().all(|status| status.is_terminal() && !status.is_live()));
        assert_eq!(OrderStatus::Delivery.to_string(), "delivery");
    }
}
