-- What happened to a device is never rewritten.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER device_event_update BEFORE UPDATE ON device_event BEGIN SELECT RAISE(ABORT, 'what happened to a device is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER device_event_delete BEFORE DELETE ON device_event BEGIN SELECT RAISE(ABORT, 'what happened to a device is never changed'); END;
-- +goose StatementEnd
