-- Who has completed which training. A completion is written once; a reset ends its
-- round and leaves it where it is.
-- +goose Up
-- How a track runs: the last row at or before a moment holds at it.
CREATE TABLE training_setting (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	track    TEXT    NOT NULL,             -- security, hipaa or ai
	method   TEXT    NOT NULL,
	link     TEXT    NOT NULL,             -- of a course elsewhere
	provider TEXT    NOT NULL,             -- id of a connection, or empty
	reason   TEXT    NOT NULL,             -- of opting out
	renewal  TEXT    NOT NULL,             -- never, after_a_year or on_one_date
	month    INTEGER NOT NULL,             -- of on_one_date
	day      INTEGER NOT NULL,
	due_days INTEGER NOT NULL,
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX training_setting_at ON training_setting (org, track, at, id);

-- Many completions or resets at once are one fact of the log.
CREATE TABLE training_batch (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	kind    TEXT    NOT NULL,              -- of the leaf, such as training.sync
	track   TEXT    NOT NULL,
	source  TEXT    NOT NULL,              -- id of a connection, or empty
	reason  TEXT    NOT NULL,              -- of a reset
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL,              -- empty: Toucan itself
	changes BIGINT  NOT NULL,
	root    TEXT    NOT NULL,              -- of the tree over the changes, each salted as the batch
	salt    TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX training_batch_at ON training_batch (org, at, id);

CREATE TABLE training_completion (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	person   TEXT    NOT NULL,
	track    TEXT    NOT NULL,
	method   TEXT    NOT NULL,
	course   TEXT    NOT NULL,
	version  TEXT    NOT NULL,             -- of a course that ships, or empty
	score    INTEGER NOT NULL,             -- per cent; 0: none was reported
	at       BIGINT  NOT NULL,             -- completed
	heard_at BIGINT  NOT NULL,
	source   TEXT    NOT NULL,             -- account, or id of a connection
	evidence TEXT,
	code     TEXT    NOT NULL,             -- of a certificate Toucan made, or empty
	batch    TEXT,                         -- it came with, or null: a leaf of its own
	salt     TEXT    NOT NULL,             -- of that leaf
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id),
	FOREIGN KEY (org, evidence) REFERENCES evidence_item (org, id),
	FOREIGN KEY (org, batch) REFERENCES training_batch (org, id)
);
CREATE INDEX training_completion_of ON training_completion (org, track, person, at);
CREATE INDEX training_completion_person ON training_completion (org, person, at);
CREATE UNIQUE INDEX training_completion_code ON training_completion (org, code) WHERE code <> '';

CREATE TABLE training_reset (
	org     TEXT    NOT NULL,
	id      TEXT    NOT NULL,
	person  TEXT    NOT NULL,
	track   TEXT    NOT NULL,
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL,              -- empty: the renewal of the track
	reason  TEXT    NOT NULL,
	due     INTEGER NOT NULL,              -- civil day
	batch   TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id),
	FOREIGN KEY (org, batch) REFERENCES training_batch (org, id)
);
CREATE INDEX training_reset_of ON training_reset (org, track, person, at);
CREATE INDEX training_reset_person ON training_reset (org, person, at);

-- What a provider said last of somebody who has not completed a track.
CREATE TABLE training_known (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	person     TEXT   NOT NULL,
	track      TEXT   NOT NULL,
	connection TEXT   NOT NULL,
	state      TEXT   NOT NULL,
	reason     TEXT   NOT NULL,
	at         BIGINT NOT NULL,            -- since it is said
	PRIMARY KEY (org, id),
	UNIQUE (org, track, connection, person),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX training_known_person ON training_known (org, person);

-- One way through a course. Answers are kept while they are needed to show the
-- result, and no longer; the attempt stays.
CREATE TABLE training_attempt (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	person   TEXT    NOT NULL,
	track    TEXT    NOT NULL,
	course   TEXT    NOT NULL,
	version  TEXT    NOT NULL,
	number   INTEGER NOT NULL,             -- first, second ... of this person and track
	seed     TEXT    NOT NULL,             -- of the order of the options
	begun_at BIGINT  NOT NULL,
	ended_at BIGINT  NOT NULL,             -- 0 while it goes on
	right_n  INTEGER NOT NULL,             -- answers that were right; counted at the end
	of_n     INTEGER NOT NULL,
	passed   BOOLEAN NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX training_attempt_open ON training_attempt (org, person, track) WHERE ended_at = 0;
CREATE INDEX training_attempt_of ON training_attempt (org, person, track, begun_at);

CREATE TABLE training_answer (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	attempt  TEXT    NOT NULL,
	question TEXT    NOT NULL,
	chosen   TEXT    NOT NULL,             -- ids of options, with a comma between
	correct  BOOLEAN NOT NULL,
	at       BIGINT  NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, attempt, question),
	FOREIGN KEY (org, attempt) REFERENCES training_attempt (org, id)
);

CREATE TABLE training_lesson (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	attempt TEXT   NOT NULL,
	lesson  TEXT   NOT NULL,
	at      BIGINT NOT NULL,               -- read to its end
	PRIMARY KEY (org, id),
	UNIQUE (org, attempt, lesson),
	FOREIGN KEY (org, attempt) REFERENCES training_attempt (org, id)
);
