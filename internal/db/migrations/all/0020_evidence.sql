-- Until now Toucan knew what a control promises and nothing of what shows that it
-- is kept. An item of evidence is written once and never edited; what becomes of
-- it, a review, a hold, its erasure, is told by rows of its own.
-- +goose Up

-- The files an organisation keeps, one copy each, whether or not an item has them
-- yet. The row is locked whenever a file is filed or removed, so that the two
-- never cross.
CREATE TABLE evidence_blob (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,               -- hex SHA-256 of the content
	bytes   BIGINT NOT NULL,
	media   TEXT   NOT NULL,               -- sniffed from the bytes alone
	kept_at BIGINT NOT NULL,               -- last sent; what no item has goes a day later
	account TEXT   NOT NULL REFERENCES account (id),
	PRIMARY KEY (org, id)
);
CREATE INDEX evidence_blob_by_time ON evidence_blob (org, kept_at);

CREATE TABLE evidence_request (
	org         TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	person      TEXT    NOT NULL,          -- who is asked, of the register
	kind        TEXT    NOT NULL,          -- of evidence
	due_on      INTEGER NOT NULL,          -- days since 1970
	note        TEXT    NOT NULL,
	state       TEXT    NOT NULL,          -- open, answered, accepted or cancelled
	asked_at    BIGINT  NOT NULL,
	asked_by    TEXT    NOT NULL REFERENCES account (id),
	answered_at BIGINT  NOT NULL DEFAULT 0,
	closed_at   BIGINT  NOT NULL DEFAULT 0, -- accepted or cancelled
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, person) REFERENCES person (org, id)
);
CREATE INDEX evidence_request_by_state ON evidence_request (org, state, due_on, id);

CREATE TABLE evidence_asked (
	org     TEXT NOT NULL,
	id      TEXT NOT NULL,                 -- of the request
	control TEXT NOT NULL,                 -- it is asked for
	PRIMARY KEY (org, id, control),
	FOREIGN KEY (org, id) REFERENCES evidence_request (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE INDEX evidence_asked_by_control ON evidence_asked (org, control);

CREATE TABLE evidence_item (
	org           TEXT    NOT NULL REFERENCES organisation (id),
	id            TEXT    NOT NULL,
	title         TEXT    NOT NULL,        -- title, note, links, version and salt are emptied when it is erased
	note          TEXT    NOT NULL,
	kind          TEXT    NOT NULL,        -- of the vocabulary
	captured_at   BIGINT  NOT NULL,
	filed_at      BIGINT  NOT NULL,
	filed_by      TEXT    NOT NULL REFERENCES account (id),
	period_from   INTEGER NOT NULL,        -- days since 1970; 0: it speaks of no stretch
	period_to     INTEGER NOT NULL,
	lapses_at     BIGINT  NOT NULL,        -- first moment it is no longer current; 0: never
	source        TEXT    NOT NULL,        -- person, connector, agent or system
	collector     TEXT    NOT NULL,
	version       TEXT    NOT NULL,
	links         TEXT    NOT NULL,        -- JSON
	supersedes    TEXT,                    -- the item this one corrects
	request       TEXT,                    -- it was filed for
	client_key    TEXT    NOT NULL,        -- hex SHA-256 of account and key, or the id: filing twice with it files once
	salt          TEXT    NOT NULL,        -- of the leaf of its filing
	tags          BIGINT  NOT NULL,        -- in force, so that what has none is found
	review        TEXT    NOT NULL DEFAULT '', -- empty, accepted or rejected; the last word
	reviewed_by   TEXT    NOT NULL DEFAULT '',
	reviewed_at   BIGINT  NOT NULL DEFAULT 0,
	review_note   TEXT    NOT NULL DEFAULT '',
	superseded_by TEXT    NOT NULL DEFAULT '',
	superseded_at BIGINT  NOT NULL DEFAULT 0,
	erased_at     BIGINT  NOT NULL DEFAULT 0,
	erased_by     TEXT    NOT NULL DEFAULT '', -- empty: Toucan itself, when its time was over
	erased_for    TEXT    NOT NULL DEFAULT '', -- the reason
	search        TEXT    NOT NULL,        -- title, note and names of files in lower case, which the engines do differently
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, supersedes) REFERENCES evidence_item (org, id),
	FOREIGN KEY (org, request) REFERENCES evidence_request (org, id)
);
CREATE UNIQUE INDEX evidence_item_by_key ON evidence_item (org, client_key);
CREATE INDEX evidence_item_by_time ON evidence_item (org, filed_at, id);
CREATE INDEX evidence_item_by_kind ON evidence_item (org, kind, filed_at, id);
CREATE INDEX evidence_item_by_capture ON evidence_item (org, captured_at);
CREATE INDEX evidence_item_by_lapse ON evidence_item (org, lapses_at) WHERE lapses_at > 0;
CREATE INDEX evidence_item_unreviewed ON evidence_item (org, filed_at, id) WHERE review = '';
CREATE INDEX evidence_item_untagged ON evidence_item (org, filed_at, id) WHERE tags = 0;
CREATE INDEX evidence_item_by_request ON evidence_item (org, request) WHERE request IS NOT NULL;

CREATE TABLE evidence_file (
	org    TEXT   NOT NULL,
	id     TEXT   NOT NULL,                -- of the item
	n      BIGINT NOT NULL,                -- its place among the files, from 0
	name   TEXT   NOT NULL,
	media  TEXT   NOT NULL,
	bytes  BIGINT NOT NULL,
	sha256 TEXT   NOT NULL,
	PRIMARY KEY (org, id, n),
	FOREIGN KEY (org, id) REFERENCES evidence_item (org, id),
	FOREIGN KEY (org, sha256) REFERENCES evidence_blob (org, id)
);
CREATE INDEX evidence_file_by_content ON evidence_file (org, sha256);

-- What became of an item or a request: one row and one leaf each time. body is
-- the JSON that was hashed into the leaf, with salt; both are emptied when the
-- item is erased and the body tells of its content.
CREATE TABLE evidence_act (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	item    TEXT,
	request TEXT,
	kind    TEXT   NOT NULL,               -- of the leaf, such as evidence.tagged
	at      BIGINT NOT NULL,
	account TEXT   NOT NULL,               -- empty: Toucan itself
	body    TEXT   NOT NULL,
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id),
	FOREIGN KEY (org, request) REFERENCES evidence_request (org, id)
);
CREATE INDEX evidence_act_by_item ON evidence_act (org, item, at, id);
CREATE INDEX evidence_act_by_request ON evidence_act (org, request, at, id);

-- What an item is offered for. Kind and times are repeated from the item, which
-- never changes: how things stand is worked out from a million of these rows, and
-- a join would be most of the wait. out_at, wrong and reviewed follow the item.
CREATE TABLE evidence_tag (
	org         TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	item        TEXT    NOT NULL,
	control     TEXT,                      -- null: a requirement directly
	framework   TEXT    NOT NULL,
	requirement TEXT    NOT NULL,
	from_at     BIGINT  NOT NULL,
	to_at       BIGINT,
	account     TEXT    NOT NULL,
	act         TEXT    NOT NULL,          -- that began it: the item's own id when it was filed with it
	end_act     TEXT    NOT NULL DEFAULT '', -- with which somebody took it back; empty also when an upgrade carried it elsewhere
	kind        TEXT    NOT NULL,
	captured_at BIGINT  NOT NULL,
	lapses_at   BIGINT  NOT NULL,
	period_from INTEGER NOT NULL,
	period_to   INTEGER NOT NULL,
	out_at      BIGINT  NOT NULL,          -- rejected, superseded, untagged or erased, whichever came first; 0: it stands
	wrong       BOOLEAN NOT NULL,          -- rejected, superseded or taken back
	reviewed    BOOLEAN NOT NULL,          -- accepted by a second person
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE UNIQUE INDEX evidence_tag_control ON evidence_tag (org, item, control) WHERE to_at IS NULL AND control IS NOT NULL;
CREATE UNIQUE INDEX evidence_tag_requirement ON evidence_tag (org, item, framework, requirement) WHERE to_at IS NULL AND control IS NULL;
CREATE INDEX evidence_tag_by_item ON evidence_tag (org, item);
CREATE INDEX evidence_tag_by_requirement ON evidence_tag (org, framework, requirement, from_at) WHERE control IS NULL;
-- this index alone answers for all proof of an organisation, in the order it is needed
CREATE INDEX evidence_tag_proof ON evidence_tag (org, control, captured_at, item, kind, from_at, lapses_at, out_at, wrong, reviewed, period_from, period_to, framework, requirement);

-- Nothing under a hold is erased, by anybody: one item, all of a kind, or all of
-- a control, also what comes later.
CREATE TABLE evidence_hold (
	org      TEXT   NOT NULL REFERENCES organisation (id),
	id       TEXT   NOT NULL,
	item     TEXT,
	control  TEXT,
	kind     TEXT   NOT NULL,              -- empty unless it holds a kind
	reason   TEXT   NOT NULL,
	from_at  BIGINT NOT NULL,
	to_at    BIGINT,
	account  TEXT   NOT NULL REFERENCES account (id),
	ended_by TEXT   REFERENCES account (id),
	end_reason TEXT NOT NULL DEFAULT '',
	salt     TEXT   NOT NULL,
	end_salt TEXT   NOT NULL DEFAULT '',
	PRIMARY KEY (org, id),
	FOREIGN KEY (org, item) REFERENCES evidence_item (org, id),
	FOREIGN KEY (org, control) REFERENCES control (org, id)
);
CREATE INDEX evidence_hold_by_item ON evidence_hold (org, item);

-- How long a kind is kept; the last row at or before a moment holds at it.
CREATE TABLE evidence_retention (
	org     TEXT    NOT NULL REFERENCES organisation (id),
	id      TEXT    NOT NULL,
	kind    TEXT    NOT NULL,              -- empty: every kind without a line of its own
	months  INTEGER NOT NULL,              -- 0: until somebody erases it
	at      BIGINT  NOT NULL,
	account TEXT    NOT NULL REFERENCES account (id),
	salt    TEXT    NOT NULL,
	PRIMARY KEY (org, id)
);
CREATE INDEX evidence_retention_by_kind ON evidence_retention (org, kind, at);
