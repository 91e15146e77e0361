-- What an audit or a test turned up was written nowhere, and what is done about it
-- stood in as many lists as there were sources.
-- +goose Up
-- The last number given to a code of each kind: F-001, ACT-001. None is used twice.
CREATE TABLE finding_number (
	org TEXT    NOT NULL REFERENCES organisation (id),
	id  TEXT    NOT NULL,                   -- finding or action
	n   INTEGER NOT NULL,
	PRIMARY KEY (org, id)
);

-- One thing that did not conform, or could be better, as it stands now. How it
-- came to stand so is in finding_act.
CREATE TABLE finding (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	n            INTEGER NOT NULL,          -- of the code: F-001
	kind         TEXT    NOT NULL,          -- nonconformity, exception, observation or opportunity
	grade        TEXT    NOT NULL,          -- major, minor, or empty: only nonconformities have one
	reason       TEXT    NOT NULL,          -- of the grade
	source_kind  TEXT    NOT NULL,          -- internal_audit, external_audit, confirmation, test, sample, incident, review or self
	source       TEXT    NOT NULL,          -- opaque id of what raised it, or empty
	source_words TEXT    NOT NULL,
	title        TEXT    NOT NULL,
	statement    TEXT    NOT NULL,          -- what was required, what was found
	objective    TEXT    NOT NULL,          -- what was seen, in words
	owner        TEXT,                      -- person who answers for it
	found_on     INTEGER NOT NULL,          -- civil day
	raised_at    BIGINT  NOT NULL,
	raised_by    TEXT    NOT NULL,          -- account, or empty: by itself
	correction   TEXT    NOT NULL DEFAULT '',
	corrected_on INTEGER NOT NULL DEFAULT 0,
	cause        TEXT    NOT NULL DEFAULT '',
	response     TEXT    NOT NULL DEFAULT '',   -- what was decided about it, where no cause is asked
	checker      TEXT,                      -- person who checks whether it worked
	check_on     INTEGER NOT NULL DEFAULT 0,    -- planned day
	checked_on   INTEGER NOT NULL DEFAULT 0,
	checked_at   BIGINT  NOT NULL DEFAULT 0,    -- when that was said
	checked_by   TEXT    NOT NULL DEFAULT '',   -- account
	worked       TEXT    NOT NULL DEFAULT '',   -- yes, no, or empty: not checked
	check_note   TEXT    NOT NULL DEFAULT '',
	failed       INTEGER NOT NULL DEFAULT 0,    -- how often a check found that it did not work
	reopened     INTEGER NOT NULL DEFAULT 0,    -- how often it was opened again
	closed_on    INTEGER NOT NULL DEFAULT 0,
	closed_at    BIGINT  NOT NULL DEFAULT 0,
	closed_by    TEXT    NOT NULL DEFAULT '',
	close_note   TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	UNIQUE (org, n),
	FOREIGN KEY (org, owner) REFERENCES person (org, id),
	FOREIGN KEY (org, checker) REFERENCES person (org, id)
);
CREATE INDEX finding_by_source ON finding (org, source_kind, source);
CREATE INDEX finding_open ON finding (org, n) WHERE closed_at = 0;
CREATE INDEX finding_by_owner ON finding (org, owner);
CREATE INDEX finding_by_checker ON finding (org, checker);

-- One thing somebody does about something: the backlog of all sources.
CREATE TABLE finding_action (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	n            INTEGER NOT NULL,          -- of the code: ACT-001
	source_kind  TEXT    NOT NULL,          -- such as finding, risk, review, audit, gap
	source       TEXT    NOT NULL,          -- opaque id of what it answers
	source_words TEXT    NOT NULL,
	title        TEXT    NOT NULL,
	detail       TEXT    NOT NULL,
	owner        TEXT,                      -- person who does it
	due          INTEGER NOT NULL,          -- civil day, or 0
	state        TEXT    NOT NULL,          -- open, done or dropped
	outcome      TEXT    NOT NULL DEFAULT '',   -- what was done, or why it was dropped
	moved        INTEGER NOT NULL DEFAULT 0,    -- how often its day was moved
	created_at   BIGINT  NOT NULL,
	created_by   TEXT    NOT NULL,          -- account, or empty: by itself
	done_on      INTEGER NOT NULL DEFAULT 0,
	ended_at     BIGINT  NOT NULL DEFAULT 0,
	ended_by     TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	UNIQUE (org, n),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE INDEX finding_action_by_source ON finding_action (org, source_kind, source);
CREATE INDEX finding_action_open ON finding_action (org, due) WHERE state = 'open';
CREATE INDEX finding_action_by_owner ON finding_action (org, owner);

-- Which controls and requirements a finding or an action is about, and since when.
CREATE TABLE finding_about (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	finding     TEXT,
	action      TEXT,
	control     TEXT,
	framework   TEXT   NOT NULL DEFAULT '',
	requirement TEXT   NOT NULL DEFAULT '',
	from_at     BIGINT NOT NULL,
	to_at       BIGINT,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, finding) REFERENCES finding (org, id),
	FOREIGN KEY (org, action) REFERENCES finding_action (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE INDEX finding_about_finding ON finding_about (org, finding);
CREATE INDEX finding_about_action ON finding_about (org, action);
CREATE INDEX finding_about_control ON finding_about (org, control);
CREATE INDEX finding_about_requirement ON finding_about (org, framework, requirement) WHERE to_at IS NULL;

-- Evidence that shows a finding, its correction, its check, or that an action was done.
CREATE TABLE finding_item (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	finding TEXT,
	action  TEXT,
	part    TEXT   NOT NULL,                -- objective, correction, check or done
	item    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, finding) REFERENCES finding (org, id),
	FOREIGN KEY (org, action) REFERENCES finding_action (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id)
);
CREATE INDEX finding_item_finding ON finding_item (org, finding);
CREATE INDEX finding_item_action ON finding_item (org, action);
CREATE INDEX finding_item_item ON finding_item (org, item);

-- What became of a finding or an action, a line for each leaf of the log.
CREATE TABLE finding_act (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	finding TEXT,
	action  TEXT,
	kind    TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,                -- empty: Toucan
	body    TEXT   NOT NULL,                -- JSON, as hashed
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, finding) REFERENCES finding (org, id),
	FOREIGN KEY (org, action) REFERENCES finding_action (org, id)
);
CREATE INDEX finding_act_finding ON finding_act (org, finding, at);
CREATE INDEX finding_act_action ON finding_act (org, action, at);
