package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
)

// routine is something the company does again and again and files evidence of: a
// line of data/evidence.csv.
type routine struct {
	controls           []string // codes; the first one's owner files it
	kind, title, every string
	day                int    // of its period, on which it is done
	paper              string // what the file looks like
	lines              []string
}

func routines() ([]routine, error) {
	rows, err := read("data/evidence.csv")
	if err != nil {
		return nil, err
	}
	var out []routine
	for _, r := range rows {
		x := routine{controls: strings.Split(r["controls"], ";"), kind: r["kind"], title: r["title"], every: r["every"], paper: r["paper"]}
		if r["lines"] != "" {
			x.lines = strings.Split(r["lines"], " / ")
		}
		if r["day"] != "" {
			if x.day, err = strconv.Atoi(r["day"]); err != nil {
				return nil, fmt.Errorf("data/evidence.csv: %s: %w", r["title"], err)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// occasion is one time a routine was due.
type occasion struct {
	about cadence.Days // what the title names
	on    cadence.Date // the day it was done
	spans bool         // the item states about as its period
	valid time.Duration
}

// occasions lists when a routine was done, the flaws left out or in place.
func (t *story) occasions(r routine) []occasion {
	var out []occasion
	add := func(length int) {
		for _, p := range t.periods(length) {
			out = append(out, occasion{about: p, on: p.From + cadence.Date(r.day-1)})
		}
	}
	switch r.every {
	case "month":
		add(1)
	case "quarter":
		add(3)
	case "half":
		add(6)
	case "year":
		out = t.yearly(r)
	case "list":
		out = t.lists(2)
	case "monthlist":
		out = t.lists(1)
	case "restore":
		out = t.restores()
	case "scan":
		add(1)
		t.late(out)
	}
	if r.controls[0] == missed {
		out = t.without(out)
	}
	var done []occasion
	for _, o := range out {
		if !o.spans {
			o.on = t.workday(o.on)
		}
		if o.on >= t.begin && o.on <= t.yesterday {
			done = append(done, o)
		}
	}
	return done
}

// workday is the Friday before a day of a weekend, unless the history had not begun.
func (t *story) workday(d cadence.Date) cadence.Date {
	for d > t.begin && (d.Weekday() == time.Saturday || d.Weekday() == time.Sunday) {
		d--
	}
	return d
}

// yearly is done once in each twelve months, in a month of its own, so that not
// everything falls due in January.
func (t *story) yearly(r routine) []occasion {
	var out []occasion
	own := 2 + hash(r.controls[0])%12
	for _, i := range []int{own - 12, own} {
		if i >= 0 {
			on := t.in(i, r.day)
			y, _, _ := on.Civil()
			out = append(out, occasion{about: cadence.Days{From: cadence.On(y, time.January, 1), To: cadence.On(y, time.December, 31)}, on: on})
		}
	}
	return out
}

// lists are taken every so many months and speak of all days since the one before,
// the last of yesterday: what follows events is covered by them.
func (t *story) lists(length int) []occasion {
	var out []occasion
	for i := 0; i <= months; i += length {
		p := cadence.Days{From: t.month(i).From, To: min(t.month(i+length-1).To, t.yesterday)}
		if p.Known() {
			out = append(out, occasion{about: p, on: p.To, spans: true})
		}
	}
	return out
}

// plan plans every occasion of every routine.
func (t *story) plan(list []routine) {
	for _, r := range list {
		by := t.files(r.controls[0])
		for n, o := range t.occasions(r) {
			title := strings.ReplaceAll(r.title, "{period}", words(o.about))
			t.file(filed{by: by, review: true, key: r.controls[0] + " " + words(o.about), papers: t.paper(r, o, title, by),
				Filing: evidence.Filing{Title: title, Kind: r.kind, CapturedAt: t.captured(r, o, n), Period: o.period(), ValidFor: o.valid, Controls: r.controls}})
		}
	}
}

func (o occasion) period() cadence.Days {
	if o.spans {
		return o.about
	}
	return cadence.Days{}
}

// captured is a time of day that differs from routine to routine. Lists are taken at
// the end of their last day.
func (t *story) captured(r routine, o occasion, n int) time.Time {
	if strings.HasSuffix(r.every, "list") {
		return t.at(o.on, 17, hash(r.title)%40)
	}
	return t.at(o.on, 9+hash(r.title)%7, (hash(r.kind)+13*n)%60)
}

// hash is a small number that a text always gives.
func hash(text string) int {
	h := 7
	for _, b := range []byte(text) {
		h = (h*31 + int(b)) % 9973
	}
	return h
}
