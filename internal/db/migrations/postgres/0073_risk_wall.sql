-- The second wall of 0004 around the risks.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['risk_method', 'risk', 'risk_act', 'risk_link', 'risk_score', 'risk_plan', 'risk_acceptance', 'risk_trigger', 'risk_draw', 'risk_snapshot'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- A score, a draw and what happened are never changed.
CREATE TRIGGER risk_score_fixed BEFORE UPDATE OR DELETE ON risk_score FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER risk_act_fixed BEFORE UPDATE OR DELETE ON risk_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER risk_draw_fixed BEFORE UPDATE OR DELETE ON risk_draw FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER risk_snapshot_fixed BEFORE UPDATE ON risk_snapshot FOR EACH ROW
	WHEN (NEW.body <> OLD.body OR NEW.digest <> OLD.digest OR NEW.method <> OLD.method OR NEW.at <> OLD.at OR OLD.state = 'approved') EXECUTE FUNCTION refuse_change();
