-- The number that each business date went on from after a loss of Redis: what was given out since then may be in no
-- reservation when Redis is lost again.
CREATE TABLE numbers_skipped (
    branch_id uuid NOT NULL,
    business_date date NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (branch_id, business_date)
);
CREATE INDEX numbers_skipped_by_date ON numbers_skipped (business_date);
