package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// evidencePage is the library of evidence with its filters.
type evidencePage struct {
	frame
	Query      evidenceQuery
	Rows       []evidenceRow
	Pills      []pill
	Kinds      []option
	Frameworks []option
	Codes      []codeOption
	Next       string // address of the older ones
	First      string // address of the newest; empty on the first page
	None       bool   // the organisation has no evidence at all
	Nothing    string // why nothing matches
	CanFile    bool
	CanAsk     bool
	Reviewers  []option
	Problem    *problem.Error
}

// evidenceRow is one item in a list.
type evidenceRow struct {
	Item             evidence.Item
	Title, About     string
	Controls         []codeOption
	Requirements     []framework.Ref
	Captured, Period string
	Standing         itemStanding
	By               string
}

// codeOption is a code with what it stands for.
type codeOption struct{ Code, Title string }

// evidenceQuery is what a person asked the list for.
type evidenceQuery struct{ State, Text, Control, Requirement, Kind, Framework, After string }

func (q evidenceQuery) address(path string) string {
	return query(path, "state", q.State, "text", q.Text, "control", q.Control, "requirement", q.Requirement, "kind", q.Kind, "framework", q.Framework, "after", q.After)
}

// evidenceStates lists the filters of the library, with the shape of each.
var evidenceStates = []struct{ key, words, mark string }{
	{"", "All", ""}, {"current", "Current", "good"}, {"lapsing", "Lapse within 30 days", "warn"}, {"lapsed", "Lapsed", "bad"}, {"unreviewed", "Not reviewed", "waiting"},
	{"untagged", "Untagged", "untagged"}, {"rejected", "Rejected", "bad"}, {"superseded", "Superseded", "left"}, {"erased", "Erased", "left"},
}

const evidencePerPage = 50

// getEvidence lists what was filed, the newest first:
// GET /o/{org}/evidence?state=&text=&control=&kind=&framework=&after=.
func (s *Server) getEvidence(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	q := evidenceQuery{State: r.FormValue("state"), Text: strings.TrimSpace(r.FormValue("text")), Control: strings.TrimSpace(r.FormValue("control")),
		Requirement: r.FormValue("requirement"), Kind: r.FormValue("kind"), Framework: r.FormValue("framework"), After: r.FormValue("after")}
	p := evidencePage{Query: q, CanFile: who.Can(access.FileEvidence), CanAsk: who.Can(access.RequestEvidence), Codes: b.codes(),
		Nothing: "No evidence fits these filters."}
	p.frame = s.frame(w, r, who, "evidence", "Evidence")
	counts, err := s.Evidence.Counts(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p.None = counts.All+counts.Erased+counts.Superseded == 0
	p.Pills = evidencePills(p.path("evidence"), q, counts)
	p.Kinds, p.Frameworks = b.evidenceChoices()
	if p.CanFile {
		able, err := s.Access.Able(r.Context(), who.Actor, access.ReviewEvidence)
		if err != nil {
			return err
		}
		for _, m := range able {
			if m.You { // a second person's word is asked for
				continue
			}
			p.Reviewers = append(p.Reviewers, option{m.Account, m.Name})
		}
	}
	filter, fault := b.evidenceFilter(q, s.Now())
	if fault == nil {
		var page evidence.Page
		if page, err = s.Evidence.List(r.Context(), who.Actor, filter, s.Now()); err == nil {
			if p.Rows, err = s.evidenceRows(r, who, b, page.Items); err != nil {
				return err
			}
			p.pages(page.Next)
		} else if fault = problem.Of(err); fault.Code == problem.Internal {
			return err
		}
	}
	if p.Problem = fault; fault != nil {
		return s.render(w, r, statusOf(fault.Code), evidenceLibrary(p))
	}
	return s.render(w, r, http.StatusOK, evidenceLibrary(p))
}

// pages fills in where the older ones and the newest are.
func (p *evidencePage) pages(next string) {
	q := p.Query
	if q.After = next; next != "" {
		p.Next = q.address(p.path("evidence"))
	}
	if p.Query.After != "" {
		q.After = ""
		p.First = q.address(p.path("evidence"))
	}
}

// evidenceFilter says to the store what the list was asked for.
func (b *book) evidenceFilter(q evidenceQuery, now time.Time) (evidence.Filter, *problem.Error) {
	f := evidence.Filter{Kind: kindTyped(q.Kind), Text: q.Text, After: q.After, Limit: evidencePerPage, Requirement: framework.Ref{Framework: q.Framework, ID: q.Requirement}, Through: true}
	if q.Control != "" {
		i, ok := b.byCode[strings.ToUpper(q.Control)]
		if !ok {
			i, ok = b.byCode[q.Control]
		}
		if !ok {
			return f, problem.New(problem.NotFound, "There is no control %q. Choose one of the list.", q.Control)
		}
		f.Control = b.Controls[i].ID
	}
	unreviewed, rejected := evidence.Unreviewed, evidence.Rejected
	switch q.State {
	case "current":
		f.Current = true
	case "lapsing":
		f.LapsesBefore = now.Add(evidence.LapsesSoon)
	case "lapsed":
		f.Lapsed = true
	case "unreviewed":
		f.Review = &unreviewed
	case "rejected":
		f.Review = &rejected
	case "untagged":
		f.Untagged = true
	case "superseded":
		f.SupersededOnly = true
	case "erased":
		f.ErasedOnly = true
	}
	return f, nil
}

func evidencePills(path string, q evidenceQuery, n evidence.Counts) []pill {
	of := map[string]int{"": n.All, "current": n.Current, "lapsing": n.Lapsing, "lapsed": n.Lapsed, "unreviewed": n.Unreviewed, "untagged": n.Untagged,
		"rejected": n.Rejected, "superseded": n.Superseded, "erased": n.Erased}
	q.After = ""
	var out []pill
	for _, s := range evidenceStates {
		on := q
		on.State = s.key
		out = append(out, pill{Text: s.words, N: of[s.key], To: on.address(path), On: q.State == s.key, Mark: s.mark})
	}
	return out
}

// evidenceRows makes the lines of a list.
func (s *Server) evidenceRows(r *http.Request, who visitor, b *book, items []evidence.Item) ([]evidenceRow, error) {
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	out := make([]evidenceRow, 0, len(items))
	for _, i := range items {
		row := evidenceRow{Item: i, Title: itemTitle(i), About: itemAbout(i), Standing: standingOf(i, s.Now(), b.Zone), By: names[i.FiledBy],
			Captured: dayWords(dateIn(i.CapturedAt, b.Zone)), Period: daysWords(i.Period)}
		row.Controls, row.Requirements = b.tagsOf(i)
		out = append(out, row)
	}
	return out, nil
}

// itemTitle is what a list calls an item; of an erased one only the kind is left.
func itemTitle(i evidence.Item) string {
	if i.Erased != nil {
		return "Erased: " + strings.ToLower(kindOf(i.Kind))
	}
	return i.Title
}

// itemAbout is the line below the title: the kind and what was filed.
func itemAbout(i evidence.Item) string {
	about := kindOf(i.Kind)
	if i.Erased != nil {
		return about
	}
	var bytes int64
	for _, f := range i.Files {
		bytes += f.Bytes
	}
	switch {
	case len(i.Files) > 0:
		about += " · " + plural(len(i.Files), "file", "files") + ", " + bytesWords(bytes)
	case len(i.Links) > 0:
		about += " · " + plural(len(i.Links), "link", "links")
	}
	return about
}

// tagsOf splits the tags of an item into controls and requirements.
func (b *book) tagsOf(i evidence.Item) (controls []codeOption, refs []framework.Ref) {
	for _, t := range i.Tags {
		if t.Control == "" {
			refs = append(refs, t.Requirement)
		} else if c, ok := b.byID(t.Control); ok {
			controls = append(controls, codeOption{c.Code, c.Title})
		}
	}
	slices.SortFunc(controls, func(x, y codeOption) int { return control.CompareCodes(x.Code, y.Code) })
	return controls, refs
}

// mostCodes is how many controls a field offers; every code can be typed.
const mostCodes = 1000

// codes lists the controls a field offers.
func (b *book) codes() []codeOption {
	out := make([]codeOption, 0, min(len(b.Controls), mostCodes))
	for _, c := range b.Controls[:min(len(b.Controls), mostCodes)] {
		out = append(out, codeOption{c.Code, c.Title})
	}
	return out
}

// evidenceChoices lists the kinds that the controls leave, before all others, and
// the frameworks that are followed.
func (b *book) evidenceChoices() (kinds, frameworks []option) {
	kinds, frameworks = []option{{"", "All kinds"}}, []option{{"", "All frameworks"}}
	for _, k := range control.Shipped().Kinds {
		kinds = append(kinds, option{k.Kind, k.Label})
	}
	for _, f := range b.Enabled {
		frameworks = append(frameworks, option{f.ID, f.Short})
	}
	return kinds, frameworks
}

// postBulk tags the chosen items or asks for their review: POST /o/{org}/evidence/bulk.
func (s *Server) postBulk(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	items, to := r.Form["item"], local(r.FormValue("back"))
	if !strings.HasPrefix(to, orgPath(who.Slug(), "evidence")) {
		to = orgPath(who.Slug(), "evidence")
	}
	if len(items) == 0 {
		return back(w, r, to, "Nothing was chosen, so nothing was done. Tick the items first.")
	}
	if r.FormValue("do") == "review" {
		n, err := s.Evidence.AskReview(r.Context(), who.Actor, items, r.FormValue("reviewer"), 0, s.Now())
		if err != nil {
			return err
		}
		return back(w, r, to, plural(n, "item waits", "items wait")+" for review. What is reviewed, gone or the reviewer's own was left out.")
	}
	target, fault := b.target(r.FormValue("controls"), r.FormValue("requirements"))
	if fault == nil && len(target.Controls)+len(target.Requirements) == 0 {
		fault = problem.Field("controls", "Name at least one control or requirement to tag the chosen items to.")
	}
	if fault != nil {
		return fault
	}
	n, err := s.Evidence.Tag(r.Context(), who.Actor, items, target, s.Now())
	if err != nil {
		return err
	}
	return back(w, r, to, "Tagged: "+plural(n, "item counts", "items count")+" for more than before.")
}

// target reads typed codes of controls and requirements.
func (b *book) target(controls, requirements string) (evidence.Target, *problem.Error) {
	var t evidence.Target
	for _, code := range splitCodes(controls) {
		i, ok := b.byCode[code]
		if !ok {
			i, ok = b.byCode[strings.ToUpper(code)]
		}
		if !ok {
			return t, problem.Field("controls", "There is no control "+code+" here. Choose it from the list, or type its code.")
		}
		t.Controls = append(t.Controls, b.Controls[i].ID)
	}
	if strings.TrimSpace(requirements) == "" {
		return t, nil
	}
	var enabled []string
	for _, f := range b.Enabled {
		enabled = append(enabled, f.ID)
	}
	refs, unknown := b.library.Frameworks.References(requirements, framework.Hint{Frameworks: enabled})
	if len(unknown) > 0 {
		return t, problem.Field("requirements", strings.Join(unknown, "; "))
	}
	t.Requirements = refs
	return t, nil
}

// splitCodes splits what was typed at commas, semicolons and line ends.
func splitCodes(text string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}
