-- Training providers: what opens them, what of them counts for which track, and
-- what each sync found.
-- +goose Up
CREATE TABLE training_connection (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	kind        TEXT    NOT NULL,            -- knowbe4, huntress or webhook
	name        TEXT    NOT NULL,
	region      TEXT    NOT NULL,            -- of knowbe4
	client      TEXT    NOT NULL,            -- id of an OAuth client, or empty
	secret      TEXT    NOT NULL,            -- sealed with a key outside the database; empty once ended
	account     TEXT    NOT NULL REFERENCES account (id), -- who made it
	at          BIGINT  NOT NULL,
	ended_at    BIGINT  NOT NULL DEFAULT 0,
	asked_since BIGINT  NOT NULL DEFAULT 0,  -- first question of the provider's day
	asked       BIGINT  NOT NULL DEFAULT 0,  -- questions since then
	salt        TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);

-- What counts for a track: the last row at or before a moment holds at it.
CREATE TABLE training_selection (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	connection TEXT   NOT NULL,
	track      TEXT   NOT NULL,
	campaigns  TEXT   NOT NULL,              -- JSON: list of id and title
	account    TEXT   NOT NULL,
	at         BIGINT NOT NULL,
	salt       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, connection) REFERENCES training_connection (org, id)
);
CREATE INDEX training_selection_at ON training_selection (org, connection, track, at, id);

-- One row a sync, a delivery or an import.
CREATE TABLE training_run (
	org          TEXT   NOT NULL,
	id           TEXT   NOT NULL,
	connection   TEXT,                       -- null: a file
	account      TEXT   NOT NULL,            -- who asked for it; empty: the daily round, or a delivery
	began_at     BIGINT NOT NULL,
	ended_at     BIGINT NOT NULL,
	asked        BIGINT NOT NULL,            -- people it asked about
	heard        BIGINT NOT NULL,            -- accounts or records that were read
	completed    BIGINT NOT NULL,            -- new completions
	changed      BIGINT NOT NULL,            -- people of whom something else is said than before
	not_enrolled BIGINT NOT NULL,
	unclear      BIGINT NOT NULL,
	mismatched   BIGINT NOT NULL,
	fault        TEXT   NOT NULL,            -- why nothing, or not all, was taken in; empty: it was
	note         TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, connection) REFERENCES training_connection (org, id)
);
CREATE INDEX training_run_at ON training_run (org, connection, began_at, id);

-- What the newest sync of a connection found that somebody has to look at. Names of
-- accounts at a provider are in no other table, and go with the next sync.
CREATE TABLE training_trouble (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	connection TEXT   NOT NULL,
	run        TEXT   NOT NULL,
	n          BIGINT NOT NULL,              -- order in it
	track      TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	person     TEXT   NOT NULL,              -- id, or empty
	account    TEXT   NOT NULL,              -- what the provider calls them
	text       TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, connection) REFERENCES training_connection (org, id),
	FOREIGN KEY (org, run) REFERENCES training_run (org, id)
);
CREATE INDEX training_trouble_of ON training_trouble (org, connection, n);

-- Messages of a webhook that were taken in: a message that comes again does nothing.
CREATE TABLE training_delivery (
	org        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	connection TEXT   NOT NULL,
	message    TEXT   NOT NULL,              -- hex SHA-256 of the sender's id of it
	at         BIGINT NOT NULL,
	run        TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, connection, message),
	FOREIGN KEY (org, connection) REFERENCES training_connection (org, id),
	FOREIGN KEY (org, run) REFERENCES training_run (org, id)
);
