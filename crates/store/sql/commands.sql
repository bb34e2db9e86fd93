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
