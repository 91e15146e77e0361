package isms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

func errNoStatementVersion() error {
	return problem.New(problem.NotFound, "There is no such version of the statement.")
}

func statementID(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return "" // PostgreSQL does not take every text
	}
	return id
}

// readStatementVersions reads versions, the newest first; their rows only when asked.
func readStatementVersions(ctx context.Context, tx *db.Tx, org string, rows bool, where string, args ...any) ([]StatementVersion, error) {
	content := `''`
	if rows {
		content = `v.content`
	}
	found, err := tx.Query(ctx, `SELECT v.id, v.number, v.round, v.state, v.note, v.digest, v.counts, v.sent_at, v.sent_by, coalesce(a.name, ''), v.ended_at, v.evidence, `+content+`
		FROM statement_version v LEFT JOIN account a ON a.id = v.sent_by WHERE v.org = $1 `+where+` ORDER BY v.sent_at DESC, v.id DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []StatementVersion
	err = eachStatementRow(found, func(scan func(...any) error) error {
		var v StatementVersion
		var counts, content string
		var sent, ended int64
		if err := scan(&v.ID, &v.Number, &v.Round, &v.State, &v.Note, &v.Digest, &counts, &sent, &v.SentBy, &v.SentName, &ended, &v.Evidence, &content); err != nil {
			return err
		}
		v.SentAt, v.EndedAt = db.Time(sent), db.Time(ended)
		if err := json.Unmarshal([]byte(counts), &v.Counts); err != nil {
			return fmt.Errorf("the figures of a version of the statement cannot be read: %w", err)
		}
		if rows {
			if got := statementDigest([]byte(content)); got != v.Digest {
				return &problem.Error{Code: problem.Internal, Err: errors.New("isms: digest of a version differs"),
					Text: "The rows of " + v.Words() + " are not those that were sent. Restore them from a backup; their SHA-256 is " + v.Digest + "."}
			}
			if err := json.Unmarshal([]byte(content), &v.Entries); err != nil {
				return fmt.Errorf("a version of the statement cannot be read: %w", err)
			}
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// waitingVersion is the version of that id, which waits for approval, with its salt.
func waitingVersion(ctx context.Context, tx *db.Tx, org, id string) (StatementVersion, string, error) {
	list, err := readStatementVersions(ctx, tx, org, true, `AND v.id = $2`, statementID(id))
	if err == nil && len(list) == 0 {
		err = errNoStatementVersion()
	}
	if err != nil {
		return StatementVersion{}, "", err
	}
	if list[0].State != VersionSent {
		return list[0], "", problem.New(problem.Conflict, "%s does not wait for approval.", list[0].Words())
	}
	var salt string
	err = tx.QueryRow(ctx, `SELECT salt FROM statement_version WHERE org = $1 AND id = $2`, org, list[0].ID).Scan(&salt)
	return list[0], salt, err
}

// StatementVersions returns all versions, the newest first, without their rows.
func (s *Store) StatementVersions(ctx context.Context, who access.Actor) ([]StatementVersion, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []StatementVersion
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readStatementVersions(ctx, tx, who.Org(), false, ``)
		return err
	})
	return out, err
}

// StatementVersion returns one version with its rows.
func (s *Store) StatementVersion(ctx context.Context, who access.Actor, id string) (StatementVersion, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return StatementVersion{}, err
	}
	var out []StatementVersion
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readStatementVersions(ctx, tx, who.Org(), true, `AND v.id = $2`, statementID(id))
		return err
	})
	if err == nil && len(out) == 0 {
		err = errNoStatementVersion()
	}
	if err != nil {
		return StatementVersion{}, err
	}
	return out[0], nil
}

// StatementSignature is what one person said of a version.
type StatementSignature struct {
	Name string
	Yes  bool
	At   time.Time
	Note string
}

// readSignatures returns what was said of a version, in the order it was said.
func readSignatures(ctx context.Context, tx *db.Tx, org string, v StatementVersion) ([]StatementSignature, error) {
	rows, err := tx.Query(ctx, `SELECT coalesce(c.name, ''), d.yes, d.at, d.reason FROM approval a
		JOIN approval_decision d ON d.org = a.org AND d.approval = a.id LEFT JOIN account c ON c.id = d.account
		WHERE a.org = $1 AND a.kind = $2 AND a.subject = $3 ORDER BY d.at, d.id`, org, string(approval.StatementVersion), v.ID)
	if err != nil {
		return nil, err
	}
	var out []StatementSignature
	err = eachStatementRow(rows, func(scan func(...any) error) error {
		var x StatementSignature
		var at int64
		err := scan(&x.Name, &x.Yes, &at, &x.Note)
		x.At = db.Time(at)
		out = append(out, x)
		return err
	})
	return out, err
}

// StatementAct is one line of the history of a row.
type StatementAct struct {
	At     time.Time
	ByName string
	Fields []StatementField // what changed
	Words  string           // instead of fields: what was done
}

// StatementHistory returns what became of a row, the newest first: what was said of
// it, and when it was left out and included.
func (s *Store) StatementHistory(ctx context.Context, who access.Actor, code string, now time.Time) ([]StatementAct, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []StatementAct
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		lines, err := readStatementLines(ctx, tx, who.Org(), `AND l.code = $2`, code)
		if err != nil {
			return err
		}
		scoped, err := crosswalk.ReadScoped(ctx, tx, who.Org(), StatementFramework, now)
		if err != nil {
			return err
		}
		zone, err := statementZone(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		people, err := statementPeople(ctx, tx, who.Org(), now, zone)
		if err != nil {
			return err
		}
		risks, err := readStatementRisks(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		controls, err := readControlCodes(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		codes := map[string]string{}
		for _, x := range risks {
			codes[x.ID] = x.Code
		}
		out = statementActs(code, lines, scoped, codes, controls, func(id string) string { return people[id].Name })
		return nil
	})
	return out, err
}

func readControlCodes(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, code FROM control WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = eachStatementRow(rows, func(scan func(...any) error) error {
		var id, code string
		err := scan(&id, &code)
		out[id] = code
		return err
	})
	return out, err
}
