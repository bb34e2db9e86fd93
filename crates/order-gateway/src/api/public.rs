//! What may be called without a token; everything else needs one.

/// Public REST routes. RPCs that match them are `order.OrderService`'s, `ShopService/PlaceOrder` and `MenuService`'s
/// views.
pub const PUBLIC: &[(&str, &str)] = &[
    ("POST", "/api/v1/order"),
    ("GET", "/api/v1/order/{order_id}/track"),
    ("GET", "/api/v1/menu"),
    ("GET", "/api/v1/menu/pizzas"),
    ("GET", "/api/v1/menu/extras"),
    ("GET", "/api/v1/menu/sets"),
];
