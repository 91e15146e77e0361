package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/problem"
)

// itemPage shows one item with what it counts for and what became of it.
type itemPage struct {
	frame
	Item                    evidence.Item
	Title, Sub              string
	Standing                itemStanding
	Kind, KindAbout         string
	Captured, Filed, Period string
	Valid, Source           string
	Reviewed                string
	SupersededAt, Newer     string
	Older                   string
	ErasedAt, ErasedBy      string
	RequestTo               string
	Files                   []fileView
	Open                    int // the file that is shown; -1: none
	FileSum                 string
	Counts                  []countsLine
	CountSum                string
	Trail                   []trailLine
	Held                    []string // what holds it back from erasure
	OwnHolds                []evidence.Hold
	Keeping                 string
	Codes                   []codeOption
	Mine                    bool
	CanTag, CanReview       bool
	CanSupersede            bool
	CanHold, CanErase       bool
	TypedNote               string
	Problem                 *problem.Error
}

// countsLine is one tag of an item with everything it counts for.
type countsLine struct {
	Code, Title, To string
	Field, Value    string // of the form that takes the tag away
	Kind            string // what the kind is to the control
	Groups          []countsGroup
}

// countsGroup is what a tag counts for in one framework, or why it does not.
type countsGroup struct {
	Framework string
	Refs      []framework.Ref
	Not       string // why it is shown and not counted, or empty
	Via       string // through which framework the crosswalk carries it, or empty
}

// trailLine is one thing that became of an item or a request.
type trailLine struct {
	What, By, At, Note string
	To                 string // its entries in the log, or empty
}

// getItem shows it: GET /o/{org}/evidence/{item}?file=.
func (s *Server) getItem(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showItem(w, r, who, http.StatusOK, "", nil)
}

func (s *Server) showItem(w http.ResponseWriter, r *http.Request, who visitor, status int, note string, fault *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	i, err := s.Evidence.Find(r.Context(), who.Actor, r.PathValue("item"))
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := itemPage{Item: i, Title: itemTitle(i), Problem: fault, TypedNote: note, Codes: b.codes(),
		Mine: i.FiledBy == who.Account.ID, CanReview: who.Can(access.ReviewEvidence), CanTag: who.Can(access.TagEvidence) && i.Erased == nil,
		CanHold: who.Can(access.HoldEvidence), CanErase: who.Can(access.EraseEvidence), CanSupersede: who.Can(access.FileEvidence) && i.Erased == nil && i.SupersededBy == ""}
	p.facts(b, s, names)
	if err := s.itemNeighbours(r, who, &p); err != nil {
		return err
	}
	if err := s.itemTrail(r, who, b, names, &p); err != nil {
		return err
	}
	if err := s.itemFiles(r, who, &p); err != nil {
		return err
	}
	if p.Counts, err = b.countsOf(who.Slug(), i); err != nil {
		return err
	}
	p.CountSum = countSum(p.Counts)
	p.frame = s.frame(w, r, who, "evidence", p.Title, crumb{"Evidence", orgPath(who.Slug(), "evidence")})
	return s.render(w, r, status, showEvidence(p))
}

// facts fills in what stands beside the item.
func (p *itemPage) facts(b *book, s *Server, names map[string]string) {
	i := p.Item
	p.Standing = standingOf(i, s.Now(), b.Zone)
	p.Kind, p.KindAbout = kindOf(i.Kind), kindAbout(i.Kind)
	p.Captured, p.Filed = momentWords(i.CapturedAt, b.Zone), momentWords(i.FiledAt, b.Zone)+", by "+nameOf(names, i.FiledBy)
	p.Period, p.Valid = daysWords(i.Period), upperFirst(validWords(i.ValidFor))
	if i.ValidFor > 0 {
		p.Valid = upperFirst("for " + validWords(i.ValidFor) + ", until " + momentWords(i.LapsesAt(), b.Zone))
	}
	p.Source = nameOf(names, i.Collector)
	if i.Source != evidence.Person {
		p.Source = strings.TrimSpace(i.Collector+" "+i.Version) + ", " + capturedByWords(i.Source)
	}
	p.Sub = p.Kind + " · captured " + dayWords(dateIn(i.CapturedAt, b.Zone))
	if p.Period != "" {
		p.Sub += " · speaks of " + p.Period
	}
	if i.Review != evidence.Unreviewed {
		p.Reviewed = nameOf(names, i.ReviewedBy) + " · " + momentWords(i.ReviewedAt, b.Zone)
	}
	if i.SupersededBy != "" {
		p.SupersededAt = momentWords(i.SupersededAt, b.Zone)
	}
	if i.Erased != nil {
		p.ErasedAt, p.ErasedBy = momentWords(i.Erased.At, b.Zone), nameOf(names, i.Erased.By)
	}
	if i.Request != "" {
		p.RequestTo = orgPath(b.Slug, "requests", i.Request)
	}
}

// nameOf is what an account is called; nobody's id is Toucan itself.
func nameOf(names map[string]string, account string) string {
	switch name, ok := names[account]; {
	case ok:
		return name
	case account == "":
		return "Toucan"
	}
	return "somebody who is no member any more"
}

// itemNeighbours names the item that took its place, and the one it took the place of.
func (s *Server) itemNeighbours(r *http.Request, who visitor, p *itemPage) error {
	for id, title := range map[string]*string{p.Item.SupersededBy: &p.Newer, p.Item.Supersedes: &p.Older} {
		if id == "" {
			continue
		}
		other, err := s.Evidence.Find(r.Context(), who.Actor, id)
		if err != nil {
			return err
		}
		*title = itemTitle(other)
	}
	return nil
}

// itemTrail fills in what became of the item, and what keeps it.
func (s *Server) itemTrail(r *http.Request, who visitor, b *book, names map[string]string, p *itemPage) error {
	acts, err := s.Evidence.History(r.Context(), who.Actor, p.Item.ID)
	if err != nil {
		return err
	}
	log := func(id string) string {
		if !who.Can(access.ViewLog) {
			return ""
		}
		return query(orgPath(who.Slug(), "log"), "id", id)
	}
	i := p.Item
	p.Trail = []trailLine{{What: "Filed", By: nameOf(names, i.FiledBy), At: momentWords(i.FiledAt, b.Zone), To: log(i.ID)}}
	for _, a := range acts {
		line := b.trailLine(a, names)
		line.To = log(a.ID)
		p.Trail = append(p.Trail, line)
	}
	if i.SupersededBy != "" {
		p.Trail = append(p.Trail, trailLine{What: "Superseded by a newer capture", By: "“" + p.Newer + "”", At: momentWords(i.SupersededAt, b.Zone), To: log(i.SupersededBy)})
	}
	holds, err := s.Evidence.Holds(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if !b.holds(h, p.Item) {
			continue
		}
		p.Held = append(p.Held, h.Reason)
		if h.Item == p.Item.ID {
			p.OwnHolds = append(p.OwnHolds, h)
		}
	}
	keeping, err := s.Evidence.Retention(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p.Keeping = keepingWords(keeping, p.Item, b)
	return nil
}

// holds reports whether a hold is on an item.
func (b *book) holds(h evidence.Hold, i evidence.Item) bool {
	return h.Item == i.ID || h.Kind != "" && h.Kind == i.Kind || h.Control != "" && i.For(h.Control)
}

// keepingWords says until when an item is kept.
func keepingWords(list []evidence.Keeping, i evidence.Item, b *book) string {
	var kept evidence.Keeping
	for _, k := range list {
		if k.Kind == i.Kind || k.Kind == "" && kept.Kind == "" {
			kept = k
		}
	}
	until := kept.Until(i)
	if until.IsZero() {
		return "Kept until somebody erases it."
	}
	return "Kept for " + plural(kept.Months, "month", "months") + " from the capture, until " + dayWords(dateIn(until, b.Zone)) + ". Then its content is erased by itself."
}

// countsOf says for each tag which requirements it reaches, and which frameworks
// do not take this kind.
func (b *book) countsOf(slug string, i evidence.Item) ([]countsLine, error) {
	var out []countsLine
	controls, refs := b.tagsOf(i)
	for _, code := range controls {
		c := b.Controls[b.byCode[code.Code]]
		row := countsLine{Code: c.Code, Title: c.Title, To: orgPath(slug, "control", c.Code), Field: "control", Value: c.ID}
		kinds := b.kindsOf(c)
		carried, err := b.carried(c)
		if err != nil {
			return nil, err
		}
		for _, f := range b.library.Frameworks.Frameworks {
			g := countsGroup{Framework: f.Short}
			for _, ref := range b.Links[c.ID] {
				if ref.Framework == f.ID {
					g.Refs = append(g.Refs, ref)
				}
			}
			if !b.enabled(f.ID) {
				continue
			}
			if len(g.Refs) == 0 {
				g = carried[f.ID]
			}
			if len(g.Refs) == 0 {
				continue
			}
			if ok, why := takes(i.Kind, kinds, f.ID); !ok {
				g.Not = why
			}
			row.Groups = append(row.Groups, g)
		}
		if len(kinds) > 0 && !slices.Contains(kinds, i.Kind) {
			row.Kind = "Not one of the kinds this control leaves; it supports, and does not replace them."
		}
		out = append(out, row)
	}
	for _, ref := range refs {
		row := countsLine{Code: ref.ID, To: orgPath(slug, "frameworks", ref.Framework, ref.ID), Field: "requirement", Value: ref.Framework + " " + ref.ID}
		g := countsGroup{Framework: ref.Framework, Refs: []framework.Ref{ref}}
		if f, ok := b.library.Frameworks.Find(ref.Framework); ok {
			g.Framework = f.Short
			if q, ok := f.Find(ref.ID); ok {
				row.Title = q.Label
			}
		}
		if ok, why := takes(i.Kind, nil, ref.Framework); !ok {
			g.Not = why
		}
		row.Groups = []countsGroup{g}
		out = append(out, row)
	}
	return out, nil
}

// carried says for each framework that is read through another one what a control
// helps to close there: requirements whose coverage is full, and rests on something
// the control is tagged to.
func (b *book) carried(c control.Control) (map[string]countsGroup, error) {
	out := map[string]countsGroup{}
	if c.Status != control.Operated {
		return out, nil
	}
	for _, to := range b.Enabled {
		from := b.through(to, "")
		if from == nil {
			continue
		}
		r, err := b.report(from, to)
		if err != nil {
			return nil, err
		}
		g := countsGroup{Framework: to.Short, Via: "through the crosswalk from " + from.Short}
		for _, q := range r.Requirements {
			if q.Coverage.Closed() && slices.ContainsFunc(q.By, func(x gap.By) bool { return slices.Contains(x.Controls, c.Code) }) {
				g.Refs = append(g.Refs, framework.Ref{Framework: to.ID, ID: q.ID})
			}
		}
		if len(g.Refs) > 0 {
			out[to.ID] = g
		}
	}
	return out, nil
}

// countSum says in a few words what an item counts for.
func countSum(list []countsLine) string {
	frameworks, refs := map[string]bool{}, map[framework.Ref]bool{}
	for _, c := range list {
		for _, g := range c.Groups {
			if g.Not != "" {
				continue
			}
			frameworks[g.Framework] = true
			for _, r := range g.Refs {
				refs[r] = true
			}
		}
	}
	if len(refs) == 0 {
		return ""
	}
	return plural(len(refs), "requirement", "requirements") + " of " + plural(len(frameworks), "framework", "frameworks")
}

// postReview accepts or rejects an item: POST /o/{org}/evidence/{item}/review.
func (s *Server) postReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	verdict, note := evidence.Review(r.FormValue("verdict")), strings.ReplaceAll(r.FormValue("note"), "\r\n", "\n")
	if err := s.Evidence.Review(r.Context(), who.Actor, r.PathValue("item"), verdict, note, s.Now()); err != nil {
		return s.itemAgain(w, r, who, note, err)
	}
	said := "Accepted."
	if verdict == evidence.Rejected {
		said = "Rejected: it is shown and no longer counts."
	}
	return back(w, r, orgPath(who.Slug(), "evidence", r.PathValue("item")), said)
}

// itemAgain shows the item with what went wrong, if the person can mend it there.
func (s *Server) itemAgain(w http.ResponseWriter, r *http.Request, who visitor, note string, err error) error {
	if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
		return s.showItem(w, r, who, statusOf(p.Code), note, p)
	}
	return err
}

// postTag offers an item for more: POST /o/{org}/evidence/{item}/tag.
func (s *Server) postTag(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	target, fault := b.target(r.FormValue("controls"), r.FormValue("requirements"))
	if fault == nil && len(target.Controls)+len(target.Requirements) == 0 {
		fault = problem.Field("controls", "Name a control or a requirement first.")
	}
	if fault != nil {
		return s.itemAgain(w, r, who, "", fault)
	}
	if _, err := s.Evidence.Tag(r.Context(), who.Actor, []string{r.PathValue("item")}, target, s.Now()); err != nil {
		return s.itemAgain(w, r, who, "", err)
	}
	return back(w, r, orgPath(who.Slug(), "evidence", r.PathValue("item")), "Tagged.")
}

// postUntag takes a tag away: POST /o/{org}/evidence/{item}/untag.
func (s *Server) postUntag(w http.ResponseWriter, r *http.Request, who visitor) error {
	var t evidence.Target
	if id := r.FormValue("control"); id != "" {
		t.Controls = []string{id}
	}
	if f, id, ok := strings.Cut(r.FormValue("requirement"), " "); ok {
		t.Requirements = []framework.Ref{{Framework: f, ID: id}}
	}
	if _, err := s.Evidence.Untag(r.Context(), who.Actor, []string{r.PathValue("item")}, t, s.Now()); err != nil {
		return s.itemAgain(w, r, who, "", err)
	}
	return back(w, r, orgPath(who.Slug(), "evidence", r.PathValue("item")), "Untagged. That it was tagged stays in its history.")
}

// erasePage asks before content goes for good.
type erasePage struct {
	frame
	ID, Title, Reason string
	Files             int
	Counts            string
	Problem           *problem.Error
}

// getErase asks: GET /o/{org}/evidence/{item}/erase.
func (s *Server) getErase(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showErase(w, r, who, http.StatusOK, "", nil)
}

func (s *Server) showErase(w http.ResponseWriter, r *http.Request, who visitor, status int, reason string, fault *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	i, err := s.Evidence.Find(r.Context(), who.Actor, r.PathValue("item"))
	if err != nil {
		return err
	}
	if i.Erased != nil {
		return back(w, r, orgPath(who.Slug(), "evidence", i.ID), "")
	}
	p := erasePage{ID: i.ID, Title: i.Title, Reason: reason, Files: len(i.Files), Problem: fault}
	counts, err := b.countsOf(who.Slug(), i)
	if err != nil {
		return err
	}
	if sum := countSum(counts); sum != "" {
		p.Counts = "It counts for " + sum + " now, and will not any more."
	}
	p.frame = s.frame(w, r, who, "evidence", "Erase", crumb{"Evidence", orgPath(who.Slug(), "evidence")}, crumb{i.Title, orgPath(who.Slug(), "evidence", i.ID)})
	return s.render(w, r, status, eraseEvidence(p))
}

// postErase erases the content: POST /o/{org}/evidence/{item}/erase.
func (s *Server) postErase(w http.ResponseWriter, r *http.Request, who visitor) error {
	reason := r.FormValue("reason")
	if err := s.Evidence.Erase(r.Context(), who.Actor, r.PathValue("item"), reason, s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showErase(w, r, who, statusOf(p.Code), reason, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "evidence", r.PathValue("item")), "The content is erased.")
}

// postHold holds one item back from erasure: POST /o/{org}/evidence/{item}/hold.
func (s *Server) postHold(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("item")
	if _, err := s.Evidence.Hold(r.Context(), who.Actor, evidence.Held{Items: []string{id}}, r.FormValue("reason"), s.Now()); err != nil {
		return s.itemAgain(w, r, who, "", err)
	}
	return back(w, r, orgPath(who.Slug(), "evidence", id), "Held: nobody can erase it until the hold is released.")
}

// dueWords says how far a civil day is from another.
func dueWords(due, today cadence.Date) string { return inDays(int(due - today)) }
