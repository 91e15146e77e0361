package demo

import (
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/isms"
)

const ismsStatement = "The management system of Meridian Cloud covers how we develop, run and support the Meridian platform for customers in Europe, from both offices and from the homes of staff: the platform itself, the systems we build, deliver and watch it with, the people and processes behind it, and the suppliers it rests on. It does not end where the report to our customers ends: people, payroll and finance belong to it as far as they hold what could harm customers or staff."

const boundaryStatement = "The system described in our SOC 2 report is the Meridian platform as customers use it, with the Directory we sign on with, Code hosting and the Build pipeline by which it is changed, the Log store by which it is watched, the Support desk, and the processes Software delivery, Incident handling and Customer onboarding. Nordhost Cloud is a subservice organisation and carved out."

// backOffice is what the management system covers and the report does not describe.
var backOffice = []string{"Data warehouse", "People system", "Payroll", "Office network"}

// scopes plans the scope, and beside it the boundary of the report.
func (t *story) scopes(m *management) {
	t.deed(t.before(6, 8), 10, 0, "write the scope", func(ctx context.Context, at time.Time) error {
		return t.scope(ctx, isms.ScopeISMS, t.takesIn(false), isms.ScopeContent{Statement: ismsStatement, Interfaces: meets}, "The first version.", at)
	})
	t.deed(t.before(6, 9), 10, 0, "write the boundary", func(ctx context.Context, at time.Time) error {
		return t.scope(ctx, isms.ScopeSOC2, boundary, isms.ScopeContent{Statement: boundaryStatement}, "As the description of the last report has it.", at)
	})
	approve := func(ctx context.Context, side isms.ScopeSide, at time.Time) error {
		_, err := t.ISMS.DecideScope(ctx, t.lena(), side, true, "", at)
		return err
	}
	t.deed(t.before(6, 15), 14, 0, "approve the scope", func(ctx context.Context, at time.Time) error { return approve(ctx, isms.ScopeISMS, at) })
	t.deed(t.before(6, 15), 14, 10, "approve the boundary", func(ctx context.Context, at time.Time) error { return approve(ctx, isms.ScopeSOC2, at) })
	t.deed(t.before(5, 0), 11, 0, "decide about the back office", func(ctx context.Context, at time.Time) error {
		return t.rule(ctx, "The report speaks of what customers use. The back office reaches no customer data, and the service auditor agreed to leave it out; for the certificate it counts, because a leak of personnel data would harm staff.", at)
	})
	t.deed(t.before(2, -4), 10, 0, "take sales in", func(ctx context.Context, at time.Time) error {
		return t.scope(ctx, isms.ScopeISMS, t.takesIn(true), isms.ScopeContent{Statement: ismsStatement, Interfaces: meets}, "Sales was left out in the first version and shows customers' data in demonstrations; so it comes in.", at)
	})
	t.deed(t.before(2, 1), 14, 0, "approve the second scope", func(ctx context.Context, at time.Time) error { return approve(ctx, isms.ScopeISMS, at) })
	t.deed(t.before(2, 6), 11, 0, "decide about sales", func(ctx context.Context, at time.Time) error {
		return t.rule(ctx, "Sales has no part in the service the report describes. The certificate reaches it since version 2.", at)
	})
	_ = m
}

// meets is where the scope meets what is outside.
var meets = []isms.ScopeLine{
	{What: "Nordhost Cloud runs regions, databases and networks", How: "Shared responsibility by the matrix of VM-05; contract with security terms, its certificates seen each year"},
	{What: "Customers run their own sign-on and choose who is let in", How: "Said in the terms and in the description of the service"},
	{What: "The parent company of one engineer's team keeps its own network", How: "No connection; the one person concerned has no account here"},
	{What: "Payroll is run by Lonbureau", How: "Contract for processing, a monthly file over an encrypted channel"},
}

// outOf is what the scope leaves out, and why. Sales was, at first.
var outOf = map[string]string{"Marketing": "Publishes what is public, and has no access to customer data or to production.", "Sales": "Sells; was thought to hold nothing but contracts.",
	"Coffee Works": "Nothing of information."}

// takesIn says of a thing whether the scope takes it in; later is the second version.
func (t *story) takesIn(later bool) func(isms.ScopeThing) (bool, string) {
	return func(x isms.ScopeThing) (bool, string) {
		why, out := outOf[x.Name]
		return !out || later && x.Name == "Sales", why
	}
}

// boundary is what the report's description takes in.
func boundary(x isms.ScopeThing) (bool, string) {
	out := map[isms.ScopeSort]string{isms.ScopeSystem: "The service as customers use it does not rest on it.", isms.ScopeTeam: "Has no part in running the service.",
		isms.ScopeSite: "No part of the service is there.", isms.ScopeVendor: "The service does not rest on it."}
	in := map[isms.ScopeSort]bool{
		isms.ScopeSystem: !slices.Contains(backOffice, x.Name),
		isms.ScopeTeam:   !slices.Contains([]string{"Finance", "Sales", "Marketing", "Legal"}, x.Name),
		isms.ScopeSite:   true,
		isms.ScopeVendor: slices.Contains([]string{"Nordhost Cloud", "Keyring Identity", "Branchwork", "Runnerline", "Deskline", "Postbud Mail", "Signalpost", "Pagerfield"}, x.Name),
	}
	return in[x.Sort], out[x.Sort]
}

// scope writes the next version of a side and sends it for approval.
func (t *story) scope(ctx context.Context, side isms.ScopeSide, in func(isms.ScopeThing) (bool, string), c isms.ScopeContent, change string, at time.Time) error {
	b, err := t.ISMS.Scope(ctx, t.admin, at)
	if err != nil {
		return err
	}
	for _, x := range b.Things {
		if yes, why := in(x); yes || x.Weighty || why != "" {
			c.Items = append(c.Items, isms.ScopeItem{Sort: x.Sort, ID: x.ID, In: yes, Reason: why})
		}
	}
	if _, err := t.ISMS.WriteScope(ctx, t.admin, side, c, change, "", at); err != nil {
		return err
	}
	_, err = t.ISMS.SendScope(ctx, t.admin, side, at.Add(time.Hour))
	return err
}

// rule decides that what the scope has beyond the boundary is meant to be so.
func (t *story) rule(ctx context.Context, why string, at time.Time) error {
	b, err := t.ISMS.Scope(ctx, t.admin, at)
	if err != nil {
		return err
	}
	prints := map[string]string{}
	for _, x := range b.Found {
		if x.Open() && x.Kind == isms.MismatchScope {
			prints[x.Key] = x.Fingerprint
		}
	}
	if len(prints) == 0 {
		return nil
	}
	return t.ISMS.RuleScope(ctx, t.admin, prints, isms.ScopeRuling{Choice: isms.ScopeDeliberate, Reason: why}, at)
}
