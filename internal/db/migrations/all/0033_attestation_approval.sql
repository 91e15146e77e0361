-- An attestation can wait for others to agree; it counts from the moment they do.
-- Those made before, and those of an organisation that asks for nobody, count at once.
-- +goose Up
ALTER TABLE attestation ADD COLUMN approval TEXT NOT NULL DEFAULT '';       -- empty, open, approved or rejected
ALTER TABLE attestation ADD COLUMN approved_at BIGINT NOT NULL DEFAULT 0;   -- when it came to be approved
