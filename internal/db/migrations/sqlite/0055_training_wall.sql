-- What was completed, reset and chosen is never changed.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER training_setting_update BEFORE UPDATE ON training_setting BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_setting_delete BEFORE DELETE ON training_setting BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_batch_update BEFORE UPDATE ON training_batch BEGIN SELECT RAISE(ABORT, 'a batch is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_batch_delete BEFORE DELETE ON training_batch BEGIN SELECT RAISE(ABORT, 'a batch is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_completion_update BEFORE UPDATE ON training_completion BEGIN SELECT RAISE(ABORT, 'a completion is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_completion_delete BEFORE DELETE ON training_completion BEGIN SELECT RAISE(ABORT, 'a completion is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_reset_update BEFORE UPDATE ON training_reset BEGIN SELECT RAISE(ABORT, 'a reset is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER training_reset_delete BEFORE DELETE ON training_reset BEGIN SELECT RAISE(ABORT, 'a reset is never changed'); END;
-- +goose StatementEnd
