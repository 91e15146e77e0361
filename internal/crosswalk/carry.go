package crosswalk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// carriers are all kinds of answers that rest on the requirements of a framework.
// Whoever adds a table with a framework and a requirement in it adds a line here;
// otherwise its rows stay behind when somebody upgrades. Points of focus do so on
// purpose: they are the publisher's text of that one edition. A store above this
// package joins in with Store.CarryAlso.
var carriers = []carrier{linkCarrier{}, scopeCarrier{}, decisionCarrier{}, attestationCarrier{}, reviewCarrier{}}

// carrier takes one kind of answer from an edition to another.
type carrier interface {
	// kind names the answers: it is stored, and never changes.
	kind() string
	// stranded says why an answer on a row finds no place, or "".
	stranded(p *UpgradePlan, r UpgradeRow, h Hanging) string
	// hanging lists the answers in force on requirements of the framework.
	hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error)
	// carry writes the answers anew where the plan sends them, and returns what
	// undo needs to put them back.
	carry(ctx context.Context, tx *db.Tx, j changeover) (any, error)
	// undo puts back what carry wrote. What somebody changed since stands in the
	// way and comes back as sentences; then nothing may be kept of the undo.
	undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) (inTheWay []string, err error)
}

// strandedAnswer says why an answer finds no place where a row goes, or "".
func strandedAnswer(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	if i := slices.IndexFunc(carriers, func(c carrier) bool { return c.kind() == h.Kind }); i >= 0 {
		return carriers[i].stranded(p, r, h)
	}
	return linkCarrier{}.stranded(p, r, h)
}

// changeover is one upgrade at work.
type changeover struct {
	s    *Store
	who  access.Actor
	plan *UpgradePlan
	now  time.Time
}

// linkCarrier carries the links of controls. Those that go somewhere end and
// begin anew there; those that go nowhere stay with the old edition, or end where
// its id has another content from now on.
type linkCarrier struct{}

func (linkCarrier) kind() string { return "link" }

func (linkCarrier) stranded(p *UpgradePlan, r UpgradeRow, _ Hanging) string {
	if len(r.To) > 0 {
		return ""
	}
	return "Nothing in the new edition was chosen for " + r.Old + "."
}

func (linkCarrier) hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error) {
	rows, err := tx.Query(ctx, `SELECT l.requirement, l.relation, c.code FROM link l JOIN control c ON c.org = l.org AND c.id = l.control
		WHERE l.org = $1 AND l.framework = $2 AND l.from_at <= $3 AND (l.to_at IS NULL OR l.to_at > $3) ORDER BY c.code_key, l.requirement`, org, id, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []Hanging
	err = db.Each(rows, func(scan func(...any) error) error {
		h := Hanging{Kind: "link"}
		var relation string
		err := scan(&h.Requirement, &relation, &h.Text)
		if relation != "" {
			h.Text += " (" + relation + ")"
		}
		out = append(out, h)
		return err
	})
	return out, err
}

// movedLinks is what carry did to the links of one control.
type movedLinks struct {
	Control string     `json:"control"`
	Ended   []linkFact `json:"ended"`
	Added   []linkFact `json:"added"`
}

func (f linkFact) link() Link {
	return Link{Ref: framework.Ref{Framework: f.Framework, ID: f.Requirement}, Relation: f.Relation, Rationale: f.Rationale}
}

func factOf(l Link) linkFact { return linkFact{l.Ref.Framework, l.Ref.ID, l.Relation, l.Rationale} }

func (linkCarrier) carry(ctx context.Context, tx *db.Tx, j changeover) (any, error) {
	have, err := openLinks(ctx, tx, j.who.Org(), `l.control IN (SELECT x.control FROM link x WHERE x.org = $1 AND x.framework = $2 AND x.to_at IS NULL)`, j.plan.From.Ref)
	if err != nil {
		return nil, err
	}
	w := j.s.linkWriter(j.who, j.now)
	var trace []movedLinks
	for _, control := range sortedKeys(have) {
		m := movedLinks{Control: control}
		want := make([]Link, 0, len(have[control]))
		for _, h := range have[control] {
			want = append(want, h.Link)
		}
		for _, h := range have[control] {
			if h.Ref.Framework == j.plan.From.Ref {
				want = m.move(want, h.Link, j.plan)
			}
		}
		if len(m.Ended) == 0 {
			continue
		}
		slices.SortFunc(want, compareLinks)
		if err := w.set(ctx, tx, control, have[control], want); err != nil {
			return nil, err
		}
		trace = append(trace, m)
	}
	return trace, w.insert(ctx, tx)
}

// move takes one link to where the plan sends it.
func (m *movedLinks) move(want []Link, l Link, p *UpgradePlan) []Link {
	to, same := p.route(l.Ref.ID)
	if p.inPlace() && slices.Equal(to, []string{l.Ref.ID}) {
		return want
	}
	if _, still := p.New.Find(l.Ref.ID); len(to) == 0 && !(p.inPlace() && !still) {
		return want // it stays with the old edition
	}
	if !p.inPlace() || !slices.Contains(to, l.Ref.ID) {
		want = slices.DeleteFunc(want, func(x Link) bool { return x == l })
		m.Ended = append(m.Ended, factOf(l))
	}
	for _, id := range to {
		next := Link{Ref: framework.Ref{Framework: p.To.Ref, ID: id}, Relation: l.Relation, Rationale: l.Rationale}
		if !same {
			next.Relation = "" // what was judged of the whole need not hold of a part
		}
		if slices.ContainsFunc(want, func(x Link) bool { return x.Ref == next.Ref }) {
			continue
		}
		want = append(want, next)
		m.Added = append(m.Added, factOf(next))
	}
	return want
}

func (linkCarrier) undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) ([]string, error) {
	var moved []movedLinks
	if err := json.Unmarshal(trace, &moved); err != nil {
		return nil, err
	}
	have, err := openLinks(ctx, tx, j.who.Org(), `1 = 1`)
	if err != nil {
		return nil, err
	}
	codes, err := controlCodes(ctx, tx, j.who.Org())
	if err != nil {
		return nil, err
	}
	w := j.s.linkWriter(j.who, j.now)
	var way []string
	for _, m := range moved {
		want := make([]Link, 0, len(have[m.Control]))
		for _, h := range have[m.Control] {
			want = append(want, h.Link)
		}
		for _, f := range m.Added {
			if i := slices.Index(want, f.link()); i >= 0 {
				want = slices.Delete(want, i, i+1)
			} else {
				way = append(way, fmt.Sprintf("%s was carried to %s and somebody changed that link since.", codes[m.Control], f.link().Ref.Words()))
			}
		}
		for _, f := range m.Ended {
			switch i := slices.IndexFunc(want, func(l Link) bool { return l.Ref == f.link().Ref }); {
			case i < 0:
				want = append(want, f.link())
			case want[i] != f.link():
				way = append(way, fmt.Sprintf("%s was linked to %s anew since.", codes[m.Control], f.link().Ref.Words()))
			}
		}
		slices.SortFunc(want, compareLinks)
		if err := w.set(ctx, tx, m.Control, have[m.Control], want); err != nil {
			return nil, err
		}
	}
	if err := w.insert(ctx, tx); err != nil || !j.plan.inPlace() {
		return way, err
	}
	dangling, err := linkCarrier{}.beyond(ctx, tx, j, codes)
	return append(way, dangling...), err
}

// beyond names links to requirements that only the newer content of an id has:
// with the older one in force they would point at nothing.
func (linkCarrier) beyond(ctx context.Context, tx *db.Tx, j changeover, codes map[string]string) ([]string, error) {
	have, err := openLinks(ctx, tx, j.who.Org(), `l.framework = $2`, j.plan.From.Ref)
	if err != nil {
		return nil, err
	}
	var way []string
	for _, control := range sortedKeys(have) {
		for _, l := range have[control] {
			if _, ok := j.plan.Old.Find(l.Ref.ID); !ok {
				way = append(way, fmt.Sprintf("%s was linked to %s since, which the older edition does not have.", codes[control], l.Ref.Words()))
			}
		}
	}
	return way, nil
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func controlCodes(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT id, code FROM control WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, code string
		err := scan(&id, &code)
		out[id] = code
		return err
	})
	return out, err
}

// scopeCarrier carries which categories are in scope, what was excluded and why,
// and that the framework is followed.
type scopeCarrier struct{}

func (scopeCarrier) kind() string { return "scope" }

func (scopeCarrier) stranded(p *UpgradePlan, r UpgradeRow, h Hanging) string {
	if len(r.To) == 0 {
		return "Nothing in the new edition was chosen for " + r.Old + "."
	}
	prefix, decision := requirement, part{}
	if h.Text == categoryIn || h.Text == categoryOut {
		prefix, decision.included = categoryOf, h.Text == categoryIn
	}
	if slices.ContainsFunc(r.To, func(id string) bool { return takesPart(p.New, prefix, id, decision) }) {
		return ""
	}
	return strings.Join(r.To, ", ") + " cannot be scoped out in the new edition."
}

const (
	categoryIn  = "category in scope"
	categoryOut = "category left out"
)

func (scopeCarrier) hanging(ctx context.Context, tx *db.Tx, org, id string, at time.Time) ([]Hanging, error) {
	parts, err := (&Store{}).partsOf(ctx, tx, org, id, at)
	var out []Hanging
	for _, name := range sortedKeys(parts) {
		p := parts[name]
		h := Hanging{Kind: "scope"}
		if r, ok := strings.CutPrefix(name, requirement); ok && !p.included {
			h.Requirement, h.Text = r, "scoped out: "+p.reason
		} else if c, ok := strings.CutPrefix(name, categoryOf); ok {
			h.Requirement, h.Text = c, categoryIn
			if !p.included {
				h.Text = categoryOut
			}
		}
		if h.Requirement != "" {
			out = append(out, h)
		}
	}
	return out, err
}

// movedPart is what carry did to one part of the scope.
type movedPart struct {
	Framework string    `json:"framework"`
	Part      string    `json:"part"`
	Before    *partFact `json:"before"` // null: nobody had decided
	After     *partFact `json:"after"`  // null: withdrawn
}

type partFact struct {
	Included bool   `json:"included"`
	Reason   string `json:"reason"`
}

func partOf(have map[string]part, name string) *partFact {
	p, ok := have[name]
	if !ok {
		return nil
	}
	return &partFact{p.included, p.reason}
}

func (f *partFact) same(g *partFact) bool {
	return f == nil && g == nil || f != nil && g != nil && *f == *g
}

func (scopeCarrier) carry(ctx context.Context, tx *db.Tx, j changeover) (any, error) {
	p := j.plan
	old, err := j.s.partsOf(ctx, tx, j.who.Org(), p.From.Ref, j.now)
	if err != nil {
		return nil, err
	}
	next, err := j.s.partsOf(ctx, tx, j.who.Org(), p.To.Ref, j.now)
	if err != nil {
		return nil, err
	}
	var trace []movedPart
	set := func(id string, have map[string]part, name string, after *partFact) {
		if before := partOf(have, name); !before.same(after) {
			trace = append(trace, movedPart{id, name, before, after})
		}
	}
	for _, name := range sortedKeys(old) {
		prefix := requirement
		id, ok := strings.CutPrefix(name, requirement)
		if !ok {
			prefix = categoryOf
			if id, ok = strings.CutPrefix(name, categoryOf); !ok {
				continue // the whole comes last
			}
		}
		to, _ := p.route(id)
		kept := false
		for _, target := range to {
			if takesPart(p.New, prefix, target, old[name]) {
				kept = kept || target == id
				set(p.To.Ref, next, prefix+target, partOf(old, name))
			}
		}
		if _, still := p.New.Find(id); p.inPlace() && !kept && (!still || len(to) > 0) {
			set(p.From.Ref, old, name, nil)
		}
	}
	if followed := old[whole]; !p.inPlace() && followed.included {
		set(p.To.Ref, next, whole, &partFact{true, ""})
		set(p.From.Ref, old, whole, &partFact{false, ""})
	}
	return trace, writeParts(ctx, tx, j, trace)
}

// takesPart reports whether the new edition allows the decision about a row.
func takesPart(f *framework.Framework, prefix, id string, p part) bool {
	if prefix == categoryOf {
		return slices.ContainsFunc(f.Categories(), func(c framework.Category) bool { return c.ID == id && (p.included || !c.Mandatory) })
	}
	r, ok := f.Find(id)
	return ok && r.Kind == framework.KindRequirement && (p.included || f.Excludable(id))
}

func writeParts(ctx context.Context, tx *db.Tx, j changeover, list []movedPart) error {
	for _, m := range list {
		p, withdrawn := part{name: m.Part}, m.After == nil
		if m.After != nil {
			p.included, p.reason = m.After.Included, m.After.Reason
		}
		if err := j.s.writePart(ctx, tx, j.who, m.Framework, p, withdrawn, j.now); err != nil {
			return err
		}
	}
	return nil
}

func (scopeCarrier) undo(ctx context.Context, tx *db.Tx, j changeover, trace json.RawMessage) ([]string, error) {
	var moved []movedPart
	if err := json.Unmarshal(trace, &moved); err != nil {
		return nil, err
	}
	var way []string
	var back []movedPart
	for _, m := range moved {
		have, err := j.s.partsOf(ctx, tx, j.who.Org(), m.Framework, j.now)
		if err != nil {
			return nil, err
		}
		if now := partOf(have, m.Part); !now.same(m.After) {
			way = append(way, m.changed())
		}
		back = append(back, movedPart{m.Framework, m.Part, m.After, m.Before})
	}
	return way, writeParts(ctx, tx, j, back)
}

// changed says that somebody decided anew about a part.
func (m movedPart) changed() string {
	if id, ok := strings.CutPrefix(m.Part, requirement); ok {
		return fmt.Sprintf("Somebody decided anew whether %s applies.", framework.Ref{Framework: m.Framework, ID: id}.Words())
	}
	if id, ok := strings.CutPrefix(m.Part, categoryOf); ok {
		return fmt.Sprintf("Somebody chose anew whether the category %s of %s is in scope.", id, m.Framework)
	}
	return fmt.Sprintf("Somebody decided anew whether %s is followed.", m.Framework)
}

// carryFact is what the log says of an upgrade.
type carryFact struct {
	Kind    EditionKind `json:"kind"`
	From    string      `json:"from"` // digest
	To      string      `json:"to"`
	Answers string      `json:"answers"` // SHA-256 of what was answered
	Carried string      `json:"carried"` // SHA-256 of what was carried
	Undone  bool        `json:"undone,omitempty"`
}

func (j changeover) leaf(id, salt, kind string, fact carryFact) ledger.Leaf {
	return ledger.Leaf{Org: j.who.Org(), At: j.now, Actor: j.who.Account(), Kind: kind, ID: id, Salt: salt, Payload: fact}
}
