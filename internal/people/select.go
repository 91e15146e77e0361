package people

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Sort is what a list of people is ordered by. People who are alike in it are
// ordered by name.
type Sort string

const (
	ByName     Sort = ""
	ByFunction Sort = "function"
	ByStatus   Sort = "status"
	ByStart    Sort = "start"
	ByManager  Sort = "manager"
)

// Filter says whom a list is to show. The zero Filter is everybody.
type Filter struct {
	Text      string // in name, e-mail address or title, in whatever case
	Statuses  []Status
	Functions []string
	Kinds     []Kind
	Group     string
	Manager   string // id
	Unlisted  bool   // only those a full list does not name any more
	Sort      Sort
	Down      bool   // the other way round
	After     string // id of the last person of the page before
	Limit     int    // 0: all
}

// Row is a person as a list shows them.
type Row struct {
	Person
	Status Status
}

// Selection is one page of a list.
type Selection struct {
	Rows   []Row
	Total  int            // on all pages
	Counts map[Status]int // of those the rest of the filter lets through, whatever their status
	Next   string         // After of the next page; empty on the last
}

// orders are the people by each sort that does not depend on the day, made when
// first asked for.
type orders struct {
	mu sync.Mutex
	by map[Sort][]int
}

// Select returns one page of the people a filter lets through, as they are on a
// day. After is a place in the order of now, wherever the person stood before; one
// that nobody has begins at the start.
func (r *Roster) Select(f Filter, day cadence.Date) Selection {
	out := Selection{Counts: map[Status]int{}}
	status := make([]Status, len(r.people))
	matches := r.matcher(f)
	for i := range r.people {
		if !matches(i) {
			continue
		}
		s := r.statusAt(i, day)
		out.Counts[s]++
		if len(f.Statuses) == 0 || slices.Contains(f.Statuses, s) {
			status[i] = s
			out.Total++
		}
	}
	after, known := r.at[f.After]
	past := !known
	if !past && status[after] == "" { // it was on the page before, and the filter does not let it through any more
		status[after] = r.statusAt(after, day)
	}
	for _, i := range r.order(f, status) {
		if !past {
			past = i == after
			continue
		}
		if status[i] == "" {
			continue
		}
		if f.Limit > 0 && len(out.Rows) == f.Limit {
			out.Next = out.Rows[f.Limit-1].ID
			break
		}
		out.Rows = append(out.Rows, Row{r.people[i], status[i]})
	}
	return out
}

// matcher tells whom a filter lets through, but for the status.
func (r *Roster) matcher(f Filter) func(int) bool {
	text := sheet.Key(f.Text)
	return func(i int) bool {
		p := &r.people[i]
		return (text == "" || strings.Contains(r.words[i], text)) &&
			(len(f.Functions) == 0 || slices.Contains(f.Functions, p.Function)) &&
			(len(f.Kinds) == 0 || slices.Contains(f.Kinds, p.Kind)) &&
			(f.Manager == "" || p.Manager == f.Manager) &&
			(!f.Unlisted || r.Unlisted(p.ID)) &&
			(f.Group == "" || r.In(f.Group, p.ID))
	}
}

// order returns the positions of the people in the order of a filter.
func (r *Roster) order(f Filter, status []Status) []int {
	var list []int
	switch f.Sort {
	case ByStatus:
		list = byStatus(status)
	case ByFunction:
		list = r.ordered(f.Sort, func(a, b *Person) int { return strings.Compare(Label(a.Function), Label(b.Function)) })
	case ByStart:
		list = r.ordered(f.Sort, func(a, b *Person) int { return strings.Compare(a.StartOn, b.StartOn) })
	case ByManager:
		place := func(p *Person) int {
			if i, ok := r.at[p.Manager]; ok {
				return i
			}
			return len(r.people)
		}
		list = r.ordered(f.Sort, func(a, b *Person) int { return cmp.Compare(place(a), place(b)) })
	default:
		list = r.ordered(ByName, func(a, b *Person) int { return 0 })
	}
	if f.Down {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	return list
}

func (r *Roster) ordered(by Sort, compare func(a, b *Person) int) []int {
	r.orders.mu.Lock()
	defer r.orders.mu.Unlock()
	if list, ok := r.orders.by[by]; ok {
		return list
	}
	list := make([]int, len(r.people))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return compare(&r.people[a], &r.people[b]) })
	r.orders.by[by] = list
	return list
}

// byStatus returns the positions of those who have a status, in the order a page
// shows the statuses.
func byStatus(status []Status) []int {
	buckets := map[Status][]int{}
	for i, s := range status {
		if s != "" {
			buckets[s] = append(buckets[s], i)
		}
	}
	var list []int
	for _, s := range Statuses() {
		list = append(list, buckets[s]...)
	}
	return list
}
