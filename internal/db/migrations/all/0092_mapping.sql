-- A crosswalk that nobody looks at again is a liability. Until now nothing said
-- when it was last reviewed, what put it in doubt since, or whether those who do
-- the work agree with it; and a gap analysis was a page, gone once it was closed.
-- +goose Up
-- A review names lines of the crosswalk to look at. At most one is open; what
-- happens meanwhile extends it.
CREATE TABLE crosswalk_review (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	opened_at   BIGINT  NOT NULL,
	opened_by   TEXT    NOT NULL DEFAULT '', -- account, or empty: an event
	reviewer    TEXT,                        -- person; none: whoever may
	due         INTEGER NOT NULL,
	closed_at   BIGINT  NOT NULL DEFAULT 0,
	closed_by   TEXT    NOT NULL DEFAULT '',
	words       TEXT    NOT NULL DEFAULT '', -- what the reviewer found, when it was closed
	salt        TEXT    NOT NULL,
	closed_salt TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, reviewer) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX crosswalk_review_open ON crosswalk_review (org) WHERE closed_at = 0;

-- Why a review was opened or extended. An event is taken once, whatever became of its review.
CREATE TABLE crosswalk_trigger (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	review  TEXT,                        -- none: nothing of the crosswalk rested on it
	kind    TEXT    NOT NULL,
	ref     TEXT    NOT NULL,            -- what changed, opaque
	event   TEXT    NOT NULL,            -- key of the event
	words   TEXT    NOT NULL,
	named   INTEGER NOT NULL,            -- how many lines it put in doubt
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL DEFAULT '',
	salt    TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, review) REFERENCES crosswalk_review (org, id)
);
CREATE UNIQUE INDEX crosswalk_trigger_once ON crosswalk_trigger (org, event);
CREATE INDEX crosswalk_trigger_of ON crosswalk_trigger (org, review);

-- A line to look at: the link of a control, or the row of a set. One that is
-- doubted again after it was answered is asked again.
CREATE TABLE crosswalk_item (
	org              TEXT   NOT NULL REFERENCES organisation (id),
	id               TEXT   NOT NULL,
	review           TEXT   NOT NULL,
	control          TEXT,                       -- of a link; none for a row
	mapping_set      TEXT   NOT NULL DEFAULT '', -- of a row; empty for a link
	source_framework TEXT   NOT NULL DEFAULT '',
	source           TEXT   NOT NULL DEFAULT '',
	framework        TEXT   NOT NULL,            -- the target
	requirement      TEXT   NOT NULL,
	reason           TEXT   NOT NULL,
	asked_at         BIGINT NOT NULL,
	gone_at          BIGINT NOT NULL DEFAULT 0,  -- when its requirement went with an edition; nothing is left to answer
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, review) REFERENCES crosswalk_review (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE INDEX crosswalk_item_of ON crosswalk_item (org, review);

-- What a reviewer said, of one line or of many at once.
CREATE TABLE crosswalk_answer (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	review  TEXT   NOT NULL,
	answer  TEXT   NOT NULL,           -- true, change or challenge
	note    TEXT   NOT NULL DEFAULT '',
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, review) REFERENCES crosswalk_review (org, id)
);
CREATE INDEX crosswalk_answer_of ON crosswalk_answer (org, review);
CREATE TABLE crosswalk_answered (
	org    TEXT NOT NULL REFERENCES organisation (id),
	id     TEXT NOT NULL, -- of the answer
	item   TEXT NOT NULL,
	PRIMARY KEY (org, id, item),
	FOREIGN KEY (org, id) REFERENCES crosswalk_answer (org, id),
	FOREIGN KEY (org, item) REFERENCES crosswalk_item (org, id)
);

-- Up to when changed texts of controls were looked for.
CREATE TABLE crosswalk_watch (
	org TEXT   NOT NULL REFERENCES organisation (id),
	id  TEXT   NOT NULL, -- what is watched
	at  BIGINT NOT NULL,
	PRIMARY KEY (org, id)
);

-- A round asks owners whether their controls are what really happens.
CREATE TABLE confirmation_round (
	org       TEXT    NOT NULL REFERENCES organisation (id),
	id        TEXT    NOT NULL,
	functions TEXT    NOT NULL DEFAULT '', -- keys, one a line; none: all
	due       INTEGER NOT NULL,
	at        BIGINT  NOT NULL,
	account   TEXT    NOT NULL REFERENCES account (id),
	salt      TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE TABLE confirmation_ask (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	round    TEXT    NOT NULL,
	control  TEXT    NOT NULL,
	person   TEXT    NOT NULL,
	function TEXT    NOT NULL DEFAULT '', -- of the person, then
	at       BIGINT  NOT NULL,
	ended_at BIGINT  NOT NULL DEFAULT 0,
	ended    TEXT    NOT NULL DEFAULT '', -- answered, handed over or dropped
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, round) REFERENCES confirmation_round (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX confirmation_ask_open ON confirmation_ask (org, control, person) WHERE ended_at = 0;
CREATE INDEX confirmation_ask_of ON confirmation_ask (org, person, ended_at);

-- What an owner said of the text that was shown.
CREATE TABLE confirmation_answer (
	org       TEXT    NOT NULL REFERENCES organisation (id),
	id        TEXT    NOT NULL,
	ask       TEXT    NOT NULL,
	control   TEXT    NOT NULL,
	version   INTEGER NOT NULL,           -- of the control as it was shown
	digest    TEXT    NOT NULL,           -- of what was shown
	person    TEXT    NOT NULL,
	function  TEXT    NOT NULL DEFAULT '',
	answer    TEXT    NOT NULL,           -- yes, no or not_mine
	reason    TEXT    NOT NULL DEFAULT '',
	suggested TEXT,                       -- person whose it is instead
	at        BIGINT  NOT NULL,
	account   TEXT    NOT NULL REFERENCES account (id),
	salt      TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, ask) REFERENCES confirmation_ask (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id),
	FOREIGN KEY (org, suggested) REFERENCES person (org, id)
);
CREATE INDEX confirmation_answer_of ON confirmation_answer (org, control, at);

-- A gap analysis that is kept: five steps, each with what it came to.
CREATE TABLE gap_analysis (
	org            TEXT   NOT NULL REFERENCES organisation (id),
	id             TEXT   NOT NULL,
	name           TEXT   NOT NULL,
	from_framework TEXT   NOT NULL,
	to_framework   TEXT   NOT NULL,
	at             BIGINT NOT NULL,
	account        TEXT   NOT NULL REFERENCES account (id),
	salt           TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
-- The last row of a step says how it stands. The output of a step that is done is never changed.
CREATE TABLE gap_step (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	analysis TEXT    NOT NULL,
	step     INTEGER NOT NULL,            -- 1 to 5
	act      TEXT    NOT NULL,            -- begun, noted, done or reopened
	note     TEXT    NOT NULL DEFAULT '', -- what was decided, or why it is open again
	output   TEXT    NOT NULL DEFAULT '', -- JSON, of done
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, analysis) REFERENCES gap_analysis (org, id)
);
CREATE INDEX gap_step_of ON gap_step (org, analysis, step, at);
