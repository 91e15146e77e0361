-- Programs act for a member: until now only a browser could. A token is bound to
-- one account in one organisation, never outlives its expiry, and only its hash
-- is kept.
-- +goose Up
CREATE TABLE api_token (
	org        TEXT   NOT NULL REFERENCES organisation (id),
	id         TEXT   NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	name       TEXT   NOT NULL,            -- what its owner calls it
	scope      TEXT   NOT NULL,            -- actions, one a line; the role must allow them too at the time of use
	token      TEXT   NOT NULL,            -- hex SHA-256
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL DEFAULT 0,  -- to the minute; 0 while it was never used
	revoked_at BIGINT NOT NULL DEFAULT 0,
	salt       TEXT   NOT NULL,            -- of the leaf that tells of it
	PRIMARY KEY (org, id),
	UNIQUE (org, token)
);
CREATE INDEX api_token_by_account ON api_token (org, account, id);

-- What was answered to a request that carries an Idempotency-Key, for a day. The
-- row is written in the transaction of the change itself, so that a change is
-- never made twice; the answer is added afterwards.
CREATE TABLE idempotency (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	id       TEXT   NOT NULL,              -- hex SHA-256 of account and key
	account  TEXT   NOT NULL REFERENCES account (id),
	route    TEXT   NOT NULL,              -- POST /api/v1/o/{org}/controls
	request  TEXT   NOT NULL,              -- hex SHA-256 of address and body
	status   BIGINT NOT NULL,              -- 0: the change is stored, its answer is not
	header   TEXT   NOT NULL,              -- JSON
	response TEXT   NOT NULL,
	at       BIGINT NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX idempotency_by_time ON idempotency (org, at);
