package crosswalk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// TriggerKind says what may have made the crosswalk untrue. The values are stored.
type TriggerKind string

const (
	OfSystem  TriggerKind = "system"    // a system is new, changed or retired
	OfCloud   TriggerKind = "cloud"     // a cloud service is
	OfVendor  TriggerKind = "vendor"    // a vendor is
	OfProcess TriggerKind = "process"   // a core process is
	OfText    TriggerKind = "text"      // the text of a control came into force changed
	OfEdition TriggerKind = "framework" // another edition of a framework is in force
	OfSet     TriggerKind = "set"       // another version of a mapping set is in force
	OfStack   TriggerKind = "stack"     // other sets are relied on
	OfYear    TriggerKind = "year"      // a pair of frameworks is due for its yearly review
)

// Words is the kind as a page calls it.
func (k TriggerKind) Words() string {
	switch k {
	case OfSystem:
		return "System"
	case OfCloud:
		return "Cloud service"
	case OfVendor:
		return "Vendor"
	case OfProcess:
		return "Core process"
	case OfText:
		return "Text of a control"
	case OfEdition:
		return "Edition of a framework"
	case OfSet:
		return "Version of a mapping set"
	case OfStack:
		return "Choice of mapping sets"
	case OfYear:
		return "Yearly review"
	}
	return string(k)
}

// fromOutside reports whether the kind is announced by a noun that this package
// does not know; the others are its own.
func (k TriggerKind) fromOutside() bool {
	return k == OfSystem || k == OfCloud || k == OfVendor || k == OfProcess
}

// Trigger is one event that asks for a look at the crosswalk.
type Trigger struct {
	Kind     TriggerKind
	ID       string   // of what changed, opaque
	Key      string   // of the event: the same key twice is the same event
	Words    string   // what happened, as one line: "The system Ledger is new"
	Name     string   // what changed is called, for the reasons: "Ledger"
	Controls []string // ids of controls bound to what changed

	Refs  []framework.Ref // requirements that changed; of editions
	Pairs [][2]string     // pairs of frameworks that are due; of the year
	Rows  []RowOf         // rows that changed; of sets
	Sets  []string        // sets newly relied on; of the stack
	Lost  []*Set          // sets no longer relied on; of the stack
}

// RowOf names a row of a set by its two ends.
type RowOf struct {
	Set            string
	Source, Target framework.Ref
}

// Mapping is what an organisation's crosswalk consists of at a moment: the links
// of its controls, and the rows between frameworks it follows that take part.
type Mapping struct {
	Library *Library
	Codes   map[string]string // code of each control in use, by id
	Links   map[string][]Link // by control id
	Rows    []Edge
}

// Affected is one line of the crosswalk that has to be looked at, and why. It is
// either the link of a control or the row of a set.
type Affected struct {
	Control        string // id; empty for a row
	Set            string // id; empty for a link
	Source, Target framework.Ref
	Reason         string
}

// line is what makes two of them the same line.
func (a Affected) line() Affected { a.Reason = ""; return a }

// topics are the requirements that speak of a kind of change, as headings or
// requirements, by framework; what stands below counts too.
var topics = map[TriggerKind]map[string][]string{
	OfVendor: {
		"iso27001-2022": {"A.5.19", "A.5.20", "A.5.21", "A.5.22", "A.5.23", "A.8.30"}, "soc2-2017": {"CC9.2"}, "nist-csf-2.0": {"GV.SC", "ID.AM-04"},
		"cis-v8.1": {"15"}, "pci-dss-4.0.1": {"12.8", "12.9"}, "hipaa-security": {"164.308(b)(1)"}, "nist-800-53-rev5": {"SR", "SA-9"},
		"iso42001-2023": {"A.10.2", "A.10.3"}, "gdpr": {"Art.28"},
	},
	OfCloud: {
		"iso27001-2022": {"A.5.9", "A.5.19", "A.5.20", "A.5.21", "A.5.22", "A.5.23"}, "soc2-2017": {"CC6.1", "CC9.2"}, "nist-csf-2.0": {"GV.SC", "ID.AM-04"},
		"cis-v8.1": {"15"}, "pci-dss-4.0.1": {"12.8", "12.9"}, "hipaa-security": {"164.308(b)(1)"}, "nist-800-53-rev5": {"SR", "SA-9"}, "gdpr": {"Art.28"},
	},
	OfSystem: {
		"iso27001-2022": {"A.5.9", "A.8.26", "A.8.32"}, "soc2-2017": {"CC3.4", "CC6.1"}, "nist-csf-2.0": {"ID.AM"}, "cis-v8.1": {"1.1", "2.1"}, "nist-800-53-rev5": {"CM-8"},
	},
	OfProcess: {
		"iso27001-2022": {"6.3", "8.1", "A.5.37"}, "soc2-2017": {"CC3.4", "CC5.3"}, "hipaa-security": {"164.308(a)(8)"},
	},
}

// Affects names the lines of the crosswalk that a trigger puts in doubt, each once
// with the first reason that applies, in a fixed order: links by code, then rows.
//
// Links of controls bound to what changed are named, and those that speak of the
// topic of the change; rows are named where the topic, a changed requirement, a
// changed set or a yearly review touches them.
func (m Mapping) Affects(t Trigger) []Affected {
	w := &namer{m: m, t: t, bound: map[string]bool{}, about: map[framework.Ref]string{}}
	for _, c := range t.Controls {
		w.bound[c] = true
	}
	w.fill()
	w.links()
	w.rows()
	return w.out
}

type namer struct {
	m       Mapping
	t       Trigger
	bound   map[string]bool
	about   map[framework.Ref]string // requirements whose lines are named, with the reason
	changed map[RowOf]bool           // of a set
	out     []Affected
}

// fill works out which requirements the trigger speaks of.
func (w *namer) fill() {
	switch w.t.Kind {
	case OfEdition:
		for _, r := range w.t.Refs {
			w.about[r] = fmt.Sprintf("%s is not what it was in the edition before.", r.Words())
		}
	case OfSet:
		w.changed = map[RowOf]bool{}
		for _, r := range w.t.Rows {
			w.changed[r] = true
		}
	}
	for id, headings := range topics[w.t.Kind] {
		f, ok := w.m.Library.Frameworks.Find(id)
		if !ok {
			continue
		}
		for _, q := range f.Requirements {
			if slices.ContainsFunc(headings, func(h string) bool { return q.ID == h || f.Within(q.ID, h) }) {
				ref := framework.Ref{Framework: f.ID, ID: q.ID}
				w.about[ref] = fmt.Sprintf("%s speaks of %s, and %s.", ref.Words(), w.topic(), lowered(w.t.Words))
			}
		}
	}
}

// topic is what the requirements of a topic have in common.
func (w *namer) topic() string {
	switch w.t.Kind {
	case OfVendor:
		return "vendors"
	case OfCloud:
		return "cloud services and those who run them"
	case OfProcess:
		return "the way work is done"
	}
	return "systems and their changes"
}

// lowered is a sentence as it stands inside another one.
func lowered(s string) string {
	if rest, ok := strings.CutPrefix(s, "The "); ok {
		return "the " + strings.TrimSuffix(rest, ".")
	}
	return strings.TrimSuffix(s, ".")
}

// links names links of controls.
func (w *namer) links() {
	if w.t.Kind == OfSet || w.t.Kind == OfStack || w.t.Kind == OfYear {
		return
	}
	first := len(w.out)
	for c, links := range w.m.Links {
		code, used := w.m.Codes[c]
		if !used {
			continue
		}
		bound := ""
		switch {
		case w.bound[c] && w.t.Kind == OfText:
			bound = "The text of " + code + " is not what it was when it was linked."
		case w.bound[c]:
			bound = fmt.Sprintf("%s is bound to %s.", code, w.t.Name)
		}
		for _, l := range links {
			why := bound
			if why == "" {
				why = w.about[l.Ref]
			}
			if why != "" {
				w.out = append(w.out, Affected{Control: c, Target: l.Ref, Reason: why})
			}
		}
	}
	slices.SortFunc(w.out[first:], func(a, b Affected) int {
		return cmp.Or(control.CompareCodes(w.m.Codes[a.Control], w.m.Codes[b.Control]), cmp.Compare(a.Control, b.Control), compareRefs(a.Target, b.Target))
	})
}

// rows names rows of sets.
func (w *namer) rows() {
	seen := map[Affected]bool{}
	for i := range w.m.Rows {
		e := &w.m.Rows[i]
		why := w.row(e)
		if why == "" {
			continue
		}
		a := Affected{Set: e.Set, Source: e.Source, Target: e.Target, Reason: why}
		if !seen[a.line()] {
			seen[a.line()] = true
			w.out = append(w.out, a)
		}
	}
}

func (w *namer) row(e *Edge) string {
	switch w.t.Kind {
	case OfYear:
		for _, p := range w.t.Pairs {
			if pairOf(p[0], p[1]) == pairOf(e.Source.Framework, e.Target.Framework) {
				return "Every row is looked at once a year."
			}
		}
		return ""
	case OfSet:
		if w.changed[RowOf{e.Set, e.Source, e.Target}] || w.changed[RowOf{e.Set, e.Target, e.Source}] {
			return "The row is new in this version of the set, or says something else than before."
		}
		return ""
	case OfStack:
		if slices.Contains(w.t.Sets, e.Set) {
			return "The set it stands in is newly relied on."
		}
		return w.without(e)
	case OfText:
		return ""
	}
	if why := w.about[e.Source]; why != "" {
		return why
	}
	return w.about[e.Target]
}

// without names a row that now stands alone where a set spoke as well that is no
// longer relied on.
func (w *namer) without(e *Edge) string {
	for _, s := range w.t.Lost {
		for i := range s.touching(e.Source) {
			x := &s.Edges[i]
			if x.Source == e.Target || x.Target == e.Target {
				return fmt.Sprintf("The set %s, which spoke of this pair as well, is no longer relied on.", s.ID)
			}
		}
	}
	return ""
}
