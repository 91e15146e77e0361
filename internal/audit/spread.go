package audit

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Spread says in plain sentences where a population or a selection leaves part of
// its window in the dark. No sentence means that there is nothing to remark.
func Spread(window cadence.Days, population, selected []cadence.Date) []string {
	var out []string
	undated, outside := 0, 0
	first, last := cadence.Date(0), cadence.Date(0)
	for _, d := range population {
		switch {
		case !d.Known():
			undated++
		case !window.Has(d):
			outside++
		default:
			if !first.Known() || d < first {
				first = d
			}
			last = max(last, d)
		}
	}
	if undated == len(population) {
		return []string{"No item has a date, so nothing can be said about how they are spread over the window."}
	}
	if undated > 0 {
		out = append(out, fmt.Sprintf("%s no date and cannot be placed in the window.", has(undated)))
	}
	if outside > 0 {
		out = append(out, fmt.Sprintf("%s a date outside the window of %s. Take them out, or correct the window.", has(outside), window))
	}
	if !first.Known() {
		return out
	}
	quarter := window.Len() / 4
	if lead := int(first - window.From); lead > quarter {
		out = append(out, fmt.Sprintf("The first item is of %s, %d days into the window. If the control began then, say so in the note on completeness; if not, items are missing.", first, lead))
	}
	if rest := int(window.To - last); rest > quarter {
		out = append(out, fmt.Sprintf("The last item is of %s, %d days before the window ends. Check that the list was taken after its end.", last, rest))
	}
	if len(selected) == 0 {
		return out
	}
	return append(out, unselected(window, population, selected)...)
}

// unselected names the parts of the window that have items of which none was
// chosen: at most four parts, and no more than there are items chosen.
func unselected(window cadence.Days, population, selected []cadence.Date) []string {
	parts := min(4, len(selected), window.Len())
	var out []string
	for i := range parts {
		part := cadence.Days{From: window.From + cadence.Date(window.Len()*i/parts), To: window.From + cadence.Date(window.Len()*(i+1)/parts) - 1}
		all, chosen := within(part, population), within(part, selected)
		if all > 0 && chosen == 0 {
			out = append(out, fmt.Sprintf("From %s there are %s, and none was chosen.", part, count(all)))
		}
	}
	return out
}

func within(part cadence.Days, list []cadence.Date) int {
	n := 0
	for _, d := range list {
		if part.Has(d) {
			n++
		}
	}
	return n
}

func has(n int) string {
	if n == 1 {
		return "1 item has"
	}
	return fmt.Sprintf("%d items have", n)
}

func count(n int) string {
	if n == 1 {
		return "1 item"
	}
	return fmt.Sprintf("%d items", n)
}
