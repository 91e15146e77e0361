-- What was approved of a scope, and what was decided, stays as it was.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER isms_scope_act_update BEFORE UPDATE ON isms_scope_act BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER isms_scope_act_delete BEFORE DELETE ON isms_scope_act BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER isms_scope_decision_update BEFORE UPDATE ON isms_scope_decision BEGIN SELECT RAISE(ABORT, 'a decision is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER isms_scope_decision_delete BEFORE DELETE ON isms_scope_decision BEGIN SELECT RAISE(ABORT, 'a decision is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER isms_scope_delete BEFORE DELETE ON isms_scope BEGIN SELECT RAISE(ABORT, 'a scope is followed by the next one, never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER isms_scope_update BEFORE UPDATE ON isms_scope
WHEN OLD.approved_at <> 0 AND (NEW.side <> OLD.side OR NEW.number <> OLD.number OR NEW.content <> OLD.content OR NEW.change_note <> OLD.change_note OR NEW.digest <> OLD.digest OR NEW.written_by <> OLD.written_by OR NEW.approved_at <> OLD.approved_at)
BEGIN SELECT RAISE(ABORT, 'a scope that came into force is never changed'); END;
-- +goose StatementEnd
