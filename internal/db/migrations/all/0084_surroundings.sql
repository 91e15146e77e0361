-- What the management system knows of its surroundings (ISO/IEC 27001:2022, 4.1
-- and 4.2), its objectives and their measures (6.2), and its reviews by top
-- management (9.3).
-- +goose Up

-- Entries of the registers of interested parties, issues and objectives. What they
-- say is in their versions: the one without an end holds.
CREATE TABLE isms_entry (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	id       TEXT   NOT NULL,
	register TEXT   NOT NULL,              -- party, issue or objective
	code     TEXT   NOT NULL,              -- such as IP-01; never reused
	at       BIGINT NOT NULL,
	account  TEXT   NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	UNIQUE (org, register, code)
);

CREATE TABLE isms_entry_version (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	entry    TEXT    NOT NULL,
	register TEXT    NOT NULL,
	no       INTEGER NOT NULL,             -- from 1
	body     TEXT    NOT NULL,             -- JSON
	retired  TEXT    NOT NULL DEFAULT '',  -- why it does not count any more; empty: it counts
	note     TEXT    NOT NULL DEFAULT '',  -- what was said about the change
	from_at  BIGINT  NOT NULL,
	to_at    BIGINT,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, entry, no),
	FOREIGN KEY (org, entry) REFERENCES isms_entry (org, id)
);
CREATE INDEX isms_entry_version_at ON isms_entry_version (org, register, from_at);

-- Whether climate change is a relevant issue, and why (Amd 1:2024). The last row holds.
CREATE TABLE isms_climate (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	relevant BOOLEAN NOT NULL,
	why      TEXT    NOT NULL,
	on_day   INTEGER NOT NULL,             -- when it was decided
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX isms_climate_at ON isms_climate (org, on_day, id);

-- The value of an objective over a period. Of two of one period the later one
-- counts, and both stay.
CREATE TABLE isms_measure (
	org       TEXT    NOT NULL,
	id        TEXT    NOT NULL,
	objective TEXT    NOT NULL,
	from_day  INTEGER NOT NULL,
	to_day    INTEGER NOT NULL,
	known     TEXT    NOT NULL,            -- value, empty (there was nothing to measure) or none (nobody can tell)
	value     DOUBLE PRECISION NOT NULL,
	num       BIGINT  NOT NULL,            -- of a share; -1: it is none
	den       BIGINT  NOT NULL,
	source    TEXT    NOT NULL,            -- of the live figures, or empty: by hand
	item      TEXT    NOT NULL DEFAULT '', -- id of the evidence it was read from
	words     TEXT    NOT NULL,
	at        BIGINT  NOT NULL,
	account   TEXT    NOT NULL,            -- empty: Toucan took it by itself
	salt      TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, objective) REFERENCES isms_entry (org, id)
);
CREATE INDEX isms_measure_of ON isms_measure (org, objective, to_day, at);

-- Reviews by top management. A row changes until its minutes are approved; what
-- became of it is in its acts.
CREATE TABLE isms_review (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	code         TEXT    NOT NULL,         -- such as MR-2026-1; never reused
	title        TEXT    NOT NULL,
	on_day       INTEGER NOT NULL,
	state        TEXT    NOT NULL,         -- planned, prepared, sent, approved or cancelled
	participants TEXT    NOT NULL,         -- JSON: ids of persons, and who was there
	pack         TEXT    NOT NULL DEFAULT '', -- id of the evidence
	pack_sha256  TEXT    NOT NULL DEFAULT '',
	frozen_at    BIGINT  NOT NULL DEFAULT 0,
	round        INTEGER NOT NULL DEFAULT 0, -- how often the minutes were sent
	digest       TEXT    NOT NULL DEFAULT '', -- of the minutes as they were sent
	sent_at      BIGINT  NOT NULL DEFAULT 0,
	sent_by      TEXT    NOT NULL DEFAULT '',
	minutes      TEXT    NOT NULL DEFAULT '', -- id of the evidence
	ended_at     BIGINT  NOT NULL DEFAULT 0,
	reason       TEXT    NOT NULL DEFAULT '', -- why it was cancelled
	at           BIGINT  NOT NULL,
	account      TEXT    NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	UNIQUE (org, code)
);

-- What was brought to a point of the agenda by hand, and what the minutes say of
-- it: the last row holds.
CREATE TABLE isms_review_point (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	review  TEXT   NOT NULL,
	part    TEXT   NOT NULL,               -- brought or minutes
	item    TEXT   NOT NULL,               -- of the agenda, such as MR-09
	words   TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, review) REFERENCES isms_review (org, id)
);
CREATE INDEX isms_review_point_of ON isms_review_point (org, review, at, id);

CREATE TABLE isms_review_decision (
	org       TEXT    NOT NULL,
	id        TEXT    NOT NULL,
	review    TEXT    NOT NULL,
	item      TEXT    NOT NULL,            -- the output of the agenda it belongs to
	unchanged BOOLEAN NOT NULL,            -- it was decided to change nothing
	words     TEXT    NOT NULL,
	reason    TEXT    NOT NULL,
	effect    TEXT    NOT NULL,
	owner     TEXT    NOT NULL,            -- person, or empty where nothing changes
	due       INTEGER NOT NULL,
	action    TEXT    NOT NULL DEFAULT '', -- what became of it in the one backlog
	at        BIGINT  NOT NULL,
	account   TEXT    NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, review) REFERENCES isms_review (org, id)
);
CREATE INDEX isms_review_decision_of ON isms_review_decision (org, review, id);

CREATE TABLE isms_review_act (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	review  TEXT   NOT NULL,
	kind    TEXT   NOT NULL,               -- of the leaf
	body    TEXT   NOT NULL,               -- JSON: what the leaf says
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, review) REFERENCES isms_review (org, id)
);
CREATE INDEX isms_review_act_of ON isms_review_act (org, review, at, id);
