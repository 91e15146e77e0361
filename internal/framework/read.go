package framework

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Data holds the catalogues that ship, as data/{framework}.csv.
//
//go:embed data/*.csv
var Data embed.FS

const (
	maxID    = 100 // bytes
	maxLabel = 200
)

// Shipped returns the catalogue of the standards built in. It is read once, and
// the same value is returned to everybody.
var Shipped = sync.OnceValue(func() *Catalogue {
	c, faults, err := ReadDir(Data, "data")
	if err != nil || len(faults) > 0 {
		panic(fmt.Sprintf("framework: built-in data: %v %v", err, faults)) // a test reads them all
	}
	return c
})

// Read reads every frameworks/*.csv of fsys; the file name without ".csv" is the
// framework's id. Rows that cannot be used are left out and reported. An error
// means that the folder itself could not be read.
func Read(fsys fs.FS) (*Catalogue, []Fault, error) { return ReadDir(fsys, "frameworks") }

// ReadDir is Read for a folder of another name.
func ReadDir(fsys fs.FS, dir string) (*Catalogue, []Fault, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("reading frameworks: %w", err)
	}
	c, faults := new(Catalogue), []Fault(nil)
	for _, e := range entries {
		id, isCSV := strings.CutSuffix(e.Name(), ".csv")
		if e.IsDir() || !isCSV {
			continue
		}
		file := path.Join(dir, e.Name())
		data, refused, err := Table{File: file}.Load(fsys)
		if err != nil {
			return nil, nil, fmt.Errorf("reading frameworks: %w", err)
		}
		if refused != nil {
			faults = append(faults, refused...)
			continue
		}
		f, more := Parse(id, file, data)
		c.Frameworks = append(c.Frameworks, f)
		faults = append(faults, more...)
	}
	sortFrameworks(c.Frameworks)
	return c, faults, nil
}

// Parse reads one catalogue file. The framework holds every row that can be used;
// a row whose parent is unknown or leads back to itself stands at the top instead.
func Parse(id, file string, data []byte) (*Framework, []Fault) {
	var faults []Fault
	size := min(bytes.Count(data, []byte("\n")), 10_000) // a file of empty lines must not reserve memory
	lines := make(map[string]int, size)
	rows := make([]Requirement, 0, size)
	shared := make(map[string]map[string]string) // rows with the same attributes share one map
	ordered := true
	fault := func(line int, format string, args ...any) {
		faults = append(faults, Fault{file, line, Error, fmt.Sprintf(format, args...)})
	}
	table := Table{File: file, Required: []string{"id", "parent", "kind", "label"}, Optional: []string{"attributes"}}
	unread := table.Rows(data, func(line int, f []string) {
		r := Requirement{ID: f[0], Parent: f[1], Kind: Kind(f[2]), Label: f[3], Line: line}
		if f[4] != "" && shared[f[4]] == nil {
			shared[f[4]] = attributes(f[4])
		}
		r.Attributes = shared[f[4]]
		switch first := lines[r.ID]; {
		case r.ID == "":
			fault(line, "The row has no id. Give it the number the standard uses.")
		case len(r.ID) > maxID:
			fault(line, "The id has %d characters; at most %d are accepted. Use the number the standard uses.", len(r.ID), maxID)
		case len(r.Label) > maxLabel:
			fault(line, "The label of %s has %d characters; at most %d are accepted. A few words of your own are enough.", r.ID, len(r.Label), maxLabel)
		case first != 0:
			fault(line, "The id %s is already used on line %d. Give each row its own id.", r.ID, first)
		case r.Kind != KindGroup && r.Kind != KindRequirement:
			fault(line, "The kind of %s is %q. Write group or requirement.", r.ID, f[2])
		default:
			ordered = ordered && (r.Parent == "" || lines[r.Parent] != 0)
			lines[r.ID] = line
			rows = append(rows, r)
		}
	})
	faults = append(faults, unread...)
	if !ordered { // parents that come first can neither be missing nor run in a circle
		faults = append(faults, mendParents(file, rows)...)
	}
	SortFaults(faults)
	return New(id, rows), faults
}

// mendParents moves rows without a usable parent to the top and reports each.
func mendParents(file string, rows []Requirement) []Fault {
	var faults []Fault
	at := make(map[string]int, len(rows))
	for i, r := range rows {
		at[r.ID] = i
	}
	for i, r := range rows {
		if _, ok := at[r.Parent]; r.Parent != "" && !ok {
			faults = append(faults, Fault{file, r.Line, Error, fmt.Sprintf("The parent %q of %s is not in this file. Add it, or correct the spelling.", r.Parent, r.ID)})
			rows[i].Parent = ""
		}
	}
	const (
		unseen = iota
		open
		done
	)
	state := make([]int8, len(rows))
	for i := range rows {
		var trail []int
		j := i
		for state[j] == unseen {
			state[j] = open
			trail = append(trail, j)
			if rows[j].Parent == "" {
				break
			}
			j = at[rows[j].Parent]
		}
		if state[j] == open && rows[j].Parent != "" { // the climb came back to its own trail
			var cycle []string
			for _, k := range trail[slices.Index(trail, j):] {
				cycle = append(cycle, rows[k].ID)
			}
			faults = append(faults, Fault{file, rows[j].Line, Error, fmt.Sprintf("The parents run in a circle: %s. Give one of them a parent outside it, or none.", strings.Join(append(cycle, rows[j].ID), " under "))})
			rows[j].Parent = ""
		}
		for _, k := range trail {
			state[k] = done
		}
	}
	return faults
}

// attributes reads "layer=clause;amd1-2024": values by key, flags as "yes".
func attributes(text string) map[string]string {
	out := make(map[string]string)
	for part := range strings.SplitSeq(text, ";") {
		key, value, hasValue := strings.Cut(strings.TrimSpace(part), "=")
		if !hasValue {
			value = "yes"
		}
		if key != "" {
			out[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return out
}
