package crosswalk

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/framework"
)

func isoLink(id, relation string) Link {
	return Link{Ref: framework.Ref{Framework: "iso27001-2022", ID: id}, Relation: relation}
}

func TestDriftOfLinks(t *testing.T) {
	known := func(r framework.Ref) bool { return r.ID != "gone" }
	was := Taken{control.Entry{Code: "A"}, []Link{isoLink("5.1", "subset"), isoLink("5.2", "subset"), isoLink("gone", "subset")}}
	for _, tt := range []struct {
		name  string
		here  []Link
		is    []Link
		state DriftState
		drift []string
	}{
		{"as adopted", was.Links[:2], was.Links, Same, nil},
		{"the organisation added one of its own", append(slices.Clone(was.Links[:2]), isoLink("7.1", "subset")), was.Links, Same, nil},
		{"one was taken away here", was.Links[:1], was.Links, EditedHere, []string{"5.2"}},
		{"one was restated here", []Link{isoLink("5.1", "superset"), was.Links[1]}, was.Links, EditedHere, []string{"5.1"}},
		{"the library added one", was.Links[:2], append(slices.Clone(was.Links), isoLink("6.1", "subset")), Newer, []string{"6.1"}},
		{"the library dropped one", was.Links[:2], was.Links[:1], Newer, []string{"5.2"}},
		{"both moved, on different links", was.Links[:1], []Link{isoLink("5.1", "intersects"), was.Links[1]}, BothMoved, []string{"5.1", "5.2"}},
		{"both moved to the same", []Link{isoLink("5.1", "intersects"), was.Links[1]}, []Link{isoLink("5.1", "intersects"), was.Links[1]}, Same, nil},
	} {
		d := DriftOf(control.Control{}, tt.here, Adoption{Base: was, Digest: "old"}, Taken{was.Entry, tt.is}, "new", known)
		var ids []string
		for _, l := range d.Links {
			ids = append(ids, l.Ref.ID)
		}
		if d.State != tt.state || !slices.Equal(ids, tt.drift) {
			t.Errorf("%s: %s, %v; want %s, %v", tt.name, d.State, ids, tt.state, tt.drift)
		}
	}
	d := DriftOf(control.Control{}, was.Links[:2], Adoption{Base: was, Digest: "old", Declined: "new"}, Taken{was.Entry, was.Links[:1]}, "new", known)
	if d.State != Same || !d.Declined {
		t.Errorf("declined: %+v", d)
	}
}

// TestAnUpdateKeepsTheOrganisationsOwnLinks: what was left as adopted follows the
// library, what was changed here stays.
func TestAnUpdateKeepsTheOrganisationsOwnLinks(t *testing.T) {
	known := func(r framework.Ref) bool { return r.ID != "gone" }
	was := []Link{isoLink("5.1", "subset"), isoLink("5.2", "subset"), isoLink("5.3", "subset"), isoLink("6.1", "subset")}
	is := []Link{isoLink("5.1", "superset"), isoLink("5.2", "superset"), isoLink("6.1", "subset"), isoLink("7.1", "subset"), isoLink("7.2", "equal"), isoLink("gone", "equal")}
	have := []Link{isoLink("5.1", "subset"), isoLink("5.2", "intersects"), isoLink("5.3", "subset"), isoLink("7.1", ""), isoLink("9.1", "subset")}
	got := updated(have, was, is, known)
	want := []Link{
		isoLink("5.1", "superset"),   // left as adopted: follows
		isoLink("5.2", "intersects"), // restated here: stays
		// 5.3 left as adopted, and dropped by the library: goes
		// 6.1 was taken away here: stays away
		isoLink("7.1", "subset"), // a bare tag: gets the relation
		isoLink("7.2", "equal"),  // new in the library
		isoLink("9.1", "subset"), // the organisation's own
	}
	if !slices.Equal(got, want) {
		t.Errorf("updated to %+v, want %+v", got, want)
	}
	if again := updated(got, is, is, known); !slices.Equal(again, got) {
		t.Errorf("updated twice: %+v", again)
	}
}
