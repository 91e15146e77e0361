-- What binds the people of an organisation: the texts, who approved them, whom they
-- bind and who acknowledged them. Until now a policy was a file somewhere else.
-- +goose Up
CREATE TABLE policy (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	num          INTEGER NOT NULL,         -- counted in the organisation, for policy_person
	slug         TEXT    NOT NULL,
	template     TEXT    NOT NULL,         -- slug of the shipped template, or empty
	created_at   BIGINT  NOT NULL,
	created_by   TEXT    NOT NULL REFERENCES account (id),
	archived_at  BIGINT  NOT NULL DEFAULT 0,
	archived_for TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	UNIQUE (org, slug),
	UNIQUE (org, num)
);

-- Whom a policy binds and who keeps it: the last row at or before a moment holds.
CREATE TABLE policy_setting (
	org             TEXT    NOT NULL,
	id              TEXT    NOT NULL,
	policy          TEXT    NOT NULL,
	title           TEXT    NOT NULL,
	owner           TEXT,                  -- person, or null
	approver        TEXT,                  -- person, or null
	audience        TEXT    NOT NULL,      -- JSON list of keys of groups
	acknowledge     BOOLEAN NOT NULL,
	review_every    INTEGER NOT NULL,      -- months; 0: never
	review_approval BOOLEAN NOT NULL,
	governs         TEXT    NOT NULL,      -- JSON list of topics
	topics          TEXT    NOT NULL,      -- JSON list of topics
	controls        TEXT    NOT NULL,      -- JSON list of ids
	at              BIGINT  NOT NULL,
	account         TEXT    NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, policy) REFERENCES policy (org, id),
	FOREIGN KEY (org, owner) REFERENCES person (org, id),
	FOREIGN KEY (org, approver) REFERENCES person (org, id)
);
CREATE INDEX policy_setting_of ON policy_setting (org, policy, at, id);

CREATE TABLE policy_version (
	org          TEXT    NOT NULL,
	id           TEXT    NOT NULL,
	policy       TEXT    NOT NULL,
	major        INTEGER NOT NULL,
	minor        INTEGER NOT NULL,
	state        TEXT    NOT NULL,         -- draft, in_approval, approved, published or archived
	material     BOOLEAN NOT NULL,
	title        TEXT    NOT NULL,
	changed      TEXT    NOT NULL,         -- in the words of who changed it
	body         TEXT    NOT NULL,         -- Markdown with variables
	text         TEXT    NOT NULL,         -- filled in, when it was sent for approval or published
	undertakings TEXT    NOT NULL,         -- JSON
	file_name    TEXT    NOT NULL DEFAULT '',
	file_media   TEXT    NOT NULL DEFAULT '',
	file_bytes   BIGINT  NOT NULL DEFAULT 0,
	file_sha256  TEXT    NOT NULL DEFAULT '',
	file_text    TEXT    NOT NULL DEFAULT '',
	file_note    TEXT    NOT NULL DEFAULT '',
	written_by   TEXT    NOT NULL REFERENCES account (id),
	written_at   BIGINT  NOT NULL,
	round        INTEGER NOT NULL DEFAULT 0, -- how often approval was asked for
	sent_by      TEXT    NOT NULL DEFAULT '',
	approved_at  BIGINT  NOT NULL DEFAULT 0,
	published_by TEXT    NOT NULL DEFAULT '',
	published_at BIGINT  NOT NULL DEFAULT 0,
	ended_at     BIGINT  NOT NULL DEFAULT 0,
	digest       TEXT    NOT NULL DEFAULT '', -- of what was approved or published
	pdf_sha256   TEXT    NOT NULL DEFAULT '',
	stamp        TEXT    NOT NULL,           -- changes with every change of a draft
	PRIMARY KEY (org, id),
	UNIQUE (org, policy, major, minor),
	FOREIGN KEY (org, policy) REFERENCES policy (org, id)
);
-- one version in force, and one on its way there
CREATE UNIQUE INDEX policy_version_in_force ON policy_version (org, policy) WHERE state = 'published';
CREATE UNIQUE INDEX policy_version_next ON policy_version (org, policy) WHERE state IN ('draft', 'in_approval', 'approved');
CREATE INDEX policy_version_files ON policy_version (org, file_sha256);

-- What became of versions and policies, for their history; each row has its leaf.
CREATE TABLE policy_act (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	policy  TEXT   NOT NULL,
	version TEXT   NOT NULL,               -- id, or empty
	kind    TEXT   NOT NULL,               -- of the leaf
	body    TEXT   NOT NULL,               -- JSON: the payload of the leaf
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, policy) REFERENCES policy (org, id)
);
CREATE INDEX policy_act_of ON policy_act (org, policy, at, id);

CREATE TABLE policy_review (
	org         TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	policy      TEXT    NOT NULL,
	version     TEXT    NOT NULL,
	on_day      INTEGER NOT NULL,
	note        TEXT    NOT NULL,
	state       TEXT    NOT NULL,          -- counts, waits or rejected
	approved_at BIGINT  NOT NULL DEFAULT 0,
	at          BIGINT  NOT NULL,
	account     TEXT    NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, policy) REFERENCES policy (org, id),
	FOREIGN KEY (org, version) REFERENCES policy_version (org, id)
);
CREATE INDEX policy_review_of ON policy_review (org, policy, on_day);

CREATE TABLE policy_acknowledgement (
	org     TEXT    NOT NULL,
	id      TEXT    NOT NULL,
	policy  TEXT    NOT NULL,
	version TEXT    NOT NULL,
	major   INTEGER NOT NULL,
	person  TEXT    NOT NULL,
	account TEXT    NOT NULL REFERENCES account (id),
	at      BIGINT  NOT NULL,
	salt    TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, version) REFERENCES policy_version (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX policy_acknowledgement_of ON policy_acknowledgement (org, person, policy, major);
CREATE INDEX policy_acknowledgement_to ON policy_acknowledgement (org, policy, at);

-- How each person stands with all policies, drawn from what was asked and
-- acknowledged, in the same transactions.
CREATE TABLE policy_person (
	org   TEXT NOT NULL,
	id    TEXT NOT NULL,                   -- person
	marks TEXT NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, id) REFERENCES person (org, id)
);

-- Values that stand in the place of {{variables}}, and how long people have: the
-- last row holds.
CREATE TABLE policy_variable (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	name    TEXT   NOT NULL,
	value   TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX policy_variable_of ON policy_variable (org, name, at, id);

CREATE TABLE policy_rule (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	due_days INTEGER NOT NULL,             -- to acknowledge, from the day it is asked
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
