-- When a row was last written, by our clock: whoever keeps what was read of ten
-- thousand devices reads those anew that were written since. That an agent spoke again
-- is told by seen_at.
-- +goose Up
ALTER TABLE device ADD COLUMN touched_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device_source ADD COLUMN touched_at BIGINT NOT NULL DEFAULT 0;
