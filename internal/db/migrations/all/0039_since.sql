-- A control is judged from the day it is said to operate, and a day ends when the
-- organisation's own clock says so. Until now nobody could say since when a
-- control runs, and a change of time zone rewrote every day of the past.
-- +goose Up
ALTER TABLE control ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- civil day; 0 when nobody said

CREATE TABLE organisation_zone (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	was     TEXT   NOT NULL,            -- zone until then; that of the first change held from the beginning
	zone    TEXT   NOT NULL,            -- zone from then on
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL REFERENCES account (id),
	salt    TEXT   NOT NULL,            -- of the leaf that tells of it
	PRIMARY KEY (org, id)
);
