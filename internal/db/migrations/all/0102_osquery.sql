-- Machines that run osquery report without our agent. Of a host is kept what knows it
-- again, and of what it says only verdicts, which are in the tables of devices.
-- +goose Up
CREATE TABLE device_osquery_secret (
	org       TEXT   NOT NULL REFERENCES organisation (id),
	id        TEXT   NOT NULL,
	name      TEXT   NOT NULL,
	hash      TEXT   NOT NULL, -- of the text, which was shown once
	host_salt TEXT   NOT NULL, -- the same in every row of the organisation: host identifiers are hashed with it
	account   TEXT   NOT NULL REFERENCES account (id),
	at        BIGINT NOT NULL,
	until     BIGINT NOT NULL DEFAULT 0, -- 0: until it is ended
	ended_at  BIGINT NOT NULL DEFAULT 0,
	salt      TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX device_osquery_secret_hash ON device_osquery_secret (org, hash);

CREATE TABLE device_osquery_node (
	org         TEXT   NOT NULL REFERENCES organisation (id),
	id          TEXT   NOT NULL,
	host        TEXT   NOT NULL, -- salted hash of the host identifier
	key_hash    TEXT   NOT NULL, -- of the node key
	platform    TEXT   NOT NULL,
	secret      TEXT   NOT NULL, -- it enrolled with last
	enrolled_at BIGINT NOT NULL,
	seen_at     BIGINT NOT NULL, -- when it last asked anything, to the half minute
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, secret) REFERENCES device_osquery_secret (org, id)
);
CREATE UNIQUE INDEX device_osquery_node_host ON device_osquery_node (org, host);
CREATE UNIQUE INDEX device_osquery_node_key ON device_osquery_node (org, key_hash);
CREATE INDEX device_osquery_node_secret ON device_osquery_node (org, secret);

-- How many rows were taken, and how many thrown away, by the day.
CREATE TABLE device_osquery_count (
	org  TEXT    NOT NULL REFERENCES organisation (id),
	day  INTEGER NOT NULL,
	what TEXT    NOT NULL,
	n    BIGINT  NOT NULL,
	PRIMARY KEY (org, day, what)
);
