package web

import (
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/standing"
)

// reading is how a framework is covered in design, read through from, or by the
// organisation's own controls if that is nil.
func (b *book) reading(to, from *framework.Framework) (standing.Reading, error) {
	r := standing.Reading{Framework: to, Own: b.meets(to), Operated: map[string][]string{}, Outside: b.outside(to)}
	if from != nil {
		var err error
		r.Report, err = b.report(from, to)
		return r, err
	}
	for _, q := range to.Asked() {
		for _, i := range b.Tagged[framework.Ref{Framework: to.ID, ID: q.ID}] {
			if b.Controls[i].Status == control.Operated {
				r.Operated[q.ID] = append(r.Operated[q.ID], b.Controls[i].Code)
			}
		}
	}
	return r, nil
}
