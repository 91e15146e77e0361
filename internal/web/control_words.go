package web

import (
	"github.com/toucan-grc/toucan/internal/control"
)

func controlSub(p controlPage) string {
	s := "Version " + group(p.Control.Version) + ", in force since " + p.Control.UpdatedAt.UTC().Format("2 January 2006")
	if p.Control.Origin != "" {
		s += " · " + p.Control.Origin
	}
	return s
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func kindWords(k control.Kind) string {
	switch k {
	case control.Periodic:
		return "periodic"
	case control.Continuous:
		return "continuous"
	case control.Event:
		return "each time something happens"
	}
	return "–"
}

func kindOptions() []option {
	return []option{{"", "Not said"}, {string(control.Periodic), "Periodic"}, {string(control.Continuous), "Continuous"}, {string(control.Event), "Each time something happens"}}
}

func statusOptions() []option {
	return []option{{"", "Not declared"}, {string(control.Planned), "Planned"}, {string(control.OnPaper), "On paper"}, {string(control.Operated), "Operated"}}
}

func linksWrong(p controlPage) bool {
	for _, g := range p.Links {
		if g.Wrong != "" {
			return true
		}
	}
	return false
}

func editTitle(p controlForm) string {
	if p.New {
		return "New control"
	}
	return "Edit " + p.Was
}

func editAction(p controlForm) string {
	if p.New {
		return p.path("controls")
	}
	return p.path("control", p.Was)
}

func editBack(p controlForm) string {
	if p.New {
		return p.path("controls")
	}
	return p.path("control", p.Was)
}
