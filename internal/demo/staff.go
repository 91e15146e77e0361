package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// heads says who leads a function. Engineers report to one of three managers.
var heads = map[string]string{
	"leadership": "Lena Haddad", "security": "Mara Velasco", "it": "Jun Okada", "people": "Priya Raman", "legal": "Ines Okafor", "finance": "Clara Moreau",
	"product": "Sam Whitfield", "support": "Nora Grigoryan", "sales": "Zoe Bergman", "marketing": "Petra Dietrich",
}

// above says to whom those report who lead.
var above = map[string]string{
	"Lena Haddad": "", "Mara Velasco": "Omar Castellan", "Jun Okada": "Omar Castellan", "Priya Raman": "Lena Haddad", "Ines Okafor": "Lena Haddad", "Clara Moreau": "Celia Raman",
	"Sam Whitfield": "Lena Haddad", "Nora Grigoryan": "Nils Eriksen", "Zoe Bergman": "Lena Haddad", "Petra Dietrich": "Lena Haddad", "Ada Brandt": "Omar Castellan",
	"Rosa Grigoryan": "Ada Brandt", "Alma Sorensen": "Ada Brandt", "Tessa Okafor": "Ada Brandt",
}

// leads is the name of the person somebody reports to.
func leads(name, function string) string {
	if up, ok := above[name]; ok {
		return up
	}
	if function == "engineering" {
		return []string{"Rosa Grigoryan", "Alma Sorensen", "Tessa Okafor"}[hash(name)%3]
	}
	return heads[function]
}

// Those whose days follow the day of seeding.
const (
	newcomer  = "Piet Quist"   // started two weeks ago and has an account
	behind    = "Orla Osei"    // started seven weeks ago, and the checklist is overdue
	future    = "Nadia Nagy"   // starts in eighteen days
	returned  = "Goran Amsel"  // left in the fourth month and came back
	away      = "Jelena Iyer"  // on leave, nobody knows until when
	awayUntil = "Ivo Holm"     // on leave until a day
	outside   = "Hilde Duarte" // out of scope
	leaving   = "Kaito Kovacs" // leaves in nine days
	machine   = "Release automation"
)

// starts and ends are the days of those, as days after the day of seeding.
var (
	starts = map[string]cadence.Date{newcomer: -14, behind: -49, future: 18}
	ends   = map[string]cadence.Date{"Mirko Mbeki": -41, "Lotte Lund": -27, leaving: 9}
)

// hired is when the people system sends its list again, with those who start and
// those who leave.
func (t *story) hired() time.Time { return t.at(t.today-60, 9, 5) }

// list is the list of the people system: as it was when the company was founded here, or as
// it is now.
func (t *story) list(now bool) (*people.Sheet, error) {
	rows, err := read("data/people.csv")
	if err != nil {
		return nil, err
	}
	emails := map[string]string{}
	for _, r := range rows {
		emails[r["name"]] = r["email"]
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"name", "email", "function", "title", "kind", "start_on", "end_on", "manager"}) // a buffer takes everything
	for _, r := range rows {
		name, from, to := r["name"], r["start_on"], r["end_on"]
		manager := emails[leads(name, r["function"])]
		if d, ok := starts[name]; ok {
			if !now {
				continue
			}
			from = t.workday(t.today + d).String()
		}
		if d, ok := ends[name]; ok && now {
			to = t.workday(t.today + d).String()
		}
		if name == machine {
			from, manager = "", ""
		}
		_ = w.Write([]string{name, r["email"], r["function"], r["title"], r["kind"], from, to, manager})
	}
	w.Flush()
	return people.ReadSheet("people.csv", b.Bytes())
}

// staff plans what the register learns after its first day.
func (t *story) staff() {
	t.then(t.hired(), func(ctx context.Context, at time.Time) error {
		sheet, err := t.list(true)
		if err != nil {
			return err
		}
		if _, err := t.People.Import(ctx, t.admin, sheet, people.List{Source: people.HR, Full: true}, at); err != nil {
			return err
		}
		return t.know(ctx)
	})
	t.then(t.at(t.in(0, 1), 9, 0), t.fill)
	t.span(t.at(t.today-62, 10, 0), people.Span{Person: away, Kind: people.Leave, From: t.today - 58})
	t.span(t.at(t.today-35, 10, 0), people.Span{Person: awayUntil, Kind: people.Leave, From: t.today - 30, To: t.today + 40})
	t.span(t.at(t.in(0, 1), 9, 30), people.Span{Person: outside, Kind: people.NoScope, From: t.begin,
		Reason: "Works for the parent company on its own network; has no account and no device here."})
	t.then(t.at(t.in(3, 10), 11, 0), func(ctx context.Context, at time.Time) error {
		return t.People.End(ctx, t.admin, t.persons[returned], t.in(3, 15), at)
	})
	t.then(t.at(t.today-85, 11, 0), func(ctx context.Context, at time.Time) error {
		return t.People.Return(ctx, t.admin, t.persons[returned], t.workday(t.today-75), at)
	})
	t.exclude()
}

// know reads the ids of the register again.
func (t *story) know(ctx context.Context) error {
	all, err := t.People.List(ctx, t.admin)
	if err != nil {
		return err
	}
	for _, p := range all {
		t.persons[p.Name] = p.ID
	}
	return nil
}

// span plans that a stretch of days is entered. Its person is a name.
func (t *story) span(at time.Time, x people.Span) {
	t.then(at, func(ctx context.Context, at time.Time) error {
		x.Person = t.persons[x.Person]
		_, err := t.People.AddSpan(ctx, t.admin, x, at)
		return err
	})
}

// fill puts people into the groups that are filled by hand.
func (t *story) fill(ctx context.Context, at time.Time) error {
	groups := map[string]func(name, title string) bool{
		"privileged": func(name, title string) bool {
			return slices.Contains([]string{"Site reliability engineer", "Staff engineer", "Head of IT", "IT engineer"}, title)
		},
		"security-role": func(name, title string) bool {
			return slices.Contains([]string{"Mara Velasco", "Silas Mensah", "Mara Raman", "Kofi Okada"}, name)
		},
		"remote":  func(name, _ string) bool { return hash(name)%4 == 0 },
		"on-site": func(name, _ string) bool { return hash(name)%4 != 0 },
	}
	all, err := t.People.List(ctx, t.admin)
	if err != nil {
		return err
	}
	for _, key := range []string{"privileged", "security-role", "remote", "on-site"} {
		var ids []string
		for _, p := range all {
			if p.Kind != people.Service && groups[key](p.Name, p.Title) {
				ids = append(ids, p.ID)
			}
		}
		if err := t.People.AddMembers(ctx, t.admin, key, ids, at); err != nil {
			return fmt.Errorf("fill the group %s: %w", key, err)
		}
	}
	return nil
}

// exclude lets two people off: one until a day, one for good.
func (t *story) exclude() {
	for _, w := range []struct {
		at     time.Time
		person string
		people.Waiver
	}{
		{t.at(t.in(1, 12), 10, 0), "Omar Halloran", people.Waiver{Check: people.SecurityCheck, Reason: "Teaches the course to the others and wrote its local part; agreed by the head of security."}},
		{t.at(t.today-20, 10, 0), "Greta Okada", people.Waiver{Check: people.PoliciesCheck, Until: t.today + 25, Reason: "Works at a customer's site without access to our systems until the end of the assignment."}},
	} {
		t.then(w.at, func(ctx context.Context, at time.Time) error {
			w.People = []string{t.persons[w.person]}
			_, err := t.People.Exclude(ctx, t.actors["Mara Velasco"], w.Waiver, at)
			return err
		})
	}
}

// unopened are those who never opened their invitation: nothing of theirs is
// acknowledged.
var unopened = []string{"Marek Obi", "Bruno Obi", "Zeno Petrov"}

// admit invites the others as employees, on the first day or on the day they start,
// and says who of the register they are.
func (t *story) admit() error {
	rows, err := read("data/people.csv")
	if err != nil {
		return err
	}
	first := t.in(0, 5)
	for i, r := range rows {
		name := r["name"]
		_, has := t.actors[name]
		if has && name != t.admin.Name() { // colleagues, from the day they are here
			on, err := cadence.ParseDate(r["start_on"])
			if err != nil {
				return err
			}
			t.reads(name, max(on, first)+2)
		}
		if has || name == outside || name == future || r["kind"] == string(people.Service) {
			continue
		}
		on, err := cadence.ParseDate(r["start_on"])
		if err != nil {
			return err
		}
		if d, ok := starts[name]; ok {
			on = t.workday(t.today + d)
		}
		if end, err := cadence.ParseDate(r["end_on"]); err == nil && end.Known() && end < first {
			continue
		}
		on = max(on, first)
		t.meanwhile(t.at(on, 12, 0), func(ctx context.Context, at time.Time) error {
			return t.let(ctx, name, r["email"], access.Employee, at)
		})
		if !slices.Contains(unopened, name) {
			t.reads(name, on+1+cadence.Date(i%9))
		}
	}
	t.reads(returned, t.today-70) // somebody who comes back is new again
	t.reads(name, first+2)        // the administrator
	return nil
}
