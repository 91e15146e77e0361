package posture

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/result"
)

// The expected results in testdata/windows are derived by hand, day by day, in
// the prose beside them. Nothing writes them: a difference is a fault of the code,
// or of the prose.
func TestWindows(t *testing.T) {
	files, err := filepath.Glob("testdata/windows/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if prose, err := os.ReadFile(strings.TrimSuffix(file, ".json") + ".md"); err != nil || len(prose) < 200 {
			t.Errorf("%s has no prose that derives its result: %v", name, err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f fixture
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range f.Cases {
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				o, q := f.Operation.operation(t), c.Question.question(t)
				j := Ask(q)
				got := j.Of(&o)
				if shown := show(j, got); !reflect.DeepEqual(shown, c.Expect) {
					g, _ := json.MarshalIndent(shown, "", "  ")
					w, _ := json.MarshalIndent(c.Expect, "", "  ")
					t.Errorf("found\n%s\nderived by hand\n%s", g, w)
				}
				if s := j.State(&o); s != got.State {
					t.Errorf("the state alone is %s, with reasons %s", s, got.State)
				}
				if w := q.Warnings(); !reflect.DeepEqual(w, c.Warnings) {
					t.Errorf("warnings %q, want %q", w, c.Warnings)
				}
			})
		}
	}
}

type fixture struct {
	Operation facts  `json:"operation"`
	Cases     []kase `json:"cases"`
}

type kase struct {
	Name     string   `json:"name"`
	Question asked    `json:"question"`
	Warnings []string `json:"warnings"`
	Expect   shown    `json:"expect"`
}

type asked struct {
	Window  string     `json:"window"`
	At      string     `json:"at"`
	Zones   []zoneFrom `json:"zones"` // Europe/Berlin where none is given
	KnownAt string     `json:"known_at"`
	Accepts string     `json:"accepts"`
	Now     string     `json:"now"`
}

type zoneFrom struct{ From, Zone string }

type facts struct {
	Code, Kind, Since, Until string
	Rhythms                  []struct {
		From, Every       string
		Grace, LongestGap int
	}
	Proofs []struct {
		ID, Captured, Filed, Lapses, Out, Period, Accepts string
		Wrong, Unreviewed                                 bool
	}
	Checks []struct {
		Test      string
		Intervals []struct {
			Subject               int32
			State, Stretch, Filed string
		}
	}
	Samples []struct {
		Population, Window, At             string
		Size, Selected, Tested, Exceptions int
	}
}

// shown is an answer as the fixtures write it.
type shown struct {
	State       string   `json:"state"`
	Judged      string   `json:"judged"`
	Parts       []string `json:"parts"`       // "occurrences: exceptions"
	Occurrences []string `json:"occurrences"` // "2026-01-01 to 2026-03-31, due 2026-03-31: met by q1"
	Covered     []string `json:"covered"`     // from to, local time; To is not part of it
	Holes       []string `json:"holes"`
	Failures    []string `json:"failures"`
	LongGaps    []string `json:"long_gaps"`
	Samples     []string `json:"samples"`
	Current     []string `json:"current"`
	Why         []string `json:"why"`
}

func (c asked) question(t *testing.T) Question {
	t.Helper()
	q := Question{Window: days(t, c.Window), At: moment(t, c.At), KnownAt: moment(t, c.KnownAt), Now: moment(t, c.Now), Accepts: accepts(c.Accepts)}
	for _, z := range c.Zones {
		loc, err := time.LoadLocation(z.Zone)
		if err != nil {
			t.Fatal(err)
		}
		q.Zones = append(q.Zones, cadence.Zone{From: civil(t, z.From), Location: loc})
	}
	if len(c.Zones) == 0 {
		loc, _ := time.LoadLocation("Europe/Berlin")
		q.Zones = cadence.In(loc)
	}
	return q
}

func accepts(s string) Accepts {
	return map[string]Accepts{"": ByAll, "iso": ByISO, "others": ByOthers}[s]
}

// operation turns the facts of a fixture into what posture reads.
func (f facts) operation(t *testing.T) Operation {
	t.Helper()
	o := Operation{Control: "c", Code: f.Code, Kind: control.Kind(f.Kind), Since: civil(t, f.Since), Until: civil(t, f.Until)}
	for _, r := range f.Rhythms {
		every, ok := cadence.Parse(r.Every)
		if !ok {
			t.Fatalf("no frequency: %q", r.Every)
		}
		o.Rhythms = append(o.Rhythms, Rhythm{From: civil(t, r.From), Every: every, Grace: r.Grace, LongestGap: r.LongestGap})
	}
	for _, p := range f.Proofs {
		x := Proof{Captured: moment(t, p.Captured), Filed: moment(t, p.Filed), Lapses: moment(t, p.Lapses), Out: moment(t, p.Out), Wrong: p.Wrong,
			Period: days(t, p.Period), Accepts: accepts(p.Accepts), Reviewed: !p.Unreviewed}
		copy(x.ID[:], p.ID)
		if x.Filed == 0 {
			x.Filed = x.Captured
		}
		o.Proofs = append(o.Proofs, x)
	}
	for _, c := range f.Checks {
		check := Check{Test: c.Test}
		for _, i := range c.Intervals {
			from, to, _ := strings.Cut(i.Stretch, " to ")
			x := Span{i.Subject, result.State(i.State), moment(t, from), moment(t, to), moment(t, i.Filed)}
			if x.Filed == 0 {
				x.Filed = x.From
			}
			check.Intervals = append(check.Intervals, x)
		}
		o.Checks = append(o.Checks, check)
	}
	for _, s := range f.Samples {
		o.Samples = append(o.Samples, Sample{Population: s.Population, Window: days(t, s.Window), At: moment(t, s.At),
			Size: s.Size, Selected: s.Selected, Tested: s.Tested, Exceptions: s.Exceptions})
	}
	return o
}

// show writes an answer as the fixtures do. Nothing of it is left out.
func show(j *Judge, o Operated) shown {
	s := shown{State: string(o.State), Judged: o.Judged.String(), Why: o.Why}
	for _, p := range o.Parts {
		s.Parts = append(s.Parts, string(p.Aspect)+": "+string(p.State))
	}
	for _, x := range o.Occurrences {
		line := x.Period.String() + ", late from " + x.Late.String() + ": " + string(x.Outcome)
		if x.Partly {
			line = "partly " + line
		}
		if len(x.Proofs) > 0 {
			line += " by " + strings.Join(names(x.Proofs), " ")
		}
		s.Occurrences = append(s.Occurrences, line)
	}
	clock := func(x Stretch) string {
		at := func(m Moment) string {
			return m.Time().In(j.q.Zones.Of(j.dayOf(m))).Format("2006-01-02 15:04")
		}
		return at(x.From) + " to " + at(x.To)
	}
	for _, x := range o.Covered {
		s.Covered = append(s.Covered, clock(x))
	}
	for _, x := range o.Holes {
		s.Holes = append(s.Holes, clock(x.Stretch)+": "+string(x.Cause))
	}
	for _, x := range o.Failures {
		who, _ := json.Marshal(x.Subjects)
		s.Failures = append(s.Failures, x.Test+" "+string(who)+" "+clock(x.Stretch))
	}
	for _, x := range o.LongGaps {
		line := x.Days.String()
		if x.Open {
			line += ", open"
		}
		s.LongGaps = append(s.LongGaps, line)
	}
	for _, x := range o.Samples {
		line := x.Population
		if x.Covers {
			line += ", covers " + x.Window.String()
		}
		s.Samples = append(s.Samples, line)
	}
	s.Current = names(o.Current)
	return s
}

func names(ids []ID) []string {
	var out []string
	for _, id := range ids {
		out = append(out, string(bytes.TrimRight(id[:], "\x00")))
	}
	return out
}

func civil(t *testing.T, s string) cadence.Date {
	t.Helper()
	if s == "" {
		return 0
	}
	d, err := cadence.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// days reads "2026-01-01 to 2026-03-31".
func days(t *testing.T, s string) cadence.Days {
	t.Helper()
	from, to, _ := strings.Cut(s, " to ")
	return cadence.Days{From: civil(t, from), To: civil(t, to)}
}

// moment reads "2026-03-01 09:00", in Berlin, or a moment with its offset.
func moment(t *testing.T, s string) Moment {
	t.Helper()
	if s == "" {
		return 0
	}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	at, err := time.ParseInLocation("2006-01-02 15:04", s, berlin)
	if err != nil {
		at, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return MomentOf(at)
}

func TestOneSentenceIsThatOfTheWorstPart(t *testing.T) {
	o := Operated{State: Gap, Why: []string{"Done in time.", "1 stretch without data."},
		Parts: []Part{{Occurring, Effective, "Done in time."}, {Covering, Gap, "1 stretch without data."}}}
	if got := o.Foremost(); got != "1 stretch without data." {
		t.Errorf("the foremost reason of a gap is %q", got)
	}
	if got := (&Operated{Why: []string{"It is not judged."}}).Foremost(); got != "It is not judged." {
		t.Errorf("without parts it is %q", got)
	}
}
