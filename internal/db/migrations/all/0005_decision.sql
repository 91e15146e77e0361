-- The crosswalk is changed by people: they confirm, challenge and override rows
-- of the mapping sets, propose rows of their own, and attest what no relation
-- closes. Until now a person could only choose among sets.
-- +goose Up
-- The last row of a subject and authority at or before a moment holds at it. The
-- subject is the pair, from either side, and the set: '' is a proposal of the
-- organisation, '*' an override, which is about the pair and not about one row.
CREATE TABLE edge_decision (
	org              TEXT   NOT NULL REFERENCES organisation (id),
	id               TEXT   NOT NULL,
	mapping_set      TEXT   NOT NULL,
	source_framework TEXT   NOT NULL,
	source           TEXT   NOT NULL,
	target_framework TEXT   NOT NULL,
	target           TEXT   NOT NULL,
	kind             TEXT   NOT NULL,      -- confirm, challenge, override, propose or withdraw
	authority        TEXT   NOT NULL,      -- organisation or auditor
	relation         TEXT   NOT NULL,      -- from source to target: what is stated, or what the row said when it was judged
	strength         BIGINT NOT NULL,      -- 1 to 10, or 0 where nobody stated one
	rationale        TEXT   NOT NULL,
	residual         TEXT   NOT NULL,
	at               BIGINT NOT NULL,
	account          TEXT   NOT NULL REFERENCES account (id),
	salt             TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX edge_decision_by_time ON edge_decision (org, at, id);
CREATE INDEX edge_decision_by_source ON edge_decision (org, source_framework, source, at);

-- A named person's word that the listed sources suffice. It holds from at until
-- the moment until, or until somebody ends it.
CREATE TABLE attestation (
	org              TEXT   NOT NULL REFERENCES organisation (id),
	id               TEXT   NOT NULL,
	target_framework TEXT   NOT NULL,
	target           TEXT   NOT NULL,
	source_framework TEXT   NOT NULL,
	sources          TEXT   NOT NULL,      -- ids, one a line
	reason           TEXT   NOT NULL,
	until            BIGINT NOT NULL,      -- the moment itself no longer counts
	at               BIGINT NOT NULL,
	account          TEXT   NOT NULL REFERENCES account (id),
	ended_at         BIGINT NOT NULL DEFAULT 0,
	ended_by         TEXT   NOT NULL DEFAULT '',
	salt             TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX attestation_by_target ON attestation (org, target_framework, target);

-- The revision of the organisation at which each of its tables was last written,
-- so that a page need not read ten thousand controls again because a row of the
-- crosswalk was confirmed. part '' counts the changes that wrote it down.
CREATE TABLE written (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	part     TEXT   NOT NULL,
	revision BIGINT NOT NULL,
	PRIMARY KEY (org, part)
);
