package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
)

// TestTheLibraryIsNarrowedAndCounted holds every choice of the library to the
// items it shows, and what is counted to the lists behind the counts.
func TestTheLibraryIsNarrowedAndCounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, boss, ctx := h.actors[access.Contributor], h.actors[access.Manager], t.Context()
		cc61, cc62 := framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}, framework.Ref{Framework: "soc2-2017", ID: "CC6.2"}
		linked := h.control(t, "AC-1")
		h.control(t, "AC-2") // linked to nothing
		must(t, h.links.SetLinks(ctx, boss, linked.ID, []crosswalk.Link{{Ref: cc61}}, now))
		put := func(title string, change func(*evidence.Filing)) string {
			f := h.reviewRecord(t, who, title, now)
			f.Controls, f.ValidFor = []string{"AC-2"}, 365*24*time.Hour
			change(&f)
			return h.file(t, who, f, now).ID
		}
		put("linked", func(f *evidence.Filing) { f.Controls = []string{"AC-1"} })
		put("direct", func(f *evidence.Filing) { f.Controls, f.Requirements = nil, []framework.Ref{cc61} })
		put("beside", func(f *evidence.Filing) { f.Controls, f.Requirements = nil, []framework.Ref{cc62} })
		put("for nothing", func(f *evidence.Filing) { f.Controls = nil })
		put("lapsing", func(f *evidence.Filing) { f.ValidFor = 20 * 24 * time.Hour })
		put("lapsed", func(f *evidence.Filing) { f.ValidFor = 2 * time.Hour })
		rejected := put("rejected", func(*evidence.Filing) {})
		old := put("old", func(*evidence.Filing) {})
		put("corrected", func(f *evidence.Filing) { f.Supersedes = old })
		gone := put("gone", func(*evidence.Filing) {})
		oldest := put("oldest", func(*evidence.Filing) {})
		put("newest", func(f *evidence.Filing) { f.Supersedes = oldest })
		at := now.Add(2 * time.Hour)
		must(t, h.evidence.Review(ctx, boss, rejected, evidence.Rejected, "Of another year.", at))
		must(t, h.evidence.Erase(ctx, boss, gone, "By mistake.", at))
		must(t, h.evidence.Erase(ctx, boss, oldest, "By mistake.", at))

		stands := []string{"linked", "direct", "beside", "for nothing", "lapsing", "corrected", "newest"}
		list := func(f evidence.Filter) (ids []string, titles []string) {
			page, err := h.evidence.List(ctx, boss, f, at)
			must(t, err)
			if page.Total != len(page.Items) {
				t.Errorf("%+v: %d are counted, %d shown", f, page.Total, len(page.Items))
			}
			for _, i := range page.Items {
				ids, titles = append(ids, i.ID), append(titles, i.Title)
			}
			return ids, titles
		}
		unreviewed := evidence.Unreviewed
		no := evidence.Rejected
		for _, tt := range []struct {
			name string
			f    evidence.Filter
			want []string
		}{
			{"everything that was not taken away", evidence.Filter{}, append([]string{"lapsed", "rejected"}, stands...)},
			{"what may be relied on", evidence.Filter{Current: true}, stands},
			{"offered for the requirement itself", evidence.Filter{Requirement: cc61}, []string{"direct"}},
			{"or for a control linked to it", evidence.Filter{Requirement: cc61, Through: true}, []string{"direct", "linked"}},
			{"for any of the framework", evidence.Filter{Requirement: framework.Ref{Framework: "soc2-2017"}}, []string{"beside", "direct"}},
			{"for any of the framework, and through controls", evidence.Filter{Requirement: framework.Ref{Framework: "soc2-2017"}, Through: true}, []string{"beside", "direct", "linked"}},
			{"of another framework", evidence.Filter{Requirement: annexA, Through: true}, nil},
			{"for nothing", evidence.Filter{Untagged: true}, []string{"for nothing"}},
			{"lapsing soon", evidence.Filter{LapsesBefore: at.Add(evidence.LapsesSoon)}, []string{"lapsing"}},
			{"lapsed", evidence.Filter{Lapsed: true}, []string{"lapsed"}},
			{"rejected", evidence.Filter{Review: &no}, []string{"rejected"}},
			{"nobody looked at", evidence.Filter{Review: &unreviewed}, append([]string{"lapsed"}, stands...)},
			{"corrected by a newer one", evidence.Filter{SupersededOnly: true}, []string{"old"}},
		} {
			_, got := list(tt.f)
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
		ids, _ := list(evidence.Filter{ErasedOnly: true})
		slices.Sort(ids)
		if want := []string{gone, oldest}; !slices.Equal(ids, want) {
			t.Errorf("erased: %v, want %v", ids, want)
		}
		got, err := h.evidence.Counts(ctx, boss, at)
		must(t, err)
		if want := (evidence.Counts{All: 9, Current: 7, Unreviewed: 8, Untagged: 1, Lapsing: 1, Lapsed: 1, Rejected: 1, Superseded: 1, Erased: 2}); got != want {
			t.Errorf("counts %+v, want %+v", got, want)
		}
	})
}
