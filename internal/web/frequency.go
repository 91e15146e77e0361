package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// rhythm is how often each control must be done, and what its statement leaves
// to be mended. It is worked out once per revision, when somebody first asks.
type rhythm struct {
	said      []crosswalk.Judgement
	entries   map[string]string // by control id
	asked     crosswalk.Asked
	once      sync.Once
	effective []crosswalk.Effective // as Controls
	lintOnce  sync.Once
	hints     [][]control.Hint // as Controls
	pairOnce  sync.Once
	pairs     []crosswalk.Suggestion
}

// performed is a control with what decides how often it must be done.
func (b *book) performed(c control.Control) crosswalk.Performed {
	return crosswalk.Performed{Control: c, Links: b.Links[c.ID], Entry: b.rhythm.entries[c.ID]}
}

// effective returns the effective frequencies, as Controls.
func (b *book) effective() []crosswalk.Effective {
	b.rhythm.once.Do(func() {
		for _, c := range b.Controls {
			b.rhythm.effective = append(b.rhythm.effective, crosswalk.EffectiveFrequency(b.performed(c), b.rhythm.asked))
		}
	})
	return b.rhythm.effective
}

// hints returns what each statement leaves to be mended, as Controls.
func (b *book) hints() [][]control.Hint {
	b.rhythm.lintOnce.Do(func() {
		for i, e := range b.effective() {
			b.rhythm.hints = append(b.rhythm.hints, control.Lint(b.Controls[i].Statement, e.Frequency))
		}
	})
	return b.rhythm.hints
}

// hinted reports whether a control has what the list is narrowed to: any hint, a
// rule of the lint, or an interval looser than demanded.
func (b *book) hinted(i int, want string) bool {
	switch want {
	case "":
		return true
	case "any":
		return len(b.hints()[i]) > 0
	case looserStated:
		return b.effective()[i].Looser
	}
	return slices.ContainsFunc(b.hints()[i], func(h control.Hint) bool { return string(h.Rule) == want })
}

// hintOptions offers what a list of controls can be narrowed to.
func hintOptions() []option {
	out := []option{{"", "Any wording"}, {"any", "Worth mending"}, {looserStated, "Interval too loose"}}
	for _, r := range control.Rules() {
		out = append(out, option{string(r), upperFirst(r.Words())})
	}
	return out
}

// trouble with an interval, by which the list is narrowed.
const (
	looserStated    = "looser"
	looserCustomary = "looser_custom"
	intervalMissing = "missing"
	intervalUnread  = "unread"
)

// intervalTrouble says what is wrong with the interval of a control, or nothing.
func intervalTrouble(e crosswalk.Effective) string {
	switch {
	case e.Looser && e.Basis == control.Stated:
		return looserStated
	case e.Looser:
		return looserCustomary
	case e.Unread:
		return intervalUnread
	case e.Missing:
		return intervalMissing
	}
	return ""
}

func troubleWords(trouble string) string {
	switch trouble {
	case looserStated:
		return "looser than required"
	case looserCustomary:
		return "looser than customary"
	case intervalMissing:
		return "no interval chosen"
	case intervalUnread:
		return "not understood"
	}
	return ""
}

func troubleMark(trouble string) string {
	if trouble == looserStated || trouble == intervalMissing {
		return "bad"
	}
	return "warn"
}

// frequenciesPage is the table of intervals.
type frequenciesPage struct {
	frame
	Rows  []frequencyRow
	Pills []pill
	Pager pager
	All   int
	Text  string
	Show  string
	Known int // controls that are an entry of the library
	CanEd bool
}

type frequencyRow struct {
	Control   control.Control
	Effective crosswalk.Effective
	Entry     string
	Trouble   string
}

// rank puts what is wrong first, and what has no interval last.
func (r frequencyRow) rank() int {
	switch {
	case r.Trouble != "":
		return 0
	case r.Effective.Frequency.Known():
		return 1
	}
	return 2
}

// getFrequencies lists how often each control must be done:
// GET /o/{org}/controls/frequencies?show=&text=&page=.
func (s *Server) getFrequencies(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := frequenciesPage{Text: strings.TrimSpace(r.FormValue("text")), Show: r.FormValue("show"), All: len(b.Controls), CanEd: who.Can(access.MergeControls)}
	p.frame = s.frame(w, r, who, "controls", "How often", crumb{"Controls", orgPath(who.Slug(), "controls")})
	path := p.path("controls", "frequencies")
	counts := map[string]int{}
	var found []frequencyRow
	for i, e := range b.effective() {
		row := frequencyRow{b.Controls[i], e, b.rhythm.entries[b.Controls[i].ID], intervalTrouble(e)}
		if row.Entry != "" {
			p.Known++
		}
		if p.Text != "" && !matches(p.Text, row.Control.Code, row.Control.Title, e.Frequency.String(), e.SetBy.Words()) {
			continue
		}
		counts[""]++
		counts[row.Trouble]++
		kind := intervalKind(e)
		counts[kind]++
		if p.Show == "" || p.Show == row.Trouble || p.Show == kind {
			found = append(found, row)
		}
	}
	counts[""] = len(found)
	if p.Show != "" {
		counts[""] = 0
		for _, k := range []string{string(control.Stated), string(control.Customary), string(crosswalk.Own), "none"} {
			counts[""] += counts[k]
		}
	}
	for _, c := range []struct{ show, words, mark string }{
		{"", "All", ""}, {looserStated, "Looser than required", "bad"}, {looserCustomary, "Looser than customary", "warn"}, {intervalMissing, "No interval chosen", "bad"}, {intervalUnread, "Not understood", "warn"},
		{string(control.Stated), "Set by a stated number", ""}, {string(control.Customary), "Set by custom", ""}, {string(crosswalk.Own), "Own interval", ""}, {"none", "No interval", ""},
	} {
		if counts[c.show] > 0 || c.show == "" || c.show == looserStated || c.show == p.Show {
			p.Pills = append(p.Pills, pill{Text: c.words, N: counts[c.show], To: query(path, "show", c.show, "text", p.Text), On: p.Show == c.show, Mark: c.mark})
		}
	}
	slices.SortStableFunc(found, func(a, b frequencyRow) int { return a.rank() - b.rank() })
	p.Rows, p.Pager = paged(found, r.FormValue("page"), perPage, func(page string) string { return query(path, "show", p.Show, "text", p.Text, "page", page) })
	return s.render(w, r, http.StatusOK, showFrequencies(p))
}

// intervalKind is what set the interval.
func intervalKind(e crosswalk.Effective) string {
	if e.Basis == "" {
		return "none"
	}
	return string(e.Basis)
}

// pageNumber is the number of the page shown, for a form that comes back to it.
func pageNumber(p pager, size int) string { return strconv.Itoa(1 + p.From/size) }

// basisWords says where an interval comes from.
func basisWords(e crosswalk.Effective) string {
	switch {
	case e.Basis == control.Stated:
		return "stated"
	case e.Basis == control.Customary && e.Binding:
		return "customary, binding"
	case e.Basis == control.Customary:
		return "customary"
	case e.Basis == crosswalk.Own && e.Binding:
		return "own, binding"
	case e.Basis == crosswalk.Own:
		return "own"
	}
	return ""
}

// switchPage shows what following a framework, or no longer following it, changes
// about how often controls must be done, before anybody decides.
type switchPage struct {
	frame
	Framework  *framework.Framework
	On         bool // it is followed now, so the page is about stopping
	Changes    []crosswalk.FrequencyChange
	Pager      pager
	N          map[crosswalk.Shift]int
	Short      int // own intervals that would then be looser than demanded
	PerYear    int // occurrences a year, more or fewer
	Known, All int
}

// getSwitch shows it: GET /o/{org}/frameworks/{framework}/switch.
func (s *Server) getSwitch(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	f, err := b.framework(r)
	if err != nil {
		return err
	}
	p := switchPage{Framework: f, On: b.enabled(f.ID), All: len(b.Controls), Known: len(b.rhythm.entries)}
	after := slices.DeleteFunc(slices.Clone(b.Enabled), func(x *framework.Framework) bool { return x.ID == f.ID })
	if !p.On {
		after = append(after, f)
	}
	var list []crosswalk.Performed
	for _, c := range b.Controls {
		list = append(list, b.performed(c))
	}
	changes := crosswalk.FrequencyChanges(b.rhythm.asked, crosswalk.AskedOf(after, b.Scope), list)
	p.N = map[crosswalk.Shift]int{}
	more := 0.0
	for _, c := range changes {
		p.N[c.Shift()]++
		more += c.After.Frequency.PerYear() - c.Before.Frequency.PerYear()
		if c.After.Looser && !c.Before.Looser {
			p.Short++
		}
	}
	p.PerYear = int(more)
	p.frame = s.frame(w, r, who, "frameworks", "Before you decide", crumb{"Frameworks", orgPath(who.Slug(), "frameworks")}, crumb{f.Short, orgPath(who.Slug(), "frameworks", f.ID)})
	p.Changes, p.Pager = paged(changes, r.FormValue("page"), perPage, func(page string) string { return query(p.path("frameworks", f.ID, "switch"), "page", page) })
	return s.render(w, r, http.StatusOK, showSwitch(p))
}

// shiftChip is the mark and the words of a change.
func shiftChip(s crosswalk.Shift) (mark, words string) {
	switch s {
	case crosswalk.Stricter:
		return "warn", "stricter"
	case crosswalk.Looser:
		return "good", "looser"
	case crosswalk.Bound:
		return "info", "becomes binding"
	}
	return "good", "no longer binding"
}

// signed is a number of occurrences with its sign.
func signed(n int) string {
	if n > 0 {
		return "+" + group(n)
	}
	return group(n)
}
