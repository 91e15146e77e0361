-- The content of an edition is never changed, and an upgrade is undone once at most.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER edition_update BEFORE UPDATE ON edition BEGIN SELECT RAISE(ABORT, 'an edition is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER edition_delete BEFORE DELETE ON edition BEGIN SELECT RAISE(ABORT, 'an edition is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER upgrade_delete BEFORE DELETE ON upgrade BEGIN SELECT RAISE(ABORT, 'an upgrade is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER upgrade_update BEFORE UPDATE ON upgrade
WHEN NEW.from_edition <> OLD.from_edition OR NEW.to_edition <> OLD.to_edition OR NEW.at <> OLD.at OR NEW.answers <> OLD.answers OR NEW.carried <> OLD.carried OR OLD.undone_at <> 0
BEGIN SELECT RAISE(ABORT, 'an upgrade is never changed'); END;
-- +goose StatementEnd
