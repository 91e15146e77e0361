package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

var (
	at  = time.Date(2026, 3, 10, 9, 0, 0, 0, time.UTC)
	day = cadence.On(2026, time.March, 10)
	may = Moment{At: at, Today: day, Zone: time.UTC, Days: 30}
)

func TestHowAPersonStandsWithAPolicy(t *testing.T) {
	b := Bound{Major: 2, num: 1}
	micros := func(d cadence.Date) int64 { return d.Start(time.UTC).UnixMicro() }
	for _, tt := range []struct {
		name  string
		m     mark
		start cadence.Date
		state people.State
		due   cadence.Date
	}{
		{"nobody asked them yet", mark{}, day - 100, people.Due, day + 30},
		{"asked, and in time", mark{asked: 2, since: day - 5, due: day + 25}, 0, people.Due, day + 25},
		{"on the last day", mark{asked: 2, since: day - 30, due: day}, 0, people.Due, day},
		{"the day after", mark{asked: 2, since: day - 31, due: day - 1}, 0, people.Missing, day - 1},
		{"acknowledged this major version", mark{acked: 2, at: micros(day - 9)}, day - 100, people.Done, 0},
		{"acknowledged the one before", mark{acked: 1, at: micros(day - 90)}, day - 100, people.Due, day + 30},
		{"acknowledged in an earlier stint", mark{acked: 2, at: micros(day - 9)}, day - 3, people.Due, day + 30},
		{"acknowledged on the first day", mark{acked: 2, at: micros(day - 9)}, day - 9, people.Done, 0},
		{"their start is not known", mark{acked: 2, at: micros(day - 9)}, 0, people.Done, 0},
		{"asked for the one before", mark{asked: 1, since: day - 90, due: day - 60}, 0, people.Due, day + 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if state, due, since := b.judge(tt.m, tt.start, may); state != tt.state || due != tt.due || since.IsZero() {
				t.Errorf("%s, due %s, since %s; want %s, %s", state, due, since, tt.state, tt.due)
			}
		})
	}
}

func TestMarksComeBackAsTheyWere(t *testing.T) {
	ms := marks{{num: 1, asked: 2, since: day, due: day + 30}, {num: 7, acked: 3, at: at.UnixMicro()}, {num: 400}}
	text := ms.String()
	if got := readMarks(text, nil); fmt.Sprint(got) != fmt.Sprint(ms) {
		t.Errorf("%q came back as %v, want %v", text, got, ms)
	}
	if got := readMarks("1.2.x!;2.....;", nil); len(got) != 1 || got[0].num != 2 {
		t.Errorf("text nobody wrote has %v", got)
	}
	var put marks
	for _, n := range []int{5, 1, 3, 5} {
		put.put(mark{num: n, acked: n})
	}
	if len(put) != 3 || put.find(3).acked != 3 || put.find(4).acked != 0 {
		t.Errorf("after putting: %v", put)
	}
}

func TestReviewDue(t *testing.T) {
	published := time.Date(2025, 3, 31, 9, 0, 0, 0, time.UTC)
	inForce := Version{State: Published, Material: true, PublishedAt: published}
	minor := Version{State: Published, PublishedAt: published.AddDate(0, 6, 0)}
	ended := Version{State: Archived, Material: true, PublishedAt: published, EndedAt: published.AddDate(0, 6, 0)}
	for _, tt := range []struct {
		name     string
		every    int
		versions []Version
		reviews  []Review
		today    cadence.Date
		due      cadence.Date
		want     ReviewStand
	}{
		{"no interval", 0, []Version{inForce}, nil, day, 0, NoReview},
		{"nothing in force", 12, []Version{{State: Draft}}, nil, day, 0, NoReview},
		{"a month before", 12, []Version{inForce}, nil, cadence.On(2026, 3, 1), cadence.On(2026, 3, 31), ReviewSoon},
		{"longer before", 12, []Version{inForce}, nil, cadence.On(2026, 2, 28), cadence.On(2026, 3, 31), ReviewLater},
		{"on the day", 12, []Version{inForce}, nil, cadence.On(2026, 3, 31), cadence.On(2026, 3, 31), ReviewSoon},
		{"the day after", 12, []Version{inForce}, nil, cadence.On(2026, 4, 1), cadence.On(2026, 3, 31), ReviewOverdue},
		{"a small change is no review", 12, []Version{minor, ended}, nil, cadence.On(2026, 4, 1), cadence.On(2026, 3, 31), ReviewOverdue},
		{"a review counts from its day", 12, []Version{inForce}, []Review{{On: cadence.On(2026, 3, 20), State: ReviewCounts}}, cadence.On(2026, 4, 1), cadence.On(2027, 3, 20), ReviewLater},
		{"one that waits does not", 12, []Version{inForce}, []Review{{On: cadence.On(2026, 3, 20), State: ReviewWaits}}, cadence.On(2026, 4, 1), cadence.On(2026, 3, 31), ReviewOverdue},
		{"the end of a short month", 11, []Version{inForce}, nil, cadence.On(2026, 3, 1), cadence.On(2026, 2, 28), ReviewOverdue},
	} {
		t.Run(tt.name, func(t *testing.T) {
			due, stand, _ := ReviewDue(Policy{ReviewEvery: tt.every}, tt.versions, tt.reviews, tt.today, time.UTC)
			if due != tt.due || stand != tt.want {
				t.Errorf("due %s, %q; want %s, %q", due, stand, tt.due, tt.want)
			}
		})
	}
}

func TestTheNextVersion(t *testing.T) {
	at := func(major, minor int) Version {
		return Version{Major: major, Minor: minor, PublishedAt: time.Unix(1, 0)}
	}
	for _, tt := range []struct {
		have     []Version
		material bool
		want     string
	}{
		{nil, false, "1.0"},
		{nil, true, "1.0"},
		{[]Version{at(1, 0)}, false, "1.1"},
		{[]Version{at(1, 0), at(1, 9)}, false, "1.10"},
		{[]Version{at(1, 9), at(2, 0), at(1, 0)}, true, "3.0"},
		{[]Version{at(1, 0), {Major: 2, State: Draft}}, true, "2.0"},
	} {
		major, minor := next(tt.have, tt.material)
		if got := (Version{Major: major, Minor: minor}).Number(); got != tt.want {
			t.Errorf("after %v, material %t: %s, want %s", tt.have, tt.material, got, tt.want)
		}
	}
}

func TestFill(t *testing.T) {
	text, unfilled := Fill("{{company}} and {{ company }}, {{gap}}, {{gap}}, {{not a name}}", map[string]string{"company": " Example Ltd ", "gap": " "})
	if text != "Example Ltd and Example Ltd, {{gap}}, {{gap}}, {{not a name}}" || len(unfilled) != 1 || unfilled[0] != "gap" {
		t.Errorf("%q lacks %q", text, unfilled)
	}
}

func TestTheShippedTemplates(t *testing.T) {
	known := map[string]bool{}
	for _, v := range variables() {
		known[v.ID] = true
	}
	governed := map[string]string{}
	for _, x := range Templates() {
		for _, name := range VariablesOf(x.Body) {
			if !known[name] {
				t.Errorf("%s uses {{%s}}, which nobody is told of", x.Slug, name)
			}
		}
		for _, u := range x.Undertakings {
			if !strings.Contains(x.Body, u.Sentence) {
				t.Errorf("%s: the text does not have %q", x.Slug, u.Sentence)
			}
		}
		for _, topic := range x.Governs {
			if governed[topic] != "" {
				t.Errorf("%s and %s govern %s", x.Slug, governed[topic], topic)
			}
			governed[topic] = x.Slug
		}
		if roleLabel(x.OwnerRole) == x.OwnerRole || roleLabel(x.ApproverRole) == x.ApproverRole || len(x.Audience) != 1 || x.ReviewEvery == 0 || x.About == "" || strings.HasPrefix(x.Body, "# ") {
			t.Errorf("%s is %+v", x.Slug, x.Document)
		}
	}
	if len(governed) != len(topics()) {
		t.Errorf("%d topics are governed, of %d", len(governed), len(topics()))
	}
}

// crowd is fifty thousand people in an audience of policies.
func crowd(n, policies int) ([]Bound, map[string]string, *people.Roster) {
	var f people.Facts
	held := map[string]string{}
	var bound []Bound
	for i := range policies {
		bound = append(bound, Bound{Policy: fmt.Sprint(i), Title: fmt.Sprint("Policy ", i), Major: 1, num: i + 1, Audience: []string{[]string{"all-personnel", "engineering", "executives"}[i%3]}})
	}
	functions := []string{"engineering", "sales", "executive", "support"}
	for i := range n {
		p := people.Person{ID: fmt.Sprintf("p%06d", i), Name: fmt.Sprint("Person ", i), Kind: people.Employee, Function: functions[i%4], StartOn: "2020-01-01"}
		f.People = append(f.People, p)
		var ms marks
		for k := range policies {
			ms = append(ms, mark{num: k + 1, acked: 1, at: at.UnixMicro()})
		}
		held[p.ID] = ms.String()
	}
	return bound, held, people.NewRoster(f)
}

func BenchmarkStand(b *testing.B) {
	bound, held, r := crowd(50_000, 28)
	for b.Loop() {
		if got := Stand(bound, held, r, may); len(got) != 50_000 {
			b.Fatalf("%d standings", len(got))
		}
	}
}

func TestASentenceIsCitedAsReadersSeeIt(t *testing.T) {
	v := Version{Body: "Events go to {{security_contact}} within 24 hours.\nLogs are kept for 12 months.", Text: "Events go to security@one.test within 24 hours.\nLogs are kept for 12 months."}
	for sentence, want := range map[string]string{
		"Events go to {{security_contact}} within 24 hours.": "Events go to security@one.test within 24 hours.",
		"Logs are kept for 12 months.":                       "Logs are kept for 12 months.",
		"Tell {{company}} at once.":                          "Tell {{company}} at once.", // stands nowhere in the text
	} {
		if got := v.Cited(Undertaking{Sentence: sentence}); got != want {
			t.Errorf("%q is cited as %q, want %q", sentence, got, want)
		}
	}
}
