package isms

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
)

// Binding is what intervals depend on beside the obligation itself, over all of
// time: the zones, which frameworks were followed when, and what policies said.
type Binding struct {
	Zones    cadence.Zones
	Followed crosswalk.Followings
	Policies *policy.Bindings
}

// IntervalClaim is one interval that somebody names for an obligation.
type IntervalClaim struct {
	Who   string // "CIS Controls v8.1", the title of a policy, or "Your choice"
	Every cadence.Frequency
	Says  string // the whole as a sentence
	rank  int    // of equal intervals the first gives the reason: rule, framework, policy, choice
}

const (
	byRule = iota
	byFramework
	byPolicy
	byChoice
)

// Interval is how often an obligation is asked from a day on: the strictest of
// what is claimed for it.
type Interval struct {
	From    cadence.Date
	Every   cadence.Frequency // none: not asked
	Grace   int
	Because string
	Claims  []IntervalClaim // the strictest first
}

// Differences says where the claims do not agree, in sentences: a policy that names
// another interval than the one that holds, or a choice that something stricter
// overrides.
func (v Interval) Differences() []string {
	var out []string
	for _, c := range v.Claims {
		if c.Every == v.Every {
			continue
		}
		switch c.rank {
		case byPolicy:
			out = append(out, fmt.Sprintf("%s says %s, and what holds here is %s. Make the two agree: one of them is wrong.", c.Who, c.Every, v.Every))
		case byChoice:
			out = append(out, fmt.Sprintf("%s was chosen, and %s holds because it is stricter: %s", cycleUpper(c.Every.String()), v.Every, v.Because))
		}
	}
	return out
}

func cycleUpper(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// Intervals works out how often an obligation is asked, the oldest first. An
// interval that a framework states binds while the framework is followed, and that
// of the governing policy while the policy is in force; the strictest holds.
// Nothing reaches back: what comes into force on a day asks nothing of the days before.
func (o Obligation) Intervals(b Binding) []Interval {
	shipped, _ := FindShipped(o.Code)
	gaps := map[string][]policy.Gap{}
	for _, t := range o.Texts {
		if t.Subject != "" && gaps[t.Subject] == nil {
			gaps[t.Subject] = b.Policies.About(t.Subject)
		}
	}
	var out []Interval
	for _, d := range o.turns(b, shipped, gaps) {
		t := o.On(d)
		next := Interval{From: d, Grace: t.Grace, Because: "It is asked no more."}
		if !t.Ended {
			next = t.interval(d, b, shipped, gaps[t.Subject])
		}
		if n := len(out); n > 0 && out[n-1].Every == next.Every && out[n-1].Grace == next.Grace && slices.Equal(out[n-1].Claims, next.Claims) {
			continue
		}
		out = append(out, next)
	}
	return out
}

// turns lists the days on which something may change.
func (o Obligation) turns(b Binding, shipped ShippedObligation, gaps map[string][]policy.Gap) []cadence.Date {
	days := []cadence.Date{o.Since()}
	for _, t := range o.Texts {
		days = append(days, t.From)
	}
	for id := range shipped.States {
		for _, c := range b.Followed[id] {
			days = append(days, b.Zones.DateOf(c.At))
		}
	}
	for _, list := range gaps {
		for _, g := range list {
			days = append(days, b.Zones.DateOf(g.From))
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	return slices.DeleteFunc(days, func(d cadence.Date) bool { return d < o.Since() })
}

// interval is what holds from a day on: what was so at its end.
func (t ObligationText) interval(d cadence.Date, b Binding, shipped ShippedObligation, gaps []policy.Gap) Interval {
	end := b.Zones.End(d).Add(-time.Microsecond)
	claims := []IntervalClaim{{Who: "Your choice", Every: t.Frequency(), rank: byChoice, Says: t.chosen()}}
	if shipped.Rule != "" {
		claims = append(claims, IntervalClaim{Who: shipped.Rule, Every: shipped.Frequency(), rank: byRule, Says: shipped.Rule + " states it of whoever holds a certificate."})
	}
	for id, every := range shipped.States {
		if b.Followed.At(id, end) {
			who := frameworkShort(id)
			claims = append(claims, IntervalClaim{Who: who, Every: every, rank: byFramework, Says: who + " states it."})
		}
	}
	var last policy.Gap
	for _, g := range gaps {
		if !g.From.After(end) {
			last = g
		}
	}
	if every, ok := ReadInterval(last.Every); ok && last.Days > 0 {
		claims = append(claims, IntervalClaim{Who: last.Title, Every: every, rank: byPolicy, Says: last.Says})
	}
	slices.SortFunc(claims, func(x, y IntervalClaim) int {
		return cmp.Or(cadence.Compare(x.Every, y.Every), cmp.Compare(x.rank, y.rank), cmp.Compare(x.Who, y.Who))
	})
	return Interval{From: d, Every: claims[0].Every, Grace: t.Grace, Because: claims[0].Says, Claims: claims}
}

// chosen says why the interval that was chosen is the one it is.
func (t ObligationText) chosen() string {
	switch t.Basis {
	case BasisStated:
		return "Chosen here; no framework you follow states it."
	case BasisCustomary:
		return "Chosen here, as audits expect it."
	}
	return "Chosen here."
}

func frameworkShort(id string) string {
	if f, ok := framework.Shipped().Find(id); ok {
		return f.Short
	}
	return id
}

// Binds says of the basis of an obligation what is true for this organisation: a
// stated interval binds only where a framework that states it is followed, or to
// whoever holds a certificate.
func (o Obligation) Binds(v Interval, on cadence.Date) string {
	t := o.On(on)
	if t.Basis != BasisStated {
		return cycleUpper(t.Basis.Words()) + "."
	}
	for _, c := range v.Claims {
		switch c.rank {
		case byRule:
			return "Stated by " + c.Who + ", the rules by which certificates are given. It binds whoever holds one; the standard itself names no interval."
		case byFramework:
			return "Stated by " + c.Who + ", which you follow."
		}
	}
	return "No framework you follow states it; audits expect it all the same."
}
