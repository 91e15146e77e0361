-- Systems that manage devices are asked what they say of our checks. Of their answers
-- only verdicts are kept, in the tables of devices.
-- +goose Up
CREATE TABLE device_connection (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	kind        TEXT    NOT NULL,            -- fleet, intune or jamf
	name        TEXT    NOT NULL,
	address     TEXT    NOT NULL,            -- of fleet and jamf
	tenant      TEXT    NOT NULL,            -- of intune
	client      TEXT    NOT NULL,            -- id of an OAuth client, or empty
	secret      TEXT    NOT NULL,            -- sealed with a key outside the database; empty once ended
	mapping     TEXT    NOT NULL,            -- of fleet: which policy answers which check, JSON
	account     TEXT    NOT NULL REFERENCES account (id), -- who made it
	at          BIGINT  NOT NULL,
	paused_at   BIGINT  NOT NULL DEFAULT 0,
	ended_at    BIGINT  NOT NULL DEFAULT 0,
	asked_since BIGINT  NOT NULL DEFAULT 0,  -- first question of the day
	asked       BIGINT  NOT NULL DEFAULT 0,  -- questions since then
	salt        TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);

-- What came of asking, kept for 90 days.
CREATE TABLE device_connection_run (
	org        TEXT    NOT NULL REFERENCES organisation (id),
	id         TEXT    NOT NULL,
	connection TEXT    NOT NULL,
	account    TEXT    NOT NULL,             -- who asked for it; empty: the hourly round
	began_at   BIGINT  NOT NULL,
	ended_at   BIGINT  NOT NULL,
	heard      INTEGER NOT NULL,
	skipped    INTEGER NOT NULL,
	owned      INTEGER NOT NULL,
	created    INTEGER NOT NULL,
	changed    INTEGER NOT NULL,
	fault      TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, connection) REFERENCES device_connection (org, id)
);
CREATE INDEX device_connection_run_of ON device_connection_run (org, connection, began_at);
