-- Each change of a batch is hashed behind a salt of its own, made from a secret of the
-- batch, so that some can be shown to an auditor and the others not be guessed.
-- +goose Up
ALTER TABLE result_batch ADD COLUMN secret TEXT NOT NULL DEFAULT ''; -- empty: behind the salt of the leaf, all of them
