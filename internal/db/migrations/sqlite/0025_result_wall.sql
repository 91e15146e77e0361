-- What a batch changed is never rewritten from inside the database by mistake.
-- +goose Up
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
