package joiner

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Came is one person who began or left on a day, as the register has it. The
// checklist is missing when there is none.
type Came struct {
	Person people.Person
	Day    cadence.Date
	Run    *Run
}

// Population returns, as rows of which a population for sampling is made,
// everybody whose first or last day lies in a window. The register decides who is
// listed, so that somebody without a checklist is there, too. A leaver's row says
// when access was removed and how that lies to the deadline, a joiner's whether
// the background check was done before the first day.
func (s *Store) Population(ctx context.Context, who access.Actor, list List, window cadence.Days, now time.Time) (document.Table, error) {
	t := document.Table{Name: "Leavers"}
	if list == Joining {
		t.Name = "Joiners"
	}
	if err := who.May(access.ViewJoiners); err != nil {
		return t, err
	}
	if !window.Known() {
		return t, problem.Field("from", "Give the first and the last day of the window, such as 2026-01-01 and 2026-12-31.")
	}
	now = moment(now)
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		w, err := s.world(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		var runs []Run // of the stints in the window, whenever they began
		for _, r := range w.Runs {
			if r.List == list {
				r.Steps = nil
				runs = append(runs, r)
			}
		}
		if err := readSteps(ctx, tx, who.Org(), runs, `r.list = $2`, string(list)); err != nil {
			return err
		}
		records, err := readBackground(ctx, tx, who.Org(), "")
		if err != nil {
			return err
		}
		t.Rows = w.rows(list, w.came(list, window, runs), records)
		return nil
	})
	return t, err
}

// came lists who began or left in a window, by day and name.
func (w *World) came(list List, window cadence.Days, runs []Run) []Came {
	of := map[string][]*Run{}
	for i := range runs {
		of[runs[i].Person] = append(of[runs[i].Person], &runs[i])
	}
	var out []Came
	for _, p := range w.Roster.All() {
		if p.Kind == people.Service {
			continue
		}
		for _, stint := range w.stints(p) {
			day := stint.To
			if list == Joining {
				day = stint.From
			}
			if !window.Has(day) {
				continue
			}
			c := Came{Person: p, Day: day}
			for _, r := range of[p.ID] { // the newest counts
				if w.stintOf(*r) == stint {
					c.Run = r
				}
			}
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Came) int { return cmp.Compare(a.Day, b.Day) })
	return out
}

// rows writes them as a table.
func (w *World) rows(list List, all []Came, records map[string][]Background) [][]string {
	out := [][]string{{"key", "date", "name", "kind", "function", "deadline", "removed", "judgement", "hours late", "checklist"}}
	if list == Joining {
		out = [][]string{{"key", "date", "name", "kind", "function", "checklist", "steps done", "steps overdue", "background check", "completed"}}
	}
	today := w.Zones.DateOf(w.Now)
	for _, c := range all {
		row := []string{c.key(), c.Day.String(), c.Person.Name, string(c.Person.Kind), people.Label(c.Person.Function)}
		switch {
		case list == Joining:
			state, done, late := "none", "", ""
			if c.Run != nil {
				settled, of, overdue := c.Run.Count(today)
				state, done, late = string(c.Run.State), strconv.Itoa(settled)+" of "+strconv.Itoa(of), strconv.Itoa(overdue)
			}
			check, completed := w.checked(c, records[c.Person.ID])
			row = append(row, state, done, late, check, completed)
		case c.Run == nil:
			row = append(row, w.minute(RemovalEnds(c.Day, w.Setting.Deadline(), w.Zones)), "", NoRemoval.Label(), "", "none")
		default:
			r := RemovalOf(c.Day, w.Setting.Deadline(), w.Zones, c.Run.Steps, w.Now)
			late := ""
			if r.Late > 0 {
				late = strconv.Itoa(int((r.Late + time.Hour - 1) / time.Hour))
			}
			row = append(row, w.minute(r.Deadline), w.minute(r.At), r.Timing.Label(), late, string(c.Run.State))
		}
		out = append(out, row)
	}
	return out
}

// key is what a row is known by; nobody begins or leaves twice on a day.
func (c Came) key() string {
	who := c.Person.Email
	if who == "" {
		who = c.Person.ID
	}
	return c.Day.String() + " " + who
}

// checked says whether the background check of a stint was done before its first
// day.
func (w *World) checked(c Came, records []Background) (words, completed string) {
	stints := w.stints(c.Person)
	mine := slices.DeleteFunc(slices.Clone(records), func(b Background) bool { return stintFor(stints, Joining, b.Day).From != c.Day })
	b, ok := decided(mine)
	switch {
	case !ok && (!w.Setting.Background.Known() || c.Day < w.Setting.Background):
		return "not asked", ""
	case !ok, !b.Outcome.Passed():
		return "not done", ""
	case !b.Completed.Known():
		return b.Outcome.Label(), ""
	case b.Completed < c.Day:
		return "before the first day", b.Completed.String()
	}
	return "after the first day", b.Completed.String()
}

// minute is a moment as a list has it, in the zone of its day.
func (w *World) minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.Zones.Of(w.Zones.DateOf(t))).Format("2006-01-02 15:04 -07:00")
}

// Label is a judgement of removal as a page or a list writes it.
func (t Timing) Label() string {
	switch t {
	case InTime:
		return "in time"
	case LateDone:
		return "late"
	case Waiting:
		return "still open"
	case Overdue:
		return "overdue"
	case NotAsked:
		return "nothing to remove"
	}
	return "not known"
}

// Gone is one person who left, and what the checklist says of removal of access.
type Gone struct {
	Person  string // id
	Day     cadence.Date
	Removed Removed
}

// ReadGone returns who left in a window, as the register has it, and how removal of
// their access lies to a deadline. It reads in the caller's transaction.
func (s *Store) ReadGone(ctx context.Context, tx *db.Tx, org string, window cadence.Days, d cadence.Deadline, now time.Time) ([]Gone, error) {
	now = moment(now)
	w, err := s.world(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, r := range w.Runs {
		if r.List == Leaving {
			r.Steps = nil
			runs = append(runs, r)
		}
	}
	if err := readSteps(ctx, tx, org, runs, `r.list = $2`, string(Leaving)); err != nil {
		return nil, err
	}
	var out []Gone
	for _, c := range w.came(Leaving, window, runs) {
		g := Gone{Person: c.Person.ID, Day: c.Day, Removed: Removed{Timing: NoRemoval, Deadline: RemovalEnds(c.Day, d, w.Zones)}}
		if c.Run != nil {
			g.Removed = RemovalOf(c.Day, d, w.Zones, c.Run.Steps, now)
		}
		out = append(out, g)
	}
	return out, nil
}
