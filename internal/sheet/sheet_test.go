package sheet

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/problem"
)

var columns = []Column{
	{Key: "name", Title: "Name", Also: []string{"System", "Asset name"}, Required: true, Max: 20, Help: "Write what people call it."},
	{Key: "kind", Title: "Kind", OneOf: []string{"saas", "ci-cd", "production"}},
	{Key: "affects", Title: "Affects", OneOf: []string{"privacy", "availability"}, Many: true},
	{Key: "review", Title: "Next review"},
	{Key: "score", Title: "Likelihood"},
	{Key: "cloud", Title: "Cloud"},
}

func read(t *testing.T, text string) *Sheet {
	t.Helper()
	s, err := Read("list.csv", []byte(text), columns)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatACellMayHold(t *testing.T) {
	for _, tt := range []struct {
		name, head, cell string
		want             string // beginning of the fault; empty: none
	}{
		{"a name", "name", "Payroll", ""},
		{"a name by another heading", "ASSET  NAME", "Payroll", ""},
		{"no name", "name", "", "list.csv, row 2, name: This is empty. Write what people call it."},
		{"a name that is too long", "name", strings.Repeat("é", 21), "list.csv, row 2, name: This has 21 characters, and at most 20"},
		{"a name of the most characters", "name", strings.Repeat("é", 20), ""},
		{"a control character", "name", "a\x01b", "list.csv, row 2, name: This has a control character"},
		{"a kind written another way", "Kind", "CI CD", ""},
		{"a kind nobody knows", "Kind", "toaster", "list.csv, row 2, Kind: “toaster” is not known here. Write one of: saas, ci-cd, production."},
		{"two values", "Affects", "Privacy; availability", ""},
		{"two values, one unknown", "Affects", "privacy; weather", "list.csv, row 2, Affects: “weather” is not known"},
		{"a day", "Next review", "2026-02-28", ""},
		{"a day that means two", "Next review", "03/04/2026", "list.csv, row 2, Next review: “03/04/2026” is no day that can be read"},
		{"a day that does not exist", "Next review", "2026-02-30", "list.csv, row 2, Next review: “2026-02-30” is no day"},
		{"a number", "Likelihood", "5", ""},
		{"a number beyond", "Likelihood", "6", "list.csv, row 2, Likelihood: “6” is no whole number from 1 to 5"},
		{"a yes", "Cloud", "YES", ""},
		{"neither yes nor no", "Cloud", "perhaps", "list.csv, row 2, Cloud: “perhaps” is neither yes nor no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			head, row := "Name,"+tt.head, `Payroll,"`+tt.cell+`"`
			if plain(tt.head) == "name" || plain(tt.head) == "assetname" {
				head, row = tt.head+",Kind", `"`+tt.cell+`",saas`
			}
			s := read(t, head+"\n"+row+"\n")
			s.Date(s.Rows[0], "review")
			s.Number(s.Rows[0], "score", 1, 5)
			s.Yes(s.Rows[0], "cloud")
			got := ""
			if len(s.Faults) > 0 {
				got = s.Faults[0].String()
			}
			if !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") || len(s.Faults) > 1 {
				t.Errorf("faults = %v, want one that begins with %q", s.Faults, tt.want)
			}
		})
	}
}

func TestAColumnThatIsAbsentSaysNothing(t *testing.T) {
	s := read(t, "A list of ours\n\nKind,Name,Colour\nsaas,'=Payroll,red\n,Mail\n")
	if len(s.Rows) != 2 || s.Rows[0].Number != 4 {
		t.Fatalf("rows = %+v", s.Rows)
	}
	if s.Rows[0].Has("review") || !s.Rows[1].Has("kind") || s.Rows[1].Text("kind") != "" {
		t.Errorf("absent and empty are not told apart: %+v", s.Rows)
	}
	if got := s.Rows[0].Text("name"); got != "=Payroll" {
		t.Errorf("name = %q; the apostrophe we write ourselves must go", got)
	}
	if p := s.Plan(); len(p.Notes) != 1 || p.Notes[0].Field != "Colour" || p.Err() != nil {
		t.Errorf("plan = %+v", p)
	}
}

func TestWhatIsNoRegister(t *testing.T) {
	_, err := Read("list.csv", []byte("Colour,Weight\nred,1\n"), columns)
	if p := problem.Of(err); p.Field != "file" || !strings.Contains(p.Text, "list.csv has no row of headings with “Name”") {
		t.Errorf("error = %v", err)
	}
	if s := read(t, "Name\n"); len(s.Faults) != 1 || s.Plan().Err() == nil {
		t.Errorf("headings alone: %v", s.Faults)
	}
	s := read(t, "Name\n"+strings.Repeat("Payroll\n", MaxRows+1))
	if len(s.Rows) != MaxRows || len(s.Faults) != 1 || s.Faults[0].Row != MaxRows+2 {
		t.Errorf("%d rows and %v", len(s.Rows), s.Faults)
	}
	s = read(t, "Name,Kind\n"+strings.Repeat("Payroll,toaster\n", maxFaults+7))
	if len(s.Faults) != maxFaults || s.More != 7 || !strings.Contains(s.Plan().Err().Error(), "There are 106 more faults") {
		t.Errorf("%d faults and %d more: %v", len(s.Faults), s.More, s.Plan().Err())
	}
}

func TestOnce(t *testing.T) {
	s := read(t, "Name\nPay roll\npay  ROLL\npay-roll\n\"\"\nMail\n")
	s.Faults = nil // the empty name is not what this is about
	seen := map[string]int{}
	for _, r := range s.Rows {
		s.Once(seen, r, "name")
	}
	if len(s.Faults) != 1 || s.Faults[0].Row != 3 || !strings.Contains(s.Faults[0].Text, "stands in row 2 already") {
		t.Errorf("faults = %v", s.Faults)
	}
}

func TestWhatIsWrittenIsReadTheSame(t *testing.T) {
	rows := [][]string{{"=SUM(A1)", "ci-cd", "privacy;availability", "2026-03-31", "4", "yes"}, {"Mail", "", "", "", "", "no"}}
	for _, format := range Formats() {
		var b bytes.Buffer
		if err := Write(&b, format, "Systems", columns, rows); err != nil {
			t.Fatal(err)
		}
		s, err := Read("list."+format, b.Bytes(), columns)
		if err != nil || len(s.Faults) > 0 || len(s.Rows) != 2 {
			t.Fatalf("%s: %v, %+v", format, err, s)
		}
		r := s.Rows[0]
		if r.Text("name") != "=SUM(A1)" || !slices.Equal(r.List("affects"), []string{"privacy", "availability"}) || s.Date(r, "review") != cadence.On(2026, 3, 31) || s.Number(r, "score", 1, 5) != 4 || !s.Yes(r, "cloud") {
			t.Errorf("%s: %+v %v", format, r, s.Faults)
		}
	}
	if err := Write(&bytes.Buffer{}, "pdf", "Systems", columns, rows); problem.Of(err).Field != "format" {
		t.Errorf("pdf: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("Name,Kind,Affects,Next review,Likelihood,Cloud\nPayroll,saas,privacy;availability,2026-02-28,5,yes\n"))
	f.Add([]byte("Name;Kind\n\"a\nb\";toaster\n"))
	f.Add([]byte("\xff\xfeN\x00a\x00m\x00e\x00\n\x00a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read("list.csv", data, columns)
		if err != nil {
			if problem.Of(err).Code != problem.Invalid {
				t.Fatal(err)
			}
			return
		}
		for _, r := range s.Rows {
			s.Date(r, "review")
			if n := s.Number(r, "score", 1, 5); n < 0 || n > 5 {
				t.Fatal(n)
			}
			s.Yes(r, "cloud")
			r.List("affects")
		}
		if len(s.Rows) > MaxRows || len(s.Faults) > maxFaults {
			t.Fatal("a limit does not hold")
		}
	})
}
