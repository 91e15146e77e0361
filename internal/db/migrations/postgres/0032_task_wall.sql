-- The second wall of 0004 around tasks, approvals and notices.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['person_account', 'task', 'task_change', 'reminder', 'task_preference', 'reminder_setting', 'notice',
		'approval_policy', 'approval', 'approval_decision'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- A decision is never changed, and what it was about stays what it was.
CREATE TRIGGER approval_decision_fixed BEFORE UPDATE OR DELETE ON approval_decision FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_policy_fixed BEFORE UPDATE OR DELETE ON approval_policy FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_kept BEFORE DELETE ON approval FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approval_fixed BEFORE UPDATE ON approval FOR EACH ROW
	WHEN (NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject OR NEW.version <> OLD.version OR NEW.digest <> OLD.digest OR NEW.author <> OLD.author
		OR NEW.tiers <> OLD.tiers OR NEW.at <> OLD.at OR OLD.state <> 'open')
	EXECUTE FUNCTION refuse_change();
