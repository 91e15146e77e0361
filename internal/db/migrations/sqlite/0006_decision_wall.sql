-- What was decided or attested is never changed, only followed or ended.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER edge_decision_update BEFORE UPDATE ON edge_decision BEGIN SELECT RAISE(ABORT, 'a decision is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER edge_decision_delete BEFORE DELETE ON edge_decision BEGIN SELECT RAISE(ABORT, 'a decision is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attestation_delete BEFORE DELETE ON attestation BEGIN SELECT RAISE(ABORT, 'an attestation is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attestation_update BEFORE UPDATE ON attestation
WHEN NEW.target_framework <> OLD.target_framework OR NEW.target <> OLD.target OR NEW.source_framework <> OLD.source_framework OR NEW.sources <> OLD.sources
	OR NEW.reason <> OLD.reason OR NEW.until <> OLD.until OR NEW.at <> OLD.at OR NEW.account <> OLD.account OR OLD.ended_at <> 0
BEGIN SELECT RAISE(ABORT, 'an attestation is never changed'); END;
-- +goose StatementEnd
