DROP TABLE audit, positions, reservations, overrides, book_revision, configs, grids, branches;
