-- What became of an audit is followed by the next line, never edited.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER audit_act_update BEFORE UPDATE ON audit_act BEGIN SELECT RAISE(ABORT, 'the history of an audit is added to, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_act_delete BEFORE DELETE ON audit_act BEGIN SELECT RAISE(ABORT, 'the history of an audit is added to, never changed'); END;
-- +goose StatementEnd
