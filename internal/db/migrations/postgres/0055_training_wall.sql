-- The second wall of 0004 around training.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['training_setting', 'training_batch', 'training_completion', 'training_reset', 'training_known', 'training_attempt', 'training_answer', 'training_lesson'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- What was completed, reset and chosen is never changed.
CREATE TRIGGER training_setting_fixed BEFORE UPDATE OR DELETE ON training_setting FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_batch_fixed BEFORE UPDATE OR DELETE ON training_batch FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_completion_fixed BEFORE UPDATE OR DELETE ON training_completion FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER training_reset_fixed BEFORE UPDATE OR DELETE ON training_reset FOR EACH ROW EXECUTE FUNCTION refuse_change();
