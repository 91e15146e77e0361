-- The scope of the management system, and beside it the boundary of the SOC 2
-- report in the same shape, so that the two can be compared. Until now the boundary
-- was assumed to be both.
-- +goose Up
CREATE TABLE isms_scope (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	side        TEXT    NOT NULL,          -- isms or soc2
	number      INTEGER NOT NULL,
	state       TEXT    NOT NULL,          -- draft, waiting, in_force or superseded
	change_note TEXT    NOT NULL,          -- in the words of who wrote it
	content     TEXT    NOT NULL,          -- JSON
	digest      TEXT    NOT NULL,
	stamp       TEXT    NOT NULL,          -- changes with every write
	written_by  TEXT    NOT NULL REFERENCES account (id),
	written_at  BIGINT  NOT NULL,
	sent_by     TEXT    NOT NULL DEFAULT '',
	round       INTEGER NOT NULL DEFAULT 0, -- how often its approval was asked for
	approved_at BIGINT  NOT NULL DEFAULT 0,
	ended_at    BIGINT  NOT NULL DEFAULT 0,
	PRIMARY KEY (org, id),
	UNIQUE (org, side, number)
);

-- What happened to the versions, with what the leaves of the log were salted with.
CREATE TABLE isms_scope_act (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	scope   TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	digest  TEXT   NOT NULL,
	note    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, scope) REFERENCES isms_scope (org, id)
);
CREATE INDEX isms_scope_act_of ON isms_scope_act (org, scope, at);

-- What was decided about a mismatch between the two: the last row of a mismatch
-- holds while its fingerprint is that of today.
CREATE TABLE isms_scope_decision (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	mismatch    TEXT    NOT NULL,
	fingerprint TEXT    NOT NULL,
	choice      TEXT    NOT NULL,          -- deliberate or align
	reason      TEXT    NOT NULL,
	until_day   INTEGER NOT NULL,          -- last day, or 0
	action      TEXT    NOT NULL,          -- of the backlog, or empty
	at          BIGINT  NOT NULL,
	account     TEXT    NOT NULL REFERENCES account (id),
	salt        TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX isms_scope_decision_of ON isms_scope_decision (org, mismatch, at);
