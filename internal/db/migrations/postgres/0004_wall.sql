-- The second wall between organisations: a query that forgets its WHERE sees
-- one organisation's rows all the same. FORCE binds the owner of the tables too.
-- And what is recorded cannot be changed from inside the database by mistake.
-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
	FOREACH t IN ARRAY ARRAY['member', 'invitation', 'person', 'control', 'control_version', 'link', 'link_change',
		'framework_change', 'stack_change', 'import_run', 'log_head', 'log_leaf', 'log_hash'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY of_organisation ON %I USING (org = current_setting(''toucan.org'', true)) WITH CHECK (org = current_setting(''toucan.org'', true))', t);
	END LOOP;
END $$;
-- +goose StatementEnd

-- A person chooses among the organisations of the account before there is one in the address.
CREATE POLICY of_account ON member FOR SELECT USING (account = current_setting('toucan.account', true));

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'what % records is never changed', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER log_leaf_fixed BEFORE UPDATE OR DELETE ON log_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_hash_fixed BEFORE UPDATE OR DELETE ON log_hash FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_kept BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_head_grows BEFORE UPDATE ON log_head FOR EACH ROW
	WHEN (NEW.size <= OLD.size OR NEW.org <> OLD.org) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_leaf_whole BEFORE TRUNCATE ON log_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER log_hash_whole BEFORE TRUNCATE ON log_hash FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER control_version_fixed BEFORE UPDATE ON control_version FOR EACH ROW
	WHEN (NEW.number <> OLD.number OR NEW.control <> OLD.control OR NEW.at <> OLD.at OR NEW.author <> OLD.author OR NEW.content <> OLD.content)
	EXECUTE FUNCTION refuse_change();
CREATE TRIGGER control_version_kept BEFORE DELETE ON control_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
