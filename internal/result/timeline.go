package result

import "time"

// Fill returns what is to be said of one test and subject from a moment up to
// another, with no holes after the first report: where nothing was heard in time,
// the state is stale. list is by time and does not overlap. Stretches of the same
// state that touch are one, known since the first of them. Before the first report
// nothing is said at all: a test that does not run yet is not stale.
func Fill(list []Interval, from, to time.Time) []Interval {
	var out []Interval
	add := func(i Interval) {
		if i.From.Before(from) {
			i.From = from
		}
		if i.To.After(to) {
			i.To = to
		}
		if !i.From.Before(i.To) {
			return
		}
		if n := len(out); n > 0 && out[n-1].State == i.State && out[n-1].To.Equal(i.From) {
			out[n-1].To, out[n-1].Reason = i.To, i.Reason
			return
		}
		out = append(out, i)
	}
	var heard time.Time // until when the reports so far may be relied on
	for n, i := range list {
		if n > 0 && heard.Before(i.From) {
			add(Interval{Test: i.Test, Subject: i.Subject, State: Stale, From: heard, To: i.From})
		}
		add(i)
		heard = i.To
	}
	if n := len(list); n > 0 {
		add(Interval{Test: list[n-1].Test, Subject: list[n-1].Subject, State: Stale, From: heard, To: to})
	}
	return out
}
