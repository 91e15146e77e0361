-- The second wall of 0004 around the changes of zone.
-- +goose Up
ALTER TABLE organisation_zone ENABLE ROW LEVEL SECURITY;
ALTER TABLE organisation_zone FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON organisation_zone USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
