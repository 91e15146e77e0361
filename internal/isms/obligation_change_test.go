package isms

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// changed is an obligation with another text from a day on.
func changed(t testing.TB, o Obligation, from string, change func(*ObligationText)) Obligation {
	next := o.Texts[len(o.Texts)-1]
	change(&next)
	next.From = day(t, from)
	o.Texts = append(append([]ObligationText(nil), o.Texts...), next)
	return o
}

// stands is the story of an obligation as a day sees it.
func stands(t testing.TB, o Obligation, today, until string, records []Record, acts ...ObligationAct) string {
	b := Binding{Zones: cadence.In(time.UTC)}
	return story(o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, today)), b, NewTrail(records, b.Zones), acts, cadence.Days{From: o.Since(), To: day(t, until)}))
}

func of(t testing.TB, kind string, days ...string) []Record {
	var out []Record
	for _, d := range days {
		out = append(out, Record{Kind: kind, ID: kind + d, At: noon(t, d), Own: true})
	}
	return out
}

func TestAChangeOfAnObligationLeavesWhatWasBefore(t *testing.T) {
	monthly := duty(t, "OBL-101", "2026-01-01", "P1M", 5)
	old, fresh := monthly.Texts[0].Kind, "vulnerability-scan"
	kind := func(x *ObligationText) { x.Kind = fresh }
	all := append(of(t, old, "2026-01-10", "2026-03-10"), of(t, fresh, "2026-02-10", "2026-05-10")...)
	before := "2026-01-31 done, 2026-02-28 missed, 2026-03-31 done"
	for _, tt := range []struct {
		name    string
		o       Obligation
		today   string
		until   string
		records []Record
		want    string
	}{
		{"before any change", monthly, "2026-04-20", "2026-03-31", all, before},
		{"another kind: what was done stays done, and what was missed stays missed", changed(t, monthly, "2026-04-20", kind), "2026-06-20", "2026-05-31", all, before + ", 2026-04-30 missed, 2026-05-31 done"},
		{"what was done of the old kind before the change counts for the period under way", changed(t, monthly, "2026-03-11", kind), "2026-03-20", "2026-03-31", all, before},
		{"on the day of the change too", changed(t, monthly, "2026-03-10", kind), "2026-03-20", "2026-03-31", all, before},
		{"and not after it", changed(t, monthly, "2026-03-09", kind), "2026-04-20", "2026-03-31", all, "2026-01-31 done, 2026-02-28 missed, 2026-03-31 missed"},
		{"the days of grace of a period are asked what it was asked", changed(t, monthly, "2026-05-01", kind), "2026-05-20", "2026-04-30", append(of(t, old, "2026-05-03"), of(t, fresh, "2026-05-02")...), "2026-01-31 missed, 2026-02-28 missed, 2026-03-31 missed, 2026-04-30 done"},
		{"and not what is asked since", changed(t, monthly, "2026-05-01", kind), "2026-05-20", "2026-04-30", of(t, fresh, "2026-05-02"), "2026-01-31 missed, 2026-02-28 missed, 2026-03-31 missed, 2026-04-30 missed"},
		{"a change that is planned says nothing yet", changed(t, monthly, "2026-05-01", kind), "2026-04-20", "2026-03-31", all, before},
		{"another way of showing it", changed(t, monthly, "2026-04-20", func(x *ObligationText) { x.Closes = ByPerson }), "2026-06-20", "2026-05-31", all, before + ", 2026-04-30 missed, 2026-05-31 missed"},
		{"more days of grace", changed(t, monthly, "2026-04-20", func(x *ObligationText) { x.Grace = 60 }), "2026-04-20", "2026-03-31", all, before},
		{"another rhythm", changed(t, monthly, "2026-04-20", func(x *ObligationText) { x.Every = "P7D" }), "2026-04-20", "2026-03-31", all, before},
		{"asked no more", changed(t, monthly, "2026-04-20", func(x *ObligationText) { x.Ended = true }), "2026-08-20", "2026-12-31", all, before},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := stands(t, tt.o, tt.today, tt.until, tt.records); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAnObligationThatIsAskedAgainMissesNothingMeanwhile(t *testing.T) {
	o := changed(t, duty(t, "OBL-101", "2026-01-01", "P3M", 0), "2026-05-10", func(x *ObligationText) { x.Ended = true })
	ended := stands(t, o, "2027-02-01", "2026-12-31", nil)
	o = changed(t, o, "2026-08-20", func(x *ObligationText) { x.Ended = false })
	if got, want := stands(t, o, "2027-02-01", "2026-12-31", nil), ended+", 2026-12-31 missed"; got != want {
		t.Errorf("got  %s\nwant %s: nothing was asked from May to August, and the rest of a quarter is no miss", got, want)
	}
	done := of(t, o.Texts[0].Kind, "2026-04-20", "2026-09-01")
	if got, want := stands(t, o, "2027-02-01", "2026-12-31", done), "2026-03-31 missed, 2026-05-09 done*, 2026-09-30 done*, 2026-12-31 missed"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatWasFiledLateIsSeen(t *testing.T) {
	o := duty(t, "OBL-101", "2026-01-01", "P3M", 14)
	first := cadence.Days{From: day(t, "2026-01-01"), To: day(t, "2026-03-31")}
	b := Binding{Zones: cadence.In(time.UTC)}
	for _, tt := range []struct {
		name     string
		on, said string
		words    string
		filed    string
	}{
		{"said on the day", "2026-03-20", "2026-03-20", "done", "2026-03-20"},
		{"said on the last day of grace", "2026-03-20", "2026-04-14", "done", "2026-04-14"},
		{"said a day later", "2026-03-20", "2026-04-15", "done, filed late", "2026-04-15"},
		{"done late", "2026-04-20", "2026-04-20", "late", "2026-04-20"},
	} {
		acts := []ObligationAct{{ID: "a", Period: first, On: day(t, tt.on), At: noon(t, tt.said)}}
		filed := []ObligationAct{{ID: "a", Period: first, On: day(t, tt.on), Item: "e", ItemFiled: noon(t, tt.said), At: noon(t, "2026-05-30")}}
		if x := o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-06-01")), b, NewTrail(nil, b.Zones), filed, first)[0]; x.Words() != tt.words || x.Filed.String() != tt.filed {
			t.Errorf("%s, of evidence that was on record then: %q, filed on %s; want %q, %s", tt.name, x.Words(), x.Filed, tt.words, tt.filed)
		}
		list := o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-06-01")), b, NewTrail(nil, b.Zones), acts, first)
		if x := list[0]; x.Words() != tt.words || x.Filed.String() != tt.filed {
			t.Errorf("%s: %q, filed on %s; want %q, %s", tt.name, x.Words(), x.Filed, tt.words, tt.filed)
		}
		records := []Record{{Kind: o.Texts[0].Kind, ID: "r", At: noon(t, tt.on), FiledAt: noon(t, tt.said)}}
		list = o.Occurrences(NewJudging(b.Zones, o.Since(), noon(t, "2026-06-01")), b, NewTrail(records, b.Zones), nil, first)
		if x := list[0]; x.State == DutyDone && (x.Words() != tt.words || x.Filed.String() != tt.filed) {
			t.Errorf("%s, by evidence: %q, filed on %s; want %q, %s", tt.name, x.Words(), x.Filed, tt.words, tt.filed)
		}
	}
}

func TestAnObligationEndsWithWhatWasPlanned(t *testing.T) {
	o := duty(t, "OBL-101", "2026-01-01", "P1M", 0)
	planned := changed(t, o, "2026-09-01", func(x *ObligationText) { x.Every = "P3M" })
	twice := changed(t, planned, "2026-09-01", func(x *ObligationText) { x.Title = "Another" })
	again := changed(t, changed(t, o, "2026-03-01", func(x *ObligationText) { x.Ended = true }), "2026-09-01", func(x *ObligationText) { x.Ended = false })
	for _, tt := range []struct {
		name  string
		o     Obligation
		today string
		want  []string
	}{
		{"from today on", o, "2026-06-10", []string{"2026-06-10"}},
		{"on its first day", o, "2026-01-01", []string{"2026-01-01"}},
		{"before it begins", o, "2025-12-01", []string{"2026-01-01"}},
		{"with a change to come", planned, "2026-06-10", []string{"2026-06-10", "2026-09-01"}},
		{"with two on one day", twice, "2026-06-10", []string{"2026-06-10", "2026-09-01"}},
		{"a return that was planned", again, "2026-06-10", []string{"2026-09-01"}},
	} {
		ended := tt.o
		var got []string
		for _, d := range tt.o.ends(day(t, tt.today)) {
			got = append(got, d.String())
			ended = changed(t, ended, d.String(), func(x *ObligationText) { x.Ended = true })
		}
		if len(got) != len(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			continue
		}
		for i := range got {
			if got[i] != tt.want[i] {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
	}
}
