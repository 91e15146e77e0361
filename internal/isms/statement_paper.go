package isms

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
	"github.com/toucan-grc/toucan/internal/problem"
)

// StatementPaper is everything a document of the statement says, of how it stands
// now or of a version. The same paper makes the same bytes.
type StatementPaper struct {
	Organisation string
	OrgID        string
	Framework    *framework.Framework
	Version      *StatementVersion // nil: as it stands now
	At           time.Time
	Zone         *time.Location
	Entries      []StatementEntry
	Names        map[string]string // of people, by id
	Signatures   []StatementSignature
}

// StatementPaper is the statement as it stands now, to be taken out of Toucan.
func (s *Store) StatementPaper(ctx context.Context, who access.Actor, now time.Time) (StatementPaper, error) {
	live, err := s.Statement(ctx, who, now)
	if err != nil {
		return StatementPaper{}, err
	}
	p := StatementPaper{At: now, Entries: live.Entries(), Framework: live.Framework}
	return p, s.fillPaper(ctx, who, &p)
}

// StatementVersionPaper is a version of the statement, to be taken out of Toucan.
func (s *Store) StatementVersionPaper(ctx context.Context, who access.Actor, id string) (StatementPaper, error) {
	v, err := s.StatementVersion(ctx, who, id)
	if err != nil {
		return StatementPaper{}, err
	}
	return s.versionPaper(ctx, who, v)
}

func (s *Store) versionPaper(ctx context.Context, who access.Actor, v StatementVersion) (StatementPaper, error) {
	l, err := s.Crosswalk.Library(ctx, who, v.SentAt)
	if err != nil {
		return StatementPaper{}, err
	}
	p := StatementPaper{At: v.SentAt, Version: &v, Entries: v.Entries}
	var ok bool
	if p.Framework, ok = l.Frameworks.Find(StatementFramework); !ok {
		return p, problem.New(problem.NotFound, "ISO/IEC 27001:2022 is not among the frameworks here any more.")
	}
	return p, s.fillPaper(ctx, who, &p)
}

func (s *Store) fillPaper(ctx context.Context, who access.Actor, p *StatementPaper) error {
	p.OrgID, p.Names = who.Org(), map[string]string{}
	return s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, `SELECT name FROM organisation WHERE id = $1`, who.Org()).Scan(&p.Organisation)
		if err != nil {
			return err
		}
		if p.Zone, err = statementZone(ctx, tx, who.Org()); err != nil {
			return err
		}
		people, err := statementPeople(ctx, tx, who.Org(), p.At, p.Zone)
		if err != nil {
			return err
		}
		for id, x := range people {
			p.Names[id] = x.Name
		}
		if p.Version != nil {
			p.Signatures, err = readSignatures(ctx, tx, who.Org(), *p.Version)
		}
		return err
	})
}

func (p StatementPaper) name(person string) string {
	if person == "" {
		return ""
	}
	return cmp.Or(p.Names[person], "somebody who was erased")
}

func (p StatementPaper) moment(t time.Time) string {
	return t.In(p.Zone).Format("2 January 2006, 15:04 MST")
}

// Title is what the document is called.
func (p StatementPaper) Title() string {
	if p.Version == nil {
		return "Statement of Applicability, draft"
	}
	return p.Version.Words()
}

// File is what the document is called as a file, without its ending.
func (p StatementPaper) File() string {
	if p.Version == nil {
		return "statement-of-applicability-draft"
	}
	return fmt.Sprintf("statement-of-applicability-%d", p.Version.Number)
}

// Report is the document as values: its rows by theme, with what people say and
// what is derived in columns of their own.
func (p StatementPaper) Report() document.Report {
	r := document.Report{Title: p.Title(), Of: p.Organisation, At: p.At.In(p.Zone), Wide: true,
		About: "Which controls the organisation finds necessary, why, and whether they are implemented, as " + p.Framework.Title + " asks in 6.1.3 d; and why controls of Annex A are left out. " +
			"“Claimed” is what a person says. “Derived” is what follows from how the row is covered in design and from how the controls behind it operated: two answers, which are never added up."}
	r.Facts = p.facts()
	for _, t := range p.themes() {
		r.Parts = append(r.Parts, document.Part{Heading: t.title, Table: &document.Grid{Caption: t.title,
			Head:    []string{"Control", "Applies", "Reason to include it, or to leave it out", "Claimed", "Derived: design, then operation", "Owner", "Carried out by"},
			Weights: []float64{2.3, 0.95, 3.2, 1.6, 4.2, 1.5, 2.9}, Rows: t.rows}})
	}
	if len(p.Signatures) > 0 {
		g := &document.Grid{Caption: "Approval", Head: []string{"Name", "Said", "When", "Note"}, Weights: []float64{2, 1.2, 2, 3}}
		for _, s := range p.Signatures {
			g.Rows = append(g.Rows, []string{s.Name, map[bool]string{true: "Agreed", false: "Did not agree"}[s.Yes], p.moment(s.At), s.Note})
		}
		r.Parts = append(r.Parts, document.Part{Heading: "Approval", Table: g})
	}
	return r
}

func (p StatementPaper) facts() [][2]string {
	included, own := 0, 0
	for _, e := range p.Entries {
		if e.Included {
			included++
		}
		if e.Custom {
			own++
		}
	}
	out := [][2]string{{"Standard", p.Framework.Title}, {"Rows", fmt.Sprintf("%d: %d included, %d left out; of our own: %d", len(p.Entries), included, len(p.Entries)-included, own)}}
	v := p.Version
	if v == nil {
		return append(out, [2]string{"State", "Draft: nobody approved this"})
	}
	switch v.State {
	case VersionApproved:
		text := p.moment(v.EndedAt)
		if len(p.Signatures) == 0 {
			text += "; nobody else had to agree"
		}
		out = append(out, [2]string{"Approved", text})
	case VersionSent:
		out = append(out, [2]string{"State", "Waits for approval"})
	case VersionRejected:
		out = append(out, [2]string{"State", "Rejected on " + p.moment(v.EndedAt)})
	case VersionWithdrawn:
		out = append(out, [2]string{"State", "Withdrawn on " + p.moment(v.EndedAt)})
	}
	out = append(out, [2]string{"Sent", p.moment(v.SentAt) + ", by " + cmp.Or(v.SentName, "somebody who left")})
	if v.Note != "" {
		out = append(out, [2]string{"What changed", v.Note})
	}
	return append(out, [2]string{"SHA-256 of the rows", v.Digest})
}

type paperTheme struct {
	title string
	rows  [][]string
}

// themes are the rows by theme, in their order; the controls of our own come last.
func (p StatementPaper) themes() []paperTheme {
	var out []paperTheme
	for _, e := range p.Entries {
		title := e.Theme
		if e.Custom {
			title = "Controls of our own"
		}
		if title == "" {
			title = "Annex A"
		}
		i := slices.IndexFunc(out, func(t paperTheme) bool { return t.title == title })
		if i < 0 {
			i, out = len(out), append(out, paperTheme{title: title})
		}
		out[i].rows = append(out[i].rows, p.row(e))
	}
	return out
}

func (p StatementPaper) row(e StatementEntry) []string {
	derived := e.Design
	if e.Operation != "" {
		derived += "\n" + e.Operation
	}
	name := e.Code + " " + e.Title
	if e.Source != "" {
		name += "\nFrom: " + e.Source
	}
	claim := e.ClaimWords()
	if e.Included && claim == "" {
		claim = "not said"
	}
	by := commaList(e.Controls)
	if len(e.Policies) > 0 {
		by = strings.TrimSpace(by + "\nUnder: " + strings.Join(e.Policies, "; "))
	}
	reason := e.ReasonWords()
	if e.Note != "" {
		reason = strings.TrimSpace(reason + "\nHow: " + e.Note)
	}
	return []string{name, e.Applies(), reason, claim, upperWords(e.State) + ". " + derived, p.name(e.Owner), by}
}

func upperWords(s StatementState) string {
	w := s.Words()
	return strings.ToUpper(w[:1]) + w[1:]
}

// PDF writes the document on pages that lie on their side.
func (p StatementPaper) PDF() ([]byte, error) { return p.Report().PDF() }

// WriteCSV and WriteXLSX write the rows as a table that can be imported again.
func (p StatementPaper) WriteCSV(w io.Writer) error {
	return document.WriteCSV(w, document.Table{Name: p.Title(), Rows: append([][]string{statementHeads()}, p.sheetRows()...)})
}

// WriteXLSX writes the rows and, on a sheet of their own, what the document is.
func (p StatementPaper) WriteXLSX(w io.Writer) error {
	about := document.Sheet{Name: "About", Widths: []float64{24, 90}}
	about.Rows = append(about.Rows, []string{p.Title(), p.Organisation})
	for _, f := range p.facts() {
		about.Rows = append(about.Rows, f[:])
	}
	for _, s := range p.Signatures {
		about.Rows = append(about.Rows, []string{map[bool]string{true: "Agreed", false: "Did not agree"}[s.Yes], s.Name + ", " + p.moment(s.At)})
	}
	return document.WriteXLSX(w, []document.Sheet{{Name: "Statement", Header: statementHeads(), Rows: p.sheetRows()}, about})
}

// edition says whose OSCAL document it is.
func (p StatementPaper) edition() oscal.Edition {
	e := oscal.Edition{Owner: p.OrgID, Version: "draft", At: p.At}
	if p.Version != nil {
		e.Version = fmt.Sprint(p.Version.Number)
	}
	return e
}
