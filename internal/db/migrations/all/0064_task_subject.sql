-- +goose Up
-- the open tasks about a subject are looked up whenever something is reviewed,
-- approved or closed, whatever their kind is
CREATE INDEX task_about ON task (org, subject_kind, subject) WHERE state = 'open';
