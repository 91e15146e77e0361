-- The second wall around what 0078 added; what became of an audit is followed by
-- the next line, never edited.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['audit_programme', 'audit_entry', 'audit_number', 'internal_audit', 'audit_scope', 'audit_person', 'audit_line', 'audit_item', 'audit_act'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
	CREATE TRIGGER audit_act_kept BEFORE UPDATE OR DELETE ON audit_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
END $$;
-- +goose StatementEnd
