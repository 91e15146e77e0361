package people

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// List says what a list of people is.
type List struct {
	Source Source // HR or Directory
	Full   bool   // it names everybody, so that whoever is missing is shown
}

// Change is somebody whom a list changes.
type Change struct {
	Row           int
	Before, After Person
	Fields        []string
	Returns       bool // a new stint begins
}

// Disagreement is a value of a list that was not taken, because somebody set
// another one by hand or a source that counts more says otherwise.
type Disagreement struct {
	Row    int
	Person Person // as they are afterwards
	Field  string
	Holder Source // who says what holds
	Says   string // what the list says
}

// Result says what an import did, or would do.
type Result struct {
	Created   []Person
	Updated   []Change
	Unchanged int
	Kept      []Disagreement
	Missing   []Person // a full list does not name them any more; nothing else becomes of them
	Notes     []Fault  // what somebody should look at; it stops nothing
	Leaves    int      // leaves entered or changed
	Members   int      // people added to groups
}

// intake works out what a list means for a register. It reads nothing but what it
// is given, and writes nothing.
type intake struct {
	sheet *Sheet
	list  List
	now   time.Time
	today cadence.Date

	have     map[string]entry // by id
	names    map[string][]string
	emails   map[string]string                               // id by address, as it is
	numbers  map[string]string                               // id by what this source calls them
	listings map[string][]listing                            // by person
	spans    map[string][]Span                               // by person
	groups   map[string]*Group                               // by folded name and by key
	inSheet  struct{ emails, numbers, names map[string]int } // how often

	next    map[string]entry    // as everybody is afterwards, by id
	rows    map[string]int      // entry of the sheet, by id
	called  map[string]string   // id by what the sheet calls them
	after   map[string][]string // ids by folded name, as everybody is afterwards; made when first asked for
	matched []string            // id of each entry; empty: it has a fault
	fresh   map[string]bool

	result  Result
	faults  []Fault
	writes  []entry
	clear   []string // ids whose address somebody else gets
	notes   []listing
	add     []Span
	drop    []Span
	members map[string][]string // by group key
}

// known is what a register holds.
type known struct {
	people   []entry
	listings []listing
	spans    []Span
	groups   []Group
}

// plan compares a sheet with a register.
func (s *Sheet) plan(k known, l List, today cadence.Date, now time.Time) *intake {
	in := &intake{sheet: s, list: l, now: now, today: today, have: make(map[string]entry, len(k.people)), names: map[string][]string{}, emails: map[string]string{}, numbers: map[string]string{},
		listings: map[string][]listing{}, spans: map[string][]Span{}, groups: map[string]*Group{}, next: map[string]entry{}, rows: map[string]int{}, called: map[string]string{}, fresh: map[string]bool{}, members: map[string][]string{}}
	in.index(k)
	in.match()
	in.settle()
	in.addresses()
	in.managers()
	in.extras()
	in.missing()
	in.finish()
	return in
}

func (in *intake) index(k known) {
	for _, e := range k.people {
		in.have[e.ID], in.next[e.ID] = e, e
		in.names[sheet.Key(e.Name)] = append(in.names[sheet.Key(e.Name)], e.ID)
		if e.Email != "" {
			in.emails[e.Email] = e.ID
		}
	}
	for _, l := range k.listings {
		in.listings[l.Person] = append(in.listings[l.Person], l)
		if l.Source == in.list.Source && l.External != "" {
			in.numbers[l.External] = l.Person
		}
	}
	for _, x := range k.spans {
		in.spans[x.Person] = append(in.spans[x.Person], x)
	}
	for i := range k.groups {
		in.groups[sheet.Key(k.groups[i].Label)] = &k.groups[i]
		in.groups[k.groups[i].Key] = &k.groups[i]
	}
	in.inSheet.emails, in.inSheet.numbers, in.inSheet.names = map[string]int{}, map[string]int{}, map[string]int{}
	for _, e := range in.sheet.Entries {
		in.inSheet.emails[e.Person.Email]++
		in.inSheet.names[sheet.Key(e.Person.Name)]++
		if e.External != "" {
			in.inSheet.numbers[e.External]++
		}
	}
}

func (in *intake) fault(row int, field, format string, args ...any) {
	at := &Sheet{headings: in.sheet.headings}
	at.fault(row, field, format, args...)
	in.faults = append(in.faults, at.Faults...)
}

func (in *intake) note(row int, field, format string, args ...any) {
	at := &Sheet{headings: in.sheet.headings}
	at.fault(row, field, format, args...)
	in.result.Notes = append(in.result.Notes, at.Faults...)
}

// match finds whom each row is about: by what the list calls them, then by e-mail
// address, with the name to tell a new address from a new owner of it.
func (in *intake) match() {
	in.matched = make([]string, len(in.sheet.Entries))
	for i, e := range in.sheet.Entries {
		id, ok := in.find(e)
		if !ok {
			continue
		}
		if id == "" {
			id = uuid.Must(uuid.NewV7()).String()
			in.fresh[id] = true
		}
		if first, twice := in.rows[id]; twice {
			in.fault(e.Row, "email", "This is %s, who stands in row %d already. Remove one of the two rows.", in.have[id].Name, in.sheet.Entries[first].Row)
			continue
		}
		if in.rows[id], in.matched[i] = i, id; e.External != "" {
			in.called[e.External] = id
		}
	}
}

// find returns the id of the person a row is about, or "" for somebody new; false
// when that cannot be told, which is a fault.
func (in *intake) find(e Entry) (string, bool) {
	if e.External == "" {
		return in.byAddress(e)
	}
	if id := in.numbers[e.External]; id != "" {
		return id, true
	}
	holder := in.emails[e.Person.Email]
	number := in.numberOf(holder)
	switch {
	case holder == "" || number == "":
		return in.byAddress(e)
	case in.inSheet.numbers[number] > 0: // the holder has a row of their own, and gives the address away
		return "", true
	case sheet.Key(in.have[holder].Name) == sheet.Key(e.Person.Name):
		in.note(e.Row, "external", "%s was %s in the list before and is %s now.", e.Person.Name, number, e.External)
		return holder, true
	}
	in.fault(e.Row, "external", "The address %s belongs to %s, whom the list called %s until now. If this is the same person, correct the number or the name in the register first; if the address passed to somebody else, change the address of %s first.",
		e.Person.Email, in.have[holder].Name, number, in.have[holder].Name)
	return "", false
}

func (in *intake) numberOf(id string) string {
	for _, l := range in.listings[id] {
		if l.Source == in.list.Source {
			return l.External
		}
	}
	return ""
}

// byAddress finds somebody by e-mail address. Two people whose addresses were
// swapped are told by their names.
func (in *intake) byAddress(e Entry) (string, bool) {
	holder, name := in.emails[e.Person.Email], sheet.Key(e.Person.Name)
	namesake := ""
	if in.inSheet.names[name] == 1 && len(in.names[name]) == 1 {
		namesake = in.names[name][0]
	}
	switch {
	case holder == "":
		if namesake != "" && in.inSheet.emails[in.have[namesake].Email] == 0 && (e.External == "" || in.numberOf(namesake) == "") {
			in.note(e.Row, "email", "Somebody called %s is in the register%s. This row is entered as another person; if it is the same, change the address there first.", e.Person.Name, withAddress(in.have[namesake].Person))
		}
		return "", true
	case namesake == "" || namesake == holder || sheet.Key(in.have[holder].Name) == name:
		return holder, true
	case in.inSheet.names[sheet.Key(in.have[holder].Name)] > 0: // the holder has a row under their own name: the addresses were swapped
		return namesake, true
	case in.inSheet.emails[in.have[namesake].Email] > 0: // the namesake has a row under their own address: the holder was renamed
		return holder, true
	}
	in.fault(e.Row, "email", "The address %s belongs to %s in the register, and %s has %s there. Add a column with staff numbers, or correct the two in the register first.",
		e.Person.Email, in.have[holder].Name, e.Person.Name, in.have[namesake].Email)
	return "", false
}

func withAddress(p Person) string {
	if p.Email == "" {
		return " without an address"
	}
	return " with the address " + p.Email
}

// listing returns what this source said of a person, made anew when it never did.
func (in *intake) listing(id string) *listing {
	list := in.listings[id]
	i := slices.IndexFunc(list, func(l listing) bool { return l.Source == in.list.Source })
	if i < 0 {
		i, list = len(list), append(list, listing{ID: uuid.Must(uuid.NewV7()).String(), Person: id, Source: in.list.Source, Says: map[string]said{}})
		in.listings[id] = list
	}
	return &list[i]
}

// settle works out what becomes of everybody the list names, but for the manager.
func (in *intake) settle() {
	for i, id := range in.matched {
		if id == "" {
			continue
		}
		e, have := in.sheet.Entries[i], in.have[id]
		if in.fresh[id] {
			have = entry{Person{ID: id}, byHand{}}
		}
		l := in.listing(id)
		for _, f := range fields {
			if f.key != "manager" {
				l.hears(f.key, *e.Person.field(f.key), in.now)
			}
		}
		hand := maps.Clone(have.hand)
		if have.EndOn != "" && e.Person.StartOn > have.EndOn { // what was said of the days before was about the old stint
			delete(hand, "start_on")
			delete(hand, "end_on")
			if e.Person.EndOn == "" {
				delete(l.Says, "end_on")
			}
		}
		next := settled(have.Person, hand, in.listings[id])
		if next.Kind == "" {
			next.Kind = Employee
		}
		if next.EndOn != "" && next.EndOn < next.StartOn {
			if next.EndOn == e.Person.EndOn {
				in.fault(e.Row, "end_on", "The last day lies before the first day of %s, %s. Correct the one or the other.", next.Name, next.StartOn)
			}
			next.EndOn = "" // it was the end of a stint before
		}
		in.next[id] = entry{next, hand}
		in.stint(e, have.Person, next)
	}
}

// stint keeps the stint of before when another one begins.
func (in *intake) stint(e Entry, have, next Person) {
	before, again := stintBefore(have, next)
	if again {
		before.ID = uuid.Must(uuid.NewV7()).String()
		in.add = append(in.add, before)
	}
	for _, x := range in.spans[next.ID] {
		if x.Kind == Stint && x.meets(next.stint()) {
			in.fault(e.Row, "start_on", "%s was here %s already. Give a first day after it.", next.Name, x.words())
		}
	}
	if !again && have.EndOn != "" && have.EndOn < in.today.String() && e.Person.EndOn == "" {
		in.note(e.Row, "end_on", "%s left on %s. If they are back, give the first day of the new time.", next.Name, have.EndOn)
	}
}

// addresses makes sure that no two people have one address in the end.
func (in *intake) addresses() {
	after := make(map[string]string, len(in.next))
	for _, id := range slices.Sorted(maps.Keys(in.next)) {
		p := in.next[id]
		if p.Email == "" {
			continue
		}
		other, taken := after[p.Email]
		if !taken {
			after[p.Email] = id
			continue
		}
		row, named := in.rows[id]
		if !named {
			row, other = in.rows[other], id
		}
		in.fault(in.sheet.Entries[row].Row, "email", "%s keeps this address in the register. Change it there first.", in.next[other].Name)
	}
	for id, was := range in.have {
		if taker := after[was.Email]; was.Email != "" && in.next[id].Email != was.Email && taker != "" {
			in.clear = append(in.clear, id)
		}
	}
	slices.Sort(in.clear)
	for address, id := range in.emails { // a list may still call a manager by the address of before
		if _, ok := after[address]; !ok {
			after[address] = id
		}
	}
	in.emails = after
}

// managers finds who reports to whom, and refuses circles.
func (in *intake) managers() {
	for i, id := range in.matched {
		e := in.sheet.Entries[i]
		if id == "" || e.Manager == "" {
			continue
		}
		manager, ok := in.manager(e)
		if !ok {
			continue
		}
		if manager == id {
			in.fault(e.Row, "manager", "%s would report to themselves. Leave the manager empty, or name somebody else.", e.Person.Name)
			continue
		}
		in.listing(id).hears("manager", manager, in.now)
		next := in.next[id]
		in.next[id] = entry{settledManager(next, in.listings[id]), next.hand}
	}
	in.circles()
}

// settledManager is settled for the manager alone.
func settledManager(e entry, listings []listing) Person {
	e.Person.Manager = settled(e.Person, e.hand, listings).Manager
	return e.Person
}

// manager finds the manager a row names.
func (in *intake) manager(e Entry) (string, bool) {
	text := strings.ToLower(e.Manager)
	if id := in.emails[text]; id != "" {
		return id, true
	}
	if id := in.called[e.Manager]; id != "" {
		return id, true
	}
	if id := in.numbers[e.Manager]; id != "" {
		return id, true
	}
	if found := in.byName(text); len(found) == 1 {
		return found[0], true
	}
	in.fault(e.Row, "manager", "“%s” is not in this list and not in the register. Write the e-mail address of somebody who is.", e.Manager)
	return "", false
}

func (in *intake) byName(name string) []string {
	if in.after == nil {
		in.after = make(map[string][]string, len(in.next))
		for id, p := range in.next {
			in.after[sheet.Key(p.Name)] = append(in.after[sheet.Key(p.Name)], id)
		}
	}
	return in.after[sheet.Key(name)]
}

// circles finds people who would end up above themselves.
func (in *intake) circles() {
	done := make(map[string]bool, len(in.next))
	for i, id := range in.matched {
		if id == "" || done[id] {
			continue
		}
		ring := chain(id, func(at string) string {
			if done[at] {
				return ""
			}
			return in.next[at].Manager
		})
		for at := id; at != "" && !done[at]; at = in.next[at].Manager {
			done[at] = true
		}
		if ring == nil {
			continue
		}
		row := in.sheet.Entries[i].Row
		names := make([]string, len(ring))
		for n, at := range ring {
			names[n] = in.next[at].Name
			if j, ok := in.rows[at]; ok {
				row = in.sheet.Entries[j].Row
			}
		}
		in.fault(row, "manager", "The managers make a circle: %s Change one of them.", circle(names))
	}
}
