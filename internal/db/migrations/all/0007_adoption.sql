-- Controls can be adopted from the library. What was taken is kept, word for word,
-- so that one can later be told what was edited here and what the library changed.
-- One row for each decision about a control: 'adopted', 'updated' or 'declined'
-- (of a newer wording); the last one at or before a moment holds at it.
-- +goose Up
CREATE TABLE adoption (
	org      TEXT   NOT NULL,
	id       TEXT   NOT NULL,
	control  TEXT   NOT NULL,
	entry    TEXT   NOT NULL,            -- code of the library's entry
	decision TEXT   NOT NULL,
	digest   TEXT   NOT NULL,            -- hex SHA-256 of content
	content  TEXT   NOT NULL,            -- JSON, the entry and what it counted for
	at       BIGINT NOT NULL,
	account  TEXT   NOT NULL REFERENCES account (id),
	salt     TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE UNIQUE INDEX adoption_of_entry ON adoption (org, entry) WHERE decision = 'adopted';
CREATE UNIQUE INDEX adoption_of_control ON adoption (org, control) WHERE decision = 'adopted';
CREATE INDEX adoption_at ON adoption (org, at, id);
