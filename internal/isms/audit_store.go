package isms

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// auditKnown returns what may be compared with an id of ours, or "": PostgreSQL
// does not take every text.
func auditKnown(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

func auditNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

// The kinds of leaf the programme and audits leave. They are stored.
const (
	kindAuditProgramme    = "audit_programme.begun"
	kindAuditEntryAdded   = "audit_programme.added"
	kindAuditEntryMoved   = "audit_programme.moved"
	kindAuditEntryDropped = "audit_programme.dropped"
	kindAuditEntryCarried = "audit_programme.carried"
	kindAuditPlanned      = "internal_audit.planned"
	kindAuditChanged      = "internal_audit.changed"
	kindAuditBegun        = "internal_audit.begun"
	kindAuditAnswered     = "internal_audit.answered"
	kindAuditReported     = "internal_audit.reported"
	kindAuditClosed       = "internal_audit.closed"
	kindAuditCancelled    = "internal_audit.cancelled"
	kindAuditCarried      = "internal_audit.carried"
)

// auditAct is one thing that became of an entry or an audit.
type auditAct struct {
	entry, audit string
	kind         string
	account      string // empty: Toucan
	at           time.Time
	payload      any
}

// recordAudit writes acts, and a leaf for each.
func (s *Store) recordAudit(ctx context.Context, tx *db.Tx, org string, acts ...auditAct) error {
	rows := db.Into(`audit_act (org, id, entry, audit, kind, at, account, body, salt)`)
	for _, a := range acts {
		body, err := json.Marshal(a.payload)
		if err != nil {
			return fmt.Errorf("isms: %w", err)
		}
		id, salt := newID(), ledger.Salt()
		rows.Add(org, id, auditNull(a.entry), auditNull(a.audit), a.kind, db.Micros(a.at), a.account, string(body), salt)
		if err := s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: a.at, Actor: a.account, Kind: a.kind, ID: id, Salt: salt, Payload: json.RawMessage(body)}); err != nil {
			return err
		}
	}
	return rows.Insert(ctx, tx)
}

// readAuditScope reads what entries or audits cover; column says which of the two.
func readAuditScope(ctx context.Context, tx *db.Tx, org, column, where string, args ...any) (map[string][]framework.Ref, error) {
	rows, err := tx.Query(ctx, `SELECT `+column+`, framework, requirement FROM audit_scope WHERE org = $1 AND `+column+` IS NOT NULL AND to_at IS NULL`+where+` ORDER BY id`, append([]any{org}, args...)...)
	out := map[string][]framework.Ref{}
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var id string
		var r framework.Ref
		err := scan(&id, &r.Framework, &r.ID)
		out[id] = append(out[id], r)
		return err
	})
	return out, err
}

// setAuditScope ends what is not covered any more and adds what is new.
func setAuditScope(ctx context.Context, tx *db.Tx, org, entry, audit string, have, want []framework.Ref, now time.Time) error {
	column, id := "entry", entry
	if audit != "" {
		column, id = "audit", audit
	}
	for _, r := range have {
		if slices.Contains(want, r) {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE audit_scope SET to_at = $5 WHERE org = $1 AND `+column+` = $2 AND framework = $3 AND requirement = $4 AND to_at IS NULL`, org, id, r.Framework, r.ID, db.Micros(now)); err != nil {
			return err
		}
	}
	rows := db.Into(`audit_scope (org, id, entry, audit, framework, requirement, from_at)`)
	for _, r := range want {
		if !slices.Contains(have, r) {
			rows.Add(org, newID(), auditNull(entry), auditNull(audit), r.Framework, r.ID, db.Micros(now))
		}
	}
	return rows.Insert(ctx, tx)
}

// readAudits reads audits with who audits and how many lines and findings they
// have, the newest first; where may use $2 and on.
func readAudits(ctx context.Context, tx *db.Tx, org, where string, args ...any) ([]Audit, error) {
	if where != "" {
		where = ` AND ` + where
	}
	rows, err := tx.Query(ctx, `SELECT a.id, a.year, a.n, coalesce(a.entry, ''), coalesce(e.code, ''), a.title, a.criteria, a.method, a.sample, a.period_from, a.period_to, a.starts_on, a.ends_on, a.state,
		a.summary, a.conclusion, a.reported_at, a.item, a.ended_at, a.reason,
		(SELECT count(*) FROM audit_line l WHERE l.org = a.org AND l.audit = a.id), (SELECT count(*) FROM audit_line l WHERE l.org = a.org AND l.audit = a.id AND l.answer <> ''),
		(SELECT count(*) FROM audit_line l JOIN finding f ON f.org = l.org AND f.source = l.id AND f.source_kind = '`+finding.FromAudit+`' WHERE l.org = a.org AND l.audit = a.id)
		FROM internal_audit a LEFT JOIN audit_entry e ON e.org = a.org AND e.id = a.entry WHERE a.org = $1`+where+` ORDER BY a.year DESC, a.n DESC`, append([]any{org}, args...)...)
	var out []Audit
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var a Audit
		var reported, ended int64
		err := scan(&a.ID, &a.Year, &a.N, &a.Entry, &a.EntryCode, &a.Title, &a.Criteria, &a.Method, &a.Sample, &a.Period.From, &a.Period.To, &a.Days.From, &a.Days.To, &a.State,
			&a.Summary, &a.Conclusion, &reported, &a.Item, &ended, &a.Reason, &a.Counts.Lines, &a.Counts.Answered, &a.Counts.Findings)
		a.ReportedAt, a.EndedAt = db.Time(reported), db.Time(ended)
		out = append(out, a)
		return err
	}); err != nil || len(out) == 0 {
		return nil, err
	}
	scope, err := readAuditScope(ctx, tx, org, "audit", "")
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range out {
		out[i].Scope, at[out[i].ID] = scope[out[i].ID], i
	}
	rows, err = tx.Query(ctx, `SELECT p.audit, p.id, coalesce(p.person, ''), coalesce(r.name, p.name), p.part, p.gone FROM audit_person p
		LEFT JOIN person r ON r.org = p.org AND r.id = p.person WHERE p.org = $1 ORDER BY p.id`, org)
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var audit, part string
		var x Auditor
		if err := scan(&audit, &x.ID, &x.Person, &x.Name, &part, &x.Gone); err != nil {
			return err
		}
		i, ok := at[audit]
		if !ok {
			return nil
		}
		out[i].seat(x, part)
		return nil
	})
	return out, err
}

// seat puts somebody on the team or among those audited.
func (a *Audit) seat(x Auditor, part string) {
	if part != "auditor" {
		a.Asked = append(a.Asked, x)
		if !x.Gone {
			a.Auditees = append(a.Auditees, x.Person)
		}
		return
	}
	a.Team = append(a.Team, x)
	switch {
	case x.Gone:
	case x.Outside():
		a.Outside = append(a.Outside, x.Name)
	default:
		a.Auditors = append(a.Auditors, x.Person)
	}
}

// auditOf reads one audit with its lines, and says of each line who may look.
func (s *Store) auditOf(ctx context.Context, tx *db.Tx, org, id string, now time.Time) (Audit, error) {
	list, err := readAudits(ctx, tx, org, `a.id = $2`, auditKnown(id))
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such audit. Look in the list of internal audits.")
	}
	if err != nil {
		return Audit{}, err
	}
	a := list[0]
	if a.Lines, err = readAuditLines(ctx, tx, org, a.ID, now); err != nil {
		return a, err
	}
	past, err := readAuditPast(ctx, tx, org, a.ID)
	if err != nil {
		return a, err
	}
	a.judge(past)
	return a, nil
}

// judge says of each line which of the team may not look, and why.
func (a *Audit) judge(past AuditPast) {
	for i := range a.Lines {
		l := &a.Lines[i]
		l.Conflicts = map[string][]string{}
		for _, x := range a.Team {
			if why := past.Conflicts(x, l.AuditSubject, a.Period); len(why) > 0 {
				l.Conflicts[x.ID] = why
			}
		}
	}
}

func readAuditLines(ctx context.Context, tx *db.Tx, org, audit string, now time.Time) ([]AuditLine, error) {
	rows, err := tx.Query(ctx, `SELECT l.id, l.n, l.framework, l.requirement, coalesce(l.control, ''), coalesce(c.code, ''), coalesce(l.policy, ''),
		coalesce((SELECT s.title FROM policy_setting s WHERE s.org = l.org AND s.policy = l.policy ORDER BY s.at DESC, s.id DESC LIMIT 1), ''),
		l.question, l.hint, l.answer, l.note, coalesce(l.auditor, ''), l.at, l.account
		FROM audit_line l LEFT JOIN control c ON c.org = l.org AND c.id = l.control WHERE l.org = $1 AND l.audit = $2 ORDER BY l.n`, org, audit)
	var out []AuditLine
	at := map[string]int{}
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var l AuditLine
		var when int64
		err := scan(&l.ID, &l.N, &l.Ref.Framework, &l.Ref.ID, &l.Control, &l.ControlCode, &l.Policy, &l.PolicyTitle, &l.Question, &l.Hint, &l.Answer, &l.Note, &l.Auditor, &when, &l.By)
		l.At = db.Time(when)
		at[l.ID] = len(out)
		out = append(out, l)
		return err
	}); err != nil || len(out) == 0 {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT i.line, i.item FROM audit_item i JOIN audit_line l ON l.org = i.org AND l.id = i.line WHERE i.org = $1 AND l.audit = $2 ORDER BY i.at, i.id`, org, audit)
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var line, item string
		err := scan(&line, &item)
		out[at[line]].Items = append(out[at[line]].Items, item)
		return err
	}); err != nil {
		return nil, err
	}
	raised, err := finding.ReadOf(ctx, tx, org, finding.Source{Kind: finding.FromAudit}, now)
	for _, f := range slices.Backward(raised) {
		if i, ok := at[f.Source.ID]; ok {
			out[i].Findings = append(out[i].Findings, f)
		}
	}
	return out, err
}

// auditPerson returns the person of the register the actor is, or "".
func auditPerson(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	var person string
	err := tx.QueryRow(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, who.Org(), who.Account()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

// Audits returns all audits without their lines, the newest first.
func (s *Store) Audits(ctx context.Context, who access.Actor) ([]Audit, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []Audit
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readAudits(ctx, tx, who.Org(), "")
		return err
	})
	return out, err
}

// AuditView is one audit as somebody looks at it.
type AuditView struct {
	Audit
	Today  cadence.Date
	Person string // of the register who looks at it, or empty
	Past   []AuditPastLine
	Labels map[framework.Ref]string
}

// Audit returns one audit with its lines.
func (s *Store) Audit(ctx context.Context, who access.Actor, id string, now time.Time) (AuditView, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return AuditView{}, err
	}
	var v AuditView
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if v.Audit, err = s.auditOf(ctx, tx, who.Org(), id, now); err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		v.Today = zones.DateOf(now)
		if v.Person, err = auditPerson(ctx, tx, who); err != nil {
			return err
		}
		if v.Past, err = readAuditActs(ctx, tx, who.Org(), "audit", v.ID); err != nil {
			return err
		}
		l, err := s.Crosswalk.LibraryIn(ctx, tx, who.Org(), now)
		v.Labels = map[framework.Ref]string{}
		for _, x := range v.Lines {
			v.Labels[x.Ref] = auditMaterial{Library: l}.label(x.Ref)
		}
		return err
	})
	return v, err
}

// AuditPastLine is one line of what became of an audit or an entry.
type AuditPastLine struct {
	At     time.Time
	By     string // account, or empty
	ByName string
	Kind   string
	Reason string // what was said then, or empty
}

// Words is the line as a page writes it.
func (p AuditPastLine) Words() string {
	switch p.Kind {
	case kindAuditEntryAdded:
		return "Entered in the programme."
	case kindAuditEntryMoved:
		return "Planned anew."
	case kindAuditEntryDropped:
		return "Dropped from the programme."
	case kindAuditEntryCarried, kindAuditCarried:
		return "Carried to another edition of a framework."
	case kindAuditPlanned:
		return "Planned."
	case kindAuditChanged:
		return "The plan was changed."
	case kindAuditBegun:
		return "Begun."
	case kindAuditAnswered:
		return "A line was answered."
	case kindAuditReported:
		return "Reported; the report was frozen as evidence."
	case kindAuditClosed:
		return "Closed."
	case kindAuditCancelled:
		return "Cancelled."
	}
	return p.Kind
}

func readAuditActs(ctx context.Context, tx *db.Tx, org, column, id string) ([]AuditPastLine, error) {
	rows, err := tx.Query(ctx, `SELECT a.at, a.account, coalesce(c.name, ''), a.kind, a.body FROM audit_act a LEFT JOIN account c ON c.id = a.account
		WHERE a.org = $1 AND a.`+column+` = $2 AND a.kind <> $3 ORDER BY a.at DESC, a.id DESC`, org, id, kindAuditAnswered)
	var out []AuditPastLine
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var p AuditPastLine
		var at int64
		var body string
		if err := scan(&at, &p.By, &p.ByName, &p.Kind, &body); err != nil {
			return err
		}
		var f struct {
			Reason string `json:"reason"`
		}
		err := json.Unmarshal([]byte(body), &f)
		p.At, p.Reason = db.Time(at), f.Reason
		out = append(out, p)
		return err
	})
	return out, err
}
