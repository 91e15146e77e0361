-- When the register of risks was last looked through is asked at every view of it.
-- +goose Up
CREATE INDEX risk_act_of_kind ON risk_act (org, kind, at);
