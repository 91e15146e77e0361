-- The second wall of 0004 around the decisions about contradictions.
-- +goose Up
ALTER TABLE policy_conflict_decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE policy_conflict_decision FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON policy_conflict_decision USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
