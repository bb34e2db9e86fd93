ALTER TABLE branches DROP COLUMN filled;
