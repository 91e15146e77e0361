package isms

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
)

// statementLine is what was said of one row from a moment on.
type statementLine struct {
	ID, Code string
	StatementDecision
	Retired string // why an own control went out
	From    time.Time
	To      time.Time // zero: it holds
	ByName  string
}

// statementPerson is who may own a row.
type statementPerson struct {
	Name string
	Gone bool
}

// statementInput is everything a statement is built from.
type statementInput struct {
	Framework *framework.Framework
	At        time.Time
	Zone      *time.Location
	Excluded  map[string]string        // why, by requirement
	Lines     map[string]statementLine // in force, by code
	Judgement *Judgement
	Risks     []StatementRisk
	Policies  map[string][]policy.Governed // by control id
	People    map[string]statementPerson
}

// buildStatement lays what people say beside what follows from design and
// operation: one row for each control of Annex A, in its order, then the controls
// of the organisation's own.
func buildStatement(in statementInput) *Statement {
	s := &Statement{Framework: in.Framework, At: in.At, Zone: in.Zone, Through: in.Judgement.Through, Risks: in.Risks, Explain: in.Judgement.Explain, places: map[string]int{}}
	b := statementBuilder{in, cadence.DateOf(in.At, in.Zone), map[string]string{}, map[string]StatementRisk{}, map[string][]StatementRisk{}}
	for code, c := range in.Judgement.Controls {
		b.codes[c.ID] = code
	}
	for _, x := range in.Risks {
		b.risks[x.ID] = x
		for _, code := range x.Rows {
			b.naming[code] = append(b.naming[code], x)
		}
	}
	for _, q := range in.Framework.Asked() {
		if in.Framework.Within(q.ID, annexGroup) {
			s.Rows = append(s.Rows, b.annex(q))
		}
	}
	var own []int
	for code, l := range in.Lines {
		if n := ownNumber(code); n > 0 && l.Retired == "" {
			own = append(own, n)
		}
	}
	slices.Sort(own)
	s.Rows = slices.Grow(s.Rows, len(own))
	for _, n := range own {
		s.Rows = append(s.Rows, b.own(in.Lines[ownPrefix+strconv.Itoa(n)]))
	}
	for i := range s.Rows {
		s.places[s.Rows[i].Code] = i
		s.Lints = append(s.Lints, s.Rows[i].Lints...)
	}
	s.Lints = append(s.Lints, LintRisks(s.Rows, in.Risks, func(id string) string { return b.codes[id] })...)
	slices.SortStableFunc(s.Lints, func(x, y StatementLint) int {
		_, i := lintAbout(x.Kind)
		_, j := lintAbout(y.Kind)
		return cmp.Compare(i, j)
	})
	return s
}

type statementBuilder struct {
	in     statementInput
	today  cadence.Date
	codes  map[string]string          // of controls, by id
	risks  map[string]StatementRisk   // by id
	naming map[string][]StatementRisk // risks that name a row, by its code
}

func (b *statementBuilder) annex(q framework.Requirement) StatementRow {
	why, out := b.in.Excluded[q.ID]
	r := StatementRow{Code: q.ID, Title: q.Label, New: b.in.Framework.Attribute(q.ID, "new-2022") != "", Included: !out, WhyOut: why, Judged: b.in.Judgement.Requirements[q.ID]}
	r.Theme, _ = b.in.Framework.Theme(q.ID)
	if l, ok := b.in.Lines[q.ID]; ok {
		r.StatementDecision, r.Line, r.At = l.StatementDecision, l.ID, l.From
	}
	b.finish(&r)
	return r
}

func (b *statementBuilder) own(l statementLine) StatementRow {
	r := StatementRow{Code: l.Code, Title: l.Title, Custom: true, Included: true, StatementDecision: l.StatementDecision, Line: l.ID, At: l.From}
	for _, id := range l.Controls {
		if code := b.codes[id]; code != "" {
			r.Own = append(r.Own, code)
		}
	}
	slices.SortFunc(r.Own, control.CompareCodes)
	r.Judged = b.in.Judgement.Of(r.Own)
	b.finish(&r)
	return r
}

// finish works out what follows.
func (b *statementBuilder) finish(r *StatementRow) {
	r.Status = StatusOf(r.Included, r.Judged, b.in.Zone)
	r.Agreement = AgreementOf(r.Claim, r.Status.State)
	if r.Owner != "" {
		p := b.in.People[r.Owner]
		r.OwnerName, r.OwnerGone = cmp.Or(p.Name, "Somebody who was erased"), p.Gone || p.Name == ""
	}
	for _, id := range r.Risks {
		switch x, known := b.risks[id]; {
		case !known || x.Closed:
			r.Gone = append(r.Gone, cmp.Or(x.Code, "a risk that is not in the register"))
		default:
			r.Names = append(r.Names, x)
		}
	}
	for _, x := range b.naming[r.Code] {
		if !x.Closed && !slices.Contains(r.Risks, x.ID) {
			r.Names = append(r.Names, x)
		}
	}
	slices.SortFunc(r.Names, func(x, y StatementRisk) int { return control.CompareCodes(x.Code, y.Code) })
	r.Policies = b.policies(r.Judged.Controls)
	r.Lints = LintRow(*r, b.today)
}

// policies are those that govern the controls, each once.
func (b *statementBuilder) policies(codes []string) []policy.Governed {
	if len(b.in.Policies) == 0 {
		return nil
	}
	var out []policy.Governed
	for _, code := range codes {
		for _, p := range b.in.Policies[b.in.Judgement.Controls[code].ID] {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

const ownPrefix = "C-"

// OwnRow reports whether a code is that of a control of the organisation's own.
func OwnRow(code string) bool { return ownNumber(code) > 0 }

func ownNumber(code string) int {
	rest, ok := strings.CutPrefix(code, ownPrefix)
	n, err := strconv.Atoi(rest)
	if !ok || err != nil || n < 1 || strconv.Itoa(n) != rest {
		return 0
	}
	return n
}
