package framework_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/framework"
)

// edition reads a small catalogue: lines of id,parent,kind,label,attributes.
func edition(t testing.TB, id, rows string) *framework.Framework {
	t.Helper()
	f, faults := framework.Parse(id, id+".csv", []byte("id,parent,kind,label,attributes\n"+rows))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return f
}

func TestWhatBecameOfARequirement(t *testing.T) {
	for _, tt := range []struct{ name, old, next, want string }{
		{"same id and label", "1,,requirement,Access rights,", "1,,requirement,access  Rights,", "kept 1>1 sure"},
		{"same id, a label with a word in common", "1,,requirement,Access rights,", "1,,requirement,Rights of access to systems,", "relabelled 1>1 sure"},
		{"same id, a label with nothing in common", "1,,requirement,Access rights,", "1,,requirement,Clocks,", "relabelled 1>1 look"},
		{"renumbered", "1,,requirement,Access rights,", "9,,requirement,Access rights,", "moved 1>9 sure"},
		{"renumbered, and the number given to another", "1,,requirement,Access rights,\n", "1,,requirement,Clocks,\n9,,requirement,Access rights,", "moved 1>9 sure; new >1 sure"},
		{"gone", "1,,requirement,Access rights,", "9,,requirement,Clocks,", "dropped 1> look; new >9 sure"},
		{"named as predecessor", "1,,requirement,Access rights,", "9,,requirement,Entitlements,was=1", "moved 1>9 sure"},
		{"named as predecessor by several", "1,,requirement,Access rights,", "8,,requirement,Granting,was=1\n9,,requirement,Revoking,was=1", "split 1>8+9 sure"},
		{"a part kept the number", "1,,requirement,Access rights,", "1,,requirement,Access rights,\n9,,requirement,Revoking,was=1", "split 1>1+9 sure"},
		{"several become one", "1,,requirement,Granting,\n2,,requirement,Revoking,", "9,,requirement,Access rights,was=1+2", "merged 1>9 sure; merged 2>9 sure"},
		{"a predecessor goes before the same number", "1,,requirement,A,\n2,,requirement,B,", "1,,requirement,B,was=2\n2,,requirement,A,was=1", "moved 1>2 sure; moved 2>1 sure"},
		{"one label in two new places", "1,,requirement,Logging,", "8,,requirement,Logging,\n9,,requirement,Logging,", "dropped 1> look; new >8 sure; new >9 sure"},
		{"a label that two rows always had is no move", "1,,requirement,Logging,\n2,,requirement,Logging,", "2,,requirement,Logging,", "dropped 1> look; kept 2>2 sure"},
		{"headings too", "A,,group,People,\n1,A,requirement,Screening,", "B,,group,People,\n1,B,requirement,Screening,", "moved A>B sure; kept 1>1 sure"},
		{"a predecessor nobody knows says nothing", "1,,requirement,Screening,", "1,,requirement,Screening,was=7", "kept 1>1 sure"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			steps := framework.Compare(edition(t, "acme-1", tt.old), edition(t, "acme-2", tt.next), nil)
			if got := outline(steps); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
			for _, s := range steps {
				if s.Reason == "" {
					t.Errorf("%+v has no reason", s)
				}
			}
		})
	}
}

func outline(steps []framework.Step) string {
	var out []string
	for _, s := range steps {
		sure := "look"
		if s.Sure {
			sure = "sure"
		}
		out = append(out, fmt.Sprintf("%s %s>%s %s", s.Fate, s.Old, strings.Join(s.New, "+"), sure))
	}
	return strings.Join(out, "; ")
}

func TestAMappingBetweenEditionsIsFollowed(t *testing.T) {
	old := edition(t, "acme-1", "1,,requirement,Access,\n2,,requirement,Clocks,")
	next := edition(t, "acme-2", "7,,requirement,Entitlement,\n8,,requirement,Time,\n9,,requirement,Entry,was=1")
	got := outline(framework.Compare(old, next, framework.Successors{"1": {"7"}, "2": {"8", "none", "8"}}))
	if want := "moved 1>9 sure; moved 2>8 sure; new >7 sure"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestEveryRowOfBothEditionsHasAFate(t *testing.T) {
	for _, a := range framework.Shipped().Frameworks {
		for _, b := range framework.Shipped().Frameworks {
			steps := framework.Compare(a, b, nil)
			old, next := map[string]int{}, map[string]int{}
			for _, s := range steps {
				if s.Old != "" {
					old[s.Old]++
				}
				for _, id := range s.New {
					next[id]++
				}
				if a == b && s.Fate != framework.Kept {
					t.Errorf("%s against itself: %+v", a.ID, s)
				}
			}
			for _, r := range a.Requirements {
				if old[r.ID] != 1 {
					t.Errorf("%s to %s: %s stands %d times", a.ID, b.ID, r.ID, old[r.ID])
				}
			}
			for _, r := range b.Requirements {
				if next[r.ID] == 0 {
					t.Errorf("%s to %s: nothing says where %s comes from", a.ID, b.ID, r.ID)
				}
			}
		}
	}
}
