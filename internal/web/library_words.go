package web

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

type effortOf = crosswalk.Effort

// doOptions is what can be done to many controls of the library at once.
func doOptions(p libraryPage) []option {
	var out []option
	if p.CanAdopt {
		out = append(out, option{"adopt", "adopt them"})
	}
	if p.CanDeclare {
		out = append(out, option{"operated", "declare them operated"}, option{"on_paper", "declare them on paper"}, option{"planned", "declare them planned"})
	}
	return out
}

// doFirst is what is most likely wanted of the controls shown.
func doFirst(p libraryPage) string {
	if p.Query.State == "waiting" || p.Query.State != "new" && p.Adopted == p.All {
		return "operated"
	}
	return "adopt"
}

func oftenWords(e control.Entry) string {
	if e.Kind == control.Periodic {
		return e.Frequency
	}
	if e.Kind == control.Continuous {
		return "continuous"
	}
	return "on event"
}

// topCounts picks at most three frameworks of a row: the one filtered for first,
// then in the order of the catalogue.
func topCounts(r entryRow, first string) []reachCount {
	list := slices.Clone(r.Counts)
	slices.SortStableFunc(list, func(a, b reachCount) int {
		return boolRank(b.Framework.ID == first) - boolRank(a.Framework.ID == first)
	})
	return list[:min(3, len(list))]
}

func planSub(p planPage) string {
	return fmt.Sprintf("Which controls of the library to adopt first, by how many of %d %s they close. What you have adopted is counted as there.", p.Plan.Of, p.Plan.Framework.Nouns)
}

func planX(p planPage) string {
	return fmt.Sprintf("%.2f", 100*float64(p.N)/float64(max(1, len(p.Plan.Steps))))
}

func labelIn(f *framework.Framework, id string) string {
	q, _ := f.Find(id)
	return q.Label
}

func adoptWords(p adoptPage) string {
	n := p.Counts[crosswalk.AdoptNew] + p.Counts[crosswalk.AdoptAttach]
	return "Adopt " + plural(n, "control", "controls")
}

// fewWords joins the first of a list and says how many more there are.
func fewWords(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

func driftWords(f control.FieldDrift) string {
	switch {
	case f.Edited() && f.Newer():
		return "edited here, and newer in the library"
	case f.Edited():
		return "edited here"
	case f.Newer():
		return "newer in the library"
	}
	return "you have the library's newer words"
}

func linksNewer(d crosswalk.Drift) bool {
	return slices.ContainsFunc(d.Links, crosswalk.LinkDrift.Newer)
}

// linkWords says how a link differs.
func linkWords(l crosswalk.LinkDrift) string {
	say := func(x crosswalk.Link) string {
		switch {
		case x.Ref.ID == "":
			return "no link"
		case x.Relation == "":
			return "a link without a relation"
		}
		return x.Relation
	}
	if l.Newer() {
		return "yours: " + say(l.Here) + "; the library's: " + say(l.Shipped)
	}
	return "yours: " + say(l.Here) + "; as adopted: " + say(l.Adopted)
}

func openCount(p libraryPage) string {
	n := 0
	for _, r := range p.Frameworks {
		n += len(r.Open)
	}
	return plural(n, "requirement", "requirements")
}

// domainWords is a domain of the library as a person reads it.
func domainWords(d string) string {
	if d == "ai" || d == "isms" {
		return strings.ToUpper(d)
	}
	return upperFirst(d)
}

// functionWords is a function of the company as a person reads it.
func functionWords(f string) string {
	if f == "it" {
		return "IT"
	}
	return f
}

func intervalWords(i control.Interval) string {
	if i.Frequency == "planned" {
		return "at planned intervals, " + i.Basis
	}
	return i.Frequency + ", " + i.Basis
}
