package monitor

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
)

func boardOf(t testing.TB, r *people.Roster, said ...people.Standing) *Board {
	b := &Board{Day: day(t, "2026-11-25"), Zone: berlin(t), Roster: r, ReadAt: now, parts: [][]people.Standing{Judge(said, r, berlin(t), now)}}
	b.fill()
	b.next = b.changes(now)
	return b
}

func is(who string, c people.Check, s people.State) people.Standing {
	return people.Standing{Person: who, Check: c, State: s, Reason: "because", Since: now.Add(-24 * time.Hour)}
}

func TestOverall(t *testing.T) {
	for _, tt := range []struct {
		who  string
		said []people.Standing
		want Overall
	}{
		{"ada", nil, NoTasks},
		{"ada", []people.Standing{is("ada", people.HIPAACheck, people.NotAsked)}, NoTasks},
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Done), is("ada", people.HIPAACheck, people.NotAsked)}, Complete},
		{"bo", []people.Standing{is("bo", people.SecurityCheck, people.Missing)}, Complete}, // excluded
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Done), is("ada", people.PoliciesCheck, people.Due)}, Due},
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Unclear), is("ada", people.PoliciesCheck, people.Due)}, Unclear},
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Unclear), is("ada", people.PoliciesCheck, people.Missing)}, Overdue},
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Done), is("ada", people.LeavingCheck, people.Due)}, LeavingDue},
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Missing), is("ada", people.LeavingCheck, people.Due)}, Overdue},
		{"lou", []people.Standing{is("lou", people.SecurityCheck, people.Missing)}, Paused},
		{"lou", []people.Standing{is("lou", people.SecurityCheck, people.Done)}, Paused},
		{"gone", []people.Standing{is("gone", people.SecurityCheck, people.Missing)}, NoTasks},
		{"gone", []people.Standing{is("gone", people.LeavingCheck, people.Missing)}, LeavingOverdue},
		{"gone", []people.Standing{is("gone", people.LeavingCheck, people.Done)}, LeavingComplete},
		{"out", []people.Standing{is("out", people.SecurityCheck, people.Missing)}, NoTasks},
		// Two parts that speak of one check: the worse counts.
		{"ada", []people.Standing{is("ada", people.SecurityCheck, people.Done), is("ada", people.SecurityCheck, people.Missing)}, Overdue},
	} {
		r, ok := boardOf(t, staff(t), tt.said...).Find(tt.who)
		if !ok || r.Overall != tt.want {
			t.Errorf("%+v: %s, want %s", tt.said, r.Overall, tt.want)
		}
	}
}

func TestRowsAreNarrowed(t *testing.T) {
	b := boardOf(t, staff(t), is("ada", people.SecurityCheck, people.Done), is("bo", people.SecurityCheck, people.Missing), is("fay", people.SecurityCheck, people.Missing),
		is("lou", people.SecurityCheck, people.Missing), is("gone", people.LeavingCheck, people.Missing), is("ada", people.PoliciesCheck, people.Missing))
	for _, tt := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "[Ada Bo Bot Fay Gone Lou Out]"},
		{Filter{Status: Present}, "[Ada Bo Fay Gone Lou]"},
		{Filter{Status: people.OutOfScope}, "[Out]"},
		{Filter{Text: " ONE.test"}, "[Ada]"},
		{Filter{Function: "engineering"}, "[Ada]"},
		{Filter{Group: "contractor"}, "[Bo]"},
		{Filter{Check: people.SecurityCheck}, "[Ada Bo Lou]"},
		{Filter{Check: people.SecurityCheck, State: people.Excluded}, "[Bo]"},
		{Filter{Check: people.SecurityCheck, State: people.NotAsked, Status: Present}, "[Fay Gone]"},
		{Filter{Overall: Overdue}, "[Ada]"},
		{Filter{Check: "people.unknown"}, "[]"},
		{Filter{Skip: 1, Limit: 2}, "[Bo Bot]"},
	} {
		var names []string
		for _, r := range b.Rows(tt.f).Rows {
			names = append(names, r.Person.Name)
		}
		if got := fmt.Sprint(names); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.f, got, tt.want)
		}
	}
	p := b.Rows(Filter{Status: Present, Overall: Overdue, Limit: 1})
	if p.Total != 1 || p.Counts[Overdue] != 1 || p.Counts[Paused] != 1 || p.Counts[LeavingOverdue] != 1 {
		t.Errorf("counts %+v: they do not depend on the state chosen", p)
	}
	if got := fmt.Sprint(b.Checks()); got != "[people.policies people.training-security people.leaving]" {
		t.Errorf("asked are %s", got)
	}
	if !b.next.Equal(day(t, "2026-11-26").Start(berlin(t))) {
		t.Errorf("the board changes by itself at %s, want when the day turns", b.next)
	}
}

// round tells and remembers what was told, as the store does.
func round(b *Board, facts []Fact, have map[told]result.Told, at time.Time) []result.Report {
	reports, _ := tell(b, facts, have, at)
	for _, r := range reports {
		have[told{r.Test, r.Subject}] = result.Told{State: r.State, Reason: r.Reason, Last: r.At, Until: r.Until}
	}
	return reports
}

func TestOnlyWhatChangedIsTold(t *testing.T) {
	said := func(s people.State, since time.Time) *Board {
		return boardOf(t, staff(t), people.Standing{Person: "ada", Check: people.SecurityCheck, State: s, Reason: "because", Since: since}, is("ada", people.HIPAACheck, people.NotAsked))
	}
	have := map[told]result.Told{}
	lines := func(b *Board, at time.Time) []string {
		var out []string
		for _, r := range round(b, nil, have, at) {
			out = append(out, fmt.Sprintf("%s %s %s", r.Subject, r.State, r.At.Sub(now)))
		}
		return out
	}
	for _, tt := range []struct {
		after time.Duration
		state people.State
		since time.Duration
		want  string
	}{
		{0, people.Due, -10 * time.Hour, "[ada not_applicable -10h0m0s]"},        // since it was asked
		{5 * time.Minute, people.Due, -10 * time.Hour, "[]"},                     // nothing else is known
		{10 * time.Minute, people.Done, 7 * time.Minute, "[ada pass 7m0s]"},      // since it was done
		{15 * time.Minute, people.Missing, -time.Hour, "[ada fail 7m0.000001s]"}, // what was told is not taken back
		{20 * time.Minute, people.Done, 19 * time.Minute, "[ada pass 19m0s]"},
		{12 * time.Hour, people.Done, 19 * time.Minute, "[]"},
		{48 * time.Hour, people.Done, 19 * time.Minute, "[ada pass 19m0.000001s]"}, // it had lapsed: the server stood still
	} {
		if got := fmt.Sprint(lines(said(tt.state, now.Add(tt.since)), now.Add(tt.after))); got != tt.want {
			t.Errorf("after %s: told %s, want %s", tt.after, got, tt.want)
		}
	}
	// Somebody who is out of the programme is told of once more, and holds for long.
	last := round(boardOf(t, staff(t)), nil, have, now.Add(49*time.Hour))
	if len(last) != 1 || last[0].State != result.NotApplicable || last[0].Until.Sub(last[0].At) != goneHolds {
		t.Errorf("told %+v", last)
	}
	if again := round(boardOf(t, staff(t)), nil, have, now.Add(30*24*time.Hour)); len(again) != 0 {
		t.Errorf("told again %+v", again)
	}
}

// TestRenewalsAreSpread tells many people and looks at when each is told anew.
func TestRenewalsAreSpread(t *testing.T) {
	var f people.Facts
	var said []people.Standing
	for i := range 2000 {
		id := fmt.Sprintf("p%d", i)
		f.People = append(f.People, people.Person{ID: id, Name: id, Kind: people.Employee, StartOn: "2024-01-08"})
		said = append(said, people.Standing{Person: id, Check: people.SecurityCheck, State: people.Done, Since: now.AddDate(-2, 0, 0)})
	}
	b := boardOf(t, people.NewRoster(f), said...)
	have := map[told]result.Told{}
	first := round(b, nil, have, now)
	if len(first) != 2*2000 { // two years are told in two stretches
		t.Fatalf("%d reports for 2,000 people who were done two years ago", len(first))
	}
	var most, sum int
	for at := now.Add(TendEvery); at.Before(now.Add(7 * 24 * time.Hour)); at = at.Add(TendEvery) {
		n := len(round(b, nil, have, at))
		most, sum = max(most, n), sum+n
		for key, x := range have {
			if !x.Until.After(at) {
				t.Fatalf("%v lapsed", key)
			}
		}
	}
	if most > 80 || sum < 2000 {
		t.Errorf("up to %d in one round, %d in a week: they should be spread over the day", most, sum)
	}
	for _, r := range first {
		if r.Until.Sub(r.At) > result.MaxValidFor || r.Until.After(now.Add(2*holds)) {
			t.Fatalf("%+v holds for too long", r)
		}
	}
	if !slices.ContainsFunc(first, func(r result.Report) bool { return r.At.Equal(now.AddDate(-2, 0, 0)) }) {
		t.Error("nobody is told since they were done")
	}
}

func TestFactsAreToldToo(t *testing.T) {
	have := map[told]result.Told{}
	f := Fact{Test: result.PolicyApproved, Subject: "policy-1", State: people.Missing, Reason: "Nobody approved it.", Since: now.Add(-time.Hour)}
	got := round(boardOf(t, staff(t)), []Fact{f}, have, now)
	if len(got) != 1 || got[0].State != result.Fail || got[0].Reason != f.Reason || !got[0].At.Equal(f.Since) {
		t.Errorf("told %+v", got)
	}
	if again := round(boardOf(t, staff(t)), []Fact{f}, have, now.Add(time.Minute)); len(again) != 0 {
		t.Errorf("told again %+v", again)
	}
}
