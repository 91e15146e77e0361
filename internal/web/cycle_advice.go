package web

import (
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
)

// advicePage asks what is needed for advice, and gives it.
type advicePage struct {
	frame
	Answers isms.AdviceAnswers
	Given   bool // all questions are answered
	Advice  isms.Advice
	Figures isms.AdviceFigures
}

const (
	soc2ID = "soc2-2017"
	isoID  = "iso27001-2022"
)

// getAdvice shows it: GET /o/{org}/isms/advice?buyers=&asked=...
func (s *Server) getAdvice(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := advicePage{Answers: isms.AdviceAnswers{Buyers: r.FormValue("buyers"), Asked: r.FormValue("asked"), Has: r.FormValue("has"), Deadline: r.FormValue("deadline"), Size: r.FormValue("size"), Others: r.FormValue("others")}}
	p.Answers, p.Given = p.Answers.Checked()
	var err error
	if p.Figures, err = s.adviceFigures(r, who); err != nil {
		return err
	}
	if p.Given {
		p.Advice = isms.Advise(p.Answers, p.Figures)
	}
	p.frame = s.frame(w, r, who, "isms", "Which first", crumb{"Management system", orgPath(who.Slug(), "isms")})
	p.frame.Tabs = ismsTabs(who.Slug(), "gate")
	return s.render(w, r, http.StatusOK, showAdvice(p))
}

// of is the answer to a question.
func (p advicePage) of(key string) string {
	return map[string]string{"buyers": p.Answers.Buyers, "asked": p.Answers.Asked, "has": p.Answers.Has, "deadline": p.Answers.Deadline, "size": p.Answers.Size, "others": p.Answers.Others}[key]
}

// adviceFigures are design coverage of both frameworks, as the pages of frameworks
// show it. They are known only to who may see them.
func (s *Server) adviceFigures(r *http.Request, who visitor) (isms.AdviceFigures, error) {
	var f isms.AdviceFigures
	if !who.Can(access.ViewPosture) || !who.Can(access.ViewControls) {
		return f, nil
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return f, err
	}
	soc2, ok1 := b.library.Frameworks.Find(soc2ID)
	iso, ok2 := b.library.Frameworks.Find(isoID)
	if !ok1 || !ok2 || len(b.Controls) == 0 {
		return f, nil
	}
	for _, x := range []struct {
		of   *framework.Framework
		into *isms.AdviceFigure
	}{{soc2, &f.SOC2}, {iso, &f.ISO}} {
		asked, covered, err := b.closed(x.of)
		if err != nil {
			return f, err
		}
		*x.into = isms.FigureFor(asked, covered)
	}
	report, err := b.report(soc2, iso)
	if err != nil {
		return f, err
	}
	f.Net, f.NetKnown = report.Totals.NetNew, true
	return f, nil
}

// closed counts what is asked of a framework in scope and what of it design leaves
// nothing to do for, read as its own page reads it: by its own controls, or through
// the framework that says most about it.
func (b *book) closed(f *framework.Framework) (asked, covered int, err error) {
	from := b.through(f, "")
	if from == nil {
		return len(f.Asked()) - len(b.outside(f)), b.metBy(f, b.meets(f)), nil
	}
	r, err := b.report(from, f)
	if err != nil {
		return 0, 0, err
	}
	return r.Overlap.Of, r.Overlap.Closed, nil
}

// getSOC2Checklist is the readiness checklist for SOC 2 beside ISO/IEC 27001: GET
// /o/{org}/isms/advice/soc2?format=.
func (s *Server) getSOC2Checklist(w http.ResponseWriter, r *http.Request, who visitor) error {
	rows, facts, err := s.soc2Checklist(r, who)
	if err != nil {
		return err
	}
	head := []string{"Criterion", "Topic", "Coverage in design", "Operation", "In ISO/IEC 27001", "Documents", "First thing to do"}
	if format := r.FormValue("format"); format == "xlsx" || format == "csv" {
		return sendTable(w, who.Slug()+"-soc2-readiness", document.Sheet{Name: "SOC 2 readiness", Header: head, Rows: rows}, format)
	}
	zone, err := s.courseZone(r, who)
	if err != nil {
		return err
	}
	rep := document.Report{Title: "SOC 2 readiness, beside ISO/IEC 27001", Of: who.Org, At: s.Now().In(zone), Wide: true, Facts: facts,
		About: "One line for each criterion in scope: how far it is covered in design, how the controls behind it operated, which requirements of ISO/IEC 27001 share its ground by the crosswalk you rest on, and what to do first. Coverage is design; operation is another matter. A SOC 2 report is an attestation by a CPA firm, and this checklist is none.",
		Parts: []document.Part{{Table: &document.Grid{Caption: "Criteria in scope", Head: head, Weights: []float64{1, 2, 1.4, 1.2, 1.8, 2.2, 3}, Rows: rows, None: "No criterion is in scope. Choose the categories of your report in the settings of the framework."}}}}
	f := s.frame(w, r, who, "isms", "SOC 2 readiness", crumb{"Management system", orgPath(who.Slug(), "isms")}, crumb{"Which first", orgPath(who.Slug(), "isms", "advice")})
	f.Tabs = ismsTabs(who.Slug(), "gate")
	return s.showReport(w, r, f, rep, registerAct{Text: "XLSX", Icon: "file-spreadsheet", To: query(orgPath(who.Slug(), "isms", "advice", "soc2"), "format", "xlsx")})
}

// soc2Checklist works the lines out: coverage and counterparts of the crosswalk,
// operation of the judge, documents of the dry run.
func (s *Server) soc2Checklist(r *http.Request, who visitor) (rows [][]string, facts [][2]string, err error) {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return nil, nil, err
	}
	soc2, _ := b.library.Frameworks.Find(soc2ID)
	iso, _ := b.library.Frameworks.Find(isoID)
	list, _, err := b.lines(soc2, iso)
	if err != nil {
		return nil, nil, err
	}
	judged, err := s.Standing.Judge(r.Context(), who.Actor, soc2ID, s.Now())
	if err != nil {
		return nil, nil, err
	}
	run, err := s.ISMS.Documents(r.Context(), who.Actor, soc2ID, s.Now())
	if err != nil {
		return nil, nil, err
	}
	papers := map[string][]string{}
	for _, l := range run.Lines {
		papers[l.Requirement.ID] = append(papers[l.Requirement.ID], l.Label+": "+l.State.Words())
	}
	covered, shared := 0, 0
	m := b.Stack.Relate(isoID, soc2ID)
	for _, l := range list {
		if l.Kind == ownLeft {
			continue
		}
		also := counterparts(m, l.ID)
		if also != "" {
			shared++
		}
		if strings.HasPrefix(l.Kind, "full") || l.Kind == "met" {
			covered++
		}
		rows = append(rows, []string{l.ID, l.Label, l.Words, judged.Requirements[l.ID].Operation.Words(), orElse(also, "no counterpart"), orElse(strings.Join(papers[l.ID], "; "), "none asked"), l.First})
	}
	facts = [][2]string{{"Criteria in scope", group(len(rows))}, {"Covered in design", group(covered)}, {"With a counterpart in ISO/IEC 27001", group(shared)}}
	return rows, facts, nil
}

// counterparts names the requirements of the other framework that share ground with a
// criterion: first those that hold all of it, then those that hold a part.
func counterparts(m *crosswalk.Matrix, id string) string {
	var whole, part []string
	for p := range m.Toward(id) {
		switch {
		case p.Candidate || p.Contradiction:
		case p.Mask.Full():
			whole = append(whole, p.Source.ID)
		case p.Mask.Overlap():
			part = append(part, p.Source.ID)
		}
	}
	out := strings.Join(whole, ", ")
	if len(part) > 0 {
		out += map[bool]string{true: "; "}[out != ""] + "in part " + strings.Join(part[:min(len(part), 8)], ", ")
	}
	if len(part) > 8 {
		out += " and " + group(len(part)-8) + " more"
	}
	return out
}
