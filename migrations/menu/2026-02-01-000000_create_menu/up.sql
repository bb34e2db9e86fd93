-- What can be sold, at what price, now. Amounts are kopecks, and sale amounts are whole roubles.

CREATE DOMAIN kopecks AS bigint CHECK (VALUE BETWEEN 0 AND 10000000 AND VALUE % 100 = 0);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added, never changed', TG_TABLE_NAME;
END
$$;

CREATE TABLE categories (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    position integer NOT NULL,
    kitchen_category text NOT NULL
);

-- names of products and sets, archived ones too: one name, one thing
CREATE TABLE sale_names (
    name_key text PRIMARY KEY,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    UNIQUE (kind, subject_id)
);

CREATE TABLE extras (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,
    portion_grams integer NOT NULL CHECK (portion_grams >= 0),
    max_per_unit integer NOT NULL CHECK (max_per_unit BETWEEN 1 AND 5),
    nomenclature_id uuid,
    active boolean NOT NULL,
    version bigint NOT NULL,
    archived_at timestamptz
);

CREATE TABLE products (
    id uuid PRIMARY KEY,
    v1_name text NOT NULL,
    category_id uuid NOT NULL REFERENCES categories,
    family text NOT NULL,
    size_label text NOT NULL,
    half_group text,
    recipe_version_id uuid,
    kitchen boolean NOT NULL,
    route jsonb NOT NULL,
    image text NOT NULL,
    description text NOT NULL,
    allergens text[] NOT NULL,
    nutrition jsonb,
    ready_for_sale boolean NOT NULL,
    active boolean NOT NULL,
    position integer NOT NULL,
    version bigint NOT NULL,
    archived_at timestamptz
);

CREATE TABLE product_ingredients (
    product_id uuid NOT NULL REFERENCES products,
    position integer NOT NULL,
    nomenclature_id uuid NOT NULL,
    name text NOT NULL,
    grams integer NOT NULL CHECK (grams >= 0),
    removable boolean NOT NULL,
    optional boolean NOT NULL,
    PRIMARY KEY (product_id, position),
    UNIQUE (product_id, nomenclature_id)
);

CREATE TABLE product_extras (
    product_id uuid NOT NULL REFERENCES products,
    position integer NOT NULL,
    extra_id uuid NOT NULL REFERENCES extras,
    preselected boolean NOT NULL,
    price kopecks,
    portion_grams integer CHECK (portion_grams >= 0),
    PRIMARY KEY (product_id, position),
    UNIQUE (product_id, extra_id)
);
CREATE INDEX product_extras_by_extra ON product_extras (extra_id);

CREATE TABLE sets (
    id uuid PRIMARY KEY,
    v1_name text NOT NULL,
    description text NOT NULL,
    image text NOT NULL,
    active boolean NOT NULL,
    version bigint NOT NULL,
    archived_at timestamptz
);

-- a component is one product some times, or a choice whose options follow
CREATE TABLE set_components (
    set_id uuid NOT NULL REFERENCES sets,
    position integer NOT NULL,
    units integer NOT NULL CHECK (units BETWEEN 1 AND 20),
    product_id uuid REFERENCES products,
    group_id uuid,
    group_name text,
    PRIMARY KEY (set_id, position),
    CHECK ((product_id IS NULL) = (group_id IS NOT NULL) AND (group_id IS NULL) = (group_name IS NULL))
);
CREATE INDEX set_components_by_product ON set_components (product_id);

CREATE TABLE set_options (
    set_id uuid NOT NULL,
    component integer NOT NULL,
    position integer NOT NULL,
    product_id uuid NOT NULL REFERENCES products,
    surcharge kopecks NOT NULL,
    PRIMARY KEY (set_id, component, position),
    UNIQUE (set_id, component, product_id),
    FOREIGN KEY (set_id, component) REFERENCES set_components
);
CREATE INDEX set_options_by_product ON set_options (product_id);

CREATE TABLE branch_terms (
    branch_id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    time_zone text NOT NULL,
    cut_off text NOT NULL,
    active boolean NOT NULL,
    is_default boolean NOT NULL,
    half_price_rule text NOT NULL,
    default_zone_id uuid,
    version bigint NOT NULL
);
CREATE UNIQUE INDEX one_default_branch ON branch_terms (is_default) WHERE is_default;

CREATE TABLE delivery_zones (
    branch_id uuid NOT NULL REFERENCES branch_terms,
    position integer NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    fee kopecks NOT NULL,
    minimum kopecks NOT NULL,
    free_from kopecks,
    extra_minutes integer NOT NULL CHECK (extra_minutes >= 0),
    PRIMARY KEY (branch_id, position),
    UNIQUE (branch_id, id)
);

CREATE TABLE prices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    branch_id uuid REFERENCES branch_terms,
    amount kopecks NOT NULL,
    valid_from timestamptz NOT NULL
);
CREATE INDEX prices_by_subject ON prices (subject_kind, subject_id, branch_id, valid_from DESC);
CREATE TRIGGER prices_are_added BEFORE UPDATE OR DELETE ON prices
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE stops (
    id uuid PRIMARY KEY,
    branch_id uuid NOT NULL REFERENCES branch_terms,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    channels text[] NOT NULL,
    until timestamptz,
    reason text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    UNIQUE (branch_id, subject_kind, subject_id, channels)
);

CREATE TABLE revisions (
    revision bigint PRIMARY KEY,
    built_at timestamptz NOT NULL,
    content_hash bytea NOT NULL,
    snapshot bytea NOT NULL
);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    entity_kind text NOT NULL,
    entity_id uuid NOT NULL,
    change jsonb NOT NULL
);
CREATE INDEX audit_by_entity ON audit (entity_kind, entity_id, id);
CREATE TRIGGER audit_is_added BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a service has to tell, saved together with the change it tells of. One relay publishes it in order.
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

-- the branch of a fresh system; somebody gives it its own name, zone and terms
INSERT INTO branch_terms
    (branch_id, code, name, time_zone, cut_off, active, is_default, half_price_rule, version)
VALUES
    ('01900000-0000-7000-8000-000000000001', 'MAIN', 'Main', 'UTC', '04:00', true, true, 'max', 1);
