package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// typedFiling is the form as it was typed, so that a mistake costs no text.
type typedFiling struct {
	Controls, Requirements string
	Named, Kind, Note      string
	Captured, Valid        string
	From, To               string
	Links                  string
	Each                   bool // one item for each file
	Supersedes, Request    string
	Key                    string // against filing twice when a form is sent twice
}

// fileFields are the fields that show their own mistakes.
var fileFields = []string{"controls", "requirements", "file", "links", "title", "kind", "captured_at", "valid_for", "period", "note"}

// filePage is the form that files evidence.
type filePage struct {
	frame
	typedFiling
	Heading, Sub   string
	Kept           []keptFile
	Fits           []fitRow
	Codes          []codeOption
	RequirementIDs []codeOption
	Kinds, Picks   []kindOption
	KindHint       string
	ZoneHint       string
	ValidHint      string
	Quick          []quickPeriod
	Cancel         string
	Problem        *problem.Error
}

// kindOption is a kind of evidence one can choose.
type kindOption struct{ Label, About string }

// fitRow is an item that exists and may serve.
type fitRow struct {
	Item       evidence.Item
	Why, About string
	Short      []string // what it would not do
	Here       bool     // filed for the control already
	Standing   itemStanding
}

// getNewEvidence shows the form: GET /o/{org}/evidence/new?controls=&requirements=&kind=&supersedes=.
func (s *Server) getNewEvidence(w http.ResponseWriter, r *http.Request, who visitor) error {
	t := typedFilingOf(r.URL.Query())
	if t.Supersedes != "" {
		was, err := s.Evidence.Find(r.Context(), who.Actor, t.Supersedes)
		if err != nil {
			return err
		}
		b, err := s.shelf.open(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		if t.Controls == "" && t.Requirements == "" {
			t.from(b, was)
		}
	}
	return s.showFileForm(w, r, who, http.StatusOK, filePage{typedFiling: t})
}

// from takes over from an item what its newer capture most likely shares.
func (t *typedFiling) from(b *book, was evidence.Item) {
	controls, refs := b.tagsOf(was)
	var codes, ids []string
	for _, c := range controls {
		codes = append(codes, c.Code)
	}
	for _, r := range refs {
		ids = append(ids, r.ID)
	}
	t.Controls, t.Requirements, t.Named, t.Kind = strings.Join(codes, ", "), strings.Join(ids, ", "), was.Title, kindOf(was.Kind)
	t.Valid = strconv.Itoa(int(was.ValidFor / (24 * time.Hour)))
}

// typedFilingOf reads the form.
func typedFilingOf(v url.Values) typedFiling {
	line := func(name string) string { return strings.TrimSpace(v.Get(name)) }
	return typedFiling{
		Controls: line("controls"), Requirements: line("requirements"), Named: line("title"), Kind: line("kind"), Note: strings.ReplaceAll(v.Get("note"), "\r\n", "\n"),
		Captured: line("captured_at"), Valid: line("valid_for"), From: line("from"), To: line("to"), Links: strings.ReplaceAll(v.Get("links"), "\r\n", "\n"),
		Each: v.Get("each") == "yes", Supersedes: line("supersedes"), Request: line("request"), Key: line("key"),
	}
}

// showFileForm fills in what the form offers and shows it.
func (s *Server) showFileForm(w http.ResponseWriter, r *http.Request, who visitor, status int, p filePage) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if err := s.offer(r, who, b, &p); err != nil {
		return err
	}
	p.Heading, p.Sub = "File evidence", "Collected once: it counts for every control you name, and through them for every framework."
	title, crumbs := "File", []crumb{{"Evidence", orgPath(who.Slug(), "evidence")}}
	p.Cancel = orgPath(who.Slug(), "evidence")
	if p.Supersedes != "" {
		p.Heading, p.Sub = "File a newer capture", "The one before stays as it was; from now on this one counts in its place."
		title, p.Cancel = "Newer capture", orgPath(who.Slug(), "evidence", p.Supersedes)
		p.Fits = nil
	}
	p.frame = s.frame(w, r, who, "evidence", title, crumbs...)
	return s.render(w, r, status, fileEvidence(p))
}

// offer fills in the lists of the form and what exists already.
func (s *Server) offer(r *http.Request, who visitor, b *book, p *filePage) error {
	p.Codes, p.RequirementIDs = b.codes(), b.requirementIDs()
	p.ZoneHint = "Time of " + b.Zone.String() + "."
	if p.Key == "" {
		p.Key = newKey()
	}
	p.Quick = quickPeriods(dateIn(s.Now(), b.Zone))
	target, fault := b.target(p.Controls, p.Requirements)
	if fault != nil && p.Problem == nil && (p.Controls != "" || p.Requirements != "") {
		p.Problem = fault
	}
	leaves, often := b.leaves(target.Controls)
	p.Kinds, p.Picks = evidenceKinds(leaves)
	p.KindHint = "What it is, of the vocabulary of 156 kinds."
	if len(leaves) > 0 {
		p.KindHint = "The kinds these controls leave come first."
	}
	p.ValidHint = "How long it may be relied on."
	if often.Known() {
		p.ValidHint = upperFirst(often.String()) + ", as the control is: current until the next one is due."
	}
	if p.Valid == "" {
		p.Valid = validDays(often)
	}
	var err error
	if fault == nil && len(target.Controls)+len(target.Requirements) > 0 && p.Supersedes == "" {
		p.Fits, err = s.fits(r, who, b, target, kindTyped(p.Kind), p.period())
	}
	return err
}

// period is the stretch as typed, or none while it makes no sense.
func (t typedFiling) period() cadence.Days {
	from, err1 := cadence.ParseDate(t.From)
	to, err2 := cadence.ParseDate(t.To)
	if err1 != nil || err2 != nil {
		return cadence.Days{}
	}
	return cadence.Days{From: from, To: to}
}

// leaves lists the kinds that controls leave, each once, and how often the first
// of them that has an interval is done.
func (b *book) leaves(controls []string) (kinds []string, often cadence.Frequency) {
	for _, id := range controls {
		c, ok := b.byID(id)
		if !ok {
			continue
		}
		for _, k := range c.Evidence {
			if kind := kindTyped(k); !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
		if !often.Known() && c.Kind == control.Periodic {
			often = crosswalk.EffectiveFrequency(b.performed(c), b.rhythm.asked).Frequency
		}
	}
	return kinds, often
}

// evidenceKinds lists all kinds, those the controls leave first.
func evidenceKinds(leaves []string) (all, picks []kindOption) {
	for _, k := range leaves {
		if x, ok := control.Shipped().Kind(k); ok {
			picks = append(picks, kindOption{x.Label, x.Description})
		}
	}
	all = slices.Clone(picks)
	rest := []kindOption{}
	for _, k := range control.Shipped().Kinds {
		if !slices.Contains(leaves, k.Kind) {
			rest = append(rest, kindOption{k.Label, k.Description})
		}
	}
	slices.SortFunc(rest, func(x, y kindOption) int { return strings.Compare(strings.ToLower(x.Label), strings.ToLower(y.Label)) })
	return append(all, rest...), picks
}

// requirementIDs lists what can be tagged directly: what followed frameworks ask.
func (b *book) requirementIDs() []codeOption {
	var out []codeOption
	for _, f := range b.Enabled {
		for _, q := range f.Asked() {
			if len(out) == mostCodes {
				return out
			}
			out = append(out, codeOption{q.ID, f.Short + ": " + q.Label})
		}
	}
	return out
}

// postEvidence files what was sent, as one item or several: POST /o/{org}/evidence.
func (s *Server) postEvidence(w http.ResponseWriter, r *http.Request, who visitor) error {
	f, p, err := s.receive(w, r, who)
	if err != nil {
		return err
	}
	var items []evidence.Item
	if p.Problem == nil {
		items, p.Problem, err = s.fileAll(r, who, f)
		if err != nil {
			return err
		}
	}
	if p.Problem != nil {
		return s.showFileForm(w, r, who, statusOf(p.Problem.Code), p)
	}
	return s.filed(w, r, who, p.typedFiling, items)
}

// filed leads to what was filed: to the item, to the control it was filed for, or
// to the list.
func (s *Server) filed(w http.ResponseWriter, r *http.Request, who visitor, t typedFiling, items []evidence.Item) error {
	to, said := orgPath(who.Slug(), "evidence"), fmt.Sprintf("%d items are filed.", len(items))
	if len(items) == 1 {
		to, said = orgPath(who.Slug(), "evidence", items[0].ID), "Filed. What it counts for is listed below."
	}
	if t.Request != "" {
		to, said = orgPath(who.Slug(), "requests", t.Request), "Filed. Thank you; who asked for it is told."
	}
	setFlash(w, said)
	if r.Header.Get(uploadHeader) != "" { // the script goes there itself, so that the sentence is not spent on its request
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusCreated)
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// fileAll files one item with all files, or one for each. If a later one is
// refused, those before it stay filed: they were sent with the same key.
func (s *Server) fileAll(r *http.Request, who visitor, f received) ([]evidence.Item, *problem.Error, error) {
	var out []evidence.Item
	for _, filing := range f.filings() {
		i, err := s.Evidence.File(r.Context(), who.Actor, filing, s.Now())
		if err != nil {
			if p := problem.Of(err); p.Code != problem.Internal {
				if len(out) > 0 {
					p = &problem.Error{Code: p.Code, Field: p.Field, Err: err, Text: plural(len(out), "item was", "items were") + " filed before this: " + p.Text}
				}
				return out, p, nil
			}
			return out, nil, err
		}
		out = append(out, i)
	}
	return out, nil, nil
}

// filing makes of a typed form what the store takes; the first mistake comes back
// as a problem of its field.
func (b *book) filing(t typedFiling) (evidence.Filing, *problem.Error) {
	f := evidence.Filing{Title: t.Named, Note: t.Note, Kind: kindTyped(t.Kind), Supersedes: t.Supersedes, Request: t.Request}
	target, fault := b.target(t.Controls, t.Requirements)
	if fault != nil {
		return f, fault
	}
	f.Controls, f.Requirements = target.Controls, target.Requirements
	if t.Captured == "" {
		return f, problem.Field("captured_at", "Say when it was captured: when the system was looked at, not when the file is sent.")
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", t.Captured, b.Zone)
	if err != nil {
		if at, err = time.ParseInLocation("2006-01-02T15:04:05", t.Captured, b.Zone); err != nil {
			return f, problem.Field("captured_at", "This is not a moment. It looks like 2026-03-01T09:30.")
		}
	}
	f.CapturedAt = at
	days, err := strconv.Atoi(t.Valid)
	if err != nil || days < 0 {
		return f, problem.Field("valid_for", "Choose for how long it may be relied on.")
	}
	f.ValidFor = time.Duration(days) * 24 * time.Hour
	if t.From != "" || t.To != "" {
		if f.Period = t.period(); !f.Period.Known() {
			return f, problem.Field("period", "Give both days, the first not after the last; or leave both empty.")
		}
	}
	for line := range strings.Lines(t.Links) {
		if line = strings.TrimSpace(line); line != "" {
			f.Links = append(f.Links, evidence.Link{URL: line})
		}
	}
	return f, nil
}

// postReuse tags what exists in place of new evidence, or answers a request with
// it: POST /o/{org}/evidence/reuse.
func (s *Server) postReuse(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	id, request := r.FormValue("item"), r.FormValue("request")
	target, fault := b.target(r.FormValue("controls"), r.FormValue("requirements"))
	if fault != nil {
		return fault
	}
	if len(target.Controls)+len(target.Requirements) > 0 {
		if _, err := s.Evidence.Tag(r.Context(), who.Actor, []string{id}, target, s.Now()); err != nil {
			return err
		}
	}
	if request != "" {
		if err := s.Evidence.Answer(r.Context(), who.Actor, request, id, s.Now()); err != nil {
			return err
		}
		return back(w, r, orgPath(who.Slug(), "requests", request), "Answered with what was filed before.")
	}
	return back(w, r, orgPath(who.Slug(), "evidence", id), "Used again: it counts for more now, and nothing had to be collected.")
}

// mostFits is how many items the form offers.
const mostFits = 6

// fits lists what exists and would serve, with the reason, the best first.
func (s *Server) fits(r *http.Request, who visitor, b *book, t evidence.Target, kind string, period cadence.Days) ([]fitRow, error) {
	var kinds []string
	if isKind(kind) {
		kinds = []string{kind}
	}
	var out []fitRow
	for _, id := range t.Controls {
		if c, ok := b.byID(id); ok && !isKind(kind) {
			kinds = b.kindsOf(c)
		}
		offers, err := s.Evidence.Reuse(r.Context(), who.Actor, id, kinds, period, b.Zone, s.Now())
		if err != nil {
			return nil, err
		}
		for _, o := range offers {
			if len(out) == mostFits {
				return out, nil
			}
			if slices.ContainsFunc(out, func(f fitRow) bool { return f.Item.ID == o.Item.ID }) {
				continue
			}
			out = append(out, fitRow{Item: o.Item, Why: o.Why, Short: o.Short, Here: o.Here, Standing: standingOf(o.Item, s.Now(), b.Zone), About: daysWords(o.Item.Period)})
		}
	}
	return out, nil
}

// fillOne is what the script puts into one field when a quick choice is taken.
func fillOne(id, value string) string { return url.Values{id: {value}}.Encode() }
