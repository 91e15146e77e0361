package people

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// house returns a store with an administrator to use it.
func house(t testing.TB, d *db.DB) (*Store, access.Actor) {
	t.Helper()
	a, err := access.New(access.Config{DB: d, Ledger: ledger.New(), Cost: access.Cost{KiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := a.FirstRun(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	in, err := a.CreateFirst(t.Context(), access.First{Token: token, Organisation: "Meridian", Slug: "meridian", Name: "Ada", Email: "ada@meridian.test", Passphrase: "four heavy wooden boats"}, access.Client{}, now)
	if err != nil {
		t.Fatal(err)
	}
	who, err := a.Enter(t.Context(), in.Account, "meridian")
	if err != nil {
		t.Fatal(err)
	}
	return New(d, ledger.New()), who
}

func TestMatch(t *testing.T) {
	r := NewRegister([]Person{
		{ID: "1", Name: "Jane Doe", Email: "jane@meridian.test"}, {ID: "2", Name: "Max Muster", Email: "max@meridian.test"},
		{ID: "3", Name: "Max Muster", Email: "max2@meridian.test"}, {ID: "4", Name: "ANNA LEE"}, {ID: "5", Name: "Anna Lee"}, {ID: "6", Name: "Zoë Ünal"},
	})
	for _, tt := range []struct{ text, want, why string }{
		{"jane@meridian.test", "1", "e-mail"},
		{" JANE@Meridian.test ", "1", "e-mail"},
		{"Jane D. <jane@meridian.test>", "1", "e-mail"},
		{"Jane Doe", "1", "by name"},
		{"jane  doe", "1", "another spelling"},
		{"Doe, Jane", "1", "by name"},
		{"zoë ünal", "6", "another spelling"},
		{"Anna Lee", "5", "by name"}, // exact wins over the other spelling
		{"anna lee", "", "2 people"},
		{"Max Muster", "", "2 people"},
		{"max2@meridian.test", "3", "e-mail"},
		{"Security team", "", "not in the people register"},
		{"", "", "No owner"},
	} {
		m := r.Match(tt.text)
		if m.Person.ID != tt.want || m.Found != (tt.want != "") || !strings.Contains(m.Why, tt.why) {
			t.Errorf("%q is %q (%s), want %q (%s)", tt.text, m.Person.ID, m.Why, tt.want, tt.why)
		}
	}
}

func TestWorks(t *testing.T) {
	p := Person{StartOn: "2026-03-01", EndOn: "2026-03-31"}
	for day, want := range map[string]bool{"2026-02-28": false, "2026-03-01": true, "2026-03-31": true, "2026-04-01": false} {
		if p.Works(day) != want {
			t.Errorf("works on %s: %t, want %t", day, !want, want)
		}
	}
	if !(Person{}).Works("1999-01-01") {
		t.Error("an unknown start and no end is always")
	}
}

var hr = List{Source: HR}

const roster = `Staff list of Meridian Cloud,,,,,
Name,Work e-mail,Department,Job title,Employment type,Start date
Ann Example,Ann@meridian.test,HR,Head of People,Full-time,2024-05-01
"O'Neil, <b>Bo</b>",bo@meridian.test,R&D,,Contractor,25/3/2025

Cy Sample,cy@meridian.test,,,,
`

func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, who := house(t, d)
		read := func(text string) *Sheet {
			t.Helper()
			sh, err := ReadSheet("people.csv", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			return sh
		}
		sh := read(roster)
		if len(sh.Faults) > 0 || fmt.Sprint(sh.Entries[0].Row, sh.Entries[1].Row, sh.Entries[2].Row) != "3 4 6" {
			t.Fatalf("faults %v, %v", sh.Faults, sh.Entries)
		}
		pre, _, err := s.Preview(t.Context(), who, sh, hr, now)
		if err != nil || len(pre.Created) != 3 {
			t.Fatalf("preview %+v, %v", pre, err)
		}
		if all, err := s.List(t.Context(), who); len(all) != 0 || err != nil {
			t.Fatalf("a preview wrote %d people (%v)", len(all), err)
		}
		if res, err := s.Import(t.Context(), who, sh, hr, now); err != nil || len(res.Created) != 3 {
			t.Fatalf("import %+v, %v", res, err)
		}
		all, err := s.List(t.Context(), who)
		if err != nil || len(all) != 3 {
			t.Fatal(all, err)
		}
		ann := all[0]
		if ann.Email != "ann@meridian.test" || ann.Function != "people" || ann.Kind != Employee || ann.StartOn != "2024-05-01" || ann.Title != "Head of People" {
			t.Errorf("Ann is %+v", ann)
		}
		if bo := all[2]; bo.Name != "O'Neil, <b>Bo</b>" || bo.Function != "engineering" || bo.Kind != Contractor || bo.StartOn != "2025-03-25" {
			t.Errorf("Bo is %+v", bo)
		}
		size, _, err := ledger.New().Root(t.Context(), d, who.Org())
		if err != nil {
			t.Fatal(err)
		}
		if res, err := s.Import(t.Context(), who, read(roster), hr, now.Add(time.Hour)); err != nil || res.Unchanged != 3 {
			t.Errorf("second import %+v, %v", res, err)
		}
		if again, _, _ := ledger.New().Root(t.Context(), d, who.Org()); again != size {
			t.Errorf("importing again wrote %d leaves", again-size)
		}
		res, err := s.Import(t.Context(), who, read("Name;E-mail;Team\nAnn Example-Smith;ann@meridian.test;\n"), hr, now)
		if err != nil || len(res.Updated) != 1 || res.Updated[0].After.Function != "people" || res.Updated[0].After.ID != ann.ID {
			t.Errorf("an empty cell leaves what is there: %+v, %v", res, err)
		}
	})
}

func TestFaultsNameRowColumnAndCure(t *testing.T) {
	sh, err := ReadSheet("people.csv", []byte("First name,Last name,Mail,Dept,Type,Hire date\nAnn,Example,,HR,,\nBo,Sample,bo@x,Wizards,Robot,3/4/2026\nCy,Sample,c@meridian.test,,,\nDi,Other,C@meridian.test,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range sh.Faults {
		got = append(got, fmt.Sprintf("%d %s", f.Row, f.Field))
	}
	for _, want := range []string{"2 Mail", "3 Dept", "3 Type", "3 Hire date", "5 Mail"} {
		if !strings.Contains(strings.Join(got, "|"), want) {
			t.Errorf("no fault at %s: %v", want, sh.Faults)
		}
	}
	s, who := house(t, dbtest.SQLite(t))
	if _, err := s.Import(t.Context(), who, sh, hr, now); err == nil || problem.Of(err).Code != problem.Invalid {
		t.Errorf("a sheet with faults: %v", err)
	}
	if _, faults, err := s.Preview(t.Context(), who, sh, hr, now); err != nil || len(faults) != len(sh.Faults) {
		t.Errorf("a preview shows %v, %v", faults, err)
	}
	if _, err := ReadSheet("x.csv", []byte("a,b\n1,2\n")); err == nil || !strings.Contains(problem.Of(err).Text, "Name, Email") {
		t.Errorf("a file that lists no people: %v", err)
	}
}

func TestEditing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, who := house(t, d)
		p, err := s.Add(t.Context(), who, Person{Name: " Ann ", Email: "Ann@Meridian.test"}, now)
		if err != nil || p.Name != "Ann" || p.Email != "ann@meridian.test" || p.Kind != Employee {
			t.Fatalf("added %+v, %v", p, err)
		}
		for _, bad := range []Person{{}, {Name: "x", Email: "no address"}, {Name: "x", Function: "wizardry"}, {Name: "x", Kind: "robot"}, {Name: "x", StartOn: "2026-02-30"},
			{Name: "x", StartOn: "2026-03-02", EndOn: "2026-03-01"}, {Name: "two\nlines"}, {Name: strings.Repeat("x", 121)}} {
			if _, err := s.Add(t.Context(), who, bad, now); err == nil || problem.Of(err).Code != problem.Invalid || problem.Of(err).Field == "" {
				t.Errorf("%+v: %v, want a field at fault", bad, err)
			}
		}
		p.Title, p.EndOn = "Head of People", "2027-01-31"
		if err := s.Edit(t.Context(), who, p, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Find(t.Context(), who, p.ID)
		if err != nil || got.Title != p.Title || got.EndOn != p.EndOn || !got.UpdatedAt.Equal(now.Add(time.Hour)) {
			t.Errorf("found %+v, %v", got, err)
		}
	})
}

func FuzzReadSheet(f *testing.F) {
	f.Add([]byte(roster))
	f.Add([]byte("name,email\n\x00,\xff\n"))
	f.Add([]byte("email;first\n;;;;\na@b;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sh, err := ReadSheet("f.csv", data)
		if err != nil {
			if problem.Of(err).Code == problem.Internal {
				t.Errorf("%v is no sentence a person can act on", err)
			}
			return
		}
		if len(sh.Faults) == 0 {
			for _, e := range sh.Entries {
				if _, err := e.Person.checked(); err != nil {
					t.Errorf("%+v has no fault and cannot be kept: %v", e, err)
				}
			}
			in := sh.plan(known{groups: Shipped()}, List{HR, true}, 20_000, now)
			if len(in.faults) == 0 && len(in.result.Created) != len(sh.Entries) {
				t.Errorf("%d of %d people are new to an empty register", len(in.result.Created), len(sh.Entries))
			}
		}
	})
}
