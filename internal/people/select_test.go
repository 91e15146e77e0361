package people

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// crowd is a roster of n people in all functions, some gone, some still to come.
func crowd(n int) *Roster {
	f := Facts{Unlisted: map[string]time.Time{}}
	for i := range n {
		p := Person{ID: fmt.Sprintf("id-%06d", i), Name: fmt.Sprintf("Person %06d of %d", (i*7919)%n, i%97), Email: fmt.Sprintf("p%d@meridian.test", i), Kind: Employee,
			Function: Functions()[i%12].Key, Title: "Engineer", StartOn: fmt.Sprintf("20%02d-01-15", 10+i%16)}
		switch {
		case i%10 == 3:
			p.EndOn = "2026-01-31"
		case i%50 == 4:
			p.StartOn = "2026-09-01"
		case i%20 == 5:
			p.Kind = Contractor
		case i%100 == 6:
			p.Kind = Service
		}
		if i > 10 {
			p.Manager = fmt.Sprintf("id-%06d", i/10)
		}
		f.People = append(f.People, p)
		if i%200 == 7 {
			f.Spans = append(f.Spans, Span{ID: p.ID, Person: p.ID, Kind: Leave, From: day("2026-02-01")})
		}
	}
	return NewRoster(f)
}

func TestAPageAtATimeShowsEverybodyOnce(t *testing.T) {
	r := crowd(503)
	on := day("2026-03-01")
	for _, f := range []Filter{{}, {Sort: ByFunction}, {Sort: ByStatus, Down: true}, {Sort: ByStart}, {Sort: ByManager, Down: true}, {Text: "PERSON 0001"}, {Statuses: []Status{Current, OnLeave}}, {Functions: []string{"it"}, Sort: ByStatus},
		{Group: "contractor"}, {Manager: "id-000007"}, {Kinds: []Kind{Service}}} {
		all := r.Select(f, on)
		if all.Total == 0 || all.Total != len(all.Rows) || all.Next != "" {
			t.Fatalf("%+v: %d of %d, next %q", f, len(all.Rows), all.Total, all.Next)
		}
		f.Limit = 7
		var got []string
		for pages := 0; pages < 200; pages++ {
			s := r.Select(f, on)
			if s.Total != all.Total {
				t.Fatalf("%+v: the total changes from %d to %d", f, all.Total, s.Total)
			}
			for _, x := range s.Rows {
				got = append(got, x.ID)
			}
			if f.After = s.Next; f.After == "" {
				break
			}
		}
		var want []string
		for _, x := range all.Rows {
			want = append(want, x.ID)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%+v: %d people page by page, %d at once", f, len(got), len(want))
		}
	}
}

func TestCountsAreOfAllStatuses(t *testing.T) {
	r := NewRoster(Facts{People: []Person{{ID: "1", Name: "a", Kind: Employee}, {ID: "2", Name: "b", Kind: Employee, EndOn: "2026-01-01"}, {ID: "3", Name: "c", Kind: Service}, {ID: "4", Name: "d", Kind: Employee, Function: "it"}},
		Unlisted: map[string]time.Time{"4": now}})
	s := r.Select(Filter{Statuses: []Status{Current}}, day("2026-03-01"))
	if s.Total != 2 || s.Counts[Current] != 2 || s.Counts[Former] != 1 || s.Counts[NotAPerson] != 1 {
		t.Errorf("%+v", s)
	}
	if s := r.Select(Filter{Unlisted: true}, day("2026-03-01")); s.Total != 1 || s.Rows[0].ID != "4" {
		t.Errorf("no longer listed: %+v", s)
	}
}

func TestAPageAfterSomebodyTheFilterDropped(t *testing.T) {
	r := NewRoster(Facts{People: []Person{{ID: "1", Name: "a", Kind: Employee}, {ID: "2", Name: "b", Kind: Employee, EndOn: "2026-01-01"}, {ID: "3", Name: "c", Kind: Employee}}})
	if s := r.Select(Filter{Statuses: []Status{Current}, After: "2", Limit: 5}, day("2026-03-01")); len(s.Rows) != 1 || s.Rows[0].ID != "3" {
		t.Errorf("after somebody who left since: %+v", s.Rows)
	}
	if s := r.Select(Filter{After: "nobody"}, day("2026-03-01")); len(s.Rows) != 3 {
		t.Errorf("after nobody we know: %+v", s.Rows)
	}
}

func BenchmarkSelect(b *testing.B) {
	r := crowd(50_000)
	on := day("2026-03-01")
	for name, f := range map[string]Filter{"first": {Limit: 50}, "text": {Text: "01 of", Limit: 50}, "status": {Sort: ByStatus, Statuses: []Status{Current}, Limit: 50}, "manager": {Sort: ByManager, Limit: 50, After: "id-030000"}, "group": {Group: "engineering", Limit: 50}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if len(r.Select(f, on).Rows) != 50 {
					b.Fatal("not a page")
				}
			}
		})
	}
}

func BenchmarkNewRoster(b *testing.B) {
	f := Facts{People: crowd(50_000).All()}
	for b.Loop() {
		NewRoster(f)
	}
}
