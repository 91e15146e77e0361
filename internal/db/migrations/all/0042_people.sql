-- A person is more than a line of a list: somebody who leaves and comes back, is
-- away for a while, reports to somebody, belongs to groups, is let off something
-- for a reason. Each of these says from when to when it holds, so that a day of
-- the past can be asked about.
-- +goose Up
ALTER TABLE person ADD COLUMN manager TEXT NOT NULL DEFAULT '';      -- id of the person they report to, or empty
ALTER TABLE person ADD COLUMN by_hand TEXT NOT NULL DEFAULT '';      -- JSON: fields set by hand and when, which no list changes
ALTER TABLE person ADD COLUMN erased_at BIGINT NOT NULL DEFAULT 0;   -- when name and address were erased, or 0

-- Stretches of days in the life of a person here. The present stint, or the last,
-- is start_on and end_on of the person; the ones before it are here.
CREATE TABLE person_span (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	person   TEXT    NOT NULL,
	kind     TEXT    NOT NULL,             -- stint, leave or out of scope
	from_day INTEGER NOT NULL,             -- civil day; 0: always did
	to_day   INTEGER NOT NULL,             -- last day; 0: open
	reason   TEXT    NOT NULL,             -- why out of scope; empty for the others
	account  TEXT    NOT NULL REFERENCES account (id),
	at       BIGINT  NOT NULL,
	ended_at BIGINT  NOT NULL DEFAULT 0,   -- when it was taken back as a mistake; 0: it counts
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX person_span_by_person ON person_span (org, person);

-- What each source last said of a person.
CREATE TABLE person_source (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	person      TEXT   NOT NULL,
	source      TEXT   NOT NULL,           -- hr or directory
	external    TEXT   NOT NULL,           -- what the source calls the person, or empty
	said        TEXT   NOT NULL,           -- JSON: field → value and since when the source says it
	seen_at     BIGINT NOT NULL,           -- when a list of it last named the person with news
	unlisted_at BIGINT NOT NULL DEFAULT 0, -- when a full list first did not name them any more; 0: it does
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX person_source_one ON person_source (org, person, source);

-- Groups made here; those that ship are in the program.
CREATE TABLE people_group (
	org       TEXT    NOT NULL REFERENCES organisation (id),
	id        TEXT    NOT NULL,            -- the key audiences name
	label     TEXT    NOT NULL,
	about     TEXT    NOT NULL,
	everyone  BOOLEAN NOT NULL,
	managers  BOOLEAN NOT NULL,
	kinds     TEXT    NOT NULL,            -- separated by commas
	functions TEXT    NOT NULL,            -- separated by commas
	at        BIGINT  NOT NULL,
	ended_at  BIGINT  NOT NULL DEFAULT 0,  -- when it was closed; 0: in use
	salt      TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);

-- Who is in a group by hand, of whichever kind the group is.
CREATE TABLE people_group_member (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	group_key  TEXT   NOT NULL,
	person     TEXT   NOT NULL,
	from_at    BIGINT NOT NULL,
	to_at      BIGINT NOT NULL DEFAULT 0,  -- 0: still
	account    TEXT   NOT NULL REFERENCES account (id),
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX people_group_member_once ON people_group_member (org, group_key, person) WHERE to_at = 0;

-- Who is let off which check, and why.
CREATE TABLE person_exclusion (
	org      TEXT   NOT NULL,
	id       TEXT   NOT NULL,
	batch    TEXT   NOT NULL,              -- the same for those made at once
	person   TEXT   NOT NULL,
	asked    TEXT   NOT NULL,              -- key of the check
	reason   TEXT   NOT NULL,
	from_at  BIGINT NOT NULL,
	until_at BIGINT NOT NULL,              -- first moment at which it no longer holds; 0: open
	account  TEXT   NOT NULL REFERENCES account (id),
	ended_at BIGINT NOT NULL DEFAULT 0,    -- when somebody ended it; 0: nobody did
	ended_by TEXT   NOT NULL DEFAULT '',
	salt     TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX person_exclusion_by_person ON person_exclusion (org, person);
