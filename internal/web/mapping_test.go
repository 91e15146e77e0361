package web

import (
	"net/http"
	"strings"
	"testing"
)

const mappingAt = "/o/meridian-cloud"

// TestTheCrosswalkIsReviewedLineByLine begins a review, answers its lines and closes it.
func TestTheCrosswalkIsReviewedLineByLine(t *testing.T) {
	s := newSite(t)
	s.fill()
	reviews := mappingAt + "/crosswalk/reviews"
	a := s.post(reviews, "a", "soc2-2017", "b", "iso27001-2022")
	if a.Status != http.StatusSeeOther {
		t.Fatalf("beginning a review answers %d", a.Status)
	}
	at := strings.SplitN(a.Header.Get("Location"), "?", 2)[0]
	page := s.get(at).Body
	item := between(page, `name="item" value="`, `"`)
	if item == "" || !strings.Contains(page, "Every row is looked at once a year.") {
		t.Fatal("the review names no line")
	}
	if a := s.post(at+"/answer", "item", item, "answer", "challenge", "note", ""); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a challenge without a reason answers %d", a.Status)
	}
	if said := s.flash(s.post(at+"/answer", "one", item, "show", "waiting")); !strings.Contains(said, "1 line: still true.") {
		t.Errorf("one line: %q", said)
	}
	if a := s.post(at+"/close", "words", ""); a.Status != http.StatusConflict {
		t.Errorf("closing with open lines answers %d", a.Status)
	}
	if page := s.get(at + "?show=true").Body; !strings.Contains(page, "Still true") || !strings.Contains(page, item) {
		t.Error("the answer is not listed")
	}
}

// TestOwnersAnswerOnCards asks an owner, who says no and is asked for the reason.
func TestOwnersAnswerOnCards(t *testing.T) {
	s := newSite(t)
	s.fill()
	me := s.somebody("Ines Okafor")
	if err := s.People.LinkAccount(t.Context(), s.admin(), me.ID, s.admin().Account(), s.Now()); err != nil {
		t.Fatal(err)
	}
	c, err := s.Controls.Find(t.Context(), s.admin(), "AC-04")
	if err != nil {
		t.Fatal(err)
	}
	c.Owner = me.ID
	if _, err := s.Controls.Edit(t.Context(), s.admin(), c, s.Now()); err != nil {
		t.Fatal(err)
	}
	confirmations, mine := mappingAt+"/confirmations", mappingAt+"/confirmations/mine"
	if page := s.get(confirmations).Body; !strings.Contains(page, "author&#39;s word") {
		t.Error("a crosswalk nobody confirmed is not called so")
	}
	if a := s.post(confirmations, "control", c.ID, "due", "2020-01-01"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "has passed") {
		t.Errorf("a day that has passed answers %d", a.Status)
	}
	if said := s.flash(s.post(confirmations, "control", c.ID, "due", "2030-01-01")); !strings.Contains(said, "1 person was asked about 1 control") {
		t.Errorf("asked: %q", said)
	}
	page := s.get(mine).Body
	ask, version := between(page, `name="ask" value="`, `"`), between(page, `name="version" value="`, `"`)
	if a := s.post(mine, "ask", ask, "version", version, "reply", "no", "reason", " "); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say what really happens.") {
		t.Errorf("a no without a reason answers %d", a.Status)
	}
	if said := s.flash(s.post(mine, "ask", ask, "version", version, "reply", "no", "reason", "We stopped in May.")); !strings.Contains(said, "A finding is opened") {
		t.Errorf("a no: %q", said)
	}
	for _, path := range []string{confirmations + "?show=contradicted", mappingAt + "/control/AC-04"} {
		if page := s.get(path).Body; !strings.Contains(page, "We stopped in May.") {
			t.Errorf("%s does not say so", path)
		}
	}
}

// TestAGapAnalysisIsLedThrough opens one, completes a step and takes its report.
func TestAGapAnalysisIsLedThrough(t *testing.T) {
	s := newSite(t)
	s.fill()
	list := mappingAt + "/gap/analyses"
	if a := s.post(list, "name", "", "from", "soc2-2017", "to", "iso27001-2022"); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("an analysis without a name answers %d", a.Status)
	}
	at := s.post(list, "name", "First <b>certification", "from", "soc2-2017", "to", "iso27001-2022").Header.Get("Location")
	for _, step := range []string{"1", "2", "3", "4", "5"} {
		if a := s.get(at + "/steps/" + step); a.Status != http.StatusOK || !strings.Contains(a.Body, "As it stands today") {
			t.Errorf("step %s answers %d", step, a.Status)
		}
	}
	if a := s.post(at+"/steps/1", "do", "done", "note", ""); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a step without a decision answers %d", a.Status)
	}
	s.post(at+"/steps/1", "do", "done", "note", "Three are on paper only.")
	if a := s.get(at + "/report"); !strings.Contains(a.Body, "Three are on paper only.") || strings.Contains(a.Body, "<b>certification") {
		t.Error("the report does not hold what was kept, or holds markup somebody typed")
	}
	if a := s.get(at + "/report?format=pdf"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "%PDF") {
		t.Errorf("the PDF answers %d", a.Status)
	}
	if a := s.get(at + "/report?format=xlsx"); a.Status != http.StatusOK || !strings.HasPrefix(a.Body, "PK") {
		t.Errorf("the workbook answers %d", a.Status)
	}
	owner := s.somebody("Tomas Lind")
	if a := s.post(at+"/work", "requirement", "4.3", "owner", owner.ID, "due", ""); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("work without a day answers %d", a.Status)
	}
	if said := s.flash(s.post(at+"/work", "requirement", "4.3", "owner", owner.ID, "due", "2030-01-01")); !strings.Contains(said, "1 action is in the backlog.") {
		t.Errorf("handed out: %q", said)
	}
}
