-- The second wall of 0004 around systems that manage devices.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['device_connection', 'device_connection_run'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
