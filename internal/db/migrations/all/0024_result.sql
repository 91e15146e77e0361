-- What automated tests found, as intervals: until now nothing but a person's word
-- could show that a control operated.
-- +goose Up

-- One test of one subject. The name of the subject may be a person's account: it
-- stands here and nowhere else.
CREATE TABLE result_series (
	org       TEXT   NOT NULL REFERENCES organisation (id),
	id        TEXT   NOT NULL,
	test      TEXT   NOT NULL,             -- key
	subject   TEXT   NOT NULL,
	n         BIGINT NOT NULL,             -- number of the subject within the test, from 1
	sealed_at BIGINT NOT NULL DEFAULT 0,   -- reports from this moment on are all in recent; 0: all there ever were
	recent    TEXT   NOT NULL,             -- the last reports, a line each: at, until, state, reason
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX result_series_of_subject ON result_series (org, test, subject);
CREATE UNIQUE INDEX result_series_number ON result_series (org, test, n);

CREATE TABLE result_interval (
	org      TEXT   NOT NULL,
	series   TEXT   NOT NULL,
	from_at  BIGINT NOT NULL,
	to_at    BIGINT NOT NULL,              -- not part of it
	last_at  BIGINT NOT NULL,              -- time of the last report that speaks of it
	state    TEXT   NOT NULL,
	reason   TEXT   NOT NULL,
	filed_at BIGINT NOT NULL,              -- when this state was first known of this stretch
	PRIMARY KEY (org, series, from_at),
	FOREIGN KEY (org, series) REFERENCES result_series (org, id)
);

-- A batch that changed what is known of some state. Its leaf has the root over its
-- changes, so that no single one can be altered later.
CREATE TABLE result_batch (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	reports BIGINT NOT NULL,
	changes BIGINT NOT NULL,
	root    TEXT   NOT NULL,               -- hex
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX result_batch_at ON result_batch (org, at);

CREATE TABLE result_change (
	org     TEXT   NOT NULL,
	batch   TEXT   NOT NULL,
	n       BIGINT NOT NULL,               -- from 1
	series  TEXT   NOT NULL,
	state   TEXT   NOT NULL,               -- from now on known of the stretch; stale: nothing is
	reason  TEXT   NOT NULL,
	from_at BIGINT NOT NULL,
	to_at   BIGINT NOT NULL,
	PRIMARY KEY (org, batch, n),
	FOREIGN KEY (org, batch) REFERENCES result_batch (org, id),
	FOREIGN KEY (org, series) REFERENCES result_series (org, id)
);
CREATE INDEX result_change_of_series ON result_change (org, series);

-- Which test feeds which control, where the library does not say so already.
CREATE TABLE test_assignment (
	org         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	test        TEXT   NOT NULL,
	control     TEXT   NOT NULL,
	from_at     BIGINT NOT NULL,
	to_at       BIGINT,                    -- null: in force
	account     TEXT   NOT NULL REFERENCES account (id),
	salt        TEXT   NOT NULL,
	end_account TEXT   REFERENCES account (id),
	end_salt    TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE UNIQUE INDEX test_assignment_open ON test_assignment (org, test, control) WHERE to_at IS NULL;
CREATE INDEX test_assignment_by_control ON test_assignment (org, control);
