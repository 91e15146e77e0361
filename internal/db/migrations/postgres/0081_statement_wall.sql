-- The second wall of 0004 around the statement of applicability.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['statement_line', 'statement_version'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- A version that was sent keeps its rows; one that ended never changes.
CREATE TRIGGER statement_version_kept BEFORE DELETE ON statement_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_version_fixed BEFORE UPDATE ON statement_version FOR EACH ROW
	WHEN (OLD.state <> 'sent' OR NEW.number <> OLD.number OR NEW.round <> OLD.round OR NEW.note <> OLD.note OR NEW.content <> OLD.content OR NEW.digest <> OLD.digest
		OR NEW.counts <> OLD.counts OR NEW.sent_at <> OLD.sent_at OR NEW.sent_by <> OLD.sent_by OR NEW.salt <> OLD.salt)
	EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_line_kept BEFORE DELETE ON statement_line FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_line_fixed BEFORE UPDATE ON statement_line FOR EACH ROW
	WHEN (OLD.to_at <> 0 OR NEW.code <> OLD.code OR NEW.body <> OLD.body OR NEW.retired <> OLD.retired OR NEW.from_at <> OLD.from_at OR NEW.account <> OLD.account OR NEW.salt <> OLD.salt)
	EXECUTE FUNCTION refuse_change();
