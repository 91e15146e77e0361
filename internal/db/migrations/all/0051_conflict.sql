-- What was decided about two documents that contradict each other. Until now a
-- contradiction could be found and not settled.
-- +goose Up
-- The last row about a pair and a subject at or before a moment holds, as long as
-- both sides still say what they said then.
CREATE TABLE policy_conflict_decision (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	first       TEXT    NOT NULL,      -- policy
	second      TEXT    NOT NULL,      -- policy; or the control that the first one is looser than
	subject     TEXT    NOT NULL,
	property    TEXT    NOT NULL,
	first_value TEXT    NOT NULL,      -- what was decided about
	second_value TEXT   NOT NULL,
	choice      TEXT    NOT NULL,      -- governs, consolidate, no_conflict or withdrawn
	governing   TEXT    NOT NULL DEFAULT '', -- policy that governs
	owner       TEXT,                  -- person who consolidates
	due         INTEGER NOT NULL DEFAULT 0,
	reason      TEXT    NOT NULL,
	at          BIGINT  NOT NULL,
	account     TEXT    NOT NULL REFERENCES account (id),
	salt        TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, first) REFERENCES policy (org, id),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE INDEX policy_conflict_decision_of ON policy_conflict_decision (org, first, second, subject, at, id);
