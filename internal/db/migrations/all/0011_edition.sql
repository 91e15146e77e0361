-- Frameworks and mapping sets an organisation brings, and the content of those it
-- rests on: until now everybody had what the binary shipped, and a newer binary
-- could change what was asked of last year.
-- +goose Up
CREATE TABLE edition (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	kind    TEXT   NOT NULL,               -- framework or set
	ref     TEXT   NOT NULL,               -- id of the framework or set; two contents of one id are two editions
	family  TEXT   NOT NULL,
	version TEXT   NOT NULL,
	title   TEXT   NOT NULL,
	digest  TEXT   NOT NULL,               -- hex SHA-256 of the content
	size    BIGINT NOT NULL,               -- rows
	source  TEXT   NOT NULL,               -- the file it came from; empty: it shipped
	content TEXT   NOT NULL,               -- canonical JSON, gzip, base64
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, kind, ref, digest)
);

-- Which content of an id holds: the last row at or before a moment. Without a row,
-- or with an empty edition, it is what ships, or nothing.
CREATE TABLE pin_change (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	ref     TEXT   NOT NULL,
	edition TEXT,
	digest  TEXT   NOT NULL,               -- of the edition, so that most readers need no content
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, edition) REFERENCES edition (org, id)
);
CREATE INDEX pin_change_at ON pin_change (org, at, id);

-- A change from one edition to another, with what was answered for each row and
-- what was carried, so that it can be undone.
CREATE TABLE upgrade (
	org          TEXT   NOT NULL REFERENCES organisation (id),
	id           TEXT   NOT NULL,
	kind         TEXT   NOT NULL,
	from_edition TEXT   NOT NULL,
	to_edition   TEXT   NOT NULL,
	at           BIGINT NOT NULL,
	account      TEXT   NOT NULL REFERENCES account (id),
	answers      TEXT   NOT NULL,          -- JSON: what became of each row, and where it was carried
	carried      TEXT   NOT NULL,          -- JSON: every answer that was written anew, as it was and as it is
	salt         TEXT   NOT NULL,
	undone_at    BIGINT NOT NULL DEFAULT 0,
	undone_by    TEXT   NOT NULL DEFAULT '',
	undone_salt  TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, from_edition) REFERENCES edition (org, id),
	FOREIGN KEY (org, to_edition) REFERENCES edition (org, id)
);

-- An undone upgrade leaves a part as though nobody had ever decided about it.
ALTER TABLE framework_change ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;
