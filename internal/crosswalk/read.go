package crosswalk

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
)

// data holds the mapping sets and lists that ship.
//
//go:embed data/*.csv
var data embed.FS

// Shipped returns the library built in. It is read once, and the same value is
// returned to everybody.
var Shipped = sync.OnceValue(func() *Library {
	go framework.Shipped() // meanwhile; mapping files are read without looking at it
	l, err := readMappings(data, "data")
	if err != nil || len(l.faults) > 0 {
		panic(fmt.Sprintf("crosswalk: built-in data: %v %v", err, l.faults)) // a test reads them all
	}
	l.Frameworks = framework.Shipped()
	return l
})

// Read reads frameworks/*.csv and mappings/*.csv of fsys. With mappings/sets.csv
// every set is what that file says of it; without, every mapping file is an
// authored set named after it, and all are in the default stack. The faults are
// those of rows that cannot be used; Check repeats them and adds what is wrong
// with the rows that can. An error means that a folder could not be read.
func Read(fsys fs.FS) (*Library, []framework.Fault, error) {
	c, faults, err := framework.Read(fsys)
	if err != nil {
		return nil, nil, err
	}
	l, err := readMappings(fsys, "mappings")
	if err != nil {
		return nil, nil, err
	}
	l.Frameworks = c
	l.faults = append(faults, l.faults...)
	framework.SortFaults(l.faults)
	return l, slices.Clone(l.faults), nil
}

// The shapes of the files. The columns of a mapping file after the fifth may be absent.
var (
	setColumns  = []string{"id", "file", "title", "kind", "source", "licence", "default"}
	rowColumns  = []string{"source_framework", "source_id", "relationship", "target_framework", "target_id"}
	rowOptional = []string{"strength", "provenance", "rationale", "residual"}
)

// lists are the endings of files that hold no pairs but stand beside a set.
var lists = []string{".unions.csv", ".net-new.csv", ".no-home.csv", ".challenged.csv"}

type reader struct {
	*Library
	fsys  fs.FS
	dir   string
	names map[string]string // one copy of each framework id and provenance
}

// readMappings reads a folder of mapping files. Nothing is looked up in a
// catalogue: what rows refer to is the business of Check.
func readMappings(fsys fs.FS, dir string) (*Library, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) { // frameworks without any mapping are a library too
		return new(Library), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading mappings: %w", err)
	}
	r := reader{new(Library), fsys, dir, make(map[string]string)}
	var pairs, beside []string
	described := false
	for _, e := range entries {
		switch name := e.Name(); {
		case e.IsDir() || path.Ext(name) != ".csv":
		case name == "sets.csv":
			described = true
		case slices.ContainsFunc(lists, func(end string) bool { return strings.HasSuffix(name, end) }):
			beside = append(beside, name)
		default:
			pairs = append(pairs, name)
		}
	}
	if described {
		err = r.describedSets(pairs)
	} else {
		for _, name := range pairs {
			id := strings.TrimSuffix(name, ".csv")
			r.Sets = append(r.Sets, &Set{ID: id, File: path.Join(dir, name), Title: id, Kind: Authored, Default: true})
		}
	}
	if err == nil {
		err = r.allRows()
	}
	for _, name := range beside {
		if err == nil {
			err = r.list(name)
		}
	}
	framework.SortFaults(r.faults)
	return r.Library, err
}

func (r reader) fault(file string, line int, format string, args ...any) {
	r.faults = append(r.faults, framework.Fault{File: file, Line: line, Severity: framework.Error, Text: fmt.Sprintf(format, args...)})
}

// table reads one file of the folder row by row.
func (r reader) table(t framework.Table, row func(line int, f []string)) error {
	return r.sized(t, func(int) {}, row)
}

// sized is table with word beforehand of how many rows there can be at most.
func (r reader) sized(t framework.Table, size func(n int), row func(line int, f []string)) error {
	content, refused, err := t.Load(r.fsys)
	if err != nil {
		return fmt.Errorf("reading mappings: %w", err)
	}
	if refused != nil {
		r.faults = append(r.faults, refused...)
		return nil
	}
	size(min(bytes.Count(content, []byte("\n")), 10_000)) // a file of empty lines must not reserve memory
	r.faults = append(r.faults, t.Rows(content, row)...)
	return nil
}

// describedSets fills Sets from sets.csv and reports files and rows that have no counterpart.
func (r reader) describedSets(present []string) error {
	file := path.Join(r.dir, "sets.csv")
	described := make(map[string]bool)
	err := r.table(framework.Table{File: file, Required: setColumns}, func(line int, f []string) {
		s := &Set{ID: f[0], File: path.Join(r.dir, f[1]), Title: f[2], Kind: SetKind(f[3]), Source: f[4], Licence: f[5], Default: f[6] == "yes"}
		_, twice := r.Set(s.ID)
		switch {
		case s.ID == "":
			r.fault(file, line, "The set has no id. Give it one.")
		case twice:
			r.fault(file, line, "The set %s is described twice. Keep one row.", s.ID)
		case described[f[1]]:
			r.fault(file, line, "The file %s already belongs to another set. Give each set its own file.", f[1])
		case !slices.Contains(present, f[1]):
			r.fault(file, line, "The file %q of set %s is not in this folder. Add it, or remove the row.", f[1], s.ID)
		case s.Kind != Authored && s.Kind != Published && s.Kind != Derived:
			r.fault(file, line, "The kind of set %s is %q. Write authored, published or derived.", s.ID, f[3])
		case f[6] != "yes" && f[6] != "no":
			r.fault(file, line, "The column default of set %s holds %q. Write yes or no.", s.ID, f[6])
		default:
			r.Sets = append(r.Sets, s)
		}
		described[f[1]] = true
	})
	for _, name := range present {
		if !described[name] {
			r.fault(path.Join(r.dir, name), 0, "No row of sets.csv describes this file, so it was not read. Add a row that says what kind it is.")
		}
	}
	return err
}

// allRows fills the edges of all sets, side by side: a command that starts cold
// waits for this longer than for anything it works out.
func (r reader) allRows() error {
	var wg sync.WaitGroup
	errs, faults := make([]error, len(r.Sets)), make([][]framework.Fault, len(r.Sets))
	for i, s := range r.Sets {
		wg.Go(func() {
			alone := reader{new(Library), r.fsys, r.dir, make(map[string]string)}
			errs[i] = alone.rows(s)
			faults[i] = alone.faults
		})
	}
	wg.Wait()
	r.faults = append(r.faults, slices.Concat(faults...)...)
	return errors.Join(errs...)
}

// rows fills the edges of a set.
func (r reader) rows(s *Set) error {
	return r.sized(rowTable(s.File), func(n int) { s.Edges = make([]Edge, 0, n) }, func(line int, f []string) { r.row(s, line, f) })
}

// rowTable describes a file of rows.
func rowTable(file string) framework.Table {
	return framework.Table{File: file, Required: rowColumns, Optional: rowOptional}
}

// row adds one row to a set, or says what is wrong with it.
func (r reader) row(s *Set, line int, f []string) {
	e := Edge{Set: s.ID, Source: framework.Ref{Framework: r.one(f[0]), ID: f[1]}, Target: framework.Ref{Framework: r.one(f[3]), ID: f[4]},
		Provenance: r.one(f[6]), Rationale: f[7], Residual: f[8], Line: line}
	var ok bool
	if e.Relation, ok = ParseRelation(f[2]); !ok {
		r.fault(s.File, line, "The relationship is %q. Write equal, subset, superset, intersects, none, or overlaps where nothing more is known.", f[2])
		return
	}
	if f[5] != "" {
		n, err := strconv.Atoi(f[5])
		if err != nil {
			r.fault(s.File, line, "The strength is %q. Write a whole number from 0 to 10, or leave it empty.", f[5])
			return
		}
		e.Strength = n
	}
	s.Edges = append(s.Edges, e)
}

// one returns the copy of a string that all equal ones share.
func (r reader) one(text string) string {
	if first, ok := r.names[text]; ok {
		return first
	}
	r.names[text] = text
	return text
}
