-- What somebody has to do, who signs what off, and the mail that says so. Until
-- now text waited for "somebody else", and nobody was told.
-- +goose Up
-- A person of the register and an account that signs in are two things; somebody
-- who manages people says that they are the same human being.
CREATE TABLE person_account (
	org     TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	person  TEXT   NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	from_at BIGINT NOT NULL,
	to_at   BIGINT,                        -- null while it holds
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX person_account_open ON person_account (org, person) WHERE to_at IS NULL;
CREATE UNIQUE INDEX person_account_one ON person_account (org, account) WHERE to_at IS NULL;

CREATE TABLE task (
	org          TEXT    NOT NULL REFERENCES organisation (id),
	id           TEXT    NOT NULL,
	assignee     TEXT    NOT NULL,         -- 'a:' and an account, or 'p:' and a person of the register
	kind         TEXT    NOT NULL,         -- such as control.approve
	subject_kind TEXT    NOT NULL,
	subject      TEXT    NOT NULL,         -- id
	words        TEXT    NOT NULL,         -- what the subject is called
	title        TEXT    NOT NULL,
	due          INTEGER NOT NULL,         -- civil day, in days since 1970; 0: no day
	by_hand      BOOLEAN NOT NULL,         -- who has it may say that it is done
	fixed        BOOLEAN NOT NULL,         -- nobody can hand it to somebody else
	state        TEXT    NOT NULL,         -- open, done or cancelled
	created_at   BIGINT  NOT NULL,
	created_by   TEXT    NOT NULL,         -- account, or empty: the system
	ended_at     BIGINT  NOT NULL DEFAULT 0,
	ended_by     TEXT    NOT NULL DEFAULT '',
	reason       TEXT    NOT NULL DEFAULT '',
	salt         TEXT    NOT NULL,         -- of the leaf that tells of the end
	PRIMARY KEY (org, id)
);
-- the same cause makes one task
CREATE UNIQUE INDEX task_open ON task (org, kind, subject_kind, subject, assignee) WHERE state = 'open';
CREATE INDEX task_of ON task (org, assignee, state, due);
CREATE INDEX task_ended ON task (org, ended_at);

CREATE TABLE task_change (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	task     TEXT    NOT NULL,
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL,             -- empty: the system
	assignee TEXT    NOT NULL,             -- from then on
	due      INTEGER NOT NULL,
	state    TEXT    NOT NULL,
	reason   TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, task) REFERENCES task (org, id)
);
CREATE INDEX task_change_of ON task_change (org, task, at);

-- At most one reminder for an account and a day, on whatever node.
CREATE TABLE reminder (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	account TEXT    NOT NULL REFERENCES account (id),
	day     INTEGER NOT NULL,
	at      BIGINT  NOT NULL,
	message TEXT    NOT NULL,              -- id in notice
	PRIMARY KEY (org, id),
	UNIQUE (org, account, day)
);

-- Who wants no mail, and when an organisation sends any: the last row holds.
CREATE TABLE task_preference (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	account TEXT    NOT NULL REFERENCES account (id),
	mail    BOOLEAN NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, account)
);
CREATE TABLE reminder_setting (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	hour     INTEGER NOT NULL,             -- local; not before
	weekends BOOLEAN NOT NULL,
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);

-- What is to be sent, and what became of it. Text and address are here and
-- nowhere else: they go when it is delivered, the row some days later.
CREATE TABLE notice (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	id       TEXT   NOT NULL,
	channel  TEXT   NOT NULL,              -- mail or webhook
	kind     TEXT   NOT NULL,              -- what it is about, such as task.reminder
	target   TEXT   NOT NULL,              -- address of the mail, or URL
	secret   TEXT   NOT NULL,              -- of the webhook, sealed
	subject  TEXT   NOT NULL,
	body     TEXT   NOT NULL,
	state    TEXT   NOT NULL,              -- waiting, sent or failed
	attempts INTEGER NOT NULL,
	at       BIGINT NOT NULL,
	next_at  BIGINT NOT NULL,              -- not tried before
	ended_at BIGINT NOT NULL,
	why      TEXT   NOT NULL,              -- one sentence: why it waits or failed
	PRIMARY KEY (org, id)
);
CREATE INDEX notice_by_time ON notice (org, at);

-- Who signs off what: the last row of a kind at or before a moment holds at it.
CREATE TABLE approval_policy (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	tiers   TEXT   NOT NULL,               -- JSON, in order; [] asks for nobody
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX approval_policy_at ON approval_policy (org, kind, at, id);

CREATE TABLE approval (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	id       TEXT   NOT NULL,
	kind     TEXT   NOT NULL,
	subject  TEXT   NOT NULL,
	version  TEXT   NOT NULL,
	digest   TEXT   NOT NULL,              -- hex SHA-256 of what is signed off, or empty
	words    TEXT   NOT NULL,
	author   TEXT   NOT NULL,              -- account, who never decides
	tiers    TEXT   NOT NULL,              -- JSON, as the policy was when it was asked for
	chosen   BOOLEAN NOT NULL,             -- somebody chose the policy; false: it is the one that ships
	state    TEXT   NOT NULL,              -- open, approved, rejected or withdrawn
	at       BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX approval_of ON approval (org, kind, subject, version);
CREATE INDEX approval_open ON approval (org, at) WHERE state = 'open';

CREATE TABLE approval_decision (
	org      TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	approval TEXT    NOT NULL,
	tier     INTEGER NOT NULL,             -- from 0
	account  TEXT    NOT NULL REFERENCES account (id),
	yes      BOOLEAN NOT NULL,
	reason   TEXT    NOT NULL,
	at       BIGINT  NOT NULL,
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, approval, account),
	FOREIGN KEY (org, approval) REFERENCES approval (org, id)
);
