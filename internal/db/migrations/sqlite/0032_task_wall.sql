-- A decision is never changed, and what it was about stays what it was.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER approval_decision_update BEFORE UPDATE ON approval_decision BEGIN SELECT RAISE(ABORT, 'a decision is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_decision_delete BEFORE DELETE ON approval_decision BEGIN SELECT RAISE(ABORT, 'a decision is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_policy_update BEFORE UPDATE ON approval_policy BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_policy_delete BEFORE DELETE ON approval_policy BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_delete BEFORE DELETE ON approval BEGIN SELECT RAISE(ABORT, 'an approval is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approval_update BEFORE UPDATE ON approval
WHEN NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject OR NEW.version <> OLD.version OR NEW.digest <> OLD.digest OR NEW.author <> OLD.author
	OR NEW.tiers <> OLD.tiers OR NEW.at <> OLD.at OR OLD.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'an approval is never changed'); END;
-- +goose StatementEnd
