package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

// scopesPage lays the scope of the management system and the boundary of the SOC 2
// report beside each other.
type scopesPage struct {
	frame
	Sides      []scopeSide
	Mismatches []scopeMismatchGroup
	All, Open  int
	Pitfall    bool
	Groups     []scopeGroup
	Hidden     int // vendors of little weight that nobody named
	Versions   []scopeVersionLine
	Views      []pill
	Ahead      bool // compared with what is on its way
	Categories []string
	CanManage  bool
	Problem    *problem.Error
}

// scopeSide is one of the two.
type scopeSide struct {
	Side      isms.ScopeSide
	InForce   *isms.ScopeVersion
	State     string
	Draft     *isms.ScopeVersion // on its way
	DraftText string
	Counts    string
	Waiting   *approval.Waiting
	May       bool // the visitor can decide now
	Mine      bool // and wrote it, so that somebody else has to
}

// scopeGroup is the things of one sort.
type scopeGroup struct {
	Label string
	Rows  []scopeThingRow
}

// scopeThingRow is one thing and what the two say of it.
type scopeThingRow struct {
	isms.ScopeThing
	OwnerName        string
	To               string
	ISMS, SOC2       isms.ScopeStance
	ISMSWhy, SOC2Why string
	Differs          bool
}

// scopeMismatchGroup is mismatches that have the same consequence.
type scopeMismatchGroup struct {
	Consequence string
	Pitfall     bool
	Items       []scopeMismatch
}

// grouped puts mismatches with the same consequence together.
func grouped(list []scopeMismatch) []scopeMismatchGroup {
	var out []scopeMismatchGroup
	for _, m := range list {
		if n := len(out); n == 0 || out[n-1].Consequence != m.Consequence {
			out = append(out, scopeMismatchGroup{Consequence: m.Consequence, Pitfall: m.Pitfall})
		}
		g := &out[len(out)-1]
		g.Items = append(g.Items, m)
	}
	return out
}

// open are those nobody has decided about.
func (g scopeMismatchGroup) open() []scopeMismatch {
	return slices.DeleteFunc(slices.Clone(g.Items), func(m scopeMismatch) bool { return m.Decision != nil })
}

// decided are those somebody has decided about.
func (g scopeMismatchGroup) decided() []scopeMismatch {
	return slices.DeleteFunc(slices.Clone(g.Items), func(m scopeMismatch) bool { return m.Decision == nil })
}

// scopeMismatch is one mismatch as the list shows it.
type scopeMismatch struct {
	isms.ScopeMismatch
	Mark, State string
	Reason      string
	By          string
	ActionTo    string
	Action      string
}

type scopeVersionLine struct {
	Words, State, Since, By, Change, To string
	Mark                                string
}

// getScope shows it: GET /o/{org}/isms/scope.
func (s *Server) getScope(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showScope(w, r, who, http.StatusOK, nil)
}

func (s *Server) showScope(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	board, err := s.ISMS.Scope(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := scopesPage{CanManage: who.Can(access.ManageISMS), Problem: wrong}
	for _, side := range []isms.ScopeSide{isms.ScopeISMS, isms.ScopeSOC2} {
		x, err := s.scopeSide(r, who, b, board, side)
		if err != nil {
			return err
		}
		p.Sides = append(p.Sides, x)
	}
	if p.Sides[0].Draft != nil || p.Sides[1].Draft != nil {
		p.Ahead = r.FormValue("with") == "ahead"
		to := orgPath(who.Slug(), "isms", "scope")
		p.Views = []pill{{Text: "What is in force", To: to + "#mismatches", On: !p.Ahead, Bare: true}, {Text: "With what is on its way", To: query(to, "with", "ahead") + "#mismatches", On: p.Ahead, Bare: true}}
	}
	compared := board
	if p.Ahead {
		compared = board.Ahead()
	}
	p.All, p.Open = isms.ScopeCounts(compared.Found)
	var found []scopeMismatch
	for _, m := range compared.Found {
		p.Pitfall = p.Pitfall || m.Pitfall && m.Open() && !p.Ahead
		x := scopeMismatchOf(who.Slug(), m)
		if p.Ahead {
			x.Mark, x.State = "info", "once in force"
		}
		found = append(found, x)
	}
	if err := s.scopeActions(r, who, found); err != nil {
		return err
	}
	p.Mismatches = grouped(found)
	p.Groups, p.Hidden = scopeGroups(b, compared)
	for _, v := range board.Versions {
		p.Versions = append(p.Versions, scopeVersionLine{v.Words(), scopeStateWords(v.State), v.StateWords(b.Zone), v.WriterName, v.Change, orgPath(who.Slug(), "isms", "scope", string(v.Side), strconv.Itoa(v.Number)), scopeStateMark(v.State)})
	}
	for _, f := range b.Enabled {
		if f.ID == "soc2-2017" {
			p.Categories = scopeCategories(b)
		}
	}
	p.frame = s.scopeFrame(w, r, who, "Scope")
	return s.render(w, r, status, showScopes(p))
}

func scopeStateMark(st isms.ScopeState) string {
	return map[isms.ScopeState]string{isms.ScopeDraft: "planned", isms.ScopeWaiting: "warn", isms.ScopeInForce: "good", isms.ScopeSuperseded: "left"}[st]
}

// scopeStateWords is the state in a word or two.
func scopeStateWords(st isms.ScopeState) string {
	return map[isms.ScopeState]string{isms.ScopeDraft: "draft", isms.ScopeWaiting: "waits for approval", isms.ScopeInForce: "in force", isms.ScopeSuperseded: "superseded"}[st]
}

// scopeCategories are the categories of the SOC 2 report.
func scopeCategories(b *book) []string {
	f, ok := b.library.Frameworks.Find("soc2-2017")
	if !ok {
		return nil
	}
	var out []string
	for _, c := range b.Scope.CategoriesOf(f, maps.Keys(b.Tagged)) {
		if c.In() {
			out = append(out, c.Key)
		}
	}
	return out
}

// scopeFrame is the shell around the pages of the scope.
func (s *Server) scopeFrame(w http.ResponseWriter, r *http.Request, who visitor, title string) frame {
	crumbs := []crumb{{"Management system", orgPath(who.Slug(), "isms")}}
	if title != "Scope" {
		crumbs = append(crumbs, crumb{"Scope", orgPath(who.Slug(), "isms", "scope")})
	}
	f := s.frame(w, r, who, "isms", title, crumbs...)
	f.Tabs = ismsTabs(who.Slug(), "scope")
	return f
}

func (s *Server) scopeSide(r *http.Request, who visitor, b *book, board isms.ScopeBoard, side isms.ScopeSide) (scopeSide, error) {
	x := scopeSide{Side: side, InForce: board.ISMS}
	if side == isms.ScopeSOC2 {
		x.InForce = board.SOC2
	}
	if x.InForce != nil {
		x.State, x.Counts = x.InForce.StateWords(b.Zone), scopeInside(x.InForce.Content)
	}
	d, ok := board.OpenOf(side)
	if !ok {
		return x, nil
	}
	x.Draft, x.DraftText = &d, d.StateWords(b.Zone)
	if d.State != isms.ScopeWaiting {
		return x, nil
	}
	list, err := s.Approvals.Of(r.Context(), who.Actor, approval.ScopeVersion, d.ID)
	if err != nil || len(list) == 0 {
		return x, err
	}
	x.Waiting, x.Mine = &list[0], d.WrittenBy == who.Actor.Account()
	x.May = slices.ContainsFunc(list[0].Standing.May, func(m approval.Member) bool { return m.Account == who.Actor.Account() })
	return x, nil
}

// scopeInside counts what a scope takes in.
func scopeInside(c isms.ScopeContent) string {
	n := map[isms.ScopeSort]int{}
	for _, i := range c.Items {
		if i.In {
			n[i.Sort]++
		}
	}
	return strings.Join([]string{plural(n[isms.ScopeSystem], "system", "systems"), plural(n[isms.ScopeTeam], "team", "teams"), plural(n[isms.ScopeSite], "site", "sites"), plural(n[isms.ScopeVendor], "vendor", "vendors")}, ", ")
}

func scopeMismatchOf(slug string, m isms.ScopeMismatch) scopeMismatch {
	x := scopeMismatch{ScopeMismatch: m, Mark: "bad", State: "nobody decided"}
	if m.Decision == nil {
		return x
	}
	x.Reason, x.By = m.Decision.Reason, m.Decision.ByName
	if m.Decision.Choice == isms.ScopeAlign {
		x.Mark, x.State = "warn", "to be put right"
		x.ActionTo = orgPath(slug, "findings", "backlog", m.Decision.Action)
		return x
	}
	x.Mark, x.State = "good", "meant to be so"
	return x
}

// scopeActions fills in what is being done about mismatches that are to be put right.
func (s *Server) scopeActions(r *http.Request, who visitor, list []scopeMismatch) error {
	if !who.Can(access.ViewFindings) {
		for i := range list {
			list[i].ActionTo = ""
		}
		return nil
	}
	for i := range list {
		if list[i].ActionTo == "" {
			continue
		}
		a, err := s.scopeAction(r, who, list[i].Decision.Action)
		if err != nil {
			return err
		}
		if list[i].Action = a; a == "" {
			list[i].ActionTo = ""
		}
	}
	return nil
}

func (s *Server) scopeAction(r *http.Request, who visitor, id string) (string, error) {
	a, _, err := s.Findings.Action(r.Context(), who.Actor, id, s.Now())
	if err != nil {
		if problem.Of(err).Code == problem.NotFound {
			return "", nil
		}
		return "", err
	}
	return a.Code() + ", " + scopeActionWords(a.Action), nil
}

func scopeActionWords(a finding.Action) string {
	switch {
	case a.State != finding.Open:
		return string(a.State)
	case a.Due.Known():
		return "due " + dayWords(a.Due)
	}
	return "open"
}

// scopeGroups are the things by sort; vendors of little weight that nobody named
// are only counted.
func scopeGroups(b *book, board isms.ScopeBoard) (out []scopeGroup, hidden int) {
	for _, sort := range isms.ScopeSorts() {
		g := scopeGroup{Label: sort.Label()}
		for _, t := range board.Things {
			if t.Sort != sort {
				continue
			}
			row := scopeThingRow{ScopeThing: t, OwnerName: b.People[t.Owner].Name, To: scopeThingTo(b.Slug, t), ISMS: isms.ScopeUnnamed, SOC2: isms.ScopeUnnamed}
			if board.ISMS != nil {
				row.ISMS, row.ISMSWhy = board.ISMS.Content.Stance(t)
			}
			if board.SOC2 != nil {
				row.SOC2, row.SOC2Why = board.SOC2.Content.Stance(t)
			}
			named := row.ISMS != isms.ScopeUnnamed || row.SOC2 != isms.ScopeUnnamed
			switch {
			case !named && t.Retired:
			case !named && !t.Weighty && t.Sort == isms.ScopeVendor:
				hidden++
			default:
				row.Differs = (row.ISMS == isms.ScopeIn) != (row.SOC2 == isms.ScopeIn)
				g.Rows = append(g.Rows, row)
			}
		}
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	return out, hidden
}

func scopeThingTo(slug string, t isms.ScopeThing) string {
	switch t.Sort {
	case isms.ScopeTeam:
		if key, ok := strings.CutPrefix(t.ID, "group:"); ok {
			return orgPath(slug, "groups", key)
		}
		return query(orgPath(slug, "people"), "function", strings.TrimPrefix(t.ID, "function:"))
	}
	return orgPath(slug, string(t.Sort), t.Code)
}

// scopeDecidePage asks what is decided about mismatches.
type scopeDecidePage struct {
	frame
	Chosen  []scopeMismatch
	Form    url.Values
	People  []option
	Problem *problem.Error
}

// getScopeDecide asks: GET /o/{org}/isms/scope/decide?key=.
func (s *Server) getScopeDecide(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showScopeDecide(w, r, who, http.StatusOK, r.URL.Query(), nil)
}

func (s *Server) showScopeDecide(w http.ResponseWriter, r *http.Request, who visitor, status int, form url.Values, wrong *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	board, err := s.ISMS.Scope(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := scopeDecidePage{Form: form, People: b.personOptions(), Problem: wrong}
	p.People[0].Text = "Choose somebody"
	for _, m := range board.Found {
		if slices.Contains(form["key"], m.Key) {
			p.Chosen = append(p.Chosen, scopeMismatchOf(who.Slug(), m))
		}
	}
	if len(p.Chosen) == 0 {
		return back(w, r, orgPath(who.Slug(), "isms", "scope")+"#mismatches", "Nothing was chosen, or it is no mismatch any more.")
	}
	p.frame = s.scopeFrame(w, r, who, "Decide")
	return s.render(w, r, status, scopeDecide(p))
}

// postScopeDecide records the decision: POST /o/{org}/isms/scope/decide.
func (s *Server) postScopeDecide(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	f := inventoryForm{Values: r.PostForm, Typed: true}
	prints, keys := r.PostForm["fingerprint"], r.PostForm["key"]
	shown := map[string]string{}
	for i, k := range keys {
		if i < len(prints) {
			shown[k] = prints[i]
		}
	}
	ruling := isms.ScopeRuling{Choice: isms.ScopeChoice(f.line("choice")), Reason: f.Get("reason"), Owner: f.line("owner")}
	var err error
	if ruling.Until, err = f.day("until"); err == nil {
		ruling.Due, err = f.day("due")
	}
	if err == nil {
		err = s.ISMS.RuleScope(r.Context(), who.Actor, shown, ruling, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showScopeDecide(w, r, who, statusOf(p.Code), r.PostForm, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "scope")+"#mismatches", plural(len(shown), "mismatch was", "mismatches were")+" decided.")
}
