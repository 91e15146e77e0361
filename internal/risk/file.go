package risk

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Columns are the columns of the register as a file. The last ones are written and
// never read: they say what Toucan worked out.
func Columns() []sheet.Column {
	steps := []string{"1", "2", "3", "4", "5"}
	return []sheet.Column{
		{Key: "code", Title: "Code", Also: []string{"Risk ID", "ID", "Reference"}, Max: 20, Help: "Empty for a new risk; a code of the register to change one."},
		{Key: "title", Title: "Title", Also: []string{"Risk", "Name"}, Required: true, Max: maxTitle, Help: "Name the risk in a few words."},
		{Key: "cause", Title: "Cause", Also: []string{"Vulnerability"}, Max: maxPart, Help: "Why it may happen."},
		{Key: "event", Title: "Event", Also: []string{"Description", "Scenario", "Threat"}, Max: maxPart, Help: "What may happen."},
		{Key: "consequence", Title: "Consequence", Also: []string{"Impact description"}, Max: maxPart, Help: "What that would do."},
		{Key: "category", Title: "Category", OneOf: ids(categories), Help: "One of the categories of the register."},
		{Key: "affects", Title: "Affects", Also: []string{"CIA"}, OneOf: ids(affected), Many: true, Help: "confidentiality; integrity; availability; privacy; compliance; safety"},
		{Key: "rights", Title: "Rights of people", Max: 5, Help: "yes when it harms the rights of people."},
		{Key: "contingency", Title: "Contingency", Max: maxPart, Help: "What is done should it happen."},
		{Key: "owner", Title: "Owner", Also: []string{"Risk owner"}, Max: 200, Help: "E-mail address or full name of somebody of the people register."},
		{Key: "commitments", Title: "Commitments", Max: 2000, Many: true, Help: "Codes, separated by semicolons."},
		{Key: "assets", Title: "Assets", Max: 2000, Many: true, Help: "Codes or names, separated by semicolons."},
		{Key: "systems", Title: "Systems", Max: 2000, Many: true, Help: "Codes or names, separated by semicolons."},
		{Key: "vendors", Title: "Vendors", Max: 2000, Many: true, Help: "Codes or names, separated by semicolons."},
		{Key: "controls", Title: "Controls", Max: 4000, Many: true, Help: "Codes; after a colon what each does: BK-01:restoring. Without, it prevents."},
		{Key: "requirements", Title: "Requirements", Max: 4000, Many: true, Help: "Such as iso27001-2022:A.8.13; soc2-2017:A1.2."},
		{Key: "inherent_likelihood", Title: "Inherent likelihood", OneOf: steps, Help: "1 to 5."},
		{Key: "inherent_impact", Title: "Inherent impact", OneOf: steps, Help: "1 to 5."},
		{Key: "current_likelihood", Title: "Current likelihood", Also: []string{"Residual likelihood"}, OneOf: steps, Help: "1 to 5."},
		{Key: "current_impact", Title: "Current impact", Also: []string{"Residual impact"}, OneOf: steps, Help: "1 to 5."},
		{Key: "column", Title: "Impact decided by", Max: 60, Help: "The column of the scale of impact that decided, such as people."},
		{Key: "basis", Title: "Likelihood rests on", OneOf: ids(Bases()), Help: "own, others, judgement or none."},
		{Key: "reasons", Title: "Reasons", Max: maxPart, Help: "Why these steps. A score needs reasons."},
		{Key: "level", Title: "Level", Max: 40, Help: "Written only."},
		{Key: "state", Title: "State", Max: 60, Help: "Written only."},
		{Key: "treatment", Title: "Treatment", Max: 40, Help: "Written only."},
		{Key: "accepted_until", Title: "Accepted until", Max: 20, Help: "Written only."},
	}
}

func ids(list []Named) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.ID)
	}
	return out
}

// fileKinds are the columns that hold links, by kind.
var fileKinds = []struct {
	key  string
	kind LinkKind
}{{"commitments", ToCommitment}, {"assets", ToAsset}, {"systems", ToSystem}, {"vendors", ToVendor}, {"controls", ToControl}, {"requirements", ToRequirement}}

// Rows is the register as rows of Columns.
func Rows(list []*Entry, things *Things, names *register.Names) [][]string {
	var out [][]string
	for _, e := range list {
		cells := map[string]string{"code": e.Code, "title": e.Title, "cause": e.Cause, "event": e.Event, "consequence": e.Consequence, "category": e.Category, "affects": strings.Join(e.Affects, "; "),
			"contingency": e.Contingency, "owner": names.Text(register.Person, e.Owner), "state": e.State.Label()}
		if e.Rights {
			cells["rights"] = "yes"
		}
		for _, k := range fileKinds {
			cells[k.key] = linkCell(e, k.kind, things)
		}
		if s := e.Inherent; s != nil {
			cells["inherent_likelihood"], cells["inherent_impact"] = strconv.Itoa(s.Likelihood), strconv.Itoa(s.Impact)
		}
		if s := e.Current; s != nil {
			cells["current_likelihood"], cells["current_impact"] = strconv.Itoa(s.Likelihood), strconv.Itoa(s.Impact)
		}
		if s := e.Counting(); s != nil {
			cells["column"], cells["basis"], cells["reasons"], cells["level"] = s.Column, string(s.Basis), s.Reasons, e.Verdict.Level.ID
		}
		if e.Plan != nil {
			cells["treatment"] = string(e.Plan.Choice)
		}
		if e.State == Accepted {
			cells["accepted_until"] = e.Acceptance.Until.String()
		}
		var row []string
		for _, c := range Columns() {
			row = append(row, cells[c.Key])
		}
		out = append(out, row)
	}
	return out
}

func linkCell(e *Entry, kind LinkKind, things *Things) string {
	var out []string
	for _, l := range e.Links {
		if l.Kind != kind {
			continue
		}
		switch t, ok := things.Find(kind, l.Target); {
		case kind == ToRequirement:
			out = append(out, refWords(l.Requirement))
		case ok && kind == ToControl:
			out = append(out, t.Code+":"+l.Nature)
		case ok:
			out = append(out, t.Code)
		}
	}
	return strings.Join(out, "; ")
}

// Export returns the rows of the register, the closed ones left out.
func (s *Store) Export(ctx context.Context, who access.Actor, now time.Time) ([][]string, error) {
	r, err := s.Register(ctx, who, now)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		things, err := readThings(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		names, err := register.ReadNames(ctx, tx, who.Org(), register.Person)
		rows = Rows(r.Open(), things, names)
		return err
	})
	return rows, err
}

// intake is what a row of a file would do.
type intake struct {
	row    sheet.Row
	entry  *Entry // nil: a new risk
	risk   Risk
	kinds  []LinkKind
	links  []Link
	scores []NewScore
}

// scene is what a file is compared with.
type scene struct {
	r      *Register
	things *Things
	names  *register.Names
	has    func(framework.Ref) bool
	states map[string]Operating
}

// plan says what a file would change. It is pure: preview and import run the same.
func (sc scene) plan(s *sheet.Sheet) (sheet.Plan, []intake) {
	seen, named := map[string]int{}, map[string]int{}
	byTitle := map[string]*Entry{}
	for _, e := range sc.r.Risks {
		byTitle[sheet.Key(e.Title)] = e
	}
	var list []intake
	var changes [][]string
	for _, row := range s.Rows {
		in := intake{row: row}
		s.Once(seen, row, "code")
		s.Once(named, row, "title")
		if code := row.Text("code"); code != "" {
			e, ok := sc.r.Find(code)
			if !ok {
				s.Fault(row, "code", "There is no risk %s. Leave the cell empty for a new one.", cut(code, 20))
				continue
			}
			in.entry = e
		} else {
			in.entry = byTitle[sheet.Key(row.Text("title"))]
		}
		if in.entry != nil && in.entry.Closed() {
			s.Fault(row, "code", "%s is closed. Open it again first, or take the row out.", in.entry.Code)
			continue
		}
		changes = append(changes, sc.take(s, &in))
		list = append(list, in)
	}
	p := s.Plan()
	kept := list[:0]
	for i, in := range list {
		l := sheet.Line{Row: in.row.Number, Name: in.risk.Title, Fields: changes[i]}
		switch {
		case in.entry == nil:
			l.Fields = nil
			p.New = append(p.New, l)
		case len(changes[i]) == 0:
			p.Same++
			continue
		default:
			l.Code = in.entry.Code
			p.Changed = append(p.Changed, l)
		}
		kept = append(kept, in)
	}
	return p, kept
}

// take reads a row, and returns the titles of the columns that change.
func (sc scene) take(s *sheet.Sheet, in *intake) []string {
	row := in.row
	have := Risk{}
	if in.entry != nil {
		have = in.entry.Risk
	}
	next := have
	for key, to := range map[string]*string{"title": &next.Title, "cause": &next.Cause, "event": &next.Event, "consequence": &next.Consequence, "category": &next.Category, "contingency": &next.Contingency} {
		if row.Has(key) {
			*to = row.Text(key)
		}
	}
	if row.Has("affects") {
		next.Affects = row.List("affects")
	}
	if row.Has("rights") {
		next.Rights = s.Yes(row, "rights")
	}
	if row.Has("owner") {
		id, fault := sc.names.ID(register.Person, row.Text("owner"))
		if fault != "" {
			s.Fault(row, "owner", "%s", fault)
		}
		next.Owner = id
	}
	if next.Event == "" {
		next.Event = next.Title
	}
	next, err := next.checked()
	if err != nil {
		p := problem.Of(err)
		s.Fault(row, p.Field, "%s", p.Text)
	}
	in.risk = next
	sc.takeLinks(s, in)
	sc.takeScores(s, in)
	return in.changed(have)
}

func (sc scene) takeLinks(s *sheet.Sheet, in *intake) {
	for _, k := range fileKinds {
		if !in.row.Has(k.key) {
			continue
		}
		in.kinds = append(in.kinds, k.kind)
		for _, text := range in.row.List(k.key) {
			l, fault := sc.link(k.kind, text)
			if fault != "" {
				s.Fault(in.row, k.key, "%s", fault)
				continue
			}
			if !slices.ContainsFunc(in.links, l.Same) {
				in.links = append(in.links, l)
			}
		}
	}
}

// link reads one link of a cell, or says what is wrong with it.
func (sc scene) link(kind LinkKind, text string) (Link, string) {
	if kind == ToRequirement {
		f, id, ok := strings.Cut(text, ":")
		ref := framework.Ref{Framework: strings.TrimSpace(f), ID: strings.TrimSpace(id)}
		if !ok || !sc.has(ref) {
			return Link{}, fmt.Sprintf("“%s” is no requirement of a framework in use. Write it like iso27001-2022:A.8.13.", cut(text, 60))
		}
		return Link{Kind: kind, Requirement: ref}, ""
	}
	l := Link{Kind: kind}
	if kind == ToControl {
		l.Nature = "preventive"
		if code, nature, ok := strings.Cut(text, ":"); ok {
			text, l.Nature = strings.TrimSpace(code), strings.ToLower(strings.TrimSpace(nature))
		}
		if !slices.ContainsFunc(Natures(), func(n Named) bool { return n.ID == l.Nature }) {
			return l, fmt.Sprintf("A control is preventive, detective, corrective or restoring, not “%s”.", cut(l.Nature, 40))
		}
	}
	var found []string
	for _, t := range sc.things.Of(kind) {
		if strings.EqualFold(t.Code, text) {
			found = []string{t.ID}
			break
		}
		if kind != ToControl && kind != ToCommitment && sheet.Key(t.Name) == sheet.Key(text) {
			found = append(found, t.ID)
		}
	}
	switch len(found) {
	case 0:
		return l, fmt.Sprintf("“%s” is not in the register of %s. Enter it there first, or write its code.", cut(text, 60), strings.ToLower(kind.Label()))
	case 1:
		l.Target = found[0]
		return l, ""
	}
	return l, fmt.Sprintf("“%s” is the name of several. Write the code of the one that is meant.", cut(text, 60))
}

// takeScores reads the scores of a row. A score that is there already is not given
// again.
func (sc scene) takeScores(s *sheet.Sheet, in *intake) {
	row, m := in.row, sc.r.Method
	from := Point{}
	if in.entry != nil && in.entry.Inherent != nil {
		from = in.entry.Inherent.Point
	}
	for _, kind := range []ScoreKind{Inherent, Current} {
		likely, hard := string(kind)+"_likelihood", string(kind)+"_impact"
		p := Point{s.Number(row, likely, 1, Steps), s.Number(row, hard, 1, Steps)}
		if p == (Point{}) {
			continue
		}
		if !p.Known() {
			s.Fault(row, hard, "A score needs both likelihood and impact. Fill in both, or neither.")
			continue
		}
		if had := in.score(kind); had != nil && had.Point == p {
			continue
		}
		n := NewScore{Kind: kind, Point: p, Column: in.row.Text("column"), Basis: Basis(row.Text("basis")), Reasons: row.Text("reasons")}
		for _, c := range m.Scales.Columns {
			if sheet.Key(c) == sheet.Key(n.Column) {
				n.Column = c
			}
		}
		if n.Basis == "" {
			n.Basis = Judgement
		}
		n, err := n.checked(m)
		if err == nil && kind == Current && !from.Known() {
			err = problem.Field("current_likelihood", "A current score begins from the inherent one. Fill in both.")
		}
		if err == nil && kind == Current {
			if p.Likelihood > from.Likelihood || p.Impact > from.Impact {
				err = problem.Field("current_likelihood", fmt.Sprintf("Controls do not raise a score: the inherent one is %d and %d.", from.Likelihood, from.Impact))
			} else {
				n.Relied, err = m.Spread(from, p, in.supports(sc))
			}
		}
		if err != nil {
			f := problem.Of(err)
			key := f.Field
			if key == "likelihood" || key == "impact" {
				key = string(kind) + "_" + key
			}
			s.Fault(row, key, "%s", f.Text)
			continue
		}
		if kind == Inherent {
			from = p
		}
		in.scores = append(in.scores, n)
	}
}

func (in *intake) score(kind ScoreKind) *Score {
	switch {
	case in.entry == nil:
		return nil
	case kind == Inherent:
		return in.entry.Inherent
	}
	return in.entry.Current
}

// supports are the controls the risk will name, as they stand.
func (in *intake) supports(sc scene) []Support {
	e := Entry{Links: in.links}
	if !slices.Contains(in.kinds, ToControl) && in.entry != nil {
		e.Links = in.entry.Links
	}
	return e.supports(sc.things, sc.states)
}

// changed returns the titles of the columns that say something new.
func (in *intake) changed(have Risk) []string {
	if in.entry == nil {
		return nil
	}
	var out []string
	note := func(key string, differs bool) {
		if differs {
			out = append(out, titleOf(key))
		}
	}
	n := in.risk
	note("title", have.Title != n.Title)
	note("cause", have.Cause != n.Cause)
	note("event", have.Event != n.Event)
	note("consequence", have.Consequence != n.Consequence)
	note("category", have.Category != n.Category)
	note("affects", !reflect.DeepEqual(have.Affects, n.Affects))
	note("rights", have.Rights != n.Rights)
	note("contingency", have.Contingency != n.Contingency)
	note("owner", have.Owner != n.Owner)
	for _, k := range fileKinds {
		if slices.Contains(in.kinds, k.kind) {
			note(k.key, !sameLinks(k.kind, in.entry.Links, in.links))
		}
	}
	for _, s := range in.scores {
		note(string(s.Kind)+"_likelihood", true)
	}
	return out
}

func titleOf(key string) string {
	for _, c := range Columns() {
		if c.Key == key {
			return c.Title
		}
	}
	return key
}

func sameLinks(kind LinkKind, a, b []Link) bool {
	count := func(list, other []Link) bool {
		for _, l := range list {
			if l.Kind == kind && !slices.ContainsFunc(other, func(m Link) bool { return m.Same(l) && m.Nature == l.Nature }) {
				return false
			}
		}
		return true
	}
	return count(a, b) && count(b, a)
}
