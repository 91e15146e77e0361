package risk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxMethod = 60_000 // characters of the text
	maxMatrix = 20_000 // of the numbers
)

var versionPattern = regexp.MustCompile(`^(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})$`)

// Descriptions is what each step of the two scales means in words. Whoever scores
// names the one that decided.
type Descriptions struct {
	Likelihood [Steps]string
	Columns    []string        // of impact, such as "money"
	Impact     [][Steps]string // by column
}

// ParseMethod reads a method: its text in Markdown, and its numbers in YAML. It
// returns an Invalid problem about the half at fault.
func ParseMethod(text, matrix string) (*Method, error) {
	text, err := db.Prose("text", "The text of the method", text, maxMethod)
	if err != nil {
		return nil, err
	}
	if matrix, err = db.Prose("matrix", "The numbers of the method", matrix, maxMatrix); err != nil {
		return nil, err
	}
	m := &Method{Text: text, Matrix: matrix}
	if m.Numbers, err = readNumbers(matrix); err != nil {
		return nil, err
	}
	m.Version = m.Numbers.Version
	if m.Scales, err = readScales(text); err != nil {
		return nil, err
	}
	return m, nil
}

func readNumbers(matrix string) (n Numbers, err error) {
	if _, flaws := document.ReadYAML([]byte(matrix)); len(flaws) > 0 {
		return n, problem.Field("matrix", fmt.Sprintf("Line %d: %s", flaws[0].Line, flaws[0].Text))
	}
	defer func() { // the parser of outside text may have a flaw of its own
		if recover() != nil {
			err = problem.Field("matrix", "The numbers cannot be read as YAML. Begin again from those that ship.")
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader([]byte(matrix)))
	d.KnownFields(true)
	if err := d.Decode(&n); err != nil {
		if errors.Is(err, io.EOF) {
			return n, problem.Field("matrix", "The numbers are empty. Begin again from those that ship.")
		}
		return n, problem.Field("matrix", "The numbers cannot be read: "+strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: ")+". Compare them with those that ship.")
	}
	return n, n.check()
}

// readScales reads the two tables of steps from the text: the first that tells the
// chance in a year, and the first with columns of impact.
func readScales(text string) (Descriptions, error) {
	var d Descriptions
	found := map[Axis]bool{}
	for _, t := range stepTables(text) {
		axis := Impact
		if !found[Likelihood] {
			axis = Likelihood
		}
		if found[axis] {
			continue
		}
		found[axis] = true
		for i, row := range t.rows {
			if i >= Steps || strings.TrimSpace(row[0]) != strconv.Itoa(i+1) {
				return d, problem.Field("text", fmt.Sprintf("The table of %s needs the steps 1 to 5, one a row, in this order.", axis))
			}
		}
		if len(t.rows) != Steps {
			return d, problem.Field("text", fmt.Sprintf("The table of %s has %d steps. It needs five.", axis, len(t.rows)))
		}
		if axis == Likelihood {
			for i, row := range t.rows {
				d.Likelihood[i] = strings.Join(nonEmpty(row[2:]), ": ")
			}
			continue
		}
		for c, head := range t.head[2:] {
			var column [Steps]string
			for i, row := range t.rows {
				column[i] = row[c+2]
			}
			d.Columns = append(d.Columns, head)
			d.Impact = append(d.Impact, column)
		}
	}
	if !found[Likelihood] || !found[Impact] {
		return d, problem.Field("text", "The text needs two tables whose first columns are “step” and “name”: first the one of likelihood, then the one of impact. Whoever scores chooses from them.")
	}
	return d, nil
}

type stepTable struct {
	head []string
	rows [][]string
}

// stepTables returns the tables of a Markdown text whose first columns are step and name.
func stepTables(text string) []stepTable {
	var out []stepTable
	lines := strings.Split(text, "\n")
	for i := 0; i+1 < len(lines); i++ {
		head := cells(lines[i])
		if len(head) < 3 || !strings.EqualFold(head[0], "step") || !strings.EqualFold(head[1], "name") || !strings.HasPrefix(strings.ReplaceAll(strings.TrimSpace(lines[i+1]), " ", ""), "|-") {
			continue
		}
		t := stepTable{head: head}
		for i += 2; i < len(lines); i++ {
			row := cells(lines[i])
			if len(row) == 0 {
				break
			}
			for len(row) < len(head) {
				row = append(row, "")
			}
			t.rows = append(t.rows, row[:len(head)])
		}
		out = append(out, t)
	}
	return out
}

// cells are the cells of a row of a Markdown table; none for another line.
func cells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	parts := strings.Split(strings.Trim(line, "|"), "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func nonEmpty(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Methods that were parsed: a register is read often, and its methods hardly change.
var methods struct {
	sync.Mutex
	by map[string]*Method
}

// parsed is ParseMethod for what was checked before it was stored.
func parsed(text, matrix string) (*Method, error) {
	key := text + "\x00" + matrix
	methods.Lock()
	defer methods.Unlock()
	if m := methods.by[key]; m != nil {
		return m, nil
	}
	m, err := ParseMethod(text, matrix)
	if err != nil {
		return nil, err
	}
	if methods.by == nil || len(methods.by) > 100 {
		methods.by = map[string]*Method{}
	}
	methods.by[key] = m
	return m, nil
}
