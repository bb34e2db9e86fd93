//! The tables as diesel sees them; `migrations/menu` makes them.

diesel::table! {
    categories (id) {
        id -> Uuid,
        name -> Text,
        position -> Integer,
        kitchen_category -> Text,
    }
}

diesel::table! {
    sale_names (name_key) {
        name_key -> Text,
        kind -> Text,
        subject_id -> Uuid,
    }
}

diesel::table! {
    extras (id) {
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        portion_grams -> Integer,
        max_per_unit -> Integer,
        nomenclature_id -> Nullable<Uuid>,
        active -> Bool,
        version -> BigInt,
        archived_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    products (id) {
        id -> Uuid,
        v1_name -> Text,
        category_id -> Uuid,
        family -> Text,
        size_label -> Text,
        half_group -> Nullable<Text>,
        recipe_version_id -> Nullable<Uuid>,
        kitchen -> Bool,
        route -> Jsonb,
        image -> Text,
        description -> Text,
        allergens -> Array<Text>,
        nutrition -> Nullable<Jsonb>,
        ready_for_sale -> Bool,
        active -> Bool,
        position -> Integer,
        version -> BigInt,
        archived_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    product_ingredients (product_id, position) {
        product_id -> Uuid,
        position -> Integer,
        nomenclature_id -> Uuid,
        name -> Text,
        grams -> Integer,
        removable -> Bool,
        optional -> Bool,
    }
}

diesel::table! {
    product_extras (product_id, position) {
        product_id -> Uuid,
        position -> Integer,
        extra_id -> Uuid,
        preselected -> Bool,
        price -> Nullable<BigInt>,
        portion_grams -> Nullable<Integer>,
    }
}

diesel::table! {
    sets (id) {
        id -> Uuid,
        v1_name -> Text,
        description -> Text,
        image -> Text,
        active -> Bool,
        version -> BigInt,
        archived_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    set_components (set_id, position) {
        set_id -> Uuid,
        position -> Integer,
        units -> Integer,
        product_id -> Nullable<Uuid>,
        group_id -> Nullable<Uuid>,
        group_name -> Nullable<Text>,
    }
}

diesel::table! {
    set_options (set_id, component, position) {
        set_id -> Uuid,
        component -> Integer,
        position -> Integer,
        product_id -> Uuid,
        surcharge -> BigInt,
    }
}

diesel::table! {
    branch_terms (branch_id) {
        branch_id -> Uuid,
        code -> Text,
        name -> Text,
        time_zone -> Text,
        cut_off -> Text,
        active -> Bool,
        is_default -> Bool,
        half_price_rule -> Text,
        default_zone_id -> Nullable<Uuid>,
        version -> BigInt,
    }
}

diesel::table! {
    delivery_zones (branch_id, position) {
        branch_id -> Uuid,
        position -> Integer,
        id -> Uuid,
        name -> Text,
        fee -> BigInt,
        minimum -> BigInt,
        free_from -> Nullable<BigInt>,
        extra_minutes -> Integer,
    }
}

diesel::table! {
    prices (id) {
        id -> BigInt,
        subject_kind -> Text,
        subject_id -> Uuid,
        branch_id -> Nullable<Uuid>,
        amount -> BigInt,
        valid_from -> Timestamptz,
    }
}

diesel::table! {
    stops (id) {
        id -> Uuid,
        branch_id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        channels -> Array<Text>,
        until -> Nullable<Timestamptz>,
        reason -> Text,
        set_by -> Text,
        set_at -> Timestamptz,
    }
}

diesel::table! {
    revisions (revision) {
        revision -> BigInt,
        built_at -> Timestamptz,
        content_hash -> Binary,
        snapshot -> Binary,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> Timestamptz,
        actor -> Text,
        action -> Text,
        entity_kind -> Text,
        entity_id -> Uuid,
        change -> Jsonb,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    products,
    product_extras,
    sets,
    set_components,
    set_options,
    extras
);
