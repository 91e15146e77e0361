package isms

import (
	"cmp"
	"slices"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// wanted is what an obligation takes as shown over some days.
type wanted struct {
	until  cadence.Date // first day on which it takes something else; none: it still does
	kind   string
	closes Closing
}

// wants lists what the obligation takes as shown, the oldest first. Of texts that
// hold from the same day the last one counts.
func (o Obligation) wants() []wanted {
	var out []wanted
	for i, t := range o.Texts {
		if i+1 < len(o.Texts) && o.Texts[i+1].From == t.From {
			continue
		}
		n := len(out)
		if n > 0 && out[n-1].kind == t.Kind && out[n-1].closes == t.Closes {
			continue
		}
		if n > 0 {
			out[n-1].until = t.From
		}
		out = append(out, wanted{kind: t.Kind, closes: t.Closes})
	}
	return out
}

// kinds are the kinds of evidence the obligation ever asked for.
func (o Obligation) kinds() []string {
	var out []string
	for _, t := range o.Texts {
		out = append(out, t.Kind)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// proofs returns what may close the periods that fall due under w, the oldest first:
// what w takes, what was taken before it while that held, and what persons said. The
// day of a change is a day of both. So a change neither undoes what was done before
// it, nor closes what was missed before it.
func (w wanted) proofs(before []wanted, t *Trail, acts []ObligationAct, zones cadence.Zones) []posture.Proof {
	out := t.proofs(w.kind, w.closes)
	if len(before) == 0 && len(acts) == 0 {
		return out
	}
	out = slices.Clone(out) // the trail's are shared
	has := map[posture.ID]bool{}
	for _, p := range out {
		has[p.ID] = true
	}
	for _, b := range before {
		ends := posture.MomentOf(zones.End(b.until))
		for _, p := range t.proofs(b.kind, b.closes) {
			if p.Captured < ends && !has[p.ID] {
				has[p.ID] = true
				out = append(out, p)
			}
		}
	}
	for _, a := range acts {
		out = append(out, posture.Proof{ID: idOf(a.ID), Captured: posture.MomentOf(zones.Start(a.On)), Period: a.Period, Accepts: posture.ByAll})
	}
	slices.SortStableFunc(out, func(x, y posture.Proof) int { return cmp.Compare(x.Captured, y.Captured) })
	return out
}

// saidRecords are the words of persons as records, by id of their proof.
func saidRecords(acts []ObligationAct, zones cadence.Zones) map[posture.ID]Record {
	if len(acts) == 0 {
		return nil
	}
	out := map[posture.ID]Record{}
	for _, a := range acts {
		on := a.At
		if a.Item != "" { // the evidence tells, whenever somebody pointed to it
			on = a.ItemFiled
		}
		out[idOf(a.ID)] = Record{ID: a.ID, Source: "act", Words: a.ItemTitle, Item: a.Item, At: zones.Start(a.On), On: a.On, FiledAt: on, filed: max(a.On, zones.DateOf(on))}
	}
	return out
}
