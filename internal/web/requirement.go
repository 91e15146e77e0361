package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// requirementPage shows one requirement with everything that bears on it.
type requirementPage struct {
	frame
	Framework   *framework.Framework
	Requirement framework.Requirement
	Path        []framework.Requirement // the groups it stands in
	Children    []framework.Requirement
	From        *framework.Framework // nil: no framework to read it through
	Sources     []*framework.Framework
	Verdict     posture.Verdict
	First       string // the first task
	Bearing     []bearing
	Controls    []control.Control // tagged to it directly, the first few
	Tagged      int               // how many there are
	Edges       []edgeGroup
	Outside     []crosswalk.Edge
	Unions      []unionRow
	Own         *posture.Own // what adopted library controls say themselves, or nil
	Assumption  string       // of the report it is read through
	Covered     bool         // controls are adopted, so that covers count where they speak
	Excludable  bool
	Excluded    string // the reason, or empty
	CanSet      bool
	Prev, Next  string                  // addresses of the neighbours
	Points      []crosswalk.Point       // brought in under a licence; none ships
	Attested    []crosswalk.Attestation // every one, the newest first
	At          time.Time
	Reader      string // account
	CanAttest   bool
	Attest      attestForm

	Evidence requirementCard

	Alike         []likeRow     // see suggest.go
	AlikeControls []likeControl // those whose words are alike
	TooMany       bool          // too many controls to liken them
}

// bearing is one source with the controls behind it.
type bearing struct {
	Role     string // "counts", "also", "suggested", "waiting", "disputed"
	Source   posture.Source
	Label    string
	Controls []control.Control // the first few
	Tagged   int               // how many there are
	Paths    []string          // sentences
}

// edgeGroup is the rows of the stack that join the requirement to one other framework.
type edgeGroup struct {
	Other *framework.Framework
	Rows  []edgeRow
}

type edgeRow struct {
	Edge     crosswalk.Edge
	Other    framework.Ref
	Label    string
	Sentence string
	Set      string
	Status   crosswalk.Status
	To       string // address of the page of the pair
}

// unionRow is an authored union that closes, or would close, the requirement.
type unionRow struct {
	Union   crosswalk.Union
	Members []unionMember
	Whole   bool
}

type unionMember struct {
	Ref framework.Ref
	Met bool
}

// getRequirement shows it: GET /o/{org}/frameworks/{framework}/{id}?via=.
func (s *Server) getRequirement(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRequirement(w, r, who, http.StatusOK, attestForm{})
}

func (s *Server) showRequirement(w http.ResponseWriter, r *http.Request, who visitor, status int, form attestForm) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	req, ok := f.Find(r.PathValue("id"))
	if !ok {
		return problem.New(problem.NotFound, "%s has no %s %q. Open the framework and search there.", f.Title, f.Noun, r.PathValue("id"))
	}
	ref := framework.Ref{Framework: f.ID, ID: req.ID}
	path := f.Path(req.ID)
	p := requirementPage{
		Framework: f, Requirement: req, Path: path[:max(0, len(path)-1)], Children: f.Children(req.ID),
		From: b.through(f, r.FormValue("via")), Sources: b.sources(f), Controls: b.few(ref), Tagged: len(b.Tagged[ref]),
		Excludable: f.Excludable(req.ID), Excluded: b.Scope.Excluded[ref], CanSet: who.Can(access.ManageFrameworks), Reader: who.Account.ID, CanAttest: who.Can(access.Attest), At: s.Now(),
	}
	if p.Attested, err = s.Crosswalk.AttestationsOf(r.Context(), who.Actor, ref); err != nil {
		return err
	}
	if o, ok := b.meets(f)[req.ID]; ok {
		p.Own = &o
	}
	if p.From != nil && req.Kind == framework.KindRequirement {
		if err := p.read(b); err != nil {
			return err
		}
	}
	p.Attest = form.filled(p, b.At)
	p.Edges = b.edges(who.Slug(), ref)
	if p.Points, err = s.Crosswalk.Points(r.Context(), who.Actor, ref); err != nil {
		return err
	}
	p.frame = s.frame(w, r, who, "frameworks", req.ID, crumb{"Frameworks", orgPath(who.Slug(), "frameworks")}, crumb{f.Short, orgPath(who.Slug(), "frameworks", f.ID)})
	p.frame.Title = req.ID + " " + req.Label
	p.Prev, p.Next = neighbours(f, req.ID, func(id string) string { return query(p.path("frameworks", f.ID, id), "via", r.FormValue("via")) })
	if req.Kind == framework.KindRequirement {
		p.suggest(b)
		if p.Evidence, err = s.requirementEvidenceOf(r.Context(), who, b, ref, p.rests()); err != nil {
			return err
		}
	}
	return s.render(w, r, status, showRequirement(p))
}

// read fills in the coverage through another framework with its reasons.
func (p *requirementPage) read(b *book) error {
	report, err := b.report(p.From, p.Framework)
	if err != nil {
		return err
	}
	p.Assumption, p.Covered = report.Assumption, len(b.Adopted) > 0
	design := b.design(p.From, p.Framework, report)
	v, ok := posture.CoverageOfOne(design, p.Requirement.ID, b.At)
	if !ok {
		return nil
	}
	p.Verdict = design.Explain(v)
	for _, line := range report.Requirements {
		if line.ID == p.Requirement.ID {
			p.First = line.FirstTask
		}
	}
	target := framework.Ref{Framework: p.Framework.ID, ID: p.Requirement.ID}
	add := func(role string, list []posture.Source) {
		for _, src := range list {
			from := framework.Ref{Framework: p.From.ID, ID: src.ID}
			bear := bearing{Role: role, Source: src, Controls: b.few(from), Tagged: len(b.Tagged[from])}
			if r, ok := p.From.Find(src.ID); ok {
				bear.Label = r.Label
			}
			paths := b.Stack.Paths(from, target)
			if role == "disputed" {
				paths = b.Stack.Conflict(from, target)
			}
			for i, path := range paths {
				if i == 4 {
					break
				}
				bear.Paths = append(bear.Paths, path.Sentence())
			}
			p.Bearing = append(p.Bearing, bear)
		}
	}
	counts := "counts"
	if p.Verdict.Coverage == posture.Candidate {
		counts = "suggested"
	}
	add(counts, p.Verdict.By)
	add("also", p.Verdict.Also)
	add("waiting", p.Verdict.Waiting)
	add("disputed", p.Verdict.Disputed)
	p.Outside = p.Verdict.Outside
	for _, u := range b.Stack.Unions(target, p.From.ID) {
		row := unionRow{Union: u, Whole: true}
		for _, m := range u.Sources {
			met := design.Met[m.ID]
			row.Members = append(row.Members, unionMember{m, met})
			row.Whole = row.Whole && met
		}
		p.Unions = append(p.Unions, row)
	}
	return nil
}

// rests lists what full coverage through another framework rests on.
func (p *requirementPage) rests() []framework.Ref {
	var out []framework.Ref
	for _, x := range p.Bearing {
		if x.Role == "counts" && p.Verdict.Coverage.Closed() {
			out = append(out, framework.Ref{Framework: p.From.ID, ID: x.Source.ID})
		}
	}
	return out
}

// edges lists every row of the stack that touches the requirement, by the
// framework at the other end.
func (b *book) edges(slug string, ref framework.Ref) []edgeGroup {
	groups := map[string][]edgeRow{}
	for _, e := range b.Stack.EdgesOf(ref) {
		row := edgeRow{Edge: e, Other: e.Target, Set: e.Set, Status: b.Stack.Status(e), To: edgePath(slug, e.Source, e.Target)}
		if e.Target == ref {
			row.Other = e.Source
		}
		row.Sentence = sentence(e)
		if f, ok := b.library.Frameworks.Find(row.Other.Framework); ok {
			if q, ok := f.Find(row.Other.ID); ok {
				row.Label = q.Label
			}
		}
		groups[row.Other.Framework] = append(groups[row.Other.Framework], row)
	}
	var out []edgeGroup
	for _, f := range b.library.Frameworks.Frameworks {
		if rows := groups[f.ID]; rows != nil {
			out = append(out, edgeGroup{f, rows})
		}
	}
	return out
}

// sentence says in words what a row states, in the direction it was written.
func sentence(e crosswalk.Edge) string {
	return crosswalk.Path{Hops: []crosswalk.Hop{{Edge: e, Mask: e.Relation}}, Mask: e.Relation}.Sentence()
}

// neighbours returns the addresses of the requirement before and after.
func neighbours(f *framework.Framework, id string, to func(string) string) (prev, next string) {
	asked := f.Asked()
	i := slices.IndexFunc(asked, func(r framework.Requirement) bool { return r.ID == id })
	if i > 0 {
		prev = to(asked[i-1].ID)
	}
	if i >= 0 && i+1 < len(asked) {
		next = to(asked[i+1].ID)
	}
	return prev, next
}

// postScope scopes a requirement out, with a reason, or back in:
// POST /o/{org}/frameworks/{framework}/{id}/scope.
func (s *Server) postScope(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	ref := framework.Ref{Framework: f.ID, ID: r.PathValue("id")}
	said := ref.ID + " is back in scope."
	if r.FormValue("out") == "yes" {
		err = s.Crosswalk.Exclude(r.Context(), who.Actor, ref, strings.TrimSpace(r.FormValue("reason")), s.Now())
		said = ref.ID + " is scoped out, with its reason on record."
	} else {
		err = s.Crosswalk.Include(r.Context(), who.Actor, ref, s.Now())
	}
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "frameworks", f.ID, ref.ID), said)
}

// roleWords says what a source is to the coverage.
func roleWords(role string) string {
	switch role {
	case "counts":
		return "Counts towards it"
	case "also":
		return "Shares ground too, not needed"
	case "suggested":
		return "Suggestions, not counted"
	case "waiting":
		return "Would count, but not met"
	}
	return "Disputed: the stack contradicts itself, nothing is inferred"
}
