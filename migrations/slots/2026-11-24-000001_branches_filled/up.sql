-- Whether Redis was ever filled with the branch: display numbers may be in use that no reservation has yet.
ALTER TABLE branches ADD COLUMN filled boolean NOT NULL DEFAULT true;
ALTER TABLE branches ALTER COLUMN filled SET DEFAULT false;
