package isms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
)

// Concern is something an auditor from outside raised.
type Concern struct {
	Code     string
	On       cadence.Date // when it was found
	Answered cadence.Date // when it was closed, or what was done about it was found to work; none: it is open
}

// WindowDuty is an obligation that fell due in a window.
type WindowDuty struct {
	Code  string
	Met   bool         // at least once
	By    cadence.Date // not met so far: when it falls due next in the window; none: every time is over
	Early bool         // something that falls due in the window was done before it began
}

// concerns is the line that looks at what an earlier visit raised. That nothing was
// raised is told from that nobody entered it: by the report of the visit.
func (l GateLine) concerns(audit Engagement, t *Trail, past GatePast, today cadence.Date) GateLine {
	visit, on := past.Visit, audit.Judged()
	if visit.Kind == "" {
		if past.Before.Kind != "" && past.Before.To >= today {
			l.State, l.ReadyOn = GatePlanned, past.Before.To
			l.Why = fmt.Sprintf("%s is on %s. What it finds has to be answered before this audit.", past.Before.Name(), past.Before.From.Words())
			return l
		}
		l.State, l.ReadyOn, l.Why = GateMissing, today, "No earlier visit is entered as held, so that nothing tells what it found. Enter it in the plan of audits."
		if past.Before.Kind != "" {
			l.Why = fmt.Sprintf("%s on %s is over and not entered as held, so that nothing tells what it found. Say in the plan of audits whether it was.", past.Before.Name(), past.Before.From.Words())
		}
		return l
	}
	of := visit.Name() + " on " + visit.From.Words()
	var open []string
	var answered []cadence.Date
	for _, c := range past.Concerns {
		done := c.Answered.Known() && c.Answered <= on
		switch {
		case c.On > on, c.On < visit.From && done: // of an earlier visit, it says nothing of this one
		case done:
			answered = append(answered, c.Answered)
		default:
			open = append(open, c.Code)
		}
	}
	slices.Sort(answered)
	l.Count = len(answered)
	switch {
	case len(open) > 0:
		l.State, l.ReadyOn = GateFew, today+cadence.Date(l.MinDays)
		l.Why = fmt.Sprintf("%d of %d concerns are answered since %s.%s", len(answered), len(answered)+len(open), of, figureCodes(" Open: ", open))
	case len(answered) > 0:
		l.Age, l.State, l.ReadyOn = int(on-answered[0]), GateReady, answered[0]+cadence.Date(l.MinDays)
		l.Why = linesWord(len(answered), "concern is", "concerns are") + " answered since " + of + ", and none is open."
		if l.Age < l.MinDays {
			l.State = GateYoung
			l.Why += fmt.Sprintf(" The first was answered on %s; %s are wanted to show that it works, which is on %s.", answered[0].Words(), cycleDays(l.MinDays), l.ReadyOn.Words())
		}
	default:
		return l.unraised(t, visit, of, on, today)
	}
	return l
}

// visitReport is the evidence that says what a visit found.
const visitReport = "certification-report"

// unraised is the line when no concern of a visit is entered.
func (l GateLine) unraised(t *Trail, visit Engagement, of string, on, today cadence.Date) GateLine {
	for _, r := range t.Of(visitReport) {
		if r.On < visit.From || r.On > min(on, today) {
			continue
		}
		l.State, l.ReadyOn, l.Oldest, l.Age = GateReady, r.On, r, int(on-r.On)
		l.Why = fmt.Sprintf("No concern of %s is entered, and what was filed on %s speaks of it.", of, r.On.Words())
		return l
	}
	l.State, l.ReadyOn = GateMissing, today
	l.Why = fmt.Sprintf("Neither a concern of %s nor its report is here, so that nothing tells whether there was any. Enter each concern as a finding of an external audit, or file the report.", of)
	return l
}

// populations is the line that looks at the lists that were taken for a window. They
// count by the days they speak of: most are taken once the window is over.
func (l GateLine) populations(audit Engagement, t *Trail, today cadence.Date) GateLine {
	l.MinDays = 0
	window := audit.Days()
	var reach cadence.Date
	for _, r := range t.Of(l.Kinds...) {
		speaks := r.Speaks
		if !speaks.Known() {
			speaks = cadence.Days{From: r.On, To: r.On}
		}
		speaks.To = min(speaks.To, r.On) // a list knows nothing of the days after it was taken
		if in := speaks.Common(window); in.Known() && r.On <= today {
			if l.Count++; l.Count == 1 {
				l.Oldest = r
			}
			reach = max(reach, in.To)
		}
	}
	switch {
	case l.Count == 0:
		l.State, l.ReadyOn = GateMissing, max(today, audit.From)
		l.Why = fmt.Sprintf("None speaks of the window %s to %s. Fix the list of all instances of each control that is sampled: people, changes, incidents, vendors.", window.From.Words(), window.To.Words())
	case reach < window.To && today > window.To:
		l.State, l.ReadyOn = GateFew, today
		l.Why = fmt.Sprintf("%s of the window, and none beyond %s; it ended on %s.", linesWord(l.Count, "list speaks", "lists speak"), reach.Words(), window.To.Words())
	default:
		l.State, l.ReadyOn = GateReady, l.Oldest.On
		l.Why = fmt.Sprintf("%s of the window, up to %s. Look whether people, changes, incidents and vendors are all among them.", linesWord(l.Count, "list speaks", "lists speak"), reach.Words())
		if reach < window.To {
			l.State = GatePlanned
		}
	}
	return l
}

// duties adds what fell due again and again in the window to a line.
func (l GateLine) duties(audit Engagement, list []WindowDuty, today cadence.Date) GateLine {
	var missed, open, again []string
	for _, d := range list {
		switch {
		case d.Met:
		case d.By.Known():
			open = append(open, d.Code)
		case d.Early && today <= audit.Days().To:
			again = append(again, d.Code)
		default:
			missed = append(missed, d.Code)
		}
	}
	if len(list) > 0 {
		l.Why += fmt.Sprintf(" Of %s for SOC 2 that fall due in the window, %d were met in it.", linesWord(len(list), "obligation", "obligations"), len(list)-len(missed)-len(open)-len(again))
	}
	l.Why += figureCodes(" Not met once: ", missed) + figureCodes(" Done before it, and to be done once more in it: ", again) + figureCodes(" Still to be met: ", open)
	if len(missed)+len(again) > 0 && l.State == GateReady {
		l.State, l.ReadyOn = GateFew, max(today, audit.From)
	}
	return l
}

// past gathers what the gate of an audit looks at beside the trail.
func (c *cycle) past(e Engagement, planned []cadence.Date, concerns []Concern) GatePast {
	p := GatePast{Planned: planned, Concerns: concerns}
	visits := []EngagementKind{StageTwo, Surveillance, Recertification}
	if e.Kind == StageTwo {
		visits = []EngagementKind{StageOne}
	}
	for _, x := range c.Engagements { // by first day
		if x.ID == e.ID {
			continue
		}
		switch {
		case x.Kind == StageTwo && x.State != Cancelled && x.From > e.From && p.Next.Kind == "":
			p.Next = x
		case !slices.Contains(visits, x.Kind) || x.From >= e.From:
		case x.State == Held:
			p.Visit = x
		case x.State != Cancelled:
			p.Before = x
		}
	}
	if e.Kind == Surveillance && p.Visit.Kind != "" {
		p.Since = p.Visit.To + 1
	}
	if e.Kind == TypeTwo {
		p.Duties = c.windowDuties(e.Days())
	}
	return p
}

// windowDuties lists the obligations for SOC 2 that fall due in a window.
func (c *cycle) windowDuties(window cadence.Days) []WindowDuty {
	j := NewJudging(c.Binding.Zones, window.From-400, c.Now)
	var out []WindowDuty
	asked := func(t ObligationText) bool {
		return slices.ContainsFunc(t.Requirements, func(r framework.Ref) bool { return strings.HasPrefix(r.Framework, "soc2-") })
	}
	for _, o := range c.Obligations {
		if !slices.ContainsFunc(o.Texts, asked) {
			continue
		}
		d, due := WindowDuty{Code: o.Code}, false
		for _, x := range o.Occurrences(j, c.Binding, c.Trail, c.Acts[o.ID], cadence.Days{From: max(o.Since(), window.From-400), To: window.To}) {
			if !window.Has(x.Due) || !asked(o.On(x.Due)) {
				continue
			}
			due = true
			switch x.State {
			case DutyDone, DutyLate:
				in := slices.ContainsFunc(x.Shown, func(r Record) bool { return window.Has(r.On) })
				d.Met, d.Early = d.Met || in, d.Early || !in
			case DutyDue, DutyAhead:
				if !d.By.Known() {
					d.By = x.Due
				}
			}
		}
		if due {
			out = append(out, d)
		}
	}
	return out
}

// readConcerns reads what auditors from outside raised. What could only be better
// needs no answer.
func readConcerns(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]Concern, error) {
	list, err := finding.ReadOf(ctx, tx, org, finding.Source{Kind: finding.FromExternal}, now)
	var out []Concern
	for _, f := range list {
		if f.Kind == finding.Opportunity {
			continue
		}
		out = append(out, concernOf(f))
	}
	slices.SortFunc(out, func(a, b Concern) int { return strings.Compare(a.Code, b.Code) })
	return out, err
}

// concernOf is a finding as the gate sees it.
func concernOf(f finding.Finding) Concern {
	c := Concern{Code: f.Code(), On: f.FoundOn}
	switch {
	case f.Verdict() == "yes":
		c.Answered = f.CheckedOn
	case f.Closed():
		c.Answered = f.ClosedOn
	}
	return c
}
