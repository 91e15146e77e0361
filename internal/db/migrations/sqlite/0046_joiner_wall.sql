-- A change of a checklist is followed by the next, never edited.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER joiner_step_update BEFORE UPDATE ON joiner_step BEGIN SELECT RAISE(ABORT, 'a step is followed by its next text, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER joiner_step_delete BEFORE DELETE ON joiner_step BEGIN SELECT RAISE(ABORT, 'a step is followed by its next text, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER joiner_setting_update BEFORE UPDATE ON joiner_setting BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER joiner_setting_delete BEFORE DELETE ON joiner_setting BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
