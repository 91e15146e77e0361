package control

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestTheLibraryIsWhole is the checker of the texts that ship: reading them
// refuses a code, a kind of evidence or a frequency that is not known.
func TestTheLibraryIsWhole(t *testing.T) {
	l := Shipped()
	if len(l.Entries) != 130 || len(l.Intervals) != 179 || len(l.Kinds) != 157 {
		t.Errorf("%d controls, %d intervals, %d kinds of evidence; want 130, 179, 157", len(l.Entries), len(l.Intervals), len(l.Kinds))
	}
	if len(l.Domains()) != 19 || len(l.Functions()) != 8 {
		t.Errorf("%d domains run by %d functions", len(l.Domains()), len(l.Functions()))
	}
	frequencies := []string{"daily", "weekly", "monthly", "quarterly", "semiannual", "annual"}
	for _, e := range l.Entries {
		if e.Kind == Periodic && !slices.Contains(frequencies, e.Frequency) {
			t.Errorf("%s is run %q", e.Code, e.Frequency)
		}
		if e.Title == "" || e.Statement == "" || e.OwnerFunction == "" || len(e.Evidence) == 0 || e.Population == "" || e.FrequencyBasis == "" {
			t.Errorf("%s leaves a field empty: %+v", e.Code, e)
		}
		if got, ok := l.Find(e.Code); !ok || got.Title != e.Title {
			t.Errorf("%s is not found by its code", e.Code)
		}
	}
	if got := l.IntervalsOf("AC-04"); len(got) == 0 || got[0].Control != "AC-04" {
		t.Errorf("intervals of AC-04: %v", got)
	}
}

func TestABrokenLibraryIsRefusedByFileAndLine(t *testing.T) {
	const (
		kinds    = "kind,label,description,carries_to_iso\nrecord,Record,A record,yes\n"
		header   = "code,title,statement,domain,owner_function,kind,frequency,frequency_basis,evidence,population,tests,iso_layer\n"
		good     = "A-1,Title,Does it.,access,it,event,,no number,record,All of them,,annex\n"
		interval = "control,framework,requirement,frequency,basis\n"
	)
	for name, tt := range map[string]struct{ controls, intervals, want string }{
		"a kind of evidence nobody defined": {header + good + "A-2,Title,Does it.,access,it,event,,no number,photo,All,,annex\n", interval, "controls.csv, line 3: A-2 leaves \"photo\""},
		"a code twice":                      {header + good + good, interval, "controls.csv, line 3: the control A-1 stands here twice"},
		"a periodic control without period": {header + "A-1,Title,Does it.,access,it,periodic,,no number,record,All,,annex\n", interval, "line 2: A-1 is periodic"},
		"an interval of no control":         {header + good, interval + "A-9,x,1,annual,stated\n", "control-frequencies.csv, line 2: there is no control A-9"},
		"a missing column":                  {"code,title\n", interval, "controls.csv, line 1"},
	} {
		_, err := ReadLibrary(fstest.MapFS{"evidence-kinds.csv": {Data: []byte(kinds)}, "controls.csv": {Data: []byte(tt.controls)}, "control-frequencies.csv": {Data: []byte(tt.intervals)}})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestDriftTellsWhatWasEditedFromWhatIsNewer(t *testing.T) {
	was := Entry{Title: "Review", Statement: "Each year.", Kind: Periodic, Frequency: "annual", Evidence: []string{"a", "b"}}
	is := was
	is.Statement, is.Evidence = "Each quarter.", []string{"a", "b", "c"}
	c := was.Control()
	c.Title, c.Evidence, c.Status, c.Owner = "Our review", is.Evidence, Operated, "p"
	got := Drift(c, was, is)
	var said []string
	for _, f := range got {
		said = append(said, f.Field)
		if f.Edited() != (f.Field == "title") || f.Newer() != (f.Field == "statement") {
			t.Errorf("%+v: edited %t, newer %t", f, f.Edited(), f.Newer())
		}
	}
	if want := []string{"title", "statement", "evidence"}; !slices.Equal(said, want) {
		t.Errorf("fields %v, want %v; evidence was brought to the new list by hand", said, want)
	}
	if took := c.Taking(is, []string{"statement"}); took.Statement != is.Statement || took.Title != "Our review" || took.Owner != "p" {
		t.Errorf("took %+v", took)
	}
}

func TestWordDiffKeepsEveryWord(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"each year by IT", "each quarter by IT", "=each -year +quarter =by IT"},
		{"", "new", "+new"},
		{"same words", "same  words", "=same words"},
		{"gone", "", "-gone"},
		{"a b c", "c a b", "+c =a b -c"},
	} {
		var said []string
		var a, b []string
		for _, s := range WordDiff(tt.a, tt.b) {
			said = append(said, string(s.Op)+s.Text)
			if s.Op != '+' {
				a = append(a, s.Text)
			}
			if s.Op != '-' {
				b = append(b, s.Text)
			}
		}
		if got := strings.Join(said, " "); got != tt.want {
			t.Errorf("%q to %q: %q, want %q", tt.a, tt.b, got, tt.want)
		}
		if strings.Join(a, " ") != strings.Join(strings.Fields(tt.a), " ") || strings.Join(b, " ") != strings.Join(strings.Fields(tt.b), " ") {
			t.Errorf("%q to %q: the spans do not add up", tt.a, tt.b)
		}
	}
	long := strings.Repeat("word ", maxDiff+1)
	if got := WordDiff(long, "short"); len(got) != 2 {
		t.Errorf("a text beyond the bound gave %d spans", len(got))
	}
}
