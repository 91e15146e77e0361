package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

const perClashes = 10 // whole sentences side by side, with forms

// clashesPage lists the contradictions between policies in force.
type clashesPage struct {
	frame
	Show    string // "open" or "decided"
	Pills   []pill
	Groups  []clashGroup
	Pager   pager
	InForce int
	People  []option
	CanSet  bool
	Typed   clashTyped
}

// clashTyped is a decision as typed, shown again where it was refused.
type clashTyped struct {
	Group   string
	Choice  string
	Fields  map[string]string
	Problem *problem.Error
}

// clashGroup is everything that documents say differently about one subject.
type clashGroup struct {
	ID      string // of the subject and property, fit for an address
	Stamp   string // what it says: a decision about something else is refused
	Kind    policy.Kind
	Label   string
	Topic   string
	What    string // the kind in words
	Why     string
	Sides   []clashSide
	Pairs   []policy.Pair
	Holds   []option // documents that may hold
	Decided []clashDecision
	Again   bool // it was decided, and a document says something else since
}

// clashSide is one value with the documents that state it.
type clashSide struct {
	Value    string
	Stricter bool
	Docs     []clashDoc
}

// clashDoc is what documents say in one sentence.
type clashDoc struct {
	Titles   []clashTitle
	Sentence []clashWord
}

type clashTitle struct{ Text, To string }

// clashWord is a stretch of a sentence; those that differ are marked.
type clashWord struct {
	Text   string
	Differ bool
}

// clashDecision is a decision in words.
type clashDecision struct{ Words, Reason, By, At string }

// clashes reads the contradictions, with how often controls have to be done.
func (s *Server) clashes(ctx context.Context, who visitor) ([]policy.Clash, []policy.Beat, *book, error) {
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return nil, nil, nil, err
	}
	beats := b.beats()
	b.clash.Lock()
	defer b.clash.Unlock()
	if !b.clash.read {
		if b.clash.list, err = s.Policies.Conflicts(ctx, who.Actor, beats); err != nil {
			return nil, nil, nil, err
		}
		b.clash.read = true
	}
	return slices.Clone(b.clash.list), beats, b, nil
}

// clashShelf keeps the contradictions of a book, which is of one revision.
type clashShelf struct {
	sync.Mutex
	read bool
	list []policy.Clash
}

// beats is how often each control that is one of the library has to be done.
func (b *book) beats() []policy.Beat {
	var out []policy.Beat
	for i, e := range b.effective() {
		c := b.Controls[i]
		if entry := b.rhythm.entries[c.ID]; entry != "" && e.Frequency.Known() {
			out = append(out, policy.Beat{Control: c.ID, Code: c.Code, Library: []string{entry}, Every: e.Frequency, Because: e.Sets()})
		}
	}
	return out
}

// getClashes lists them: GET /o/{org}/policies/conflicts?show=&page=.
func (s *Server) getClashes(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showClashes(w, r, who, http.StatusOK, clashTyped{})
}

func (s *Server) showClashes(w http.ResponseWriter, r *http.Request, who visitor, status int, typed clashTyped) error {
	list, _, b, err := s.clashes(r.Context(), who)
	if err != nil {
		return err
	}
	p := clashesPage{Show: r.FormValue("show"), CanSet: who.Can(access.DecideConflicts), Typed: typed}
	var open, decided []policy.Clash
	for _, c := range list {
		if c.Settled() {
			decided = append(decided, c)
		} else {
			open = append(open, c)
		}
	}
	shown := open
	if p.Show != "decided" {
		p.Show = "open"
	} else {
		shown = decided
	}
	p.frame = s.frame(w, r, who, "policies", "Conflicts", crumb{"Policies", orgPath(who.Slug(), "policies")})
	path := p.path("policies", "conflicts")
	for _, c := range []struct {
		show, words string
		list        []policy.Clash
	}{{"open", "To decide", open}, {"decided", "Decided", decided}} {
		p.Pills = append(p.Pills, pill{Text: c.words, N: len(clashGroups(c.list, b)), To: query(path, "show", c.show), On: p.Show == c.show})
	}
	groups := clashGroups(shown, b)
	p.Groups, p.Pager = paged(groups, r.FormValue("page"), perClashes, func(page string) string { return query(path, "show", p.Show, "page", page) })
	if p.CanSet {
		p.People = []option{{"", "Choose"}}
		today := dateIn(s.Now(), b.Zone).String()
		for _, x := range b.list() {
			if x.Works(today) {
				p.People = append(p.People, option{x.ID, x.Name})
			}
		}
		slices.SortFunc(p.People[1:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	}
	return s.render(w, r, status, showClashesPage(p))
}

// clashGroups gathers conflicts by what they are about.
func clashGroups(list []policy.Clash, b *book) []clashGroup {
	var out []clashGroup
	for _, c := range list {
		id := clashID(c)
		at := slices.IndexFunc(out, func(g clashGroup) bool { return g.ID == id })
		if at < 0 {
			out = append(out, clashGroup{ID: id, Kind: c.Kind, Label: policy.Words().Label(c.Subject), Topic: policy.Words().Label(c.Topic), What: clashKind(c), Why: c.Why})
			at = len(out) - 1
		}
		g := &out[at]
		g.Pairs = append(g.Pairs, c.Pair)
		g.Again = g.Again || c.Reopened
		for i := range c.Documents {
			g.add(c, i, b)
		}
		if d := c.Decision; d != nil {
			said := clashDecision{Words: clashDecided(*d, c), Reason: d.Reason, By: d.ByName, At: dayWords(dateIn(d.At, b.Zone))}
			if !slices.Contains(g.Decided, said) {
				g.Decided = append(g.Decided, said)
			}
		}
	}
	for i := range out {
		out[i].finish()
	}
	return out
}

// clashID names a group in addresses and forms.
func clashID(c policy.Clash) string {
	id := c.Subject + "-" + string(c.Property)
	if c.Kind == policy.TooLoose {
		id += "-" + c.Control
	}
	return id
}

// add takes one document of a conflict into its side.
func (g *clashGroup) add(c policy.Clash, i int, b *book) {
	doc, value := c.Documents[i], policy.Say(c.Property, c.Values[i])
	title := clashTitle{doc.Title, orgPath(b.Slug, "policy", doc.Slug)}
	if c.Kind == policy.TwoGovern {
		value = "decides on " + strings.ToLower(policy.Words().Label(c.Topic))
	}
	if c.Kind == policy.TooLoose && i == 1 {
		title = clashTitle{doc.Title, orgPath(b.Slug, "control", doc.Title)}
		value = "has to be done " + value
	}
	at := slices.IndexFunc(g.Sides, func(s clashSide) bool { return s.Value == value && c.Kind != policy.TwoGovern })
	if c.Kind == policy.TwoGovern {
		at = slices.IndexFunc(g.Sides, func(s clashSide) bool { return s.Docs[0].Titles[0] == title })
	}
	if at < 0 {
		g.Sides = append(g.Sides, clashSide{Value: value})
		at = len(g.Sides) - 1
	}
	side := &g.Sides[at]
	side.Stricter = side.Stricter || c.Stricter == i
	sentence := strings.Join(strings.Fields(c.Sentences[i]), " ")
	if doc.Policy != "" && !slices.Contains(g.Holds, option{doc.Policy, doc.Title}) {
		g.Holds = append(g.Holds, option{doc.Policy, doc.Title})
	}
	same := slices.IndexFunc(side.Docs, func(d clashDoc) bool { return d.Sentence[0].Text == sentence })
	if same < 0 {
		side.Docs = append(side.Docs, clashDoc{Sentence: []clashWord{{Text: sentence}}})
		same = len(side.Docs) - 1
	}
	if d := &side.Docs[same]; !slices.Contains(d.Titles, title) {
		d.Titles = append(d.Titles, title)
	}
}

// finish marks what differs, and stamps what the group says.
func (g *clashGroup) finish() {
	var words []map[string]bool
	for _, s := range g.Sides {
		set := map[string]bool{}
		for _, d := range s.Docs {
			for w := range strings.FieldsSeq(d.Sentence[0].Text) {
				set[clashFold(w)] = true
			}
		}
		words = append(words, set)
	}
	for i := range g.Sides {
		for j := range g.Sides[i].Docs {
			d := &g.Sides[i].Docs[j]
			d.Sentence = clashDiffering(d.Sentence[0].Text, words, i)
		}
	}
	if len(g.Sides) > 2 { // a side asks for more only of two
		for i := range g.Sides {
			g.Sides[i].Stricter = false
		}
	}
	var all strings.Builder
	for _, p := range g.Pairs {
		all.WriteString(p.Key() + " " + p.Values[0] + " " + p.Values[1] + "\n")
	}
	sum := sha256.Sum256([]byte(all.String()))
	g.Stamp = hex.EncodeToString(sum[:8])
	if len(g.Pairs) > 1 {
		g.Why = ""
	}
}

// clashFold is a word without case and the marks around it.
func clashFold(w string) string { return strings.Trim(strings.ToLower(w), ".,;:()“”\"'") }

// clashDiffering cuts a sentence into stretches of words that stand in no other side and
// words that do.
func clashDiffering(sentence string, words []map[string]bool, side int) []clashWord {
	var out []clashWord
	for w := range strings.FieldsSeq(sentence) {
		differ := true
		for i, set := range words {
			if i != side && set[clashFold(w)] {
				differ = false
			}
		}
		if n := len(out); n > 0 && out[n-1].Differ == differ {
			out[n-1].Text += " " + w
		} else {
			out = append(out, clashWord{w, differ})
		}
	}
	return out
}

// clashKind is the kind of a conflict in words.
func clashKind(c policy.Clash) string {
	switch c.Kind {
	case policy.TwoGovern:
		return "Two documents decide"
	case policy.ScopesVary:
		return "Different scope"
	case policy.TooLoose:
		return "Looser than a control"
	}
	return "Different " + string(c.Property)
}

// clashDecided says what was decided.
func clashDecided(d policy.Decision, c policy.Clash) string {
	switch d.Choice {
	case policy.OneGoverns:
		for _, x := range c.Documents {
			if x.Policy == d.Governing {
				return x.Title + " holds"
			}
		}
		return "One of the two holds"
	case policy.Consolidate:
		return "To be made one by " + onDay(d.Due) + ", by " + d.OwnerName
	}
	return "No conflict"
}

// postClash records a decision: POST /o/{org}/policies/conflicts with group, stamp and choice.
func (s *Server) postClash(w http.ResponseWriter, r *http.Request, who visitor) error {
	list, beats, b, err := s.clashes(r.Context(), who)
	if err != nil {
		return err
	}
	id := r.FormValue("group")
	takeBack := r.FormValue("choice") == string(policy.TakenBack)
	list = slices.DeleteFunc(list, func(c policy.Clash) bool { return c.Settled() != takeBack || clashID(c) != id })
	groups := clashGroups(list, b)
	if len(groups) != 1 || groups[0].Stamp != r.FormValue("stamp") {
		return problem.New(problem.Conflict, "These documents say something else by now, or somebody decided already. Open the page of conflicts again.")
	}
	d := policy.Decision{Choice: policy.Choice(r.FormValue("choice")), Governing: r.FormValue("governing"), Owner: r.FormValue("owner"), Reason: r.FormValue("reason")}
	d.Due, err = formDay(r, "due")
	if err == nil {
		err = s.decideClash(r.Context(), who, list, d, beats)
	}
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Field == "" {
			return err
		}
		typed := clashTyped{Group: id, Choice: string(d.Choice), Problem: wrong, Fields: map[string]string{}}
		for _, f := range []string{"governing", "owner", "due", "reason"} {
			typed.Fields[f] = r.FormValue(f)
		}
		return s.showClashes(w, r, who, http.StatusUnprocessableEntity, typed)
	}
	said := "Decided. It opens again as soon as one of the documents says something else."
	if takeBack {
		said = "Taken back. It has to be decided again."
	}
	return back(w, r, orgPath(who.Slug(), "policies", "conflicts"), said)
}

// decideClash decides about all conflicts of a group. Where one document was chosen,
// the side that says what it says holds in each pair it differs in.
func (s *Server) decideClash(ctx context.Context, who visitor, list []policy.Clash, d policy.Decision, beats []policy.Beat) error {
	value := ""
	for _, c := range list {
		for i, x := range c.Documents {
			if x.Policy == d.Governing && d.Governing != "" {
				value = c.Values[i]
			}
		}
	}
	if d.Choice == policy.OneGoverns && value == "" {
		return problem.Field("governing", "Choose which of the documents holds.")
	}
	var all []policy.Decision
	for _, c := range list {
		d.Pair = c.Pair
		if d.Choice == policy.OneGoverns {
			at := slices.Index(c.Values[:], value)
			if at < 0 {
				continue // neither says what the chosen one says: it stays open
			}
			d.Governing = c.Documents[at].Policy
		}
		all = append(all, d)
	}
	return s.Policies.DecideConflicts(ctx, who.Actor, all, beats, s.Now())
}

// clashInput is a field of a form of the page, with what was typed where it was refused.
func (p clashesPage) clashInput(on bool, id, name, label, kind string) input {
	i := input{Name: name, ID: name + "-" + id, Label: label, Type: kind}
	if on {
		i.Value = p.Typed.Fields[name]
		if w := p.Typed.Problem; w != nil && w.Field == name {
			i.Wrong = w.Text
		}
	}
	return i
}

// clashMark is the mark of a group.
func clashMark(g clashGroup) string {
	if len(g.Decided) > 0 {
		return "good"
	}
	return "bad"
}

// clashMend is what the way of mending is called.
func clashMend(g clashGroup) string {
	if g.Kind == policy.TooLoose {
		return "Have it corrected"
	}
	return "Make them one"
}
