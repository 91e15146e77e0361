package isms

import (
	"fmt"
	"strconv"
)

func packFindings(f PackFacts, s *PackSection) {
	l := f.Log
	if l == nil {
		s.missing("The log of findings could not be read.")
		return
	}
	since := "so far"
	if f.Before != nil {
		since = "since " + f.Before.On.Words()
	}
	s.number("Open", l.Open, "nonconformities and exceptions")
	s.alarm("Overdue", l.Overdue, "of those")
	s.number("Raised", l.Raised, since)
	s.number("Closed", l.Closed, since)
	s.alarm("Not effective", l.Failed, "corrective actions that were found not to work")
	var rows [][]string
	for _, g := range l.ByGrade {
		rows = append(rows, g[:])
	}
	s.list("Open, by grade", []string{"Grade", "Number"}, rows)
	rows = nil
	for _, x := range l.OpenList {
		rows = append(rows, []string{x.Code, x.Title, x.Grade, x.Owner, x.Standing})
	}
	s.list("Open nonconformities and exceptions", []string{"Finding", "What", "Grade", "Owner", "Standing"}, rows)
	rows = nil
	for _, x := range l.Repeated {
		rows = append(rows, []string{x})
	}
	s.list("What came back", []string{"Where a finding came up again"}, rows)
	if l.Raised == 0 && l.Open == 0 {
		s.missing("The log holds nothing of this time. That may mean that nothing was wrong, or that nobody wrote it down.")
	}
}

func packMonitoring(f PackFacts, s *PackSection) {
	c := f.Checks
	switch {
	case c == nil:
		s.missing("Tests and controls could not be read.")
	case c.Controls == 0:
		s.missing("%s", orWords(c.NoControls, "No control is in operation, so that nothing is monitored."))
	default:
		s.figure("Controls effective", fmt.Sprintf("%d of %d", c.Effective, c.Controls), "in operation", "")
		var rows [][]string
		for _, x := range c.Open {
			rows = append(rows, x[:])
		}
		s.list("Controls in operation that are not known to be effective", []string{"Control", "Title", "State"}, rows)
	}
	if c != nil && c.NoTests != "" {
		s.missing("%s", c.NoTests)
	} else if c != nil {
		s.alarm("Tests failing", len(c.Failing), "")
		var rows [][]string
		for _, t := range c.Failing {
			rows = append(rows, []string{t.Name, strconv.Itoa(t.Subjects), t.Since.Words(), fmt.Sprintf("%d days", int(f.Today-t.Since))})
		}
		s.list("Failing tests, the oldest first", []string{"Test", "Subjects", "Since", "Age"}, rows)
	}
	worse, blind := 0, 0
	for _, t := range f.Tracks {
		if t.Objective.Retired != "" {
			continue
		}
		if t.Move == "worse" {
			worse++
		}
		blind += t.NoData
	}
	if len(f.Tracks) > 0 {
		s.alarm("Measures that got worse", worse, "between their last two periods")
		s.alarm("Periods without data", blind, "over all objectives")
	} else {
		s.missing("No objective is measured.")
	}
}

func packAudits(f PackFacts, s *PackSection) {
	a := f.Audits
	if a == nil || a.Planned+a.Held == 0 {
		s.missing("No internal audit is planned, and none was reported since the last review. An audit report of others can be brought by hand.")
		return
	}
	s.number("Held", a.Held, "internal audits with a report since the last review")
	s.number("Planned", a.Planned, "planned or under way")
	var rows [][]string
	for _, x := range a.List {
		rows = append(rows, x[:])
	}
	s.list("Internal audits", []string{"Audit", "What", "Day", "Result"}, rows)
	s.missing("Reports of certification bodies and audit firms are not read here: bring their findings by hand.")
}

func packRisks(f PackFacts, s *PackSection) {
	r := f.Risks
	if r == nil || r.All == 0 {
		s.missing("The register of risks is empty: no risk has been assessed.")
		return
	}
	s.number("Risks", r.All, "in the register")
	s.number("Above appetite", r.Above, "of those that were scored")
	s.alarm("Nobody decided", len(r.Undecided), "above appetite, without an approved plan or a valid acceptance")
	if n := r.All - r.Scored; n > 0 {
		s.missing("%d of %d risks are not scored by you: their level is not known.", n, r.All)
	}
	var rows [][]string
	for _, x := range r.AboveList {
		rows = append(rows, x[:])
	}
	s.list("Above appetite", []string{"Risk", "What", "Level", "Owner", "Decided"}, rows)
	rows = nil
	for _, x := range r.Expiring {
		rows = append(rows, x[:])
	}
	s.list("Acceptances that end within 90 days, or have ended", []string{"Risk", "What", "Accepted by", "Until"}, rows)
	rows = nil
	for _, a := range r.Overdue {
		rows = append(rows, []string{a.Code, a.Title, a.From, a.Owner, a.Due.String()})
	}
	s.alarm("Treatment overdue", len(rows), "actions")
	s.list("Overdue treatment", []string{"Action", "What", "Risk", "Owner", "By"}, rows)
}

func packCommitments(f PackFacts, s *PackSection) {
	if f.Commitments == nil || len(*f.Commitments) == 0 {
		f.byHand(s, "The register of service commitments is empty.")
		return
	}
	s.number("Commitments", len(*f.Commitments), "in the register")
	var rows [][]string
	for _, c := range *f.Commitments {
		rows = append(rows, []string{c.Code, c.Statement, c.Measure, c.Target})
	}
	s.list("What was promised", []string{"Commitment", "Promise", "Measured by", "Target"}, rows)
	f.byHand(s, "Toucan measures no availability: whether the promises were kept has to be brought.")
}

func packVendors(f PackFacts, s *PackSection) {
	v := f.Vendors
	if v == nil || v.All == 0 {
		f.byHand(s, "The register of vendors is empty.")
		return
	}
	s.number("Vendors", v.All, "in the register")
	s.number("Critical", v.Critical, "of the highest tier")
	s.alarm("Reviews overdue", v.Overdue, "")
	var rows [][]string
	for _, x := range v.List {
		rows = append(rows, x[:])
	}
	s.list("Critical vendors, and those whose review is overdue", []string{"Vendor", "Name", "Tier", "Review by", "Standing"}, rows)
	s.missing("Exceptions in the reports of vendors and their incidents are not read here.")
}

func orWords(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
