-- A file that somebody sent was on the disk of one server, so no other one could
-- show its preview or enter it. It is in the database until it is worked off.
-- +goose Up
CREATE TABLE upload (
	org        TEXT   NOT NULL REFERENCES organisation (id),
	id         TEXT   NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id), -- nobody else gets it back
	purpose    TEXT   NOT NULL,            -- controls or people
	name       TEXT   NOT NULL,            -- of the file, as it was sent
	at         BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	bytes      BIGINT NOT NULL,            -- of content; 0 once it is worked off
	plan       TEXT   NOT NULL DEFAULT '', -- how it is to be read, once it is confirmed
	job        BIGINT NOT NULL DEFAULT 0,  -- the job that works it off; 0 before it is confirmed
	result     TEXT   NOT NULL DEFAULT '', -- JSON; written in the transaction of what it tells of
	content    BYTEA,                      -- last, so that the rest is read without it
	PRIMARY KEY (org, id)
);
CREATE INDEX upload_by_end ON upload (org, expires_at);
