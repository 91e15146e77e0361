-- The second wall of 0004 around devices.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['device', 'device_key', 'device_owner', 'device_source', 'device_code', 'device_waiver', 'device_event', 'device_look', 'device_setting'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- What happened to a device is never rewritten, and a row that every report touches is kept short of room to grow.
CREATE TRIGGER device_event_fixed BEFORE UPDATE OR DELETE ON device_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE device_source SET (fillfactor = 70);
