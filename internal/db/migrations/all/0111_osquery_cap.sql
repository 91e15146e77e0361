-- A secret for hosts with osquery lets in so many machines that were not known, and no
-- more. Secrets made before count from now on.
-- +goose Up
ALTER TABLE device_osquery_secret ADD COLUMN most INTEGER NOT NULL DEFAULT 1000; -- machines it may enrol first
ALTER TABLE device_osquery_secret ADD COLUMN used INTEGER NOT NULL DEFAULT 0;    -- machines it did
