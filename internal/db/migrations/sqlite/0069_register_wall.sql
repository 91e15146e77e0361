-- The history of the registers stays as it was.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER register_version_update BEFORE UPDATE ON register_version BEGIN SELECT RAISE(ABORT, 'a version is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER register_version_delete BEFORE DELETE ON register_version BEGIN SELECT RAISE(ABORT, 'a version is followed by the next one, never changed'); END;
-- +goose StatementEnd
