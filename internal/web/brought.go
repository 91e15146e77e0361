package web

import (
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// brought is what an uploaded file was found to hold. Nothing in it is in force.
type brought struct {
	Format     string // as a person names it; empty if it is none that is read
	Frameworks []*framework.Framework
	Sets       []*crosswalk.Publication
}

// readBrought reads a framework or a mapping set out of an uploaded file. What
// could be read comes back beside the faults, so that both can be shown.
func readBrought(name string, data []byte, c *framework.Catalogue) (*brought, []framework.Fault) {
	file, faults := crosswalk.ReadFile(name, data, c, true)
	b := &brought{Frameworks: file.Frameworks, Sets: file.Publications()}
	if file.Format != crosswalk.UnknownFormat {
		b.Format = upperFirst(file.Format.Words())
	}
	for _, f := range b.Frameworks {
		if f.Version == "" {
			f.Version = file.Version
		}
	}
	if file.Format == crosswalk.ComponentFormat {
		faults = append(faults, framework.Fault{File: name, Line: 1, Severity: framework.Error,
			Text: "The file holds controls, and neither a framework nor a mapping set. Controls are brought on the page Import."})
	}
	return b, faults
}
