package people

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

//go:embed data/roles.csv
var rolesFile string

// DutyRole is a role of the programme that policies, obligations and the method
// of risk name, such as the Security Officer (ISO/IEC 27001:2022, 5.3).
type DutyRole struct {
	ID    string // such as "security-officer"
	Label string
	About string // what whoever holds it answers for
}

// SystemOwner is the role that is held for each system and stands in the register
// of systems; nobody holds it as such.
const SystemOwner = "system-owner"

// DutyRoles returns the roles of the programme.
var DutyRoles = sync.OnceValue(func() []DutyRole {
	rows, err := csv.NewReader(strings.NewReader(rolesFile)).ReadAll()
	if err != nil {
		panic(err) // it ships with the program
	}
	var out []DutyRole
	for _, r := range rows[1:] {
		out = append(out, DutyRole{r[0], r[1], r[2]})
	}
	return out
})

// FindDutyRole returns a role by its id.
func FindDutyRole(id string) (DutyRole, bool) {
	i := slices.IndexFunc(DutyRoles(), func(r DutyRole) bool { return r.ID == id })
	if i < 0 {
		return DutyRole{}, false
	}
	return DutyRoles()[i], true
}

// Duty is a role that a person held over some days, in the organisation's zone.
type Duty struct {
	ID     string
	Role   string
	Person string       // id
	Days   cadence.Days // the last day is none while nobody set one
	At     time.Time    // when it was entered
	By     string       // account that entered it
}

// Holds reports whether the person held the role on a day.
func (d Duty) Holds(on cadence.Date) bool {
	return d.Days.From <= on && (!d.Days.To.Known() || on <= d.Days.To)
}

// Duties says who held which role of the programme, and when.
type Duties struct{ list []Duty }

// NewDuties returns them, by first day.
func NewDuties(list []Duty) *Duties {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Duty) int {
		if a.Days.From != b.Days.From {
			return int(a.Days.From - b.Days.From)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return &Duties{list}
}

// All returns every duty, by first day.
func (d *Duties) All() []Duty { return slices.Clone(d.list) }

// Ever returns everybody who held or will hold a role, by first day.
func (d *Duties) Ever(role string) []Duty {
	return slices.DeleteFunc(d.All(), func(x Duty) bool { return x.Role != role })
}

// Holders returns the ids of those who hold a role on a day, who has had it
// longest first; several share some roles.
func (d *Duties) Holders(role string, on cadence.Date) []string {
	var out []string
	for _, x := range d.list {
		if x.Role == role && x.Holds(on) && !slices.Contains(out, x.Person) {
			out = append(out, x.Person)
		}
	}
	return out
}

// Of returns the roles a person holds on a day.
func (d *Duties) Of(person string, on cadence.Date) []string {
	var out []string
	for _, x := range d.list {
		if x.Person == person && x.Holds(on) && !slices.Contains(out, x.Role) {
			out = append(out, x.Role)
		}
	}
	return out
}

// During returns the duties of a person that touch any of the days.
func (d *Duties) During(person string, days cadence.Days) []Duty {
	var out []Duty
	for _, x := range d.list {
		if x.Person == person && x.Days.From <= days.To && (!x.Days.To.Known() || x.Days.To >= days.From) {
			out = append(out, x)
		}
	}
	return out
}
