-- Branches as far as their calendars go.
CREATE TABLE branches (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE, -- the name without case
    hours jsonb NOT NULL,
    is_default boolean NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX branches_one_default ON branches (is_default) WHERE is_default;

-- What cuts the opening hours of a branch into slots, from a business date on.
CREATE TABLE grids (
    branch_id uuid NOT NULL REFERENCES branches (id),
    from_date date NOT NULL,
    time_zone text NOT NULL,
    cut_off_minutes smallint NOT NULL,
    slot_minutes smallint NOT NULL,
    PRIMARY KEY (branch_id, from_date)
);

CREATE TABLE configs (
    branch_id uuid PRIMARY KEY REFERENCES branches (id),
    limit_roubles bigint,
    limit_orders bigint,
    limit_units bigint,
    limit_work_seconds bigint,
    limit_oven_places bigint,
    limit_deliveries bigint,
    lead_minutes smallint NOT NULL,
    min_lead_minutes smallint NOT NULL,
    horizon_days smallint NOT NULL,
    max_shift_minutes smallint,
    version bigint NOT NULL
);

-- Raised by every change of the three tables above, so that instances see with one look whether to read them.
CREATE TABLE book_revision (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint NOT NULL
);
INSERT INTO book_revision (revision) VALUES (0);

-- What people set for a single slot.
CREATE TABLE overrides (
    branch_id uuid NOT NULL REFERENCES branches (id),
    slot_start timestamptz NOT NULL,
    slot_end timestamptz NOT NULL,
    disabled boolean NOT NULL,
    limit_roubles bigint,
    limit_orders bigint,
    limit_units bigint,
    limit_work_seconds bigint,
    limit_oven_places bigint,
    limit_deliveries bigint,
    PRIMARY KEY (branch_id, slot_start)
);
CREATE INDEX overrides_by_end ON overrides (slot_end);

-- Orders that were read from the log, and those whose cancel was.
CREATE TABLE reservations (
    order_id uuid PRIMARY KEY,
    branch_id uuid NOT NULL,
    slot_start timestamptz NOT NULL,
    slot_end timestamptz NOT NULL,
    business_date date NOT NULL,
    display_number integer NOT NULL,
    visible_at timestamptz NOT NULL,
    placed_at timestamptz NOT NULL,
    need_roubles bigint NOT NULL,
    need_orders bigint NOT NULL,
    need_units bigint NOT NULL,
    need_work_seconds bigint NOT NULL,
    need_oven_places bigint NOT NULL,
    need_deliveries bigint NOT NULL,
    key_hash text NOT NULL,
    fingerprint bytea NOT NULL,
    record bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('confirmed', 'freed', 'done')),
    over boolean NOT NULL DEFAULT false
);
CREATE INDEX reservations_live ON reservations (branch_id, slot_start) WHERE state = 'confirmed';
CREATE INDEX reservations_ending ON reservations (slot_end) WHERE state = 'confirmed';
CREATE INDEX reservations_placed ON reservations (branch_id, placed_at);
CREATE INDEX reservations_records ON reservations (placed_at) WHERE record <> '';
CREATE INDEX reservations_numbers ON reservations (branch_id, business_date, display_number);

-- How far the log has been read into the tables above.
CREATE TABLE positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Who changed what.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    entity text NOT NULL,
    change jsonb NOT NULL
);

-- What is to be told on slot-events, see crates/store/sql/outbox.sql.
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
