-- What an organisation has to do again and again, and the dates of its audits: until
-- now neither stood anywhere, so nobody was asked and nothing was missed.
-- +goose Up
CREATE TABLE obligation (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	code    TEXT   NOT NULL,               -- OBL-01 of those that ship, OBL-101 and on of one's own
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id),
	UNIQUE (org, code)
);

-- What it asks from a day on: the last row at or before a day holds on it.
CREATE TABLE obligation_text (
	org        TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	obligation TEXT    NOT NULL,
	from_on    INTEGER NOT NULL,           -- civil day
	body       TEXT    NOT NULL,           -- JSON
	at         BIGINT  NOT NULL,
	account    TEXT    NOT NULL REFERENCES account (id),
	salt       TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, obligation) REFERENCES obligation (org, id)
);
CREATE INDEX obligation_text_of ON obligation_text (org, obligation, from_on, at);

-- A person's word that it was done for a period, with evidence.
CREATE TABLE obligation_act (
	org         TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	obligation  TEXT    NOT NULL,
	period_from INTEGER NOT NULL,
	period_to   INTEGER NOT NULL,          -- the day it was due
	on_day      INTEGER NOT NULL,          -- when it was done
	item        TEXT    NOT NULL,          -- of evidence
	note        TEXT    NOT NULL,
	at          BIGINT  NOT NULL,
	account     TEXT    NOT NULL REFERENCES account (id),
	salt        TEXT    NOT NULL,
	undone_at   BIGINT  NOT NULL DEFAULT 0,
	undone_by   TEXT    NOT NULL DEFAULT '',
	undone_why  TEXT    NOT NULL DEFAULT '',
	undone_salt TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, obligation) REFERENCES obligation (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id)
);
CREATE INDEX obligation_act_of ON obligation_act (org, obligation, period_to);

-- One date of the audits: a visit, a decision, a window, a letter.
CREATE TABLE engagement (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id)
);

-- What is planned or known of it: the last row holds.
CREATE TABLE engagement_text (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	engagement TEXT   NOT NULL,
	body       TEXT   NOT NULL,            -- JSON
	at         BIGINT NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, engagement) REFERENCES engagement (org, id)
);
CREATE INDEX engagement_text_of ON engagement_text (org, engagement, at);

-- Addresses at which a person's own calendar program reads the calendar.
CREATE TABLE calendar_feed (
	org        TEXT   NOT NULL REFERENCES organisation (id),
	id         TEXT   NOT NULL,
	account    TEXT   NOT NULL REFERENCES account (id),
	name       TEXT   NOT NULL,
	token      TEXT   NOT NULL,            -- hex SHA-256; the token itself is nowhere
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL DEFAULT 0,
	revoked_at BIGINT NOT NULL DEFAULT 0,
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, token)
);
CREATE INDEX calendar_feed_of ON calendar_feed (org, account);
