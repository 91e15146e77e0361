-- What was fixed, drawn and judged is never changed from inside the database by mistake.
-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER sample_round_update BEFORE UPDATE ON sample_round BEGIN SELECT RAISE(ABORT, 'a round of a sample is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_round_delete BEFORE DELETE ON sample_round BEGIN SELECT RAISE(ABORT, 'a round of a sample is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_item_update BEFORE UPDATE ON sample_item BEGIN SELECT RAISE(ABORT, 'an item of a sample is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_item_delete BEFORE DELETE ON sample_item BEGIN SELECT RAISE(ABORT, 'an item of a sample is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_attribute_update BEFORE UPDATE ON sample_attribute BEGIN SELECT RAISE(ABORT, 'what was tested is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_attribute_delete BEFORE DELETE ON sample_attribute BEGIN SELECT RAISE(ABORT, 'what was tested is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_band_update BEFORE UPDATE ON sample_band BEGIN SELECT RAISE(ABORT, 'a customary size is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_band_delete BEFORE DELETE ON sample_band BEGIN SELECT RAISE(ABORT, 'a customary size is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER population_delete BEFORE DELETE ON population WHEN OLD.fixed_at <> 0 BEGIN SELECT RAISE(ABORT, 'a fixed population is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER population_update BEFORE UPDATE ON population WHEN OLD.fixed_at <> 0 AND (NEW.control <> OLD.control OR NEW.from_day <> OLD.from_day OR NEW.to_day <> OLD.to_day OR NEW.name <> OLD.name OR NEW.source <> OLD.source OR NEW.parameters <> OLD.parameters OR NEW.extracted_at <> OLD.extracted_at OR NEW.completeness <> OLD.completeness OR NEW.pace <> OLD.pace OR NEW.columns <> OLD.columns OR NEW.row_count <> OLD.row_count OR NEW.hash <> OLD.hash OR NEW.fixed_at <> OLD.fixed_at OR NEW.salt <> OLD.salt OR OLD.erased_at <> 0) BEGIN SELECT RAISE(ABORT, 'a fixed population is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER population_row_update BEFORE UPDATE ON population_row BEGIN SELECT RAISE(ABORT, 'a row of a population is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_result_delete BEFORE DELETE ON sample_result BEGIN SELECT RAISE(ABORT, 'what was found is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER sample_result_update BEFORE UPDATE ON sample_result WHEN NEW.item <> OLD.item OR NEW.attribute <> OLD.attribute OR NEW.result <> OLD.result OR NEW.at <> OLD.at OR NEW.account <> OLD.account OR NEW.reason <> '' BEGIN SELECT RAISE(ABORT, 'what was found is never changed'); END;
-- +goose StatementEnd
