package finding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Columns are those of the log of findings as a file. The columns behind the
// controls are written for the reader and not read: what became of a finding is
// said on its page, step by step.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: "code", Title: "Code", Also: []string{"ID", "Number", "Ref"}, Max: 20, Help: "Leave it empty for a new finding."},
		{Key: "title", Title: "Title", Also: []string{"Finding", "Summary"}, Required: true, Max: maxTitle, Help: "Say in one line what was found."},
		{Key: "kind", Title: "Kind", Also: []string{"Type"}, OneOf: []string{"nonconformity", "exception", "observation", "opportunity"}},
		{Key: "grade", Title: "Grade", Also: []string{"Severity"}, OneOf: []string{"major", "minor"}},
		{Key: "reason", Title: "Reason of the grade", Max: maxText},
		{Key: "statement", Title: "Statement", Also: []string{"Description", "Details"}, Max: maxText},
		{Key: "objective", Title: "Objective evidence", Also: []string{"Evidence"}, Max: maxText},
		{Key: "source", Title: "Source", OneOf: Sources()},
		{Key: "owner", Title: "Owner", Also: []string{"Responsible"}, Help: "An e-mail address or a name of the people register."},
		{Key: "found_on", Title: "Found on", Also: []string{"Date", "Raised on"}},
		{Key: "requirements", Title: "Requirements", Also: []string{"Clause", "Clauses", "Requirement"}, Many: true, Max: 4000, Help: "Such as iso27001-2022:A.8.8; soc2-2017:CC7.1."},
		{Key: "controls", Title: "Controls", Also: []string{"Control"}, Many: true, Max: 4000, Help: "Codes of controls, such as AC-04."},
		{Key: "state", Title: "State", Max: maxText},
		{Key: "next", Title: "Next step", Max: maxText},
		{Key: "due", Title: "Due"},
		{Key: "correction", Title: "Correction", Max: maxText},
		{Key: "cause", Title: "Cause", Max: maxText},
		{Key: "closed_on", Title: "Closed on"},
	}
}

// Export returns the log of findings, a row for each with a cell for each column.
func (s *Store) Export(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	reg, err := s.All(ctx, who, now)
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, f := range slices.Backward(reg.Findings) {
		state, step := "open", f.Now()
		if f.Closed() {
			state = "closed"
		}
		out = append(out, []string{f.Code(), f.Title, string(f.Kind), string(f.Grade), f.Reason, f.Statement, f.Objective, f.Source.Kind, f.OwnerName, f.FoundOn.String(),
			strings.Join(refCells(f.Requirements), ";"), strings.Join(reg.codes(f.Controls), ";"), state, step.Words, step.Due.String(), f.Correction, f.Cause, f.ClosedOn.String()})
	}
	return out, nil
}

func refCells(refs []framework.Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.Framework + ":" + r.ID
	}
	return out
}

// codes are those of controls by id.
func (r *Register) codes(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = r.Reach[id].Code
	}
	return out
}

// Names are what cells may name: people, controls and requirements.
type Names struct {
	people   map[string][]string // ids by e-mail address and by name, lower case
	controls map[string]string   // ids by code, lower case
	library  *crosswalk.Library
}

// readNames reads them.
func (s *Store) readNames(ctx context.Context, tx *db.Tx, org string, now time.Time) (Names, error) {
	n := Names{people: map[string][]string{}, controls: map[string]string{}}
	rows, err := tx.Query(ctx, `SELECT id, name, email FROM person WHERE org = $1 AND name <> ''`, org)
	if err != nil {
		return n, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, name, email string
		if err := scan(&id, &name, &email); err != nil {
			return err
		}
		for _, k := range []string{strings.ToLower(name), email} {
			if k != "" && !slices.Contains(n.people[k], id) {
				n.people[k] = append(n.people[k], id)
			}
		}
		return nil
	})
	if err != nil {
		return n, err
	}
	if rows, err = tx.Query(ctx, `SELECT id, code_key FROM control WHERE org = $1`, org); err != nil {
		return n, err
	}
	if err = db.Each(rows, func(scan func(...any) error) error {
		var id, code string
		err := scan(&id, &code)
		n.controls[code] = id
		return err
	}); err != nil {
		return n, err
	}
	n.library, err = s.Links.LibraryIn(ctx, tx, org, now)
	return n, err
}

// person finds whom a cell names, and notes when nobody or several are meant.
func (n Names) person(sh *sheet.Sheet, r sheet.Row, key string) string {
	text := r.Text(key)
	if text == "" {
		return ""
	}
	switch ids := n.people[strings.ToLower(text)]; len(ids) {
	case 0:
		sh.Fault(r, key, "“%s” is nobody of the people register. Write an e-mail address that stands there.", cut(text, 60))
	case 1:
		return ids[0]
	default:
		sh.Fault(r, key, "%d people are called “%s”. Write the e-mail address.", len(ids), cut(text, 60))
	}
	return ""
}

// about finds the controls and requirements that cells name.
func (n Names) about(sh *sheet.Sheet, r sheet.Row) about {
	var a about
	for _, code := range r.List("controls") {
		id, ok := n.controls[strings.ToLower(code)]
		if !ok {
			sh.Fault(r, "controls", "There is no control “%s”. Write codes of controls with a semicolon between them.", cut(code, 60))
			continue
		}
		a.controls = append(a.controls, id)
	}
	for _, text := range r.List("requirements") {
		ref, ok := ParseRef(n.library, text)
		if !ok {
			sh.Fault(r, "requirements", "“%s” is no requirement known here. Write the framework, a colon and the id, such as iso27001-2022:A.8.8.", cut(text, 60))
			continue
		}
		a.refs = append(a.refs, ref)
	}
	return a
}

// ParseRef reads a requirement as people write it: "iso27001-2022:A.8.8", or with
// a space between.
func ParseRef(l *crosswalk.Library, text string) (framework.Ref, bool) {
	text = strings.TrimSpace(text)
	i := strings.IndexAny(text, ": ")
	if i < 0 {
		return framework.Ref{}, false
	}
	ref := framework.Ref{Framework: strings.ToLower(text[:i]), ID: strings.TrimSpace(text[i+1:])}
	f, ok := l.Frameworks.Find(ref.Framework)
	if !ok {
		return ref, false
	}
	q, ok := f.Find(ref.ID)
	return ref, ok && q.Kind == framework.KindRequirement
}

// incoming is one row of a file, ready to be entered.
type incoming struct {
	draft Draft
	was   *Finding // nil: a new one
}

// planned is the same for preview and import: what each row would do.
func planned(sh *sheet.Sheet, have []Finding, names Names, today cadence.Date) (sheet.Plan, []incoming) {
	byCode, byTitle := map[string]*Finding{}, map[string]*Finding{}
	for i := range have {
		f := &have[i]
		byCode[strings.ToLower(f.Code())] = f
		if t := sheet.Key(f.Title); byTitle[t] == nil && !f.Closed() {
			byTitle[t] = f
		}
	}
	seen, titles := map[string]int{}, map[string]int{}
	var list []incoming
	var lines []sheet.Line
	for _, r := range sh.Rows {
		if !sh.Once(seen, r, "code") || r.Text("code") == "" && !sh.Once(titles, r, "title") {
			continue
		}
		was := byTitle[sheet.Key(r.Text("title"))]
		if code := r.Text("code"); code != "" {
			if was = byCode[strings.ToLower(code)]; was == nil {
				sh.Fault(r, "code", "There is no finding %s. Leave the cell empty for a new one: it gets its code when it is entered.", cut(code, 20))
				continue
			}
		}
		in := incoming{rowDraft(sh, r, was, names, today), was}
		list = append(list, in)
		lines = append(lines, sheet.Line{Row: r.Number, Name: in.draft.Title})
	}
	p := sh.Plan()
	for i, in := range list {
		switch {
		case in.was == nil:
			p.New = append(p.New, lines[i])
		case in.draft.same(in.was.Draft):
			p.Same++
		default:
			lines[i].Code, lines[i].Fields = in.was.Code(), in.draft.differing(in.was.Draft)
			p.Changed = append(p.Changed, lines[i])
		}
	}
	return p, list
}

// rowDraft reads a row over what is there, if anything is.
func rowDraft(sh *sheet.Sheet, r sheet.Row, was *Finding, names Names, today cadence.Date) Draft {
	d := Draft{Kind: Nonconformity, Source: Source{Kind: FromSelf}, FoundOn: today}
	if was != nil {
		d = was.Draft
		if was.Closed() {
			sh.Fault(r, "code", "%s is closed. Open it again on its page before a file changes it.", was.Code())
		}
		if k := r.Text("kind"); k != "" && Kind(k) != was.Kind || r.Text("grade") != "" && Grade(r.Text("grade")) != was.Grade {
			sh.Fault(r, "kind", "%s is a %s. Kind and grade change on its page, with a reason.", was.Code(), strings.ToLower(was.What()))
		}
	} else {
		if k := r.Text("kind"); k != "" {
			d.Kind = Kind(k)
		}
		d.Grade, d.Reason = Grade(r.Text("grade")), r.Text("reason")
		if d.Kind == Nonconformity && d.Grade == "" {
			sh.Fault(r, "grade", "A nonconformity is major or minor. Write one of them.")
		} else if d.Kind == Nonconformity && d.Reason == "" {
			d.Reason = "Graded in the file it was imported from."
		}
		if v := r.Text("source"); v != "" {
			d.Source.Kind = v
		}
		if r.Text("statement") == "" {
			sh.Fault(r, "statement", "A new finding says what was required and what was found. Write it in one or two sentences.")
		}
	}
	d.Title = strings.Join(strings.Fields(r.Text("title")), " ")
	for key, to := range map[string]*string{"statement": &d.Statement, "objective": &d.Objective} {
		if r.Has(key) && (r.Text(key) != "" || key != "statement") {
			*to = r.Text(key)
		}
	}
	if r.Has("owner") {
		d.Owner = names.person(sh, r, "owner")
	}
	if r.Has("found_on") && r.Text("found_on") != "" {
		if d.FoundOn = sh.Date(r, "found_on"); d.FoundOn > today {
			sh.Fault(r, "found_on", "This day lies in the future. Write the day it was found.")
		}
	}
	a := names.about(sh, r)
	if r.Has("controls") {
		d.Controls = a.controls
	}
	if r.Has("requirements") {
		d.Requirements = a.refs
	}
	checked, err := d.checked()
	if err != nil && len(sh.Faults) == 0 {
		p := problem.Of(err)
		sh.Fault(r, p.Field, "%s", p.Text)
		return d
	}
	if err == nil {
		d = checked
	}
	return d
}

// differing are the titles of the columns in which two drafts differ.
func (n Draft) differing(o Draft) []string {
	var out []string
	for _, x := range []struct {
		title string
		same  bool
	}{
		{"Title", n.Title == o.Title}, {"Statement", n.Statement == o.Statement}, {"Objective evidence", n.Objective == o.Objective}, {"Owner", n.Owner == o.Owner},
		{"Found on", n.FoundOn == o.FoundOn}, {"Requirements", sameSet(refWords(n.Requirements), refWords(o.Requirements))}, {"Controls", sameSet(n.Controls, o.Controls)},
	} {
		if !x.same {
			out = append(out, x.title)
		}
	}
	return out
}

// PlanImport says what a file would change.
func (s *Store) PlanImport(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageFindings); err != nil {
		return sheet.Plan{}, err
	}
	var p sheet.Plan
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, _, err = s.planIn(ctx, tx, who.Org(), sh, now)
		return err
	})
	return p, err
}

func (s *Store) planIn(ctx context.Context, tx *db.Tx, org string, sh *sheet.Sheet, now time.Time) (sheet.Plan, []incoming, error) {
	names, err := s.readNames(ctx, tx, org, now)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	log, err := ReadLog(ctx, tx, org, now)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	again := *sh // so that planning twice notes each fault once
	again.Faults = slices.Clone(sh.Faults)
	p, list := planned(&again, log.Findings, names, log.Today)
	return p, list, nil
}

// Import enters a file, all of it or nothing.
func (s *Store) Import(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageFindings); err != nil {
		return sheet.Plan{}, err
	}
	now = moment(now)
	var p sheet.Plan
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		plan, list, err := s.planIn(ctx, tx, who.Org(), sh, now)
		if err == nil {
			err = plan.Err()
		}
		if err != nil {
			return err
		}
		p = plan
		for _, in := range list {
			if in.was == nil {
				_, err = s.Raise(ctx, tx, who.Org(), who.Account(), in.draft, now)
			} else if !in.draft.same(in.was.Draft) {
				err = s.rewrite(ctx, tx, who, *in.was, in.draft, now)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return p, err
}

// rewrite changes a finding in the caller's transaction, with its leaf and tasks.
func (s *Store) rewrite(ctx context.Context, tx *db.Tx, who access.Actor, f Finding, n Draft, now time.Time) error {
	fact, err := s.write(ctx, tx, who.Org(), f, n, now)
	if err != nil {
		return err
	}
	f.Draft = n
	if err := s.askFor(ctx, tx, who.Org(), who.Account(), f, now); err != nil {
		return err
	}
	return s.record(ctx, tx, who.Org(), act{finding: f.ID, kind: kindChanged, account: who.Account(), at: now, payload: fact})
}
