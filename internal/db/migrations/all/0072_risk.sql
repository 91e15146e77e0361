-- Risks: the method they are scored by, the register, the scores, and what was
-- decided about them. Until now risks were kept in a file somewhere else.
-- +goose Up
CREATE TABLE risk_method (
	org         TEXT   NOT NULL REFERENCES organisation (id),
	id          TEXT   NOT NULL,
	version     TEXT   NOT NULL,
	body        TEXT   NOT NULL,      -- the text, Markdown
	matrix      TEXT   NOT NULL,      -- the numbers, YAML
	note        TEXT   NOT NULL,
	state       TEXT   NOT NULL,      -- waits, approved or rejected
	at          BIGINT NOT NULL,
	account     TEXT   NOT NULL REFERENCES account (id),
	approved_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX risk_method_version ON risk_method (org, version);

CREATE TABLE risk (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	num         INTEGER NOT NULL,     -- 1 is R-001; never used again
	title       TEXT    NOT NULL,
	cause       TEXT    NOT NULL,
	event       TEXT    NOT NULL,
	consequence TEXT    NOT NULL,
	category    TEXT    NOT NULL,
	affects     TEXT    NOT NULL,     -- separated by semicolons
	rights      BOOLEAN NOT NULL,
	breach      BOOLEAN NOT NULL,
	finding     TEXT    NOT NULL DEFAULT '',
	contingency TEXT    NOT NULL,
	owner       TEXT,
	scenario    TEXT    NOT NULL DEFAULT '',
	created_at  BIGINT  NOT NULL,
	created_by  TEXT    NOT NULL REFERENCES account (id),
	updated_at  BIGINT  NOT NULL,
	closed_at   BIGINT  NOT NULL DEFAULT 0,
	closed_why  TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX risk_num ON risk (org, num);

-- What happened to a risk, in order. Each row has a leaf in the log, or is part of
-- a batch that has one.
CREATE TABLE risk_act (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	risk    TEXT,                     -- none: it is about the whole register
	kind    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,          -- empty: Toucan itself
	body    TEXT   NOT NULL,          -- JSON
	batch   TEXT   NOT NULL DEFAULT '',
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, risk) REFERENCES risk (org, id)
);
CREATE INDEX risk_act_of ON risk_act (org, risk, at, id);

CREATE TABLE risk_link (
	org         TEXT   NOT NULL REFERENCES organisation (id),
	id          TEXT   NOT NULL,
	risk        TEXT   NOT NULL,
	kind        TEXT   NOT NULL,
	target      TEXT   NOT NULL,      -- opaque id; empty for a requirement
	framework   TEXT   NOT NULL DEFAULT '',
	requirement TEXT   NOT NULL DEFAULT '',
	nature      TEXT   NOT NULL DEFAULT '',
	from_at     BIGINT NOT NULL,
	to_at       BIGINT,
	account     TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, risk) REFERENCES risk (org, id)
);
CREATE UNIQUE INDEX risk_link_open ON risk_link (org, risk, kind, target, framework, requirement) WHERE to_at IS NULL;
CREATE INDEX risk_link_requirement ON risk_link (org, framework, requirement) WHERE to_at IS NULL;

-- A score never changes. The last of a kind that seconds no other is the one that counts.
CREATE TABLE risk_score (
	org        TEXT    NOT NULL REFERENCES organisation (id),
	id         TEXT    NOT NULL,
	risk       TEXT    NOT NULL,
	kind       TEXT    NOT NULL,
	likelihood INTEGER NOT NULL,
	impact     INTEGER NOT NULL,
	decided    TEXT    NOT NULL,      -- column of the scale of impact
	basis      TEXT    NOT NULL,
	reasons    TEXT    NOT NULL,
	relied     TEXT    NOT NULL,      -- JSON: what each control took off
	account    TEXT    NOT NULL REFERENCES account (id),
	person     TEXT    NOT NULL,
	method     TEXT    NOT NULL,
	seconds    TEXT    NOT NULL DEFAULT '',
	at         BIGINT  NOT NULL,
	on_day     INTEGER NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, risk) REFERENCES risk (org, id)
);
CREATE INDEX risk_score_of ON risk_score (org, risk, at, id);

-- A plan is followed by the next one; only its approval and its end are added.
CREATE TABLE risk_plan (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	risk         TEXT    NOT NULL,
	choice       TEXT    NOT NULL,
	reason       TEXT    NOT NULL,
	cost         TEXT    NOT NULL,
	shown_by     TEXT    NOT NULL,    -- the evidence that will show completion
	due          INTEGER NOT NULL,
	likelihood   INTEGER NOT NULL,    -- expected after the treatment; 0: nothing is expected
	impact       INTEGER NOT NULL,
	at           BIGINT  NOT NULL,
	account      TEXT    NOT NULL REFERENCES account (id),
	approved_at  BIGINT  NOT NULL DEFAULT 0,
	approved_by  TEXT    NOT NULL DEFAULT '',
	completed_at BIGINT  NOT NULL DEFAULT 0,
	completed_by TEXT    NOT NULL DEFAULT '',
	completion   TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, risk) REFERENCES risk (org, id)
);
CREATE INDEX risk_plan_of ON risk_plan (org, risk, at, id);

CREATE TABLE risk_acceptance (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	risk         TEXT    NOT NULL,
	score        TEXT    NOT NULL,    -- the one that was accepted
	likelihood   INTEGER NOT NULL,    -- as they stood that day
	impact       INTEGER NOT NULL,
	level        TEXT    NOT NULL,
	method       TEXT    NOT NULL,
	reason       TEXT    NOT NULL,
	conditions   TEXT    NOT NULL,
	from_day     INTEGER NOT NULL,
	until_day    INTEGER NOT NULL,    -- the last day it holds
	at           BIGINT  NOT NULL,
	account      TEXT    NOT NULL REFERENCES account (id),
	person       TEXT    NOT NULL,
	withdrawn_at BIGINT  NOT NULL DEFAULT 0,
	withdrawn_by TEXT    NOT NULL DEFAULT '',
	withdrawn_why TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, risk) REFERENCES risk (org, id)
);
CREATE INDEX risk_acceptance_of ON risk_acceptance (org, risk, at, id);

-- Why a risk has to be looked at again.
CREATE TABLE risk_trigger (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	risk    TEXT    NOT NULL,
	kind    TEXT    NOT NULL,
	words   TEXT    NOT NULL,
	control TEXT    NOT NULL DEFAULT '',
	due     INTEGER NOT NULL,
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL,         -- empty: Toucan itself
	done_at BIGINT  NOT NULL DEFAULT 0,
	score   TEXT    NOT NULL DEFAULT '', -- that answered it
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, risk) REFERENCES risk (org, id)
);
CREATE INDEX risk_trigger_open ON risk_trigger (org, risk) WHERE done_at = 0;

-- The risks that are scored a second time, as they were drawn.
CREATE TABLE risk_draw (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	seed    TEXT    NOT NULL,
	method  TEXT    NOT NULL,
	pool    INTEGER NOT NULL,         -- how many it was drawn from
	risks   TEXT    NOT NULL,         -- ids, separated by semicolons, in the order drawn
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id)
);

-- The whole register as it was on a day.
CREATE TABLE risk_snapshot (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	title        TEXT    NOT NULL,
	note         TEXT    NOT NULL,
	method       TEXT    NOT NULL,
	participants TEXT    NOT NULL,    -- persons, separated by semicolons
	risks        INTEGER NOT NULL,
	digest       TEXT    NOT NULL,    -- hex SHA-256 of the body
	body         TEXT    NOT NULL,    -- JSON
	state        TEXT    NOT NULL,    -- waits, approved or rejected
	item         TEXT    NOT NULL DEFAULT '', -- evidence, once approved
	at           BIGINT  NOT NULL,
	account      TEXT    NOT NULL REFERENCES account (id),
	approved_at  BIGINT  NOT NULL DEFAULT 0,
	PRIMARY KEY (org, id)
);
CREATE INDEX risk_snapshot_at ON risk_snapshot (org, at, id);
