-- What is recorded cannot be changed from inside the database by mistake. Who
-- holds the file can still change it; the log's root is what shows that.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER log_leaf_update BEFORE UPDATE ON log_leaf BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_leaf_delete BEFORE DELETE ON log_leaf BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_hash_update BEFORE UPDATE ON log_hash BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_hash_delete BEFORE DELETE ON log_hash BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_head_delete BEFORE DELETE ON log_head BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_head_shrink BEFORE UPDATE ON log_head WHEN NEW.size <= OLD.size OR NEW.org <> OLD.org
BEGIN SELECT RAISE(ABORT, 'the log is only ever added to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER control_version_update BEFORE UPDATE ON control_version
WHEN NEW.number <> OLD.number OR NEW.control <> OLD.control OR NEW.at <> OLD.at OR NEW.author <> OLD.author OR NEW.content <> OLD.content
BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER control_version_delete BEFORE DELETE ON control_version BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;
-- +goose StatementEnd
