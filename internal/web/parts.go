package web

import (
	"cmp"
	"strconv"

	"github.com/a-h/templ"

	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
)

// shape is the drawing of a mark in a box of ten by ten. Each state has its own
// shape, so that no meaning rests on colour alone.
var shapes = map[string]string{
	"full":           "M5 0a5 5 0 1 1 0 10A5 5 0 0 1 5 0z",
	"full_union":     "M5 0a5 5 0 1 1 0 10A5 5 0 0 1 5 0zM4.2 2.2v2H2.2v1.6h2v2h1.6v-2h2V4.2h-2v-2z",
	"full_attested":  "M5 0a5 5 0 1 1 0 10A5 5 0 0 1 5 0zM4.3 7.6 8 3.9 6.9 2.8 4.3 5.4 3.1 4.2 2 5.3z",
	"partial":        "M5 0a5 5 0 1 1 0 10A5 5 0 0 1 5 0zM5 1.5v7a3.5 3.5 0 0 0 0-7z",
	"candidate":      "M4.2 0h1.6v1.6H4.2zM4.2 8.4h1.6V10H4.2zM0 4.2h1.6v1.6H0zM8.4 4.2H10v1.6H8.4zM1 1.9 1.9 1 3 2.1 2.1 3zM7 7.9 7.9 7 9 8.1 8.1 9zM1 8.1 2.1 7 3 7.9 1.9 9zM7 2.1 8.1 1 9 1.9 7.9 3z",
	"none":           "M5 0a5 5 0 1 1 0 10A5 5 0 0 1 5 0zM5 1.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7z",
	"not_applicable": "M1 8 8 1l1 1-7 7z",
	"operated":       "M0 0h10v10H0z",
	"on_paper":       "M0 0h10v10H0zM1.5 1.5v7h7v-7zM3 3h4v1.3H3zM3 5.6h4v1.3H3z",
	"planned":        "M0 0h4v1.5H1.5V4H0zM6 0h4v4H8.5V1.5H6zM0 6h1.5v2.5H4V10H0zM8.5 6H10v4H6V8.5h2.5z",
	"unknown":        "M4 4h2v2H4z",
	"waiting":        "M0 0h10v10H0zM1.5 1.5V5h7V1.5z",
	"untagged":       "M0 0h10v10H0zM1.5 1.5v7h7v-7z",
	"left":           "M1 8 8 1l1 1-7 7z",
	"good":           "M3.8 8.6.4 5.2l1.2-1.2 2.2 2.2L8.4 1.6l1.2 1.2z",
	"warn":           "M5 .6 10 9.4H0z",
	"bad":            "M1.6.4 5 3.8 8.4.4l1.2 1.2L6.2 5l3.4 3.4-1.2 1.2L5 6.2 1.6 9.6.4 8.4 3.8 5 .4 1.6z",
	"info":           "M5 0 10 5 5 10 0 5z",
	"met":            "M3.8 8.6.4 5.2l1.2-1.2 2.2 2.2L8.4 1.6l1.2 1.2z",
	"effective":      "M3.8 8.6.4 5.2l1.2-1.2 2.2 2.2L8.4 1.6l1.2 1.2z",
	"late":           "M5 .6 10 9.4H0z",
	"missed":         "M1.6.4 5 3.8 8.4.4l1.2 1.2L6.2 5l3.4 3.4-1.2 1.2L5 6.2 1.6 9.6.4 8.4 3.8 5 .4 1.6z",
	"exceptions":     "M1.6.4 5 3.8 8.4.4l1.2 1.2L6.2 5l3.4 3.4-1.2 1.2L5 6.2 1.6 9.6.4 8.4 3.8 5 .4 1.6z",
	"not_yet_due":    "M5 .5a4.5 4.5 0 1 1 0 9A4.5 4.5 0 0 1 5 .5zM5 2a3 3 0 1 0 0 6a3 3 0 0 0 0-6z",
	"gap":            "M0 2h2v6H0zM4 2h2v6H4zM8 2h2v6H8z",
	"untold":         "M1.6 3.4C1.6 1.4 3 0 5 0s3.4 1.3 3.4 3.1c0 1.4-.8 2.1-1.6 2.7-.7.5-.9.8-.9 1.4H4.1c0-1.5.6-2.1 1.4-2.7.7-.5 1.1-.8 1.1-1.4 0-.8-.6-1.4-1.6-1.4s-1.6.7-1.6 1.7zM4.1 8.2h1.8V10H4.1z",
	"waived":         "M1.5 0h1.4v.9h6.6L7.7 3.6l1.8 2.7H2.9V10H1.5z",
	"unheard":        "M0 4h2.4v2H0zM3.8 4h2.4v2H3.8zM7.6 4H10v2H7.6z",
}

func shape(kind string) string {
	if s, ok := shapes[kind]; ok {
		return s
	}
	return shapes["unknown"]
}

// segment is one part of a bar; the widths of its parts never make one number.
type segment struct {
	Class string // b-full, b-partial, ...
	N     int
}

// offsets returns for each segment its start and width in percent of the whole.
func offsets(parts []segment, of int) (at, width []string) {
	sum := 0
	for _, p := range parts {
		at = append(at, percent(sum, of))
		width = append(width, percent(p.N, of))
		sum += p.N
	}
	return at, width
}

func percent(n, of int) string {
	if of == 0 {
		return "0%"
	}
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 2, 64) + "%"
}

// whole returns n of all as a whole percentage; nothing of nothing is a dash.
func whole(n, of int) string {
	if of == 0 {
		return "–"
	}
	return strconv.Itoa((200*n+of)/(2*of)) + "%"
}

// stripCell is one requirement in a strip.
type stripCell struct{ Kind, Label, To string }

// pill is one choice of a filter.
type pill struct {
	Text, To string
	N        int
	On, Bare bool // Bare: without a number
	Mark     string
}

// pager says which part of a list is shown.
type pager struct {
	From, To, Of int
	Prev, Next   string // addresses, or empty
}

// listForm lets the script apply the filters of a list while somebody types:
// only the list is drawn anew, the address follows, and the form works without.
func listForm(action string) templ.Attributes {
	return templ.Attributes{
		"action": action, "hx-get": action, "hx-target": "#list", "hx-select": "#list", "hx-swap": "outerMorph",
		"hx-push-url": "true", "hx-trigger": "submit, input delay:350ms",
	}
}

// wrong returns the sentence about the field, if the problem is about it.
func wrong(p *problem.Error, field string) string {
	if p != nil && p.Field == field {
		return p.Text
	}
	return ""
}

// coverageLegend lists the states in the order of the strips.
func coverageLegend() []posture.Coverage { return posture.Coverages() }

// input is one labelled field of a form.
type input struct {
	Name, Label, Value, Type string
	ID                       string // of the element, where the page has the name already; else the name
	Hint, Wrong              string
	Auto                     string // autocomplete
	Required                 bool
	Placeholder              string
}

// id is what the label points to.
func (i input) id() string { return cmp.Or(i.ID, i.Name) }

func (i input) kind() string {
	if i.Type == "" {
		return "text"
	}
	return i.Type
}

// about lists the ids of the hint and the error, for a screen reader.
func (i input) about() string {
	switch {
	case i.Hint != "" && i.Wrong != "":
		return i.id() + "-hint " + i.id() + "-wrong"
	case i.Wrong != "":
		return i.id() + "-wrong"
	case i.Hint != "":
		return i.id() + "-hint"
	}
	return ""
}

type option struct{ Value, Text string }

// paged returns the page of a list that was asked for, and what to write below it.
func paged[T any](list []T, asked string, size int, to func(page string) string) ([]T, pager) {
	first, last, p := pageOf(len(list), asked, size, to)
	return list[first:last], p
}

// pageOf returns which part of a list of n a page shows, and what to write below
// it. What is no number asks for the first page; to is given the number of another
// page, or nothing for the first.
func pageOf(n int, asked string, size int, to func(page string) string) (first, last int, p pager) {
	at, err := strconv.Atoi(asked)
	if err != nil || at < 1 {
		at = 1
	}
	at = min(at, max(1, (n+size-1)/size))
	first, last = (at-1)*size, min(at*size, n)
	p = pager{From: min(first+1, last), To: last, Of: n}
	if at == 2 {
		p.Prev = to("")
	} else if at > 2 {
		p.Prev = to(strconv.Itoa(at - 1))
	}
	if last < n {
		p.Next = to(strconv.Itoa(at + 1))
	}
	return first, last, p
}
