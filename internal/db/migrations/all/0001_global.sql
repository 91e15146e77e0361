-- The tables that belong to no organisation. There are no others but goose's own:
-- everything else carries org first in its key.
-- +goose Up
CREATE TABLE organisation (
	id         TEXT   NOT NULL PRIMARY KEY,
	slug       TEXT   NOT NULL UNIQUE,     -- in every address: /o/{slug}
	name       TEXT   NOT NULL,
	zone       TEXT   NOT NULL,            -- IANA name; due dates are civil dates in it
	created_at BIGINT NOT NULL,            -- microseconds UTC, like every time here
	revision   BIGINT NOT NULL DEFAULT 0,  -- raised by every write, in its transaction
	salt       TEXT   NOT NULL DEFAULT ''  -- of the leaf that tells its name
);

CREATE TABLE account (
	id         TEXT    NOT NULL PRIMARY KEY,
	email      TEXT    NOT NULL UNIQUE,    -- lower case; never links accounts by itself
	name       TEXT    NOT NULL,
	passphrase TEXT    NOT NULL,           -- argon2id with its parameters
	totp       TEXT    NOT NULL DEFAULT '', -- second factor, sealed with the key file; empty: none
	totp_on    BOOLEAN NOT NULL DEFAULT FALSE, -- false while it waits for its first code
	totp_step  BIGINT  NOT NULL DEFAULT 0, -- the last 30 seconds a code was used in; an earlier one is a replay
	recovery   TEXT    NOT NULL DEFAULT '', -- hashes of the recovery codes left, one a line
	created_at BIGINT  NOT NULL
);

-- A row is a signed-in browser (kind session), or a link that signs in once
-- (link), or the link that sets the server up once (first). Only the hash of a
-- token is kept, so that who reads the database cannot sign in with it.
CREATE TABLE session (
	id         TEXT   NOT NULL PRIMARY KEY,
	kind       TEXT   NOT NULL,
	account    TEXT   REFERENCES account (id), -- null for the link of the first run
	token      TEXT   NOT NULL UNIQUE,         -- hex SHA-256
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,                -- to the minute
	expires_at BIGINT NOT NULL,                -- at the latest; an idle session ends before
	ip         TEXT   NOT NULL,
	agent      TEXT   NOT NULL
);
CREATE INDEX session_by_account ON session (account, kind);
