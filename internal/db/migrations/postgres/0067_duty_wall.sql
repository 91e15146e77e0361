-- The second wall around what 0066 added.
-- +goose Up
ALTER TABLE duty ENABLE ROW LEVEL SECURITY;
ALTER TABLE duty FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON duty USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
