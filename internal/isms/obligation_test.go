package isms

import (
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
)

func day(t testing.TB, s string) cadence.Date {
	t.Helper()
	d, err := cadence.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// noon is the middle of a day in UTC.
func noon(t testing.TB, s string) time.Time {
	return day(t, s).Start(time.UTC).Add(12 * time.Hour)
}

func TestWhatShipsIsWhole(t *testing.T) {
	if n := len(ShippedObligations()); n != 39 {
		t.Errorf("%d obligations, want 39", n)
	}
	for _, o := range ShippedObligations() {
		if _, err := o.ObligationText.checked(); err != nil {
			t.Errorf("%s: %v", o.Code, err)
		}
		if (o.Basis == BasisStated) != (len(o.States) > 0 || o.Rule != "") {
			t.Errorf("%s is %s, and %d frameworks state it, and the rule %q", o.Code, o.Basis, len(o.States), o.Rule)
		}
		for id := range o.States {
			if _, ok := framework.Shipped().Find(id); !ok {
				t.Errorf("%s: no framework %q", o.Code, id)
			}
		}
		if s, ok := policy.Words().Subject(o.Subject); ok {
			usual, read := ReadInterval(s.Usual)
			if !read || usual != o.Frequency() {
				t.Errorf("%s is %s, and the policies that ship say %s of %s", o.Code, o.Every, s.Usual, o.Subject)
			}
		}
		for _, r := range o.Requirements {
			if !framework.Shipped().Has(r) {
				t.Errorf("%s: no requirement %s", o.Code, r)
			}
		}
	}
	if n := len(GateRows()); n != 37 {
		t.Errorf("%d rows of the gate, want 37", n)
	}
	for _, g := range GateRows() {
		for _, k := range g.Kinds {
			if _, ok := control.Shipped().Kind(k); !ok {
				t.Errorf("%s: no kind of evidence %q", g.ID, k)
			}
		}
		if g.Stage.Words() == "" {
			t.Errorf("%s: no stage %q", g.ID, g.Stage)
		}
	}
	for _, o := range ShippedObligations() {
		if _, ok := people.FindDutyRole(o.Role); !ok {
			t.Errorf("%s: no role %q", o.Code, o.Role)
		}
	}
}

// duty is an obligation adopted on a day.
func duty(t testing.TB, code, from, every string, grace int) Obligation {
	return Obligation{ID: "o", Code: code, Texts: []ObligationText{{Title: "T", Every: every, Basis: BasisOwn, Role: "security-officer", Kind: "badge-review-record", Grace: grace, Closes: ByItem, From: day(t, from)}}}
}

// story is the occurrences as "due state", one a word pair, for a table.
func story(list []Occurrence) string {
	var out []string
	for _, x := range list {
		s := x.Due.String() + " " + string(x.State)
		if x.Partly {
			s += "*"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestOccurrencesOfAnObligation(t *testing.T) {
	for _, tt := range []struct {
		name        string
		from, every string
		grace       int
		today       string
		done        []string // days on which something of the kind was captured
		until       string
		want        string
	}{
		{"adopted today it asks nothing of the past", "2026-11-26", "P3M", 14, "2026-11-26", nil, "2027-07-01",
			"2026-12-31 not_yet_due*, 2027-03-31 not_yet_due, 2027-06-30 not_yet_due, 2027-09-30 not_yet_due"},
		{"what is done in the rest of the period counts", "2026-11-26", "P3M", 14, "2026-12-20", []string{"2026-12-01"}, "2026-12-31", "2026-12-31 done*"},
		{"a month that ends early falls due on its last day, a leap day too", "2028-01-01", "P1M", 3, "2028-03-01", []string{"2028-01-31", "2028-02-29"}, "2028-03-31",
			"2028-01-31 done, 2028-02-29 done, 2028-03-31 not_yet_due"},
		{"the last day of grace is in time", "2026-01-01", "P3M", 14, "2026-04-14", []string{"2026-04-14"}, "2026-04-01", "2026-03-31 done, 2026-06-30 not_yet_due"},
		{"the day after is not", "2026-01-01", "P3M", 14, "2026-04-15", []string{"2026-04-15"}, "2026-04-01", "2026-03-31 missed, 2026-06-30 done"},
		{"within grace it is due and not missed", "2026-01-01", "P3M", 14, "2026-04-14", nil, "2026-03-31", "2026-03-31 due"},
		{"grace moves no due day", "2026-01-01", "P3M", 14, "2026-07-20", []string{"2026-04-10"}, "2026-09-30", "2026-03-31 done, 2026-06-30 missed, 2026-09-30 not_yet_due"},
		{"one thing done does not count twice", "2026-01-01", "P3M", 14, "2026-07-20", []string{"2026-03-30"}, "2026-06-30", "2026-03-31 done, 2026-06-30 missed"},
		{"it is due some days before", "2026-01-01", "P3M", 14, "2026-03-15", nil, "2026-03-31", "2026-03-31 due"},
		{"weeks run from Monday to Sunday", "2026-11-23", "P7D", 2, "2026-11-30", []string{"2026-11-29"}, "2026-12-06", "2026-11-29 done, 2026-12-06 not_yet_due"},
		{"a year", "2026-01-01", "P1Y", 30, "2027-01-30", nil, "2026-12-31", "2026-12-31 due"},
		{"a year whose grace is over", "2026-01-01", "P1Y", 30, "2027-01-31", nil, "2026-12-31", "2026-12-31 missed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := duty(t, "OBL-101", tt.from, tt.every, tt.grace)
			var records []Record
			for _, d := range tt.done {
				records = append(records, Record{Kind: "badge-review-record", ID: d, At: noon(t, d)})
			}
			b := Binding{Zones: cadence.In(time.UTC)}
			got := o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, tt.today)), b, NewTrail(records, b.Zones), nil, cadence.Days{From: o.Since(), To: day(t, tt.until)})
			if s := story(got); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

func TestAPersonsWordCountsForThePeriodItNames(t *testing.T) {
	o := duty(t, "OBL-101", "2026-01-01", "P3M", 14)
	o.Texts[0].Closes = ByPerson
	b := Binding{Zones: cadence.In(time.UTC)}
	first := cadence.Days{From: day(t, "2026-01-01"), To: day(t, "2026-03-31")}
	look := func(on string) string {
		acts := []ObligationAct{{ID: "a", Period: first, On: day(t, on)}}
		records := []Record{{Kind: "badge-review-record", ID: "r", At: noon(t, "2026-05-01")}} // a record alone closes nothing
		return story(o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-08-01")), b, NewTrail(records, b.Zones), acts, cadence.Days{From: o.Since(), To: day(t, "2026-06-30")}))
	}
	for on, want := range map[string]string{
		"2026-03-31": "2026-03-31 done, 2026-06-30 missed",
		"2026-04-14": "2026-03-31 done, 2026-06-30 missed",
		"2026-04-15": "2026-03-31 late, 2026-06-30 missed",
		"2026-07-31": "2026-03-31 late, 2026-06-30 missed",
	} {
		if got := look(on); got != want {
			t.Errorf("done on %s: got %s, want %s", on, got, want)
		}
	}
}

func TestWhatOnlyToucanRecordsCloses(t *testing.T) {
	o := duty(t, "OBL-101", "2026-01-01", "P3M", 0)
	o.Texts[0].Closes = ByOwn
	b := Binding{Zones: cadence.In(time.UTC)}
	for name, tt := range map[string]struct {
		r    Record
		want string
	}{
		"filed by a person":        {Record{}, "missed"},
		"made by Toucan":           {Record{Own: true}, "done"},
		"a register that is there": {Record{Own: true, Part: true}, "missed"},
	} {
		tt.r.Kind, tt.r.ID, tt.r.At = "badge-review-record", "r", noon(t, "2026-02-01")
		got := story(o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-04-02")), b, NewTrail([]Record{tt.r}, b.Zones), nil, cadence.Days{From: o.Since(), To: day(t, "2026-03-31")}))
		if got != "2026-03-31 "+tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestADayIsThatOfTheOrganisation(t *testing.T) {
	auckland, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	la, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	o := duty(t, "OBL-101", "2026-01-01", "P3M", 0)
	// the last evening of the quarter in Los Angeles is a morning of April in Auckland
	at := time.Date(2026, 4, 1, 5, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		zones cadence.Zones
		want  string
	}{
		"in Los Angeles it is March":  {cadence.In(la), "done"},
		"in Auckland it is April":     {cadence.In(auckland), "missed"},
		"moved there in the meantime": {cadence.Zones{{Location: la}, {Location: auckland, From: day(t, "2026-06-01")}}, "done"},
		"moved there before":          {cadence.Zones{{Location: la}, {Location: auckland, From: day(t, "2026-02-01")}}, "missed"},
	} {
		b := Binding{Zones: tt.zones}
		list := o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-05-01")), b, NewTrail([]Record{{Kind: "badge-review-record", ID: "r", At: at}}, b.Zones), nil, cadence.Days{From: o.Since(), To: day(t, "2026-03-31")})
		if got := story(list); got != "2026-03-31 "+tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestTheStrictestIntervalHoldsFromItsDayOn(t *testing.T) {
	o := duty(t, "OBL-16", "2026-01-10", "P1Y", 7)
	o.Texts[0].Subject = "user-access-review"
	followed := crosswalk.Followings{"cis-v8.1": {{At: noon(t, "2026-05-20"), On: true}, {At: noon(t, "2027-02-10"), On: false}}, "pci-dss-4.0.1": {{At: noon(t, "2025-01-01"), On: true}}}
	got := o.Intervals(Binding{Zones: cadence.In(time.UTC), Followed: followed})
	want := []struct{ from, every, because string }{
		{"2026-01-10", "semiannual", "PCI DSS"}, // followed since before: it binds from the day of adoption, not before
		{"2026-05-20", "quarterly", "CIS"},
		{"2027-02-10", "semiannual", "PCI DSS"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, w := range want {
		if got[i].From.String() != w.from || got[i].Every.String() != w.every || !strings.Contains(got[i].Because, w.because) {
			t.Errorf("got from %s %s because %q, want %+v", got[i].From, got[i].Every, got[i].Because, w)
		}
	}
	if d := strings.Join(got[1].Differences(), "\n"); !strings.Contains(d, "Annual was chosen") {
		t.Errorf("the choice that is overridden is not named: %q", d)
	}
	// and nothing is missed because a framework came
	b := Binding{Zones: cadence.In(time.UTC), Followed: followed}
	list := o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-06-20")), b, NewTrail(nil, b.Zones), nil, cadence.Days{From: o.Since(), To: day(t, "2026-09-30")})
	for _, x := range list {
		if x.State == DutyMissed {
			t.Errorf("missed by a framework that was followed in May: %s", story(list))
		}
	}
}

func TestWhatACertificateAsksIsNotStatedByTheStandard(t *testing.T) {
	b := Binding{Zones: cadence.In(time.UTC), Followed: crosswalk.Followings{"iso27001-2022": {{At: noon(t, "2025-01-01"), On: true}}}}
	for code, every := range map[string]cadence.Frequency{"OBL-37": cadence.Annual, "OBL-38": {N: 36, Unit: cadence.Month}} {
		shipped, _ := FindShipped(code)
		text := shipped.ObligationText
		text.From = day(t, "2026-01-10")
		o := Obligation{ID: "o", Code: code, Texts: []ObligationText{text}}
		v := o.Intervals(b)[0]
		if says := o.Binds(v, text.From); v.Every != every || !strings.Contains(v.Because, "ISO/IEC 17021-1") || !strings.Contains(says, "ISO/IEC 17021-1") || strings.Contains(v.Because+says, "27001") {
			t.Errorf("%s: %s, because %q; %q", code, v.Every, v.Because, says)
		}
	}
}

func TestAnObligationThatEndedAsksNoMore(t *testing.T) {
	o := duty(t, "OBL-101", "2026-01-01", "P3M", 0)
	end := o.Texts[0]
	end.Ended, end.From = true, day(t, "2026-05-10")
	o.Texts = append(o.Texts, end)
	b := Binding{Zones: cadence.In(time.UTC)}
	list := o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-12-01")), b, NewTrail(nil, b.Zones), nil, cadence.Days{From: o.Since(), To: day(t, "2027-12-31")})
	if got := story(list); got != "2026-03-31 missed" {
		t.Errorf("got %s; what fell due before stays, and nothing comes after", got)
	}
}

func TestWhichOccurrenceIsShown(t *testing.T) {
	type stood struct {
		due   cadence.Date
		state DutyState
	}
	x := func(due cadence.Date, s DutyState) stood { return stood{due, s} }
	for _, tt := range []struct {
		name string
		list []stood
		want cadence.Date
	}{
		{"what is due", []stood{x(1, DutyMissed), x(2, DutyDue), x(3, DutyAhead)}, 2},
		{"a miss that nothing followed", []stood{x(1, DutyDone), x(2, DutyMissed), x(3, DutyAhead)}, 2},
		{"a miss that was made up for is over", []stood{x(1, DutyMissed), x(2, DutyDone), x(3, DutyAhead)}, 3},
		{"the next", []stood{x(1, DutyDone), x(2, DutyAhead), x(3, DutyAhead)}, 2},
		{"the last, when nothing comes", []stood{x(1, DutyDone)}, 1},
	} {
		var sum dutySum
		for _, s := range tt.list {
			sum.add(posture.Occurrence{Due: s.due}, s.state, true)
		}
		if got, ok := sum.present(); !ok || got.Due != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got.Due, tt.want)
		}
	}
}
