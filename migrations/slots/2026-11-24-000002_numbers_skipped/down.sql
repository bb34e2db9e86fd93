DROP TABLE numbers_skipped;
