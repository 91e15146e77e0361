-- The second wall of 0004 around reviews, confirmations and gap analyses.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['crosswalk_review', 'crosswalk_trigger', 'crosswalk_item', 'crosswalk_answer', 'crosswalk_answered', 'crosswalk_watch', 'confirmation_round', 'confirmation_ask', 'confirmation_answer', 'gap_analysis', 'gap_step'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd
-- What was answered and what a step came to is never changed.
CREATE TRIGGER crosswalk_answer_fixed BEFORE UPDATE OR DELETE ON crosswalk_answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER confirmation_answer_fixed BEFORE UPDATE OR DELETE ON confirmation_answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER gap_step_fixed BEFORE UPDATE OR DELETE ON gap_step FOR EACH ROW EXECUTE FUNCTION refuse_change();
