-- The second wall of 0004 around the registers, and a history that stays as it was.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['system', 'site', 'asset', 'commitment', 'vendor', 'register_version'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER register_version_fixed BEFORE UPDATE OR DELETE ON register_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
