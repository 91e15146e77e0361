package result

import (
	"cmp"
	"slices"
	"strings"
)

// The rules by which reports become intervals, pure and in microseconds.
//
// A report speaks from its moment until it lapses, or until one comes that says
// otherwise. What the reports of a series say together does not depend on the order
// they arrive in. For that the last of them are kept; of older ones only the
// intervals are. A report that comes so late that its neighbours are no longer known
// one by one is placed where that can be done without them, and refused where not.

// keepReports is how many reports of a series are kept.
const keepReports = 32

// claim is one report of one series.
type claim struct {
	at, until int64
	state     State
	reason    string
}

// piece is an interval as it is stored.
type piece struct {
	from, to int64
	last     int64 // moment of the last report that says so
	state    State
	reason   string
	filed    int64
}

// change is a stretch of which something else is known than before.
type change struct {
	from, to int64
	state    State // Stale: nothing is known of it any more
	reason   string
}

// series is one test of one subject. Its pieces are by time and do not overlap; of
// a series that was read in part they are those that the reports at hand touch.
type series struct {
	sealed int64   // all reports from here on are in recent
	recent []claim // by time, no two at the same moment
	pieces []piece
}

// take adds reports by time, filed now, and says what changed. A report that cannot
// be placed comes back as its index, with the series as it was; otherwise -1.
func (s *series) take(claims []claim, now int64) ([]change, int) {
	next := series{sealed: s.sealed, recent: slices.Clone(s.recent)}
	old := until(s.pieces, s.sealed)
	for i, c := range claims {
		ok := true
		switch {
		case c.at < s.sealed:
			old, ok = next.place(old, c)
		case c.at == s.sealed && s.sealed != 0 && c.state != next.recent[0].state:
			ok = stronger(next.recent[0], c) != c // what the one before said on would be needed
		default:
			next.remember(c)
		}
		if !ok {
			return nil, i
		}
	}
	var changes []change
	next.pieces, changes = date(append(old, spoken(next.recent)...), s.pieces, now)
	next.trim()
	*s = next
	return changes, -1
}

// stronger is the one of two reports of the same moment that holds: the worse.
func stronger(a, b claim) claim {
	worse := []State{NotApplicable, Pass, CouldNotTell, Fail}
	order := cmp.Or(
		cmp.Compare(slices.Index(worse, a.state), slices.Index(worse, b.state)),
		cmp.Compare(a.until, b.until), strings.Compare(a.reason, b.reason))
	if order < 0 {
		return b
	}
	return a
}

// remember adds a report to the recent ones.
func (s *series) remember(c claim) {
	i, found := slices.BinarySearchFunc(s.recent, c, func(a, b claim) int { return cmp.Compare(a.at, b.at) })
	if found {
		s.recent[i] = stronger(s.recent[i], c)
		return
	}
	s.recent = slices.Insert(s.recent, i, c)
}

// trim forgets the oldest reports. What they said before the first that is left
// stays in the pieces; what they say beyond it, that one says from now on.
func (s *series) trim() {
	for len(s.recent) > keepReports {
		gone := s.recent[0]
		s.recent = s.recent[1:]
		first := &s.recent[0]
		if gone.state == first.state && gone.until > first.at {
			first.until = max(first.until, gone.until)
		}
		s.sealed = first.at
	}
}

// spoken turns reports into the stretches they speak of.
func spoken(claims []claim) []piece {
	var out []piece
	for _, c := range claims {
		p := piece{from: c.at, to: c.until, last: c.at, state: c.state, reason: c.reason}
		if n := len(out); n > 0 && out[n-1].to >= c.at {
			prev := &out[n-1]
			if prev.state == c.state {
				prev.to, prev.last, prev.reason = max(prev.to, c.until), c.at, c.reason
				continue
			}
			prev.to = c.at
		}
		out = append(out, p)
	}
	return out
}

// until cuts pieces off at a moment.
func until(list []piece, at int64) []piece {
	var out []piece
	for _, p := range list {
		if p.from < at {
			p.to = min(p.to, at)
			out = append(out, p)
		}
	}
	return out
}

// place enters a report that is older than the recent ones into the pieces before
// them. It fails where the report contradicts a state that is known from before and
// after it: when that state was first found again is no longer known.
func (s *series) place(old []piece, c claim) ([]piece, bool) {
	first := s.recent[0]
	var cut piece // the last of a run of another state that the report ends
	for _, p := range old {
		within := p.from <= c.at && c.at < p.to && p.state != c.state
		if !within && (cut.to == 0 || p.from != cut.to || p.state != cut.state) {
			continue
		}
		if c.at <= p.last || p.to == first.at && p.state == first.state {
			return nil, false
		}
		cut = p
	}
	ends := s.sealed // where something else was reported next, or the recent reports begin
	if i := slices.IndexFunc(old, func(p piece) bool { return p.from > c.at && p.from >= cut.to && p.state != c.state }); i >= 0 {
		ends = old[i].from
	} else if first.state == c.state && c.until > first.at {
		s.recent[0].until = max(first.until, c.until)
	}
	said := piece{from: c.at, to: min(c.until, ends), last: c.at, state: c.state, reason: c.reason}
	var out []piece
	for _, p := range old {
		switch {
		case p.state != c.state && p.to > c.at && p.from < cut.to: // gives way from here on
			if p.to = c.at; p.from < p.to {
				out = append(out, p)
			}
		case p.state != c.state || p.to < said.from || p.from > said.to:
			out = append(out, p)
		default:
			if p.last > said.last {
				said.last, said.reason = p.last, p.reason
			}
			said.from, said.to = min(said.from, p.from), max(said.to, p.to)
		}
	}
	out = append(out, said)
	slices.SortFunc(out, func(a, b piece) int { return cmp.Compare(a.from, b.from) })
	return out, true
}

// date says since when each stretch is known: what was known stays as it was, and
// the rest is known from now on. A report that comes before the last one has lapsed
// goes on with its interval; one that comes later begins another, so that it can
// still be told what was known at any moment.
func date(want, have []piece, now int64) ([]piece, []change) {
	var out []piece
	var changes []change
	fresh := func(w piece, from, to int64) {
		other := slices.ContainsFunc(have, func(h piece) bool { return h.from < to && from < h.to }) // a sender whose clock is ahead said so
		if n := len(out); n > 0 && out[n-1].to == from && out[n-1].state == w.state && now <= from && !other &&
			(len(changes) == 0 || changes[len(changes)-1].to != from) {
			out = join(out, piece{from, to, w.last, w.state, w.reason, out[n-1].filed})
			return
		}
		out = join(out, piece{from, to, w.last, w.state, w.reason, now})
		changes = note(changes, change{from, to, w.state, w.reason})
	}
	for _, w := range want {
		at := w.from
		for _, h := range have {
			if h.to <= at || h.from >= w.to || h.state != w.state {
				continue
			}
			if h.from > at {
				fresh(w, at, h.from)
			}
			from, to := max(at, h.from), min(w.to, h.to)
			out = join(out, piece{from, to, w.last, w.state, w.reason, h.filed})
			at = to
		}
		if at < w.to {
			fresh(w, at, w.to)
		}
	}
	return out, append(changes, lost(want, have)...)
}

// join appends a piece, or lengthens the last one.
func join(out []piece, p piece) []piece {
	if n := len(out); n > 0 && out[n-1].to == p.from && out[n-1].state == p.state && out[n-1].filed == p.filed {
		last := &out[n-1]
		last.to, last.last, last.reason = p.to, max(last.last, p.last), p.reason
		return out
	}
	return append(out, p)
}

// note appends a change, or lengthens the last one.
func note(list []change, c change) []change {
	if n := len(list); n > 0 && list[n-1].to == c.from && list[n-1].state == c.state {
		list[n-1].to, list[n-1].reason = c.to, c.reason
		return list
	}
	return append(list, c)
}

// lost are the stretches of which something was known and nothing is any more.
func lost(want, have []piece) []change {
	var out []change
	for _, h := range have {
		at := h.from
		for _, w := range want {
			if w.to <= at || w.from >= h.to {
				continue
			}
			if w.from > at {
				out = note(out, change{from: at, to: w.from, state: Stale})
			}
			at = w.to
		}
		if at < h.to {
			out = note(out, change{from: at, to: h.to, state: Stale})
		}
	}
	return out
}
