package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Compare prints what each mapping set between two frameworks touches and closes.
type Compare struct {
	From      string `default:"soc2-2017" placeholder:"FRAMEWORK" help:"Framework the sets are read from."`
	To        string `default:"iso27001-2022" placeholder:"FRAMEWORK" help:"Framework they are read to."`
	Catalogue string `type:"existingdir" placeholder:"DIR" help:"Read frameworks/*.csv and mappings/*.csv from here instead of the shipped data."`
	Format    string `enum:"text,json,csv,markdown" default:"text" help:"text, json, csv or markdown."`
	Out       string `placeholder:"FILE" help:"Write here instead of to the terminal."`
}

// Example implements exampler.
func (Compare) Example() string {
	return "toucan crosswalk compare --from soc2-2017 --to iso27001-2022 --format markdown"
}

// Run prints one line per set, or per number of votes where its rows carry votes.
func (c *Compare) Run(a *App) error {
	lib, err := library(c.Catalogue)
	if err != nil {
		return err
	}
	from, err := findFramework(lib.Frameworks, "from", c.From)
	if err != nil {
		return err
	}
	to, err := findFramework(lib.Frameworks, "to", c.To)
	if err != nil {
		return err
	}
	voices := lib.Voices(from.ID, to.ID)
	if len(voices) == 0 {
		return problem.New(problem.NotFound, "No mapping set joins %s and %s. Choose two frameworks that a set joins.", from.Short, to.Short)
	}
	table := compared(lib.Compare(from, to, voices))
	w, finish, err := a.create(c.Out)
	if err != nil {
		return err
	}
	return finish(table.write(w, c.Format))
}

// figureTable is a comparison as rows of words: the same cells in every format.
type figureTable struct {
	From string       `json:"from"`
	To   string       `json:"to"`
	Sets []figureLine `json:"sets"`

	core  string // how the mandatory categories are called
	parts []crosswalk.Part
}

// figureLine is what one set touches and closes.
type figureLine struct {
	Set      string  `json:"set"`
	Votes    int     `json:"votes,omitempty"` // rows with fewer are left out
	Of       int     `json:"of,omitempty"`
	Kind     string  `json:"kind"`
	Core     *figure `json:"mandatory_categories,omitempty"` // absent where the source has none
	All      figure  `json:"all_categories"`
	Confirms []share `json:"confirms"`
}

type figure struct {
	Pairs   int     `json:"pairs"`
	Touched int     `json:"touched"`
	Of      int     `json:"of"`
	Parts   []share `json:"parts,omitempty"`
	Themes  []share `json:"themes"`
	Full    int     `json:"closed_by_a_row"`
	Union   int     `json:"closed_by_a_union"`
}

type share struct {
	Name string `json:"name"`
	N    int    `json:"n"`
	Of   int    `json:"of"`
}

func compared(c *crosswalk.Comparison) figureTable {
	t := figureTable{From: c.From.ID, To: c.To.ID, core: c.Core}
	for _, x := range c.Tallies {
		line := figureLine{Set: x.Voice.Set.ID, Votes: x.Voice.Votes, Of: x.Voice.Of, Kind: string(x.Voice.Set.Kind), All: figures(x.All)}
		if c.Core != "" {
			f := figures(x.Core)
			line.Core = &f
		}
		for i, other := range x.Confirms {
			if c.Tallies[i].Voice != x.Voice {
				line.Confirms = append(line.Confirms, share{c.Tallies[i].Voice.Name(), other.Pairs, other.Of})
			}
		}
		t.parts = x.All.Parts
		t.Sets = append(t.Sets, line)
	}
	return t
}

func figures(f crosswalk.Figures) figure {
	out := figure{Pairs: f.Pairs, Touched: f.Touched.N, Of: f.Touched.Of, Full: f.Full, Union: f.Union}
	for _, p := range f.Parts {
		out.Parts = append(out.Parts, share{p.Label, p.Touched.N, p.Touched.Of})
	}
	for _, p := range f.Themes {
		out.Themes = append(out.Themes, share{p.ID, p.Touched.N, p.Touched.Of})
	}
	return out
}

func (t figureTable) write(w io.Writer, format string) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return e.Encode(t)
	case "csv":
		c := csv.NewWriter(w)
		if err := c.WriteAll(append([][]string{t.head()}, t.body(func(n, _ int) string { return strconv.Itoa(n) })...)); err != nil {
			return err
		}
		return c.Error()
	case "markdown":
		return t.markdown(w)
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{t.head()}, t.body(withPercent)...) {
		if _, err := fmt.Fprintln(columns, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return columns.Flush()
}

// markdown writes the table as README.md has it.
func (t figureTable) markdown(w io.Writer) error {
	head := t.head()
	rows := [][]string{head, make([]string, len(head))}
	for i := range head {
		rows[1][i] = "---:"
	}
	rows[1][0] = "---"
	for _, row := range append(rows, t.body(withPercent)...) {
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")); err != nil {
			return err
		}
	}
	return nil
}

// head names the columns.
func (t figureTable) head() []string {
	out := []string{"set"}
	scopes := []string{"all categories"}
	if t.core != "" {
		scopes = []string{t.core + " alone", "all categories"}
	}
	for _, scope := range scopes {
		for _, p := range t.parts {
			out = append(out, scope+": "+p.Label)
		}
		out = append(out, scope+": touched", scope+": closed")
	}
	return append(out, "pairs")
}

// body writes one row per set, as number says.
func (t figureTable) body(number func(n, of int) string) [][]string {
	var out [][]string
	for _, l := range t.Sets {
		name := l.Set
		if l.Votes > 0 {
			name = fmt.Sprintf("%s, %d of %d votes or more", l.Set, l.Votes, l.Of)
		}
		row := []string{name}
		for _, f := range []*figure{l.Core, &l.All} {
			if f == nil {
				continue
			}
			for _, p := range f.Parts {
				row = append(row, number(p.N, p.Of))
			}
			row = append(row, number(f.Touched, f.Of), number(f.Full+f.Union, f.Of))
		}
		out = append(out, append(row, strconv.Itoa(l.All.Pairs)))
	}
	return out
}

// withPercent writes a number and what it is of the whole.
func withPercent(n, of int) string {
	if of == 0 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d (%d%%)", n, (200*n+of)/(2*of))
}
