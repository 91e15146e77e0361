-- The second wall of 0004 around connections to training providers.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['training_connection', 'training_selection', 'training_run', 'training_trouble', 'training_delivery'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
