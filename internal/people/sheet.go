package people

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Sheet is a list of people as read from a file. Nothing of it can be imported
// while it has faults.
type Sheet struct {
	File    string
	Entries []Entry // in the order of the file
	Faults  []Fault

	headings map[string]string // of the columns, by field
}

// Entry is one row of a list. An empty field says nothing.
type Entry struct {
	Row       int // as a spreadsheet numbers it
	Person    Person
	External  string   // what the list calls the person, such as a staff number
	Manager   string   // e-mail address, staff number or name, as written
	Groups    []string // names of groups, as written
	LeaveFrom cadence.Date
	LeaveTo   cadence.Date
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
	"employeeid": "external", "employeenumber": "external", "employeeno": "external", "staffnumber": "external", "staffid": "external", "personnelnumber": "external", "personnelno": "external",
	"workerid": "external", "externalid": "external", "empid": "external", "hrid": "external", "id": "external", "userid": "external", "objectid": "external",
	"manager": "manager", "manageremail": "manager", "managersemail": "manager", "reportsto": "manager", "supervisor": "manager", "supervisoremail": "manager", "linemanager": "manager", "linemanageremail": "manager",
	"groups": "groups", "group": "groups", "memberof": "groups",
	"leavefrom": "leave_from", "leavestart": "leave_from", "leavestartdate": "leave_from", "onleavefrom": "leave_from", "absencestart": "leave_from",
	"leaveto": "leave_to", "leaveuntil": "leave_to", "leaveend": "leave_to", "leaveenddate": "leave_to", "onleaveuntil": "leave_to", "absenceend": "leave_to",
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

const (
	maxPeople = 50_000
	maxAbove  = 20 // rows above the people, headings among them
)

// ReadSheet reads a list of people from a CSV or XLSX file. The header row is
// the first that names an e-mail column and a name. Faults name the row and the
// column; the error is for files that are no such list at all.
func ReadSheet(file string, data []byte) (*Sheet, error) {
	book, err := document.ReadTables(file, data, document.Limits{Rows: maxPeople + maxAbove, Columns: 200, Cell: 2000})
	if err != nil {
		return nil, err
	}
	for _, t := range book.Tables {
		for i, row := range t.Rows {
			if i >= maxAbove {
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
	s := &Sheet{File: file, headings: map[string]string{}}
	for field, c := range cols {
		s.headings[field] = c.heading
	}
	emails, numbers := map[string]int{}, map[string]int{}
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
		e, faults := readEntry(cell)
		e.Row = i + 1
		for _, f := range faults {
			s.fault(e.Row, f.Field, "%s", f.Text)
		}
		s.once(e.Row, "email", e.Person.Email, emails)
		s.once(e.Row, "external", e.External, numbers)
		s.Entries = append(s.Entries, e)
	}
	if len(s.Entries) > maxPeople {
		s.fault(s.Entries[maxPeople].Row, "email", "A list has at most %d people. Split it, and send the parts one by one.", maxPeople)
	}
	return s
}

// fault notes what is wrong with a cell.
func (s *Sheet) fault(row int, field, format string, args ...any) {
	if h := s.headings[field]; h != "" {
		field = h
	}
	s.Faults = append(s.Faults, Fault{row, field, fmt.Sprintf(format, args...)})
}

// once notes a fault when a value that belongs to one person stands in two rows.
func (s *Sheet) once(row int, field, value string, seen map[string]int) {
	if value == "" {
		return
	}
	if first := seen[value]; first > 0 {
		s.fault(row, field, "%s stands in row %d already. Remove one of the two rows, or correct it.", value, first)
		return
	}
	seen[value] = row
}

// readEntry reads one row; the faults name fields, not yet headings.
func readEntry(cell func(string) string) (Entry, []Fault) {
	e := Entry{Person: Person{Name: cell("name"), Email: cell("email"), Title: cell("title")}, External: cell("external"), Manager: cell("manager")}
	p := &e.Person
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
	day := func(field string) cadence.Date {
		text := cell(field)
		if text == "" {
			return 0
		}
		d, ok := cadence.ReadDate(text)
		if !ok {
			fault(field, "“%s” is not a date that can be read in one way only. Write it as 2026-03-01.", text)
		}
		return d
	}
	p.StartOn, p.EndOn = day("start_on").String(), day("end_on").String()
	if e.LeaveFrom, e.LeaveTo = day("leave_from"), day("leave_to"); e.LeaveTo.Known() && (!e.LeaveFrom.Known() || e.LeaveTo < e.LeaveFrom) {
		fault("leave_to", "The leave ends before it begins. Give its first day, and a last day that is not before it.")
	}
	for g := range strings.FieldsFuncSeq(cell("groups"), func(r rune) bool { return r == ';' || r == ',' }) {
		if g = strings.TrimSpace(g); g != "" {
			e.Groups = append(e.Groups, g)
		}
	}
	for _, c := range []struct{ field, text string }{{"external", e.External}, {"manager", e.Manager}} {
		if _, err := db.Line(c.field, "This", c.text, 254); err != nil {
			fault(c.field, "%s", problem.Of(err).Text)
		}
	}
	if len(faults) > 0 {
		return e, faults
	}
	checked, err := p.checked()
	if err != nil {
		x := problem.Of(err)
		fault(x.Field, "%s", x.Text)
		return e, faults
	}
	checked.Kind = p.Kind // an empty one says nothing about somebody who is in the register already
	e.Person = checked
	return e, nil
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
	return refused(s.File, s.Faults)
}

func refused(file string, faults []Fault) error {
	return problem.New(problem.Invalid, "%s has %d faults, the first in row %d, %s: %s Nothing was imported.", file, len(faults), faults[0].Row, faults[0].Field, faults[0].Text)
}
