package agent

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

const day = 24 * 60 * 60 // seconds

// due says whether a new report has to be made of what was found now, and why not if
// not. beat is whether a heartbeat is due.
//
// While earlier reports wait for a connection there is a new one for every change and
// one a day, so that a week away is told in few.
func (s State) due(results []wire.Result, rules wire.Hash, now time.Time, beat bool) bool {
	switch {
	case s.Newest == nil:
		return true
	case !slices.Equal(s.Newest.Results, results) || s.Newest.Rules != rules:
		return true
	case len(s.Queue) == 0:
		return beat
	}
	return s.Newest.ObservedAt/day != now.Unix()/day
}

// add makes the next report and puts it at the end of the queue. A full queue loses its
// oldest report; the numbers show that one is missing.
func (s *State) add(results []wire.Result, rules, detail wire.Hash, now time.Time) wire.Report {
	r := wire.Report{Seq: 1, ObservedAt: max(now.Unix(), 1), Rules: rules, Results: results, Detail: detail}
	if s.Newest != nil {
		r.Seq, r.Prev = s.Newest.Seq+1, s.Newest.Hash()
	}
	s.Newest = &r
	s.Queue = append(s.Queue, r)
	if over := len(s.Queue) - wire.MaxReports; over > 0 {
		s.Queue = slices.Delete(s.Queue, 0, over)
	}
	return r
}

// received drops what a receipt covers.
func (s *State) received(r wire.Receipt) {
	s.Queue = slices.DeleteFunc(s.Queue, func(q wire.Report) bool { return q.Seq <= r.Seq })
	s.Receipt, s.Settings = &r, r.Settings
	s.Refusal, s.Failure = "", ""
}
