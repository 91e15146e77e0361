package monitor

import (
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// Overall says in one word how somebody stands with everything asked of them.
type Overall string

const (
	Overdue         Overall = "overdue"
	Unclear         Overall = "unclear" // nothing is late, and of something nobody can tell
	Due             Overall = "due"
	Complete        Overall = "complete"
	Paused          Overall = "paused" // on leave
	NoTasks         Overall = "no_tasks"
	LeavingOverdue  Overall = "leaving_overdue"
	LeavingDue      Overall = "leaving_due"
	LeavingComplete Overall = "leaving_complete"
)

// overalls in the order a page shows them.
var overalls = []struct {
	key   Overall
	words string
}{
	{Overdue, "Overdue"}, {Unclear, "Unclear"}, {Due, "Due"}, {Complete, "Complete"}, {Paused, "Paused"}, {NoTasks, "No tasks"},
	{LeavingOverdue, "Leaving overdue"}, {LeavingDue, "Leaving due"}, {LeavingComplete, "Left, all done"},
}

// Overalls returns all of them in the order a page shows them.
func Overalls() []Overall {
	out := make([]Overall, len(overalls))
	for i, o := range overalls {
		out[i] = o.key
	}
	return out
}

// Words is the state as a page writes it.
func (o Overall) Words() string {
	for _, x := range overalls {
		if x.key == o {
			return x.words
		}
	}
	return string(o)
}

// checkAt is the place of each check in a row.
var checkAt = func() map[people.Check]int {
	out := map[people.Check]int{}
	for i, c := range people.Checks() {
		out[c] = i
	}
	return out
}()

// Row is one person and how they stand with each check.
type Row struct {
	Person  people.Person
	Status  people.Status
	Overall Overall

	cells  []*people.Standing // by checkAt; nil: nobody asks it of them
	folded string             // what a search looks into
}

// Of returns how the person stands with a check. What nobody asks is NotAsked.
func (r Row) Of(c people.Check) people.Standing {
	if at, ok := checkAt[c]; ok && at < len(r.cells) && r.cells[at] != nil {
		return *r.cells[at]
	}
	return people.Standing{Person: r.Person.ID, Check: c, State: people.NotAsked, Reason: "Nothing asks it of this person."}
}

// Standings returns what is said of the person, in the order of the checks; checks
// that nobody asks are left out.
func (r Row) Standings() []people.Standing {
	var out []people.Standing
	for _, s := range r.cells {
		if s != nil {
			out = append(out, *s)
		}
	}
	return out
}

// overall sums a row up. Somebody who works here and has something overdue is
// overdue even if they are about to leave.
func overall(status people.Status, cells []*people.Standing) Overall {
	leaving := NoTasks
	var missing, unclear, due, settled bool
	for _, s := range cells {
		if s == nil {
			continue
		}
		if s.Check == people.LeavingCheck {
			leaving = leavingOf(s.State)
			continue
		}
		switch s.State {
		case people.Missing:
			missing = true
		case people.Unclear:
			unclear = true
		case people.Due:
			due = true
		case people.Done, people.Excluded:
			settled = true
		}
	}
	switch {
	case status == people.OutOfScope || status == people.NotAPerson || status == "":
		return NoTasks
	case status == people.Former:
		return leaving
	case status == people.OnLeave && leaving != LeavingOverdue:
		return Paused
	case missing:
		return Overdue
	case leaving == LeavingOverdue || leaving == LeavingDue && !unclear && !due:
		return leaving
	case unclear:
		return Unclear
	case due:
		return Due
	case settled:
		return Complete
	}
	return NoTasks
}

// leavingOf is what the steps of leaving make of a row.
func leavingOf(s people.State) Overall {
	switch s {
	case people.Missing, people.Unclear:
		return LeavingOverdue
	case people.Due:
		return LeavingDue
	case people.Done, people.Excluded:
		return LeavingComplete
	}
	return NoTasks
}

// Board is how everybody stands, at one revision of the organisation. It is filled
// once and then only read, so many may share it.
type Board struct {
	Day    cadence.Date // today in the organisation's zone
	Zone   *time.Location
	Roster *people.Roster
	ReadAt time.Time

	rows    []Row // by name
	at      map[string]int
	asked   []bool // by checkAt: whether anybody is asked it
	tallies []Tally
	written db.Written
	next    time.Time // first moment at which something changes by itself
	parts   [][]people.Standing
	took    time.Duration // to read it
}

// everybody makes the rows of those in the register, with nothing asked yet.
func (b *Board) everybody() {
	all := b.Roster.All()
	b.rows, b.at = make([]Row, 0, len(all)), make(map[string]int, len(all))
	for _, p := range all {
		if !p.ErasedAt.IsZero() {
			continue
		}
		b.at[p.ID] = len(b.rows)
		b.rows = append(b.rows, Row{Person: p, Status: b.Roster.StatusOn(p.ID, b.Day), folded: strings.ToLower(p.Name + "\n" + p.Email + "\n" + p.Title)})
	}
}

// fill puts what the parts say into the rows, and makes them if they are not there.
func (b *Board) fill() {
	if b.rows == nil {
		b.everybody()
	}
	b.asked = make([]bool, len(checkAt))
	cells := make([]*people.Standing, len(b.rows)*len(checkAt))
	for i := range b.rows {
		b.rows[i].cells = cells[i*len(checkAt) : (i+1)*len(checkAt)]
	}
	for _, part := range b.parts {
		next := 0 // most parts answer in the order of the rows
		for i := range part {
			s := &part[i]
			at, known := next, next < len(b.rows) && b.rows[next].Person.ID == s.Person
			if !known {
				at, known = b.at[s.Person]
			}
			next = at + 1
			check, asked := checkAt[s.Check]
			if !known || !asked {
				continue
			}
			if have := b.rows[at].cells[check]; have == nil || worse(s.State, have.State) {
				b.rows[at].cells[check] = s
			}
			b.asked[check] = b.asked[check] || s.State != people.NotAsked
		}
	}
	for i := range b.rows {
		b.rows[i].Overall = overall(b.rows[i].Status, b.rows[i].cells)
	}
	b.tallies = b.tally()
}

// worse reports whether the first of two states of one check goes before the other.
func worse(a, b people.State) bool {
	return slices.Index(byWorth, a) > slices.Index(byWorth, b)
}

// byWorth are the states that go before others, the mildest first.
var byWorth = []people.State{people.Done, people.Excluded, people.Paused, people.Due, people.Unclear, people.Missing}

// Find returns the row of a person.
func (b *Board) Find(id string) (Row, bool) {
	i, ok := b.at[id]
	if !ok {
		return Row{}, false
	}
	return b.rows[i], true
}

// Place is where a person stands in the order of the rows; -1 if nowhere.
func (b *Board) Place(id string) int {
	i, ok := b.at[id]
	if !ok {
		return -1
	}
	return i
}

// Checks returns the checks that anybody is asked, in the order of a page.
func (b *Board) Checks() []people.Check {
	var out []people.Check
	for i, c := range people.Checks() {
		if b.asked[i] {
			out = append(out, c)
		}
	}
	return out
}

// Present stands in Filter.Status for everybody whom the programme concerns now:
// all who are here, on leave or about to begin, and leavers with something open.
const Present people.Status = "present"

// Filter chooses rows. The zero value chooses all.
type Filter struct {
	Text     string        // in name, e-mail address or title
	Function string        // key
	Group    string        // key
	Status   people.Status // or Present
	Overall  Overall
	Check    people.Check // with State; without one: everybody who is asked it
	State    people.State
	Skip     int
	Limit    int // 0: all
}

// Page is a part of the rows, and how many there are.
type Page struct {
	Rows   []Row
	Total  int
	Counts map[Overall]int // of the rows that fit everything but Overall
}

// Rows returns the rows that fit a filter, by name.
func (b *Board) Rows(f Filter) Page {
	page := Page{Counts: map[Overall]int{}}
	f.Text = strings.ToLower(strings.TrimSpace(f.Text))
	counts := map[Overall]int{}
	for i := range b.rows {
		r := &b.rows[i]
		if !b.fits(r, &f) {
			continue
		}
		counts[r.Overall]++
		if f.Overall != "" && r.Overall != f.Overall {
			continue
		}
		if page.Total++; page.Total > f.Skip && (f.Limit == 0 || len(page.Rows) < f.Limit) {
			page.Rows = append(page.Rows, *r)
		}
	}
	page.Counts = counts
	return page
}

func (b *Board) fits(r *Row, f *Filter) bool {
	switch {
	case f.Status == Present:
		switch r.Status {
		case people.Current, people.OnLeave, people.Future:
		case people.Former:
			if r.Overall != LeavingOverdue && r.Overall != LeavingDue {
				return false
			}
		default:
			return false
		}
	case f.Status != "" && r.Status != f.Status:
		return false
	}
	if f.Function != "" && r.Person.Function != f.Function {
		return false
	}
	if f.Check != "" {
		at, ok := checkAt[f.Check]
		if !ok {
			return false
		}
		state := people.NotAsked
		if s := r.cells[at]; s != nil {
			state = s.State
		}
		if f.State == "" && state == people.NotAsked || f.State != "" && state != f.State {
			return false
		}
	}
	return (f.Text == "" || strings.Contains(r.folded, f.Text)) && (f.Group == "" || b.Roster.In(f.Group, r.Person.ID))
}

// Tally counts the states of one check over those it is asked of.
type Tally struct {
	Check  people.Check
	Counts map[people.State]int
}

// Tallies counts every check that anybody is asked.
func (b *Board) Tallies() []Tally { return b.tallies }

func (b *Board) tally() []Tally {
	var out []Tally
	for _, c := range b.Checks() {
		t := Tally{c, map[people.State]int{}}
		for i := range b.rows {
			if s := b.rows[i].cells[checkAt[c]]; s != nil {
				t.Counts[s.State]++
			}
		}
		out = append(out, t)
	}
	return out
}

// Len is how many entries of the register the board has; erased ones are not in it.
func (b *Board) Len() int { return len(b.rows) }
