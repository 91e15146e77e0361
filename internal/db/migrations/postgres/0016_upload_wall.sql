-- The second wall of 0004 around the uploads.
-- +goose Up
ALTER TABLE upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE upload FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON upload USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
