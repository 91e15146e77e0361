-- Devices: whose each is, and which of four words each source says to seven questions.
-- No column has a place for anything else of a machine: a text here is an id, a word of
-- a closed list, a key or hash, or what a person typed about it.
-- +goose Up
CREATE TABLE device (
	org        TEXT    NOT NULL REFERENCES organisation (id),
	id         TEXT    NOT NULL,            -- 32 hex digits, drawn by the server
	number     INTEGER NOT NULL,
	name       TEXT    NOT NULL DEFAULT '', -- typed by a person
	platform   TEXT    NOT NULL,
	owner      TEXT,                        -- person, or null: nobody's
	state      TEXT    NOT NULL,
	state_at   BIGINT  NOT NULL,
	reason     TEXT    NOT NULL DEFAULT '', -- typed by a person, for being lost or retired
	created_at BIGINT  NOT NULL,
	told       TEXT    NOT NULL DEFAULT '', -- what was last told to results, a line each: test, state, reason, since, until
	owned      TEXT    NOT NULL DEFAULT '', -- what was told of its owner, once more, to be searched
	lapses_at  BIGINT  NOT NULL DEFAULT 0,  -- when the first of what was told lapses; 0: nothing does
	PRIMARY KEY (org, id),
	UNIQUE (org, number),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE INDEX device_of_owner ON device (org, owner);
CREATE INDEX device_lapsing ON device (org, lapses_at);

-- The public keys a device had; the last without an end is the one it signs with.
CREATE TABLE device_key (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	device  TEXT   NOT NULL,
	key     TEXT   NOT NULL,             -- Ed25519, base64
	from_at BIGINT NOT NULL,
	to_at   BIGINT NOT NULL DEFAULT 0,   -- 0: in use
	why     TEXT   NOT NULL DEFAULT '',  -- why it ended
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, device) REFERENCES device (org, id)
);
CREATE UNIQUE INDEX device_key_open ON device_key (org, device) WHERE to_at = 0;

CREATE TABLE device_owner (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	device  TEXT   NOT NULL,
	person  TEXT,                        -- null: nobody
	from_at BIGINT NOT NULL,
	to_at   BIGINT NOT NULL DEFAULT 0,   -- 0: still
	account TEXT   NOT NULL DEFAULT '',  -- who said so; empty: the device itself or a source
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, device) REFERENCES device (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX device_owner_now ON device_owner (org, device) WHERE to_at = 0;

-- Who speaks of a device, and what was said last. A report that brings nothing new
-- touches this row and no other.
CREATE TABLE device_source (
	org        TEXT    NOT NULL REFERENCES organisation (id),
	device     TEXT    NOT NULL,
	kind       TEXT    NOT NULL,
	connection TEXT    NOT NULL DEFAULT '', -- id
	ref        TEXT    NOT NULL DEFAULT '', -- keyed hash of what the source calls the machine; empty for the agent and a person
	seen_at    BIGINT  NOT NULL DEFAULT 0,  -- when it last spoke, by our clock
	filed_at   BIGINT  NOT NULL DEFAULT 0,  -- when the report with seq was stored
	sent_at    BIGINT  NOT NULL DEFAULT 0,  -- by the device's clock, seconds
	seq        BIGINT  NOT NULL DEFAULT 0,
	hash       TEXT    NOT NULL DEFAULT '', -- of the report with seq
	batch      TEXT    NOT NULL DEFAULT '', -- of results that it became part of; empty: it brought nothing new
	build      BIGINT  NOT NULL DEFAULT 0,
	skew       BIGINT  NOT NULL DEFAULT 0,  -- seconds the device's clock is ahead
	gaps       BIGINT  NOT NULL DEFAULT 0,
	trouble    TEXT    NOT NULL DEFAULT '',
	verdicts   TEXT    NOT NULL DEFAULT '', -- a line each: check, verdict, reason, until
	PRIMARY KEY (org, device, kind, connection),
	FOREIGN KEY (org, device) REFERENCES device (org, id)
);
CREATE UNIQUE INDEX device_source_ref ON device_source (org, kind, connection, ref) WHERE ref <> '';

CREATE TABLE device_code (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	hash     TEXT    NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	person   TEXT,                        -- whose the device will be; null: nobody's at first
	device   TEXT,                        -- that is to be enrolled anew; null: a new one
	uses     INTEGER NOT NULL,            -- at first
	left_now INTEGER NOT NULL,            -- uses that are left
	until_at BIGINT  NOT NULL,
	at       BIGINT  NOT NULL,
	ended_at BIGINT  NOT NULL DEFAULT 0,  -- when somebody took it back
	ended_by TEXT    NOT NULL DEFAULT '',
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, hash),
	FOREIGN KEY (org, person) REFERENCES person (org, id),
	FOREIGN KEY (org, device) REFERENCES device (org, id)
);

-- An exception that was decided: a check a device need not pass for a while.
CREATE TABLE device_waiver (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	device   TEXT    NOT NULL,
	asked    TEXT    NOT NULL,            -- check
	reason   TEXT    NOT NULL,            -- typed by a person
	until_on INTEGER NOT NULL,            -- last day
	until_at BIGINT  NOT NULL,            -- the moment it is over
	account  TEXT    NOT NULL REFERENCES account (id),
	at       BIGINT  NOT NULL,
	ended_at BIGINT  NOT NULL DEFAULT 0,
	ended_by TEXT    NOT NULL DEFAULT '',
	salt     TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, device) REFERENCES device (org, id)
);
CREATE INDEX device_waiver_of ON device_waiver (org, device);

-- The life of a device.
CREATE TABLE device_event (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	device  TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	kind    TEXT   NOT NULL,
	account TEXT   NOT NULL DEFAULT '',   -- empty: nobody did it
	person  TEXT,                         -- whom it was given to
	asked   TEXT   NOT NULL DEFAULT '',   -- check
	reason  TEXT   NOT NULL DEFAULT '',   -- typed by a person
	n       BIGINT NOT NULL DEFAULT 0,
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, device) REFERENCES device (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX device_event_of ON device_event (org, device, at);

-- That somebody other than the owner looked at a device, once for an account and day.
CREATE TABLE device_look (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	device  TEXT    NOT NULL,
	account TEXT    NOT NULL REFERENCES account (id),
	on_day  INTEGER NOT NULL,
	at      BIGINT  NOT NULL,
	PRIMARY KEY (org, device, account, on_day),
	FOREIGN KEY (org, device) REFERENCES device (org, id)
);

-- What an organisation chose; the newest row holds.
CREATE TABLE device_setting (
	org             TEXT    NOT NULL REFERENCES organisation (id),
	id              TEXT    NOT NULL,
	from_at         BIGINT  NOT NULL,
	account         TEXT    NOT NULL REFERENCES account (id),
	lock_minutes    INTEGER NOT NULL,
	accept_built_in BOOLEAN NOT NULL,
	linux_antivirus BOOLEAN NOT NULL,
	accept_extended BOOLEAN NOT NULL,
	interval_minutes INTEGER NOT NULL,
	self_enrol      BOOLEAN NOT NULL,
	org_code        BOOLEAN NOT NULL,
	salt            TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX device_setting_newest ON device_setting (org, from_at);
