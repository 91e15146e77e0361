-- What was answered and what a step came to is never changed.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER crosswalk_answer_update BEFORE UPDATE ON crosswalk_answer BEGIN SELECT RAISE(ABORT, 'what was said is followed by the next word, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER crosswalk_answer_delete BEFORE DELETE ON crosswalk_answer BEGIN SELECT RAISE(ABORT, 'what was said is followed by the next word, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER confirmation_answer_update BEFORE UPDATE ON confirmation_answer BEGIN SELECT RAISE(ABORT, 'what was said is followed by the next word, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER confirmation_answer_delete BEFORE DELETE ON confirmation_answer BEGIN SELECT RAISE(ABORT, 'what was said is followed by the next word, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER gap_step_update BEFORE UPDATE ON gap_step BEGIN SELECT RAISE(ABORT, 'what was said is followed by the next word, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER gap_step_delete BEFORE DELETE ON gap_step BEGIN SELECT RAISE(ABORT, 'what was said is followed by the next word, never changed'); END;
-- +goose StatementEnd
