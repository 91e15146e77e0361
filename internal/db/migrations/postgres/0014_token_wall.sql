-- The second wall between organisations, for the tables of the API.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['api_token', 'idempotency'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
