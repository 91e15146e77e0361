-- The second wall around what 0076 added; what became of a finding is followed by
-- the next line, never edited.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['finding_number', 'finding', 'finding_action', 'finding_about', 'finding_item', 'finding_act'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
	CREATE TRIGGER finding_act_kept BEFORE UPDATE OR DELETE ON finding_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
END $$;
-- +goose StatementEnd
