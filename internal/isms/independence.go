package isms

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
)

// Tenure is somebody who answered for something over some days; the last day is
// none while it goes on.
type Tenure struct {
	Person string // id
	Days   cadence.Days
}

// within returns the part of a tenure inside a stretch.
func (t Tenure) within(in cadence.Days) cadence.Days {
	to := in.To
	if t.Days.To.Known() {
		to = min(to, t.Days.To)
	}
	return cadence.Days{From: max(in.From, t.Days.From), To: to}
}

// Deed is something somebody did for a control.
type Deed struct {
	Person string
	On     cadence.Date
}

// ControlPast is who had to do with a control.
type ControlPast struct {
	Code   string
	Owners []Tenure
	Deeds  []Deed // evidence they filed for it
}

// PolicyPast is who kept a policy.
type PolicyPast struct {
	Title  string
	Owners []Tenure
}

// AuditPast is everything that decides who may audit what: it holds the whole
// history, so that a change of owner during the audited period, or after it, hides
// nothing.
type AuditPast struct {
	Names    map[string]string // of persons, by id
	Controls map[string]ControlPast
	Policies map[string]PolicyPast
	Duties   *people.Duties
	Auditors []Tenure                    // who carried out internal audits, and when
	Linked   map[framework.Ref][]string  // ids of the controls that count for a requirement
	Counted  map[framework.Ref][]Counted // controls that counted for it and do no more
}

// Counted is a control that counted for a requirement up to a day: the link was taken
// away then, or the control was retired.
type Counted struct {
	Control string // id
	Until   cadence.Date
}

// Auditor is who looks: a person of the register, or somebody from outside, who
// owned nothing here.
type Auditor struct {
	ID     string // of the row that names them in an audit
	Person string // id in the register; empty: from outside
	Name   string
	Gone   bool // not of the audit any more
}

// Outside reports whether the auditor is nobody of the register.
func (a Auditor) Outside() bool { return a.Person == "" }

// AuditSubject is what one line of an audit looks at.
type AuditSubject struct {
	Ref     framework.Ref
	Control string // id, or empty
	Policy  string // id, or empty
}

// Conflicts says why an auditor may not look at a subject over a period: a
// sentence with name and dates for each reason, and none when they may. Somebody
// who owned, did or answered for it on any day of the period audits their own work
// (ISO/IEC 27001:2022, 9.2.2).
func (p AuditPast) Conflicts(a Auditor, s AuditSubject, period cadence.Days) []string {
	if a.Outside() {
		return nil
	}
	name := p.Names[a.Person]
	if name == "" {
		name = "This person"
	}
	var out []string
	for _, id := range p.controlsOf(s, period) {
		c := p.Controls[id]
		out = append(out, heldDuring(name, "owned "+c.Code, a.Person, c.Owners, period)...)
		out = append(out, didDuring(name, c, a.Person, period)...)
	}
	if pol, ok := p.Policies[s.Policy]; ok {
		out = append(out, heldDuring(name, "kept the policy “"+pol.Title+"”", a.Person, pol.Owners, period)...)
	}
	for _, role := range auditResponsible(s.Ref) {
		if p.Duties == nil {
			break
		}
		label := role
		if r, ok := people.FindDutyRole(role); ok {
			label = r.Label
		}
		var list []Tenure
		for _, d := range p.Duties.Ever(role) {
			list = append(list, Tenure{d.Person, d.Days})
		}
		out = append(out, heldDuring(name, "was "+label+", who answers for "+s.Ref.ID+",", a.Person, list, period)...)
	}
	if aboutAudits(s.Ref) {
		out = append(out, heldDuring(name, "carried out internal audits, which "+s.Ref.ID+" is about,", a.Person, p.Auditors, period)...)
	}
	return out
}

// controlsOf returns the controls a subject touches: the one it names, or all that
// count for its requirement or did so when the period began or later. What was linked
// is taken to have been so before that was written down, as everywhere.
func (p AuditPast) controlsOf(s AuditSubject, period cadence.Days) []string {
	switch {
	case s.Control != "":
		return []string{s.Control}
	case s.Policy != "":
		return nil
	}
	out := slices.Clone(p.Linked[s.Ref])
	for _, c := range p.Counted[s.Ref] {
		if c.Until >= period.From && !slices.Contains(out, c.Control) {
			out = append(out, c.Control)
		}
	}
	return out
}

// heldDuring says over which days of the period somebody held something.
func heldDuring(name, what, person string, list []Tenure, period cadence.Days) []string {
	var days []cadence.Days
	for _, t := range list {
		if t.Person != person {
			continue
		}
		if in := t.within(period); in.Known() {
			if n := len(days); n > 0 && days[n-1].To+1 >= in.From {
				days[n-1].To = max(days[n-1].To, in.To) // one stretch after the other is one
				continue
			}
			days = append(days, in)
		}
	}
	var out []string
	for _, d := range days {
		out = append(out, fmt.Sprintf("%s %s from %s to %s, within the audited period.", name, what, d.From.Words(), d.To.Words()))
	}
	return out
}

// didDuring says when somebody carried a control out within the period.
func didDuring(name string, c ControlPast, person string, period cadence.Days) []string {
	n, last := 0, cadence.Date(0)
	for _, d := range c.Deeds {
		if d.Person == person && period.Has(d.On) {
			n, last = n+1, max(last, d.On)
		}
	}
	switch n {
	case 0:
		return nil
	case 1:
		return []string{fmt.Sprintf("%s filed evidence for %s on %s, within the audited period.", name, c.Code, last.Words())}
	}
	return []string{fmt.Sprintf("%s filed evidence for %s %d times within the audited period, the last on %s.", name, c.Code, n, last.Words())}
}

// auditClause reports whether a requirement is a clause of a management system, and not
// a control of its annex.
func auditClause(r framework.Ref) bool {
	return (strings.HasPrefix(r.Framework, "iso27001-") || strings.HasPrefix(r.Framework, "iso42001-")) && r.ID != "" && r.ID[0] >= '0' && r.ID[0] <= '9'
}

// aboutAudits reports whether a requirement is about the internal audits themselves.
func aboutAudits(r framework.Ref) bool {
	return auditClause(r) && (r.ID == "9.2" || strings.HasPrefix(r.ID, "9.2."))
}

// auditResponsible returns the roles of the programme that answer for a requirement as
// such, whoever owns the controls behind it. Whoever runs the management system
// answers for all of its clauses.
func auditResponsible(r framework.Ref) []string {
	var out []string
	under := func(ids ...string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return r.ID == id || strings.HasPrefix(r.ID, id+".") })
	}
	iso := strings.HasPrefix(r.Framework, "iso27001-")
	switch {
	case auditClause(r) && iso:
		out = append(out, "security-officer")
	case auditClause(r):
		out = append(out, "ai-officer")
	}
	switch {
	case auditClause(r) && under("5", "9.3"):
		out = append(out, "chief-executive", "leadership-team")
	case auditClause(r) && under("7.2", "7.3"), iso && under("A.6"):
		out = append(out, "people-lead")
	case iso && under("A.5.34"):
		out = append(out, "privacy-officer")
	}
	return out
}
