-- Internal audits were planned and carried out outside Toucan, and nothing kept an
-- auditor from looking at their own work.
-- +goose Up
-- A programme runs over three years, counted in quarters from its first one. The
-- last row is the programme; entries of an earlier one stay as they were.
CREATE TABLE audit_programme (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	quarter  INTEGER NOT NULL,              -- year * 4 + quarter - 1: its first
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX audit_programme_by_time ON audit_programme (org, at, id);

-- One audit the programme plans, as it stands now.
CREATE TABLE audit_entry (
	org       TEXT    NOT NULL,
	id        TEXT    NOT NULL,
	programme TEXT    NOT NULL,
	code      TEXT    NOT NULL,             -- such as IA-Y1Q1-C
	quarter   INTEGER NOT NULL,             -- year * 4 + quarter - 1
	title     TEXT    NOT NULL,
	method    TEXT    NOT NULL,
	sample    TEXT    NOT NULL,             -- what to sample
	urgent    BOOLEAN NOT NULL,             -- to be done before stage 2
	dropped   BOOLEAN NOT NULL,
	moved     INTEGER NOT NULL DEFAULT 0,   -- how often it was planned anew
	PRIMARY KEY (org, id),
	UNIQUE (org, programme, code),
	FOREIGN KEY (org, programme) REFERENCES audit_programme (org, id)
);

-- The last number given in a year; none is used twice.
CREATE TABLE audit_number (
	org TEXT    NOT NULL REFERENCES organisation (id),
	id  TEXT    NOT NULL,                   -- the year
	n   INTEGER NOT NULL,
	PRIMARY KEY (org, id)
);

-- One internal audit, as it stands now.
CREATE TABLE internal_audit (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	year        INTEGER NOT NULL,
	n           INTEGER NOT NULL,           -- counted in the year: IA-2026-1
	entry       TEXT,                       -- of the programme, if it was planned there
	title       TEXT    NOT NULL,
	criteria    TEXT    NOT NULL,
	method      TEXT    NOT NULL,
	sample      TEXT    NOT NULL,
	period_from INTEGER NOT NULL,           -- civil days: what it looks at
	period_to   INTEGER NOT NULL,
	starts_on   INTEGER NOT NULL,           -- civil days: when it is carried out
	ends_on     INTEGER NOT NULL,
	state       TEXT    NOT NULL,           -- planned, running, reported, closed or cancelled
	summary     TEXT    NOT NULL DEFAULT '',
	conclusion  TEXT    NOT NULL DEFAULT '',
	reported_at BIGINT  NOT NULL DEFAULT 0,
	item        TEXT    NOT NULL DEFAULT '', -- evidence: the report as it was frozen
	ended_at    BIGINT  NOT NULL DEFAULT 0,
	reason      TEXT    NOT NULL DEFAULT '', -- why it was cancelled
	PRIMARY KEY (org, id),
	UNIQUE (org, year, n),
	FOREIGN KEY (org, entry) REFERENCES audit_entry (org, id)
);
CREATE INDEX internal_audit_by_entry ON internal_audit (org, entry);

-- What an entry or an audit covers.
CREATE TABLE audit_scope (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	entry       TEXT,
	audit       TEXT,
	framework   TEXT   NOT NULL,
	requirement TEXT   NOT NULL,
	from_at     BIGINT NOT NULL,
	to_at       BIGINT,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, entry) REFERENCES audit_entry (org, id),
	FOREIGN KEY (org, audit) REFERENCES internal_audit (org, id)
);
CREATE INDEX audit_scope_entry ON audit_scope (org, entry);
CREATE INDEX audit_scope_audit ON audit_scope (org, audit);

-- Who audits and who is audited. An auditor from outside has a name here and
-- nowhere else.
CREATE TABLE audit_person (
	org    TEXT    NOT NULL,
	id     TEXT    NOT NULL,
	audit  TEXT    NOT NULL,
	person TEXT,                            -- of the register; null: from outside
	name   TEXT    NOT NULL,                -- of somebody from outside
	part   TEXT    NOT NULL,                -- auditor or auditee
	gone   BOOLEAN NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, audit) REFERENCES internal_audit (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX audit_person_of ON audit_person (org, audit);
CREATE INDEX audit_person_by ON audit_person (org, person);

-- One line of the checklist, with its answer.
CREATE TABLE audit_line (
	org         TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	audit       TEXT    NOT NULL,
	n           INTEGER NOT NULL,
	framework   TEXT    NOT NULL,           -- the requirement it belongs to
	requirement TEXT    NOT NULL,
	control     TEXT,
	policy      TEXT,
	question    TEXT    NOT NULL,
	hint        TEXT    NOT NULL,
	answer      TEXT    NOT NULL DEFAULT '', -- conforms, concern, fails, not_applicable, or empty
	note        TEXT    NOT NULL DEFAULT '',
	auditor     TEXT,                       -- of audit_person: who looked
	at          BIGINT  NOT NULL DEFAULT 0,
	account     TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, audit) REFERENCES internal_audit (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id),
	FOREIGN KEY (org, policy) REFERENCES policy (org, id),
	FOREIGN KEY (org, auditor) REFERENCES audit_person (org, id)
);
CREATE INDEX audit_line_of ON audit_line (org, audit, n);
CREATE INDEX audit_line_of_control ON audit_line (org, control);
CREATE INDEX audit_line_of_policy ON audit_line (org, policy);
CREATE INDEX audit_line_by ON audit_line (org, auditor);

CREATE TABLE audit_item (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	line    TEXT   NOT NULL,
	item    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, line, item),
	FOREIGN KEY (org, line) REFERENCES audit_line (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id)
);
CREATE INDEX audit_item_item ON audit_item (org, item);

-- What became of an entry or an audit, a line for each leaf of the log.
CREATE TABLE audit_act (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	entry   TEXT,
	audit   TEXT,
	kind    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,                -- empty: Toucan
	body    TEXT   NOT NULL,                -- JSON, as hashed
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, entry) REFERENCES audit_entry (org, id),
	FOREIGN KEY (org, audit) REFERENCES internal_audit (org, id)
);
CREATE INDEX audit_act_entry ON audit_act (org, entry, at);
CREATE INDEX audit_act_audit ON audit_act (org, audit, at);
