package web

import (
	"bytes"
	"net/http"
	"time"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/isms"
)

// documentsPage is the dry run over required documents.
type documentsPage struct {
	frame
	Run        isms.DryRun
	Lines      []isms.DocumentLine
	Pills      []pill
	Frameworks []option
	Framework  string
	State      string
}

// getDocuments runs it: GET /o/{org}/isms/documents?framework=&state=&format=.
func (s *Server) getDocuments(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := documentsPage{Framework: orElse(r.FormValue("framework"), "iso27001-2022"), State: r.FormValue("state")}
	run, err := s.ISMS.Documents(r.Context(), who.Actor, p.Framework, s.Now())
	if err != nil {
		return err
	}
	p.Run = run
	p.frame = s.frame(w, r, who, "isms", "Required documents", crumb{"Management system", orgPath(who.Slug(), "isms")})
	p.frame.Tabs = ismsTabs(who.Slug(), "documents")
	to := func(state string) string {
		return query(p.path("isms", "documents"), "framework", p.Framework, "state", state)
	}
	switch format := r.FormValue("format"); format {
	case "html", "pdf":
		zone, err := s.courseZone(r, who)
		if err != nil {
			return err
		}
		return s.showReport(w, r, p.frame, documentsReport(run, who.Org, s.Now().In(zone)), registerAct{Text: "XLSX", Icon: "download", To: query(to(""), "format", "xlsx")})
	case "xlsx", "csv":
		return sendDocuments(w, who.Slug(), run, format)
	}
	p.Pills = []pill{{Text: "All", N: len(run.Lines), On: p.State == "", To: to("")}}
	for _, x := range isms.DocumentStates() {
		if n := run.Count(x); n > 0 || string(x) == p.State {
			p.Pills = append(p.Pills, pill{Text: upperFirst(x.Words()), N: n, Mark: documentMark(x), On: p.State == string(x), To: to(string(x))})
		}
	}
	for _, l := range run.Lines {
		if p.State == "" || string(l.State) == p.State {
			p.Lines = append(p.Lines, l)
		}
	}
	for _, id := range isms.DryRunFrameworks() {
		p.Frameworks = append(p.Frameworks, option{id, frameworkTitle(id)})
	}
	return s.render(w, r, http.StatusOK, showDocuments(p))
}

func documentMark(s isms.DocumentState) string {
	switch s {
	case isms.DocumentExists:
		return "good"
	case isms.DocumentMissing:
		return "bad"
	case isms.DocumentExcluded:
		return "left"
	}
	return "warn"
}

// documentShows says what a line rests on.
func documentShows(l isms.DocumentLine) string {
	out := ""
	for i, r := range l.Shows {
		if i > 0 {
			out += "; "
		}
		out += r.Words + " (" + dayWords(r.On) + ")"
	}
	if l.More > 0 {
		out += "; " + group(l.More) + " more"
	}
	return out
}

func documentNeed(l isms.DocumentLine) string {
	if l.Policy != "" {
		return "policy"
	}
	return evidenceKindLabel(l.Record)
}

// documentsReport is the dry run as a report, a part for each state.
func documentsReport(run isms.DryRun, org string, at time.Time) document.Report {
	rep := document.Report{Title: "Required documents: " + frameworkTitle(run.Framework), Of: org, At: at, Wide: true,
		About: "A dry run of the first audit over the documents and records that the framework, or custom, asks for. It says whether each is there, in force and old enough. It does not say whether its content is good; and no list of ours takes the place of the standard, which you must have.",
	}
	judged := "judged for today, as no audit is entered"
	if run.Audit.ID != "" {
		judged = "judged for " + run.Audit.Name() + " on " + dayWords(run.Audit.Judged())
	}
	rep.Facts = [][2]string{{"Framework", frameworkTitle(run.Framework)}, {"Day", judged}}
	for _, x := range isms.DocumentStates() {
		rep.Facts = append(rep.Facts, [2]string{upperFirst(x.Words()), group(run.Count(x))})
	}
	for _, x := range isms.DocumentStates() {
		if run.Count(x) == 0 {
			continue
		}
		grid := document.Grid{Caption: upperFirst(x.Words()), Head: []string{"Requirement", "Document", "Satisfied by", "What there is", "Why"}, Weights: []float64{1.4, 2.6, 2, 3, 3}}
		for _, l := range run.Lines {
			if l.State == x {
				grid.Rows = append(grid.Rows, []string{orElse(l.Requirement.ID, "whole"), l.Label, documentNeed(l), orElse(documentShows(l), "nothing"), l.Why})
			}
		}
		rep.Parts = append(rep.Parts, document.Part{Heading: upperFirst(x.Words()) + ": " + group(run.Count(x)), Table: &grid})
	}
	return rep
}

func sendDocuments(w http.ResponseWriter, slug string, run isms.DryRun, format string) error {
	t := document.Sheet{Name: "Required documents", Header: []string{"Framework", "Requirement", "Sort", "Document", "Satisfied by", "State", "Why", "What there is", "Old enough on"}}
	for _, l := range run.Lines {
		t.Rows = append(t.Rows, []string{l.Requirement.Framework, l.Requirement.ID, l.Sort, l.Label, documentNeed(l), l.State.Words(), l.Why, documentShows(l), l.Ready.String()})
	}
	return sendTable(w, slug+"-required-documents", t, format)
}

// sendTable hands a table out as CSV or XLSX.
func sendTable(w http.ResponseWriter, name string, t document.Sheet, format string) error {
	var b bytes.Buffer
	if format == "csv" {
		if err := document.WriteCSV(&b, document.Table{Name: t.Name, Rows: append([][]string{t.Header}, t.Rows...)}); err != nil {
			return err
		}
		return sendFile(w, "text/csv; charset=utf-8", name+".csv", b.Bytes())
	}
	if err := document.WriteXLSX(&b, []document.Sheet{t}); err != nil {
		return err
	}
	return sendFile(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name+".xlsx", b.Bytes())
}
