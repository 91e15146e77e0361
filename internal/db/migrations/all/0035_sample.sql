-- Auditors examine a control item by item: they want the population of all its
-- instances, a selection nobody could steer, and what was found. Until now that was
-- done in spreadsheets, where nobody could show that the list was not changed later.
-- +goose Up
CREATE TABLE population (
	org            TEXT   NOT NULL,
	id             TEXT   NOT NULL,
	control        TEXT   NOT NULL,
	from_day       BIGINT NOT NULL,             -- of the observation window; civil days
	to_day         BIGINT NOT NULL,
	name           TEXT   NOT NULL,
	source         TEXT   NOT NULL,             -- where the list comes from, so that somebody else can take it again
	parameters     TEXT   NOT NULL,
	extracted_at   BIGINT NOT NULL,             -- 0 while nobody has said
	completeness   TEXT   NOT NULL,             -- how completeness and accuracy were checked
	pace           TEXT   NOT NULL,
	columns        TEXT   NOT NULL,             -- JSON array of headings
	file           TEXT   NOT NULL,
	row_count      BIGINT NOT NULL,
	hash           TEXT   NOT NULL,             -- of the rows, when it was fixed; empty while it is a draft
	made_at        BIGINT NOT NULL,
	made_by        TEXT   NOT NULL REFERENCES account (id),
	fixed_at       BIGINT NOT NULL DEFAULT 0,   -- from then on nothing changes
	fixed_by       TEXT   REFERENCES account (id),
	salt           TEXT   NOT NULL,             -- of the last leaf about the draft, then of its fixing
	erased_at      BIGINT NOT NULL DEFAULT 0,
	erased_by      TEXT   REFERENCES account (id),
	erased_because TEXT   NOT NULL DEFAULT '',
	erase_salt     TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE INDEX population_by_control ON population (org, control);

-- The one place of what a population says of people; erasing it leaves the hash.
CREATE TABLE population_row (
	org        TEXT   NOT NULL,
	population TEXT   NOT NULL,
	n          BIGINT NOT NULL,                 -- from 1
	row_key    TEXT   NOT NULL,
	day        BIGINT NOT NULL,                 -- civil day, 0 for none
	stratum    TEXT   NOT NULL,
	cells      TEXT   NOT NULL,                 -- JSON array
	PRIMARY KEY (org, population, n),
	FOREIGN KEY (org, population) REFERENCES population (org, id)
);

CREATE TABLE sample_round (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	population TEXT   NOT NULL,
	round      BIGINT NOT NULL,                 -- from 1
	method     TEXT   NOT NULL,                 -- random, stratified, all, by_hand or replacement
	size       BIGINT NOT NULL,                 -- items it brought
	reason     TEXT   NOT NULL,
	note       TEXT   NOT NULL,                 -- the signed checkpoint, in the round that was seeded from it
	root       TEXT   NOT NULL,
	log_size   BIGINT NOT NULL,
	seed       TEXT   NOT NULL,                 -- hex; empty where nothing was left to chance
	at         BIGINT NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, population) REFERENCES population (org, id)
);
CREATE UNIQUE INDEX sample_round_by_number ON sample_round (org, population, round);

CREATE TABLE sample_item (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	population TEXT   NOT NULL,
	sample     TEXT   NOT NULL,                 -- the round that brought it
	place      BIGINT NOT NULL,                 -- in the whole selection, from 1
	row_n      BIGINT NOT NULL,
	replaces   TEXT,                            -- the item it took the place of
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, sample) REFERENCES sample_round (org, id),
	FOREIGN KEY (org, population) REFERENCES population (org, id),
	FOREIGN KEY (org, replaces) REFERENCES sample_item (org, id)
);
CREATE UNIQUE INDEX sample_item_once ON sample_item (org, population, row_n);

-- What each item is tested for; the last row of a population holds.
CREATE TABLE sample_attribute (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	population TEXT   NOT NULL,
	texts      TEXT   NOT NULL,                 -- JSON array: A, B, C ...
	at         BIGINT NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, population) REFERENCES population (org, id)
);
CREATE INDEX sample_attribute_by_population ON sample_attribute (org, population, at);

-- What was found; the last row of an item and an attribute holds, the others are
-- its history.
CREATE TABLE sample_result (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	population TEXT   NOT NULL,
	item       TEXT   NOT NULL,
	attribute  TEXT   NOT NULL,                 -- a letter
	result     TEXT   NOT NULL,                 -- pass, exception, not_applicable, or empty: taken back
	reason     TEXT   NOT NULL,
	evidence   TEXT   NOT NULL,                 -- ids of evidence items, one a line
	at         BIGINT NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	salt       TEXT   NOT NULL,                 -- emptied when the reason is erased
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, item) REFERENCES sample_item (org, id),
	FOREIGN KEY (org, population) REFERENCES population (org, id)
);
CREATE INDEX sample_result_by_population ON sample_result (org, population, at);

-- How many items are examined at each pace; the last row of a pace holds.
CREATE TABLE sample_band (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	pace    TEXT   NOT NULL,
	low     BIGINT NOT NULL,
	high    BIGINT NOT NULL,
	percent BIGINT NOT NULL,
	least   BIGINT NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX sample_band_by_time ON sample_band (org, at);
