-- What Toucan itself finds out becomes results too, and no account told it.
-- +goose Up
ALTER TABLE result_batch ALTER COLUMN account DROP NOT NULL;
