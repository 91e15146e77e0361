package gap

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/posture"
)

//go:embed report.html
var reportHTML string

// theme is one block of the HTML form.
type theme struct {
	Name         string
	Closed, Of   int
	Requirements []Requirement
}

// WriteHTML writes the report as one self-contained page: no script, no font and
// no picture from anywhere else, fit to be sent to a colleague or printed.
func WriteHTML(w io.Writer, r *Report) error {
	t, err := template.New("gap").Funcs(template.FuncMap{
		"mark":  mark,
		"join":  strings.Join,
		"words": posture.Coverage.Words,
		"tally": counted,
	}).Parse(reportHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, struct {
		*Report
		Themes []theme
		Counts []count
	}{r, r.themes(), r.counts()})
}

type count struct {
	Coverage posture.Coverage
	N        int
}

func (r *Report) counts() []count {
	var out []count
	for _, c := range posture.Coverages() {
		out = append(out, count{c, r.Totals.of(c)})
	}
	return slices.DeleteFunc(out, func(c count) bool {
		return c.N == 0 && (c.Coverage == posture.FullAttested || c.Coverage == posture.NotApplicable)
	})
}

func (r *Report) themes() []theme {
	var out []theme
	for _, req := range r.Requirements {
		if len(out) == 0 || out[len(out)-1].Name != req.Group {
			out = append(out, theme{Name: req.Group})
		}
		t := &out[len(out)-1]
		t.Requirements = append(t.Requirements, req)
		t.Of++
		if req.Coverage.Closed() {
			t.Closed++
		}
	}
	return out
}
