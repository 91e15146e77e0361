package standing

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
)

// readChecks reads what tests found, by the id of the control they feed. A test
// that feeds several controls is kept once.
func (s *Store) readChecks(ctx context.Context, who access.Actor, now time.Time) (map[string][]posture.Check, error) {
	feeds, err := s.Results.Feeds(ctx, who, now)
	if err != nil || len(feeds) == 0 {
		return map[string][]posture.Check{}, err
	}
	fed := map[string][]posture.Span{}
	for _, f := range feeds {
		fed[f.Test] = nil
	}
	err = s.Results.Checks(ctx, who, func(r result.Row) error {
		if _, feeds := fed[r.Test]; feeds {
			fed[r.Test] = append(fed[r.Test], posture.Span{Subject: r.Subject, State: r.State, From: posture.Moment(r.From), To: posture.Moment(r.To), Filed: posture.Moment(r.Filed)})
		}
		return nil
	})
	out := map[string][]posture.Check{}
	for _, f := range joined(feeds) {
		if spans := during(fed[f.Test], posture.MomentOf(f.Since), posture.MomentOf(f.Until)); len(spans) > 0 {
			out[f.Control] = append(out[f.Control], posture.Check{Test: f.Test, Intervals: spans})
		}
	}
	return out, err
}

// joined makes one feed of those of a test and a control, which stand together: the
// library and the organisation may both have named it.
func joined(list []result.Feed) []result.Feed {
	var out []result.Feed
	for _, f := range list {
		n := len(out) - 1
		if n < 0 || out[n].Test != f.Test || out[n].Control != f.Control {
			out = append(out, f)
			continue
		}
		if out[n].Until.IsZero() || f.Until.IsZero() {
			out[n].Until = time.Time{}
		} else if f.Until.After(out[n].Until) {
			out[n].Until = f.Until
		}
	}
	return out
}

// during returns what a test found as far as it feeds a control. What it found
// before somebody said so counts, but was not known to count until then. Where
// nothing has to change, the list itself is returned.
func during(list []posture.Span, since, until posture.Moment) []posture.Span {
	as := func(x posture.Span) posture.Span {
		x.Filed = max(x.Filed, since)
		if until != 0 {
			x.To = min(x.To, until)
		}
		return x
	}
	for i, x := range list {
		if as(x) == x {
			continue
		}
		out := append([]posture.Span{}, list[:i]...)
		for _, x := range list[i:] {
			if x = as(x); x.From < x.To {
				out = append(out, x)
			}
		}
		return out
	}
	return list
}
