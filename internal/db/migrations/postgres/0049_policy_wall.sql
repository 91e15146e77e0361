-- The second wall of 0004 around the policies.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['policy', 'policy_setting', 'policy_version', 'policy_act', 'policy_review', 'policy_acknowledgement', 'policy_person', 'policy_variable', 'policy_rule'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- What was acknowledged and set is never changed, and a text that came into force stays as it was.
CREATE TRIGGER policy_setting_fixed BEFORE UPDATE OR DELETE ON policy_setting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_act_fixed BEFORE UPDATE OR DELETE ON policy_act FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_variable_fixed BEFORE UPDATE OR DELETE ON policy_variable FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_rule_fixed BEFORE UPDATE OR DELETE ON policy_rule FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_acknowledgement_fixed BEFORE UPDATE OR DELETE ON policy_acknowledgement FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_version_kept BEFORE DELETE ON policy_version FOR EACH ROW WHEN (OLD.published_at <> 0) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER policy_version_fixed BEFORE UPDATE ON policy_version FOR EACH ROW
	WHEN (OLD.published_at <> 0 AND (NEW.policy <> OLD.policy OR NEW.major <> OLD.major OR NEW.minor <> OLD.minor OR NEW.material <> OLD.material OR NEW.title <> OLD.title OR NEW.changed <> OLD.changed OR NEW.body <> OLD.body OR NEW.text <> OLD.text OR NEW.file_sha256 <> OLD.file_sha256 OR NEW.digest <> OLD.digest OR NEW.approved_at <> OLD.approved_at OR NEW.published_at <> OLD.published_at OR NEW.pdf_sha256 <> OLD.pdf_sha256))
	EXECUTE FUNCTION refuse_change();
