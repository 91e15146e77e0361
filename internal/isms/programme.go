package isms

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
)

//go:embed data/internal-audit-programme.csv
var programmeFile string

// ProgrammeFramework is what the programme that ships covers.
const ProgrammeFramework = "iso27001-2022"

// auditQuarters is how long a programme is: three years.
const auditQuarters = 12

// Quarter is a quarter of a year, counted on: 2026 Q1 follows 2025 Q4.
type Quarter int

// QuarterOf returns the quarter a day lies in.
func QuarterOf(d cadence.Date) Quarter {
	y, m, _ := d.Civil()
	return Quarter(y*4 + (int(m)-1)/3)
}

// Days returns its first and last day.
func (q Quarter) Days() cadence.Days {
	first := cadence.On(int(q)/4, 1, 1).AddMonths(3 * (int(q) % 4))
	return cadence.Days{From: first, To: first.AddMonths(3) - 1}
}

// String is the quarter as people write it.
func (q Quarter) String() string { return fmt.Sprintf("%d Q%d", int(q)/4, int(q)%4+1) }

// ParseQuarter reads a quarter as String writes it.
func ParseQuarter(s string) (Quarter, bool) {
	var y, n int
	if _, err := fmt.Sscanf(strings.TrimSpace(s), "%d Q%d", &y, &n); err != nil || y < 2000 || y > 2100 || n < 1 || n > 4 {
		return 0, false
	}
	return Quarter(y*4 + n - 1), true
}

// AuditEntry is one audit of a programme.
type AuditEntry struct {
	ID      string
	Code    string // such as IA-Y1Q1-C
	Quarter Quarter
	Title   string
	Scope   []framework.Ref
	Method  string
	Sample  string // what to sample
	Urgent  bool   // to be done before stage 2
	Dropped bool
	Moved   int // how often it was planned anew
}

// shippedAuditEntry is a row of the programme that ships; Offset is its quarter, counted
// from the first.
type shippedAuditEntry struct {
	AuditEntry
	Offset int
}

// shippedAuditProgramme is the programme that ships.
var shippedAuditProgramme = sync.OnceValue(func() []shippedAuditEntry {
	rows, err := csv.NewReader(strings.NewReader(programmeFile)).ReadAll()
	if err != nil {
		panic(err) // it ships with the program
	}
	var out []shippedAuditEntry
	for _, r := range rows[1:] {
		year, _ := strconv.Atoi(r[1])
		quarter, _ := strconv.Atoi(r[2])
		e := shippedAuditEntry{AuditEntry{Code: r[0], Title: r[3], Method: r[6], Sample: r[7], Urgent: r[9] == "yes"}, (year-1)*4 + quarter - 1}
		for _, x := range strings.Split(r[5], ";") {
			f, id, _ := strings.Cut(x, ":")
			e.Scope = append(e.Scope, framework.Ref{Framework: f, ID: id})
		}
		out = append(out, e)
	}
	return out
})

// AuditAsked is one requirement the programme has to cover.
type AuditAsked struct {
	Ref      framework.Ref
	Label    string
	Excluded string // the reason it does not apply; then it need not be covered
}

// yearly reports whether it has to be covered every year of the cycle: a clause
// does, a control of the annex once within it.
func (a AuditAsked) yearly() bool { return auditClause(a.Ref) }

// AuditCarried is an audit that took place, for the coverage: what it looked at, and
// when.
type AuditCarried struct {
	Code string
	On   cadence.Date // the last day of its work
	Refs []framework.Ref
}

// AuditCoverCell is one requirement in one year of the cycle.
type AuditCoverCell struct {
	Planned []string // codes of entries
	Done    []string // codes of audits
}

// AuditCoverRow is one requirement over the cycle.
type AuditCoverRow struct {
	AuditAsked
	Years     [3]AuditCoverCell
	Unplanned []int // years of the cycle, counted from 1, that nothing covers by plan; for a control of the annex all three or none
	Undone    []int // likewise by an audit that took place, among the years that are over
}

// AuditCoverage is what a programme covers.
type AuditCoverage struct {
	From, To  Quarter // of the cycle
	Years     [3]cadence.Days
	Now       int // the year of the cycle today lies in, counted from 1; 0: before it, 4: after it
	Rows      []AuditCoverRow
	Unplanned []AuditCoverRow // rows with something no plan covers
	Undone    []AuditCoverRow // rows with something that should have been audited and was not
	Excluded  int             // that do not apply
}

// AuditCover lays a programme and the audits that took place over what is asked. The
// cycle begins with a quarter and has three years of four quarters.
func AuditCover(asked []AuditAsked, plan []AuditEntry, done []AuditCarried, from Quarter, today cadence.Date) AuditCoverage {
	c := AuditCoverage{From: from, To: from + auditQuarters - 1}
	for i := range c.Years {
		q := from + Quarter(4*i)
		c.Years[i] = cadence.Days{From: q.Days().From, To: (q + 3).Days().To}
		if today >= c.Years[i].From {
			c.Now = i + 1
		}
	}
	if today > c.Years[2].To {
		c.Now = 4
	}
	planned, carried := c.cells(plan, done)
	for _, a := range asked {
		r := AuditCoverRow{AuditAsked: a}
		for y := range r.Years {
			r.Years[y] = AuditCoverCell{planned[a.Ref][y], carried[a.Ref][y]}
		}
		c.judge(&r)
		c.Rows = append(c.Rows, r)
		switch {
		case a.Excluded != "":
			c.Excluded++
			continue
		case len(r.Unplanned) > 0:
			c.Unplanned = append(c.Unplanned, r)
		}
		if len(r.Undone) > 0 {
			c.Undone = append(c.Undone, r)
		}
	}
	return c
}

// cells sorts entries and audits by requirement and year.
func (c AuditCoverage) cells(plan []AuditEntry, done []AuditCarried) (planned, carried map[framework.Ref][3][]string) {
	planned, carried = map[framework.Ref][3][]string{}, map[framework.Ref][3][]string{}
	put := func(in map[framework.Ref][3][]string, refs []framework.Ref, year int, code string) {
		for _, r := range refs {
			cell := in[r]
			cell[year] = append(cell[year], code)
			in[r] = cell
		}
	}
	for _, p := range plan {
		if y := int(p.Quarter-c.From) / 4; !p.Dropped && p.Quarter >= c.From && y < 3 {
			put(planned, p.Scope, y, p.Code)
		}
	}
	for _, d := range done {
		for y, days := range c.Years {
			if days.Has(d.On) {
				put(carried, d.Refs, y, d.Code)
			}
		}
	}
	return planned, carried
}

// judge says what of a row is not covered.
func (c AuditCoverage) judge(r *AuditCoverRow) {
	if r.Excluded != "" {
		return
	}
	if r.yearly() {
		for y, cell := range r.Years {
			if len(cell.Planned)+len(cell.Done) == 0 {
				r.Unplanned = append(r.Unplanned, y+1)
			}
			if len(cell.Done) == 0 && y+1 < c.Now {
				r.Undone = append(r.Undone, y+1)
			}
		}
		return
	}
	any := func(of func(AuditCoverCell) []string) bool {
		return slices.ContainsFunc(r.Years[:], func(x AuditCoverCell) bool { return len(of(x)) > 0 })
	}
	done := any(func(x AuditCoverCell) []string { return x.Done })
	if !done && !any(func(x AuditCoverCell) []string { return x.Planned }) {
		r.Unplanned = []int{1, 2, 3}
	}
	if !done && c.Now > 3 {
		r.Undone = []int{1, 2, 3}
	}
	// what was planned for a year that is over and did not take place
	for y, cell := range r.Years {
		if !done && c.Now <= 3 && y+1 < c.Now && len(cell.Planned) > 0 {
			r.Undone = append(r.Undone, y+1)
		}
	}
}

// Words say in one sentence what is not covered; none: everything is.
func (r AuditCoverRow) Words() string {
	years := func(list []int) string {
		words := make([]string, len(list))
		for i, y := range list {
			words[i] = strconv.Itoa(y)
		}
		if len(words) == 1 {
			return "year " + words[0]
		}
		return "years " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
	}
	switch {
	case r.Excluded != "":
		return "Does not apply: " + r.Excluded
	case len(r.Unplanned) > 0 && !r.yearly():
		return "Planned in no year of the cycle."
	case len(r.Undone) > 0:
		return "Not audited in " + years(r.Undone) + "."
	case len(r.Unplanned) > 0:
		return "Not planned for " + years(r.Unplanned) + "."
	}
	return ""
}
