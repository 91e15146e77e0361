-- What an obligation or a date of an audit said is followed by the next, never changed.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER obligation_text_update BEFORE UPDATE ON obligation_text BEGIN SELECT RAISE(ABORT, 'it is followed by the next text, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER obligation_text_delete BEFORE DELETE ON obligation_text BEGIN SELECT RAISE(ABORT, 'it is followed by the next text, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER engagement_text_update BEFORE UPDATE ON engagement_text BEGIN SELECT RAISE(ABORT, 'it is followed by the next text, never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER engagement_text_delete BEFORE DELETE ON engagement_text BEGIN SELECT RAISE(ABORT, 'it is followed by the next text, never changed'); END;
-- +goose StatementEnd
