package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
)

// Results is a selection as a table: one line for each item, two columns for each
// attribute, what was found and why.
func Results(p Population, s Selection) document.Table {
	head := []string{"place", "round", "method", "row", "key", "date", "stratum"}
	head = append(head, p.Columns...)
	for _, a := range s.Attributes {
		head = append(head, a.Letter+" "+a.Text, a.Letter+" reason", a.Letter+" judged by", a.Letter+" judged at", a.Letter+" evidence")
	}
	t := document.Table{Rows: [][]string{append(head, "outcome", "replaces place", "replaced by place")}}
	place := map[string]string{}
	for _, i := range s.Items {
		place[i.ID] = strconv.Itoa(i.Place)
	}
	for _, i := range s.Items {
		line := []string{strconv.Itoa(i.Place), strconv.Itoa(i.Round), string(i.Method), strconv.Itoa(i.Row.N), i.Row.Key, i.Row.Date.String(), i.Row.Stratum}
		for c := range p.Columns {
			text := ""
			if c < len(i.Row.Cells) {
				text = i.Row.Cells[c]
			}
			line = append(line, text)
		}
		for _, a := range s.Attributes {
			j := i.Found[a.Letter]
			at := ""
			if !j.At.IsZero() {
				at = j.At.UTC().Format(time.RFC3339)
			}
			line = append(line, string(j.Result), j.Reason, j.ByName, at, strings.Join(j.Evidence, " "))
		}
		t.Rows = append(t.Rows, append(line, string(i.Outcome(s.Attributes)), place[i.Replaces], place[i.ReplacedBy]))
	}
	return t
}

// Periods returns a row for each period of a frequency that ends in a window: what
// a control done at that frequency had to be done in. anchor is where periods are
// counted from that do not follow the calendar; the control operates since then.
func Periods(window cadence.Days, frequency string, anchor cadence.Date) []Row {
	f, ok := cadence.Parse(frequency)
	if !ok || !f.Known() || !window.Known() {
		return nil
	}
	var out []Row
	for p := f.Period(anchor, window.From); p.Known() && p.To <= window.To && len(out) < MaxRows; p = f.Next(anchor, p) {
		if anchor.Known() && p.From < anchor {
			continue // it ran for a part of the period only
		}
		out = append(out, Row{N: len(out) + 1, Key: fmt.Sprintf("%s %s", frequency, p), Date: p.To, Cells: []string{p.From.String(), p.To.String()}})
	}
	return out
}
