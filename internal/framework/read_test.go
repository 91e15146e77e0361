package framework

import (
	"strings"
	"testing"
	"testing/fstest"
)

const head = "id,parent,kind,label,attributes\n"

func TestParseFaults(t *testing.T) {
	for _, tt := range []struct {
		name, csv string
		rows      int
		want      string // part of the faults; empty for none
	}{
		{"a byte order mark", "\xef\xbb\xbf" + head + "1,,group,One,\n", 1, ""},
		{"Windows line ends", "id,parent,kind,label,attributes\r\n1,,group,One,\r\n", 1, ""},
		{"columns in another order", "label,id,kind,parent\nOne,1,group,\n", 1, ""},
		{"no attributes column", "id,parent,kind,label\n1,,group,One\n", 1, ""},
		{"nothing but a header", head, 0, ""},
		{"nothing", "", 0, "acme.csv:1: error: The file has no header line."},
		{"a missing column", "id,kind,label\n1,group,One\n", 0, `acme.csv:1: error: The column "parent" is missing.`},
		{"semicolons", "id;parent;kind;label\n1;;group;One\n", 0, "Separate the columns with commas."},
		{"a column twice", "id,parent,kind,label,id\n", 0, `The column "id" stands in the header twice.`},
		{"no id", head + ",,group,One,\n", 0, "acme.csv:2: error: The row has no id."},
		{"an id twice", head + "1,,group,One,\n1,,group,Again,\n", 1, "acme.csv:3: error: The id 1 is already used on line 2."},
		{"an unknown kind", head + "1,,chapter,One,\n", 0, `acme.csv:2: error: The kind of 1 is "chapter". Write group or requirement.`},
		{"an unknown parent", head + "1,9,group,One,\n", 1, `acme.csv:2: error: The parent "9" of 1 is not in this file.`},
		{"its own parent", head + "1,1,group,One,\n", 1, "acme.csv:2: error: The parents run in a circle: 1 under 1."},
		{"a circle of three", head + "1,3,group,One,\n2,1,group,Two,\n3,2,group,Three,\n4,3,requirement,Four,\n", 4, "The parents run in a circle: 1 under 3 under 2 under 1."},
		{"a parent that comes later", head + "1.1,1,requirement,One,\n1,,group,Two,\n", 2, ""},
		{"an overlong id", head + strings.Repeat("1", 101) + ",,group,One,\n", 0, "acme.csv:2: error: The id has 101 characters"},
		{"an overlong label", head + "1,,group," + strings.Repeat("x", 201) + ",\n", 0, "acme.csv:2: error: The label of 1 has 201 characters"},
		{"an overlong field", head + "1,,group,One," + strings.Repeat("x", 4001) + "\n", 0, "acme.csv:2: error: The field attributes has 4001 characters"},
		{"too few fields", head + "1,,group\n2,,group,Two,\n", 1, "acme.csv:2: error: The row has 3 fields, the header 5."},
		{"a stray quote", head + "1,,group,\"One\" or two,\n2,,group,Two,\n", 1, "acme.csv:2: error: The row cannot be read as CSV"},
		{"another encoding", head + "1,,group,One,\n2,,group,caf\xe9,\n", 0, "acme.csv:3: error: The file is not UTF-8 text from this line on."},
		{"a line after a quoted line break", head + "1,,group,\"One\nline\",\n1,,group,Two,\n", 1, "acme.csv:4: error: The id 1 is already used on line 2."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, faults := Parse("acme", "acme.csv", []byte(tt.csv))
			var all []string
			for _, fault := range faults {
				all = append(all, fault.String())
			}
			got := strings.Join(all, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("faults\n%s\nwant\n%s", got, tt.want)
			}
			if len(f.Requirements) != tt.rows {
				t.Errorf("%d rows, want %d", len(f.Requirements), tt.rows)
			}
		})
	}
}

func TestParseFaultsAreBounded(t *testing.T) {
	_, faults := Parse("acme", "acme.csv", []byte(head+strings.Repeat("1\n", 5000)))
	if len(faults) != maxFaults+1 || !strings.Contains(faults[maxFaults].Text, "left out") {
		t.Errorf("%d faults, the last %v", len(faults), faults[len(faults)-1])
	}
}

func TestRead(t *testing.T) {
	fsys := fstest.MapFS{
		"frameworks/zebra.csv":         {Data: []byte(head + "1,,requirement,One,a=b;flag\n")},
		"frameworks/acme.csv":          {Data: []byte(head + "1,,chapter,One,\n")},
		"frameworks/iso27001-2022.csv": {Data: []byte(head + "4,,group,Four,\n")},
		"frameworks/notes.txt":         {Data: []byte("not a catalogue")},
	}
	c, faults, err := Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.IDs(), " "); got != "iso27001-2022 acme zebra" { // known standards first
		t.Errorf("frameworks %s", got)
	}
	if len(faults) != 1 || faults[0].File != "frameworks/acme.csv" || len(Errors(faults)) != 1 {
		t.Errorf("faults %v", faults)
	}
	zebra, _ := c.Find("zebra")
	if zebra.Title != "zebra" || zebra.Noun != "requirement" || zebra.Attribute("1", "a") != "b" || zebra.Attribute("1", "flag") != "yes" {
		t.Errorf("got %+v", zebra)
	}
	if _, _, err := Read(fstest.MapFS{}); err == nil {
		t.Error("a folder without frameworks must be an error")
	}
}

func TestReadRefusesHugeFiles(t *testing.T) {
	fsys := fstest.MapFS{"frameworks/acme.csv": {Data: make([]byte, maxFile+1)}}
	c, faults, err := Read(fsys)
	if err != nil || len(c.Frameworks) != 0 || len(faults) != 1 || !strings.Contains(faults[0].Text, "at most 32 MB are read") {
		t.Errorf("got %v, %v, %v", c, faults, err)
	}
}

// FuzzRead holds Parse to its promises on any bytes: it ends, every row it keeps
// is whole, and no climb from a row runs in a circle.
func FuzzRead(f *testing.F) {
	f.Add([]byte(head + "1,,group,One,\n1.1,1,requirement,Two,a=b;c\n"))
	f.Add([]byte("\xef\xbb\xbf" + head + "1,2,group,One,\n2,1,group,Two,\n"))
	f.Add([]byte(head + "1,,group,\"open\n"))
	f.Add([]byte("id;parent\n\xff\xfe"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, faults := Parse("acme", "acme.csv", data)
		for _, r := range c.Requirements {
			path := c.Path(r.ID)
			if len(path) == 0 || path[0].Parent != "" || path[len(path)-1].ID != r.ID || r.Line < 2 {
				t.Errorf("%q: path %v", r.ID, path)
			}
			if again, ok := c.Find(r.ID); !ok || again.Line != r.Line {
				t.Errorf("%q is not found", r.ID)
			}
		}
		for _, fault := range faults {
			if fault.Text == "" || fault.File != "acme.csv" || fault.Line < 0 {
				t.Errorf("fault %+v", fault)
			}
		}
	})
}
