-- What became of a finding is followed by the next line, never edited.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER finding_act_update BEFORE UPDATE ON finding_act BEGIN SELECT RAISE(ABORT, 'the history of a finding is added to, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER finding_act_delete BEFORE DELETE ON finding_act BEGIN SELECT RAISE(ABORT, 'the history of a finding is added to, never changed'); END;
-- +goose StatementEnd
