package crosswalk

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/oscal"
)

// Format is what a file was found to be.
type Format string

// The formats that are read.
const (
	UnknownFormat   Format = ""
	CatalogFormat   Format = "oscal-catalog"
	ProfileFormat   Format = "oscal-profile"
	ComponentFormat Format = "oscal-component-definition"
	MappingFormat   Format = "oscal-mapping-collection"
	CISOFormat      Format = "ciso-assistant" // a library, with frameworks or mapping sets in it
	FrameworkCSV    Format = "csv-framework"
	SetCSV          Format = "csv-mapping-set"
)

// Words names the format as a person does.
func (f Format) Words() string {
	switch f {
	case CatalogFormat:
		return "OSCAL catalog"
	case ProfileFormat:
		return "OSCAL profile"
	case ComponentFormat:
		return "OSCAL component definition"
	case MappingFormat:
		return "OSCAL mapping collection"
	case CISOFormat:
		return "CISO Assistant library"
	case FrameworkCSV:
		return "framework as CSV"
	case SetCSV:
		return "mapping set as CSV"
	}
	return "file of no known kind"
}

// File is what one file was found to hold. Nothing in it is in force anywhere:
// that is for whoever asked.
type File struct {
	Format     Format
	Title      string // as the file calls itself; empty if it does not
	Version    string // of its content, as the file has it
	Frameworks []*framework.Framework
	Sets       []*Set
	Unions     []Union // of the sets
	NetNew     []NetNew
	NoHome     []NoHome
	Components []control.Component
}

// Empty reports whether nothing was found.
func (f *File) Empty() bool {
	return len(f.Frameworks) == 0 && len(f.Sets) == 0 && len(f.Components) == 0
}

// ReadFile reads a framework, a mapping set or a component definition out of one
// file, whose name only helps to tell what it is and to call what is in it. The
// catalogue is what mappings and profiles are looked up in. Strictly, one error
// means that nothing is returned but the format; leniently, what could be read
// is returned beside the errors. Every error has a line.
func ReadFile(name string, data []byte, c *framework.Catalogue, lenient bool) (*File, []framework.Fault) {
	f, faults := readFile(name, data, c, lenient)
	for i := range faults {
		if faults[i].Severity == framework.Error && faults[i].Line == 0 {
			faults[i].Line = 1 // about the file as a whole
		}
	}
	f.Frameworks = slices.DeleteFunc(f.Frameworks, func(f *framework.Framework) bool { return len(f.Requirements) == 0 })
	f.Sets = slices.DeleteFunc(f.Sets, func(s *Set) bool {
		return len(s.Edges) == 0 && len(s.Maps) == 0 && !slices.ContainsFunc(f.Unions, func(u Union) bool { return u.Set == s.ID })
	})
	if len(framework.Errors(faults)) == 0 || lenient {
		known := &framework.Catalogue{Frameworks: slices.Concat(f.Frameworks, c.Frameworks)}
		for _, s := range f.Sets {
			faults = append(faults, impossible(s, known)...)
		}
	}
	framework.SortFaults(faults)
	if len(framework.Errors(faults)) > 0 && !lenient {
		return &File{Format: f.Format, Title: f.Title, Version: f.Version}, faults
	}
	return f, faults
}

// Bounds on looking for rows that exclude each other over other rows. A larger
// set is looked at by Check, which takes its time.
const (
	maxLinked    = 5_000
	maxConflicts = 20
)

// impossible reports rows that cannot all be true because of what follows from
// them. That makes a set no less readable: from a contradiction nothing is ever
// inferred. But its author will want to know.
func impossible(s *Set, c *framework.Catalogue) []framework.Fault {
	if len(s.Edges) > maxLinked {
		return []framework.Fault{{File: s.File, Severity: framework.Info, Text: fmt.Sprintf("The set has %d rows and was not searched for rows that exclude each other; the check of the library does that.", len(s.Edges))}}
	}
	stack := (&Library{Frameworks: c}).compile([]*Set{s}, true, nil)
	var out []framework.Fault
	told := make(map[string]bool)
	for _, pair := range stack.contradicting() {
		f := newConflict(stack.Conflict(pair[0], pair[1]))
		key := numbers(f.lines)
		if told[key] || len(f.lines) == 0 {
			continue
		}
		if told[key] = true; len(told) > maxConflicts {
			return append(out, framework.Fault{File: s.File, Severity: framework.Warning, Text: "Further rows that exclude each other are left out. Mend these first."})
		}
		out = append(out, framework.Fault{File: s.File, Line: f.lines[len(f.lines)-1], Severity: framework.Warning, Text: f.text()})
	}
	return out
}

func readFile(name string, data []byte, c *framework.Catalogue, lenient bool) (*File, []framework.Fault) {
	refuse := func(format string, args ...any) (*File, []framework.Fault) {
		return new(File), []framework.Fault{{File: name, Line: 1, Severity: framework.Error, Text: fmt.Sprintf(format, args...)}}
	}
	ext := strings.ToLower(path.Ext(name))
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return refuse("This is an archive or a workbook. Save the sheet with the rows as CSV and choose that file, or unpack the archive.")
	case bytes.HasPrefix(bytes.TrimLeft(data, "\xef\xbb\xbf \t\r\n"), []byte("<")):
		return refuse("This is XML. Choose the JSON form of the document; every OSCAL catalog is published as JSON too.")
	case len(bytes.TrimSpace(data)) == 0:
		return refuse("The file is empty. Choose the one that was meant.")
	}
	if format := csvFormat(data); format != UnknownFormat {
		return readCSV(name, data, format, c)
	}
	if list := besideSet(data); list != "" {
		return refuse("This is a list of %s, which stands beside a mapping set and says nothing without it. Put both into a folder as frameworks/ and mappings/ have them, or bring the set as an OSCAL mapping collection, which holds its lists.", list)
	}
	if ext == ".csv" {
		return refuse("The header of the file is neither that of a framework (id,parent,kind,label) nor that of a mapping set (%s). Rename the columns.", strings.Join(rowColumns, ","))
	}
	root, flaws := document.ReadTree(data)
	if root == nil {
		return new(File), flawFaults(name, flaws)
	}
	switch {
	case oscal.IsRoot(root):
		return readOSCAL(name, root, flaws, c, lenient)
	case framework.IsCISO(root):
		f, faults := fromCISO(name, root, c)
		return f, append(flawFaults(name, flaws), faults...)
	}
	return refuse("This is neither an OSCAL document nor a CISO Assistant library: its outermost object holds none of the names they begin with.")
}

// flawFaults reports what is wrong with a file as JSON or YAML.
func flawFaults(name string, flaws []document.Flaw) []framework.Fault {
	var out []framework.Fault
	for _, f := range flaws {
		out = append(out, framework.Fault{File: name, Line: f.Line, Severity: framework.Error, Text: f.Text})
	}
	return out
}

// columnsOf returns a function that tells whether the first line of a CSV file
// names all of some columns.
func columnsOf(data []byte) (has func(names ...string) bool) {
	first, _, _ := bytes.Cut(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\n"))
	var columns []string
	if len(first) <= 4_000 {
		for c := range strings.SplitSeq(string(first), ",") {
			columns = append(columns, strings.Trim(strings.TrimSpace(c), `"`))
		}
	}
	return func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(columns, n) })
	}
}

// besideSet names the list that a file holds, if it is one of those beside a set.
func besideSet(data []byte) string {
	switch has := columnsOf(data); {
	case has("target_id", "source_ids", "rationale"):
		return "unions"
	case has("target_framework", "target_id", "reason"), has("source_framework", "source_id", "reason"):
		return "requirements without a counterpart"
	case has("guide_source", "target_id", "reason"):
		return "challenged rows"
	}
	return ""
}

// csvFormat tells by the header which of the two CSV files it is.
func csvFormat(data []byte) Format {
	switch has := columnsOf(data); {
	case has("source_id", "target_id", "relationship") || has("source_framework", "target_framework"):
		return SetCSV
	case has("id", "label") || has("id", "parent", "kind"):
		return FrameworkCSV
	}
	return UnknownFormat
}

func readCSV(name string, data []byte, format Format, c *framework.Catalogue) (*File, []framework.Fault) {
	id := framework.IDFrom(path.Base(name))
	out := &File{Format: format}
	if format == FrameworkCSV {
		f, faults := framework.Parse(id, name, data)
		out.Frameworks = []*framework.Framework{f}
		if len(f.Requirements) == 0 && len(faults) == 0 {
			faults = append(faults, framework.Fault{File: name, Line: 1, Severity: framework.Error, Text: "The file has a header and no rows. Add the requirements."})
		}
		return out, faults
	}
	rows := &Set{ID: id, File: name}
	faults := ParseSet(rows, data)
	k := newKeeper(&Set{ID: id, File: name, Title: id, Kind: Published}, name)
	for _, e := range rows.Edges {
		source, okS := k.known(c, e.Source, e.Line)
		target, okT := k.known(c, e.Target, e.Line)
		switch {
		case e.Strength < 0 || e.Strength > 10:
			k.fault(e.Line, framework.Error, "The strength is %d. Write a number from 0 to 10, or leave it empty.", e.Strength)
		case okS && okT:
			k.keep(SetMap{Sources: []framework.Ref{source}, Targets: []framework.Ref{target}, Relation: e.Relation, Strength: e.Strength,
				Provenance: e.Provenance, Rationale: e.Rationale, Residual: e.Residual, Line: e.Line})
		}
	}
	k.summary()
	if len(faults) > 0 && len(rows.Edges) == 0 {
		k.faults = nil // that nothing is left says less than why
	}
	k.found.Format = format
	return k.found, append(faults, k.faults...)
}

// known looks up an end of a row in the catalogue.
func (k *keeper) known(c *framework.Catalogue, r framework.Ref, line int) (framework.Ref, bool) {
	f, ok := c.Find(r.Framework)
	if !ok {
		k.fault(line, framework.Error, "There is no framework %q. Choose from: %s.", document.Brief(r.Framework), strings.Join(c.IDs(), ", "))
		return r, false
	}
	id, ok := k.resolver(f).Find(r.ID)
	if !ok {
		k.fault(line, framework.Error, "%s has no %q. Correct the id, or add it to the framework's file.", f.Short, document.Brief(r.ID))
	}
	return framework.Ref{Framework: f.ID, ID: id}, ok
}

// ParseSet fills the rows of a set from a mapping file. Rows that cannot be read
// are left out and reported; what they refer to is not looked up.
func ParseSet(s *Set, data []byte) []framework.Fault {
	r := reader{Library: new(Library), names: make(map[string]string)}
	faults := rowTable(s.File).Rows(data, func(line int, f []string) { r.row(s, line, f) })
	return append(faults, r.faults...)
}

func readOSCAL(name string, root *document.Node, flaws []document.Flaw, c *framework.Catalogue, lenient bool) (*File, []framework.Fault) {
	d, found := oscal.ReadTree(root, flaws, lenient)
	faults := framework.FromOSCAL(name, found)
	out := &File{Format: oscalFormat(root)}
	if d == nil {
		return out, faults
	}
	var more []framework.Fault
	switch {
	case d.Catalog != nil:
		var f *framework.Framework
		f, more = framework.FromCatalog("", name, d.Catalog)
		out.Frameworks = []*framework.Framework{f}
	case d.Profile != nil:
		var f *framework.Framework
		f, more = framework.FromProfile("", name, d.Profile, c)
		out.Frameworks = []*framework.Framework{f}
	case d.Components != nil:
		out.Components, more = control.FromOSCAL(name, d.Components, c)
	default:
		var sets *File
		sets, more = FromOSCAL("", name, d.Mappings, c)
		sets.Format = out.Format
		out = sets
	}
	out.Title, out.Version = framework.Short(d.Metadata().Title), framework.Short(d.Metadata().Version)
	return out, append(faults, more...)
}

func oscalFormat(root *document.Node) Format {
	for name, format := range map[string]Format{"catalog": CatalogFormat, "profile": ProfileFormat, "component-definition": ComponentFormat, "mapping-collection": MappingFormat} {
		if root.Find(name) != nil {
			return format
		}
	}
	return UnknownFormat
}
