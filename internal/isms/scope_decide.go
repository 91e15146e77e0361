package isms

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
)

// ScopeSource is the kind of source of the actions that put a mismatch right.
const ScopeSource = "scope"

// ScopeRuling is what somebody says of a mismatch.
type ScopeRuling struct {
	Choice ScopeChoice
	Reason string
	Until  cadence.Date // last day it holds; none: while both sides stay as they are
	Owner  string       // person who puts it right
	Due    cadence.Date // by when
}

// scopeDecisions reads what was decided, the newest first.
func scopeDecisions(ctx context.Context, tx *db.Tx, org string) ([]ScopeDecision, error) {
	rows, err := tx.Query(ctx, `SELECT d.id, d.mismatch, d.fingerprint, d.choice, d.reason, d.until_day, d.action, d.at, d.account, coalesce(a.name, ''), coalesce(x.state, 'open') <> 'open'
		FROM isms_scope_decision d LEFT JOIN account a ON a.id = d.account LEFT JOIN finding_action x ON x.org = d.org AND x.id = d.action WHERE d.org = $1 ORDER BY d.at DESC, d.id DESC`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ScopeDecision
	for rows.Next() {
		var d ScopeDecision
		var at int64
		if err := rows.Scan(&d.ID, &d.Mismatch, &d.Fingerprint, &d.Choice, &d.Reason, &d.Until, &d.Action, &at, &d.By, &d.ByName, &d.Over); err != nil {
			return nil, err
		}
		d.At = db.Time(at)
		out = append(out, d)
	}
	return out, rows.Err()
}

// scopeDecisionFact is what the log says of a decision.
type scopeDecisionFact struct {
	Mismatch    string      `json:"mismatch"`
	Fingerprint string      `json:"fingerprint"`
	Choice      ScopeChoice `json:"choice"`
	Reason      string      `json:"reason"`
	Until       string      `json:"until"`
	Action      string      `json:"action"`
}

// RuleScope decides about mismatches: that they are meant to be so, with the reason,
// or that somebody puts them right, which goes to the backlog. fingerprints are those
// of the mismatches as they were shown, by key: what changed since is refused. Either
// all of them are decided or none.
func (s *Store) RuleScope(ctx context.Context, who access.Actor, fingerprints map[string]string, r ScopeRuling, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := ReadScope(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if r, err = r.checked(p.Today); err != nil {
			return err
		}
		if err := register.Owners(ctx, tx, who.Org(), []string{r.Owner}); err != nil {
			return err
		}
		found := slices.DeleteFunc(p.Mismatches(), func(m ScopeMismatch) bool { _, asked := fingerprints[m.Key]; return !asked })
		if len(found) == 0 || len(found) != len(fingerprints) {
			return problem.New(problem.Conflict, "What you decided about is not as it was shown any more. Look at the list again.")
		}
		for _, m := range found {
			if fingerprints[m.Key] != m.Fingerprint {
				return problem.New(problem.Conflict, "“%s”: one side changed in the meantime. Look at it again, then decide.", m.Title)
			}
			if err := s.ruleOne(ctx, tx, who, m, r, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r ScopeRuling) checked(today cadence.Date) (ScopeRuling, error) {
	var err error
	if r.Reason, err = db.Prose("reason", "The reason", r.Reason, 2000); err != nil {
		return r, err
	}
	switch r.Choice {
	case ScopeDeliberate:
		r.Owner, r.Due = "", 0
		if r.Reason == "" {
			return r, problem.Field("reason", "Say why it is meant to be so. An auditor will ask, and you will not remember.")
		}
		if r.Until.Known() && r.Until < today {
			return r, problem.Field("until", "The last day is over already. Choose today or later, or leave it open.")
		}
	case ScopeAlign:
		r.Until = 0
		if r.Owner == "" {
			return r, problem.Field("owner", "Say who puts it right.")
		}
		if !r.Due.Known() || r.Due < today {
			return r, problem.Field("due", "Say by when it is put right: today or later.")
		}
	default:
		return r, problem.Field("choice", "Choose: it is meant to be so, or it is to be put right.")
	}
	return r, nil
}

// ruleOne records the decision about one mismatch.
func (s *Store) ruleOne(ctx context.Context, tx *db.Tx, who access.Actor, m ScopeMismatch, r ScopeRuling, now time.Time) error {
	before := m.Last
	d := ScopeDecision{ID: newID(), Mismatch: m.Key, Fingerprint: m.Fingerprint, Choice: r.Choice, Reason: r.Reason, Until: r.Until}
	if before != nil && before.Action != "" {
		source := finding.Source{Kind: ScopeSource, ID: before.ID, Words: short(m.Title, 200)}
		if err := s.Findings.DropActions(ctx, tx, who.Org(), who.Account(), source, "Another decision was made about the mismatch.", now); err != nil {
			return err
		}
	}
	if r.Choice == ScopeAlign {
		a := finding.Action{Source: finding.Source{Kind: ScopeSource, ID: d.ID, Words: short(m.Title, 200)}, Title: short("Align the scopes: "+m.Title, 200), Detail: m.Consequence, Owner: r.Owner, Due: r.Due}
		var err error
		if d.Action, err = s.Findings.PutAction(ctx, tx, who.Org(), who.Account(), a, now); err != nil {
			return err
		}
	}
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO isms_scope_decision (org, id, mismatch, fingerprint, choice, reason, until_day, action, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		who.Org(), d.ID, d.Mismatch, d.Fingerprint, string(d.Choice), d.Reason, d.Until, d.Action, db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: scopeDecided, ID: d.ID, Salt: salt,
		Payload: scopeDecisionFact{d.Mismatch, d.Fingerprint, d.Choice, d.Reason, d.Until.String(), d.Action}})
}

// short cuts a line to so many characters.
func short(text string, max int) string {
	if r := []rune(text); len(r) > max {
		return string(r[:max-1]) + "…"
	}
	return text
}

// ScopeCounts says how many mismatches there are, and how many nobody decided about.
func ScopeCounts(list []ScopeMismatch) (all, open int) {
	for _, m := range list {
		if m.Open() {
			open++
		}
	}
	return len(list), open
}

// Summary is the picture in one sentence.
func (p *ScopePicture) Summary() string {
	switch {
	case p.ISMS == nil && p.SOC2 == nil:
		return "Neither an ISMS scope nor a SOC 2 boundary is in force."
	case p.ISMS == nil:
		return "No ISMS scope is in force. " + ScopePitfall + "."
	}
	all, open := ScopeCounts(p.Mismatches())
	if all == 0 {
		return "The ISMS scope and the SOC 2 boundary fit together."
	}
	return fmt.Sprintf("%d mismatches between the ISMS scope and the SOC 2 boundary, %d of them without a decision.", all, open)
}
