// Package people is the register of persons: who works here, in which function,
// from when to when. A person in the register, an account that signs in and a
// role are three things; nothing here lets anybody in.
package people

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Kind says how somebody belongs to the organisation.
type Kind string

const (
	Employee   Kind = "employee"
	Contractor Kind = "contractor"
	Service    Kind = "service" // an account of a machine or a team, listed so that it can own things
)

// Person is one entry of the register.
type Person struct {
	ID        string
	Name      string
	Email     string // lower case, one person each; empty when there is none
	Function  string // key of Functions, or empty
	Title     string // as on the contract, such as "Staff engineer"
	Kind      Kind
	Manager   string    // id of the person they report to, or empty
	StartOn   string    // first day of the present stint or the last, 2026-03-01; empty when unknown
	EndOn     string    // last day of that stint, or empty
	UpdatedAt time.Time // UTC
	ErasedAt  time.Time // when name and address were erased; zero: they are there
}

// Function is a part of the company that controls can be given to.
type Function struct{ Key, Label string }

// functions in the order a page shows them. The keys are stored.
var functions = []Function{
	{"executive", "Leadership"}, {"engineering", "Engineering"}, {"product", "Product"}, {"it", "IT"}, {"security", "Security"},
	{"people", "People"}, {"legal", "Legal"}, {"privacy", "Privacy"}, {"finance", "Finance"}, {"support", "Support"},
	{"sales", "Sales and marketing"}, {"operations", "Operations"},
}

// Functions returns the functions a person can work in.
func Functions() []Function { return slices.Clone(functions) }

// Label returns what a page calls a function.
func Label(key string) string {
	for _, f := range functions {
		if f.Key == key {
			return f.Label
		}
	}
	return key
}

// Works reports whether the person belongs to the organisation on a day
// (2026-03-01). The first and the last day count; an unknown start always did.
func (p Person) Works(on string) bool {
	return p.StartOn <= on && (p.EndOn == "" || on <= p.EndOn)
}

// checked returns the person as it is kept, or an Invalid problem about the first
// field at fault.
func (p Person) checked() (Person, error) {
	var err error
	if p.Name, err = db.Line("name", "The name", p.Name, 120); err != nil {
		return p, err
	}
	if p.Name == "" {
		return p, problem.Field("name", "Say what the person is called.")
	}
	if p.Email, err = checkEmail(p.Email); err != nil {
		return p, err
	}
	if p.Title, err = db.Line("title", "The job title", p.Title, 120); err != nil {
		return p, err
	}
	if p.Function != "" && !slices.ContainsFunc(functions, func(f Function) bool { return f.Key == p.Function }) {
		return p, problem.Field("function", "Choose one of the functions listed.")
	}
	switch p.Kind {
	case "":
		p.Kind = Employee
	case Employee, Contractor, Service:
	default:
		return p, problem.Field("kind", "Choose employee, contractor or service.")
	}
	for field, day := range map[string]string{"start_on": p.StartOn, "end_on": p.EndOn} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return p, problem.Field(field, "This is not a date. It looks like 2026-03-01.")
		}
	}
	if p.StartOn != "" && p.EndOn != "" && p.EndOn < p.StartOn {
		return p, problem.Field("end_on", "The last day lies before the first.")
	}
	return p, nil
}

func checkEmail(email string) (string, error) {
	email, err := db.Line("email", "The e-mail address", email, 254)
	if err != nil || email == "" {
		return "", err
	}
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email {
		return "", problem.Field("email", "This is not an e-mail address. It looks like name@example.com.")
	}
	return strings.ToLower(email), nil
}
