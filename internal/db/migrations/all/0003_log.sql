-- One Merkle log per organisation (RFC 6962 tree, stored as golang.org/x/mod/sumdb/tlog
-- numbers it). log_leaf and log_hash are only ever added to; the head holds the
-- size and the right edge of the tree, so that appending reads one row.
-- +goose Up
CREATE TABLE log_head (
	org  TEXT   NOT NULL PRIMARY KEY REFERENCES organisation (id),
	size BIGINT NOT NULL,
	edge TEXT   NOT NULL                   -- hex hashes of the complete subtrees, biggest first
);

CREATE TABLE log_leaf (
	org  TEXT   NOT NULL,
	n    BIGINT NOT NULL,                  -- from 0, without gaps
	kind TEXT   NOT NULL,                  -- also in data; here to be found by
	at   BIGINT NOT NULL,
	data TEXT   NOT NULL,                  -- canonical JSON, exactly the bytes that were hashed
	PRIMARY KEY (org, n),
	FOREIGN KEY (org) REFERENCES log_head (org)
);

CREATE TABLE log_hash (
	org TEXT   NOT NULL,
	n   BIGINT NOT NULL,                   -- index of tlog.StoredHashIndex
	h   TEXT   NOT NULL,                   -- hex
	PRIMARY KEY (org, n),
	FOREIGN KEY (org) REFERENCES log_head (org)
);
