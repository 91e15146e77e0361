package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
)

// examined is a population that the auditor drew from and judged.
type examined struct {
	control, name, source, complete string
	from, to                        int // months, both part of it
	pace                            audit.Pace
	columns                         []string
	rows                            []audit.Row
	method                          audit.Method
	size                            int
	attributes                      []string
	exception                       string // key of the item in which one was found
	because                         string
	evidence                        []string // keys of story.items
}

// examine plans the populations: those of the first half some days after it, those
// of the second by yesterday evening.
func (t *story) examine() {
	for n, x := range t.populations() {
		at := t.at(t.in(8, 6), 9, 40*n)
		if x.to >= 8 {
			day, hour := min(t.in(months, 4), t.yesterday), 9
			if day == t.month(13).To {
				hour = 19 // the lists were taken that afternoon
			}
			at = t.at(day, hour, 40*n)
		}
		t.then(at, func(ctx context.Context, at time.Time) error { return t.sample(ctx, x, at) })
	}
}

// sample fixes a population, and some minutes later the auditor draws from it and
// judges what was drawn.
func (t *story) sample(ctx context.Context, x examined, at time.Time) error {
	p, err := t.Samples.Create(ctx, t.admin, audit.Population{
		Control: t.controls[x.control].ID, Window: cadence.Days{From: t.month(x.from).From, To: t.month(x.to).To}, Name: x.name, Source: x.source, Pace: x.pace,
		Parameters: "Dates by the company's clock; nothing filtered out", ExtractedAt: at.Add(-20 * time.Minute), Completeness: x.complete}, at)
	if err != nil {
		return err
	}
	if err := t.Samples.SetRows(ctx, t.admin, p.ID, fileName(x.name)+".csv", x.columns, x.rows, at.Add(time.Minute)); err != nil {
		return err
	}
	if _, err := t.Samples.Fix(ctx, t.admin, p.ID, at.Add(2*time.Minute)); err != nil {
		return err
	}
	elin := t.actors[auditor]
	if _, err := t.Samples.Draw(ctx, elin, p.ID, audit.Plan{Method: x.method, Size: x.size}, at.Add(3*time.Minute)); err != nil {
		return err
	}
	if err := t.Samples.SetAttributes(ctx, elin, p.ID, x.attributes, at.Add(4*time.Minute)); err != nil {
		return err
	}
	sel, err := t.Samples.Selection(ctx, elin, p.ID)
	if err != nil {
		return err
	}
	var proof []string
	for _, k := range x.evidence {
		if id := t.items[k]; id != "" {
			proof = append(proof, id)
		}
	}
	var marks []audit.Mark
	for _, i := range sel.Items {
		for n, a := range sel.Attributes {
			m := audit.Mark{Item: i.ID, Attribute: a.Letter, Result: audit.Pass, Evidence: proof}
			if n == 0 && i.Row.Key == x.exception {
				m.Result, m.Reason = audit.Exception, x.because
			}
			marks = append(marks, m)
		}
	}
	judged := at.Add(30 * time.Minute)
	_, err = t.Samples.Judge(ctx, elin, p.ID, marks, judged, judged)
	return err
}

// spread gives n rows with days spread over some months.
func (t *story) spread(from, to, n int, row func(i int, on cadence.Date) audit.Row) []audit.Row {
	first, last := t.month(from).From, t.month(to).To
	out := make([]audit.Row, n)
	for i := range out {
		on := first + cadence.Date((2*i+1)*int(last-first)/(2*n))
		out[i] = row(i, on)
		out[i].N, out[i].Date = i+1, on
	}
	return out
}

// person is somebody of the register, always the same for a number.
func (t *story) person(n int) string { return t.names[(17+n*29)%len(t.names)] }

// lateLeaver is who kept an account for three days.
const lateLeaver = "L-07"

func (t *story) populations() []examined {
	lists := func(code string, from, to, step int) []string {
		var out []string
		for i := from; i <= to; i += step {
			out = append(out, code+" "+words(cadence.Days{From: t.month(i).From, To: t.month(i + step - 1).To}))
		}
		return out
	}
	leaver := func(first int) func(int, cadence.Date) audit.Row {
		return func(i int, on cadence.Date) audit.Row {
			hours := 2 + (i*5)%17
			if key := fmt.Sprintf("L-%02d", first+i); key == lateLeaver {
				hours = 76
			}
			return audit.Row{Key: fmt.Sprintf("L-%02d", first+i), Cells: []string{fmt.Sprintf("Leaver %d", first+i), fmt.Sprintf("%d hours after", hours)}}
		}
	}
	services := []string{"api", "web", "infrastructure"}
	change := func(first int) func(int, cadence.Date) audit.Row {
		return func(i int, _ cadence.Date) audit.Row {
			return audit.Row{Key: fmt.Sprintf("CHG-%d", first+i), Stratum: services[(i*i+i/3)%3], Cells: []string{t.person(i), t.person(i + 41)}}
		}
	}
	account := func(i int, _ cadence.Date) audit.Row {
		return audit.Row{Key: fmt.Sprintf("ACC-%d", 310+i), Cells: []string{"Directory", fmt.Sprintf("HR-%d", 120+i)}}
	}
	const hr, deploys = "People system, report “ends of employment”", "Deployment log of the pipeline, all runs to production"
	return []examined{
		{control: "AC-03", name: "Leavers, first half of the window", source: hr, complete: "Compared with payroll: the same people stopped being paid.", from: 2, to: 7, pace: audit.EachTime,
			columns: []string{"person", "last account disabled"}, rows: t.spread(2, 7, 9, leaver(1)), method: audit.All,
			attributes: []string{"Every account was disabled within 24 hours of the last day", "Devices, keys and tokens came back"}, exception: lateLeaver,
			because:  "The account in the code hosting was disabled 76 hours after the last day. It was not used meanwhile; the log of sign-ins was looked at.",
			evidence: lists("AC-03", 2, 7, 2)},
		{control: "AC-03", name: "Leavers, second half of the window", source: hr, complete: "Compared with payroll: the same people stopped being paid.", from: 8, to: 13, pace: audit.EachTime,
			columns: []string{"person", "last account disabled"}, rows: t.spread(8, 13, 7, leaver(10)), method: audit.All,
			attributes: []string{"Every account was disabled within 24 hours of the last day", "Devices, keys and tokens came back"}, evidence: lists("AC-03", 8, 13, 2)},
		{control: "CH-01", name: "Production changes, first half of the window", source: deploys, complete: "The count equals that of the pipeline for the same days; numbers have no gap.", from: 2, to: 7, pace: audit.EachTime,
			columns: []string{"author", "approved by"}, rows: t.spread(2, 7, 214, change(1001)), method: audit.Random, size: 22,
			attributes: []string{"Approved by somebody else than the author before it went live", "Tested, with a way back"}, evidence: lists("CH-01", 2, 7, 1)},
		{control: "CH-01", name: "Production changes, second half of the window", source: deploys, complete: "The count equals that of the pipeline for the same days; numbers have no gap.", from: 8, to: 13, pace: audit.EachTime,
			columns: []string{"author", "approved by"}, rows: t.spread(8, 13, 187, change(1215)), method: audit.Stratified, size: 19,
			attributes: []string{"Approved by somebody else than the author before it went live", "Tested, with a way back"}, evidence: lists("CH-01", 8, 13, 1)},
		{control: "AC-01", name: "Accounts created", source: "Directory, audit log, event “account created”", complete: "Matched to the starters of the people system; no account without one.", from: 2, to: 13, pace: audit.EachTime,
			columns: []string{"system", "hire record"}, rows: t.spread(2, 13, 38, account), method: audit.Random, size: 5,
			attributes: []string{"Belongs to one person with an approved hire record"}, evidence: lists("AC-01", 2, 13, 2)},
		{control: "IN-03", name: "Events reported", source: "Incident log, all entries", complete: "Entries are numbered by the system; none is missing.", from: 2, to: 13, pace: audit.EachTime,
			columns: []string{"class"}, rows: t.spread(2, 13, 26, func(i int, _ cadence.Date) audit.Row {
				return audit.Row{Key: fmt.Sprintf("EV-%03d", 41+i), Cells: []string{[]string{"lost device", "phishing mail", "false alarm", "misdirected mail"}[i%4]}}
			}), method: audit.Random, size: 5, attributes: []string{"Classified within the hour, by a named person"}, evidence: lists("IN-02", 2, 13, 2)},
		{control: "VM-02", name: "Vendors taken on", source: "Vendor register, added in the window", complete: "Matched to first payments in the books.", from: 2, to: 13, pace: audit.EachTime,
			columns: []string{"tier"}, rows: t.spread(2, 13, 6, func(i int, _ cadence.Date) audit.Row {
				return audit.Row{Key: fmt.Sprintf("V-%02d", 61+i), Cells: []string{[]string{"low", "medium", "high"}[i%3]}}
			}), method: audit.All, attributes: []string{"Assessed and approved before first use"}, evidence: lists("VM-02", 2, 13, 2)},
	}
}
