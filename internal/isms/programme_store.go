package isms

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Programme is the internal audit programme as it stands now.
type Programme struct {
	ID       string // empty: none was begun
	From     Quarter
	Entries  []AuditEntry // by quarter and code, dropped ones as well
	Audits   []Audit      // of all programmes, without lines
	Today    cadence.Date
	Coverage AuditCoverage
	Labels   map[framework.Ref]string
}

// AuditsOf returns the audits that carry an entry out.
func (p Programme) AuditsOf(entry string) []Audit {
	var out []Audit
	for _, a := range p.Audits {
		if a.Entry == entry {
			out = append(out, a)
		}
	}
	return out
}

// Late reports whether the quarter of an entry is over and no audit of it was
// carried out.
func (p Programme) Late(e AuditEntry) bool {
	if e.Dropped || e.Quarter.Days().To >= p.Today {
		return false
	}
	return !slices.ContainsFunc(p.AuditsOf(e.ID), func(a Audit) bool { return a.State == AuditReported || a.State == AuditClosed })
}

// auditProgrammeFact is what the log says of a programme that began.
type auditProgrammeFact struct {
	Programme string   `json:"programme"`
	Quarter   string   `json:"quarter"`
	Entries   []string `json:"entries"` // codes
}

// auditEntryFact is what the log says of an entry.
type auditEntryFact struct {
	Entry   string   `json:"entry"`
	Code    string   `json:"code"`
	Title   string   `json:"title"`
	Quarter string   `json:"quarter"`
	Was     string   `json:"was_quarter"`
	Scope   []string `json:"scope"`
	Reason  string   `json:"reason"`
}

func (e AuditEntry) fact(reason string) auditEntryFact {
	f := auditEntryFact{Entry: e.ID, Code: e.Code, Title: e.Title, Quarter: e.Quarter.String(), Scope: []string{}, Reason: reason}
	for _, r := range e.Scope {
		f.Scope = append(f.Scope, r.String())
	}
	return f
}

// BeginProgramme begins a programme of three years with a quarter, from the
// entries that ship. An earlier one ends, and nobody is asked to plan what it had;
// its audits stay. Of two with one quarter there is only one.
func (s *Store) BeginProgramme(ctx context.Context, who access.Actor, from Quarter, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = auditMoment(now)
	if d := from.Days().From; d < cadence.On(2000, 1, 1) || d > cadence.On(2100, 1, 1) {
		return problem.Field("quarter", "Choose the quarter the programme begins with, such as 2026 Q1.")
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Revision(ctx, who.Org()); err != nil { // one programme begins at a time, on any server
			return err
		}
		was, err := readProgramme(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if was.ID != "" && was.From == from {
			return problem.Field("quarter", fmt.Sprintf("A programme that begins with %s is in force already. Change its entries, or begin one with another quarter.", from))
		}
		if err := s.settlePlanTasks(ctx, tx, who.Org(), who.Account(), nil, nil, now); err != nil {
			return err
		}
		id, salt := newID(), ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO audit_programme (org, id, quarter, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6)`, who.Org(), id, int(from), db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		fact := auditProgrammeFact{Programme: id, Quarter: from.String(), Entries: []string{}}
		for _, x := range shippedAuditProgramme() {
			e := x.AuditEntry
			e.ID, e.Quarter = newID(), from+Quarter(x.Offset)
			if err := insertAuditEntry(ctx, tx, who.Org(), id, e, now); err != nil {
				return err
			}
			fact.Entries = append(fact.Entries, e.Code)
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindAuditProgramme, ID: id, Salt: salt, Payload: fact})
	})
}

func insertAuditEntry(ctx context.Context, tx *db.Tx, org, programme string, e AuditEntry, now time.Time) error {
	rows := db.Into(`audit_entry (org, id, programme, code, quarter, title, method, sample, urgent, dropped)`)
	rows.Add(org, e.ID, programme, e.Code, int(e.Quarter), e.Title, e.Method, e.Sample, e.Urgent, false)
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return setAuditScope(ctx, tx, org, e.ID, "", nil, e.Scope, now)
}

// readProgramme reads the programme in force and its entries; without one, the
// zero id.
func readProgramme(ctx context.Context, tx *db.Tx, org string) (Programme, error) {
	var p Programme
	err := tx.QueryRow(ctx, `SELECT id, quarter FROM audit_programme WHERE org = $1 ORDER BY at DESC, id DESC LIMIT 1`, org).Scan(&p.ID, &p.From)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	scope, err := readAuditScope(ctx, tx, org, "entry", "")
	if err != nil {
		return p, err
	}
	rows, err := tx.Query(ctx, `SELECT id, code, quarter, title, method, sample, urgent, dropped, moved FROM audit_entry WHERE org = $1 AND programme = $2 ORDER BY quarter, code`, org, p.ID)
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var e AuditEntry
		err := scan(&e.ID, &e.Code, &e.Quarter, &e.Title, &e.Method, &e.Sample, &e.Urgent, &e.Dropped, &e.Moved)
		e.Scope = scope[e.ID]
		p.Entries = append(p.Entries, e)
		return err
	})
	slices.SortStableFunc(p.Entries, func(a, b AuditEntry) int { // the clauses come first
		if a.Quarter != b.Quarter {
			return int(a.Quarter - b.Quarter)
		}
		return annexLast(a) - annexLast(b)
	})
	return p, err
}

func annexLast(e AuditEntry) int {
	if len(e.Scope) > 0 && auditClause(e.Scope[0]) {
		return 0
	}
	return 1
}

// Programme returns the programme with what it covers.
func (s *Store) Programme(ctx context.Context, who access.Actor, now time.Time) (Programme, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return Programme{}, err
	}
	var p Programme
	var library *crosswalk.Library
	var done []AuditCarried
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if p, err = readProgramme(ctx, tx, who.Org()); err != nil {
			return err
		}
		if p.Audits, err = readAudits(ctx, tx, who.Org(), ""); err != nil {
			return err
		}
		if done, err = readCarried(ctx, tx, who.Org(), p.Audits); err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		p.Today = zones.DateOf(now)
		library, err = s.Crosswalk.LibraryIn(ctx, tx, who.Org(), now)
		return err
	})
	if err != nil {
		return p, err
	}
	scope, err := s.Crosswalk.Scope(ctx, who, now)
	if err != nil {
		return p, err
	}
	asked := auditAsked(library, p.Entries, scope.Excluded)
	p.Labels = map[framework.Ref]string{}
	for _, a := range asked {
		p.Labels[a.Ref] = a.Label
	}
	if p.ID != "" {
		p.Coverage = AuditCover(asked, p.Entries, done, p.From, p.Today)
	}
	return p, nil
}

// auditAsked returns what a programme has to cover: everything the standard asks,
// in the edition its entries name, with the reason where it does not apply.
func auditAsked(l *crosswalk.Library, entries []AuditEntry, excluded map[framework.Ref]string) []AuditAsked {
	id := ProgrammeFramework
	for _, e := range entries {
		for _, r := range e.Scope {
			if strings.HasPrefix(r.Framework, "iso27001-") {
				id = r.Framework
			}
		}
	}
	f, ok := l.Frameworks.Find(id)
	if !ok {
		return nil
	}
	var out []AuditAsked
	for _, q := range f.Asked() {
		r := framework.Ref{Framework: id, ID: q.ID}
		out = append(out, AuditAsked{Ref: r, Label: q.Label, Excluded: excluded[r]})
	}
	return out
}

// readCarried reads which requirements audits that took place looked at: those with
// an answer to the line of the requirement itself.
func readCarried(ctx context.Context, tx *db.Tx, org string, audits []Audit) ([]AuditCarried, error) {
	rows, err := tx.Query(ctx, `SELECT audit, framework, requirement, at FROM audit_line WHERE org = $1 AND control IS NULL AND policy IS NULL AND answer NOT IN ('', 'not_applicable') ORDER BY audit, n`, org)
	refs, last := map[string][]framework.Ref{}, map[string]int64{}
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var id string
		var r framework.Ref
		var at int64
		err := scan(&id, &r.Framework, &r.ID, &at)
		refs[id], last[id] = append(refs[id], r), max(last[id], at)
		return err
	}); err != nil {
		return nil, err
	}
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	var out []AuditCarried
	for _, a := range audits {
		if a.State == AuditReported || a.State == AuditClosed {
			c := AuditCarried{Code: a.Code(), On: a.Days.To, Refs: refs[a.ID]}
			if at := last[a.ID]; at > 0 { // the plan may have said another day
				c.On = zones.DateOf(db.Time(at))
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// auditEntryOf finds an entry of the programme in force.
func auditEntryOf(ctx context.Context, tx *db.Tx, org, id string) (Programme, AuditEntry, error) {
	p, err := readProgramme(ctx, tx, org)
	if err != nil {
		return p, AuditEntry{}, err
	}
	i := slices.IndexFunc(p.Entries, func(e AuditEntry) bool { return e.ID == id })
	if i < 0 {
		return p, AuditEntry{}, problem.New(problem.NotFound, "The programme in force has no such entry.")
	}
	return p, p.Entries[i], nil
}

// ReplanEntry moves an entry to another quarter and changes what it covers, with a
// reason. Without an ID it is a new entry, which needs a title.
func (s *Store) ReplanEntry(ctx context.Context, who access.Actor, e AuditEntry, reason string, now time.Time) (string, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return "", err
	}
	now = auditMoment(now)
	reason, err := auditReason(reason)
	if err != nil {
		return "", err
	}
	plan, err := AuditDraft{Title: e.Title, Method: e.Method, Sample: e.Sample, Scope: e.Scope}.checked()
	if err != nil {
		return "", err
	}
	e.Title, e.Method, e.Sample, e.Scope = plan.Title, plan.Method, plan.Sample, plan.Scope
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := s.checkScope(ctx, tx, who.Org(), e.Scope, now); err != nil {
			return err
		}
		if e.ID == "" {
			return s.addEntry(ctx, tx, who, &e, reason, now)
		}
		p, have, err := auditEntryOf(ctx, tx, who.Org(), e.ID)
		if err != nil {
			return err
		}
		if err := p.within(e.Quarter); err != nil {
			return err
		}
		e.Code = have.Code
		_, err = tx.Exec(ctx, `UPDATE audit_entry SET quarter = $3, title = $4, method = $5, sample = $6, dropped = FALSE, moved = moved + 1 WHERE org = $1 AND id = $2`,
			who.Org(), e.ID, int(e.Quarter), e.Title, e.Method, e.Sample)
		if err != nil {
			return err
		}
		if err := setAuditScope(ctx, tx, who.Org(), e.ID, "", have.Scope, e.Scope, now); err != nil {
			return err
		}
		f := e.fact(reason)
		f.Was = have.Quarter.String()
		return s.recordAudit(ctx, tx, who.Org(), auditAct{entry: e.ID, kind: kindAuditEntryMoved, account: who.Account(), at: now, payload: f})
	})
	return e.ID, err
}

// within refuses a quarter outside the cycle.
func (p Programme) within(q Quarter) error {
	if q < p.From || q >= p.From+auditQuarters {
		return problem.Field("quarter", fmt.Sprintf("The programme runs from %s to %s. Choose a quarter of it.", p.From, p.From+auditQuarters-1))
	}
	return nil
}

func (s *Store) checkScope(ctx context.Context, tx *db.Tx, org string, scope []framework.Ref, now time.Time) error {
	l, err := s.Crosswalk.LibraryIn(ctx, tx, org, now)
	if err != nil {
		return err
	}
	if len(scope) == 0 {
		return problem.Field("scope", "Say what it covers: at least one requirement.")
	}
	for _, r := range scope {
		f, ok := l.Frameworks.Find(r.Framework)
		if ok {
			var q framework.Requirement
			q, ok = f.Find(r.ID)
			ok = ok && q.Kind == framework.KindRequirement
		}
		if !ok {
			return problem.Field("scope", "“"+r.Framework+":"+r.ID+"” is no requirement known here. Write the framework, a colon and the id, such as iso27001-2022:A.8.8.")
		}
	}
	return nil
}

func (s *Store) addEntry(ctx context.Context, tx *db.Tx, who access.Actor, e *AuditEntry, reason string, now time.Time) error {
	p, err := readProgramme(ctx, tx, who.Org())
	if err != nil {
		return err
	}
	if p.ID == "" {
		return problem.New(problem.Conflict, "There is no programme yet. Begin one first.")
	}
	if err := p.within(e.Quarter); err != nil {
		return err
	}
	y, q := int(e.Quarter-p.From)/4+1, int(e.Quarter-p.From)%4+1
	for n := 1; ; n++ {
		e.Code = fmt.Sprintf("IA-Y%dQ%d-X%d", y, q, n)
		if !slices.ContainsFunc(p.Entries, func(x AuditEntry) bool { return x.Code == e.Code }) {
			break
		}
	}
	e.ID = newID()
	if err := insertAuditEntry(ctx, tx, who.Org(), p.ID, *e, now); err != nil {
		return err
	}
	return s.recordAudit(ctx, tx, who.Org(), auditAct{entry: e.ID, kind: kindAuditEntryAdded, account: who.Account(), at: now, payload: e.fact(reason)})
}

// DropEntry drops an entry from the programme, with a reason. What it covered shows
// as not covered, unless something else covers it.
func (s *Store) DropEntry(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = auditMoment(now)
	reason, err := auditReason(reason)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, e, err := auditEntryOf(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if e.Dropped {
			return problem.New(problem.Conflict, "%s is dropped already.", e.Code)
		}
		if _, err := tx.Exec(ctx, `UPDATE audit_entry SET dropped = TRUE WHERE org = $1 AND id = $2`, who.Org(), id); err != nil {
			return err
		}
		return s.recordAudit(ctx, tx, who.Org(), auditAct{entry: id, kind: kindAuditEntryDropped, account: who.Account(), at: now, payload: e.fact(reason)})
	})
}

// AuditEntryView is one entry of the programme with what became of it.
type AuditEntryView struct {
	AuditEntry
	From   Quarter // of the programme
	Audits []Audit
	Past   []AuditPastLine
	Today  cadence.Date
	Labels map[framework.Ref]string
}

// AuditEntry returns one entry of the programme in force.
func (s *Store) AuditEntry(ctx context.Context, who access.Actor, id string, now time.Time) (AuditEntryView, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return AuditEntryView{}, err
	}
	var v AuditEntryView
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		p, e, err := auditEntryOf(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		v = AuditEntryView{AuditEntry: e, From: p.From, Labels: map[framework.Ref]string{}}
		if v.Audits, err = readAudits(ctx, tx, who.Org(), `a.entry = $2`, id); err != nil {
			return err
		}
		if v.Past, err = readAuditActs(ctx, tx, who.Org(), "entry", id); err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		v.Today = zones.DateOf(now)
		l, err := s.Crosswalk.LibraryIn(ctx, tx, who.Org(), now)
		for _, r := range e.Scope {
			v.Labels[r] = auditMaterial{Library: l}.label(r)
		}
		return err
	})
	return v, err
}

const taskAuditPlan = "internal_audit.plan" // for the security officer: plan what the programme asks for this quarter

// TendAudits asks who runs the programme to plan what it has for the quarter, and
// takes that back once an audit is planned, or the entry is moved or dropped. Done
// twice it changes nothing the second time.
func (s *Store) TendAudits(ctx context.Context, org string, now time.Time) error {
	now = auditMoment(now)
	return s.DB.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		p, err := readProgramme(ctx, tx, org)
		if err != nil || p.ID == "" {
			return err
		}
		zones, err := access.Days(ctx, tx, org)
		if err != nil {
			return err
		}
		p.Today = zones.DateOf(now)
		duties, err := people.ReadDuties(ctx, tx, org)
		if err != nil {
			return err
		}
		if p.Audits, err = readAudits(ctx, tx, org, `a.entry IS NOT NULL`); err != nil {
			return err
		}
		holders := duties.Holders("security-officer", p.Today)
		ends := map[string]task.Closing{} // by entry whose tasks are over
		var put []task.New
		for _, e := range p.Entries {
			switch waits := e.Quarter.Days().From <= p.Today && !slices.ContainsFunc(p.AuditsOf(e.ID), func(a Audit) bool { return a.State != AuditCancelled }); {
			case e.Dropped:
				ends[e.ID] = task.Closing{State: task.Cancelled, Reason: "The programme does not plan it any more."}
			case !waits:
				ends[e.ID] = task.Closing{State: task.Done}
			default:
				for _, person := range holders {
					put = append(put, task.New{Assignee: task.Assignee{Person: person}, Kind: taskAuditPlan, Subject: task.Subject{Kind: auditEntrySubject, ID: e.ID, Words: e.Code}, Title: "Plan the internal audit “" + e.Title + "” (" + e.Code + ")", Due: e.Quarter.Days().To, Fixed: true})
				}
			}
		}
		if err := s.settlePlanTasks(ctx, tx, org, "", put, ends, now); err != nil || len(put) == 0 {
			return err
		}
		_, err = task.PutAll(ctx, tx, org, "", put, now)
		return err
	})
}

// auditEntrySubject is the kind of subject of tasks about entries of the programme.
const auditEntrySubject = "audit_entry"

// settlePlanTasks ends the tasks to plan audits that should not be open: of what is
// over, as ends says; of who does not run the programme any more; and of what no
// programme in force has.
func (s *Store) settlePlanTasks(ctx context.Context, tx *db.Tx, org, by string, put []task.New, ends map[string]task.Closing, now time.Time) error {
	open, err := task.OfKind(ctx, tx, org, auditEntrySubject)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, n := range put {
		asked[n.Subject.ID] = true
	}
	for _, t := range open {
		if t.Kind != taskAuditPlan || slices.ContainsFunc(put, func(n task.New) bool { return n.Subject.ID == t.Subject.ID && n.Assignee == t.Assignee }) {
			continue
		}
		c, over := ends[t.Subject.ID]
		switch {
		case over:
		case asked[t.Subject.ID]:
			c = task.Closing{State: task.Cancelled, Reason: "Somebody else runs the programme now."}
		default:
			c = task.Closing{State: task.Cancelled, Reason: "Another programme is in force."}
		}
		c.Kind, c.Subject, c.Assignee, c.Quiet = taskAuditPlan, t.Subject, t.Assignee, true
		if _, err := task.Close(ctx, tx, s.Log, org, by, c, now); err != nil {
			return err
		}
	}
	return nil
}
