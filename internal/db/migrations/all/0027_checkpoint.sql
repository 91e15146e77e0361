-- What an auditor keeps from the log: checkpoints, signed with a key outside the
-- database, the stamps of a time-stamping authority on them, and where they were
-- sent. Until now the root of a log was computed and shown to nobody.
-- +goose Up
CREATE TABLE log_epoch (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	epoch    BIGINT NOT NULL,                  -- from 1; a new one begins when the last cannot be continued
	vkey     TEXT   NOT NULL,                  -- verifier key, as a trust policy lists it
	at       BIGINT NOT NULL,
	account  TEXT   NOT NULL,                  -- who began it; '' for the first, which begins by itself
	reason   TEXT   NOT NULL,
	salt     TEXT   NOT NULL,
	old_note TEXT   NOT NULL,                  -- the last checkpoint signed before, or ''
	PRIMARY KEY (org, epoch)
);

CREATE TABLE log_checkpoint (
	org    TEXT   NOT NULL,
	epoch  BIGINT NOT NULL,
	size   BIGINT NOT NULL,
	note   TEXT   NOT NULL,                    -- the signed text
	at     BIGINT NOT NULL,                    -- never earlier than the one before
	behind BIGINT NOT NULL DEFAULT 0,          -- microseconds the clock was behind the one before, else 0
	PRIMARY KEY (org, epoch, size),
	FOREIGN KEY (org, epoch) REFERENCES log_epoch (org, epoch)
);

CREATE TABLE log_stamp (
	org        TEXT   NOT NULL,
	epoch      BIGINT NOT NULL,
	size       BIGINT NOT NULL,
	url        TEXT   NOT NULL,                -- of the authority that was asked
	token      TEXT   NOT NULL,                -- RFC 3161, DER in base64; '' until there is one
	stamped_at BIGINT NOT NULL,                -- what the authority says the time was; 0 until then
	authority  TEXT   NOT NULL,                -- subject of its certificate
	tried_at   BIGINT NOT NULL,
	tries      BIGINT NOT NULL,
	fault      TEXT   NOT NULL,                -- why the last try failed, or ''
	PRIMARY KEY (org, epoch, size),
	FOREIGN KEY (org, epoch, size) REFERENCES log_checkpoint (org, epoch, size)
);

CREATE TABLE log_anchor (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	id       TEXT   NOT NULL,
	kind     TEXT   NOT NULL,                  -- mail or webhook
	address  TEXT   NOT NULL,                  -- '' once it was removed
	domain   TEXT   NOT NULL,                  -- its part that names no person; stays
	secret   TEXT   NOT NULL,                  -- of a webhook, sealed with a key outside the database; else ''
	days     BIGINT NOT NULL,                  -- at most one checkpoint in so many days
	since_at BIGINT NOT NULL,
	account  TEXT   NOT NULL,                  -- who set it
	salt     TEXT   NOT NULL,
	ended_at BIGINT NOT NULL DEFAULT 0,        -- 0 while it is in use
	PRIMARY KEY (org, id)
);

CREATE TABLE log_anchored (
	org      TEXT   NOT NULL,
	anchor   TEXT   NOT NULL,
	epoch    BIGINT NOT NULL,
	size     BIGINT NOT NULL,
	at       BIGINT NOT NULL,                  -- when it was handed to the post
	delivery TEXT   NOT NULL,                  -- id there; the post forgets after a while, this table does not
	sent_at  BIGINT NOT NULL DEFAULT 0,        -- when the other side took it; 0 until then
	fault    TEXT   NOT NULL DEFAULT '',       -- why it was given up, or ''
	PRIMARY KEY (org, anchor, epoch, size),
	FOREIGN KEY (org, anchor) REFERENCES log_anchor (org, id),
	FOREIGN KEY (org, epoch, size) REFERENCES log_checkpoint (org, epoch, size)
);
