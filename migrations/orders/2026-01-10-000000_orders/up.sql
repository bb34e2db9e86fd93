-- Orders as accepted, and what became of them. An order's id is a UUIDv7 and created_at is the millisecond in
-- it, so (id, created_at) is unique exactly when the id is.
CREATE TABLE orders (
    id            uuid        NOT NULL,
    created_at    timestamptz NOT NULL,
    branch_id     uuid        NOT NULL,
    display_id    text        NOT NULL,
    business_date date        NOT NULL,
    channel       text        NOT NULL,
    fulfilment    text        NOT NULL CHECK (fulfilment IN ('delivery', 'pickup')),
    customer_id   integer     NOT NULL,
    phone         text        NOT NULL,
    -- kopecks
    total         bigint      NOT NULL,
    discount      bigint      NOT NULL,
    fee           bigint      NOT NULL,
    final         bigint      NOT NULL,
    menu_revision bigint      NOT NULL,
    slot_start    timestamptz NOT NULL,
    slot_end      timestamptz NOT NULL,
    visible_at    timestamptz NOT NULL,
    placed_by     text        NOT NULL,
    -- order.PizzaOrder, to the byte as it was on the log
    record        bytea       NOT NULL,

    -- what changes after the record was written
    status        text        NOT NULL CHECK (status IN ('pending', 'preparing', 'cooking', 'ready', 'delivery',
                                                         'delivered', 'cancelled', 'archived')),
    version       bigint      NOT NULL CHECK (version >= 1),
    shown         boolean     NOT NULL,
    courier_id    text        NOT NULL DEFAULT '',
    cancel_reason text        NOT NULL DEFAULT '',
    cancel_text   text        NOT NULL DEFAULT '',
    live          boolean     NOT NULL GENERATED ALWAYS AS
                      (status IN ('pending', 'preparing', 'cooking', 'ready', 'delivery')) STORED,
    PRIMARY KEY (id, created_at),
    CHECK (final = total - discount + fee)
) PARTITION BY RANGE (created_at);

CREATE INDEX orders_live ON orders (branch_id, slot_start, created_at, id) WHERE live;
CREATE INDEX orders_hidden ON orders (visible_at) WHERE live AND NOT shown;

CREATE TABLE order_items (
    order_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    item_index integer     NOT NULL,
    item_id    uuid        NOT NULL,
    product_id text        NOT NULL,
    name       text        NOT NULL,
    quantity   integer     NOT NULL CHECK (quantity > 0),
    -- kopecks
    unit_price bigint      NOT NULL,
    status     text        NOT NULL DEFAULT 'pending'
                   CHECK (status IN ('pending', 'preparing', 'ready', 'completed', 'cancelled')),
    version    bigint      NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, created_at, item_index)
) PARTITION BY RANGE (created_at);

-- Every status after the first one.
CREATE TABLE order_history (
    order_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    version    bigint      NOT NULL,
    status     text        NOT NULL,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL,
    PRIMARY KEY (order_id, created_at, version)
) PARTITION BY RANGE (created_at);

CREATE TABLE orders_default PARTITION OF orders DEFAULT;
CREATE TABLE order_items_default PARTITION OF order_items DEFAULT;
CREATE TABLE order_history_default PARTITION OF order_history DEFAULT;

-- Which order an idempotency key belongs to; not partitioned, so that a key is unique over all months.
CREATE TABLE order_keys (
    scope       text        NOT NULL,
    key         text        NOT NULL,
    order_id    uuid        NOT NULL,
    fingerprint bytea       NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE INDEX order_keys_age ON order_keys (created_at);

-- Accepted orders that are not stored, because their key belonged to another one: whoever asks for them gets that one.
CREATE TABLE order_duplicates (
    order_id    uuid        PRIMARY KEY,
    original_id uuid        NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE INDEX order_duplicates_age ON order_duplicates (created_at);

-- The months around now; the program makes the later ones ahead of time, under the same names.
DO $$
DECLARE
    name  text;
    month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month';
BEGIN
    FOR step IN 0..4 LOOP
        FOREACH name IN ARRAY ARRAY['orders', 'order_items', 'order_history'] LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                           name || to_char(month, '"_y"YYYY"m"MM'), name,
                           month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
        END LOOP;
        month := month + interval '1 month';
    END LOOP;
END $$;

-- What a service has to tell, saved together with the change it tells of. One relay publishes it in order.
-- Copied into the first migration of every service that tells anything.
CREATE TABLE outbox (
    seq          bigserial   PRIMARY KEY,
    event_id     uuid        NOT NULL,
    topic        text        NOT NULL,
    key          text        NOT NULL,
    payload      bytea       NOT NULL,
    trace        text,
    created_at   timestamptz NOT NULL,
    published_at timestamptz
);

CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

-- wakes the relay at commit
CREATE FUNCTION outbox_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox_' || TG_TABLE_SCHEMA, '');
    RETURN NULL;
END $$;

CREATE TRIGGER outbox_told AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_told();

-- The answers already given, by the caller's own key: the same command again gets the same answer.
CREATE TABLE commands (
    scope       text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    answer      bytea       NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE INDEX commands_answered_at ON commands (answered_at);
