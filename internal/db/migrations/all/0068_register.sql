-- What the company runs, promises and buys: systems, sites, assets, commitments and
-- vendors. Until now they stood in spreadsheets nobody could link to. Names are kept
-- a second time as they are compared, because lower() differs between the engines.
-- +goose Up
CREATE TABLE system (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	number      INTEGER NOT NULL,
	version     INTEGER NOT NULL,
	created_at  BIGINT  NOT NULL,
	changed_at  BIGINT  NOT NULL,
	retired_at  BIGINT  NOT NULL,          -- 0: in use
	retired_for TEXT    NOT NULL,
	name        TEXT    NOT NULL,
	name_key    TEXT    NOT NULL,
	kind        TEXT    NOT NULL,
	criticality TEXT    NOT NULL,
	cloud       BOOLEAN NOT NULL,
	owner       TEXT,                      -- person, or null
	controls    TEXT    NOT NULL,          -- ids
	description TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, number),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX system_name ON system (org, name_key) WHERE retired_at = 0;

CREATE TABLE site (
	org         TEXT    NOT NULL REFERENCES organisation (id),
	id          TEXT    NOT NULL,
	number      INTEGER NOT NULL,
	version     INTEGER NOT NULL,
	created_at  BIGINT  NOT NULL,
	changed_at  BIGINT  NOT NULL,
	retired_at  BIGINT  NOT NULL,
	retired_for TEXT    NOT NULL,
	name        TEXT    NOT NULL,
	name_key    TEXT    NOT NULL,
	kind        TEXT    NOT NULL,
	country     TEXT    NOT NULL,
	owner       TEXT,
	description TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, number),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX site_name ON site (org, name_key) WHERE retired_at = 0;

CREATE TABLE asset (
	org            TEXT    NOT NULL REFERENCES organisation (id),
	id             TEXT    NOT NULL,
	number         INTEGER NOT NULL,
	version        INTEGER NOT NULL,
	created_at     BIGINT  NOT NULL,
	changed_at     BIGINT  NOT NULL,
	retired_at     BIGINT  NOT NULL,
	retired_for    TEXT    NOT NULL,
	name           TEXT    NOT NULL,
	name_key       TEXT    NOT NULL,
	kind           TEXT    NOT NULL,       -- as the library of risks names them
	system         TEXT,
	site           TEXT,
	owner          TEXT,
	classification TEXT    NOT NULL,
	reviewed_on    INTEGER NOT NULL,       -- day, or 0
	description    TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, number),
	FOREIGN KEY (org, system) REFERENCES system (org, id),
	FOREIGN KEY (org, site) REFERENCES site (org, id),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX asset_name ON asset (org, name_key) WHERE retired_at = 0;

CREATE TABLE commitment (
	org           TEXT    NOT NULL REFERENCES organisation (id),
	id            TEXT    NOT NULL,
	number        INTEGER NOT NULL,
	version       INTEGER NOT NULL,
	created_at    BIGINT  NOT NULL,
	changed_at    BIGINT  NOT NULL,
	retired_at    BIGINT  NOT NULL,
	retired_for   TEXT    NOT NULL,
	library       TEXT    NOT NULL,        -- id in the library that ships, or empty
	kind          TEXT    NOT NULL,        -- service-commitment or system-requirement
	category      TEXT    NOT NULL,        -- of the trust services criteria
	statement     TEXT    NOT NULL,        -- with variables
	measure       TEXT    NOT NULL,
	target        TEXT    NOT NULL,
	criteria      TEXT    NOT NULL,        -- framework:requirement
	controls      TEXT    NOT NULL,        -- ids
	evidence_kind TEXT    NOT NULL,
	scenarios     TEXT    NOT NULL,        -- ids of risk scenarios
	owner         TEXT,
	PRIMARY KEY (org, id),
	UNIQUE (org, number),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);

CREATE TABLE vendor (
	org           TEXT    NOT NULL REFERENCES organisation (id),
	id            TEXT    NOT NULL,
	number        INTEGER NOT NULL,
	version       INTEGER NOT NULL,
	created_at    BIGINT  NOT NULL,
	changed_at    BIGINT  NOT NULL,
	retired_at    BIGINT  NOT NULL,
	retired_for   TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	name_key      TEXT    NOT NULL,
	website       TEXT    NOT NULL,
	does          TEXT    NOT NULL,        -- what it does for the company
	kind          TEXT    NOT NULL,
	tier          TEXT    NOT NULL,
	data          TEXT    NOT NULL,        -- classes of data it holds
	subprocessor  BOOLEAN NOT NULL,
	owner         TEXT,
	systems       TEXT    NOT NULL,        -- ids of the systems it serves
	contract_from INTEGER NOT NULL,        -- day, or 0
	renews_on     INTEGER NOT NULL,
	review_on     INTEGER NOT NULL,
	certificates  TEXT    NOT NULL,
	notes         TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, number),
	FOREIGN KEY (org, owner) REFERENCES person (org, id)
);
CREATE UNIQUE INDEX vendor_name ON vendor (org, name_key) WHERE retired_at = 0;

-- Every version of every entry of these registers: who changed what, and when.
CREATE TABLE register_version (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	noun    TEXT    NOT NULL,              -- system, site, asset, commitment or vendor
	subject TEXT    NOT NULL,
	version INTEGER NOT NULL,
	act     TEXT    NOT NULL,              -- added, changed, retired or restored
	reason  TEXT    NOT NULL,
	body    TEXT    NOT NULL,              -- JSON
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL,
	salt    TEXT    NOT NULL,
	PRIMARY KEY (org, id),
	UNIQUE (org, noun, subject, version)
);
