-- The tables of an organisation: every key starts with org, so that the way to
-- sharding stays open, and foreign keys carry it, so that no row can point at
-- another organisation's.
-- +goose Up
CREATE TABLE member (
	org        TEXT   NOT NULL REFERENCES organisation (id),
	id         TEXT   NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	role       TEXT   NOT NULL,            -- empty once removed; the row stays for the log
	since      BIGINT NOT NULL,            -- when it got the role it has
	salt       TEXT   NOT NULL,            -- of the leaf that tells of it
	PRIMARY KEY (org, id),
	UNIQUE (org, account)
);
CREATE INDEX member_by_account ON member (account);

CREATE TABLE invitation (
	org         TEXT   NOT NULL REFERENCES organisation (id),
	id          TEXT   NOT NULL,
	email       TEXT   NOT NULL,
	role        TEXT   NOT NULL,
	token       TEXT   NOT NULL,           -- hex SHA-256
	invited_by  TEXT   NOT NULL REFERENCES account (id),
	created_at  BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	accepted_at BIGINT NOT NULL DEFAULT 0,
	revoked_at  BIGINT NOT NULL DEFAULT 0,
	salt        TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, token)
);

-- The register of persons: the one erasable place of personal data in an organisation.
CREATE TABLE person (
	org        TEXT   NOT NULL REFERENCES organisation (id),
	id         TEXT   NOT NULL,
	name       TEXT   NOT NULL,
	email      TEXT   NOT NULL,            -- lower case, or empty
	function   TEXT   NOT NULL,
	title      TEXT   NOT NULL,
	kind       TEXT   NOT NULL,            -- employee, contractor or service
	start_on   TEXT   NOT NULL,            -- 2026-03-01, or empty when unknown
	end_on     TEXT   NOT NULL,            -- last day, or empty
	updated_at BIGINT NOT NULL,
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX person_by_email ON person (org, email) WHERE email <> '';

-- Controls as they stand now, and every version they had. Text that waits for a
-- second person is in control_version only.
CREATE TABLE control (
	org        TEXT   NOT NULL REFERENCES organisation (id),
	id         TEXT   NOT NULL,
	code       TEXT   NOT NULL,
	code_key   TEXT   NOT NULL,            -- code in lower case: lower() differs between the engines, and row-level security keeps it from an index
	title      TEXT   NOT NULL,
	statement  TEXT   NOT NULL,
	domain     TEXT   NOT NULL,
	owner      TEXT,                       -- person, or null
	kind       TEXT   NOT NULL,
	frequency  TEXT   NOT NULL,
	evidence   TEXT   NOT NULL,            -- kinds, one a line
	population TEXT   NOT NULL,
	status     TEXT   NOT NULL,
	version    BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	origin     TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX control_by_code ON control (org, code_key);

CREATE TABLE control_version (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	control     TEXT   NOT NULL,
	number      BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	author      TEXT   NOT NULL REFERENCES account (id),
	what        TEXT   NOT NULL,           -- what changed, for a person
	content     TEXT   NOT NULL,           -- JSON, the whole control as it was left
	salt        TEXT   NOT NULL,           -- erase it with content, and the leaf can no longer be guessed
	approval    TEXT   NOT NULL,           -- empty, pending, approved or withdrawn
	approved_by TEXT   NOT NULL,
	approved_at BIGINT NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, control, number),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE INDEX control_version_pending ON control_version (org, at) WHERE approval = 'pending';

-- What a control is tagged with, effective-dated: enabling or linking today
-- changes nothing about last year.
CREATE TABLE link (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	control     TEXT   NOT NULL,
	framework   TEXT   NOT NULL,
	requirement TEXT   NOT NULL,
	relation    TEXT   NOT NULL,           -- empty: a tag whose relation nobody stated
	rationale   TEXT   NOT NULL,
	from_at     BIGINT NOT NULL,
	to_at       BIGINT,                    -- null while it holds; the moment itself no longer counts
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE UNIQUE INDEX link_open ON link (org, control, framework, requirement) WHERE to_at IS NULL;
-- all links of an organisation are read at once and often: this index alone answers
CREATE INDEX link_at ON link (org, control, framework, requirement, relation, from_at, to_at);
CREATE INDEX link_rationale ON link (org) WHERE rationale <> '';

CREATE TABLE link_change (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	control TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);

-- One row for each decision on frameworks, scope and stack; the last one at or
-- before a moment holds at it. key is '' for the framework as a whole,
-- 'category:CC' or 'requirement:A.7.1' for its parts.
CREATE TABLE framework_change (
	org       TEXT    NOT NULL REFERENCES organisation (id),
	id        TEXT    NOT NULL,
	framework TEXT    NOT NULL,
	part      TEXT    NOT NULL,
	included  BOOLEAN NOT NULL,
	reason    TEXT    NOT NULL,
	at        BIGINT  NOT NULL,
	account   TEXT    NOT NULL REFERENCES account (id),
	salt      TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX framework_change_by_part ON framework_change (org, framework, part, at, id);

CREATE TABLE stack_change (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	sets    TEXT   NOT NULL,               -- ids in order, one a line; empty means the default stack
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);

CREATE TABLE import_run (
	org       TEXT   NOT NULL REFERENCES organisation (id),
	id        TEXT   NOT NULL,
	file      TEXT   NOT NULL,
	at        BIGINT NOT NULL,
	account   TEXT   NOT NULL REFERENCES account (id),
	created   BIGINT NOT NULL,
	updated   BIGINT NOT NULL,
	unchanged BIGINT NOT NULL,
	salt      TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
