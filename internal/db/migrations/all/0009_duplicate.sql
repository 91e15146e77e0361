-- An inventory and the library say the same thing twice, and until now nothing
-- could join the two. A control is never deleted: a retired one points at the one
-- that took its place, and can be brought back. And customers who hold a licence
-- can keep the points of focus of a framework here, as their own text.
-- +goose Up
CREATE TABLE retirement (
	org       TEXT   NOT NULL,
	id        TEXT   NOT NULL,
	control   TEXT   NOT NULL,             -- no longer counts while to_at is null
	successor TEXT   NOT NULL,             -- took its place
	from_at   BIGINT NOT NULL,
	to_at     BIGINT,                      -- null while it holds
	account   TEXT   NOT NULL REFERENCES account (id),
	ended_by  TEXT   REFERENCES account (id),
	salt      TEXT   NOT NULL,
	end_salt  TEXT   NOT NULL DEFAULT '',  -- of the leaf that tells of the end
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id),
	FOREIGN KEY (org, successor) REFERENCES control (org, id)
);
CREATE UNIQUE INDEX retirement_open ON retirement (org, control) WHERE to_at IS NULL;

-- What a person said of a suggestion: two controls are distinct, a control is an
-- entry of the library, or it is not.
CREATE TABLE merge_decision (
	org      TEXT   NOT NULL,
	id       TEXT   NOT NULL,
	kind     TEXT   NOT NULL,              -- distinct, entry or not_entry
	control  TEXT   NOT NULL,
	other    TEXT,                         -- the other control, when distinct
	entry    TEXT   NOT NULL,              -- code of the library's entry, otherwise
	from_at  BIGINT NOT NULL,
	to_at    BIGINT,
	account  TEXT   NOT NULL REFERENCES account (id),
	ended_by TEXT   REFERENCES account (id),
	salt     TEXT   NOT NULL,
	end_salt TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id),
	FOREIGN KEY (org, other) REFERENCES control (org, id)
);
CREATE UNIQUE INDEX merge_decision_entry ON merge_decision (org, control) WHERE to_at IS NULL AND kind = 'entry';
CREATE INDEX merge_decision_at ON merge_decision (org, from_at, to_at);

CREATE TABLE point_import (
	org       TEXT   NOT NULL REFERENCES organisation (id),
	id        TEXT   NOT NULL,
	framework TEXT   NOT NULL,
	file      TEXT   NOT NULL,
	points    BIGINT NOT NULL,
	at        BIGINT NOT NULL,
	account   TEXT   NOT NULL REFERENCES account (id), -- who said that the organisation holds a licence for the text
	erased_at BIGINT NOT NULL DEFAULT 0,   -- also when a newer import took its place
	end_salt  TEXT   NOT NULL DEFAULT '',  -- of the leaf that tells of the erasure
	salt      TEXT   NOT NULL,             -- emptied with the text: then the leaf can no longer be guessed
	PRIMARY KEY (org, id)
);
CREATE INDEX point_import_by_framework ON point_import (org, framework, at);

CREATE TABLE point_of_focus (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	import      TEXT   NOT NULL,
	framework   TEXT   NOT NULL,
	requirement TEXT   NOT NULL,
	number      TEXT   NOT NULL,           -- as the file has it
	position    BIGINT NOT NULL,           -- among the points of the file
	text        TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, import) REFERENCES point_import (org, id)
);
CREATE INDEX point_of_focus_by_requirement ON point_of_focus (org, framework, requirement, position);
