-- The statement of applicability: whether a control of Annex A applies stood with the
-- scope of the framework; why, whether it is implemented and whose it is stood nowhere.
-- +goose Up
-- What people say of one control of the statement, from a moment on. Whether it is
-- left out is said by framework_change and nowhere else.
CREATE TABLE statement_line (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	code     TEXT    NOT NULL,              -- A.5.1, or C-1 for a control of the organisation's own
	body     TEXT    NOT NULL,              -- JSON: reasons, risks, claim, owner; of an own control also what it is
	retired  TEXT    NOT NULL DEFAULT '',   -- why an own control went out of the statement
	from_at  BIGINT  NOT NULL,
	to_at    BIGINT  NOT NULL DEFAULT 0,    -- 0: it holds
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX statement_line_holds ON statement_line (org, code) WHERE to_at = 0;
CREATE INDEX statement_line_by_code ON statement_line (org, code, from_at);

-- A statement as it was sent for approval. Its rows are frozen; one that was approved
-- never changes.
CREATE TABLE statement_version (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	number   INTEGER NOT NULL,              -- of the statement; one that was rejected leaves its number to the next
	round    INTEGER NOT NULL,              -- how often that number was sent
	state    TEXT    NOT NULL,              -- sent, approved, rejected or withdrawn
	note     TEXT    NOT NULL,              -- what changed, in a sentence
	content  TEXT    NOT NULL,              -- JSON: the rows as they stood
	digest   TEXT    NOT NULL,              -- hex SHA-256 of content
	counts   TEXT    NOT NULL,              -- JSON: how many rows of which kind
	sent_at  BIGINT  NOT NULL,
	sent_by  TEXT    NOT NULL REFERENCES account (id),
	ended_at BIGINT  NOT NULL DEFAULT 0,    -- approved, rejected or withdrawn
	evidence TEXT    NOT NULL DEFAULT '',   -- id of the item the approved one is kept as
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX statement_version_number ON statement_version (org, number) WHERE state = 'approved';
CREATE UNIQUE INDEX statement_version_sent ON statement_version (org) WHERE state = 'sent';
