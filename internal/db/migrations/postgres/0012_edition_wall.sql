-- The second wall around what 0011 added, and the content of an edition is never changed.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['edition', 'pin_change', 'upgrade'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER edition_fixed BEFORE UPDATE OR DELETE ON edition FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER upgrade_kept BEFORE DELETE ON upgrade FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER upgrade_fixed BEFORE UPDATE ON upgrade FOR EACH ROW
	WHEN (NEW.from_edition <> OLD.from_edition OR NEW.to_edition <> OLD.to_edition OR NEW.at <> OLD.at OR NEW.answers <> OLD.answers OR NEW.carried <> OLD.carried OR OLD.undone_at <> 0)
	EXECUTE FUNCTION refuse_change();
