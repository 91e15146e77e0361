package crosswalk

import (
	"encoding/csv"
	"sync"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

// template is an entry of the library with what it counts for, as a suggestion
// compares it with the controls of an organisation.
type template struct {
	control.Control
	refs []framework.Ref
}

// templates returns the entries that ship, by code. The map is shared: do not
// change it.
var templates = sync.OnceValue(func() map[string]*template {
	out := map[string]*template{}
	for _, r := range shippedRows("controls.csv") {
		out[r[0]] = &template{Control: control.Control{Code: r[0], Title: r[1], Statement: r[2], Domain: r[3], Kind: control.Kind(r[5]), Frequency: r[6], Origin: "library"}}
	}
	for _, r := range shippedRows("control-mappings.csv") {
		t := out[r[0]]
		t.refs = append(t.refs, framework.Ref{Framework: r[1], ID: r[2]})
	}
	return out
})

// shippedRows reads a file of the control library without its header.
func shippedRows(name string) [][]string {
	f, err := control.Data.Open("data/" + name)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(err) // a test reads them all
	}
	return rows[1:]
}
