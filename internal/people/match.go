package people

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/sheet"
)

// Register finds people by what a document calls them. It is built once and
// safe for concurrent use.
type Register struct {
	email map[string][]Person
	name  map[string][]Person // as written
	fold  map[string][]Person // without case and doubled spaces
}

// Match is the answer to whom a text names. Person is the zero Person when
// nobody, or not one alone, is meant; Why then says what to do.
type Match struct {
	Person Person
	Found  bool
	Why    string
}

// NewRegister indexes a list of people.
func NewRegister(list []Person) *Register {
	r := &Register{map[string][]Person{}, map[string][]Person{}, map[string][]Person{}}
	for _, p := range list {
		if p.Email != "" {
			r.email[p.Email] = append(r.email[p.Email], p)
		}
		r.name[p.Name] = append(r.name[p.Name], p)
		r.fold[sheet.Key(p.Name)] = append(r.fold[sheet.Key(p.Name)], p)
	}
	return r
}

// Match looks for a person by e-mail address, then by the name exactly as
// written, then by the name in whatever case; "Doe, Jane" is also tried as "Jane
// Doe". Two people of one name are never guessed between.
func (r *Register) Match(text string) Match {
	text = strings.TrimSpace(text)
	if text == "" {
		return Match{Why: "No owner is named."}
	}
	address := text
	if a, err := mail.ParseAddress(text); err == nil {
		address = a.Address
	}
	if found := r.email[strings.ToLower(address)]; len(found) == 1 {
		return Match{found[0], true, "by e-mail address"}
	}
	names := []string{text}
	if last, first, ok := strings.Cut(text, ","); ok && !strings.Contains(first, ",") {
		names = append(names, strings.TrimSpace(first)+" "+strings.TrimSpace(last))
	}
	if a, err := mail.ParseAddress(text); err == nil && a.Name != "" {
		names = append(names, a.Name)
	}
	for _, n := range names {
		if found := r.name[n]; len(found) == 1 {
			return Match{found[0], true, "by name"}
		}
		switch found := r.fold[sheet.Key(n)]; {
		case len(found) == 1:
			return Match{found[0], true, "by name, in another spelling"}
		case len(found) > 1:
			return Match{Why: fmt.Sprintf("%d people in the register are called “%s”. Write the e-mail address of the one you mean.", len(found), n)}
		}
	}
	return Match{Why: fmt.Sprintf("“%s” is not in the people register. Add the person, or write an e-mail address that is.", text)}
}

// byName sorts people as a list shows them.
func byName(list []Person) {
	keys := make(map[string]string, len(list))
	for _, p := range list {
		keys[p.ID] = sheet.Key(p.Name) + "\x00" + p.ID
	}
	slices.SortFunc(list, func(a, b Person) int { return strings.Compare(keys[a.ID], keys[b.ID]) })
}
