package demo

import (
	"context"
	"fmt"
	"slices"
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
		at := t.at(t.in(8, 6), 9, 20*n)
		if x.to >= 8 {
			day, hour := min(t.in(months, 4), t.yesterday), 9
			if day == t.month(13).To {
				hour = 19 // the lists were taken that afternoon
			}
			at = t.at(day, hour, 20*n)
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

// populations are what the auditor looked at: of leavers and changes each half of the
// window, of the others all of it.
func (t *story) populations() []examined {
	return slices.Concat(t.leavers(), t.changes(), t.others())
}

// filedFor are the keys of the lists of a control over some months.
func (t *story) filedFor(code string, from, to, step int) []string {
	var out []string
	for i := from; i <= to; i += step {
		out = append(out, code+" "+words(cadence.Days{From: t.month(i).From, To: t.month(i + step - 1).To}))
	}
	return out
}

func (t *story) leavers() []examined {
	row := func(first int) func(int, cadence.Date) audit.Row {
		return func(i int, _ cadence.Date) audit.Row {
			key, hours := fmt.Sprintf("L-%02d", first+i), 2+(i*5)%17
			if key == lateLeaver {
				hours = 76
			}
			return audit.Row{Key: key, Cells: []string{fmt.Sprintf("Leaver %d", first+i), fmt.Sprintf("%d hours after", hours)}}
		}
	}
	x := examined{control: "AC-03", source: "People system, report “ends of employment”", complete: "Compared with payroll: the same people stopped being paid.", pace: audit.EachTime,
		columns: []string{"person", "last account disabled"}, method: audit.All,
		attributes: []string{"Every account was disabled within 24 hours of the last day", "Devices, keys and tokens came back"}}
	first, second := x, x
	first.name, first.from, first.to, first.rows, first.evidence = "Leavers, first half of the window", 2, 7, t.spread(2, 7, 9, row(1)), t.filedFor("AC-03", 2, 7, 2)
	first.exception, first.because = lateLeaver, "The account in the code hosting was disabled 76 hours after the last day. It was not used meanwhile; the log of sign-ins was looked at."
	second.name, second.from, second.to, second.rows, second.evidence = "Leavers, second half of the window", 8, 13, t.spread(8, 13, 7, row(10)), t.filedFor("AC-03", 8, 13, 2)
	return []examined{first, second}
}

func (t *story) changes() []examined {
	row := func(first int) func(int, cadence.Date) audit.Row {
		return func(i int, _ cadence.Date) audit.Row {
			return audit.Row{Key: fmt.Sprintf("CHG-%d", first+i), Stratum: pick(i*i+i/3, "api", "web", "infrastructure"), Cells: []string{t.person(i), t.person(i + 41)}}
		}
	}
	x := examined{control: "CH-01", source: "Deployment log of the pipeline, all runs to production", complete: "The count equals that of the pipeline for the same days; numbers have no gap.",
		pace: audit.EachTime, columns: []string{"author", "approved by"}, attributes: []string{"Approved by somebody else than the author before it went live", "Tested, with a way back"}}
	first, second := x, x
	first.name, first.from, first.to, first.rows, first.evidence = "Production changes, first half of the window", 2, 7, t.spread(2, 7, 214, row(1001)), t.filedFor("CH-01", 2, 7, 1)
	first.method, first.size = audit.Random, 22
	second.name, second.from, second.to, second.rows, second.evidence = "Production changes, second half of the window", 8, 13, t.spread(8, 13, 187, row(1215)), t.filedFor("CH-01", 8, 13, 1)
	second.method, second.size = audit.Stratified, 19
	return []examined{first, second}
}

// others are smaller ones over the whole window.
func (t *story) others() []examined {
	list := []struct {
		control, lists, name, source, complete, column, key string
		from, rows, size                                    int // first number, rows, and how many are drawn; zero: all
		values                                              []string
		attribute                                           string
	}{
		{"AC-01", "AC-01", "Accounts created", "Directory, audit log, event “account created”", "Matched to the starters of the people system; no account without one.", "system", "ACC-%03d", 310, 38, 5,
			[]string{"Directory", "Code hosting"}, "Belongs to one person with an approved hire record"},
		{"HR-01", "AC-01", "Starters", "People system, report “starts of employment”", "Compared with payroll: the same people began to be paid.", "function", "S-%02d", 31, 19, 5,
			[]string{"engineering", "support", "product"}, "Screened before the first access"},
		{"IN-03", "IN-02", "Events reported", "Incident log, all entries", "Entries are numbered by the system; none is missing.", "class", "EV-%03d", 41, 26, 5,
			[]string{"lost device", "phishing mail", "false alarm", "misdirected mail"}, "Classified within the hour, by a named person"},
		{"VM-02", "VM-02", "Vendors taken on", "Vendor register, added in the window", "Matched to first payments in the books.", "tier", "V-%02d", 61, 6, 0,
			[]string{"low", "medium", "high"}, "Assessed and approved before first use"},
		{"VU-03", "VU-03", "Weaknesses found", "Scanner and dependency alerts, all that were opened", "The sum of both sources; duplicates were joined by their number.", "severity", "W-%03d", 700, 92, 10,
			[]string{"low", "medium", "high"}, "Fixed within the time for its severity"},
	}
	var out []examined
	for _, l := range list {
		x := examined{control: l.control, name: l.name, source: l.source, complete: l.complete, from: 2, to: 13, pace: audit.EachTime, columns: []string{l.column},
			method: audit.All, attributes: []string{l.attribute}, evidence: t.filedFor(l.lists, 2, 13, 2)}
		if l.size > 0 {
			x.method, x.size = audit.Random, l.size
		}
		x.rows = t.spread(2, 13, l.rows, func(i int, _ cadence.Date) audit.Row {
			return audit.Row{Key: fmt.Sprintf(l.key, l.from+i), Cells: []string{pick(i, l.values...)}}
		})
		out = append(out, x)
	}
	return out
}
