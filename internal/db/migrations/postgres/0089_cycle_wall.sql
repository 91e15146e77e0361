-- The second wall around what 0088 added; what an obligation or a date of an audit
-- said is followed by the next, never changed.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['obligation', 'obligation_text', 'obligation_act', 'engagement', 'engagement_text', 'calendar_feed'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
	FOREACH t IN ARRAY ARRAY['obligation_text', 'engagement_text'] LOOP
		EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t || '_kept', t);
	END LOOP;
END $$;
-- +goose StatementEnd
