DROP TABLE outbox, audit, positions, reservations, overrides, book_revision, configs, grids, branches;
DROP FUNCTION outbox_told;
