-- A proof is asked for by what the leaf speaks of. The data begins with
-- {"v":1,"kind":"...","id":"...": between the quotes, the id is the tenth part.
-- (A cast to JSON may not stand in an index.)
-- +goose Up
CREATE INDEX log_leaf_id ON log_leaf (org, split_part(data, '"', 10));
