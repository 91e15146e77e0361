package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

func TestHeatMapOfThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	a := s.get("/o/meridian-cloud/crosswalk")
	for _, want := range []string{`<span class="sr">CC6 by A.8: 22 of 34 touched, 2 held in full`, "10 sets in the stack", `scope="row"`} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the map does not say %q", want)
		}
	}
	// 15 controls meet less than every criterion together
	met := s.get("/o/meridian-cloud/crosswalk?view=met")
	if strings.Contains(met.Body, "CC6 by A.8: 22 of 34 touched") || !strings.Contains(met.Body, "That is an assumption") {
		t.Error("as met by our controls, the map is the same, or it does not say what it rests on")
	}
	if a := s.get("/o/meridian-cloud/crosswalk?from=none"); a.Status != http.StatusNotFound {
		t.Errorf("an unknown framework: %d", a.Status)
	}
	cell := s.get("/o/meridian-cloud/crosswalk/cell?source=CC6&theme=A.8")
	for _, want := range []string{"CC6.1 contains A.8.5.", "held in full", "/crosswalk/edge?from=soc2-2017&amp;source=CC6.1&amp;target=A.8.5&amp;to=iso27001-2022"} {
		if !strings.Contains(cell.Body, want) {
			t.Errorf("the cell does not show %q", want)
		}
	}
	if a := s.get("/o/meridian-cloud/crosswalk/cell?source=CC99"); a.Status != http.StatusNotFound {
		t.Errorf("an unknown group: %d", a.Status)
	}
}

func TestComparisonOnThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	body := s.get("/o/meridian-cloud/crosswalk/compare?show=differ&theme=A.8").Body
	for _, want := range []string{"Privileged access has nothing to do with communication", "2 of 5 votes or more", `<a href="/o/meridian-cloud/frameworks/iso27001-2022/A.5.2">A.5.2</a>`} {
		if !strings.Contains(body, want) {
			t.Errorf("the comparison does not show %q", want)
		}
	}
	if a := s.get("/o/meridian-cloud/crosswalk/compare?text=zzz"); !strings.Contains(a.Body, "Nothing matches") {
		t.Error("words that stand nowhere find something")
	}
}

// TestStackDraft arranges a stack without a script, looks at what would change,
// and saves it.
func TestStackDraft(t *testing.T) {
	s := newSite(t)
	s.fill()
	const page = "/o/meridian-cloud/settings/stack"
	first := s.Library.DefaultStack()[0]
	var held strings.Builder
	for _, id := range s.Library.DefaultStack() {
		held.WriteString("&set=" + id)
	}
	a := s.get(page + "?draft=yes" + held.String() + "&drop=" + first)
	s.expect(a, http.StatusSeeOther)
	if strings.Contains(a.To, "set="+first) || !strings.HasSuffix(a.To, "#set-"+first) {
		t.Errorf("taking out %s leads to %s", first, a.To)
	}
	draft := s.get(strings.Split(a.To, "#")[0])
	for _, want := range []string{"What would change", "draft, nothing is saved", " moved from ", "no new contradiction"} {
		if !strings.Contains(draft.Body, want) {
			t.Errorf("the draft does not say %q", want)
		}
	}
	if body := s.get(page).Body; strings.Contains(body, "What would change") || !strings.Contains(body, "the stack that ships") {
		t.Error("looking at a draft changed the stack")
	}
	up := s.get(page + "?draft=yes&set=csf2-cis&set=cis-iso27001&up=cis-iso27001")
	if !strings.Contains(up.To, "set=cis-iso27001&set=csf2-cis") {
		t.Errorf("moving a set up leads to %s", up.To)
	}
	if body := s.get(page + "?draft=yes").Body; !strings.Contains(body, "Choose at least one mapping set") {
		t.Error("an empty draft does not say what to do")
	}
	s.expect(s.post(page, "set", "cis-iso27001", "set", "csf2-cis"), http.StatusSeeOther)
	if body := s.get(page).Body; !strings.Contains(body, "chosen here") || strings.Index(body, `id="set-cis-iso27001"`) > strings.Index(body, `id="set-csf2-cis"`) {
		t.Error("the stack that was set is not shown in its order")
	}
}

// TestContradictionsOnThePage adds a set of one's own that cannot be true beside
// the curated one.
func TestContradictionsOnThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	if body := s.get("/o/meridian-cloud/crosswalk/contradictions").Body; !strings.Contains(body, "Nothing contradicts itself") {
		t.Error("the stack that ships contradicts itself")
	}
	at := func(f, id string) framework.Ref { return framework.Ref{Framework: f, ID: id} }
	own := &crosswalk.Set{ID: "our-own-view", Title: "Our own view", Kind: crosswalk.Authored, Source: "us", Licence: "ours",
		Edges: []crosswalk.Edge{{Set: "our-own-view", Source: at("soc2-2017", "CC6.1"), Target: at("iso27001-2022", "A.8.5"), Relation: crosswalk.None, Provenance: "us", Line: 2}}}
	if _, err := s.Crosswalk.ImportSet(t.Context(), s.admin(), &crosswalk.Publication{Set: own}, "own.csv", s.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Crosswalk.SelectStack(t.Context(), s.admin(), append(s.Library.DefaultStack(), own.ID), s.Now()); err != nil {
		t.Fatal(err)
	}
	body := s.get("/o/meridian-cloud/crosswalk/contradictions").Body
	for _, want := range []string{"cannot all be true", "CC6.1 contains A.8.5.", "CC6.1 shares nothing with A.8.5.", "has to give way", "our-own-view"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestSuggestions follows a suggestion from a control to a link.
func TestSuggestions(t *testing.T) {
	s := newSite(t)
	s.fill()
	const page = "/o/meridian-cloud/frameworks/iso27001-2022/9.2.1"
	body := s.get(page + "?via=soc2-2017").Body
	for _, want := range []string{"Alike by words", "never counted", "Propose this row: CC2.2 to 9.2.1", "Shares “internal”"} {
		if !strings.Contains(body, want) {
			t.Errorf("the requirement does not say %q", want)
		}
	}
	if strings.Contains(s.get("/o/meridian-cloud/frameworks/iso27001-2022/A.5.15").Body, "Propose this row") {
		t.Error("a row is suggested although the coverage is certain")
	}
	control := s.get("/o/meridian-cloud/control/AC-04").Body
	form := between(control, `id="alike"`, `aria-label="Link it to CSF PR.AA-05"`)
	if i := strings.LastIndex(form, "<form"); i >= 0 {
		form = form[i:]
	}
	value := func(name string) string { return between(form, `name="`+name+`" value="`, `"`) }
	if value("links-nist-csf-2.0") != "PR.AA-05" || value("links-soc2-2017") == "" {
		t.Fatalf("PR.AA-05 is not suggested to the access review beside what it is linked to: %s", form)
	}
	s.expect(s.post("/o/meridian-cloud/control/AC-04/links", "links-soc2-2017", value("links-soc2-2017"), "links-nist-csf-2.0", value("links-nist-csf-2.0")), http.StatusSeeOther)
	after := s.get("/o/meridian-cloud/control/AC-04").Body
	if strings.Contains(after, "Link it to CSF PR.AA-05") || !strings.Contains(after, `frameworks/nist-csf-2.0/PR.AA-05"`) || !strings.Contains(after, "/frameworks/soc2-2017/CC6.2") {
		t.Error("the suggestion was followed, and the control is not linked to both")
	}
}
