-- The second wall of 0004 around the surroundings, objectives and reviews.
-- +goose Up
ALTER TABLE isms_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_entry USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_entry_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_entry_version FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_entry_version USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_climate ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_climate FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_climate USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_measure ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_measure FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_measure USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_review ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_review FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_review USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_review_point ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_review_point FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_review_point USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_review_decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_review_decision FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_review_decision USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE isms_review_act ENABLE ROW LEVEL SECURITY;
ALTER TABLE isms_review_act FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON isms_review_act USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
