-- What was adopted is never changed from inside the database by mistake.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER adoption_update BEFORE UPDATE ON adoption BEGIN SELECT RAISE(ABORT, 'a decision about the library is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER adoption_delete BEFORE DELETE ON adoption BEGIN SELECT RAISE(ABORT, 'a decision about the library is never changed'); END;
-- +goose StatementEnd
