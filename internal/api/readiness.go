package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/standing"
)

// inWindow names a framework and the question asked about it.
type inWindow struct {
	InOrg
	Framework string `path:"framework" maxLength:"100" example:"soc2-2017"`
	From      string `query:"from" format:"date" doc:"First day of the observation window. Leave both days out to ask about today." example:"2025-11-01"`
	To        string `query:"to" format:"date" doc:"Last day of the window." example:"2026-10-31"`
	Via       string `query:"via" maxLength:"100" doc:"Framework to read the coverage through; left out: by the organisation's own controls."`
}

// window is the window asked about; none when both days were left out.
func (in inWindow) window() (cadence.Days, error) {
	if in.From == "" && in.To == "" {
		return cadence.Days{}, nil
	}
	var w cadence.Days
	var err error
	if w.From, err = cadence.ParseDate(in.From); err != nil {
		return w, problem.Field("query.from", "The first day of the window is missing or no date. Write it as 2025-11-01.")
	}
	if w.To, err = cadence.ParseDate(in.To); err != nil {
		return w, problem.Field("query.to", "The last day of the window is missing or no date. Write it as 2026-10-31.")
	}
	if !w.Known() {
		return w, problem.Field("query.to", "The window ends before it begins.")
	}
	if w.Len() > 10*366 {
		return w, problem.Field("query.to", "The window is longer than ten years.")
	}
	return w, nil
}

// reading works out how the framework is covered in design.
func (s *Server) reading(ctx context.Context, who access.Actor, in inWindow) (standing.Reading, error) {
	st, err := s.design(ctx, who)
	if err != nil {
		return standing.Reading{}, err
	}
	f, err := st.framework(in.Framework, "path.framework")
	if err != nil {
		return standing.Reading{}, err
	}
	v, err := s.inventory(ctx, who, st.library)
	if err != nil {
		return standing.Reading{}, err
	}
	r := standing.Reading{Framework: f, Operated: map[string][]string{}, Outside: st.outside(f, v)}
	if in.Via != "" {
		from, to, err := st.ways(in.Via, in.Framework)
		if err != nil {
			return r, err
		}
		r.Report, err = s.report(ctx, who, st, v, from, to)
		return r, err
	}
	var adopted []posture.Adopted
	for _, a := range v.adopted {
		adopted = append(adopted, posture.Adopted{Code: a.control.Code, Entry: a.Entry, Status: a.control.Status, Edited: a.drift.Worded(), Links: a.links})
	}
	if len(adopted) > 0 {
		r.Own = posture.OwnCoverage(f, adopted, s.Crosswalk.Reach())
	}
	for _, c := range v.controls {
		for _, l := range v.links[c.ID] {
			if c.Status == control.Operated && l.Ref.Framework == f.ID {
				r.Operated[l.Ref.ID] = append(r.Operated[l.Ref.ID], c.Code)
			}
		}
	}
	return r, nil
}

// Readiness is how a framework stands: what is covered in design, and how the
// controls behind it operated. The two are separate figures.
type Readiness struct {
	Framework    string             `json:"framework"`
	Warnings     []string           `json:"warnings" doc:"What is unusual about the window."`
	Coverage     map[string]int     `json:"coverage" doc:"Requirements by their coverage in design."`
	Operation    map[string]int     `json:"operation" doc:"Requirements in scope by what the controls behind them showed."`
	Readiness    map[string]int     `json:"readiness" doc:"Requirements by both."`
	Requirements []RequirementReady `json:"requirements"`
	Controls     []ControlOperated  `json:"controls"`
}

// RequirementReady is how one requirement stands.
type RequirementReady struct {
	ID        string   `json:"id" example:"CC6.2"`
	Label     string   `json:"label"`
	Coverage  string   `json:"coverage" enum:"full,full_union,full_attested,partial,candidate,none,not_applicable"`
	Operation string   `json:"operation" enum:"effective,not_yet_due,exceptions,gap,unknown"`
	Readiness string   `json:"readiness" enum:"ready,not_yet_due,exceptions,gap,unknown,open,not_applicable"`
	Controls  []string `json:"controls" doc:"Codes of the controls it rests on, the worst first."`
	Next      string   `json:"next" doc:"What to do next; empty when it is ready."`
}

// ControlOperated is how one control operated, with the reasons.
type ControlOperated struct {
	Code   string   `json:"code" example:"AC-04"`
	State  string   `json:"state" enum:"effective,not_yet_due,exceptions,gap,unknown"`
	From   string   `json:"from" doc:"First day judged; empty when none was."`
	To     string   `json:"to" doc:"Last day judged."`
	Why    []string `json:"why"`
	Missed int      `json:"missed" doc:"Occurrences that were missed."`
	Late   int      `json:"late" doc:"Occurrences that were done late."`
}

func getReadiness(s *Server, ctx context.Context, who access.Actor, in *inWindow) (*oneOut[Readiness], error) {
	window, err := in.window()
	if err != nil {
		return nil, err
	}
	reading, err := s.reading(ctx, who, *in)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	book, err := s.Standing.Open(ctx, who, now)
	if err != nil {
		return nil, err
	}
	asked := standing.Asked{Window: window}
	if !window.Known() {
		asked.On = book.Zones.DateOf(now)
	}
	return single(readinessOf(book.Readiness(reading, asked, now)), nil)
}

func readinessOf(r *standing.Readiness) Readiness {
	out := Readiness{Framework: r.Framework.ID, Warnings: append([]string{}, r.Question.Warnings()...), Coverage: map[string]int{}, Operation: map[string]int{}, Readiness: map[string]int{}, Controls: []ControlOperated{}}
	for k, n := range r.Summary.Coverage {
		out.Coverage[string(k)] = n
	}
	for k, n := range r.Summary.Operation {
		out.Operation[string(k)] = n
	}
	for k, n := range r.Summary.Readiness {
		out.Readiness[string(k)] = n
	}
	seen := map[string]bool{}
	for _, q := range r.Requirements {
		line := RequirementReady{q.ID, q.Requirement.Label, string(q.Coverage), string(q.Operation), string(q.Readiness), []string{}, q.Next}
		for _, c := range q.Controls {
			line.Controls = append(line.Controls, c.Code)
			if o, ok := r.Control(c.Code); ok && !seen[c.Code] {
				seen[c.Code] = true
				out.Controls = append(out.Controls, operatedOf(o))
			}
		}
		out.Requirements = append(out.Requirements, line)
	}
	return out
}

func operatedOf(o posture.Operated) ControlOperated {
	out := ControlOperated{Code: o.Code, State: string(o.State), From: o.Judged.From.String(), To: o.Judged.To.String(), Why: append([]string{}, o.Why...)}
	for _, x := range o.Occurrences {
		switch x.Outcome {
		case posture.Missed:
			out.Missed++
		case posture.Late:
			out.Late++
		}
	}
	return out
}

// bundleWithin is how long writing a bundle may take.
const bundleWithin = time.Hour

// getBundle writes a bundle. That one was made is recorded in the log, and the
// log vouches for what is in it.
func getBundle(s *Server, ctx context.Context, who access.Actor, in *inWindow) (*huma.StreamResponse, error) {
	window, err := in.window()
	if err != nil {
		return nil, err
	}
	reading, err := s.reading(ctx, who, *in)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	b, err := s.Report.Compose(ctx, who, report.Asked{Reading: reading, Window: window}, now)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		_, w := humago.Unwrap(h)
		control := http.NewResponseController(w)
		// the connection was given two minutes; this takes as long as the evidence is large
		if err := control.SetWriteDeadline(time.Now().Add(bundleWithin)); err != nil {
			s.Log.Warn("a bundle cannot be given more time", "err", err)
		}
		h.SetHeader("Content-Type", "application/zip")
		h.SetHeader("Content-Disposition", fmt.Sprintf("attachment; filename=%q", in.Framework+".zip"))
		if err := s.Report.Write(h.Context(), who, b, h.BodyWriter(), now); err != nil {
			s.Log.Error("a bundle broke off", "err", err)
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
	}}, nil
}

// Policy is a trust policy, as a file.
type policyOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func getPolicy(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*policyOut, error) {
	p, err := s.Trail.Policy(ctx, who)
	if err != nil {
		return nil, err
	}
	return &policyOut{"text/plain; charset=utf-8", []byte(p.String())}, nil
}
