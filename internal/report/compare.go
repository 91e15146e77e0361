package report

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/result"
)

// subject is what was tested, by a test.
type subject struct{ test, subject string }

// toldChange is a change that is proven.
type toldChange struct {
	result.Change
	place
	line int
}

// stretch is a time in which something is so, in microseconds.
type stretch struct{ from, to int64 }

// last is a stretch of which a change is the last that speaks.
type last struct {
	stretch
	by toldChange
}

// resultRow is a line of results.csv. Its moments are those of whole seconds, cut off.
type resultRow struct {
	stretch
	state result.State
}

// compare holds results.csv against the changes that are proven: of every moment of the
// window it says what the last change says that speaks of it. What it says beyond them,
// that a state went on, is in no change. Without all changes the last one may be missing,
// and without the moments of the window nobody knows of which all changes are here; then
// nothing is compared.
func (v *verifier) compare(told map[subject][]toldChange) {
	switch {
	case len(told) == 0:
		return
	case v.Manifest.Unproven > 0 || v.Manifest.Ends.IsZero():
		v.note("%s was not compared with the results that are proven: not all of them are here, or the bundle is of a version that could not be compared.", resultsName)
		return
	}
	kept, ok := v.results()
	if !ok {
		return
	}
	window, failed := stretch{v.Manifest.Begins.UnixMicro(), v.Manifest.Ends.UnixMicro()}, false
	for _, s := range sortedSubjects(told) {
		for _, l := range lasts(told[s]) {
			l.from, l.to = max(l.from, window.from), min(l.to, window.to)
			if at, ok := l.within(kept[s]); !ok {
				v.fail("%s: of %s, %s, it does not say %s at %s, as %s line %d has it and nothing later", resultsName, s.test, s.subject, l.by.State,
					time.UnixMicro(at).UTC().Format(time.RFC3339), changesName, l.by.line)
				failed = true
				break
			}
		}
	}
	if !failed {
		v.note("%s says the same as these, of the time they speak of.", resultsName)
	}
}

func sortedSubjects(told map[subject][]toldChange) []subject {
	var out []subject
	for s := range told {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b subject) int { return cmp.Or(cmp.Compare(a.test, b.test), cmp.Compare(a.subject, b.subject)) })
	return out
}

// results reads the rows of results.csv by subject and time.
func (v *verifier) results() (map[subject][]resultRow, bool) {
	f := v.members[resultsName]
	if f == nil {
		v.fail("%s: is missing, and results of tests are shown", resultsName)
		return nil, false
	}
	r, err := f.Open()
	if err != nil {
		v.fail("%s: cannot be read: %v", resultsName, err)
		return nil, false
	}
	defer r.Close()
	out := map[subject][]resultRow{}
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = len(resultHead)
	for n := 1; ; n++ {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) && n > 1 {
			break
		}
		if err == nil && n == 1 && !slices.Equal(cells, resultHead) {
			err = errors.New("it has other columns")
		}
		if err == nil && n > 1 {
			err = enterRow(out, cells)
		}
		if err != nil {
			v.fail("%s row %d: cannot be read: %v", resultsName, n, err)
			return nil, false
		}
	}
	for s, list := range out {
		slices.SortStableFunc(list, func(a, b resultRow) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
		for i := range list[1:] {
			if list[i].to > list[i+1].from {
				v.fail("%s: of %s, %s, it says two things at %s", resultsName, s.test, s.subject, time.UnixMicro(list[i+1].from).UTC().Format(time.RFC3339))
				return nil, false
			}
		}
	}
	return out, true
}

func enterRow(out map[subject][]resultRow, cells []string) error {
	from, err := time.Parse(time.RFC3339, cells[4])
	to, err2 := time.Parse(time.RFC3339, cells[5])
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	if to.Before(from) {
		return fmt.Errorf("it ends before it begins")
	}
	s := subject{document.Plain(cells[1]), document.Plain(cells[2])}
	out[s] = append(out[s], resultRow{stretch{from.UnixMicro(), to.UnixMicro()}, result.State(cells[3])})
	return nil
}

// lasts cuts changes of one subject into stretches, by time, of each of which one change
// is the last in the log that speaks. Stretches of which nothing is known are left out.
func lasts(list []toldChange) []last {
	slices.SortFunc(list, func(a, b toldChange) int {
		return cmp.Or(cmp.Compare(a.leaf, b.leaf), cmp.Compare(a.place.place, b.place.place))
	})
	var at []int64
	for _, c := range list {
		at = append(at, c.From, c.To)
	}
	slices.Sort(at)
	at = slices.Compact(at)
	by, free := make([]int, len(at)), make([]int, len(at)) // who speaks from each of at to the next; the first from there on of which nobody does
	for i := range free {
		free[i] = i
	}
	next := func(i int) int {
		for free[i] != i {
			free[i] = free[free[i]]
			i = free[i]
		}
		return i
	}
	for i := len(list) - 1; i >= 0; i-- {
		from, _ := slices.BinarySearch(at, list[i].From)
		to, _ := slices.BinarySearch(at, list[i].To)
		for j := next(from); j < to; j = next(j) {
			by[j], free[j] = i+1, j+1
		}
	}
	var out []last
	for j, i := range by {
		if i > 0 && list[i-1].State != result.Stale {
			out = append(out, last{stretch{at[j], at[j+1]}, list[i-1]})
		}
	}
	return out
}

// within reports whether rows say the same all the time, and if not, from when on. A row
// may go on for the second in which it ends.
func (l last) within(rows []resultRow) (int64, bool) {
	i, _ := slices.BinarySearchFunc(rows, l.from, func(r resultRow, at int64) int { return cmp.Compare(r.to+time.Second.Microseconds(), at) })
	at := l.from
	for ; i < len(rows) && at < l.to && rows[i].from <= at; i++ {
		if rows[i].state == l.by.State {
			at = max(at, rows[i].to+time.Second.Microseconds())
		}
	}
	return at, at >= l.to
}
