-- The second wall, for what was adopted from the library.
-- +goose Up
ALTER TABLE adoption ENABLE ROW LEVEL SECURITY;
ALTER TABLE adoption FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON adoption USING (org = current_setting('toucan.org', true)) WITH CHECK (org = current_setting('toucan.org', true));
CREATE TRIGGER adoption_fixed BEFORE UPDATE OR DELETE ON adoption FOR EACH ROW EXECUTE FUNCTION refuse_change();
