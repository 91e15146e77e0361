-- The second wall of 0004 around the scopes, and what was approved stays as it was.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['isms_scope', 'isms_scope_act', 'isms_scope_decision'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER isms_scope_act_fixed BEFORE UPDATE OR DELETE ON isms_scope_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER isms_scope_decision_fixed BEFORE UPDATE OR DELETE ON isms_scope_decision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER isms_scope_kept BEFORE DELETE ON isms_scope FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER isms_scope_fixed BEFORE UPDATE ON isms_scope FOR EACH ROW
	WHEN (OLD.approved_at <> 0 AND (NEW.side <> OLD.side OR NEW.number <> OLD.number OR NEW.content <> OLD.content OR NEW.change_note <> OLD.change_note OR NEW.digest <> OLD.digest OR NEW.written_by <> OLD.written_by OR NEW.approved_at <> OLD.approved_at))
	EXECUTE FUNCTION refuse_change();
