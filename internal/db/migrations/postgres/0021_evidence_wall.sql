-- The second wall of 0004 around the evidence.
-- +goose Up
ALTER TABLE evidence_blob ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_blob FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_blob USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_request FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_request USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_asked ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_asked FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_asked USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_item FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_item USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_file FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_file USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_act ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_act FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_act USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_tag ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_tag FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_tag USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_hold ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_hold FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_hold USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
ALTER TABLE evidence_retention ENABLE ROW LEVEL SECURITY;
ALTER TABLE evidence_retention FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON evidence_retention USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
