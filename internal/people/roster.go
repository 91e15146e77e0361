package people

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Facts is what is known of the people of an organisation.
type Facts struct {
	People     []Person
	Spans      []Span // those that count
	Groups     []Group
	Exclusions []Exclusion
	Unlisted   map[string]time.Time // by person: since when a full list does not name them any more
	Zone       *time.Location       // where the organisation is; nil: UTC
}

// Roster answers questions about all people of an organisation, for any day. It
// is built once and safe for concurrent use.
type Roster struct {
	people     []Person // by name
	stints     []Span   // the present or last stint of each
	words      []string // of each, what a search looks in
	at         map[string]int
	orders     orders
	spans      map[string][]Span
	groups     []Group // shipped ones first
	members    map[string]map[string]bool
	reports    map[string][]string
	exclusions map[string][]Exclusion // by person
	unlisted   map[string]time.Time
	zone       *time.Location
}

// NewRoster puts facts in order. The shipped groups are there without being
// named; a group with the key of one of them says who is in it by hand.
func NewRoster(f Facts) *Roster {
	r := &Roster{
		people: slices.Clone(f.People), at: make(map[string]int, len(f.People)), spans: map[string][]Span{}, groups: Shipped(),
		members: map[string]map[string]bool{}, reports: map[string][]string{}, exclusions: map[string][]Exclusion{}, unlisted: f.Unlisted, zone: f.Zone,
		stints: make([]Span, len(f.People)), words: make([]string, len(f.People)), orders: orders{by: map[Sort][]int{}},
	}
	if r.zone == nil {
		r.zone = time.UTC
	}
	byName(r.people)
	for i, p := range r.people {
		r.at[p.ID], r.stints[i], r.words[i] = i, p.stint(), sheet.Key(p.Name)+"\n"+p.Email+"\n"+sheet.Key(p.Title)
		if p.Manager != "" {
			r.reports[p.Manager] = append(r.reports[p.Manager], p.ID)
		}
	}
	for _, s := range f.Spans {
		r.spans[s.Person] = append(r.spans[s.Person], s)
	}
	for _, x := range f.Exclusions {
		r.exclusions[x.Person] = append(r.exclusions[x.Person], x)
	}
	for _, g := range f.Groups {
		i := slices.IndexFunc(r.groups, func(s Group) bool { return s.Key == g.Key })
		if i < 0 {
			i, r.groups = len(r.groups), append(r.groups, g)
		}
		r.groups[i].Members = g.Members
		in := make(map[string]bool, len(g.Members))
		for _, id := range g.Members {
			in[id] = true
		}
		r.members[g.Key] = in
	}
	return r
}

// Today is the day of a moment where the organisation is.
func (r *Roster) Today(now time.Time) cadence.Date { return cadence.DateOf(now, r.zone) }

// Person returns somebody by id.
func (r *Roster) Person(id string) (Person, bool) {
	i, ok := r.at[id]
	if !ok {
		return Person{}, false
	}
	return r.people[i], true
}

// All returns everybody who ever stood in the register, by name.
func (r *Roster) All() []Person { return slices.Clone(r.people) }

// StatusOn is what somebody is on a day; nobody we know is nothing.
func (r *Roster) StatusOn(id string, day cadence.Date) Status {
	i, ok := r.at[id]
	if !ok {
		return ""
	}
	return r.statusAt(i, day)
}

func (r *Roster) statusAt(i int, day cadence.Date) Status {
	return statusOf(r.people[i].Kind, r.stints[i], r.spans[r.people[i].ID], day)
}

// Unlisted reports whether a full list does not name somebody any more whom it
// named before. Nothing follows from it by itself.
func (r *Roster) Unlisted(id string) bool { return !r.unlisted[id].IsZero() }

// Current returns the employees and contractors who are here on a day and in
// scope, by name.
func (r *Roster) Current(day cadence.Date) []Person {
	var out []Person
	for i, p := range r.people {
		if r.statusAt(i, day) == Current {
			out = append(out, p)
		}
	}
	return out
}

// StartOf is the first day of the stint a day lies in, or of the next one, or of
// the last: somebody who came back is new again. It is no date when unknown.
func (r *Roster) StartOf(id string, day cadence.Date) cadence.Date { return r.StintOn(id, day).From }

// EndOf is the last day of that stint, or no date.
func (r *Roster) EndOf(id string, day cadence.Date) cadence.Date { return r.StintOn(id, day).To }

// StintOn is the stint a day lies in, or the next one, or the last.
func (r *Roster) StintOn(id string, day cadence.Date) Span {
	i, ok := r.at[id]
	if !ok {
		return Span{}
	}
	if spans := r.spans[id]; len(spans) > 0 {
		return stintOn(r.people[i], spans, day)
	}
	return r.stints[i]
}

// Spans returns the earlier stints, the leaves and the times out of scope of a
// person, as they happened.
func (r *Roster) Spans(id string) []Span {
	out := slices.Clone(r.spans[id])
	slices.SortFunc(out, bySpan)
	return out
}

// Reports returns the ids of those who report to somebody.
func (r *Roster) Reports(id string) []string { return slices.Clone(r.reports[id]) }

// leads reports whether somebody is the manager of a person whose end is not known.
func (r *Roster) leads(id string) bool {
	return slices.ContainsFunc(r.reports[id], func(x string) bool { return r.people[r.at[x]].EndOn == "" })
}

// Groups returns the shipped groups and those made here, with their members by hand.
func (r *Roster) Groups() []Group { return slices.Clone(r.groups) }

// In reports whether a person belongs to a group. A group that is not there has
// nobody in it.
func (r *Roster) In(group, person string) bool {
	p, ok := r.Person(person)
	if !ok {
		return false
	}
	if r.members[group][person] {
		return true
	}
	for i := range r.groups {
		if g := &r.groups[i]; g.Key == group {
			return g.rules(p, func() bool { return r.leads(person) })
		}
	}
	return false
}

// Excluded returns the exclusion that lets a person off a check at a moment: of
// several the newest one in force.
func (r *Roster) Excluded(person string, c Check, at time.Time) (Exclusion, bool) {
	var list []Exclusion
	for _, x := range r.exclusions[person] {
		if x.Check == c {
			list = append(list, x)
		}
	}
	return newest(list, at)
}

// Exclusions returns all exclusions of a person, those in force or not, the
// newest first.
func (r *Roster) Exclusions(person string) []Exclusion {
	out := slices.Clone(r.exclusions[person])
	slices.SortFunc(out, newestFirst)
	return out
}

// ReadRoster reads what is known of all people in the caller's transaction.
func ReadRoster(ctx context.Context, tx *db.Tx, org string) (*Roster, error) {
	var f Facts
	var err error
	if f.People, err = list(ctx, tx, org); err != nil {
		return nil, err
	}
	if f.Spans, err = readSpans(ctx, tx, org, ""); err != nil {
		return nil, err
	}
	if f.Groups, err = readGroups(ctx, tx, org); err != nil {
		return nil, err
	}
	if f.Exclusions, err = readExclusions(ctx, tx, org, ""); err != nil {
		return nil, err
	}
	if f.Unlisted, err = readUnlisted(ctx, tx, org); err != nil {
		return nil, err
	}
	if f.Zone, err = zoneOf(ctx, tx, org); err != nil {
		return nil, err
	}
	return NewRoster(f), nil
}

// rosterTables are those ReadRoster reads.
var rosterTables = []string{"person", "person_span", "person_source", "people_group", "people_group_member", "person_exclusion", "organisation_zone"}

// readUnlisted returns whom a full list does not name any more, and since when.
func readUnlisted(ctx context.Context, tx *db.Tx, org string) (map[string]time.Time, error) {
	rows, err := tx.Query(ctx, `SELECT person, unlisted_at FROM person_source WHERE org = $1 AND unlisted_at <> 0`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]time.Time{}
	for rows.Next() {
		var person string
		var at int64
		if err := rows.Scan(&person, &at); err != nil {
			return nil, err
		}
		out[person] = db.Time(at)
	}
	return out, rows.Err()
}

// readSpans returns the spans that count, of one person or of all.
func readSpans(ctx context.Context, tx *db.Tx, org, person string) ([]Span, error) {
	rows, err := tx.Query(ctx, `SELECT id, person, kind, from_day, to_day, reason FROM person_span WHERE org = $1 AND ($2 = '' OR person = $2) AND ended_at = 0 ORDER BY id`, org, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Span
	for rows.Next() {
		var s Span
		if err := rows.Scan(&s.ID, &s.Person, &s.Kind, &s.From, &s.To, &s.Reason); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// readExclusions returns the exclusions of one person or of all, ended ones too.
func readExclusions(ctx context.Context, tx *db.Tx, org, person string) ([]Exclusion, error) {
	rows, err := tx.Query(ctx, `SELECT id, batch, person, asked, reason, from_at, until_at, account, ended_at, ended_by FROM person_exclusion WHERE org = $1 AND ($2 = '' OR person = $2) ORDER BY id`, org, person)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Exclusion
	for rows.Next() {
		var x Exclusion
		var from, until, ended int64
		if err := rows.Scan(&x.ID, &x.Batch, &x.Person, &x.Check, &x.Reason, &from, &until, &x.By, &ended, &x.EndedBy); err != nil {
			return nil, err
		}
		x.From, x.Until, x.EndedAt = db.Time(from), db.Time(until), db.Time(ended)
		out = append(out, x)
	}
	return out, rows.Err()
}

// readGroups returns the groups made here, and the members by hand of all groups.
func readGroups(ctx context.Context, tx *db.Tx, org string) ([]Group, error) {
	rows, err := tx.Query(ctx, `SELECT id, label, about, everyone, managers, kinds, functions FROM people_group WHERE org = $1 AND ended_at = 0 ORDER BY id`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Group
	for rows.Next() {
		var g Group
		var kinds, functions string
		if err := rows.Scan(&g.Key, &g.Label, &g.About, &g.Everyone, &g.Managers, &kinds, &functions); err != nil {
			return nil, err
		}
		for k := range strings.SplitSeq(kinds, ",") {
			if k != "" {
				g.Kinds = append(g.Kinds, Kind(k))
			}
		}
		for f := range strings.SplitSeq(functions, ",") {
			if f != "" {
				g.Functions = append(g.Functions, f)
			}
		}
		out = append(out, g)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return addMembers(ctx, tx, org, out)
}

// addMembers adds who is in which group by hand.
func addMembers(ctx context.Context, tx *db.Tx, org string, out []Group) ([]Group, error) {
	out = append(out, Shipped()...)
	at := map[string]int{}
	for i, g := range out {
		at[g.Key] = i
	}
	rows, err := tx.Query(ctx, `SELECT group_key, person FROM people_group_member WHERE org = $1 AND to_at = 0 ORDER BY group_key, person`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key, person string
		if err := rows.Scan(&key, &person); err != nil {
			return nil, err
		}
		if i, ok := at[key]; ok {
			out[i].Members = append(out[i].Members, person)
		}
	}
	return out, rows.Err()
}
