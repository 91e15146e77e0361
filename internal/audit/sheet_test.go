package audit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/problem"
)

const changes = "Exported on 2026-11-01\n\nTitle,Ticket,Merged,Service,Note\nFix login,CHG-1,2026-03-01T10:00:00Z,web,\nNew index,CHG-2,2 Mar 2026,db,=1+1\n,,,,\nFix login,CHG-3,2026-03-04,web,\"two\nlines\"\n"

func TestReadSheetProposes(t *testing.T) {
	s, err := ReadSheet("changes.csv", []byte(changes), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []Part{IsText, IsKey, IsDate, IsText, IsText}; !slices.Equal(s.Layout.Parts, want) || s.Layout.Header != 3 {
		t.Errorf("layout %+v", s.Layout)
	}
	if len(s.Faults) > 0 || s.Skipped != 1 || len(s.Rows) != 3 || !slices.Equal(s.Columns, []string{"Title", "Service", "Note"}) {
		t.Fatalf("sheet %+v", s)
	}
	if r := s.Rows[2]; r.N != 3 || r.Key != "CHG-3" || r.Date.String() != "2026-03-04" || r.Cells[2] != "two lines" {
		t.Errorf("row 3: %+v", r)
	}
	if got := s.Rows[1].Cells[2]; got != "=1+1" {
		t.Errorf("cell %q", got)
	}
	if err := checkRows(s.Columns, s.Rows); err != nil {
		t.Error(err)
	}
}

func TestReadSheetAsTold(t *testing.T) {
	s, err := ReadSheet("changes.csv", []byte(changes), &Layout{Header: 3, Parts: []Part{LeftOut, IsKey, LeftOut, IsStratum}})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Columns) != 0 || s.Rows[1].Stratum != "db" || s.Rows[1].Date.Known() || len(s.Layout.Parts) != 5 {
		t.Errorf("sheet %+v", s)
	}
}

func TestReadSheetNamesRowFieldAndCure(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		parts      []Part
		want       string
	}{
		{"no key", "id,when\n1,2026-01-01\n,2026-01-02\n", nil, "Row 3, id: The key is missing."},
		{"a key twice", "id,when\n1,2026-01-01\n2,2026-01-02\n1,2026-01-03\n", []Part{IsKey, IsDate}, "Row 4, id: “1” stands in row 2 already."},
		{"a day that means two", "id,when\n1,2026-01-01\n2,3/4/2026\n", []Part{IsKey, IsDate}, "Row 3, when: “3/4/2026” is not a date that can be read in one way only."},
		{"a cell too long", "id,note\n1," + strings.Repeat("x", 501) + "\n", nil, "Row 2, note: It has 501 characters, and 500 fit."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var want *Layout
			if tt.parts != nil {
				want = &Layout{Header: 1, Parts: tt.parts}
			}
			s, err := ReadSheet("a.csv", []byte(tt.file), want)
			if err != nil || len(s.Faults) != 1 || !strings.HasPrefix(s.Faults[0].String(), tt.want) {
				t.Errorf("%v, %+v, want %q", err, s, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		name, file string
		layout     *Layout
		field      string
	}{
		{"no key column", "a,b\n1,2\n", &Layout{Header: 1, Parts: []Part{IsText, IsText}}, "c0"},
		{"two keys", "a,b\n1,2\n", &Layout{Header: 1, Parts: []Part{IsKey, IsKey}}, "c1"},
		{"nothing below the headings", "a,b\n", &Layout{Header: 1, Parts: []Part{IsKey}}, "file"},
		{"a row of headings that is not there", "a,b\n1,2\n", &Layout{Header: 9, Parts: []Part{IsKey}}, "header"},
	} {
		if _, err := ReadSheet("a.csv", []byte(tt.file), tt.layout); err == nil || problem.Of(err).Code != problem.Invalid || problem.Of(err).Field != tt.field {
			t.Errorf("%s: %v, want an error about %q", tt.name, err, tt.field)
		}
	}
}

func TestReadSheetLimits(t *testing.T) {
	var b strings.Builder
	b.WriteString("id\n")
	for i := range MaxRows + 1 {
		fmt.Fprintf(&b, "%d\n", i)
	}
	if _, err := ReadSheet("long.csv", []byte(b.String()), nil); err == nil || !strings.Contains(err.Error(), "Split") {
		t.Errorf("one row too many: %v", err)
	}
	wide := strings.TrimSuffix(strings.Repeat("h,", 30), ",") + "\n" + strings.TrimSuffix(strings.Repeat("v,", 30), ",") + "\n"
	if s, err := ReadSheet("wide.csv", []byte(wide), nil); err != nil || len(s.Columns) != MaxColumns {
		t.Errorf("thirty columns: %v", err)
	}
}

// TestCanonicalReadsBack takes the file that leaves Toucan in again.
func TestCanonicalReadsBack(t *testing.T) {
	s, err := ReadSheet("a.csv", []byte("id,on,office,who\n=1+1,2026-01-01,\"Lisbon, Oslo\",'=x\n-5,2026-01-02,Oslo,+351 21\n@a,2026-01-03,Oslo,\"say \"\"hi\"\"\"\n"), &Layout{Header: 1, Parts: []Part{IsKey, IsDate, IsStratum, IsText}})
	if err != nil {
		t.Fatal(err)
	}
	data, err := Canonical(s.Columns, s.Rows)
	if err != nil {
		t.Fatal(err)
	}
	want := "key,date,stratum,who\n'=1+1,2026-01-01,\"Lisbon, Oslo\",'=x\n-5,2026-01-02,Oslo,'+351 21\n'@a,2026-01-03,Oslo,\"say \"\"hi\"\"\"\n"
	if string(data) != want {
		t.Errorf("canonical:\n%s", data)
	}
	again, err := ReadSheet("b.csv", data, &s.Layout)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Canonical(again.Columns, again.Rows); err != nil || !bytes.Equal(back, data) {
		t.Errorf("read back and written again:\n%s", back)
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add([]byte(changes), 3, "tkd")
	f.Add([]byte("id,when\n1,2026-01-01\n"), 1, "kd")
	f.Add([]byte("a;b\n'=1;2\n"), 0, "ks")
	f.Add([]byte("\xff\xfea\x00\n\x00"), -1, "")
	f.Fuzz(func(t *testing.T, data []byte, header int, parts string) {
		l := &Layout{Header: header}
		for _, p := range parts {
			l.Parts = append(l.Parts, map[rune]Part{'k': IsKey, 'd': IsDate, 's': IsStratum, 't': IsText}[p])
		}
		for _, want := range []*Layout{l, nil} {
			s, err := ReadSheet("a.csv", data, want)
			if err != nil {
				if problem.Of(err).Code != problem.Invalid {
					t.Fatalf("%v is no problem a person can act on", err)
				}
				continue
			}
			if len(s.Faults) > 0 {
				continue
			}
			if err := checkRows(s.Columns, s.Rows); err != nil {
				t.Fatalf("without a fault, and still: %v", err)
			}
			out, err := Canonical(s.Columns, s.Rows)
			if err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(out, []byte("\n")); n != len(s.Rows)+1 {
				t.Fatalf("%d lines for %d rows", n, len(s.Rows))
			}
			for _, r := range s.Rows { // two rows that differ never look the same in the file
				if document.Plain(document.Neutral(r.Key)) != r.Key {
					t.Fatalf("%q is %q in the file", r.Key, document.Neutral(r.Key))
				}
			}
		}
	})
}
