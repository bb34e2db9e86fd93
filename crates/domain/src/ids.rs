//! Typed ids: mixing up an order and a branch does not compile.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a UUID")]
pub struct NotAnId;

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an id that was made or stored elsewhere.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare id, for rows and wires.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
            }
        }
    )+};
}

typed_id! {
    /// One order, from its acceptance to its archive; a UUIDv7 made by the gateway.
    OrderId,
    /// One item of an order, stable through all its changes.
    ItemId,
    /// One shop with a kitchen.
    BranchId,
    /// One product of the menu; every size is a product of its own.
    ProductId,
    /// One extra that may be added to products it is linked to.
    ExtraId,
    /// One set: several products sold at one price.
    SetId,
    /// One choice group of a set.
    ChoiceGroupId,
    /// One category of the menu.
    CategoryId,
    /// One delivery zone of a branch.
    ZoneId,
    /// One article of the nomenclature: what recipes are made of.
    NomenclatureId,
    /// One recipe version, pinned by an item when it is ordered.
    RecipeVersionId,
    /// One entry of a branch's stop-list.
    StopId,
    /// One person of the staff.
    PersonId,
    /// One command of a client; repeating it changes nothing.
    CommandId,
    /// One event on a topic.
    EventId,
}

impl BranchId {
    /// The branch that is made when a fresh system has none; its id never changes.
    pub const MAIN: Self = Self(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
}

impl OrderId {
    /// Milliseconds since 1970 when the order was accepted, if the id is a UUIDv7.
    pub fn unix_millis(self) -> Option<i64> {
        let is_v7 = self.0.get_version_num() == 7;
        is_v7.then(|| i64::try_from(self.0.as_u128() >> 80).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_order_is_in_its_id() {
        let id: OrderId = "019c1a00-0000-7000-8000-000000000001".parse().unwrap();

        assert_eq!(id.unix_millis(), Some(0x019c_1a00_0000));
        assert_eq!(OrderId::from_uuid(Uuid::nil()).unix_millis(), None);
    }

    #[test]
    fn a_text_that_is_no_uuid_is_refused() {
        assert_eq!("slot:1".parse::<BranchId>(), Err(NotAnId));
    }
}
