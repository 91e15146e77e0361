package isms

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// columns that say what was derived; they are written and never read
var derivedHeads = []string{"Derived", "In design", "In operation", "Why", "Current evidence", "Newest evidence", "Controls it rests on", "Policies"}

// StatementColumns are the columns of the statement as a file.
func StatementColumns() []sheet.Column {
	return []sheet.Column{
		{Key: "code", Title: "Control", Also: []string{"Control ID", "ID", "Annex A", "Annex A control", "Reference", "Ref", "Clause", "Number", "Code", "Control number"}, Required: true, Max: 40, Help: "Write the number, such as A.5.1; for a control of your own “new”, or its code, such as C-1."},
		{Key: "title", Title: "Name", Also: []string{"Title", "Control title", "Control name", "Description"}, Max: maxStatementTitle, Help: "Only the names of your own controls are read."},
		{Key: "included", Title: "Applies", Also: []string{"Applicable", "Applicability", "Included", "Applicable (Y/N)", "In scope"}, Max: 40, Help: "Yes or no."},
		{Key: "reasons", Title: "Reasons", Also: []string{"Reason types", "Basis", "Inclusion basis"}, Many: true, OneOf: []string{"risk", "legal", "contractual", "business", "best_practice"}, Help: "risk, legal, contractual, business, best practice."},
		{Key: "justification", Title: "Justification", Also: []string{"Reason", "Justification for inclusion/exclusion", "Justification for inclusion", "Rationale"}, Max: maxStatementReason, Help: "Why it is included, or why it is left out."},
		{Key: "whyOut", Title: "Why it is left out", Also: []string{"Justification for exclusion", "Exclusion reason", "Reason for exclusion"}, Max: maxStatementReason},
		{Key: "legal", Title: "Law or regulation", Also: []string{"Legal"}, Max: maxStatementReason},
		{Key: "contractual", Title: "Contract", Also: []string{"Contractual"}, Max: maxStatementReason},
		{Key: "business", Title: "Business need", Also: []string{"Business"}, Max: maxStatementReason},
		{Key: "best_practice", Title: "Good practice", Also: []string{"Best practice"}, Max: maxStatementReason},
		{Key: "risks", Title: "Risks", Also: []string{"Risk IDs", "Risk"}, Many: true, Max: 2000, Help: "Codes of the register, such as R-001."},
		{Key: "claim", Title: "Claimed", Also: []string{"Status", "Implementation status", "Implemented", "Implementation"}, Max: 60, Help: "Implemented, partly, planned or not implemented."},
		{Key: "on", Title: "Since or for", Also: []string{"Date", "Implementation date", "Target date", "Since"}, Max: 40, Help: "A day, such as 2026-03-31."},
		{Key: "owner", Title: "Owner", Also: []string{"Control owner", "Responsible", "Owner email"}, Max: 200, Help: "Name or address of somebody in the register of people."},
		{Key: "note", Title: "How it is implemented", Also: []string{"Note", "Notes", "Implementation description", "Comments", "How"}, Max: maxStatementNote},
		{Key: "source", Title: "Source", Also: []string{"Origin"}, Max: maxStatementTitle, Help: "Of a control of your own: where it comes from."},
		{Key: "controls", Title: "Own controls", Also: []string{"Register controls"}, Many: true, Max: 2000, Help: "Of a control of your own: codes of the register of controls that carry it out."},
	}
}

func statementHeads() []string {
	var out []string
	for _, c := range StatementColumns() {
		out = append(out, c.Title)
	}
	return append(out, derivedHeads...)
}

func (p StatementPaper) sheetRows() [][]string {
	var out [][]string
	for _, e := range p.Entries {
		texts := map[ReasonKind]string{}
		var kinds []string
		for _, r := range e.Reasons {
			kinds, texts[r.Kind] = append(kinds, strings.ReplaceAll(string(r.Kind), "_", " ")), r.Text
		}
		on, newest := "", ""
		if e.On.Known() {
			on = e.On.String()
		}
		if t := e.NewestAt(); !t.IsZero() {
			newest = t.In(p.Zone).Format(time.DateOnly)
		}
		own := ""
		if e.Custom {
			own = strings.Join(slices.Concat(e.Controls, e.Waiting), "; ")
		}
		why := strings.TrimSpace(e.Design + " " + e.Operation)
		out = append(out, []string{e.Code, e.Title, e.Applies(), strings.Join(kinds, "; "), texts[BecauseOfRisk], e.WhyOut, texts[BecauseOfLaw], texts[BecauseOfContract], texts[BecauseOfBusiness], texts[BecauseOfPractice],
			strings.Join(e.Risks, "; "), claimCell(e), on, p.Names[e.Owner], e.Note, e.Source, own,
			e.State.Words(), e.Coverage.Words(), e.Operated.Words(), why, fmt.Sprint(e.Evidence), newest, strings.Join(e.Controls, "; "), strings.Join(e.Policies, "; ")})
	}
	return out
}

func claimCell(e StatementEntry) string {
	if e.Claim == ClaimNone {
		return ""
	}
	return e.Claim.Words()
}

// claimWords are how files in the wild write a claim, without spaces and signs.
var claimWords = map[string]Claim{
	"implemented": ClaimDone, "fullyimplemented": ClaimDone, "done": ClaimDone, "complete": ClaimDone, "completed": ClaimDone, "inplace": ClaimDone, "yes": ClaimDone, "y": ClaimDone,
	"partly": ClaimPartly, "partlyimplemented": ClaimPartly, "partial": ClaimPartly, "partially": ClaimPartly, "partiallyimplemented": ClaimPartly, "inprogress": ClaimPartly,
	"planned": ClaimPlanned, "toimplement": ClaimPlanned, "tobeimplemented": ClaimPlanned,
	"notimplemented": ClaimNot, "no": ClaimNot, "n": ClaimNot, "none": ClaimNot, "notstarted": ClaimNot,
	"": ClaimNone, "notsaid": ClaimNone, "na": ClaimNone, "notapplicable": ClaimNone,
}

var appliesWords = map[string]bool{"yes": true, "y": true, "true": true, "1": true, "x": true, "applicable": true, "included": true, "applies": true, "inscope": true,
	"no": false, "n": false, "false": false, "0": false, "notapplicable": false, "na": false, "excluded": false, "leftout": false, "outofscope": false}

var (
	plainWord  = regexp.MustCompile(`[^\p{L}\p{N}]+`)
	annexCode  = regexp.MustCompile(`^(?i:annex\s*)?(?i:a)?[\s.]*([5-8])\s*\.\s*(\d{1,2})$`)
	edition13  = regexp.MustCompile(`^(?i:a)?[\s.]*(\d{1,2})\.(\d{1,2})\.(\d{1,2})$`)
	reasonKeys = map[string]ReasonKind{"legal": BecauseOfLaw, "contractual": BecauseOfContract, "business": BecauseOfBusiness, "best_practice": BecauseOfPractice}
)

func plainKey(s string) string { return plainWord.ReplaceAllString(strings.ToLower(s), "") }

// PlanStatement says what importing a file would change: rows of Annex A, and
// controls of the organisation's own. A column the file lacks changes nothing. What
// is derived is not read: it cannot be decided.
func (s *Store) PlanStatement(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return sheet.Plan{}, err
	}
	var plan sheet.Plan
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		w, err := s.statementWriter(ctx, tx, who, now)
		if err != nil {
			return err
		}
		plan, _, err = w.plan(ctx, sh)
		return err
	})
	return plan, err
}

// ImportStatement enters the rows of a file: all of them, or none when something is
// wrong with one.
func (s *Store) ImportStatement(ctx context.Context, who access.Actor, sh *sheet.Sheet, now time.Time) (sheet.Plan, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return sheet.Plan{}, err
	}
	var plan sheet.Plan
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.holdStatement(ctx, tx, who, now)
		if err != nil {
			return err
		}
		var changes []StatementChange
		if plan, changes, err = w.plan(ctx, sh); err != nil {
			return err
		}
		if err := plan.Err(); err != nil {
			return err
		}
		for _, c := range changes {
			if c.Code == "" {
				if _, err := w.add(c.StatementDecision); err != nil {
					return err
				}
				continue
			}
			if err := w.set(ctx, c); err != nil {
				return err
			}
		}
		return w.save(ctx)
	})
	return plan, err
}

// sheetNames is what a file may call things by.
type sheetNames struct {
	risks, controls, people map[string]string // ids by plain name
	twice                   map[string]bool   // names several people have
}

func (w *statementWriter) names(ctx context.Context) (sheetNames, error) {
	n := sheetNames{map[string]string{}, map[string]string{}, map[string]string{}, map[string]bool{}}
	for id, code := range w.risks {
		n.risks[plainKey(code)] = id
	}
	codes, err := readControlCodes(ctx, w.tx, w.who.Org())
	if err != nil {
		return n, err
	}
	for id, code := range codes {
		n.controls[plainKey(code)] = id
	}
	rows, err := w.tx.Query(ctx, `SELECT id, name, email FROM person WHERE org = $1`, w.who.Org())
	if err != nil {
		return n, err
	}
	return n, eachStatementRow(rows, func(scan func(...any) error) error {
		var id, name, email string
		if err := scan(&id, &name, &email); err != nil {
			return err
		}
		for _, k := range []string{strings.ToLower(strings.TrimSpace(name)), email} {
			if k == "" {
				continue
			}
			n.twice[k] = n.twice[k] || n.people[k] != "" && n.people[k] != id
			n.people[k] = id
		}
		return nil
	})
}

// plan reads the rows of a file into changes. It writes nothing.
func (w *statementWriter) plan(ctx context.Context, sh *sheet.Sheet) (sheet.Plan, []StatementChange, error) {
	names, err := w.names(ctx)
	if err != nil {
		return sheet.Plan{}, nil, err
	}
	r := sheetReader{w: w, sh: sh, names: names, seen: map[string]int{}}
	var lines []sheet.Line
	var fresh, changed []bool
	for _, row := range sh.Rows {
		c, fields, ok := r.row(row)
		if !ok {
			continue
		}
		r.changes = append(r.changes, c)
		lines = append(lines, sheet.Line{Row: row.Number, Code: c.Code, Name: cmp.Or(c.Title, r.title(c.Code)), Fields: fields})
		fresh, changed = append(fresh, c.Code == ""), append(changed, len(fields) > 0)
	}
	plan := sh.Plan()
	plan.Notes = slices.DeleteFunc(plan.Notes, func(f sheet.Fault) bool { return slices.Contains(derivedHeads, f.Field) })
	for i, l := range lines {
		switch {
		case fresh[i]:
			plan.New = append(plan.New, l)
		case changed[i]:
			plan.Changed = append(plan.Changed, l)
		default:
			plan.Same++
		}
	}
	plan.Notes = append(plan.Notes, r.notes...)
	return plan, r.changes, nil
}
