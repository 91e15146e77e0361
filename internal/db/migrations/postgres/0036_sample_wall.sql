-- The second wall around what 0035 added; what was fixed, drawn and judged is never changed.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['population', 'population_row', 'sample_round', 'sample_item', 'sample_attribute', 'sample_result', 'sample_band'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
	FOREACH t IN ARRAY ARRAY['sample_round', 'sample_item', 'sample_attribute', 'sample_band'] LOOP
		EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t || '_kept', t);
	END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER population_kept BEFORE DELETE ON population FOR EACH ROW WHEN (OLD.fixed_at <> 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER population_fixed BEFORE UPDATE ON population FOR EACH ROW
	WHEN (OLD.fixed_at <> 0 AND (NEW.control <> OLD.control OR NEW.from_day <> OLD.from_day OR NEW.to_day <> OLD.to_day OR NEW.name <> OLD.name OR NEW.source <> OLD.source
		OR NEW.parameters <> OLD.parameters OR NEW.extracted_at <> OLD.extracted_at OR NEW.completeness <> OLD.completeness OR NEW.pace <> OLD.pace OR NEW.columns <> OLD.columns
		OR NEW.row_count <> OLD.row_count OR NEW.hash <> OLD.hash OR NEW.fixed_at <> OLD.fixed_at OR NEW.salt <> OLD.salt OR OLD.erased_at <> 0))
	EXECUTE FUNCTION refuse_change();
CREATE TRIGGER population_row_kept BEFORE UPDATE ON population_row FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sample_result_kept BEFORE DELETE ON sample_result FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sample_result_fixed BEFORE UPDATE ON sample_result FOR EACH ROW
	WHEN (NEW.item <> OLD.item OR NEW.attribute <> OLD.attribute OR NEW.result <> OLD.result OR NEW.at <> OLD.at OR NEW.account <> OLD.account OR NEW.reason <> '')
	EXECUTE FUNCTION refuse_change();
