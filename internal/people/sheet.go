package people

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Sheet is a list of people as read from a file. Nothing of it can be imported
// while it has faults.
type Sheet struct {
	File   string
	People []Person // in the order of the file
	Rows   []int    // the row each stands in, as a spreadsheet numbers it
	Faults []Fault
}

// Fault is something wrong with one cell, and how to put it right.
type Fault struct {
	Row   int
	Field string // heading of the column, or what is missing
	Text  string
}

// String returns the fault with its place.
func (f Fault) String() string { return fmt.Sprintf("Row %d, %s: %s", f.Row, f.Field, f.Text) }

// headings are what columns are called, in small letters and digits only.
var headings = map[string]string{
	"name": "name", "fullname": "name", "displayname": "name", "employee": "name", "employeename": "name", "person": "name",
	"firstname": "first", "givenname": "first", "first": "first", "lastname": "last", "surname": "last", "familyname": "last", "last": "last",
	"email": "email", "emailaddress": "email", "mail": "email", "workemail": "email", "companyemail": "email", "businessemail": "email",
	"function": "function", "department": "function", "team": "function", "dept": "function", "division": "function",
	"title": "title", "jobtitle": "title", "position": "title", "role": "title",
	"kind": "kind", "type": "kind", "employmenttype": "kind", "employeetype": "kind", "workertype": "kind",
	"start": "start_on", "starton": "start_on", "startdate": "start_on", "hiredate": "start_on", "hired": "start_on", "joined": "start_on",
	"end": "end_on", "endon": "end_on", "enddate": "end_on", "terminationdate": "end_on", "lastday": "end_on", "left": "end_on",
}

// departments are words that name a function, in small letters and digits only.
var departments = map[string]string{
	"leadership": "executive", "management": "executive", "executives": "executive", "board": "executive", "founders": "executive", "exec": "executive",
	"rd": "engineering", "development": "engineering", "softwareengineering": "engineering", "eng": "engineering", "platform": "engineering", "sre": "engineering", "infrastructure": "engineering", "data": "engineering",
	"informationtechnology": "it", "itoperations": "it", "corporateit": "it", "helpdesk": "it",
	"informationsecurity": "security", "infosec": "security", "compliance": "security", "securitycompliance": "security", "grc": "security",
	"hr": "people", "humanresources": "people", "peopleops": "people", "peopleoperations": "people", "talent": "people", "recruiting": "people", "peopleculture": "people",
	"accounting": "finance", "financeaccounting": "finance", "design": "product", "productmanagement": "product", "productdesign": "product",
	"customersuccess": "support", "customersupport": "support", "success": "support", "customerexperience": "support",
	"marketing": "sales", "growth": "sales", "revenue": "sales", "businessdevelopment": "sales", "partnerships": "sales",
	"ops": "operations", "facilities": "operations", "office": "operations", "procurement": "operations", "administration": "operations",
}

var kinds = map[string]Kind{
	"employee": Employee, "fulltime": Employee, "parttime": Employee, "permanent": Employee, "intern": Employee, "staff": Employee, "fte": Employee, "regular": Employee,
	"contractor": Contractor, "freelancer": Contractor, "external": Contractor, "consultant": Contractor, "agency": Contractor, "temporary": Contractor,
	"service": Service, "serviceaccount": Service, "system": Service, "bot": Service, "shared": Service, "group": Service,
}

var notPlain = regexp.MustCompile(`[^\p{L}\p{N}]+`)

func plain(s string) string { return notPlain.ReplaceAllString(strings.ToLower(s), "") }

const maxPeople = 50_000

// ReadSheet reads a list of people from a CSV or XLSX file. The header row is
// the first that names an e-mail column and a name. Faults name the row and the
// column; the error is for files that are no such list at all.
func ReadSheet(file string, data []byte) (*Sheet, error) {
	book, err := document.ReadTables(file, data, document.Limits{Rows: maxPeople, Columns: 200, Cell: 2000})
	if err != nil {
		return nil, err
	}
	for _, t := range book.Tables {
		for i, row := range t.Rows {
			if i >= 20 {
				break
			}
			if cols := columns(row); cols["email"] != nil && (cols["name"] != nil || cols["first"] != nil || cols["last"] != nil) {
				return readRows(file, t.Rows, i, cols), nil
			}
		}
	}
	return nil, problem.New(problem.Invalid, "%s has no row of headings with a name and an e-mail column. Give the columns headings such as Name, Email, Department, Title, Type, Start date, End date.", file)
}

// column is where a field stands.
type column struct {
	at      int
	heading string
}

func columns(row []string) map[string]*column {
	out := map[string]*column{}
	for i, h := range row {
		if f := headings[plain(h)]; f != "" && out[f] == nil {
			out[f] = &column{i, strings.TrimSpace(h)}
		}
	}
	return out
}

func readRows(file string, rows [][]string, header int, cols map[string]*column) *Sheet {
	s := &Sheet{File: file}
	seen := map[string]int{}
	for i := header + 1; i < len(rows); i++ {
		cell := func(field string) string {
			if c := cols[field]; c != nil && c.at < len(rows[i]) {
				return strings.TrimSpace(rows[i][c.at])
			}
			return ""
		}
		if strings.TrimSpace(strings.Join(rows[i], "")) == "" {
			continue
		}
		n := i + 1
		p, faults := s.person(cell)
		for _, f := range faults {
			f.Row = n
			if c := cols[f.Field]; c != nil {
				f.Field = c.heading
			}
			s.Faults = append(s.Faults, f)
		}
		if p.Email != "" {
			if first := seen[p.Email]; first > 0 {
				s.Faults = append(s.Faults, Fault{n, cols["email"].heading, fmt.Sprintf("%s stands in row %d already. Remove one of the two rows.", p.Email, first)})
			}
			seen[p.Email] = n
		}
		s.People = append(s.People, p)
		s.Rows = append(s.Rows, n)
	}
	return s
}

// person reads one row; the faults name fields, not yet headings.
func (s *Sheet) person(cell func(string) string) (Person, []Fault) {
	p := Person{Name: cell("name"), Email: cell("email"), Title: cell("title")}
	if p.Name == "" {
		p.Name = strings.TrimSpace(cell("first") + " " + cell("last"))
	}
	var faults []Fault
	fault := func(field, format string, args ...any) {
		faults = append(faults, Fault{Field: field, Text: fmt.Sprintf(format, args...)})
	}
	if p.Email == "" {
		fault("email", "The e-mail address is missing. The import knows people by it; add it, or enter this person by hand.")
	}
	if d := cell("function"); d != "" {
		if p.Function = functionOf(d); p.Function == "" {
			fault("function", "“%s” is no function that is known. Write one of: %s.", d, functionWords())
		}
	}
	if k := cell("kind"); k != "" {
		if p.Kind = kinds[plain(k)]; p.Kind == "" {
			fault("kind", "“%s” is not known. Write employee, contractor or service.", k)
		}
	}
	for field, to := range map[string]*string{"start_on": &p.StartOn, "end_on": &p.EndOn} {
		if d := cell(field); d != "" {
			if day, ok := cadence.ReadDate(d); ok {
				*to = day.String()
			} else {
				fault(field, "“%s” is not a date that can be read in one way only. Write it as 2026-03-01.", d)
			}
		}
	}
	if len(faults) > 0 {
		return p, faults
	}
	checked, err := p.checked()
	if err != nil {
		e := problem.Of(err)
		fault(e.Field, "%s", e.Text)
		return p, faults
	}
	if cell("kind") == "" {
		checked.Kind = "" // says nothing about somebody who is in the register already
	}
	return checked, nil
}

func functionOf(text string) string {
	t := plain(text)
	for _, f := range functions {
		if t == f.Key || t == plain(f.Label) {
			return f.Key
		}
	}
	return departments[t]
}

func functionWords() string {
	var out []string
	for _, f := range functions {
		out = append(out, f.Label)
	}
	return strings.Join(out, ", ")
}

// problem refuses a sheet with faults.
func (s *Sheet) problem() error {
	if len(s.Faults) == 0 {
		return nil
	}
	return problem.New(problem.Invalid, "%s has %d faults, the first in row %d, %s: %s Nothing was imported.", s.File, len(s.Faults), s.Faults[0].Row, s.Faults[0].Field, s.Faults[0].Text)
}

// against compares the sheet with the register, by e-mail address.
func (s *Sheet) against(have []Person) Result {
	known := map[string]Person{}
	for _, p := range have {
		if p.Email != "" {
			known[p.Email] = p
		}
	}
	var res Result
	for _, p := range s.People {
		old, ok := known[p.Email]
		if !ok {
			if p.Kind == "" {
				p.Kind = Employee
			}
			res.Created = append(res.Created, p)
			continue
		}
		next := old
		next.Name = p.Name
		for _, f := range []struct{ to, from *string }{{&next.Function, &p.Function}, {&next.Title, &p.Title}, {&next.StartOn, &p.StartOn}, {&next.EndOn, &p.EndOn}, {(*string)(&next.Kind), (*string)(&p.Kind)}} {
			if *f.from != "" {
				*f.to = *f.from
			}
		}
		if next == old {
			res.Unchanged = append(res.Unchanged, old)
		} else {
			res.Updated = append(res.Updated, next)
		}
	}
	return res
}
