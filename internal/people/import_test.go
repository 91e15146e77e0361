package people

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

// office is a register with somebody to change it.
type office struct {
	*Store
	t   *testing.T
	who access.Actor
	at  time.Time
}

func offices(t *testing.T, body func(o *office)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, who := house(t, d)
		body(&office{s, t, who, now})
	})
}

// take enters a list an hour later than the one before, and returns the faults that
// refused it.
func (o *office) take(l List, text string) (Result, []Fault) {
	o.t.Helper()
	o.at = o.at.Add(time.Hour)
	sheet, err := ReadSheet("people.csv", []byte(text))
	if err != nil {
		o.t.Fatal(err)
	}
	pre, faults, err := o.Preview(o.t.Context(), o.who, sheet, l, o.at)
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := o.Import(o.t.Context(), o.who, sheet, l, o.at)
	if (err != nil) != (len(faults) > 0) {
		o.t.Fatalf("the preview has faults %v, the import says %v", faults, err)
	}
	if err == nil && (len(pre.Created) != len(res.Created) || len(pre.Updated) != len(res.Updated) || pre.Unchanged != res.Unchanged) {
		o.t.Fatalf("the preview said %s and the import did %s", pre.Sentence(), res.Sentence())
	}
	return res, faults
}

func (o *office) must(l List, text string) Result {
	o.t.Helper()
	res, faults := o.take(l, text)
	if len(faults) > 0 {
		o.t.Fatal(faults)
	}
	return res
}

// who is somebody by name; the register has one of each in these tests.
func (o *office) person(name string) Person {
	o.t.Helper()
	all, err := o.List(o.t.Context(), o.who)
	if err != nil {
		o.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p Person) bool { return p.Name == name })
	if i < 0 {
		o.t.Fatalf("nobody is called %s", name)
	}
	return all[i]
}

func TestSwappedAddressesAreSwappedAndNobodyIsRenamed(t *testing.T) {
	for name, lists := range map[string][2]string{
		"by name":            {"Name,Email\nAnn A,one@m.test\nBo B,two@m.test\n", "Name,Email\nAnn A,two@m.test\nBo B,one@m.test\n"},
		"by number":          {"ID,Name,Email\n7,Ann A,one@m.test\n8,Bo B,two@m.test\n", "ID,Name,Email\n7,Ann A,two@m.test\n8,Bo B,one@m.test\n"},
		"three in a round":   {"Name,Email\nAnn A,one@m.test\nBo B,two@m.test\nCy C,three@m.test\n", "Name,Email\nAnn A,two@m.test\nBo B,three@m.test\nCy C,one@m.test\n"},
		"address handed on":  {"ID,Name,Email\n7,Ann A,one@m.test\n8,Bo B,two@m.test\n", "ID,Name,Email\n7,Ann A,new@m.test\n8,Bo B,one@m.test\n"},
		"to somebody new":    {"ID,Name,Email\n7,Ann A,one@m.test\n", "ID,Name,Email\n7,Ann A,ann@m.test\n9,Di D,one@m.test\n"},
		"renamed and moved":  {"ID,Name,Email\n7,Ann A,one@m.test\n8,Bo B,two@m.test\n", "ID,Name,Email\n7,Ann Z,two@m.test\n8,Bo Y,one@m.test\n"},
		"a namesake arrives": {"Name,Email\nAnn A,one@m.test\n", "Name,Email\nAnn A,one@m.test\nAnn A,two@m.test\n"},
	} {
		t.Run(name, func(t *testing.T) {
			offices(t, func(o *office) {
				before := map[string]string{} // id by number, or by name without one
				key := func(row string) (string, string, string) {
					c := strings.Split(row, ",")
					if len(c) == 2 {
						return c[0], c[0], c[1]
					}
					return c[0], c[1], c[2]
				}
				rows := func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n")[1:] }
				o.must(hr, lists[0])
				for _, row := range rows(lists[0]) {
					k, n, _ := key(row)
					before[k] = o.person(n).ID
				}
				o.must(hr, lists[1])
				all, err := o.List(o.t.Context(), o.who)
				if err != nil || len(all) != len(rows(lists[1])) {
					o.t.Fatalf("%d people, %v", len(all), err)
				}
				for _, row := range rows(lists[1]) {
					k, n, email := key(row)
					i := slices.IndexFunc(all, func(p Person) bool { return p.Email == email })
					if all[i].Name != n || (before[k] != "" && all[i].ID != before[k] && name != "a namesake arrives") {
						o.t.Errorf("%s now belongs to %+v", email, all[i])
					}
				}
			})
		})
	}
}

func TestWhatCannotBeToldIsAskedAndNotGuessed(t *testing.T) {
	const staff = "ID,Name,Email\n7,Ann A,one@m.test\n8,Bo B,two@m.test\n"
	for name, tt := range map[string]struct{ list, row, field, words string }{
		"an address under another number and name": {"ID,Name,Email\n7,Ann A,one@m.test\n9,Di D,two@m.test\n", "3", "ID", "belongs to Bo B"},
		"one name on the address of another":       {"Name,Email\nBo B,one@m.test\n", "2", "Email", "belongs to Ann A"},
		"an address that somebody else keeps":      {"ID,Name,Email\n7,Ann A,two@m.test\n", "2", "Email", "keeps this address"},
		"one person in two rows":                   {"ID,Name,Email\n7,Ann A,one@m.test\n,Ann A,other@m.test\n7,Ann A,third@m.test\n", "4", "ID", "row 2 already"},
		"one address in two rows":                  {"Name,Email\nAnn A,one@m.test\nBo B,ONE@m.test\n", "3", "Email", "row 2 already"},
		"nobody by that address":                   {"Name,Email,Manager\nAnn A,one@m.test,who@m.test\n", "2", "Manager", "not in this list"},
		"their own manager":                        {"Name,Email,Manager\nAnn A,one@m.test,one@m.test\n", "2", "Manager", "themselves"},
		"a circle":                                 {"Name,Email,Manager\nAnn A,one@m.test,two@m.test\nBo B,two@m.test,three@m.test\nCy C,three@m.test,one@m.test\n", "2", "Manager", "Ann A reports to Bo B, Bo B reports to Cy C, Cy C reports to Ann A."},
		"a group that is not there":                {"Name,Email,Groups\nAnn A,one@m.test,Nowhere\n", "2", "Groups", "no group"},
		"a leave that ends first":                  {"Name,Email,Leave from,Leave to\nAnn A,one@m.test,2026-03-02,2026-03-01\n", "2", "Leave to", "before it begins"},
		"a day that is none":                       {"Name,Email,Start date\nAnn A,one@m.test,2026-02-30\n", "2", "Start date", "not a date"},
		"an end before the start":                  {"Name,Email,Start date,End date\nAnn A,one@m.test,2026-02-03,2026-02-01\n", "2", "End date", "before the first"},
	} {
		t.Run(name, func(t *testing.T) {
			s, who := house(t, dbtest.SQLite(t))
			o := &office{s, t, who, now}
			o.must(hr, staff)
			was, _ := o.List(t.Context(), who)
			_, faults := o.take(List{HR, true}, tt.list)
			found := false
			for _, f := range faults {
				found = found || fmt.Sprint(f.Row) == tt.row && f.Field == tt.field && strings.Contains(f.Text, tt.words)
			}
			if !found {
				t.Errorf("faults %v, want row %s, %s: %s", faults, tt.row, tt.field, tt.words)
			}
			if is, _ := o.List(t.Context(), who); !slices.Equal(was, is) {
				t.Errorf("something was written: %v", is)
			}
		})
	}
}

func TestSomebodyComesBack(t *testing.T) {
	offices(t, func(o *office) {
		o.must(hr, "ID,Name,Email,Start date\n7,Ann A,one@m.test,2023-01-01\n")
		o.must(hr, "ID,Name,Email,End date\n7,Ann A,one@m.test,2025-06-30\n")
		res := o.must(hr, "ID,Name,Email,Start date,End date\n7,Ann A,one@m.test,2023-01-01,\n")
		if len(res.Notes) != 1 || o.person("Ann A").EndOn != "2025-06-30" {
			o.t.Errorf("a list without a last day brings somebody back: %+v", res.Notes)
		}
		res = o.must(hr, "ID,Name,Email,Start date\n12,Ann A,one@m.test,2026-02-01\n") // with a new number
		if len(res.Updated) != 1 || !res.Updated[0].Returns || len(res.Notes) != 1 {
			o.t.Errorf("%+v", res)
		}
		p := o.person("Ann A")
		r, err := o.Roster(o.t.Context(), o.who)
		if err != nil {
			o.t.Fatal(err)
		}
		var got []Status
		for _, on := range []string{"2022-12-31", "2023-01-01", "2025-06-30", "2025-07-01", "2026-02-01"} {
			got = append(got, r.StatusOn(p.ID, day(on)))
		}
		if fmt.Sprint(got) != "[future current current former current]" || p.EndOn != "" {
			o.t.Errorf("%v, last day %q", got, p.EndOn)
		}
		if res := o.must(hr, "ID,Name,Email,Start date\n12,Ann A,one@m.test,2026-02-01\n"); res.Unchanged != 1 {
			o.t.Errorf("the same list again: %+v", res)
		}
	})
}

func TestWhatWasSetByHandStays(t *testing.T) {
	offices(t, func(o *office) {
		dir := List{Source: Directory}
		o.must(dir, "Name,Email,Title,Department\nAnn A,one@m.test,Engineer,IT\n")
		o.must(hr, "Name,Email,Title\nAnn A,one@m.test,Staff engineer\n")
		ann := o.person("Ann A")
		if ann.Title != "Staff engineer" || ann.Function != "it" {
			o.t.Fatalf("the personnel list counts more, and the directory where it is silent: %+v", ann)
		}
		o.must(dir, "Name,Email,Title,Department\nAnn A,one@m.test,Developer,IT\n")
		if p := o.person("Ann A"); p.Title != "Staff engineer" {
			o.t.Errorf("the directory changed the title to %q", p.Title)
		}
		ann.Title = "Principal engineer"
		if err := o.Edit(o.t.Context(), o.who, ann, o.at); err != nil {
			o.t.Fatal(err)
		}
		res := o.must(hr, "Name,Email,Title\nAnn A,one@m.test,Lead\n")
		if len(res.Kept) != 1 || res.Kept[0].Field != "title" || res.Kept[0].Says != "Lead" || res.Kept[0].Holder != Hand {
			o.t.Errorf("%+v", res.Kept)
		}
		d, err := o.Detail(o.t.Context(), o.who, ann.ID)
		if err != nil || d.Title != "Principal engineer" {
			o.t.Fatal(d.Title, err)
		}
		for _, x := range d.Origins {
			want := map[string]Source{"name": HR, "email": HR, "function": Directory, "title": Hand}[x.Field]
			if x.Source != want && x.Field != "kind" {
				o.t.Errorf("%s comes from %s, want %s", x.Field, x.Source, want)
			}
			if x.Open() != (x.Field == "title") {
				o.t.Errorf("%s: %+v", x.Field, x)
			}
		}
		if err := o.HandBack(o.t.Context(), o.who, ann.ID, "title", o.at.Add(time.Hour)); err != nil {
			o.t.Fatal(err)
		}
		if p := o.person("Ann A"); p.Title != "Lead" {
			o.t.Errorf("handed back, the title is %q", p.Title)
		}
	})
}

func TestSomebodyMissingInAFullListIsShownAndNotEnded(t *testing.T) {
	offices(t, func(o *office) {
		o.must(List{HR, true}, "Name,Email\nAnn A,one@m.test\nBo B,two@m.test\n")
		if _, err := o.Add(o.t.Context(), o.who, Person{Name: "Hand"}, now); err != nil {
			o.t.Fatal(err)
		}
		res := o.must(List{HR, true}, "Name,Email\nAnn A,one@m.test\n")
		if len(res.Missing) != 1 || res.Missing[0].Name != "Bo B" {
			o.t.Errorf("missing are %v", res.Missing)
		}
		bo := o.person("Bo B")
		unlisted := func() (bool, Status) {
			r, err := o.Roster(o.t.Context(), o.who)
			if err != nil {
				o.t.Fatal(err)
			}
			return r.Unlisted(bo.ID), r.StatusOn(bo.ID, day("2026-03-02"))
		}
		if is, st := unlisted(); !is || st != Current {
			o.t.Errorf("no longer listed: %t, %s", is, st)
		}
		o.must(hr, "Name,Email\nAnn A,one@m.test\n") // not a full list: says nothing of Bo
		o.must(hr, "Name,Email\nBo B,two@m.test\n")
		if is, _ := unlisted(); is {
			o.t.Error("listed again, and still called missing")
		}
	})
}

func TestAListBringsManagersGroupsAndLeaves(t *testing.T) {
	offices(t, func(o *office) {
		const text = "ID,Name,Email,Manager,Groups,Leave from,Leave to\n1,Ann A,one@m.test,two@m.test,Remote; privileged,2026-03-01,2026-03-31\n2,Bo B,two@m.test,,,,\n3,Cy C,three@m.test,2,,2026-02-01,\n4,Di D,four@m.test,Cy C,,,\n"
		res := o.must(hr, text)
		if res.Members != 2 || res.Leaves != 2 || len(res.Created) != 4 {
			o.t.Errorf("%+v", res)
		}
		if res := o.must(hr, text); res.Unchanged != 4 || res.Members != 0 || res.Leaves != 0 {
			o.t.Errorf("again: %+v", res)
		}
		r, err := o.Roster(o.t.Context(), o.who)
		if err != nil {
			o.t.Fatal(err)
		}
		ann, bo, cy, di := o.person("Ann A"), o.person("Bo B"), o.person("Cy C"), o.person("Di D")
		if ann.Manager != bo.ID || cy.Manager != bo.ID || di.Manager != cy.ID || !r.In("manager", bo.ID) || !r.In("remote", ann.ID) || !r.In("privileged", ann.ID) || r.In("remote", bo.ID) {
			o.t.Error("managers or groups are not as the list says")
		}
		if r.StatusOn(ann.ID, day("2026-03-31")) != OnLeave || r.StatusOn(ann.ID, day("2026-04-01")) != Current || r.StatusOn(cy.ID, day("2027-01-01")) != OnLeave {
			o.t.Error("leaves are not as the list says")
		}
		o.must(hr, strings.Replace(text, "2026-03-31", "2026-04-30", 1))
		if r, err = o.Roster(o.t.Context(), o.who); err != nil || r.StatusOn(ann.ID, day("2026-04-30")) != OnLeave || len(r.Spans(ann.ID)) != 1 {
			o.t.Errorf("a longer leave: %v, %v", r.Spans(ann.ID), err)
		}
		bo.Manager = di.ID
		if err := o.Edit(o.t.Context(), o.who, bo, o.at); err == nil || !strings.Contains(err.Error(), "Bo B reports to Di D, Di D reports to Cy C, Cy C reports to Bo B") {
			o.t.Errorf("a circle by hand: %v", err)
		}
	})
}
