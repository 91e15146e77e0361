-- The second wall around what 0045 added; a change of a checklist is followed by the next, never edited.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['joiner_step', 'joiner_setting', 'joiner_run', 'joiner_run_step', 'joiner_run_item', 'joiner_act', 'background_check'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
	FOREACH t IN ARRAY ARRAY['joiner_step', 'joiner_setting'] LOOP
		EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t || '_kept', t);
	END LOOP;
END $$;
-- +goose StatementEnd
