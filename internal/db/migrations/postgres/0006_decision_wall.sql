-- The second wall around decisions and attestations, as in step 4; and what was
-- decided is never changed, only followed by the next decision.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['edge_decision', 'attestation', 'written'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER edge_decision_fixed BEFORE UPDATE OR DELETE ON edge_decision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attestation_kept BEFORE DELETE ON attestation FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attestation_fixed BEFORE UPDATE ON attestation FOR EACH ROW
	WHEN (NEW.target_framework <> OLD.target_framework OR NEW.target <> OLD.target OR NEW.source_framework <> OLD.source_framework OR NEW.sources <> OLD.sources
		OR NEW.reason <> OLD.reason OR NEW.until <> OLD.until OR NEW.at <> OLD.at OR NEW.account <> OLD.account OR OLD.ended_at <> 0)
	EXECUTE FUNCTION refuse_change();
