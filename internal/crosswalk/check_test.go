package crosswalk

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/toucan-grc/toucan/internal/framework"
)

func TestShippedDataHasNoFault(t *testing.T) {
	infos := 0
	for _, f := range Shipped().Check() {
		if f.Severity != framework.Info {
			t.Error(f)
		}
		infos++
	}
	if infos != 6 { // four sets join SOC 2 and ISO 27001; no other pair has two
		t.Errorf("%d set pairs are compared, want 6", infos)
	}
}

// small returns a library of two frameworks, a1..a4 and b1..b4 in group b, and one mapping file.
func small(rows string, more ...string) fstest.MapFS {
	files := fstest.MapFS{
		"frameworks/left.csv":  file("id,parent,kind,label,attributes\na1,,requirement,One,\na2,,requirement,Two,\na3,,requirement,Three,\na4,,requirement,Four,\n"),
		"frameworks/right.csv": file("id,parent,kind,label,attributes\nb,,group,All,\nb1,b,requirement,One,\nb2,b,requirement,Two,\nb3,b,requirement,Three,\nb4,b,requirement,Four,\n"),
		"mappings/pair.csv":    file("source_framework,source_id,relationship,target_framework,target_id,strength,provenance\n" + rows),
	}
	for i := 0; i+1 < len(more); i += 2 {
		files[more[i]] = file(more[i+1])
	}
	return files
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestCheck(t *testing.T) {
	const a1b1 = "left,a1,equal,right,b1,,\n"
	for _, tt := range []struct {
		name string
		fs   fstest.MapFS
		want string // "file:line: severity" and a part of the text; empty if nothing is wrong
	}{
		{"a sound library", small(a1b1 + "left,a2,subset,right,b1,,\n"), ""},
		{"a weak relation", small("left,a1,overlaps,right,b1,0,\nleft,a2,none,right,b1,10,\n"), ""},
		{"a dangling source", small("left,a9,equal,right,b1,,\n"), `mappings/pair.csv:2: error: left has no "a9"`},
		{"a dangling target", small(a1b1 + "left,a2,equal,right,b9,,\n"), `mappings/pair.csv:3: error: right has no "b9"`},
		{"an unknown framework", small("left,a1,equal,wrong,b1,,\n"), `mappings/pair.csv:2: error: There is no framework "wrong"`},
		{"an unknown token", small("left,a1,similar,right,b1,,\n" + a1b1), `mappings/pair.csv:2: error: The relationship is "similar"`},
		{"a token in capitals", small("left,a1,Subset,right,b1,,\n" + a1b1), `mappings/pair.csv:2: error: The relationship is "Subset"`},
		{"a strength above ten", small("left,a1,equal,right,b1,11,\n"), "mappings/pair.csv:2: error: The strength is 11"},
		{"a strength below zero", small("left,a1,equal,right,b1,-1,\n"), "mappings/pair.csv:2: error: The strength is -1"},
		{"a strength in words", small("left,a1,equal,right,b1,high,\n" + a1b1), `mappings/pair.csv:2: error: The strength is "high"`},
		{"a self-map", small("left,a1,equal,left,a1,,\n"), "mappings/pair.csv:2: error: left a1 is mapped to itself"},
		{"a duplicate", small(a1b1 + a1b1), "mappings/pair.csv:3: error: left a1 and right b1 are already mapped on line 2"},
		{"a duplicate read backwards", small(a1b1 + "right,b1,equal,left,a1,,\n"), "mappings/pair.csv:3: error: left a1 and right b1 are already mapped on line 2"},
		{"rows that exclude each other", small("left,a1,subset,right,b1,,\nleft,a1,none,right,b1,,\n"), "error: These rows cannot all be true (lines 2 and 3)"},
		{"a path against a row", small(a1b1 + "left,a2,equal,right,b1,,\nleft,a1,subset,right,b2,,\nleft,a2,none,right,b2,,\n"), "mappings/pair.csv:5: error: These rows cannot all be true (lines 2, 3, 4 and 5)"},
		{"a broken row", small("left,a1,equal\n" + a1b1), "mappings/pair.csv:2: error: The row has 3 fields, the header 7"},
		{"an open quote", small(a1b1 + "left,\"a2,equal,right,b1,,\n"), "mappings/pair.csv:3: error: The row cannot be read as CSV"},
		{"an overlong field", small(a1b1 + "left,a2,equal,right,b1,," + strings.Repeat("x", 4001) + "\n"), "mappings/pair.csv:3: error: The field provenance has 4001"},
		{"a set without rows", small(""), "mappings/pair.csv: warning: The set pair has no rows"},
		{"a union", small("left,a1,subset,right,b1,,\nleft,a2,subset,right,b1,,\n", "mappings/pair.unions.csv", "target_id,source_ids,rationale\nb1,a1+a2,Both.\n"), ""},
		{"a union with an unknown member", small(a1b1, "mappings/pair.unions.csv", "target_id,source_ids,rationale\nb1,a1+a7,Both.\n"), `mappings/pair.unions.csv:2: error: left has no "a7"`},
		{"a union with an unknown target", small(a1b1, "mappings/pair.unions.csv", "target_id,source_ids,rationale\nb7,a1+a2,Both.\n"), `mappings/pair.unions.csv:2: error: right has no "b7"`},
		{"a union whose member has no row", small(a1b1, "mappings/pair.unions.csv", "target_id,source_ids,rationale\nb1,a1+a2,Both.\n"), "mappings/pair.unions.csv:2: error: left a2 is a member of the union for right b1 but has no row of its own"},
		{"a union of one", small(a1b1, "mappings/pair.unions.csv", "target_id,source_ids,rationale\nb1,a1,One.\n"), "mappings/pair.unions.csv:2: error: The union for right b1 has fewer than two members"},
		{"a list without a set", small(a1b1, "mappings/other.unions.csv", "target_id,source_ids,rationale\nb1,a1+a2,Both.\n"), "mappings/other.unions.csv: error: No authored set stands beside this list"},
		{"net-new of something unknown", small(a1b1, "mappings/pair.net-new.csv", "target_framework,target_id,reason,first_task\nright,b9,No.,Do.\n"), `mappings/pair.net-new.csv:2: error: right has no "b9"`},
		{"parents in a circle", small(a1b1, "frameworks/third.csv", "id,parent,kind,label,attributes\nx,z,group,X,\ny,x,group,Y,\nz,y,group,Z,\n"), "frameworks/third.csv:2: error: The parents run in a circle: x under z under y under x"},
		{"sets.csv with an unknown kind", small(a1b1, "mappings/sets.csv", "id,file,title,kind,source,licence,default\np,pair.csv,P,guessed,us,ours,yes\n"), `mappings/sets.csv:2: error: The kind of set p is "guessed"`},
		{"sets.csv without a file", small(a1b1, "mappings/sets.csv", "id,file,title,kind,source,licence,default\np,pair.csv,P,authored,us,ours,yes\nq,q.csv,Q,authored,us,ours,no\n"), `mappings/sets.csv:3: error: The file "q.csv" of set q is not in this folder`},
		{"a file that sets.csv leaves out", small(a1b1, "mappings/sets.csv", "id,file,title,kind,source,licence,default\n"), "mappings/pair.csv: error: No row of sets.csv describes this file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, _, err := Read(tt.fs)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, f := range l.Check() {
				if f.Severity != framework.Info {
					all = append(all, f.String())
				}
			}
			got := strings.Join(all, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("check says\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// Sets may disagree: that is information, with the pairs counted.
func TestDisagreements(t *testing.T) {
	const head = "source_framework,source_id,relationship,target_framework,target_id\n"
	l, faults, err := Read(small("left,a1,equal,right,b1,,\nleft,a2,subset,right,b1,,\n", "mappings/second.csv",
		head+"right,b1,none,left,a1\nleft,a2,overlaps,right,b1\nleft,a3,equal,right,b3\n"))
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	got := l.Disagreements()
	if len(got) != 1 {
		t.Fatalf("%d set pairs, want 1", len(got))
	}
	d := got[0]
	if d.A != "pair" || d.B != "second" || d.OnlyA != 0 || d.OnlyB != 1 || d.Both != 2 || len(d.Clashes) != 1 {
		t.Errorf("got %+v", d)
	}
	for _, f := range l.Check() {
		if f.Severity == framework.Error {
			t.Errorf("a disagreement between sets must not be an error: %v", f)
		}
		if !strings.Contains(fmt.Sprint(f), "1 cannot both be true, first left a1 and right b1 (lines 2 and 2)") {
			t.Errorf("got %v", f)
		}
	}
}
