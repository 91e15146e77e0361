package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/demo"
)

// meridian enters the demonstration company and signs its administrator in.
func (s *site) meridian() {
	s.t.Helper()
	done, err := demo.Seed(s.t.Context(), demo.Stores{Access: s.Access, People: s.People, Controls: s.Controls, Crosswalk: s.Crosswalk}, s.first, passphrase, s.Now())
	if err != nil || !done {
		s.t.Fatalf("seed: %t %v", done, err)
	}
	s.expect(s.post("/sign-in", "email", demo.Email, "passphrase", passphrase), http.StatusSeeOther)
}

// TestAStrangerReachesFullDesignCoverage adopts the library for the demonstration
// company as somebody would who never saw it: whole, as operated, then the
// controls it had on paper or planned are declared operated too.
func TestAStrangerReachesFullDesignCoverage(t *testing.T) {
	s := newSite(t)
	s.meridian()
	org := "/o/" + demo.Slug
	page := s.get(org + "/library").Body
	for _, want := range []string{"You have 106 controls that say what the library says", "5 requirements", "Adopt the whole library"} {
		if !strings.Contains(page, want) {
			t.Errorf("the library does not say %q", want)
		}
	}
	preview := s.get(org + "/library/adopt?whole=yes&status=operated").Body
	for _, want := range []string{"Adopt 130 controls", `<div class="v">24</div>`, `<div class="v">106</div>`} {
		if !strings.Contains(preview, want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	if list := s.get(org + "/controls").Body; strings.Contains(list, "AI-01") {
		t.Error("a preview wrote something")
	}
	a := s.post(org+"/library/adopt", "whole", "yes", "status", "operated")
	s.expect(a, http.StatusSeeOther)
	if said := s.get(a.To).Body; !strings.Contains(said, "24 entered, 106 attached to what you had") || !strings.Contains(said, "ISO 27001:") {
		t.Errorf("after adopting: %s", between(said, `class="flash"`, "</div>"))
	}
	a = s.post(org+"/library", "which", "shown", "do", "operated", "state", "waiting")
	s.expect(a, http.StatusSeeOther)
	if said := s.get(a.To).Body; !strings.Contains(said, "19 controls are now declared operated") || !strings.Contains(said, "118 of 123 closed") {
		t.Errorf("after declaring: %s", between(said, `class="flash"`, "</div>"))
	}

	own := s.get(org + "/frameworks/iso27001-2022").Body
	if !strings.Contains(own, "118 of 123") {
		t.Error("ISO 27001 is not said to be closed in 118 of 123")
	}
	open := s.get(org + "/frameworks/iso27001-2022?via=own&state=partial").Body
	got := regexp.MustCompile(`<td><span class="ref">([^<]+)</span>`).FindAllStringSubmatch(open, -1)
	var ids []string
	for _, m := range got {
		ids = append(ids, m[1])
	}
	if fmt.Sprint(ids) != "[4.4 5.1 A.5.4 A.5.14 A.5.32]" {
		t.Errorf("not completed: %v", ids)
	}
	for _, note := range []string{"A whole-system requirement", "judges in interviews", "manager objectives", "Spoken and posted transfers", "beyond software"} {
		if !strings.Contains(open, note) || !strings.Contains(page, note) {
			t.Errorf("what is missing is not said: %q", note)
		}
	}
	gap := s.get(org + "/gap?from=soc2-2017&to=iso27001-2022").Body
	for _, want := range []string{"By covers 38", "119 of 123", "own controls"} {
		if !strings.Contains(gap, want) {
			t.Errorf("the gap analysis does not say %q: %s", want, between(gap, `<div class="why small">`, "</div>"))
		}
	}
	if again := s.post(org+"/library/adopt", "whole", "yes"); !strings.Contains(s.get(again.To).Body, "130 adopted before") {
		t.Error("adopting twice does not say that nothing is new")
	}
}

// TestAPreviewSaysWhatAdoptingOpens: half a cover is worse than a tag, and the
// person hears it before and not after.
func TestAPreviewSaysWhatAdoptingOpens(t *testing.T) {
	s := newSite(t)
	s.meridian()
	org := "/o/" + demo.Slug
	if page := s.get(org + "/library/adopt?framework=iso27001-2022&n=34").Body; !strings.Contains(page, "Fewer requirements would be taken as met") || !strings.Contains(page, ", then ") {
		t.Error("the preview does not say that criteria would no longer be met by tags alone")
	}
	have := s.get(org + "/library/adopt?have=yes").Body
	if !strings.Contains(have, "Attach what you have") || !strings.Contains(have, "Adopt 106 controls") {
		t.Error("what the company has is not offered to be attached")
	}
}

// TestAFewAdoptedControlsHideNoCrosswalk: a framework that was read through another
// one still is, until its own controls close as much.
func TestAFewAdoptedControlsHideNoCrosswalk(t *testing.T) {
	s := newSite(t)
	s.meridian()
	page := "/o/" + demo.Slug + "/frameworks/iso27001-2022"
	for _, step := range []struct{ adopt, want string }{
		{"", "read through SOC 2"},
		{"AC-05", "read through SOC 2"},
		{"whole", "by the controls tagged to it"},
	} {
		switch step.adopt {
		case "":
		case "whole":
			s.expect(s.post("/o/"+demo.Slug+"/library/adopt", "whole", "yes", "status", "operated"), http.StatusSeeOther)
		default:
			s.expect(s.post("/o/"+demo.Slug+"/library/adopt", "entry", step.adopt), http.StatusSeeOther)
		}
		if body := s.get(page).Body; !strings.Contains(body, step.want) {
			t.Errorf("after adopting %q the page is not %q", step.adopt, step.want)
		}
	}
}

func TestAdoptingAsksWhereACodeIsTaken(t *testing.T) {
	s := newSite(t)
	s.fill() // its AC-04 is the company's own
	org := "/o/meridian-cloud"
	page := s.get(org + "/library/adopt?entry=AC-04,AC-05")
	if !strings.Contains(page.Body, "to decide") || !strings.Contains(page.Body, `name="as-AC-04"`) {
		t.Error("a code that is taken is not asked about")
	}
	wrong := s.post(org+"/library/adopt", "entry", "AC-04,AC-05", "as-AC-04", "AC-99", "as-AC-05", "ac-99")
	if wrong.Status != http.StatusUnprocessableEntity || !strings.Contains(wrong.Body, "Give them two codes") || !strings.Contains(wrong.Body, `value="AC-99"`) {
		t.Errorf("two controls under one code: status %d", wrong.Status)
	}
	a := s.post(org+"/library/adopt", "entry", "AC-04,AC-11", "as-AC-04", "L-AC-04")
	s.expect(a, http.StatusSeeOther)
	if list := s.get(org + "/library").Body; !strings.Contains(list, "as L-AC-04") {
		t.Error("the control is not kept under the code that was typed")
	}
	if c := s.get(org + "/control/L-AC-04").Body; !strings.Contains(c, "From the library") || !strings.Contains(c, "as in the library") {
		t.Error("the control does not say where it came from")
	}
	if bad := s.get(org + "/library/adopt?entry=XX-99"); bad.Status != http.StatusUnprocessableEntity {
		t.Errorf("an entry that is none: status %d", bad.Status)
	}
	if bad := s.get(org + "/library/XX-99"); bad.Status != http.StatusNotFound {
		t.Errorf("the page of an entry that is none: status %d", bad.Status)
	}
	if bad := s.post(org+"/library", "which", "ticked", "do", "operated"); bad.Status != http.StatusUnprocessableEntity {
		t.Errorf("declaring nothing: status %d", bad.Status)
	}
}

func TestAnEditedControlShowsItsDrift(t *testing.T) {
	s := newSite(t)
	s.meridian()
	org := "/o/" + demo.Slug
	s.expect(s.post(org+"/library/adopt", "entry", "AC-04"), http.StatusSeeOther)
	edit := s.get(org + "/control/AC-04/edit").Body
	s.expect(s.post(org+"/control/AC-04", "version", between(edit, `name="version" value="`, `"`), "code", "AC-04", "title", "Quarterly access review",
		"statement", "We review all accounts each month.", "status", "operated", "frequency", "monthly", "kind", "periodic"), http.StatusSeeOther)
	page := s.get(org + "/library/AC-04").Body
	for _, want := range []string{"edited here", `value="frequency"`, "<del>monthly</del>", "<ins>quarterly</ins>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the entry does not show %q", want)
		}
	}
	digest := between(page, `name="digest" value="`, `"`)
	s.expect(s.post(org+"/library/AC-04/update", "digest", digest, "field", "frequency", "field", "evidence"), http.StatusSeeOther)
	if page := s.get(org + "/library/AC-04").Body; strings.Contains(page, "<del>monthly</del>") || !strings.Contains(page, "edited here") {
		t.Error("taking over the frequency did not take it, or took the statement too")
	}
	if bad := s.post(org+"/library/AC-04/update", "digest", digest); bad.Status != http.StatusUnprocessableEntity {
		t.Errorf("taking over nothing: status %d", bad.Status)
	}
	if bad := s.post(org+"/library/AC-04/decline", "digest", "old"); bad.Status != http.StatusConflict {
		t.Errorf("declining words nobody saw: status %d", bad.Status)
	}
}
