package osquery

import (
	"context"
	"maps"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// Counted is something that is counted by the day. The values are stored.
type Counted string

const (
	Taken      Counted = "taken"       // verdicts that were taken
	Refused    Counted = "refused"     // rows that are no verdict: thrown away unread
	StatusLogs Counted = "status_logs" // logs about osquery itself: thrown away unread
	Answers    Counted = "answers"     // answers to questions nobody asked (distributed/write): thrown away unread
	TurnedAway Counted = "turned_away" // enrolments with a secret in force that has no place left, or of a host that has a key of just now
)

// Day is what was counted on a day (UTC).
type Day struct {
	Day                                  cadence.Date
	Taken, Refused, StatusLogs, Answered int64
	TurnedAway                           int64 // enrolments
}

// tally is one counter in memory.
type tally struct {
	org  string
	day  cadence.Date
	what Counted
}

func (s *Store) count(org string, now time.Time, what Counted, n int64) {
	if n == 0 {
		return
	}
	s.countMu.Lock()
	s.counts[tally{org, cadence.DateOf(now, time.UTC), what}] += n
	s.totals[what] += n
	s.countMu.Unlock()
}

// Totals is what was counted on this node since it started, of all organisations.
func (s *Store) Totals() map[Counted]int64 {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	return maps.Clone(s.totals)
}

// takeCounts empties the counters.
func (s *Store) takeCounts() map[string]map[tally]int64 {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	out := map[string]map[tally]int64{}
	for t, n := range s.counts {
		if out[t.org] == nil {
			out[t.org] = map[tally]int64{}
		}
		out[t.org][t] = n
	}
	clear(s.counts)
	return out
}

// giveBack puts counters back that could not be written.
func (s *Store) giveBack(org string, counts map[tally]int64) {
	s.countMu.Lock()
	defer s.countMu.Unlock()
	for t, n := range counts {
		s.counts[t] += n
	}
}

func insertCounts(ctx context.Context, tx *db.Tx, org string, counts map[tally]int64) error {
	rows := db.Into(`device_osquery_count (org, day, what, n)`)
	for t, n := range counts {
		rows.Add(org, t.day, string(t.what), n)
	}
	return rows.InsertOr(ctx, tx, ` ON CONFLICT (org, day, what) DO UPDATE SET n = device_osquery_count.n + excluded.n`)
}

// Counts returns what was counted on the last 30 days on which anything was, the newest
// first. What was counted within the last FlushEvery may be missing.
func (s *Store) Counts(ctx context.Context, who access.Actor) ([]Day, error) {
	if err := who.May(access.ManageDevices); err != nil {
		return nil, err
	}
	var out []Day
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT day, what, n FROM device_osquery_count WHERE org = $1 ORDER BY day DESC, what LIMIT 150`, who.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var day cadence.Date
			var what Counted
			var n int64
			if err := rows.Scan(&day, &what, &n); err != nil {
				return err
			}
			if len(out) == 0 || out[len(out)-1].Day != day {
				out = append(out, Day{Day: day})
			}
			d := &out[len(out)-1]
			switch what {
			case Taken:
				d.Taken = n
			case Refused:
				d.Refused = n
			case StatusLogs:
				d.StatusLogs = n
			case Answers:
				d.Answered = n
			case TurnedAway:
				d.TurnedAway = n
			}
		}
		return rows.Err()
	})
	return out[:min(len(out), 30)], err
}
