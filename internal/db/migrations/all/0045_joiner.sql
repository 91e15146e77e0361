-- Who begins gets what they need, and who leaves gives back what they had: until
-- now neither was asked, done or shown anywhere.
-- +goose Up
-- What an organisation changed of the steps that ship, and its own: the last row
-- of a step at or before a moment holds at it. A checklist keeps what held when it
-- began, unless the change was meant for the running ones too.
CREATE TABLE joiner_step (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	list     TEXT    NOT NULL,              -- joining or leaving
	step     TEXT    NOT NULL,              -- such as ON-01, or an id of its own
	retired  BOOLEAN NOT NULL,              -- not asked from then on
	running  BOOLEAN NOT NULL,              -- also in checklists that had begun
	body     TEXT    NOT NULL,              -- JSON: title, detail, who does it, days, groups, evidence, topics
	from_at  BIGINT  NOT NULL,
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX joiner_step_by_time ON joiner_step (org, from_at, id);

-- Since when checklists begin, who does what for whom, and how long removal of
-- access may take. The last row at or before a moment holds at it.
CREATE TABLE joiner_setting (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	body    TEXT   NOT NULL,                -- JSON
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX joiner_setting_by_time ON joiner_setting (org, at, id);

-- The checklist of one person for one stint.
CREATE TABLE joiner_run (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	list     TEXT    NOT NULL,
	person   TEXT    NOT NULL,
	day      INTEGER NOT NULL,              -- first working day, or the last
	state    TEXT    NOT NULL,              -- open, done or cancelled
	began_at BIGINT  NOT NULL,
	began_by TEXT    NOT NULL,              -- account, or empty: by itself
	ended_at BIGINT  NOT NULL DEFAULT 0,
	ended_by TEXT    NOT NULL DEFAULT '',
	reason   TEXT    NOT NULL DEFAULT '',   -- why it was cancelled
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX joiner_run_open ON joiner_run (org, list, person) WHERE state = 'open';
CREATE INDEX joiner_run_by_day ON joiner_run (org, list, day);
CREATE INDEX joiner_run_by_person ON joiner_run (org, person);

CREATE TABLE joiner_run_step (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	run      TEXT    NOT NULL,
	step     TEXT    NOT NULL,
	n        INTEGER NOT NULL,              -- place in the list
	title    TEXT    NOT NULL,              -- as it was when the list began, or changed for it
	body     TEXT    NOT NULL,              -- JSON, as in joiner_step
	removal  BOOLEAN NOT NULL,              -- it shows that access is gone
	assignee TEXT    NOT NULL,              -- person, or empty: nobody was found
	chosen   TEXT    NOT NULL,              -- one sentence when it is not who the step names
	due      INTEGER NOT NULL,
	state    TEXT    NOT NULL,              -- open, done, not_needed or withdrawn
	done_at  BIGINT  NOT NULL DEFAULT 0,    -- when it happened, as was said
	said_at  BIGINT  NOT NULL DEFAULT 0,    -- when that was said
	account  TEXT    NOT NULL DEFAULT '',   -- who said it; empty: Toucan
	note     TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	UNIQUE (org, run, step),
	FOREIGN KEY (org, run) REFERENCES joiner_run (org, id)
);
CREATE INDEX joiner_run_step_open ON joiner_run_step (org, run, due) WHERE state = 'open';
CREATE INDEX joiner_run_step_removal ON joiner_run_step (org, run) WHERE removal;
CREATE INDEX joiner_run_step_by_assignee ON joiner_run_step (org, assignee) WHERE state = 'open';

-- What was attached to a step.
CREATE TABLE joiner_run_item (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	step    TEXT   NOT NULL,                -- of the run
	item    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	UNIQUE (org, step, item),
	FOREIGN KEY (org, step) REFERENCES joiner_run_step (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id)
);

-- What became of a checklist, a line for each leaf of the log.
CREATE TABLE joiner_act (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	run     TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,                -- empty: Toucan
	body    TEXT   NOT NULL,                -- JSON, as hashed
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, run) REFERENCES joiner_run (org, id)
);
CREATE INDEX joiner_act_of ON joiner_act (org, run, at);

-- That a check took place and who decided; never what was found. Erasing empties
-- everything but the ids.
CREATE TABLE background_check (
	org       TEXT    NOT NULL,
	id        TEXT    NOT NULL,
	person    TEXT    NOT NULL,
	day       INTEGER NOT NULL,             -- first day of the stint it is for
	outcome   TEXT    NOT NULL,             -- empty while nobody decided
	completed INTEGER NOT NULL,             -- civil day, or 0
	decided   INTEGER NOT NULL,
	delete_by INTEGER NOT NULL,             -- the report, by the provider and the people team
	body      TEXT    NOT NULL,             -- JSON: the other fields of the form
	at        BIGINT  NOT NULL,             -- last change
	account   TEXT    NOT NULL REFERENCES account (id),
	erased_at BIGINT  NOT NULL DEFAULT 0,
	salt      TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX background_check_by_person ON background_check (org, person);
