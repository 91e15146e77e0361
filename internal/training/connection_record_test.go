package training

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/people"
)

func TestReadSheet(t *testing.T) {
	s, err := ReadSheet("export.csv", []byte("Completions of 2026\n\nE-mail address;Course;Completion date;Score;Certificate\n"+
		"Ada@one.test;Basics;2026-03-01;85%;ada.pdf\nbo@one.test;Basics;3/1/2026;;\n;Basics;2026-03-01;;\n\ndi@one.test;Basics;;;\nel@one.test;Basics;2026-03-01 10:30;110;\n"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Records) != 1 {
		t.Fatalf("records %+v", s.Records)
	}
	r := s.Records[0]
	if r.Row != 4 || r.Email != "Ada@one.test" || r.Score != 85 || r.File != "ada.pdf" || !r.At.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", r)
	}
	want := []struct {
		row  int
		text string
	}{{5, "two days"}, {6, "names nobody"}, {8, "no date of completion"}, {9, "110"}}
	if len(s.Faults) != len(want) {
		t.Fatalf("faults %+v", s.Faults)
	}
	for i, w := range want {
		if s.Faults[i].Row != w.row || !strings.Contains(s.Faults[i].Text, w.text) {
			t.Errorf("fault %d is %+v, want row %d with %q", i, s.Faults[i], w.row, w.text)
		}
	}
}

func TestFilesThatAreNoList(t *testing.T) {
	for name, data := range map[string]string{
		"empty": "", "only a head": "email,completed_at\n", "no date": "email,course\na@one.test,x\n", "a picture": "\x89PNG\r\n", "prose": "Dear all, please find attached\n",
	} {
		if s, err := ReadSheet("x.csv", []byte(data)); err == nil {
			t.Errorf("%s was read as %+v", name, s)
		}
	}
}

func TestAssort(t *testing.T) {
	roster := people.NewRoster(people.Facts{People: []people.Person{{ID: "a", Name: "Ada", Email: "ada@one.test"}, {ID: "b", Name: "Bo", Email: "bo@one.test"}, {ID: "c", Name: "Cy"}}})
	numbers := map[string][]string{"a": {"17"}, "b": {"18"}, "c": {"0019"}}
	at := ruleDone
	got := Assort(roster, numbers, []Record{
		{Row: 2, Email: "ADA@one.test", At: at.Add(-time.Hour)}, {Row: 3, Email: "ada@one.test", External: "17", At: at, Score: 90}, // again, later
		{Row: 4, External: "19", At: at, File: "C:\\Certificates\\CY.pdf"}, {Row: 5, Email: "ada@one.test", External: "18", At: at},
		{Row: 6, Email: "who@else.test", At: at}, {Row: 7, External: "99", At: at}, {Row: 8, Email: "bo@one.test", At: ruleNow.Add(48 * time.Hour)},
	}, map[string][]byte{"cy.pdf": []byte("%PDF-")}, ruleNow)
	if len(got.Said) != 2 || got.Said[0].Person != "a" || !got.Said[0].At.Equal(at) || got.Said[0].Score != 90 || got.Said[1].Person != "c" || got.Said[1].Certificate == nil {
		t.Errorf("said %+v", got.Said)
	}
	for i, want := range []string{"two people", "nobody in the register", "nobody in the register", "still to come"} {
		if i >= len(got.Faults) || got.Faults[i].Row != 5+i || !strings.Contains(got.Faults[i].Text, want) {
			t.Errorf("faults %+v, want %q at row %d", got.Faults, want, 5+i)
		}
	}
}

func TestReadDelivery(t *testing.T) {
	records, faults, err := ReadDelivery([]byte(`{"records":[{"email":"ada@one.test","course":"Basics","completed_at":"2026-03-01T09:30:00+02:00","score":80},{"email":7},null,{"course":"Basics","completed_at":"2026-03-01T09:30:00Z"},{"email":"a@one.test","completed_at":"2026-03-01T09:30:00Z"},{"email":"a@one.test","course":"x"}]}`))
	if err != nil || len(records) != 1 || len(faults) != 5 {
		t.Fatalf("%+v, %+v, %v", records, faults, err)
	}
	if r := records[0]; r.Row != 1 || !r.At.Equal(time.Date(2026, 3, 1, 7, 30, 0, 0, time.UTC)) || r.Score != 80 {
		t.Errorf("got %+v", r)
	}
	many := `{"records":[` + strings.Repeat(`{},`, maxDelivery) + `{}]}`
	for name, body := range map[string]string{"empty": ``, "a list": `[]`, "none": `{"records":[]}`, "too many": many, "more behind it": `{"records":[{}]} {}`, "another field": `{"records":[{}],"org":"two"}`, "cut off": `{"records":[{"email"`} {
		if r, _, err := ReadDelivery([]byte(body)); err == nil {
			t.Errorf("%s was read as %+v", name, r)
		}
	}
}

// packed makes a ZIP.
func packed(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	name, raw, files, err := unpack("all.zip", packed(t, "x/List.csv", "email", "x/Ada.PDF", "%PDF-1.7", "__MACOSX/x/._Ada.PDF", "?"))
	if err != nil || name != "list.csv" || string(raw) != "email" || len(files["ada.pdf"]) == 0 || len(files) != 1 {
		t.Errorf("%q %q %v %v", name, raw, files, err)
	}
	for what, data := range map[string][]byte{
		"two lists": packed(t, "a.csv", "x", "b.csv", "x"), "no list": packed(t, "a.pdf", "%PDF-"), "a program": packed(t, "a.csv", "x", "b.exe", "x"),
		"a PDF that is none": packed(t, "a.csv", "x", "b.pdf", "x"), "too large": packed(t, "a.csv", "x", "b.pdf", "%PDF-"+strings.Repeat("x", maxCertificate)), "broken": []byte("PK\x03\x04 and nothing"),
	} {
		if _, _, _, err := unpack("all.zip", data); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add([]byte("email,course,completed_at,score\na@one.test,Basics,2026-03-01,80\n"))
	f.Add([]byte("external_id;completed on\n17;1 Mar 2026\n"))
	f.Add([]byte("\xff\xfee\x00m\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadSheet("x.csv", data)
		if err != nil {
			return
		}
		for _, r := range s.Records {
			if r.lacks() != "" || r.Row < 1 {
				t.Errorf("a record that is none: %+v", r)
			}
		}
	})
}

func FuzzReadDelivery(f *testing.F) {
	f.Add([]byte(`{"records":[{"email":"a@one.test","course":"x","completed_at":"2026-03-01T09:30:00Z","score":80}]}`))
	f.Add([]byte(`{"records":[{"external_id":"17"},null,7]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		records, faults, err := ReadDelivery(body)
		if err == nil && len(records)+len(faults) == 0 {
			t.Error("a message of nothing was taken")
		}
		for _, r := range records {
			if r.lacks() != "" || r.Course == "" {
				t.Errorf("a record that is none: %+v", r)
			}
		}
	})
}

// BenchmarkMatch matches 10,000 people with 10,000 accounts of four modules each.
func BenchmarkMatch(b *testing.B) {
	const n = 10_000
	people := make([]Registered, n)
	rep := Report{Campaigns: []Campaign{{ID: "c", Title: "Awareness"}}, Learners: make([]Learner, n)}
	for i := range n {
		people[i] = Registered{ID: fmt.Sprint("p", i), Email: fmt.Sprintf("p%d@one.test", i), Numbers: []string{fmt.Sprint(i)}, Wanted: true}
		l := Learner{ID: fmt.Sprint(i), Emails: []string{fmt.Sprintf("P%d@One.test", i)}, Number: fmt.Sprint(i)}
		for m := range 4 {
			l.Rows = append(l.Rows, Row{ID: fmt.Sprint(i, m), Course: "c", Module: fmt.Sprint(m), Title: "M", State: RowDone, Word: "Passed", CompletedAt: ruleDone})
		}
		rep.Learners[i] = l
	}
	for b.Loop() {
		if m := Match(Security, people, rep, ruleNow); len(m.Said) != n {
			b.Fatal(len(m.Said))
		}
	}
}
