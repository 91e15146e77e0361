-- What was said of a row and what was sent are never changed from inside the database by mistake.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER statement_version_delete BEFORE DELETE ON statement_version BEGIN SELECT RAISE(ABORT, 'a version of the statement is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER statement_version_update BEFORE UPDATE ON statement_version
WHEN OLD.state <> 'sent' OR NEW.number <> OLD.number OR NEW.round <> OLD.round OR NEW.note <> OLD.note OR NEW.content <> OLD.content OR NEW.digest <> OLD.digest
	OR NEW.counts <> OLD.counts OR NEW.sent_at <> OLD.sent_at OR NEW.sent_by <> OLD.sent_by OR NEW.salt <> OLD.salt
BEGIN SELECT RAISE(ABORT, 'a version of the statement is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER statement_line_delete BEFORE DELETE ON statement_line BEGIN SELECT RAISE(ABORT, 'what was said of a row is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER statement_line_update BEFORE UPDATE ON statement_line
WHEN OLD.to_at <> 0 OR NEW.code <> OLD.code OR NEW.body <> OLD.body OR NEW.retired <> OLD.retired OR NEW.from_at <> OLD.from_at OR NEW.account <> OLD.account OR NEW.salt <> OLD.salt
BEGIN SELECT RAISE(ABORT, 'what was said of a row is never changed'); END;
-- +goose StatementEnd
