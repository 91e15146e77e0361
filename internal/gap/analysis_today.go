package gap

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// Today returns what a step of an analysis would come to now.
func (s *Store) Today(ctx context.Context, who access.Actor, a Analysis, step Step, now time.Time) (Output, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return Output{}, err
	}
	switch step {
	case StepInventory:
		return s.inventory(ctx, who, a, now)
	case StepRisks:
		return s.risks(ctx, who, now)
	case StepDocuments:
		return s.documents(ctx, who)
	case StepScope:
		return s.scopes(ctx, who, now)
	case StepUnified:
		return s.unified(ctx, who, a, now)
	}
	return Output{}, errStep()
}

// names reads what the people of the register are called.
func (s *Store) names(ctx context.Context, org string) (func(person string) string, error) {
	var r *people.Roster
	err := s.DB.Read(ctx, org, func(tx *db.Tx) (err error) {
		r, err = people.ReadRoster(ctx, tx, org)
		return err
	})
	return func(id string) string {
		p, _ := r.Person(id)
		return p.Name
	}, err
}

func (s *Store) inventory(ctx context.Context, who access.Actor, a Analysis, now time.Time) (Output, error) {
	controls, err := s.Controls.List(ctx, who, control.Filter{})
	if err != nil {
		return Output{}, err
	}
	links, err := s.Crosswalk.AllLinks(ctx, who, now)
	if err != nil {
		return Output{}, err
	}
	judged, err := s.Judge.Judge(ctx, who, a.From, now)
	if err != nil {
		return Output{}, err
	}
	name, err := s.names(ctx, who.Org())
	if err != nil {
		return Output{}, err
	}
	l, err := s.Crosswalk.Library(ctx, who, now)
	if err != nil {
		return Output{}, err
	}
	short := a.From
	if f, ok := l.Frameworks.Find(a.From); ok {
		short = f.Short
	}
	list := make([]Held, len(controls))
	for i, c := range controls {
		h := Held{Code: c.Code, Title: c.Title, Owner: name(c.Owner), Kind: c.Kind, Status: c.Status, Filed: judged.Controls[c.Code].Evidence.All, Tested: known(judged.Controls[c.Code].Operation)}
		h.Frequency = c.Frequency
		for _, k := range c.Evidence {
			h.Evidence = append(h.Evidence, kindLabel(k))
		}
		h.Tagged = slices.ContainsFunc(links[c.ID], func(x crosswalk.Link) bool { return x.Ref.Framework == a.From })
		list[i] = h
	}
	return InventoryOf(short, list), nil
}

// known reports whether a state says something of how a control operates.
func known(s posture.State) bool {
	return s == posture.Effective || s == posture.Exceptions || s == posture.Gap
}

func (s *Store) risks(ctx context.Context, who access.Actor, now time.Time) (Output, error) {
	r, err := s.Risks.Register(ctx, who, now)
	if err != nil {
		return Output{}, err
	}
	things, err := s.Risks.Things(ctx, who)
	if err != nil {
		return Output{}, err
	}
	var list []RiskLine
	for _, row := range risk.ViewsOf(r.Risks, things).Rows {
		e := row.Entry
		list = append(list, RiskLine{Code: e.Code, Title: e.Title, State: e.State.Label(), Scored: e.Scored() && r.Method != nil && e.Counting().Method == r.Method.Version, Threats: row.InThreats(), Promises: row.InPromises()})
	}
	method, approved, drafts := "", false, 0
	if r.Method != nil {
		method, approved = r.Method.Version, r.Method.ID != ""
	}
	for _, m := range r.Methods {
		if m.State == risk.MethodWaits {
			drafts++
		}
	}
	return RisksOf(method, approved, drafts, list), nil
}

func (s *Store) documents(ctx context.Context, who access.Actor) (Output, error) {
	clashes, err := s.Policies.Conflicts(ctx, who, nil)
	if err != nil {
		return Output{}, err
	}
	inForce := 0
	if err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, _, err := policy.InForce(ctx, tx, who.Org())
		inForce = len(list)
		return err
	}); err != nil {
		return Output{}, err
	}
	var list []Contradiction
	for _, c := range clashes {
		x := Contradiction{First: c.Documents[0].Title, Second: c.Documents[1].Title, Topic: policy.Words().Label(c.Topic), Subject: policy.Words().Label(c.Subject), Why: c.Why, TwoGovern: c.Kind == policy.TwoGovern}
		if x.Subject == "" {
			x.Subject = x.Topic
		}
		for i, v := range c.Values {
			x.Values[i] = policy.Say(c.Property, v)
		}
		if c.Decision != nil {
			x.Decision = decided(c, *c.Decision)
		}
		list = append(list, x)
	}
	return DocumentsOf(inForce, list), nil
}

// decided is what was decided about two documents, in a sentence.
func decided(c policy.Clash, d policy.Decision) string {
	what := "They speak of different things"
	switch d.Choice {
	case policy.OneGoverns:
		what = "One of the two governs"
		for _, x := range c.Documents {
			if x.Policy == d.Governing {
				what = x.Title + " governs"
			}
		}
	case policy.Consolidate:
		what = fmt.Sprintf("%s makes the two say the same by %s", d.OwnerName, d.Due)
	}
	return what + ": " + d.Reason
}

// Report is the gap analysis of the organisation's own controls between two frameworks.
func (s *Store) Report(ctx context.Context, who access.Actor, from, to string, now time.Time) (*Report, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	q := Question{Source: "the controls of the organisation", Excluded: map[string]string{}, Reach: s.Crosswalk.Reach()}
	var err error
	if q.Library, err = s.Crosswalk.Library(ctx, who, now); err != nil {
		return nil, err
	}
	if q.Stack, err = s.Crosswalk.StackAt(ctx, who, now); err != nil {
		return nil, err
	}
	var known [2]bool
	q.From, known[0] = q.Library.Frameworks.Find(from)
	q.To, known[1] = q.Library.Frameworks.Find(to)
	if !known[0] || !known[1] {
		return nil, problem.New(problem.NotFound, "One of the two frameworks is not here any more. Bring it in again, or open an analysis between others.")
	}
	scope, err := s.Crosswalk.Scope(ctx, who, now)
	if err != nil {
		return nil, err
	}
	q.Categories = scope.Categories[from]
	for ref, why := range scope.Excluded {
		if ref.Framework == to {
			q.Excluded[ref.ID] = why
		}
	}
	attested, err := s.Crosswalk.Attestations(ctx, who, now)
	if err != nil {
		return nil, err
	}
	for _, a := range attested {
		if a.From == from && a.Target.Framework == to {
			q.Attested = append(q.Attested, posture.Attestation{Target: a.Target.ID, Sources: a.Sources, By: a.ByName, Reason: a.Reason, Until: a.Until})
		}
	}
	if err := s.fill(ctx, who, &q, now); err != nil {
		return nil, err
	}
	return Analyse(q, now)
}

// fill reads the controls and what was adopted.
func (s *Store) fill(ctx context.Context, who access.Actor, q *Question, now time.Time) error {
	controls, err := s.Controls.List(ctx, who, control.Filter{})
	if err != nil {
		return err
	}
	links, err := s.Crosswalk.AllLinks(ctx, who, now)
	if err != nil {
		return err
	}
	adoptions, err := s.Crosswalk.Adoptions(ctx, who, now)
	if err != nil {
		return err
	}
	name, err := s.names(ctx, who.Org())
	if err != nil {
		return err
	}
	entry := map[string]crosswalk.Adoption{}
	for _, a := range adoptions {
		entry[a.Control] = a
	}
	for _, c := range controls {
		t := Tagged{Code: c.Code, Title: c.Title, Owner: name(c.Owner), Status: c.Status}
		for _, l := range links[c.ID] {
			t.Requirements = append(t.Requirements, l.Ref)
		}
		q.Controls = append(q.Controls, t)
		if a, ok := entry[c.ID]; ok {
			shipped, still := q.Reach.Take(a.Entry)
			if !still {
				shipped = a.Base
			}
			drift := crosswalk.DriftOf(c, links[c.ID], a, shipped, q.Reach.Digest(a.Entry), q.Library.Frameworks.Has)
			q.Adopted = append(q.Adopted, posture.Adopted{Code: c.Code, Entry: a.Entry, Status: c.Status, Edited: drift.Worded(), Links: links[c.ID]})
		}
	}
	slices.SortFunc(q.Adopted, func(x, y posture.Adopted) int { return control.CompareCodes(x.Entry, y.Entry) })
	return nil
}

func (s *Store) unified(ctx context.Context, who access.Actor, a Analysis, now time.Time) (Output, error) {
	r, planned, err := s.Work(ctx, who, a, now)
	if err != nil {
		return Output{}, err
	}
	return UnifiedOf(r, planned), nil
}

// Work returns the report of today and what was handed out of it, by requirement.
func (s *Store) Work(ctx context.Context, who access.Actor, a Analysis, now time.Time) (*Report, map[string][]Planned, error) {
	r, err := s.Report(ctx, who, a.From, a.To, now)
	if err != nil {
		return nil, nil, err
	}
	out := map[string][]Planned{}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := finding.ReadActions(ctx, tx, who.Org(), a.source())
		for _, x := range list {
			if x.State == finding.Dropped {
				continue // nobody does it
			}
			for _, ref := range x.Requirements {
				p := Planned{Action: x.ID, Title: x.Title, Owner: x.OwnerName, State: string(x.State)}
				if x.Due.Known() {
					p.Due = x.Due.String()
				}
				out[ref.ID] = append(out[ref.ID], p)
			}
		}
		return err
	})
	return r, out, err
}

// kindLabel is a kind of evidence as a person reads it.
func kindLabel(kind string) string {
	if k, ok := control.Shipped().Kind(kind); ok {
		return k.Label
	}
	return kind
}

func (s *Store) scopes(ctx context.Context, who access.Actor, now time.Time) (Output, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return Output{}, err
	}
	var p *isms.ScopePicture
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, err = isms.ReadScope(ctx, tx, who.Org(), now)
		return err
	})
	if err != nil {
		return Output{}, err
	}
	version := func(v *isms.ScopeVersion) string {
		if v == nil {
			return ""
		}
		return v.Words()
	}
	var list []Misfit
	for _, m := range p.Mismatches() {
		x := Misfit{Title: m.Title, Consequence: m.Consequence, Pitfall: m.Pitfall}
		if m.Decision != nil {
			x.Decision = "meant to be so: " + m.Decision.Reason
			if m.Decision.Choice == isms.ScopeAlign {
				x.Decision = "to be put right: " + m.Decision.Reason
			}
		}
		list = append(list, x)
	}
	return ScopesOf(version(p.ISMS), version(p.SOC2), p.Summary(), list), nil
}
