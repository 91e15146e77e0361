-- The second wall of 0004 around what is known of people.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['person_span', 'person_source', 'people_group', 'people_group_member', 'person_exclusion'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
