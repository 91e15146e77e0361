package crosswalk

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Inventory reads a list of controls in whatever form it is kept: a table, as
// control.ReadInventory has it, or an OSCAL component definition, whose components
// become controls with the relations it states. want is how a table is to be read,
// nil for the proposed layout. Failures are Invalid problems that name the cure.
func (l *Library) Inventory(file string, data []byte, want *control.Layout) (*control.Inventory, error) {
	if !definesComponents(data) {
		return control.ReadInventory(file, data, want, l.Frameworks.ReferencesUnder)
	}
	f, faults := ReadFile(file, data, l.Frameworks, true)
	if len(f.Components) == 0 {
		text := "it holds no component that can be read"
		if len(faults) > 0 {
			text = fmt.Sprintf("line %d: %s", faults[0].Line, faults[0].Text)
		}
		return nil, problem.Field("file", fmt.Sprintf("%s is a component definition, but %s", file, text))
	}
	inv := &control.Inventory{File: file}
	for _, k := range f.Components {
		row := control.Row{Row: k.Line, Control: k.Control(), Serves: k.Serves}
		row.Control.Origin = ""
		for _, s := range k.Serves {
			row.References = append(row.References, s.Ref)
		}
		inv.Rows = append(inv.Rows, row)
	}
	for _, x := range faults {
		if x.Severity != framework.Info {
			inv.Notes = append(inv.Notes, fmt.Sprintf("Line %d: %s", x.Line, x.Text))
		}
	}
	return inv, nil
}

// definesComponents tells a component definition from a table by its beginning: no
// table starts like a document of OSCAL.
func definesComponents(data []byte) bool {
	start := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 4096)], []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(start, []byte("{")) && bytes.Contains(start, []byte(`"component-definition"`)) ||
		strings.HasPrefix(string(start), "component-definition:")
}
