// Package posture works out how things stand at a moment, and why. It is a pure
// function of values already read: it opens no store, reads no clock, and gives
// the same answer to the same question on any day.
//
// This file answers the question of design: how far do the requirements of one
// framework that are taken as met cover the requirements of another? Whether a
// control really operates is another question, with another number.
package posture

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Coverage says how far a requirement is covered in design. The zero value is no answer.
type Coverage string

// The states of coverage, best first. Only the first three close a requirement.
const (
	Full          Coverage = "full"           // one met source is equal to the requirement or holds it
	FullUnion     Coverage = "full_union"     // every member of an authored union is met
	FullAttested  Coverage = "full_attested"  // a named person attests that the listed sources suffice
	Partial       Coverage = "partial"        // a met source surely shares ground with it; the rest is open
	Candidate     Coverage = "candidate"      // a path from a met source exists, but nothing follows from it
	None          Coverage = "none"           // no path from any met source
	NotApplicable Coverage = "not_applicable" // scoped out, with a reason
)

// Coverages lists every state, best first.
func Coverages() []Coverage {
	return []Coverage{Full, FullUnion, FullAttested, Partial, Candidate, None, NotApplicable}
}

// Closed reports whether nothing is left to design for the requirement.
func (c Coverage) Closed() bool { return c == Full || c == FullUnion || c == FullAttested }

// Touched reports whether some met source surely shares ground with the requirement.
func (c Coverage) Touched() bool { return c.Closed() || c == Partial }

// Words returns the state as a person reads it.
func (c Coverage) Words() string {
	switch c {
	case FullUnion:
		return "full by union"
	case FullAttested:
		return "full, attested"
	case NotApplicable:
		return "not applicable"
	default:
		return string(c)
	}
}

// Attestation is a named person's word that the listed sources together suffice
// for a requirement that no relation closes.
type Attestation struct {
	Target  string   // requirement of the target framework
	Sources []string // requirements of the source framework; all must be met
	By      string   // who attests
	Reason  string
	Until   time.Time // the moment it lapses, itself excluded
}

// Design is one question: the crosswalk, what is met, and what was decided.
type Design struct {
	Library  *crosswalk.Library
	Stack    *crosswalk.Stack
	From, To *framework.Framework
	Met      map[string]bool   // requirements of From taken as met; groups are never met
	InScope  map[string]bool   // requirements of From in scope, met or not
	Attested []Attestation     // lapsed ones are ignored
	Excluded map[string]string // requirement of To: why it was scoped out
	Own      map[string]Own    // requirement of To: what adopted controls say of it themselves; nil if none is adopted
}

// Source is one way in which a requirement of the source framework bears on the
// requirement asked about.
type Source struct {
	ID        string         // requirement of the source framework
	Relation  crosswalk.Mask // what can hold between source and requirement
	Sets      []string       // mapping sets the statement rests on, in path order
	Strength  int            // editorial, 1 to 10; zero where nobody stated one; never computed with
	Rationale string
	Residual  string // what this source alone leaves open, or empty
	Direct    bool   // a row states it; otherwise it was inferred along a path
}

// Verdict is the coverage of one requirement with everything it rests on.
type Verdict struct {
	Requirement framework.Requirement
	Coverage    Coverage
	Why         string            // one or two sentences for a person
	By          []Source          // what establishes the coverage; for Candidate, the suggestions
	Also        []Source          // further met sources that share ground but are not needed
	Waiting     []Source          // in scope and would count, but not met
	Disputed    []Source          // met, but the stack contradicts itself about them: nothing is inferred
	Outside     []crosswalk.Edge  // rows of sets outside the stack: suggestions, never counted
	Residual    []string          // what is left to do, the nearest first; empty when closed
	NetNew      *crosswalk.NetNew // set when the source framework does not ask for this at all
	Union       *crosswalk.Union  // set when Coverage is FullUnion
	OpenUnions  []crosswalk.Union // unions that would close it, with a member not met
	Attestation *Attestation      // set when Coverage is FullAttested
	Own         *Own              // what adopted controls say themselves, or nil
	ByOwn       bool              // Coverage is that of Own; By is empty then
	Exclusion   string            // why it was scoped out, when Coverage is NotApplicable
	Refused     string            // why a wish to scope it out was not followed, or empty
}

// CoverageOf answers q for every requirement of q.To, in catalogue order.
func CoverageOf(q Design, now time.Time) []Verdict {
	m := q.Stack.Relate(q.From.ID, q.To.ID)
	asked := q.To.Asked()
	out := make([]Verdict, len(asked))
	for i, r := range asked {
		out[i] = q.verdict(m, r, now)
	}
	return out
}

// CoverageOfOne answers q for one requirement; false if q.To has no such requirement.
func CoverageOfOne(q Design, id string, now time.Time) (Verdict, bool) {
	r, ok := q.To.Find(id)
	if !ok || r.Kind != framework.KindRequirement {
		return Verdict{}, false
	}
	return q.verdict(q.Stack.Relate(q.From.ID, q.To.ID), r, now), true
}

func (q Design) verdict(m *crosswalk.Matrix, r framework.Requirement, now time.Time) Verdict {
	v := Verdict{Requirement: r}
	target := framework.Ref{Framework: q.To.ID, ID: r.ID}
	if n, ok := q.Stack.NetNew(target, q.From.ID); ok {
		v.NetNew = &n
	}
	if reason, wished := q.Excluded[r.ID]; wished {
		if q.To.Excludable(r.ID) {
			v.Coverage, v.Exclusion = NotApplicable, reason
			v.Why = "Scoped out: " + reason
			return v
		}
		v.Refused = "This requirement can never be scoped out, so it is judged like the others."
	}

	var full, overlap []Source
	candidates := 0 // most pairs are; few verdicts show them
	for p := range m.Toward(r.ID) {
		src, ok := q.From.Find(p.Source.ID)
		if !ok || src.Kind != framework.KindRequirement {
			continue // a row about a whole group says nothing of its members
		}
		met := q.Met[p.Source.ID]
		switch {
		case p.Contradiction && met:
			v.Disputed = append(v.Disputed, q.source(p))
		case p.Contradiction:
		case !met && q.InScope[p.Source.ID] && !p.Candidate && p.Mask.Overlap():
			v.Waiting = append(v.Waiting, q.source(p))
		case !met:
		case p.Candidate:
			candidates++
		case p.Mask.Full():
			full = append(full, q.source(p))
		case p.Mask.Overlap():
			overlap = append(overlap, q.source(p))
		}
	}
	byStrength(full)
	byStrength(overlap)
	byStrength(v.Waiting)
	q.unions(&v, target, full, overlap)
	q.attestations(&v, r.ID, now)
	v.Outside = q.Library.Outside(q.Stack, target, q.From.ID)

	switch {
	case len(full) > 0:
		v.Coverage, v.By, v.Also = Full, full, overlap
	case v.Union != nil:
		v.Coverage = FullUnion // By and Also were split by unions
	case v.Attestation != nil:
		v.Coverage = FullAttested
		v.By, v.Also = split(overlap, v.Attestation.Sources)
	case len(overlap) > 0:
		v.Coverage, v.By = Partial, overlap
		v.Residual = residuals(overlap)
	case candidates > 0 || q.suggested(v.Outside):
		v.Coverage, v.By = Candidate, q.candidates(m, r.ID, candidates)
	default:
		v.Coverage = None
	}
	if own, ok := q.Own[r.ID]; ok {
		v.answer(own)
	}
	v.Why = why(v, q)
	return v
}

// candidates lists the met sources, n of them, from which nothing follows.
func (q Design) candidates(m *crosswalk.Matrix, id string, n int) []Source {
	if n == 0 {
		return nil
	}
	out := make([]Source, 0, n)
	for p := range m.Toward(id) {
		src, ok := q.From.Find(p.Source.ID)
		if ok && src.Kind == framework.KindRequirement && p.Candidate && q.Met[src.ID] {
			out = append(out, q.source(p))
		}
	}
	return out
}

// source turns a pair into a source, with the words of the row that states it.
// Where no row does, the best path speaks.
func (q Design) source(p crosswalk.Pair) Source {
	s := Source{ID: p.Source.ID, Relation: p.Mask}
	if rows := q.Stack.Stating(p.Source, p.Target); len(rows) > 0 {
		s.Direct = true
		for _, e := range rows {
			s.Sets = append(s.Sets, e.Set)
			if s.Rationale == "" {
				s.Rationale = e.Rationale
			}
			if s.Residual == "" {
				s.Residual = e.Residual
			}
			s.Strength = max(s.Strength, e.Strength)
		}
		if s.Rationale == "" {
			s.Rationale = rows[0].Provenance
		}
	}
	return s
}

// explain fills in the path behind a source that no row states. Paths cost more
// than masks, so this is done only for the sources a verdict shows.
func (q Design) explain(s Source, target framework.Ref) Source {
	if s.Direct {
		return s
	}
	best, ok := q.Stack.Path(framework.Ref{Framework: q.From.ID, ID: s.ID}, target)
	if !ok {
		return s
	}
	s.Rationale = best.Sentence()
	for _, h := range best.Hops {
		if !slices.Contains(s.Sets, h.Edge.Set) {
			s.Sets = append(s.Sets, h.Edge.Set)
		}
	}
	return s
}

// Explain returns the verdict with the path of every inferred source in words.
// CoverageOf leaves them out, because a list of requirements seldom shows them.
func (q Design) Explain(v Verdict) Verdict {
	target := framework.Ref{Framework: q.To.ID, ID: v.Requirement.ID}
	for _, list := range []*[]Source{&v.By, &v.Also, &v.Waiting, &v.Disputed} {
		told := make([]Source, len(*list))
		for i, s := range *list {
			told[i] = q.explain(s, target)
		}
		*list = told
	}
	return v
}

// unions sets v.Union if every member of an authored union is met, and splits
// the sources into those members and the rest.
func (q Design) unions(v *Verdict, target framework.Ref, full, overlap []Source) {
	for _, u := range q.Stack.Unions(target, q.From.ID) {
		missing := slices.ContainsFunc(u.Sources, func(r framework.Ref) bool { return !q.Met[r.ID] })
		if missing {
			v.OpenUnions = append(v.OpenUnions, u)
			continue
		}
		if v.Union != nil || len(full) > 0 {
			continue
		}
		v.Union = &u
		ids := make([]string, len(u.Sources))
		for i, r := range u.Sources {
			ids[i] = r.ID
		}
		v.By, v.Also = split(overlap, ids)
	}
}

func (q Design) attestations(v *Verdict, id string, now time.Time) {
	for _, a := range q.Attested {
		missing := slices.ContainsFunc(a.Sources, func(s string) bool { return !q.Met[s] })
		if a.Target == id && now.Before(a.Until) && len(a.Sources) > 0 && !missing {
			v.Attestation = &a
			return
		}
	}
}

// suggested reports whether a row outside the stack starts at something met. A
// row about a whole group is a suggestion as soon as one member is met.
func (q Design) suggested(rows []crosswalk.Edge) bool {
	for _, e := range rows {
		source := e.Source.ID
		if e.Source.Framework != q.From.ID {
			source = e.Target.ID
		}
		for id := range q.Met {
			if q.Met[id] && q.From.Within(id, source) {
				return true
			}
		}
	}
	return false
}

// split parts sources into those named and the others, each in the given order.
func split(sources []Source, named []string) (in, out []Source) {
	for _, s := range sources {
		if slices.Contains(named, s.ID) {
			in = append(in, s)
		} else {
			out = append(out, s)
		}
	}
	return in, out
}

// byStrength puts the rows that share most first. Strength only orders what a
// person reads; no coverage depends on it.
func byStrength(sources []Source) {
	slices.SortStableFunc(sources, func(a, b Source) int { return cmp.Compare(b.Strength, a.Strength) })
}

// residuals lists what the sources leave open, without saying the same thing twice.
func residuals(sources []Source) []string {
	var out []string
	for _, s := range sources {
		if s.Residual != "" && !slices.Contains(out, s.Residual) {
			out = append(out, s.Residual)
		}
	}
	return out
}

func ids(sources []Source) string {
	names := make([]string, len(sources))
	for i, s := range sources {
		names[i] = s.ID
	}
	return list(names)
}

// list joins names as a sentence does: "a", "a and b", "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
