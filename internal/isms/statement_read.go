package isms

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// statementTables are those a statement is read from, beside what a judgement rests on.
var statementTables = append([]string{"statement_line", "framework_change", "pin_change", "edition", "upgrade", "person", "policy", "policy_setting", "policy_version"}, risk.Tables()...)

// keptStatement is the statement last built for an organisation. It holds as long
// as nothing it was built from is written, and as long as the judgement does.
type keptStatement struct {
	mu        sync.Mutex
	written   db.Written
	judgement *Judgement
	statement *Statement
}

// Statement returns the statement of applicability as it stands now. It is shared:
// nobody may change it. What an actor may not see of risks, their titles, is left
// out of it.
func (s *Store) Statement(ctx context.Context, who access.Actor, now time.Time) (*Statement, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	written, err := s.DB.Written(ctx, who.Org())
	if err != nil {
		return nil, err
	}
	j, err := s.Judge.Judge(ctx, who, StatementFramework, now)
	if err != nil {
		return nil, err
	}
	slot, _ := s.statements.LoadOrStore(who.Org(), &keptStatement{})
	k := slot.(*keptStatement)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.statement == nil || k.judgement != j || written.Since(k.written, statementTables...) {
		in, err := s.statementInput(ctx, who, j, now)
		if err != nil {
			return nil, err
		}
		k.written, k.judgement, k.statement = written, j, buildStatement(in)
	}
	if !who.Can(access.ViewRisks) {
		return k.statement.withoutRisks(), nil
	}
	return k.statement, nil
}

// withoutRisks is the statement for somebody who may not see the register of risks:
// its numbers stay, since they are the reasons the statement gives.
func (s *Statement) withoutRisks() *Statement {
	out := *s
	blank := func(list []StatementRisk) []StatementRisk {
		var to []StatementRisk
		for _, x := range list {
			to = append(to, StatementRisk{ID: x.ID, Code: x.Code, Closed: x.Closed})
		}
		return to
	}
	out.Risks = nil
	out.Rows = append([]StatementRow{}, s.Rows...)
	for i := range out.Rows {
		out.Rows[i].Names = blank(out.Rows[i].Names)
	}
	out.Lints = nil
	for _, l := range s.Lints {
		if l.Kind != LintUntreated {
			out.Lints = append(out.Lints, l)
		}
	}
	return &out
}

// statementInput reads what a statement is built from.
func (s *Store) statementInput(ctx context.Context, who access.Actor, j *Judgement, now time.Time) (statementInput, error) {
	in := statementInput{At: now, Judgement: j, Excluded: map[string]string{}, People: map[string]statementPerson{}}
	l, err := s.Crosswalk.Library(ctx, who, now)
	if err != nil {
		return in, err
	}
	f, ok := l.Frameworks.Find(StatementFramework)
	if !ok {
		return in, problem.New(problem.NotFound, "ISO/IEC 27001:2022 is not among the frameworks here, so there is no statement of applicability.")
	}
	in.Framework = f
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if in.Zone, err = statementZone(ctx, tx, who.Org()); err != nil {
			return err
		}
		scoped, err := crosswalk.ReadScoped(ctx, tx, who.Org(), StatementFramework, now)
		if err != nil {
			return err
		}
		for _, x := range scoped {
			if delete(in.Excluded, x.Requirement); !x.Included && f.Excludable(x.Requirement) {
				in.Excluded[x.Requirement] = x.Reason
			}
		}
		list, err := readStatementLines(ctx, tx, who.Org(), `AND l.from_at <= $2 AND (l.to_at = 0 OR l.to_at > $2)`, db.Micros(now))
		if err != nil {
			return err
		}
		in.Lines = make(map[string]statementLine, len(list))
		for _, x := range list {
			in.Lines[x.Code] = x
		}
		if in.Policies, err = policy.Governing(ctx, tx, who.Org()); err != nil {
			return err
		}
		if in.People, err = statementPeople(ctx, tx, who.Org(), now, in.Zone); err != nil {
			return err
		}
		in.Risks, err = readStatementRisks(ctx, tx, who.Org(), now)
		return err
	})
	return in, err
}

// readStatementLines reads lines, the oldest first.
func readStatementLines(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]statementLine, error) {
	rows, err := tx.Query(ctx, `SELECT l.id, l.code, l.body, l.retired, l.from_at, l.to_at, coalesce(a.name, '') FROM statement_line l LEFT JOIN account a ON a.id = l.account
		WHERE l.org = $1 `+where+` ORDER BY l.from_at, l.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []statementLine
	err = eachStatementRow(rows, func(scan func(...any) error) error {
		var x statementLine
		var body string
		var from, to int64
		if err := scan(&x.ID, &x.Code, &body, &x.Retired, &from, &to, &x.ByName); err != nil {
			return err
		}
		x.From, x.To = db.Time(from), db.Time(to)
		if err := json.Unmarshal([]byte(body), &x.StatementDecision); err != nil {
			return fmt.Errorf("a line of the statement cannot be read: %w", err)
		}
		out = append(out, x)
		return nil
	})
	return out, err
}

func eachStatementRow(rows *sql.Rows, fn func(scan func(...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func statementZone(ctx context.Context, tx *db.Tx, org string) (*time.Location, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return time.UTC, err
	}
	if zone, err := time.LoadLocation(name); err == nil {
		return zone, nil
	}
	return time.UTC, nil // this system knows fewer zones than the store took
}
