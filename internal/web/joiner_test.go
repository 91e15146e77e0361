package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/people"
)

var joinerAddress = regexp.MustCompile(`href="/o/meridian-cloud(/joiner/[0-9a-f-]+)">Bob Builder`)

// hire lets Bob begin in a week and switches checklists on through the pages. It
// returns the address of his checklist, and his id.
func (s *site) hire() (run, bob string) {
	s.t.Helper()
	start := s.Now().AddDate(0, 0, 7).Format("2006-01-02")
	p, err := s.People.Add(s.t.Context(), s.admin(), people.Person{Name: "Bob Builder", Email: "bob@meridian.example", Title: "Engineer", StartOn: start}, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	today := s.Now().Format("2006-01-02")
	setting := []string{"begins", today, "background", today, "ahead", "30", "hours", "24"}
	a := s.post("/o/meridian-cloud/joiners/settings", append(setting, "do", "preview")...)
	if s.expect(a, http.StatusOK); !strings.Contains(a.Body, "1 person would get a checklist of joining, 0 one of leaving") {
		s.t.Errorf("the preview does not say what would happen: %s", between(a.Body, `class="note"`, "</div>"))
	}
	s.expect(s.post("/o/meridian-cloud/joiners/settings", setting...), http.StatusSeeOther)
	m := joinerAddress.FindStringSubmatch(s.get("/o/meridian-cloud/joiners").Body)
	if m == nil {
		s.t.Fatal("nobody is in the list")
	}
	return m[1], p.ID
}

// row returns the part of a checklist's page about one step, and the step's id.
func row(t *testing.T, page, title string) (id, html string) {
	t.Helper()
	for part := range strings.SplitSeq(page, `<li id="step-`) {
		if strings.Contains(part, title) {
			return part[:36], part
		}
	}
	t.Fatalf("the page has no step %q", title)
	return "", ""
}

func TestAManagerRunsAChecklist(t *testing.T) {
	s := newSite(t)
	s.fill()
	run, _ := s.hire()
	page := s.has(run, "Bob Builder joins", "Nobody is named for IT.", "nobody found", "Begun with 18 steps.")
	for title, words := range map[string]string{"Acknowledge the policies": "Closes by itself", "Complete background check": "No file is taken"} {
		if _, html := row(t, page, title); !strings.Contains(html, words) || strings.Contains(html, `value="done"`) {
			t.Errorf("%s: it can be ticked, or does not say %q", title, words)
		}
	}
	step, html := row(t, page, "Create the individual account")
	if !strings.Contains(html, `value="done"`) {
		t.Fatal("a manager cannot tick a step")
	}
	to := "/o/meridian-cloud" + run + "/step/" + step
	if a := s.file(to, nil, "state", "not_needed"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say why it is not needed.") {
		t.Errorf("not needed without a reason: %d", a.Status)
	}
	s.expect(s.file(to, []sent{{name: "request.txt", content: "Approved."}}, "state", "done", "note", "Approved by Ada."), http.StatusSeeOther)
	if _, html := row(t, s.has(run), "Create the individual account"); !strings.Contains(html, "Approved by Ada.") || !strings.Contains(html, "1 file") || !strings.Contains(html, "/evidence/") {
		t.Errorf("the ticked step says %s", html)
	}
	if a := s.file(to, nil, "state", "done"); a.Status != http.StatusConflict || !strings.Contains(a.Body, "Somebody said so already.") {
		t.Errorf("a step ticked twice: %d", a.Status)
	}
	s.expect(s.file(to, nil, "state", "open", "note", "By mistake."), http.StatusSeeOther)
	if a := s.post("/o/meridian-cloud"+run+"/background", "provider", "Verifix", "outcome", "clear"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "A person decides, not a score.") {
		t.Errorf("a check nobody decided: %d", a.Status)
	}
	today := s.Now().Format("2006-01-02")
	s.expect(s.post("/o/meridian-cloud"+run+"/background", "provider", "Verifix", "kinds", "identity", "completed_on", today, "outcome", "clear", "decided_by", "Head of People", "decided_on", today), http.StatusSeeOther)
	if _, html := row(t, s.has(run), "Complete background check"); !strings.Contains(html, "done") {
		t.Error("the decided check did not close its step")
	}
	if csv := s.has("/joiners/export?list=joining&from=2020-01-01&to=2099-01-01", "background check", "Bob Builder", "before the first day"); strings.Contains(csv, "<html") {
		t.Error("the export is a page")
	}
	s.expect(s.post("/o/meridian-cloud"+run+"/cancel", "reason", "He took another offer."), http.StatusSeeOther)
	s.has("/joiners?show=over", "Bob Builder", "cancelled")
}

func TestAnEmployeeDoesTheirOwnSteps(t *testing.T) {
	s := newSite(t)
	s.fill()
	run, bob := s.hire()
	admin := s.client
	s.client = s.member(access.Employee)
	account, err := s.Access.AccountByEmail(t.Context(), "employee@meridian.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.People.LinkAccount(t.Context(), s.admin(), bob, account.ID, s.Now()); err != nil {
		t.Fatal(err)
	}
	tasks := s.has("/tasks", "Install the password manager", "Declare conflicts of interest")
	id := between(tasks, `/o/meridian-cloud/tasks/`, `"`)
	a := s.get("/o/meridian-cloud/tasks/" + id)
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.To, "/o/meridian-cloud"+run+"?step=") {
		t.Fatalf("the task leads to %d %s", a.Status, a.To)
	}
	page := s.has(run, "Your first weeks", "Your steps", "Enrol the device")
	for _, not := range []string{"Create the individual account", "What happened", "Not needed", "background", "Cancel the checklist"} {
		if strings.Contains(page, not) {
			t.Errorf("the employee sees %q", not)
		}
	}
	step, _ := row(t, page, "Install the password manager")
	s.expect(s.post("/o/meridian-cloud"+run+"/step/"+step, "state", "done"), http.StatusSeeOther)
	if _, html := row(t, s.has(run), "Install the password manager"); !strings.Contains(html, "settled") {
		t.Errorf("the step is not shown as done: %s", html)
	}
	for _, closed := range []string{"/joiners", "/joiners/settings", "/joiners/export?list=leaving&from=2020-01-01&to=2099-01-01", run + "/background"} {
		if a := s.get("/o/meridian-cloud" + closed); a.Status != http.StatusForbidden {
			t.Errorf("%s is open to an employee: %d", closed, a.Status)
		}
	}
	s.client = admin
	other, _ := row(t, s.has(run), "Hand over and record the device")
	s.client = s.member(access.Contributor)
	if a := s.post("/o/meridian-cloud"+run+"/step/"+other, "state", "done"); a.Status != http.StatusNotFound {
		t.Errorf("somebody else ticked a step: %d", a.Status)
	}
}

func TestAStepIsChangedThroughThePages(t *testing.T) {
	s := newSite(t)
	s.fill()
	run, _ := s.hire()
	step := []string{"list", string(joiner.Joining), "title", "Welcome lunch", "doer", "manager", "days", "1"}
	if a := s.post("/o/meridian-cloud/joiners/steps/new", append(step, "from", "2020-01-01")...); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "never holds for days that are over") {
		t.Errorf("a change dated back: %d", a.Status)
	}
	s.expect(s.post("/o/meridian-cloud/joiners/steps/new", append(step, "running", "yes")...), http.StatusSeeOther)
	s.has("/joiners/steps", "Welcome lunch", "your own", "1 day after the first day")
	s.has(run, "Welcome lunch")
	s.expect(s.post("/o/meridian-cloud/joiners/steps/ON-26/retire", "from", ""), http.StatusSeeOther)
	if page := s.has("/joiners/steps", "Retired"); !strings.Contains(page[strings.Index(page, `id="retired"`):], "Add to emergency contacts") {
		t.Error("a retired step is not among the retired ones")
	}
	s.has(run, "Add to emergency contacts")
}
