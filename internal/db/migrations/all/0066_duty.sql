-- Policies, obligations and the method of risk name roles; until now nobody could
-- say who holds one. Who held it when decides who may accept a risk, and who is
-- independent enough to audit what.
-- +goose Up
CREATE TABLE duty (
	org      TEXT    NOT NULL REFERENCES organisation (id),
	id       TEXT    NOT NULL,
	role     TEXT    NOT NULL,              -- such as security-officer
	person   TEXT    NOT NULL,
	from_on  INTEGER NOT NULL,              -- first day, in the organisation's zone
	to_on    INTEGER NOT NULL DEFAULT 0,    -- last day; 0: none yet
	at       BIGINT  NOT NULL,
	account  TEXT    NOT NULL REFERENCES account (id),
	ended_at BIGINT  NOT NULL DEFAULT 0,
	ended_by TEXT    NOT NULL DEFAULT '',
	salt     TEXT    NOT NULL,
	end_salt TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX duty_by_role ON duty (org, role, from_on);
