package huntress

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/training/huntress/huntresstest"
)

var (
	now  = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	done = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
)

// account returns a small account, a client of it and their clock.
func account(t testing.TB) (*huntresstest.Server, *Client, *remotetest.Clock) {
	t.Helper()
	clock := remotetest.NewClock(now)
	s := &huntresstest.Server{Now: clock.Now, Type: "customer",
		Learners: []huntresstest.Learner{
			{ID: "l1", Email: "Ada@one.test", Name: "Ada"}, {ID: "l2", Email: "bo@one.test", Name: "Bo"},
			{ID: "l3", Email: "gone@one.test", Name: "Gone", Gone: true}, {ID: "l4", Email: "di@one.test", Name: "Di"},
		},
		Assignments: []huntresstest.Assignment{{ID: "a1", Title: "Awareness", Status: "in-progress"}, {ID: "a2", Title: "Phishing", Status: "completed"}, {ID: "a3", Title: "Other", Status: "draft"}},
		Enrolled:    map[string][]string{"a1": {"l1", "l2", "l3"}, "a2": {"l1"}, "a3": {"l4"}},
		Activities: []huntresstest.Activity{
			{ID: "1", Assignment: "a1", Learner: "l1"}, // the first try, not finished
			{ID: "2", Assignment: "a1", Learner: "l1", Completed: done},
			{ID: "3", Assignment: "a2", Learner: "l1", Completed: done.Add(time.Hour), Related: true},
			{ID: "4", Assignment: "a1", Learner: "l2"},
			{ID: "5", Assignment: "a1", Learner: "l3", Completed: done},
			{ID: "6", Assignment: "a3", Learner: "l4", Completed: done},
		}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, New(Config{HTTP: h.Client(), Clock: clock, Base: h.URL, ClientID: huntresstest.ClientID, Secret: huntresstest.Secret}), clock
}

func verdicts(r training.Report) map[string]training.EnrolmentState {
	out := map[string]training.EnrolmentState{}
	for _, l := range r.Learners {
		who := l.ID
		if len(l.Emails) > 0 {
			who = strings.ToLower(l.Emails[0])
		}
		out[who] = training.Judge(l.Rows, now).State
	}
	return out
}

func same(t *testing.T, got, want map[string]training.EnrolmentState) {
	t.Helper()
	for who, state := range want {
		if got[who] != state {
			t.Errorf("%s is %q, want %s", who, got[who], state)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

func TestSelectedAssignmentsDecide(t *testing.T) {
	s, c, _ := account(t)
	r, err := c.Report(t.Context(), []string{"a1", "a2"})
	if err != nil {
		t.Fatal(err)
	}
	same(t, verdicts(r), map[string]training.EnrolmentState{"ada@one.test": training.Completed, "bo@one.test": training.Enrolled, "di@one.test": training.NotEnrolled})
	if at := training.Judge(r.Learners[0].Rows, now).At; !at.Equal(done.Add(time.Hour)) {
		t.Errorf("Ada was through on %s", at)
	}
	for i, a := range s.Agents {
		if a != remote.Agent {
			t.Errorf("question %d came from %q", i, a)
		}
	}
	if s.Tokens != 1 {
		t.Errorf("%d tokens were made", s.Tokens)
	}
}

func TestRefusedLearnersLeaveEnrolmentUnknown(t *testing.T) {
	s, c, _ := account(t)
	s.NoLearners = true
	r, err := c.Report(t.Context(), []string{"a1"})
	if err != nil {
		t.Fatal(err)
	}
	// who is through is known by what the activity includes; of nobody else is said that they are enrolled in nothing
	same(t, verdicts(r), map[string]training.EnrolmentState{"ada@one.test": training.Completed, "bo@one.test": training.Enrolled})
	if len(r.Unreadable) != 1 || len(r.Notes) != 2 {
		t.Errorf("unreadable %v, notes %q", r.Unreadable, r.Notes)
	}
	r, err = c.Report(t.Context(), []string{"a1", "a2"})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdicts(r)["bo@one.test"]; got == training.Completed {
		t.Error("Bo may be enrolled in a2 and is taken as through")
	}
}

func TestTokenIsRenewed(t *testing.T) {
	s, c, clock := account(t)
	if _, err := c.Campaigns(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = clock.Sleep(t.Context(), 61*time.Minute)
	if _, err := c.Campaigns(t.Context()); err != nil || s.Tokens != 2 || s.Refused != 0 {
		t.Errorf("after an hour: %v, %d tokens, %d refusals", err, s.Tokens, s.Refused)
	}
	s.Revoke()
	if _, err := c.Campaigns(t.Context()); err != nil || s.Tokens != 3 {
		t.Errorf("taken back early: %v, %d tokens", err, s.Tokens)
	}
	s.TokenFor = 30 * time.Second
	s.Revoke()
	if _, err := c.Report(t.Context(), []string{"a1", "a2"}); err != nil {
		t.Errorf("with tokens of half a minute: %v", err)
	}
}

func TestWrongSecretIsSaidOnce(t *testing.T) {
	s, c, _ := account(t)
	c.c.Secret = "wrong"
	_, err := c.Tenant(t.Context())
	if err == nil || !strings.Contains(err.Error(), "does not accept the secret") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v", err)
	}
	if len(s.Agents) != 1 {
		t.Errorf("asked %d times with a secret that is refused", len(s.Agents))
	}
}

func TestPages(t *testing.T) {
	s, c, _ := account(t)
	for i := range 950 {
		s.Assignments = append(s.Assignments, huntresstest.Assignment{ID: fmt.Sprint("b", i), Title: "More", Status: "completed"})
	}
	list, err := c.Campaigns(t.Context())
	if err != nil || len(list) != 953 {
		t.Errorf("%d assignments, %v", len(list), err)
	}
	s.Assignments, s.Unpaged = s.Assignments[:3], true
	if list, err = c.Campaigns(t.Context()); err != nil || len(list) != 3 {
		t.Errorf("of a list without pages: %d assignments, %v", len(list), err)
	}
}

func TestProviderThatIsBusyIsAskedAgain(t *testing.T) {
	s, c, clock := account(t)
	s.Flood = 3
	if _, err := c.Tenant(t.Context()); err != nil {
		t.Fatal(err)
	}
	if clock.Slept() < 7*time.Second {
		t.Errorf("waited %s in all; 1, 2 and 4 seconds were due", clock.Slept())
	}
}

func TestCertificateComesWhenThereIsOne(t *testing.T) {
	s, c, _ := account(t)
	if b, err := c.Certificate(t.Context(), "a1", "l1"); err != nil || b != nil {
		t.Errorf("none there: %q, %v", b, err)
	}
	s.Certificate = []byte("%PDF-1.7 of the stand-in")
	if b, err := c.Certificate(t.Context(), "a1", "l1"); err != nil || string(b) != string(s.Certificate) {
		t.Errorf("got %q, %v", b, err)
	}
	s.Certificate = []byte("no PDF at all")
	if b, err := c.Certificate(t.Context(), "a1", "l1"); err != nil || b != nil {
		t.Errorf("what is no PDF came as %q, %v", b, err)
	}
}

func TestSandboxIsNamed(t *testing.T) {
	s, c, _ := account(t)
	s.Type = "sandbox"
	if a, err := c.Tenant(t.Context()); err != nil || a.Name != "One" || !strings.Contains(a.Warning, "sandbox") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFaultsLeaveNothingHalfRead(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		status     int
		code       problem.Code
		want       string
	}{
		{"truncated", `{"data":[{"type":"learners","id":`, 200, problem.Busy, "broke off"},
		{"a web page", `<html>`, 200, problem.Busy, "broke off"},
		{"500 for good", ``, 500, problem.Busy, "answered 500"},
		{"429 for good", ``, 429, problem.Busy, "answered 429"},
		{"a list", `[]`, 200, problem.Invalid, "not an object"},
		{"no data", `{"errors":[]}`, 200, problem.Invalid, "no data"},
		{"a row that is null", `{"data":[null]}`, 200, problem.Invalid, "row 1"},
		{"no id", `{"data":[{"type":"x"}]}`, 200, problem.Invalid, "row 1 has no id"},
		{"a date in words", `{"data":[{"type":"x","id":"9","attributes":{"learnerId":"l2","completedAt":"yes"}}]}`, 200, problem.Invalid, "yes"},
		{"a date that is true", `{"data":[{"type":"x","id":"9","attributes":{"learnerId":"l2","completedAt":true}}]}`, 200, problem.Invalid, "true is not a moment"},
		{"of nobody", `{"data":[{"type":"x","id":"9","attributes":{}}]}`, 200, problem.Invalid, "names no learner"},
		{"another page", `{"data":[],"meta":{"page":{"currentPage":3,"lastPage":3}}}`, 200, problem.Invalid, "sent page 3"},
		{"an empty page before the last", `{"data":[],"meta":{"page":{"lastPage":3}}}`, 200, problem.Invalid, "sent nothing"},
		{"pages that are text", `{"data":[],"meta":{"page":{"lastPage":"three"}}}`, 200, problem.Invalid, "lastPage is a string"},
		{"the same page again", `{"data":[{"type":"x","id":"9","attributes":{"learnerId":"l2"}}],"meta":{"page":{"lastPage":3}}}`, 200, problem.Invalid, "sent rows again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c, _ := account(t)
			s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/a1/learner-activity") {
					return false
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
				return true
			}
			r, err := c.Report(t.Context(), []string{"a1"})
			if err == nil {
				t.Fatal("it was taken for a report")
			}
			if p := problem.Of(err); p.Code != tt.code || !strings.Contains(p.Text, tt.want) || !strings.Contains(p.Text, "what learners did in assignment a1") {
				t.Errorf("got %s: %s", p.Code, p.Text)
			}
			if len(r.Learners) != 0 {
				t.Error("half a report came out")
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"type":"learner-activities","id":"1","attributes":{"learnerId":"l1","completedAt":"2026-04-02T15:02:38Z"},"relationships":{"learner":{"data":{"type":"learners","id":7}}}}],"included":[{"type":"learners","id":"7","attributes":{"email":"a@one.test"}}],"meta":{"page":{"currentPage":1,"lastPage":2}}}`,
		`{"data":{"type":"accounts","id":"1","attributes":{"name":"One"}}}`, `{"data":[]}`, `{"data":null}`, `[]`, `{"data":[{"id":{}}]}`, `{"access_token":"x","expires_in":3600}`,
		`{"data":[{"type":"c","id":"1","attributes":{"pdf":"JVBERi0xLjcK"}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if d, err := decode(body); err == nil {
			for _, r := range d.Data {
				if r.ID == "" {
					t.Error("a row without an id")
				}
				if a, err := attributes[activityData](r); err == nil {
					learnerOf(r, a)
				}
				_, _ = attributes[learnerData](r)
				_, _ = attributes[assignmentData](r)
			}
		}
		if tok, err := decodeToken(body); err == nil && tok.AccessToken == "" {
			t.Error("an empty token")
		}
		if pdf := certificate(body); pdf != nil && !isPDF(pdf) {
			t.Error("a certificate that is no PDF")
		}
	})
}
