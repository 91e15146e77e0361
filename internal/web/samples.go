package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/audit"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/problem"
)

// samplesPage lists the populations.
type samplesPage struct {
	frame
	Rows      []sampleRow
	All       int
	Pills     []pill
	State     string
	Text      string
	CanManage bool
}

// sampleRow is one population in the list.
type sampleRow struct {
	audit.Line
	Control control.Control
	State   sampleState
}

// sampleState is how far a population has come.
type sampleState struct{ Key, Mark, Words string }

var sampleStates = []sampleState{
	{"draft", "planned", "draft"}, {"fixed", "info", "nothing drawn yet"}, {"open", "warn", "being examined"}, {"clean", "good", "no exception"}, {"exceptions", "bad", "exceptions"}, {"erased", "left", "rows erased"},
}

// stateOf says how far a population has come.
func stateOf(p audit.Population, s audit.Summary) sampleState {
	all := s.All()
	at := 0
	switch {
	case !p.Fixed():
	case p.Erased():
		at = 5
	case all.Selected == 0:
		at = 1
	case all.Exceptions > 0:
		at = 4
	case all.Open > 0:
		at = 2
	default:
		at = 3
	}
	return sampleStates[at]
}

// getSamples lists them: GET /o/{org}/samples?state=&text=.
func (s *Server) getSamples(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	list, err := s.Samples.List(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := samplesPage{All: len(list), State: r.FormValue("state"), Text: strings.TrimSpace(r.FormValue("text")), CanManage: who.Can(access.ManagePopulations)}
	p.frame = s.frame(w, r, who, "samples", "Sampling")
	n := map[string]int{}
	for _, l := range list {
		row := sampleRow{Line: l, Control: b.control(l.Control), State: stateOf(l.Population, l.Summary)}
		if !matches(p.Text, l.Name, row.Control.Code, row.Control.Title) {
			continue
		}
		n[row.State.Key]++
		if p.State == "" || p.State == row.State.Key {
			p.Rows = append(p.Rows, row)
		}
	}
	p.Pills = []pill{{Text: "All", To: query(p.path("samples"), "text", p.Text), N: sum(n), On: p.State == ""}}
	for _, st := range sampleStates {
		if n[st.Key] > 0 || p.State == st.Key {
			p.Pills = append(p.Pills, pill{Text: upperFirst(st.Words), To: query(p.path("samples"), "state", st.Key, "text", p.Text), N: n[st.Key], On: p.State == st.Key, Mark: st.Mark})
		}
	}
	return s.render(w, r, http.StatusOK, listSamples(p))
}

func sum(n map[string]int) int {
	all := 0
	for _, k := range n {
		all += k
	}
	return all
}

// control returns a control by its id; one that is not there has only the id.
func (b *book) control(id string) control.Control {
	if i := slices.IndexFunc(b.Controls, func(c control.Control) bool { return c.ID == id }); i >= 0 {
		return b.Controls[i]
	}
	return control.Control{ID: id, Code: "–"}
}

// sizesPage is how many items are customary at each pace.
type sizesPage struct {
	frame
	Bands   audit.Bands
	Typed   map[string]string // as typed, after a fault
	CanSet  bool
	Problem *problem.Error
}

func (p sizesPage) value(b audit.Band, field string, n int) string {
	if v, ok := p.Typed[string(b.Pace)+"-"+field]; ok {
		return v
	}
	return strconv.Itoa(n)
}

// getSizes shows them: GET /o/{org}/samples/sizes.
func (s *Server) getSizes(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showSizes(w, r, who, http.StatusOK, sizesPage{})
}

func (s *Server) showSizes(w http.ResponseWriter, r *http.Request, who visitor, status int, p sizesPage) (err error) {
	if p.Bands, err = s.Samples.Bands(r.Context(), who.Actor, s.Now()); err != nil {
		return err
	}
	p.CanSet = who.Can(access.ManagePopulations)
	p.frame = s.frame(w, r, who, "samples", "Customary sizes", crumb{"Sampling", orgPath(who.Slug(), "samples")})
	return s.render(w, r, status, showSizes(p))
}

// postSizes changes them from now on: POST /o/{org}/samples/sizes.
func (s *Server) postSizes(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := sizesPage{Typed: map[string]string{}}
	var bands audit.Bands
	for _, b := range audit.CustomaryBands() {
		number := func(field string, to *int) {
			key := string(b.Pace) + "-" + field
			p.Typed[key] = r.FormValue(key)
			n, err := strconv.Atoi(strings.TrimSpace(p.Typed[key]))
			if err != nil {
				n = -1 // refused with a sentence that names the line
			}
			*to = n
		}
		number("low", &b.Low)
		number("high", &b.High)
		if b.Percent > 0 {
			number("percent", &b.Percent)
			number("least", &b.Least)
		}
		bands = append(bands, b)
	}
	if err := s.Samples.SetBands(r.Context(), who.Actor, bands, s.Now()); err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showSizes(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "samples", "sizes"), "Saved. The sizes hold from now on; what was drawn stays as it is.")
}

// populationForm is what a draft says of itself; all values as typed.
type populationForm struct {
	frame
	New      bool
	ID       string
	Value    map[string]string
	Controls []option
	Problem  *problem.Error
}

var populationFields = []string{"control", "name", "from", "to", "pace", "source", "parameters", "extracted", "completeness"}

// getNewPopulation shows an empty form: GET /o/{org}/samples/new?control=.
func (s *Server) getNewPopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := populationForm{New: true, Value: map[string]string{}}
	if i, ok := b.byCode[r.FormValue("control")]; ok {
		c := b.Controls[i]
		p.Value["control"], p.Value["source"] = c.ID, c.Population
	}
	return s.showPopulationForm(w, r, who, http.StatusOK, p)
}

// getEditPopulation shows the form of a draft: GET /o/{org}/samples/{population}/edit.
func (s *Server) getEditPopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.Samples.Find(r.Context(), who.Actor, r.PathValue("population"))
	if err != nil {
		return err
	}
	v := map[string]string{"control": x.Control, "name": x.Name, "from": x.Window.From.String(), "to": x.Window.To.String(), "pace": string(x.Pace), "source": x.Source, "parameters": x.Parameters, "completeness": x.Completeness}
	if !x.ExtractedAt.IsZero() {
		v["extracted"] = x.ExtractedAt.UTC().Format(localTime)
	}
	return s.showPopulationForm(w, r, who, http.StatusOK, populationForm{ID: x.ID, Value: v})
}

// localTime is how a browser writes date and time.
const localTime = "2006-01-02T15:04"

func (s *Server) showPopulationForm(w http.ResponseWriter, r *http.Request, who visitor, status int, p populationForm) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Controls = []option{{"", "Choose"}}
	for _, c := range b.Controls {
		p.Controls = append(p.Controls, option{c.ID, c.Code + " · " + c.Title})
	}
	title, crumbs := "New population", []crumb{{"Sampling", orgPath(who.Slug(), "samples")}}
	if !p.New {
		title, crumbs = "Edit", append(crumbs, crumb{p.Value["name"], orgPath(who.Slug(), "samples", p.ID)})
	}
	p.frame = s.frame(w, r, who, "samples", title, crumbs...)
	return s.render(w, r, status, editPopulation(p))
}

// typedPopulation reads the form. Where nobody said how often the control acts, its
// frequency says.
func (b *book) typedPopulation(r *http.Request) (audit.Population, map[string]string, error) {
	v := map[string]string{}
	for _, f := range populationFields {
		v[f] = strings.TrimSpace(r.FormValue(f))
	}
	x := audit.Population{Control: v["control"], Name: v["name"], Source: v["source"], Parameters: v["parameters"], Completeness: v["completeness"], Pace: audit.Pace(v["pace"])}
	if x.Pace == "" {
		c := b.control(v["control"])
		f, _ := cadence.Parse(c.Frequency)
		x.Pace = audit.PaceOf(c.Kind, f)
	}
	for field, to := range map[string]*cadence.Date{"from": &x.Window.From, "to": &x.Window.To} {
		if v[field] == "" {
			continue
		}
		d, err := cadence.ParseDate(v[field])
		if err != nil {
			return x, v, problem.Field(field, upperFirst(err.Error())+".")
		}
		*to = d
	}
	if v["extracted"] != "" {
		t, err := time.Parse(localTime, v["extracted"])
		if err != nil {
			return x, v, problem.Field("extracted", "Write date and time as 2026-03-01T09:00.")
		}
		x.ExtractedAt = t
	}
	return x, v, nil
}

// postPopulation enters a draft: POST /o/{org}/samples.
func (s *Server) postPopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.keepPopulation(w, r, who, "", func(x audit.Population) (string, error) {
		made, err := s.Samples.Create(r.Context(), who.Actor, x, s.Now())
		return made.ID, err
	})
}

// postEditPopulation changes a draft: POST /o/{org}/samples/{population}.
func (s *Server) postEditPopulation(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("population")
	return s.keepPopulation(w, r, who, id, func(x audit.Population) (string, error) {
		x.ID = id
		return id, s.Samples.Edit(r.Context(), who.Actor, x, s.Now())
	})
}

func (s *Server) keepPopulation(w http.ResponseWriter, r *http.Request, who visitor, id string, keep func(audit.Population) (string, error)) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	x, typed, err := b.typedPopulation(r)
	if err == nil {
		id, err = keep(x)
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid {
			return err
		}
		return s.showPopulationForm(w, r, who, statusOf(p.Code), populationForm{New: r.PathValue("population") == "", ID: r.PathValue("population"), Value: typed, Problem: p})
	}
	return back(w, r, orgPath(who.Slug(), "samples", id), "")
}

func paceOptions() []option {
	out := []option{{"", "As the control says"}}
	for _, b := range audit.CustomaryBands() {
		out = append(out, option{string(b.Pace), b.Pace.Label()})
	}
	return out
}

// share writes a share as a page shows it.
func share(x float64) string { return audit.Percent(x) }
