//! The tables as diesel sees them; `migrations/orders` makes them.

diesel::table! {
    orders (id, created_at) {
        id -> Uuid,
        created_at -> Timestamptz,
        branch_id -> Uuid,
        slot_start -> Timestamptz,
        visible_at -> Timestamptz,
        record -> Bytea,
        status -> Text,
        version -> Int8,
        shown -> Bool,
        courier_id -> Text,
        cancel_reason -> Text,
        cancel_text -> Text,
        live -> Bool,
    }
}

diesel::table! {
    order_items (order_id, created_at, item_index) {
        order_id -> Uuid,
        created_at -> Timestamptz,
        item_index -> Int4,
        status -> Text,
        version -> Int8,
    }
}

diesel::table! {
    order_history (order_id, created_at, version) {
        order_id -> Uuid,
        created_at -> Timestamptz,
        version -> Int8,
        status -> Text,
        at -> Timestamptz,
        actor -> Text,
    }
}

diesel::table! {
    order_keys (scope, key) {
        scope -> Text,
        key -> Text,
        order_id -> Uuid,
        fingerprint -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    order_duplicates (order_id) {
        order_id -> Uuid,
        original_id -> Uuid,
        created_at -> Timestamptz,
    }
}
