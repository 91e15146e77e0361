package people

import (
	"slices"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// extras takes up the groups and the leaves of the list.
func (in *intake) extras() {
	joined := map[string]map[string]bool{}
	for i, id := range in.matched {
		if id == "" {
			continue
		}
		e := in.sheet.Entries[i]
		for _, name := range e.Groups {
			g := in.groups[sheet.Key(name)]
			if g == nil {
				in.fault(e.Row, "groups", "There is no group “%s”. Make it first, under People, Groups.", name)
				continue
			}
			if joined[g.Key] == nil {
				joined[g.Key] = map[string]bool{}
				for _, m := range g.Members {
					joined[g.Key][m] = true
				}
			}
			if !joined[g.Key][id] {
				joined[g.Key][id] = true
				in.members[g.Key] = append(in.members[g.Key], id)
				in.result.Members++
			}
		}
		if e.LeaveFrom.Known() {
			in.leave(e, id)
		}
	}
}

// leave takes up the leave of a row: the same first day as before is the same leave.
func (in *intake) leave(e Entry, id string) {
	x := Span{ID: uuid.Must(uuid.NewV7()).String(), Person: id, Kind: Leave, From: e.LeaveFrom, To: e.LeaveTo}
	for _, y := range in.spans[id] {
		switch {
		case y.Kind != Leave || !y.meets(x):
		case y.From == x.From && y.To == x.To:
			return
		case y.From == x.From:
			in.drop = append(in.drop, y)
		default:
			in.fault(e.Row, "leave_from", "%s is on leave %s already. Give days that do not meet it, or end that leave first.", e.Person.Name, y.words())
			return
		}
	}
	in.add = append(in.add, x)
	in.result.Leaves++
}

// missing finds those whom this source named before and a full list does not name
// any more. Nobody is ended by that: a list may be short by mistake.
func (in *intake) missing() {
	if !in.list.Full {
		return
	}
	for id, list := range in.listings {
		if _, named := in.rows[id]; named {
			continue
		}
		for _, l := range list {
			if l.Source != in.list.Source {
				continue
			}
			if statusOf(in.have[id].Kind, in.have[id].stint(), in.spans[id], in.today) != Former {
				in.result.Missing = append(in.result.Missing, in.have[id].Person)
			}
			if l.Unlisted == 0 {
				l.Unlisted = db.Micros(in.now)
				in.notes = append(in.notes, l)
			}
		}
	}
	byName(in.result.Missing)
}

// finish sorts everybody the list names into new, changed and as they were.
func (in *intake) finish() {
	if len(in.faults) > 0 {
		slices.SortStableFunc(in.faults, func(a, b Fault) int { return a.Row - b.Row })
		return
	}
	for i, id := range in.matched {
		e, next, have := in.sheet.Entries[i], in.next[id], in.have[id]
		in.hear(id, e)
		in.disagree(e, id, next)
		next.UpdatedAt = in.now
		fields := differing(have.Person, next.Person)
		switch {
		case in.fresh[id]:
			in.result.Created = append(in.result.Created, next.Person)
		case len(fields) > 0:
			_, again := stintBefore(have.Person, next.Person)
			in.result.Updated = append(in.result.Updated, Change{e.Row, have.Person, next.Person, fields, again})
		default:
			in.result.Unchanged++
			continue
		}
		in.writes = append(in.writes, next)
	}
}

// hear keeps what the list said of somebody, if that is news.
func (in *intake) hear(id string, e Entry) {
	l := in.listing(id)
	news := l.Seen == 0 || l.Unlisted != 0 || e.External != "" && e.External != l.External
	for _, s := range l.Says {
		news = news || s.At == db.Micros(in.now)
	}
	if !news {
		return
	}
	if l.Seen, l.Unlisted = db.Micros(in.now), 0; e.External != "" {
		l.External = e.External
	}
	in.notes = append(in.notes, *l)
}

// disagree notes what the list says and what was not taken.
func (in *intake) disagree(e Entry, id string, next entry) {
	for _, o := range originsOf(next.Person, next.hand, in.listings[id]) {
		for _, c := range o.Other {
			if c.Source == in.list.Source && (o.Field == "manager" && e.Manager != "" || *e.Person.field(o.Field) != "") {
				in.result.Kept = append(in.result.Kept, Disagreement{e.Row, next.Person, o.Field, o.Source, c.Value})
			}
		}
	}
}
