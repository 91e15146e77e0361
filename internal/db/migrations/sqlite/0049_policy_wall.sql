-- What was acknowledged and set is never changed, and a text that came into force stays as it was.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER policy_setting_update BEFORE UPDATE ON policy_setting BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_setting_delete BEFORE DELETE ON policy_setting BEGIN SELECT RAISE(ABORT, 'a setting is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_act_update BEFORE UPDATE ON policy_act BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_act_delete BEFORE DELETE ON policy_act BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_variable_update BEFORE UPDATE ON policy_variable BEGIN SELECT RAISE(ABORT, 'a value is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_variable_delete BEFORE DELETE ON policy_variable BEGIN SELECT RAISE(ABORT, 'a value is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_rule_update BEFORE UPDATE ON policy_rule BEGIN SELECT RAISE(ABORT, 'a rule is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_rule_delete BEFORE DELETE ON policy_rule BEGIN SELECT RAISE(ABORT, 'a rule is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_acknowledgement_update BEFORE UPDATE ON policy_acknowledgement BEGIN SELECT RAISE(ABORT, 'an acknowledgement is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_acknowledgement_delete BEFORE DELETE ON policy_acknowledgement BEGIN SELECT RAISE(ABORT, 'an acknowledgement is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_version_delete BEFORE DELETE ON policy_version WHEN OLD.published_at <> 0 BEGIN SELECT RAISE(ABORT, 'a text that came into force is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER policy_version_update BEFORE UPDATE ON policy_version
WHEN OLD.published_at <> 0 AND (NEW.policy <> OLD.policy OR NEW.major <> OLD.major OR NEW.minor <> OLD.minor OR NEW.material <> OLD.material OR NEW.title <> OLD.title OR NEW.changed <> OLD.changed OR NEW.body <> OLD.body OR NEW.text <> OLD.text OR NEW.file_sha256 <> OLD.file_sha256 OR NEW.digest <> OLD.digest OR NEW.approved_at <> OLD.approved_at OR NEW.published_at <> OLD.published_at OR NEW.pdf_sha256 <> OLD.pdf_sha256)
BEGIN SELECT RAISE(ABORT, 'a text that came into force is never changed'); END;
-- +goose StatementEnd
