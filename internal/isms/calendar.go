package isms

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// CalendarKind is what an entry of the calendar speaks of. The values are in
// addresses and in the identity of entries, so they never change.
type CalendarKind string

const (
	CalendarAudit      CalendarKind = "audit"      // visits of auditors, decisions, reports
	CalendarWindow     CalendarKind = "window"     // observation windows and letters
	CalendarDeadline   CalendarKind = "deadline"   // what a certificate asks for by a day
	CalendarObligation CalendarKind = "obligation" // what falls due again and again
	CalendarReview     CalendarKind = "review"     // management reviews
	CalendarInternal   CalendarKind = "internal"   // internal audits
	CalendarObjective  CalendarKind = "objective"
	CalendarPolicy     CalendarKind = "policy"   // reviews of policies
	CalendarEvidence   CalendarKind = "evidence" // evidence that lapses
	CalendarAttested   CalendarKind = "attested" // attestations and acceptances that end
	CalendarVendor     CalendarKind = "vendor"
	CalendarAction     CalendarKind = "action" // what is to be done about findings and risks
)

// CalendarKinds lists them in the order of the filter.
func CalendarKinds() []CalendarKind {
	return []CalendarKind{CalendarAudit, CalendarWindow, CalendarDeadline, CalendarObligation, CalendarReview, CalendarInternal, CalendarObjective,
		CalendarPolicy, CalendarEvidence, CalendarAttested, CalendarVendor, CalendarAction}
}

// Words is the kind as a person reads it.
func (k CalendarKind) Words() string {
	switch k {
	case CalendarAudit:
		return "Audits"
	case CalendarWindow:
		return "Report periods"
	case CalendarDeadline:
		return "Certificate deadlines"
	case CalendarObligation:
		return "Obligations"
	case CalendarReview:
		return "Management reviews"
	case CalendarInternal:
		return "Internal audits"
	case CalendarObjective:
		return "Objectives"
	case CalendarPolicy:
		return "Policy reviews"
	case CalendarEvidence:
		return "Evidence that lapses"
	case CalendarAttested:
		return "Acceptances that end"
	case CalendarVendor:
		return "Vendors"
	case CalendarAction:
		return "Actions due"
	}
	return string(k)
}

// CalendarEntry is one entry. Its title names nobody.
type CalendarEntry struct {
	ID       string // the same for the same entry, for ever: "obligation:{id}:2026-12-31"
	Kind     CalendarKind
	From, To cadence.Date
	Title    string
	State    string // one or two words
	Mark     string // "good", "bad", "warn", "info" or "waiting"
	Why      string // a sentence more
	Source   string // what it is about, for a link: "engagement", "obligation", ...
	Ref      string // and which
	Sure     bool   // agreed, or following from what happened; otherwise planned
}

// calendarSource reads entries of one kind.
type calendarSource struct {
	needs access.Action
	read  func(ctx context.Context, tx *db.Tx, c *cycle, span cadence.Days) ([]CalendarEntry, error)
}

// calendarSources lists where entries come from. Who may not see the noun does not
// see its days either.
var calendarSources = []calendarSource{
	{access.ViewISMS, engagementEntries},
	{access.ViewPolicies, policyEntries},
	{access.ViewEvidence, evidenceEntries},
	{access.ViewPosture, attestedEntries},
	{access.ViewISMS, reviewEntries},
	{access.ViewISMS, internalEntries},
	{access.ViewISMS, objectiveEntries},
	{access.ViewVendors, vendorEntries},
	{access.ViewRisks, riskEntries},
	{access.ViewFindings, actionEntries},
}

// calendarYears is how far a calendar reaches that somebody asks for.
const calendarYears = 10

// Calendar returns the entries that touch a span, by first day.
func (s *Store) Calendar(ctx context.Context, who access.Actor, span cadence.Days, now time.Time) ([]CalendarEntry, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	switch {
	case span.To < span.From:
		return nil, problem.Field("to", "The last day lies before the first. Choose a later one.")
	case span.To > span.From.AddMonths(12*calendarYears):
		return nil, problem.Field("to", "The calendar is given for ten years at most. Choose a last day up to "+span.From.AddMonths(12*calendarYears).Words()+".")
	}
	var c cycle
	var duties, out []CalendarEntry
	err := s.withObligations(ctx, who.Org(), now, func(k *keptObligations) {
		c, duties = *k.c, k.c.obligationEntries(span)
		c.Now = cycleMoment(now)
	})
	if err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = c.calendar(ctx, tx, who, span, duties)
		return err
	})
	return out, err
}

// calendar gathers the entries that touch a span and that somebody may see, those of
// obligations among them.
func (c *cycle) calendar(ctx context.Context, tx *db.Tx, who access.Actor, span cadence.Days, duties []CalendarEntry) ([]CalendarEntry, error) {
	out := duties
	for _, from := range calendarSources {
		if !who.Can(from.needs) {
			continue
		}
		list, err := from.read(ctx, tx, c, span)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	out = slices.DeleteFunc(out, func(e CalendarEntry) bool { return !span.Common(cadence.Days{From: e.From, To: e.To}).Known() })
	slices.SortStableFunc(out, func(a, b CalendarEntry) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// engagementEntries are the dates of the audits, and what follows from them.
func engagementEntries(_ context.Context, _ *db.Tx, c *cycle, _ cadence.Days) ([]CalendarEntry, error) {
	return EngagementEntries(c.Engagements, c.Today), nil
}

// EngagementEntries are the entries of the dates of the audits: each date, its
// report, and what a certificate asks for by a day.
func EngagementEntries(list []Engagement, today cadence.Date) []CalendarEntry {
	var out []CalendarEntry
	for _, e := range list {
		x := CalendarEntry{ID: "engagement:" + e.ID, Kind: CalendarAudit, From: e.From, To: e.To, Title: e.Name(), State: string(e.State), Mark: "info", Source: "engagement", Ref: e.ID, Sure: e.State == Booked || e.State == Held}
		if e.Kind.Windowed() {
			x.Kind = CalendarWindow
		}
		switch {
		case e.State == Cancelled:
			continue
		case e.State == Held:
			x.Mark = "good"
		case e.To < today && !e.Kind.Windowed():
			x.Mark, x.State = "warn", "not said whether held"
		case e.State == Planned:
			x.Mark = "waiting"
		}
		out = append(out, x)
		if e.ReportOn.Known() {
			out = append(out, CalendarEntry{ID: "report:" + e.ID, Kind: CalendarAudit, From: e.ReportOn, To: e.ReportOn, Title: e.Name() + ": report", State: "expected", Mark: "info", Source: "engagement", Ref: e.ID, Sure: e.State == Held})
		}
	}
	for _, e := range certificates(list) {
		out = append(out, certificateEntries(e, list, today)...)
	}
	return out
}

// certificates are the decisions whose certificates ask for something by a day: the
// last one that was held, whose certificate runs, and those that are to follow it.
func certificates(list []Engagement) []Engagement {
	var running cadence.Date
	for _, e := range list {
		if e.Kind == Certification && e.State == Held {
			running = max(running, e.From)
		}
	}
	var out []Engagement
	for _, e := range list {
		if e.Kind == Certification && (e.State == Held && e.From == running || (e.State == Planned || e.State == Booked) && e.From > running) {
			out = append(out, e)
		}
	}
	return out
}

// certificateEntries are the days that a certificate asks for.
func certificateEntries(e Engagement, list []Engagement, today cadence.Date) []CalendarEntry {
	c := CertificateOf(e.From)
	entry := func(key string, on cadence.Date, title, why string) CalendarEntry {
		x := CalendarEntry{ID: key + ":" + e.ID, Kind: CalendarDeadline, From: on, To: on, Title: title, State: "by then", Mark: "warn", Why: why, Source: "engagement", Ref: e.ID, Sure: e.State == Held}
		if on < today {
			x.State = "passed"
		}
		return x
	}
	held := func(in cadence.Days, kinds ...EngagementKind) bool {
		return slices.ContainsFunc(list, func(v Engagement) bool {
			return slices.Contains(kinds, v.Kind) && v.State == Held && in.Has(v.From)
		})
	}
	visit := func(key string, by cadence.Date, title, why string, done bool) CalendarEntry {
		x := entry(key, by, title, why)
		if done {
			x.State, x.Mark = "done", "good"
		}
		return x
	}
	out := []CalendarEntry{visit("first-visit", c.FirstVisit, "Last day for the first surveillance visit", "Within twelve months of the certification decision (ISO/IEC 17021-1).", held(cadence.Days{From: e.From, To: c.FirstVisit}, Surveillance))}
	for _, year := range c.Years()[1:] { // the first visit is that of its year
		y, _, _ := year.From.Civil()
		out = append(out, visit(fmt.Sprintf("visit-%d", y), year.To, fmt.Sprintf("Last day for the surveillance visit of %d", y), "Once in each calendar year, save in that of recertification (ISO/IEC 17021-1).", held(year, Surveillance, Recertification)))
	}
	return append(out,
		entry("return", c.ReturnStart, "Recertification should be under way", "Three months before the certificate ends, by custom: time for corrections and for the decision."),
		entry("expiry", c.Expires, "The certificate ends", "Three years after the decision. Audit and decision on the next one come before."))
}

// obligationEntries are the days of a span on which obligations fall due.
func (c *cycle) obligationEntries(span cadence.Days) []CalendarEntry {
	j := NewJudging(c.Binding.Zones, span.From, c.Now)
	var out []CalendarEntry
	for _, o := range c.Obligations {
		for _, x := range o.Occurrences(j, c.Binding, c.Trail, c.Acts[o.ID], span) {
			if !span.Has(x.Due) {
				continue
			}
			out = append(out, CalendarEntry{ID: fmt.Sprintf("obligation:%s:%s", o.ID, x.Due), Kind: CalendarObligation, From: x.Due, To: x.Due, Title: o.On(x.Due).Title, State: x.Words(),
				Mark: x.Mark(), Why: x.Because, Source: "obligation", Ref: o.Code, Sure: true})
		}
	}
	return out
}

// Mark is the shape a state is shown with.
func (s DutyState) Mark() string {
	switch s {
	case DutyDone:
		return "good"
	case DutyLate, DutyDue:
		return "warn"
	case DutyMissed:
		return "bad"
	}
	return "waiting"
}
