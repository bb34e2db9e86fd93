//! Tables of the schema `slots`, see `migrations/slots`.

diesel::table! {
    branches (id) {
        id -> Uuid,
        code -> Text,
        name -> Text,
        name_key -> Text,
        hours -> Jsonb,
        is_default -> Bool,
        active -> Bool,
        version -> BigInt,
        filled -> Bool,
    }
}

diesel::table! {
    grids (branch_id, from_date) {
        branch_id -> Uuid,
        from_date -> Date,
        time_zone -> Text,
        cut_off_minutes -> SmallInt,
        slot_minutes -> SmallInt,
    }
}

diesel::table! {
    configs (branch_id) {
        branch_id -> Uuid,
        limit_roubles -> Nullable<BigInt>,
        limit_orders -> Nullable<BigInt>,
        limit_units -> Nullable<BigInt>,
        limit_work_seconds -> Nullable<BigInt>,
        limit_oven_places -> Nullable<BigInt>,
        limit_deliveries -> Nullable<BigInt>,
        lead_minutes -> SmallInt,
        min_lead_minutes -> SmallInt,
        horizon_days -> SmallInt,
        max_shift_minutes -> Nullable<SmallInt>,
        version -> BigInt,
    }
}

diesel::table! {
    book_revision (only_row) {
        only_row -> Bool,
        revision -> BigInt,
    }
}

diesel::table! {
    overrides (branch_id, slot_start) {
        branch_id -> Uuid,
        slot_start -> Timestamptz,
        slot_end -> Timestamptz,
        disabled -> Bool,
        limit_roubles -> Nullable<BigInt>,
        limit_orders -> Nullable<BigInt>,
        limit_units -> Nullable<BigInt>,
        limit_work_seconds -> Nullable<BigInt>,
        limit_oven_places -> Nullable<BigInt>,
        limit_deliveries -> Nullable<BigInt>,
    }
}

diesel::table! {
    reservations (order_id) {
        order_id -> Uuid,
        branch_id -> Uuid,
        slot_start -> Timestamptz,
        slot_end -> Timestamptz,
        business_date -> Date,
        display_number -> Integer,
        visible_at -> Timestamptz,
        placed_at -> Timestamptz,
        need_roubles -> BigInt,
        need_orders -> BigInt,
        need_units -> BigInt,
        need_work_seconds -> BigInt,
        need_oven_places -> BigInt,
        need_deliveries -> BigInt,
        key_hash -> Text,
        fingerprint -> Binary,
        record -> Binary,
        state -> Text,
        over -> Bool,
    }
}

diesel::table! {
    positions (topic, partition) {
        topic -> Text,
        partition -> Integer,
        next_offset -> BigInt,
    }
}

diesel::table! {
    numbers_skipped (branch_id, business_date) {
        branch_id -> Uuid,
        business_date -> Date,
        number -> Integer,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> Timestamptz,
        actor -> Text,
        action -> Text,
        entity -> Text,
        change -> Jsonb,
    }
}

diesel::allow_tables_to_appear_in_same_query!(branches, configs);
