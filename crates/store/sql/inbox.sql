-- Which events a consumer has seen, noted in the transaction of their effect: told twice, applied once.
CREATE TABLE inbox (
    consumer text        NOT NULL,
    event_id uuid        NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

CREATE INDEX inbox_seen_at ON inbox (seen_at);
