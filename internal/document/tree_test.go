package document

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// drawn writes a tree so that two can be compared, with the line of each value.
func drawn(n *Node) string {
	name := fmt.Sprintf("%d:", n.Line)
	if n.Key != "" {
		name += n.Key + "="
	}
	switch n.Kind {
	case ListNode, ObjectNode:
		var parts []string
		for i := range n.Items {
			parts = append(parts, drawn(&n.Items[i]))
		}
		return name + string("[{"[n.Kind-ListNode]) + strings.Join(parts, " ") + string("]}"[n.Kind-ListNode])
	case StringNode:
		return name + fmt.Sprintf("%q", n.Text)
	}
	return name + n.Text
}

func TestReadJSON(t *testing.T) {
	for _, tt := range []struct{ name, text, want, flaw string }{
		{"an object over lines", "{\n\"a\": [1,\n2.50e+1], \"b\": null}", `1:{2:a=[2:1 3:2.50e+1] 3:b=null}`, ""},
		{"a byte order mark", "\xef\xbb\xbf{}", `1:{}`, ""},
		{"escapes", `["\u00e9\n\"\/", "\ud83e\udd9c"]`, `1:[1:"é\n\"/" 1:"🦜"]`, ""},
		{"true and false", "[true, false]", "1:[1:true 1:false]", ""},
		{"half a character", `["\ud83e"]`, "", "1: The escape"},
		{"two halves in the wrong order", `["\udd9c\ud83e"]`, "", "1: The escape"},
		{"an unknown escape", `["\x"]`, "", "1: The escape"},
		{"a name twice", "{\"a\": 1,\n\"a\": 2}", "1:{1:a=1}", "2: The name"},
		{"a name twice in a large object", `{"1":1,"2":2,"3":3,"4":4,"5":5,"6":6,"7":7,"8":8,"9":9,"10":1,"11":1,"12":1,` + "\n" + `"13":1,"7":2}`, "", "2: The name"},
		{"a missing comma", "[1\n2]", "", "2: Here a comma"},
		{"a comma too many", "[1,]", "", "1: Here a value"},
		{"a missing bracket", "{\"a\": [1, 2}", "", "1: Here a comma"},
		{"a missing colon", "{\"a\" 1}", "", "1: Behind the name"},
		{"a name without quotes", "{a: 1}", "", "1: Here a name"},
		{"a line break in a text", "[\"a\nb\"]", "", "1: A text holds a line break"},
		{"a text cut off", "[\n\"a", "", "2: The file ends"},
		{"a backslash at the end", `["a\`, "", "1: The file ends"},
		{"something behind", "{} x", "", "1: Something follows"},
		{"a leading zero", "[01]", "", "1: The number"},
		{"a bare point", "[1.]", "", "1: The number"},
		{"nothing", " \n ", "", "1: The file is empty"},
		{"Latin-1", "[\n\"\xe9\"]", "", "2: The file is not UTF-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, flaws := ReadJSON([]byte(tt.text))
			if tt.want != "" && (root == nil || drawn(root) != tt.want) {
				t.Errorf("read as %+v, want %s; flaws %v", root, tt.want, flaws)
			}
			said := ""
			for _, f := range flaws {
				said += fmt.Sprintf("%d: %s\n", f.Line, f.Text)
			}
			if (tt.flaw == "") != (said == "") || !strings.HasPrefix(said, tt.flaw) {
				t.Errorf("flaws %q, want %q", said, tt.flaw)
			}
		})
	}
}

func TestReadYAML(t *testing.T) {
	for _, tt := range []struct{ name, text, want, flaw string }{
		{"blocks", "a:\n  - 1\n  - b: x\nc: null\n", `1:{1:a=[2:1 3:{3:b="x"}] 4:c=null}`, ""},
		{"numbers keep their form", "a: 1.10\nb: 007\n", "1:{1:a=1.10 2:b=007}", ""},
		{"a date is a text", "a: 2026-01-31\n", `1:{1:a="2026-01-31"}`, ""},
		{"yes is a text", "a: yes\n", `1:{1:a="yes"}`, ""},
		{"an anchor", "a: &x 1\n", "", "1: Anchors"},
		{"an alias", "a: 1\nb: *x\n", "", "2: The alias"},
		{"two documents", "a: 1\n---\nb: 1\n", "", "2: The file holds more"},
		{"a name twice", "a: 1\nb: 2\na: 3\n", "", "3: "},
		{"a bad indentation", "a:\n  b: 1\n c: 2\n", "", "2: The file cannot"},
		{"a list as a name", "? [a]\n: 1\n", "", "1: A name must"},
		{"nothing", "# only words\n", "", "1: The file is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root, flaws := ReadYAML([]byte(tt.text))
			if tt.want != "" && (root == nil || drawn(root) != tt.want) {
				t.Errorf("read as %s, want %s; flaws %v", drawn(root), tt.want, flaws)
			}
			said := ""
			for _, f := range flaws {
				said += fmt.Sprintf("%d: %s\n", f.Line, f.Text)
			}
			if (tt.flaw == "") != (said == "") || !strings.HasPrefix(said, tt.flaw) {
				t.Errorf("flaws %q, want %q", said, tt.flaw)
			}
		})
	}
}

// FuzzReadJSON holds our reader against encoding/json, which knows no lines: they
// accept the same files, but for the bounds and for what is no UTF-8.
func FuzzReadJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,-2.5e-3,"\u00e9",true,null]}`, `[]`, `"x"`, "\xef\xbb\xbf{}", `{"a":1,"a":2}`, `["\ud83e\udd9c"]`, `[1e5`, "{\"a\":\n\t1}", `01`, `-`, `"\`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, flaws := ReadJSON(data)
		if root == nil && len(flaws) == 0 {
			t.Fatal("refused without a reason")
		}
		lines := 1 + strings.Count(string(data), "\n")
		for _, flaw := range flaws {
			if flaw.Line < 1 || flaw.Line > lines {
				t.Errorf("line %d of %d: %s", flaw.Line, lines, flaw.Text)
			}
		}
		if root != nil && !json.Valid(data) && !strings.HasPrefix(string(data), "\xef\xbb\xbf") {
			t.Errorf("read %q, which is no JSON", data)
		}
	})
}

func FuzzReadYAML(f *testing.F) {
	for _, text := range []string{"a: [1, {b: c}]\n", "- 1\n- \"x\"\n", "a: &x 1\nb: *x\n", "a: |\n  text\n  more\n", "? a\n: b\n", "--- !!map {a: 1}\n", "%YAML 1.1\n---\na: 1\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		root, flaws := ReadYAML(data)
		if root == nil && len(flaws) == 0 {
			t.Fatal("refused without a reason")
		}
		for _, flaw := range flaws {
			if flaw.Line < 1 {
				t.Errorf("a flaw without a line: %s", flaw.Text)
			}
		}
	})
}
