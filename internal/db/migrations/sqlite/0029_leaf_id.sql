-- A proof is asked for by what the leaf speaks of.
-- +goose Up
CREATE INDEX log_leaf_id ON log_leaf (org, json_extract(data, '$.id'));
