package isms

import (
	"cmp"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// Record is one thing that shows that the management system ran: an item of
// evidence, or something Toucan keeps itself that stands for evidence of a kind.
type Record struct {
	Kind    string // of the vocabulary of evidence
	Source  string // where it stands: "evidence", "policy", "review", ...
	ID      string // within the source
	Words   string // what it is called
	Item    string // id of the evidence, where there is one
	At      time.Time
	On      cadence.Date // the day of At, in the organisation's zone
	FiledAt time.Time    // when it came on record here, where somebody else named At
	Speaks  cadence.Days // the stretch it speaks of, or none
	Own     bool         // Toucan made it itself
	Part    bool         // it shows a part of something, or that a register exists: it closes no obligation
	Whole   bool         // the case it speaks of went all the way
	Lapses  cadence.Date // first day on which it may not be relied on; none: it never lapses

	filed cadence.Date // the later one of the days of At and FiledAt
}

// Current reports whether the record may be relied on on a day.
func (r Record) Current(on cadence.Date) bool {
	return r.On <= on && (!r.Lapses.Known() || on < r.Lapses)
}

// Trail is all that shows that the management system ran, by kind of evidence, the
// oldest first.
type Trail struct {
	kinds map[string][]Record
	byID  map[posture.ID]Record
	known map[proven][]posture.Proof // worked out once; a trail belongs to one question and is asked by one goroutine
}

// proven is what proofs are asked for.
type proven struct {
	kind   string
	closes Closing
}

// NewTrail sorts records into a trail. The days of records are worked out from
// their moments.
func NewTrail(list []Record, zones cadence.Zones) *Trail {
	t := &Trail{kinds: map[string][]Record{}, byID: map[posture.ID]Record{}, known: map[proven][]posture.Proof{}}
	for _, r := range list {
		if !r.On.Known() {
			r.On = zones.DateOf(r.At)
		}
		r.filed = max(r.On, zones.DateOf(r.FiledAt))
		t.kinds[r.Kind] = append(t.kinds[r.Kind], r)
	}
	for _, l := range t.kinds {
		slices.SortStableFunc(l, func(a, b Record) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	}
	return t
}

// seenBy is what somebody must be allowed to read the title of a record, by where
// it stands. That it is there, and since when, is told to everybody who sees the
// management system.
var seenBy = map[string]access.Action{"evidence": access.ViewEvidence, "risk": access.ViewRisks, "finding": access.ViewFindings, "sample": access.ViewSamples, "joiner": access.ViewJoiners}

const hiddenTitle = "a record that is not for your role"

// hideFrom takes the titles away that an actor may not read, and where they lead.
func (c *cycle) hideFrom(who access.Actor) {
	if !who.Can(access.ViewEvidence) {
		for _, list := range c.Acts {
			for i := range list {
				list[i].ItemTitle = hiddenTitle
			}
		}
	}
	for _, l := range c.Trail.kinds {
		for i, r := range l {
			if need := seenBy[r.Source]; need != "" && !who.Can(need) {
				l[i].Words, l[i].Source, l[i].Item = hiddenTitle, "", ""
			}
		}
	}
}

// Of returns the records of some kinds, the oldest first.
func (t *Trail) Of(kinds ...string) []Record {
	if len(kinds) == 1 {
		return t.kinds[kinds[0]]
	}
	var out []Record
	for _, k := range kinds {
		out = append(out, t.kinds[k]...)
	}
	slices.SortStableFunc(out, func(a, b Record) int { return a.At.Compare(b.At) })
	return out
}

// proofs returns what closes an obligation by itself, the oldest first. It is shared
// and must not be changed.
func (t *Trail) proofs(kind string, closes Closing) []posture.Proof {
	key := proven{kind, closes}
	if list, ok := t.known[key]; ok {
		return list
	}
	var out []posture.Proof
	for _, r := range t.kinds[kind] {
		if !r.Part && (closes == ByItem || closes == ByOwn && r.Own) {
			id := idOf(r.ID)
			t.byID[id] = r
			out = append(out, posture.Proof{ID: id, Captured: posture.MomentOf(r.At), Accepts: posture.ByAll})
		}
	}
	t.known[key] = out
	return out
}
