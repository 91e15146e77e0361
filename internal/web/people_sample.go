package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// peopleSamplePage answers a sample of persons.
type peopleSamplePage struct {
	frame
	Names    string // as typed, one a line
	From, To string
	Rows     []sampledRow
	Found    int // persons with something inside the window for everything asked, or a named exception
	Lacking  int
	CSV      string
	CanSee   bool
	Problem  *problem.Error
}

// sampledRow is what a window holds of one person.
type sampledRow struct {
	monitor.Sampled
	Judged string
	Picked []sampledCheck
}

type sampledCheck struct {
	monitor.Picked
	Mark, On string
	Proof    []personProof
}

// getPeopleSample shows it: GET /o/{org}/people/sample?names=&from=&to=&format=.
func (s *Server) getPeopleSample(w http.ResponseWriter, r *http.Request, who visitor) error {
	now := s.Now()
	b, err := s.Monitor.Board(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	p := peopleSamplePage{Names: r.FormValue("names"), From: r.FormValue("from"), To: r.FormValue("to"), CanSee: who.Can(access.ViewEvidence)}
	if p.From == "" && p.To == "" {
		p.From, p.To = b.Day.AddMonths(-12).String(), b.Day.String()
	}
	status := http.StatusOK
	if strings.TrimSpace(p.Names) != "" {
		if err := s.sampled(r, who, b, &p); err != nil {
			if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.NotFound {
				return err
			}
			status = statusOf(p.Problem.Code)
		}
	}
	if r.FormValue("format") == "csv" && p.Problem == nil && who.Can(access.ExportReports) {
		return p.csv(w)
	}
	if who.Can(access.ExportReports) {
		p.CSV = query(orgPath(who.Slug(), "people", "sample"), "names", p.Names, "from", p.From, "to", p.To, "format", "csv")
	}
	p.frame = s.frame(w, r, who, "people", "Answer a sample", crumb{"People", orgPath(who.Slug(), "people")})
	return s.render(w, r, status, peopleSample(p))
}

func (s *Server) sampled(r *http.Request, who visitor, b *monitor.Board, p *peopleSamplePage) error {
	ids, err := namedPersons(p.Names, b.Roster)
	if err != nil {
		return err
	}
	var window cadence.Days
	if window.From, err = formDay(r, "from"); err != nil {
		return err
	}
	if window.To, err = formDay(r, "to"); err != nil {
		return err
	}
	list, err := s.Monitor.Sample(r.Context(), who.Actor, ids, window, s.Now())
	if err != nil {
		return err
	}
	for _, x := range list {
		row := sampledRow{Sampled: x, Judged: dayWords(x.Judged)}
		lacking := false
		for _, c := range x.Picked {
			check := sampledCheck{Picked: c, Mark: verdictMark(c.Verdict), On: dayWords(c.On)}
			if check.Proof, err = s.proofOf(r.Context(), who, c.Evidence); err != nil {
				return err
			}
			lacking = lacking || c.Verdict == monitor.Lacking
			row.Picked = append(row.Picked, check)
		}
		if lacking {
			p.Lacking++
		} else {
			p.Found++
		}
		p.Rows = append(p.Rows, row)
	}
	return nil
}

func verdictMark(v monitor.Verdict) string {
	return map[monitor.Verdict]string{monitor.Found: "good", monitor.Earlier: "full_attested", monitor.Exception: "left", monitor.Lacking: "bad"}[v]
}

// namedPersons finds the persons of a list, one a line, by e-mail address or name.
func namedPersons(text string, r *people.Roster) ([]string, error) {
	register := people.NewRegister(r.All())
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.Trim(strings.TrimSpace(line), ",;"))
		if line == "" {
			continue
		}
		m := register.Match(line)
		if !m.Found {
			return nil, problem.Field("names", m.Why)
		}
		out = append(out, m.Person.ID)
	}
	if len(out) > monitor.MaxSample {
		return nil, problem.Field("names", fmt.Sprintf("These are %d persons; at most %d are answered at once.", len(out), monitor.MaxSample))
	}
	return out, nil
}

// csv hands the answer out as a table.
func (p peopleSamplePage) csv(w http.ResponseWriter) error {
	t := document.Table{Rows: [][]string{{"Name", "E-mail", "Judged on", "Check", "Finding", "Date", "Reason", "Evidence", "Known to the log by"}}}
	for _, r := range p.Rows {
		base := []string{r.Person.Name, r.Person.Email, r.Sampled.Judged.String()}
		if r.Why != "" {
			t.Rows = append(t.Rows, append(base, "", monitor.Exception.Words(), "", r.Why, "", ""))
		}
		for _, c := range r.Picked {
			var leaves []string
			for _, a := range c.Shown {
				leaves = append(leaves, a.Leaf)
			}
			t.Rows = append(t.Rows, append(base[:3:3], c.Check.Label(), c.Verdict.Words(), c.On, c.Reason, strings.Join(c.Evidence, " "), strings.Join(leaves, " ")))
		}
	}
	var file bytes.Buffer
	if err := document.WriteCSV(&file, t); err != nil {
		return err
	}
	return attach(w, "people-sample-"+p.From+"-"+p.To+".csv", "text/csv; charset=utf-8", file.Bytes())
}

// attach hands a file out.
func attach(w http.ResponseWriter, name, kind string, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(data)
	return quiet(err)
}
