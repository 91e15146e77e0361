package isms

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// readOverdue counts the lines of the backlog whose day is over.
func readOverdue(ctx context.Context, tx *db.Tx, org string, today cadence.Date) (*int, error) {
	list, err := finding.ReadActions(ctx, tx, org, finding.Source{})
	if err != nil {
		return nil, err
	}
	n := 0
	for _, a := range list {
		if a.Overdue(today) {
			n++
		}
	}
	return &n, nil
}

// readBelow reads what packages below keep, in the transaction of the rest.
func (f *PackFacts) readBelow(ctx context.Context, tx *db.Tx, org string, now time.Time) error {
	log, err := finding.ReadLog(ctx, tx, org, now)
	if err != nil {
		return err
	}
	since := cadence.Date(1)
	if f.Before != nil {
		since = f.Before.On
	}
	f.Log = findingFacts(log, since)
	f.Actions = reviewActions(log, since, f.Today)
	inventory, err := system.Snapshot(ctx, tx, org)
	if err != nil {
		return err
	}
	fill, err := policy.Filler(ctx, tx, org)
	if err != nil {
		return err
	}
	f.Commitments = commitmentLines(inventory, fill)
	vendors, err := vendor.All(ctx, tx, org)
	if err != nil {
		return err
	}
	f.Vendors = vendorFacts(vendors, f.Today)
	audits, err := readAudits(ctx, tx, org, "")
	if err != nil {
		return err
	}
	f.Audits = auditFacts(audits, since)
	f.Risks, err = readRiskFacts(ctx, tx, org, now)
	return err
}

// findingFacts counts the log for a pack.
func findingFacts(log *finding.Register, since cadence.Date) *FindingFacts {
	days := cadence.Days{From: since, To: log.Today}
	out := &FindingFacts{}
	grades := map[string]int{}
	for _, x := range log.Open() {
		line := FindingLine{x.Code(), x.Title, x.Kind.Label(), x.What(), orNobody(x.OwnerName), x.Now().Words}
		if x.Kind == finding.Opportunity {
			out.Opportunities = append(out.Opportunities, line)
		}
		if wrongFinding(x) {
			out.Open++
			grades[x.What()]++
			out.OpenList = append(out.OpenList, line)
		}
	}
	for _, g := range []string{finding.What(finding.Nonconformity, finding.Major), finding.What(finding.Nonconformity, finding.Minor), finding.What(finding.Exception, "")} {
		if n := grades[g]; n > 0 {
			out.ByGrade = append(out.ByGrade, [2]string{g, fmt.Sprint(n)})
		}
	}
	out.Overdue = countWrong(log.Overdue())
	out.Raised, out.Closed = countWrong(log.Raised(days)), countWrong(log.ClosedIn(days))
	out.Failed = countWrong(log.Failed())
	for _, x := range log.Repeated() {
		if wrongFinding(x) {
			out.Repeated = append(out.Repeated, fmt.Sprintf("%s %s came up again: %s before it", x.Code(), x.Title, plainCount(len(log.Repeats(x)), "finding", "findings")))
		}
	}
	return out
}

func wrongFinding(x finding.Finding) bool {
	return x.Kind == finding.Nonconformity || x.Kind == finding.Exception
}

func countWrong(list []finding.Finding) int {
	n := 0
	for _, x := range list {
		if wrongFinding(x) {
			n++
		}
	}
	return n
}

func plainCount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func orNobody(name string) string { return cmp.Or(name, "nobody") }

// reviewActions are the actions of earlier reviews: those that are open, and those
// that ended since the last one.
func reviewActions(log *finding.Register, since, today cadence.Date) []PackAction {
	var out []PackAction
	for _, a := range log.Actions {
		if a.Source.Kind != finding.FromReview || a.State != finding.Open && a.DoneOn < since {
			continue
		}
		out = append(out, packAction(a, today))
	}
	sortActions(out)
	return out
}

func packAction(a finding.Action, today cadence.Date) PackAction {
	return PackAction{a.Code(), a.Title, a.Source.Words, orNobody(a.OwnerName), a.Due, a.Standing(today), a.Overdue(today), a.State != finding.Open}
}

// commitmentLines are the commitments in use, with what the organisation filled in
// for variables.
func commitmentLines(v *system.Inventory, fill system.Fill) *[]CommitmentLine {
	out := []CommitmentLine{}
	for _, c := range v.Commitments {
		if c.InUse() {
			c.Text, c.Unfilled = fill(c.Statement)
			out = append(out, CommitmentLine{c.Code, c.Words(), c.Measure, c.Target})
		}
	}
	return &out
}

func vendorFacts(list []vendor.Vendor, today cadence.Date) *VendorFacts {
	out := &VendorFacts{}
	for _, v := range list {
		if !v.InUse() {
			continue
		}
		out.All++
		near := v.Near(today)
		if v.Tier == "critical" {
			out.Critical++
		}
		standing := "in time"
		switch near {
		case cadence.Overdue:
			out.Overdue++
			standing = fmt.Sprintf("overdue by %s", plainCount(int(today-v.ReviewOn), "day", "days"))
		case cadence.Unset:
			standing = "no review planned"
		}
		if v.Tier == "critical" || near == cadence.Overdue {
			out.List = append(out.List, [5]string{v.Code, v.Name, v.Tier, cmp.Or(v.ReviewOn.Words(), "–"), standing})
		}
	}
	return out
}

// auditFacts counts internal audits for a pack: those that are to come or under way,
// and those that were reported since the last review.
func auditFacts(list []Audit, since cadence.Date) *AuditFacts {
	out := &AuditFacts{}
	for _, a := range list {
		result := a.State.Label()
		switch a.State {
		case AuditPlanned, AuditRunning:
			out.Planned++
		case AuditReported, AuditClosed:
			if a.Days.To < since {
				continue
			}
			out.Held++
			result = plainCount(a.Counts.Findings, "finding", "findings")
			if a.Conclusion != "" {
				result += ". " + a.Conclusion
			}
		default:
			continue
		}
		out.List = append(out.List, [4]string{a.Code(), a.Title, a.Days.String(), result})
	}
	return out
}

// packBelow reads what is read with the eyes of a person.
func (s *Store) packBelow(ctx context.Context, who access.Actor, f *PackFacts, now time.Time) error {
	f.Checks = &CheckFacts{}
	if err := s.packControls(ctx, who, f.Checks, now); err != nil {
		return err
	}
	if s.Results == nil || !who.Can(access.ViewResults) {
		f.Checks.NoTests = "Results of tests could not be read."
		return nil
	}
	page, err := s.Results.Latest(ctx, who, result.Filter{State: result.Fail, Limit: 1000}, now)
	if err != nil {
		return err
	}
	var zones cadence.Zones
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		zones, err = access.Days(ctx, tx, who.Org())
		return err
	})
	f.Checks.Failing = failingTests(page.Results, zones)
	return err
}

// failingTests gathers failing subjects by test, the oldest first.
func failingTests(list []result.Interval, zones cadence.Zones) []FailingTest {
	at := map[string]int{}
	var out []FailingTest
	for _, x := range list {
		i, known := at[x.Test]
		if !known {
			i = len(out)
			at[x.Test], out = i, append(out, FailingTest{Name: testLabel(x.Test), Since: zones.DateOf(x.From)})
		}
		out[i].Subjects++
		out[i].Since = min(out[i].Since, zones.DateOf(x.From))
	}
	slices.SortStableFunc(out, func(a, b FailingTest) int { return int(a.Since - b.Since) })
	return out
}

// testLabel is a test as a person reads it.
func testLabel(key string) string {
	if l := people.Check(key).Label(); l != key {
		return l
	}
	for _, deed := range []string{"approved", "acknowledged"} {
		if name, ok := strings.CutPrefix(key, "policy."+deed+"."); ok {
			return "Policy " + deed + ": " + strings.ReplaceAll(name, "-", " ")
		}
		if key == "policy."+deed {
			return "Policies " + deed
		}
	}
	return key
}

// packControls says how the controls in operation stand.
func (s *Store) packControls(ctx context.Context, who access.Actor, c *CheckFacts, now time.Time) error {
	if s.Judge == nil {
		c.NoControls = "How controls stand could not be read."
		return nil
	}
	var followed map[string]time.Time
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		followed, err = crosswalk.Followed(ctx, tx, who.Org(), now)
		return err
	})
	if err != nil {
		return err
	}
	if len(followed) == 0 {
		c.NoControls = "No framework is followed, so that controls are not judged."
		return nil
	}
	j, err := s.Judge.Judge(ctx, who, throughFramework(followed), now)
	if err != nil && problem.Of(err).Code == problem.Forbidden {
		c.NoControls = "Who prepared the pack may not see how controls stand."
		return nil
	}
	if err != nil {
		return err
	}
	for code, x := range j.Controls {
		if x.Status != control.Operated {
			continue
		}
		c.Controls++
		if x.Operation == posture.Effective {
			c.Effective++
		} else {
			c.Open = append(c.Open, [3]string{code, x.Title, controlWords(x.Operation)})
		}
	}
	slices.SortFunc(c.Open, func(a, b [3]string) int { return control.CompareCodes(a[0], b[0]) })
	return nil
}

// controlWords is a state as a sentence has it.
func controlWords(s posture.State) string {
	switch s {
	case posture.Exceptions:
		return "exceptions"
	case posture.Gap:
		return "a stretch without data"
	case posture.NotYetDue:
		return "not due yet"
	}
	return "not known"
}
