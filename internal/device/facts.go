package device

import (
	"cmp"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// stands is for how long what does not depend on being heard of is told at a time, in
// microseconds; the job tells it again before it lapses.
const stands = int64(90 * 24 * time.Hour / time.Microsecond)

// staleAfter is Settings.StaleAfter in microseconds. No interval that can be chosen
// makes it longer than the seven days.
var staleAfter = Settings{Settings: wire.Usual()}.StaleAfter().Microseconds()

// facts are a device as the rules of this package need it; times are microseconds.
type facts struct {
	id, name, owner, reason string
	number                  int
	platform                wire.Platform
	ownerEnds               string // last day of the owner here, 2026-03-01; empty: none
	state                   State
	stateAt, createdAt      int64
	sources                 []*source
	waivers                 []waiver // those that are over too
	told                    [tests]told
	lapsesAt                int64  // when something has to be told again
	today                   string // 2026-03-01, where the organisation is
	now                     int64  // when they were read
}

type source struct {
	kind                        SourceKind
	connection, ref             string
	seen, filed, sent           int64 // sent: seconds, by the device's clock
	seq                         uint64
	hash                        wire.Hash
	batch                       string
	build                       uint32
	skew                        int64 // seconds
	gaps                        int64
	trouble                     Trouble
	words                       []word
	isNew, isTouched, isChanged bool // what of it has to be written: all, what every report brings, the rest too
}

type waiver struct {
	id, device, reason, account string
	check                       wire.Check
	untilOn                     cadence.Date
	until, at, ended            int64
}

// freshUntil is when a word of the source lapses.
func (s *source) freshUntil(w word) int64 {
	if w.until != 0 {
		return w.until
	}
	return s.seen + staleAfter
}

var rank = map[wire.Verdict]int{wire.CouldNotTell: 1, wire.NotApplicable: 2, wire.Pass: 3, wire.Fail: 4}

// combine is Combine at a moment, over what is stored.
func (f *facts) combine(c wire.Check, at int64) (best word, from *source) {
	for _, s := range f.sources {
		for _, w := range s.words {
			if w.Check != c || s.freshUntil(w) <= at {
				continue
			}
			w.Result = s.trouble.of(w.Result)
			if n := cmp.Compare(rank[w.Verdict], rank[best.Verdict]); n > 0 || n == 0 && from != nil && s.seen > from.seen {
				best, from = w, s
			}
		}
	}
	return best, from
}

// says is what holds of a test at a moment, and until when it does if nobody says
// anything else. Without a state there is nothing to be told of it yet.
func (f *facts) says(test int, at int64) told {
	switch {
	case f.state != InUse:
		return told{state: result.NotApplicable, reason: string(f.state), until: at + stands}
	case test == owned:
		return f.saysOwned(at)
	case test == reporting:
		return f.saysReporting(at)
	}
	c := wire.Checks()[test]
	w, from := f.combine(c, at)
	if from == nil {
		return told{state: result.Stale}
	}
	out := told{state: result.State(w.Verdict), reason: string(w.Reason), until: f.holds(c, w, at)}
	if x, ok := f.waived(c, at); ok && w.Verdict == wire.Fail {
		out.state, out.reason, out.until = result.NotApplicable, byWaiver, min(out.until, x.end())
	}
	return out
}

// holds is until when the word counts while nobody says anything more: a source that
// falls silent gives way to the others.
func (f *facts) holds(c wire.Check, w word, at int64) int64 {
	var ends []int64
	for _, s := range f.sources {
		for _, x := range s.words {
			if e := s.freshUntil(x); x.Check == c && e > at {
				ends = append(ends, e)
			}
		}
	}
	slices.Sort(ends)
	for _, e := range ends {
		if next, from := f.combine(c, e); from == nil || next.Result != w.Result {
			return e
		}
	}
	return at // not reached: after the last end nobody speaks
}

// holds reports whether the exception is in force at a moment.
func (w waiver) holds(at int64) bool {
	return w.at <= at && at < w.until && (w.ended == 0 || at < w.ended)
}

// end is when the exception counts no more.
func (w waiver) end() int64 {
	return min(w.until, cmp.Or(w.ended, w.until))
}

// waiversOver are the moments after one and before another at which exceptions ended.
func (f *facts) waiversOver(after, before int64) []int64 {
	var out []int64
	for _, w := range f.waivers {
		if end := w.end(); after < end && end < before {
			out = append(out, end)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (f *facts) waived(c wire.Check, at int64) (waiver, bool) {
	for _, w := range f.waivers {
		if w.check == c && w.holds(at) {
			return w, true
		}
	}
	return waiver{}, false
}

func (f *facts) saysOwned(at int64) told {
	switch {
	case f.owner == "":
		return told{state: result.Fail, reason: byNobody, until: at + stands}
	case f.ownerEnds != "" && f.ownerEnds < f.today:
		return told{state: result.Fail, reason: byLeaver, until: at + stands}
	}
	return told{state: result.Pass, until: at + stands}
}

// heardUntil is when the last source lapses that is no person; 0: none ever spoke.
func (f *facts) heardUntil() int64 {
	var last int64
	for _, s := range f.sources {
		if s.kind == Person { // somebody's word about a machine is no report of it
			continue
		}
		if s.seen != 0 {
			last = max(last, s.seen+staleAfter)
		}
		for _, w := range s.words {
			last = max(last, s.freshUntil(w))
		}
	}
	return last
}

func (f *facts) saysReporting(at int64) told {
	last := f.heardUntil()
	switch {
	case at < last:
		return told{state: result.Pass, until: last}
	case last == 0 && at < f.createdAt+staleAfter:
		return told{until: f.createdAt + staleAfter} // it has its time to begin
	}
	return told{state: result.Fail, reason: bySilence, until: at + stands}
}

// tell brings what results know in line with a moment and returns what has to be told.
// What goes on as it is is told again only where it would lapse within slack.
func (f *facts) tell(at, slack int64) []result.Report {
	var out []result.Report
	f.lapsesAt = 0
	for i := range tests {
		now, have := f.says(i, at), f.told[i]
		switch {
		case now.state == "":
		case now.state == result.Stale:
			if have.state != result.Stale && have.until > at { // nobody speaks of it any more, before its time
				out = append(out, result.Report{Test: testKeys[i], Subject: f.id, State: result.CouldNotTell, Reason: "no source speaks of it any more", At: db.Time(at), Until: db.Time(have.until)})
			}
			if have.state != result.Stale && have.state != "" {
				f.told[i] = told{state: result.Stale, since: min(have.until, at), at: have.at}
				if have.until > at {
					f.told[i].at = max(at, have.at)
				}
			}
		case have.state == now.state && have.reason == now.reason && have.until > at && (now.until <= have.until || have.until >= at+slack):
		default:
			now.since = at
			if have.state == now.state && have.until >= at {
				now.since = have.since
			}
			now.at = max(at, have.at)
			r := result.Report{Test: testKeys[i], Subject: f.id, State: now.state, Reason: f.words(i, now), At: db.Time(at), Until: db.Time(now.until)}
			out = append(out, r)
			if at <= have.at && have.at <= f.now && now.until > have.at+1 { // it is heard late: what was told meanwhile gives way
				now.at++
				r.At = db.Time(now.at)
				out = append(out, r)
			}
			f.told[i] = now
		}
		for _, t := range []int64{now.until, f.told[i].until} {
			if t > 0 && (f.lapsesAt == 0 || t < f.lapsesAt) {
				f.lapsesAt = t
			}
		}
	}
	return out
}

// catchUp tells what changed by itself up to now, at the moments it did, and what
// would lapse within slack.
func (f *facts) catchUp(now, slack int64) []result.Report {
	var out []result.Report
	for range 4 * tests {
		t := f.lapsesAt
		if t == 0 || t > now {
			break
		}
		out = append(out, f.tell(t, 0)...)
		if f.lapsesAt <= t {
			break
		}
	}
	return append(out, f.tell(now, slack)...)
}

// words are the reason as results have it.
func (f *facts) words(test int, t told) string {
	switch t.reason {
	case byWaiver:
		if w, ok := f.waived(wire.Checks()[test], t.since); ok {
			return "waived until " + w.untilOn.Words()
		}
		return "waived"
	case bySilence:
		if last := f.heardUntil(); last != 0 {
			return "not heard of since " + db.Time(last-staleAfter).Format("2 January 2006")
		}
		return "never heard of"
	case byNobody:
		return "belongs to nobody"
	case byLeaver:
		return "belongs to somebody who has left"
	case string(Lost):
		return "lost"
	case string(Retired):
		return "retired"
	}
	return reasonWords(wire.Reason(t.reason))
}
