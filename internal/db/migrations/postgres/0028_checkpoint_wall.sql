-- The second wall of 0004 around checkpoints, stamps and anchors. An epoch and a
-- checkpoint are facts: they are never changed.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['log_epoch', 'log_checkpoint', 'log_stamp', 'log_anchor', 'log_anchored'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER log_epoch_fixed BEFORE UPDATE OR DELETE ON log_epoch FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_checkpoint_fixed BEFORE UPDATE OR DELETE ON log_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_stamp_kept BEFORE DELETE ON log_stamp FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_stamp_fixed BEFORE UPDATE ON log_stamp FOR EACH ROW WHEN (OLD.token <> '') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_anchored_kept BEFORE DELETE ON log_anchored FOR EACH ROW EXECUTE FUNCTION refuse_change();
