package framework

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// same compares records with encoding/csv, record by record.
func same(t *testing.T, text string) {
	theirs := csv.NewReader(strings.NewReader(text))
	theirs.FieldsPerRecord = -1
	ours := records{text: text, line: 1}
	for {
		want, err := theirs.Read()
		line, got, fault, ok := ours.next()
		if err == io.EOF {
			if ok {
				t.Fatalf("%q: one record too many: %q", text, got)
			}
			return
		}
		if !ok {
			t.Fatalf("%q: a record is missing: %q, %v", text, want, err)
		}
		p, bad := errors.AsType[*csv.ParseError](err)
		switch {
		case bad && (fault != p.Err.Error() || line != p.StartLine):
			t.Fatalf("%q: line %d, %q; want line %d, %v", text, line, fault, p.StartLine, p.Err)
		case !bad && (fault != "" || !slices.Equal(got, want)):
			t.Fatalf("%q: %q, %q; want %q", text, got, fault, want)
		case !bad:
			if at, _ := theirs.FieldPos(0); at != line {
				t.Fatalf("%q: line %d, want %d", text, line, at)
			}
		}
	}
}

var csvTexts = []string{
	"", "\n", "a", "a,b\n", "a,b\r\nc,d\r\n", "\r\n\r\na", ",\n,,\n", "a\rb,c\n", "a\r",
	"\"a\",b\n", "\"a,b\",\"c\"\"d\"\n", "\"a\nb\",c\nd,e\n", "\"a\r\nb\"\r\n", "\"\"\n", "\"\",\n", "\"\"\"\"",
	"a\"b,c\nd\n", "\"a\"b,c\nd\n", "\"open\nand,more\n", "\"open", "a,\"", "\"a\r", "\"a\"\r", "\"a\"\r\r\n", "a,\"b\"\n\"c\"\n\n\"d\"",
}

func TestRecordsReadAsTheStandardLibraryDoes(t *testing.T) {
	for _, text := range csvTexts {
		same(t, text)
	}
}

func FuzzRecords(f *testing.F) {
	for _, text := range csvTexts {
		f.Add(text)
	}
	f.Fuzz(same)
}
