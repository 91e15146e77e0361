-- A score, a draw and what happened are never changed.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER risk_score_update BEFORE UPDATE ON risk_score BEGIN SELECT RAISE(ABORT, 'a score is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER risk_score_delete BEFORE DELETE ON risk_score BEGIN SELECT RAISE(ABORT, 'a score is followed by the next one, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER risk_act_update BEFORE UPDATE ON risk_act BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER risk_act_delete BEFORE DELETE ON risk_act BEGIN SELECT RAISE(ABORT, 'what happened is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER risk_draw_update BEFORE UPDATE ON risk_draw BEGIN SELECT RAISE(ABORT, 'a draw is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER risk_draw_delete BEFORE DELETE ON risk_draw BEGIN SELECT RAISE(ABORT, 'a draw is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER risk_snapshot_update BEFORE UPDATE ON risk_snapshot
WHEN NEW.body <> OLD.body OR NEW.digest <> OLD.digest OR NEW.method <> OLD.method OR NEW.at <> OLD.at OR OLD.state = 'approved'
BEGIN SELECT RAISE(ABORT, 'what was frozen is never changed'); END;
-- +goose StatementEnd
