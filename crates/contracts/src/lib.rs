//! The wire of the whole system, generated from `proto/`: messages, gRPC clients and servers, proto3 JSON, REST
//! routes, `OpenAPI`, and the one list of topics.

pub mod menu_snapshot;
pub mod orders_view;
pub mod record;
pub mod rest;
pub mod timestamp;
pub mod topics;

pub use pizzeria::{events, menu, orders, shop, slots};

/// Descriptors of every proto, for reflection and contract checks.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

macro_rules! package {
    ($name:literal) => {
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rs"));
        include!(concat!(env!("OUT_DIR"), "/", $name, ".serde.rs"));
    };
}

macro_rules! package_with_routes {
    ($name:literal) => {
        package!($name);
        include!(concat!(env!("OUT_DIR"), "/", $name, ".rest.rs"));
    };
}

/// The mobile apps' wire.
pub mod order {
    package_with_routes!("order");
}

/// Everything else: `pizzeria.<context>.v1`.
pub mod pizzeria {
    /// Placing orders over REST.
    pub mod shop {
        /// Version 1.
        pub mod v1 {
            package_with_routes!("pizzeria.shop.v1");
        }
    }
    /// Orders as kitchen and office see them.
    pub mod orders {
        /// Version 1.
        pub mod v1 {
            package_with_routes!("pizzeria.orders.v1");
        }
    }
    /// Capacity-based time slots.
    pub mod slots {
        /// Version 1.
        pub mod v1 {
            package_with_routes!("pizzeria.slots.v1");
        }
    }
    /// What can be sold, at what price, now.
    pub mod menu {
        /// Version 1.
        pub mod v1 {
            package_with_routes!("pizzeria.menu.v1");
        }
    }
    /// What the services tell each other.
    pub mod events {
        /// Version 1.
        pub mod v1 {
            package!("pizzeria.events.v1");
        }
    }
}
