package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
	registry "github.com/toucan-grc/toucan/internal/register"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// inventory is what the pages of systems, sites, assets, commitments and vendors
// speak of.
type inventory struct {
	*book
	*system.Inventory
	Vendors []vendor.Vendor
	Scope   *isms.ScopeBoard // nil for who may not see it
	who     visitor
}

// inventory reads it.
func (s *Server) inventory(ctx context.Context, who visitor) (*inventory, error) {
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	in := &inventory{book: b, who: who}
	if in.Inventory, err = s.Systems.Inventory(ctx, who.Actor); err != nil {
		return nil, err
	}
	if who.Can(access.ViewVendors) {
		in.Vendors, err = s.Vendors.List(ctx, who.Actor)
	}
	return in, err
}

// scoped adds the scopes, for pages that say what is in them.
func (s *Server) scoped(ctx context.Context, in *inventory) error {
	if !in.who.Can(access.ViewISMS) {
		return nil
	}
	board, err := s.ISMS.Scope(ctx, in.who.Actor, s.Now())
	in.Scope = &board
	return err
}

// inventoryNoun is what differs between the registers: where they are, how an entry
// is shown and what its form asks.
type inventoryNoun struct {
	Path   []string // of the list
	Word   string   // of the address of one entry: "system"
	Here   string   // entry of the navigation
	One    string
	List   string // title of the list
	View   access.Action
	Change access.Action

	// find returns the position of an entry by code or id, or -1
	find    func(in *inventory, code string) int
	show    func(in *inventory, i int) inventoryPage
	history func(ctx context.Context, s *Server, in *inventory, id string) ([]registry.Version, error)
	fields  func(in *inventory, i int, f inventoryForm) []inventoryField // i is -1 for a new one
	put     func(ctx context.Context, s *Server, in *inventory, i int, f inventoryForm) (registry.Entry, error)
	retire  func(ctx context.Context, s *Server, in *inventory, ids []string, reason string) error
	restore func(ctx context.Context, s *Server, in *inventory, ids []string) error
	words   func(in *inventory, key, value string) string // of a field of the history
}

// inventoryForm is a form as typed; without Typed the values are those of the entry.
type inventoryForm struct {
	url.Values
	Typed   bool
	Version int
	Problem *problem.Error
}

func (f inventoryForm) line(name string) string { return strings.TrimSpace(f.Get(name)) }

// or is what a field holds: what was typed, or what the entry has.
func (f inventoryForm) or(name, have string) string {
	if f.Typed {
		return f.Get(name)
	}
	return have
}

func (f inventoryForm) list(name string, have []string) []string {
	if f.Typed {
		return f.Values[name]
	}
	return have
}

// day reads a day of a form; none is fine.
func (f inventoryForm) day(name string) (cadence.Date, error) {
	text := f.line(name)
	if text == "" {
		return 0, nil
	}
	d, err := cadence.ParseDate(text)
	if err != nil {
		return 0, problem.Field(name, "This is no day. Write it as year, month, day: 2026-03-31.")
	}
	return d, nil
}

// inventoryField is one field of a form.
type inventoryField struct {
	input
	Options []option // a choice
	Many    bool     // several of Options
	On      []string // the values chosen of many
	Rows    string   // a text of so many lines
	Tick    bool
	Wide    bool // over the whole width
}

// inventoryPage is one entry.
type inventoryPage struct {
	frame
	inventoryNoun
	registry.Entry
	Name, Sub string
	Text      string // what it is, in sentences
	Chips     []inventoryChip
	Facts     []inventoryFact
	Lists     []inventoryList
	Note      string // something to do about it
	NoteTo    string
	Trail     []inventoryAct
	Retired   string
	CanChange bool
	Problem   *problem.Error
}

type inventoryChip struct{ Mark, Text string }

type inventoryFact struct {
	Label, Text, To string
	Person          bool
	Mark            string
}

// inventoryList is what an entry is linked to.
type inventoryList struct {
	Title, None string
	Items       []inventoryLink
}

type inventoryLink struct{ Code, Text, Sub, To string }

// inventoryAct is a version of the history.
type inventoryAct struct {
	What, By, At, Note string
	Fields             []registry.Field
}

// inventoryEditPage is the form of one entry.
type inventoryEditPage struct {
	frame
	inventoryNoun
	registry.Entry
	New     bool
	Action  string
	Cancel  string
	Intro   string
	Fields  []inventoryField
	Problem *problem.Error
}

// names are the fields whose problems stand beside them.
func (p inventoryEditPage) names() []string {
	var out []string
	for _, f := range p.Fields {
		out = append(out, f.Name)
	}
	return out
}

func (n inventoryNoun) crumbs(slug string) []crumb {
	var out []crumb
	if len(n.Path) > 1 {
		out = append(out, crumb{"Systems", orgPath(slug, n.Path[0])})
	}
	return append(out, crumb{n.List, orgPath(slug, n.Path...)})
}

// routes are the pages of one noun beside its list.
func (n inventoryNoun) routes() []route {
	list, one := "/o/{org}/"+strings.Join(n.Path, "/"), "/o/{org}/"+n.Word+"/{code}"
	return []route{
		{"GET", list + "/new", member, n.Change, 0, n.getEdit},
		{"POST", list + "/new", member, n.Change, 0, n.postEdit},
		{"GET", one, member, n.View, 0, n.get},
		{"GET", one + "/edit", member, n.Change, 0, n.getEdit},
		{"POST", one + "/edit", member, n.Change, 0, n.postEdit},
		{"POST", one + "/retire", member, n.Change, 0, n.postRetire},
		{"POST", one + "/restore", member, n.Change, 0, n.postRestore},
	}
}

// get shows an entry: GET /o/{org}/{noun}/{code}.
func (n inventoryNoun) get(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	return n.display(s, w, r, who, http.StatusOK, nil)
}

func (n inventoryNoun) display(s *Server, w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	in, i, err := n.open(s, r, who)
	if err == nil {
		err = s.scoped(r.Context(), in)
	}
	if err != nil {
		return err
	}
	p := n.show(in, i)
	versions, err := n.history(r.Context(), s, in, p.ID)
	if err != nil {
		return err
	}
	p.inventoryNoun, p.Problem, p.CanChange = n, wrong, who.Can(n.Change)
	for _, v := range versions {
		a := inventoryAct{What: upperFirst(string(v.Act)), By: v.ByName, At: momentWords(v.At, in.Zone), Note: v.Reason, Fields: v.Fields}
		if a.By == "" {
			a.By = "somebody who left"
		}
		for j, f := range a.Fields {
			a.Fields[j] = registry.Field{Key: inventoryLabel(f.Key), From: n.words(in, f.Key, f.From), To: n.words(in, f.Key, f.To)}
		}
		p.Trail = append(p.Trail, a)
	}
	if !p.InUse() {
		p.Retired = momentWords(p.RetiredAt, in.Zone)
	}
	p.frame = s.frame(w, r, who, n.Here, p.Code+" "+p.Name, n.crumbs(who.Slug())...)
	return s.render(w, r, status, inventoryShow(p))
}

// open reads the register and finds the entry of the address.
func (n inventoryNoun) open(s *Server, r *http.Request, who visitor) (*inventory, int, error) {
	in, err := s.inventory(r.Context(), who)
	if err != nil {
		return nil, -1, err
	}
	code := r.PathValue("code")
	if code == "" {
		return in, -1, nil
	}
	i := n.find(in, code)
	if i < 0 {
		return nil, -1, problem.New(problem.NotFound, "There is no %s %s here. Somebody may have followed an old link.", n.One, code)
	}
	return in, i, nil
}

// getEdit shows the form: GET /o/{org}/{noun}/{code}/edit, or of a new one.
func (n inventoryNoun) getEdit(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	in, i, err := n.open(s, r, who)
	if err != nil {
		return err
	}
	return n.edit(s, w, r, in, i, http.StatusOK, inventoryForm{})
}

func (n inventoryNoun) edit(s *Server, w http.ResponseWriter, r *http.Request, in *inventory, i, status int, f inventoryForm) error {
	p := inventoryEditPage{inventoryNoun: n, New: i < 0, Problem: f.Problem, Action: r.URL.EscapedPath(), Cancel: orgPath(in.who.Slug(), n.Path...)}
	title := "New " + n.One
	crumbs := n.crumbs(in.who.Slug())
	if i >= 0 {
		shown := n.show(in, i)
		p.Entry, title, p.Cancel = shown.Entry, "Change "+shown.Code, orgPath(in.who.Slug(), n.Word, shown.Code)
		crumbs = append(crumbs, crumb{shown.Code + " " + shown.Name, p.Cancel})
	}
	p.Fields = n.fields(in, i, f)
	for j := range p.Fields {
		p.Fields[j].Wrong = wrong(f.Problem, p.Fields[j].Name)
	}
	p.frame = s.frame(w, r, in.who, n.Here, title, crumbs...)
	return s.render(w, r, status, inventoryEdit(p))
}

// postEdit keeps the form: POST /o/{org}/{noun}/{code}/edit, or of a new one.
func (n inventoryNoun) postEdit(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	in, i, err := n.open(s, r, who)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	f := inventoryForm{Values: r.PostForm, Typed: true}
	f.Version = number(f.line("version"))
	e, err := n.put(r.Context(), s, in, i, f)
	if err != nil {
		if f.Problem = problem.Of(err); f.Problem.Code != problem.Invalid && f.Problem.Code != problem.Conflict {
			return err
		}
		return n.edit(s, w, r, in, i, statusOf(f.Problem.Code), f)
	}
	done := e.Code + " was entered."
	if i >= 0 {
		done = e.Code + " was changed."
	}
	return back(w, r, orgPath(who.Slug(), n.Word, e.Code), done)
}

// number reads a version of a form; anything else is none.
func number(text string) int {
	n := 0
	for _, r := range text {
		if r < '0' || r > '9' || n > 1<<20 {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// postRetire ends an entry: POST /o/{org}/{noun}/{code}/retire.
func (n inventoryNoun) postRetire(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	in, i, err := n.open(s, r, who)
	if err != nil {
		return err
	}
	e := n.show(in, i)
	if err := n.retire(r.Context(), s, in, []string{e.ID}, r.FormValue("reason")); err != nil {
		if p := problem.Of(err); p.Field == "reason" {
			return n.display(s, w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), n.Word, e.Code), e.Code+" was retired. It stays here with its history.")
}

// postRestore brings it back: POST /o/{org}/{noun}/{code}/restore.
func (n inventoryNoun) postRestore(s *Server, w http.ResponseWriter, r *http.Request, who visitor) error {
	in, i, err := n.open(s, r, who)
	if err != nil {
		return err
	}
	e := n.show(in, i)
	if err := n.restore(r.Context(), s, in, []string{e.ID}); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return n.display(s, w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), n.Word, e.Code), e.Code+" is in use again.")
}

// inventoryBulk is what can be done to many entries of a register at once.
func inventoryBulk(n inventoryNoun, own func(ctx context.Context, s *Server, who visitor, ids []string, owner string) error) []registerBulk {
	return []registerBulk{
		{Key: "owner", Text: "Set owner", Ask: func(ctx context.Context, s *Server, who visitor) ([]registerAsked, error) {
			b, err := s.shelf.open(ctx, who.Actor)
			if err != nil {
				return nil, err
			}
			return []registerAsked{{input: input{Name: "owner", Label: "Owner"}, Options: b.personOptions()}}, nil
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			return plural(len(ids), n.One+" has", n.One+"s have") + " another owner now.", own(ctx, s, who, ids, form.Get("owner"))
		}},
		{Key: "retire", Text: "Retire", Ask: func(context.Context, *Server, visitor) ([]registerAsked, error) {
			return []registerAsked{{input: input{Name: "reason", Label: "Why they end", Required: true, Hint: "The history keeps it, and an auditor reads it."}, Long: true}}, nil
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			in := &inventory{who: who}
			return plural(len(ids), n.One+" was", n.One+"s were") + " retired.", n.retire(ctx, s, in, ids, form.Get("reason"))
		}},
	}
}

// codesOf are the codes of controls by id, in their order.
func (in *inventory) codesOf(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, in.control(id).Code)
	}
	slices.Sort(out)
	return out
}

func (in *inventory) owner(id string) string { return in.People[id].Name }

// controlList are the controls an entry is bound to, as links.
func (in *inventory) controlList(ids []string) inventoryList {
	l := inventoryList{Title: "Controls", None: "It is bound to no control."}
	for _, id := range ids {
		c := in.control(id)
		l.Items = append(l.Items, inventoryLink{Code: c.Code, Text: c.Title, To: orgPath(in.Slug, "control", c.Code)})
	}
	slices.SortFunc(l.Items, func(a, b inventoryLink) int { return strings.Compare(a.Code, b.Code) })
	return l
}

// scopeFacts say whether a thing is in the two scopes.
func (in *inventory) scopeFacts(sort isms.ScopeSort, id string) []inventoryFact {
	if in.Scope == nil {
		return nil
	}
	var out []inventoryFact
	for _, side := range []struct {
		label string
		v     *isms.ScopeVersion
	}{{"ISMS scope", in.Scope.ISMS}, {"SOC 2 boundary", in.Scope.SOC2}} {
		f := inventoryFact{Label: side.label, Text: "none in force", Mark: "unknown", To: orgPath(in.Slug, "isms", "scope")}
		if side.v != nil {
			stance, why := side.v.Content.Stance(isms.ScopeThing{Sort: sort, ID: id})
			f.Mark, f.Text = stanceMark(stance), stanceWords(stance)
			if why != "" {
				f.Text += ": " + why
			}
		}
		out = append(out, f)
	}
	return out
}

// stanceMark and stanceWords are how a stance is drawn and read.
func stanceMark(s isms.ScopeStance) string {
	return map[isms.ScopeStance]string{isms.ScopeIn: "good", isms.ScopeOut: "left", isms.ScopeUnnamed: "unknown"}[s]
}

func stanceWords(s isms.ScopeStance) string {
	return map[isms.ScopeStance]string{isms.ScopeIn: "in", isms.ScopeOut: "out", isms.ScopeUnnamed: "not named"}[s]
}

// weightMark is how a criticality is drawn.
func weightMark(key string) string {
	return map[string]string{"critical": "warn", "high": "info", "medium": "left", "low": "left"}[key]
}

// weightOrder sorts criticalities: the greatest first.
func weightOrder(key string) string {
	return map[string]string{"critical": "0", "high": "1", "medium": "2", "low": "3"}[key]
}

// inventoryLabel is what a page calls a field of the history.
func inventoryLabel(key string) string {
	if l, ok := map[string]string{"cloud": "Cloud service", "reviewed_on": "Reviewed on", "evidence_kind": "Kind of evidence", "scenarios": "Risk scenarios", "does": "What it does", "data": "Data it holds",
		"contract_from": "Contract from", "renews_on": "Renews on", "review_on": "Next review"}[key]; ok {
		return l
	}
	return upperFirst(key)
}

// options are the choices of a list, with an empty one in front where none is usual.
func inventoryOptions(list []registry.Choice, none string) []option {
	var out []option
	if none != "" {
		out = append(out, option{"", none})
	}
	for _, c := range list {
		out = append(out, option{c.Key, c.Label})
	}
	return out
}

// entryOptions are the entries in use of a register for a choice; the one chosen
// stays even when it was retired.
func entryOptions[T any](list []T, none, chosen string, entry func(*T) (registry.Entry, string)) []option {
	out := []option{}
	if none != "" {
		out = append(out, option{"", none})
	}
	for i := range list {
		if e, name := entry(&list[i]); e.InUse() || e.ID == chosen {
			out = append(out, option{e.ID, e.Code + " " + name})
		}
	}
	return out
}

// dayText is a day of the history, which holds it as a number.
func dayText(value string) string {
	if value == "" || value == "0" {
		return ""
	}
	return dayWords(cadence.Date(number(value)))
}

// historyWords say a value that every register has.
func (in *inventory) historyWords(key, value string) string {
	switch key {
	case "owner":
		return in.owner(value)
	case "controls":
		return strings.Join(in.codesOf(strings.Fields(value)), " ")
	case "criticality", "tier":
		return registry.Label(system.Criticalities(), value)
	case "reviewed_on", "contract_from", "renews_on", "review_on":
		return dayText(value)
	}
	return value
}
