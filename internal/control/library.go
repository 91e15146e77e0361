package control

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/framework"
)

// Data is the control library that ships: texts, mappings, intervals, covers and
// kinds of evidence, as CSV under data/. All of it is our own wording.
//
//go:embed data
var Data embed.FS

// Entry is one control as the library writes it: once, for every framework. An
// organisation that adopts it gets a control of its own with this text.
type Entry struct {
	Code           string   `json:"code"` // such as "AC-04"
	Title          string   `json:"title"`
	Statement      string   `json:"statement"`
	Domain         string   `json:"domain"`
	OwnerFunction  string   `json:"owner_function"` // the function that runs it, such as "it"
	Kind           Kind     `json:"kind"`
	Frequency      string   `json:"frequency"`       // of a periodic one; it holds under every framework
	FrequencyBasis string   `json:"frequency_basis"` // "stated: <where>", "customary", "no number"; or where the deadline comes from
	Evidence       []string `json:"evidence"`        // kinds, of the library's vocabulary
	Population     string   `json:"population"`      // how a sample over a window is drawn
	Tests          []string `json:"tests"`           // keys of automated tests
	ISOLayer       string   `json:"iso_layer"`       // "clause", "annex", "both" or "none"
}

// Control returns the entry as a control of an organisation: nobody owns it yet
// and nobody has said that it runs.
func (e Entry) Control() Control {
	return Control{Code: e.Code, Title: e.Title, Statement: e.Statement, Domain: e.Domain, Kind: e.Kind, Frequency: e.Frequency,
		Evidence: slices.Clone(e.Evidence), Population: e.Population, Origin: "library"}
}

// Interval is how often one requirement asks for a control of the library.
type Interval struct {
	Control   string // code of the entry
	Ref       framework.Ref
	Frequency string // "planned": at planned intervals, without a number
	Basis     string // "stated" in the text of the requirement, or "customary"
}

// EvidenceKind is one word of the vocabulary of evidence.
type EvidenceKind struct {
	Kind, Label, Description string
	CarriesToISO             string // "yes": serves SOC 2 and ISO 27001; "no": SOC 2 only; "iso-only": ISO 27001 only
}

// Library is a set of entries with their intervals and the vocabulary they use.
// It is immutable once read and safe for concurrent use.
type Library struct {
	Entries   []Entry // by code
	Intervals []Interval
	Kinds     []EvidenceKind

	byCode map[string]int
	byKind map[string]int
}

// Shipped returns the library built in. It is read once, and the same value is
// returned to everybody.
var Shipped = sync.OnceValue(func() *Library {
	sub, err := fs.Sub(Data, "data")
	if err == nil {
		var l *Library
		if l, err = ReadLibrary(sub); err == nil {
			return l
		}
	}
	panic(fmt.Sprintf("control: built-in library: %v", err)) // a test reads all of it
})

// ReadLibrary reads controls.csv, control-frequencies.csv and evidence-kinds.csv.
// What is wrong with a row is an error that names the file and the line; whether
// requirements exist is for those who hold the frameworks to say.
func ReadLibrary(fsys fs.FS) (*Library, error) {
	l := &Library{byCode: map[string]int{}, byKind: map[string]int{}}
	err := errors.Join(
		table("evidence-kinds.csv", "kind,label,description,carries_to_iso").Each(fsys, func(f []string) error {
			if _, twice := l.byKind[f[0]]; twice {
				return fmt.Errorf("the kind %s stands here twice", f[0])
			}
			l.byKind[f[0]] = len(l.Kinds)
			l.Kinds = append(l.Kinds, EvidenceKind{f[0], f[1], f[2], f[3]})
			return nil
		}),
		table("controls.csv", "code,title,statement,domain,owner_function,kind,frequency,frequency_basis,evidence,population,tests,iso_layer").Each(fsys, l.entry),
		table("control-frequencies.csv", "control,framework,requirement,frequency,basis").Each(fsys, func(f []string) error {
			if _, known := l.byCode[f[0]]; !known {
				return fmt.Errorf("there is no control %s", f[0])
			}
			l.Intervals = append(l.Intervals, Interval{f[0], framework.Ref{Framework: f[1], ID: f[2]}, f[3], f[4]})
			return nil
		}))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.Entries, func(a, b Entry) int { return CompareCodes(a.Code, b.Code) })
	for i, e := range l.Entries {
		l.byCode[e.Code] = i
	}
	return l, nil
}

func table(file, columns string) framework.Table {
	return framework.Table{File: file, Required: strings.Split(columns, ",")}
}

// entry reads a row of controls.csv.
func (l *Library) entry(f []string) error {
	e := Entry{Code: f[0], Title: f[1], Statement: f[2], Domain: f[3], OwnerFunction: f[4], Kind: Kind(f[5]), Frequency: f[6], FrequencyBasis: f[7],
		Evidence: parts(f[8]), Population: f[9], Tests: parts(f[10]), ISOLayer: f[11]}
	if _, err := e.Control().checked(); err != nil {
		return err
	}
	if _, twice := l.byCode[e.Code]; twice {
		return fmt.Errorf("the control %s stands here twice", e.Code)
	}
	if (e.Kind == Periodic) != (e.Frequency != "") {
		return fmt.Errorf("%s is %s and has the frequency %q; a periodic control has one, the others have none", e.Code, e.Kind, e.Frequency)
	}
	for _, k := range e.Evidence {
		if _, known := l.byKind[k]; !known {
			return fmt.Errorf("%s leaves %q, which is no kind of evidence", e.Code, k)
		}
	}
	l.byCode[e.Code] = len(l.Entries)
	l.Entries = append(l.Entries, e)
	return nil
}

// parts reads a list that is separated by semicolons.
func parts(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ";")
}

// Find returns the entry with that code.
func (l *Library) Find(code string) (Entry, bool) {
	i, ok := l.byCode[code]
	if !ok {
		return Entry{}, false
	}
	return l.Entries[i], true
}

// Kind returns a word of the vocabulary of evidence.
func (l *Library) Kind(kind string) (EvidenceKind, bool) {
	i, ok := l.byKind[kind]
	if !ok {
		return EvidenceKind{}, false
	}
	return l.Kinds[i], true
}

// IntervalsOf returns how often each framework asks for a control.
func (l *Library) IntervalsOf(code string) []Interval {
	var out []Interval
	for _, i := range l.Intervals {
		if i.Control == code {
			out = append(out, i)
		}
	}
	return out
}

// Domains lists the domains of the entries, in the order of their codes.
func (l *Library) Domains() []string {
	var out []string
	for _, e := range l.Entries {
		if !slices.Contains(out, e.Domain) {
			out = append(out, e.Domain)
		}
	}
	return out
}

// Functions lists the functions that run the entries, by name.
func (l *Library) Functions() []string {
	var out []string
	for _, e := range l.Entries {
		if !slices.Contains(out, e.OwnerFunction) {
			out = append(out, e.OwnerFunction)
		}
	}
	slices.Sort(out)
	return out
}
