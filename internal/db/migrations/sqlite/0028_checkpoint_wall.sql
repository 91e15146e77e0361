-- An epoch and a checkpoint are facts: they are never changed.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER log_epoch_update BEFORE UPDATE ON log_epoch BEGIN SELECT RAISE(ABORT, 'an epoch is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_epoch_delete BEFORE DELETE ON log_epoch BEGIN SELECT RAISE(ABORT, 'an epoch is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_checkpoint_update BEFORE UPDATE ON log_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_checkpoint_delete BEFORE DELETE ON log_checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_stamp_update BEFORE UPDATE ON log_stamp WHEN OLD.token <> '' BEGIN SELECT RAISE(ABORT, 'a stamp is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_stamp_delete BEFORE DELETE ON log_stamp BEGIN SELECT RAISE(ABORT, 'a stamp is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER log_anchored_delete BEFORE DELETE ON log_anchored BEGIN SELECT RAISE(ABORT, 'where a checkpoint was sent is kept'); END;
-- +goose StatementEnd
