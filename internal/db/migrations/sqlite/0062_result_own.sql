-- What Toucan itself finds out becomes results too, and no account told it. SQLite
-- cannot take NOT NULL away from a column, so both tables are made anew; what
-- stands in them is carried over as it is.
-- +goose Up
CREATE TABLE result_batch_next (
	org     TEXT   NOT NULL REFERENCES organisation (id),
	id      TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	account TEXT   REFERENCES account (id), -- null: Toucan itself
	reports BIGINT NOT NULL,
	changes BIGINT NOT NULL,
	root    TEXT   NOT NULL,                -- hex
	salt    TEXT   NOT NULL,
	PRIMARY KEY (org, id)
);
INSERT INTO result_batch_next SELECT org, id, at, account, reports, changes, root, salt FROM result_batch;
CREATE TABLE result_change_next (
	org     TEXT   NOT NULL,
	batch   TEXT   NOT NULL,
	n       BIGINT NOT NULL,                -- from 1
	series  TEXT   NOT NULL,
	state   TEXT   NOT NULL,                -- from now on known of the stretch; stale: nothing is
	reason  TEXT   NOT NULL,
	from_at BIGINT NOT NULL,
	to_at   BIGINT NOT NULL,
	PRIMARY KEY (org, batch, n),
	FOREIGN KEY (org, batch) REFERENCES result_batch_next (org, id),
	FOREIGN KEY (org, series) REFERENCES result_series (org, id)
);
INSERT INTO result_change_next SELECT org, batch, n, series, state, reason, from_at, to_at FROM result_change;
DROP TABLE result_change;
DROP TABLE result_batch;
ALTER TABLE result_batch_next RENAME TO result_batch;
ALTER TABLE result_change_next RENAME TO result_change;
CREATE INDEX result_batch_at ON result_batch (org, at);
CREATE INDEX result_change_of_series ON result_change (org, series);
-- +goose StatementBegin
CREATE TRIGGER result_batch_update BEFORE UPDATE ON result_batch BEGIN SELECT RAISE(ABORT, 'a batch of results is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER result_batch_delete BEFORE DELETE ON result_batch BEGIN SELECT RAISE(ABORT, 'a batch of results is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER result_change_update BEFORE UPDATE ON result_change BEGIN SELECT RAISE(ABORT, 'a batch of results is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER result_change_delete BEFORE DELETE ON result_change BEGIN SELECT RAISE(ABORT, 'a batch of results is never changed'); END;
-- +goose StatementEnd
