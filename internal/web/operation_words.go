package web

import (
	"strconv"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// onDay is a civil day as a page writes it, "1 March 2026"; a dash for none.
func onDay(d cadence.Date) string {
	if !d.Known() {
		return "–"
	}
	y, m, day := d.Civil()
	return strconv.Itoa(day) + " " + m.String() + " " + strconv.Itoa(y)
}
