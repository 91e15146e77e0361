package knowbe4

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/training/knowbe4/knowbe4test"
)

var (
	now  = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	done = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
)

// tenant returns a small tenant, a client of it and their clock.
func tenant(t testing.TB) (*knowbe4test.Server, *Client, *remotetest.Clock) {
	t.Helper()
	clock := remotetest.NewClock(now)
	s := &knowbe4test.Server{Now: clock.Now, Level: "Diamond",
		Users: []knowbe4test.User{
			{ID: 1, Email: "Ada@one.test", Aliases: []string{"a.l@one.test"}, Number: 17, Name: "Ada"},
			{ID: 2, Email: "bo@one.test", Number: "00018", Name: "Bo"},
			{ID: 3, Email: "gone@one.test", Name: "Gone", Archived: true},
			{ID: 4, Email: "di@one.test", Name: "Di"},
		},
		Campaigns: []knowbe4test.Campaign{
			{ID: 10, Name: "Awareness 2026", Status: "In Progress", Modules: []string{"Basics", "Phishing"}, Nested: true},
			{ID: 11, Name: "Fire safety", Status: "In Progress", Modules: []string{"Fire"}, Older: true},
		},
		Enrolments: []knowbe4test.Enrolment{
			{ID: 100, Campaign: 10, User: 1, Module: "Basics", Status: "Passed", Completed: done},
			{ID: 101, Campaign: 10, User: 1, Module: "Phishing", Status: "Passed", Completed: done.Add(time.Hour)},
			{ID: 102, Campaign: 10, User: 2, Module: "Basics", Status: "Passed", Completed: done},
			{ID: 103, Campaign: 10, User: 2, Module: "Phishing", Status: "In Progress"},
			{ID: 104, Campaign: 10, User: 3, Module: "Basics", Status: "Passed", Completed: done},
			{ID: 105, Campaign: 11, User: 4, Module: "Fire", Status: "Passed", Completed: done},
		}}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, New(Config{HTTP: h.Client(), Clock: clock, Base: h.URL, Token: knowbe4test.Token}), clock
}

// verdicts are the states of the learners by their first address.
func verdicts(r training.Report) map[string]training.EnrolmentState {
	out := map[string]training.EnrolmentState{}
	for _, l := range r.Learners {
		out[strings.ToLower(l.Emails[0])] = training.Judge(l.Rows, now).State
	}
	return out
}

func TestSelectedCampaignsDecide(t *testing.T) {
	s, c, _ := tenant(t)
	r, err := c.Report(t.Context(), []string{"10"})
	if err != nil {
		t.Fatal(err)
	}
	got := verdicts(r)
	want := map[string]training.EnrolmentState{"ada@one.test": training.Completed, "bo@one.test": training.Enrolled, "di@one.test": training.NotEnrolled}
	for who, state := range want {
		if got[who] != state {
			t.Errorf("%s is %s, want %s", who, got[who], state)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the archived user is in %v", got)
	}
	ada := r.Learners[0]
	if e := training.Judge(ada.Rows, now); !e.At.Equal(done.Add(time.Hour)) || !slices.Equal(ada.Emails, []string{"Ada@one.test", "a.l@one.test"}) || ada.Number != "17" {
		t.Errorf("Ada: %+v, %+v", e, ada)
	}
	if r.Learners[1].Number != "00018" {
		t.Errorf("a number in text became %q", r.Learners[1].Number)
	}
	for i, a := range s.Agents {
		if a != remote.Agent {
			t.Errorf("question %d came from %q", i, a)
		}
	}
}

func TestCampaignsBeyondTenAreListed(t *testing.T) {
	s, c, _ := tenant(t)
	for i := range 1200 {
		s.Campaigns = append(s.Campaigns, knowbe4test.Campaign{ID: 1000 + i, Name: fmt.Sprint("More ", i), Status: "Closed", Modules: []string{"M"}})
	}
	list, err := c.Campaigns(t.Context())
	if err != nil || len(list) != 1202 {
		t.Fatalf("%d campaigns, %v", len(list), err)
	}
	if len(s.Paths) != 4 {
		t.Errorf("asked %d times; three pages of 500 and the empty one are four", len(s.Paths))
	}
	if list[0].Modules != 2 || list[1].Modules != 1 {
		t.Errorf("modules of the nested and of the older form: %d, %d", list[0].Modules, list[1].Modules)
	}
	if list[0].Warning != "" || !strings.Contains(list[2].Warning, "over") {
		t.Errorf("warnings %q, %q", list[0].Warning, list[2].Warning)
	}
}

func TestLimitsAreObeyed(t *testing.T) {
	s, c, clock := tenant(t)
	for range 60 {
		if _, err := c.Tenant(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s.Refused != 0 {
		t.Errorf("the limits refused %d questions", s.Refused)
	}
	if clock.Slept() < time.Minute {
		t.Errorf("60 questions took %s of the provider's time; only 50 fit into a minute", clock.Slept())
	}
}

func TestTheDayIsRememberedOverSyncs(t *testing.T) {
	clock := remotetest.NewClock(now)
	used := remote.Usage{Since: now.Add(-23 * time.Hour), Calls: 2000}
	_, err := New(Config{HTTP: http.DefaultClient, Clock: clock, Base: "http://127.0.0.1:1", Usage: used}).Tenant(t.Context())
	if err == nil || !strings.Contains(err.Error(), "26 November 2026, 10:00 UTC") {
		t.Errorf("got %v", err)
	}
}

func TestStatusWords(t *testing.T) {
	for _, tt := range []struct {
		word      string
		completed time.Time
		want      training.EnrolmentState
	}{
		{"Passed", done, training.Completed},
		{"passed ", done, training.Completed},
		{"Completed", done, training.Completed},
		{"Passed", time.Time{}, training.Unknown},
		{"Past Due", done, training.Completed},
		{"In Progress", time.Time{}, training.Enrolled},
		{"Not Started", time.Time{}, training.Enrolled},
		{"Past Due", time.Time{}, training.Enrolled},
		{"Failed", done, training.Enrolled},
		{"Exempted", time.Time{}, training.Exempted},
		{"Waived", done, training.Unknown},
		{"", done, training.Unknown},
	} {
		e := enrolment{ID: "1", Status: tt.word, CompletedAt: remote.Moment{Time: tt.completed}}
		if got := training.Judge([]training.Row{rowOf(e, campaign{ID: "10"})}, now); got.State != tt.want {
			t.Errorf("%q completed %v is %s, want %s", tt.word, tt.completed, got.State, tt.want)
		}
	}
}

func TestMultipleEnrolmentsCountTheLatest(t *testing.T) {
	s, c, _ := tenant(t)
	s.Campaigns[0].Multiple = true
	s.Enrolments = append(s.Enrolments, knowbe4test.Enrolment{ID: 106, Campaign: 10, User: 1, Module: "Basics", Status: "Not Started", Enrolled: now})
	r, err := c.Report(t.Context(), []string{"10"})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdicts(r)["ada@one.test"]; got != training.Enrolled {
		t.Errorf("enrolled anew, Ada is %s", got)
	}
}

// TestFaultsLeaveNothingHalfRead lets the provider go wrong in every way on the
// second page of the enrolments.
func TestFaultsLeaveNothingHalfRead(t *testing.T) {
	say := func(status int, text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); fmt.Fprint(w, text) }
	}
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		code   problem.Code
		want   string
	}{
		{"truncated", say(200, `[{"enrollment_id":1,"user":{"id":`), problem.Busy, "broke off"},
		{"cut off on the line", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `[{"enrollment_id":1}`)
		}, problem.Busy, "broke off"},
		{"a web page", say(200, `<html>maintenance</html>`), problem.Busy, "broke off"},
		{"500 for good", say(500, `oops`), problem.Busy, "answered 500"},
		{"429 for good", say(429, ``), problem.Busy, "answered 429"},
		{"401", say(401, ``), problem.Invalid, "does not accept the secret"},
		{"403", say(403, ``), problem.Invalid, "does not let"},
		{"404", say(404, ``), problem.Invalid, "does not know"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.test/", http.StatusFound)
		}, problem.Invalid, "redirect"},
		{"an object", say(200, `{"error":"x"}`), problem.Invalid, "not a list"},
		{"null", say(200, `null`), problem.Invalid, "not a list"},
		{"a row that is null", say(200, `[null]`), problem.Invalid, "row 1 is not an object"},
		{"a status that is a number", say(200, `[{"enrollment_id":1,"user":{"id":1},"status":7}]`), problem.Invalid, "its status is a number"},
		{"a date in words", say(200, `[{"enrollment_id":1,"user":{"id":1},"completion_date":"soon"}]`), problem.Invalid, "soon"},
		{"an id that is a list", say(200, `[{"enrollment_id":[1],"user":{"id":1}}]`), problem.Invalid, "neither a whole number nor text"},
		{"no user", say(200, `[{"enrollment_id":1}]`), problem.Invalid, "has no user"},
		{"the first page again", nil, problem.Invalid, "sent rows again"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, c, _ := tenant(t)
			c.ask.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // as the guard's client
			s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/v1/training/enrollments" || r.FormValue("page") != "2" {
					return false
				}
				if tt.answer == nil {
					q := r.URL.Query()
					q.Set("page", "1")
					r.URL.RawQuery, r.Form = q.Encode(), nil
					return false
				}
				tt.answer(w, r)
				return true
			}
			r, err := c.Report(t.Context(), []string{"10"})
			if err == nil {
				t.Fatal("it was taken for a report")
			}
			if p := problem.Of(err); p.Code != tt.code || !strings.Contains(p.Text, tt.want) || !strings.Contains(p.Text, "page 2 of the enrolments of campaign 10") {
				t.Errorf("got %s: %s", p.Code, p.Text)
			}
			if len(r.Learners) != 0 || strings.Contains(err.Error(), knowbe4test.Token) {
				t.Error("half a report, or the token, came out")
			}
		})
	}
}

func TestProviderThatRecoversIsAskedAgain(t *testing.T) {
	s, c, clock := tenant(t)
	broken := 0
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if broken++; broken > 3 {
			return false
		}
		if broken == 1 {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	if _, err := c.Report(t.Context(), []string{"10"}); err != nil {
		t.Fatal(err)
	}
	if clock.Slept() < 30*time.Second {
		t.Errorf("waited %s, though it was asked for 30 seconds", clock.Slept())
	}
}

func TestPagesOutOfOrderAndOverlappingMakeTheSameReport(t *testing.T) {
	s, c, _ := tenant(t)
	want, err := c.Report(t.Context(), []string{"10"})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(s.Enrolments)
	slices.Reverse(s.Users)
	s.Enrolments = append(s.Enrolments, s.Enrolments...) // each twice
	got, err := c.Report(t.Context(), []string{"10"})
	if err != nil {
		t.Fatal(err)
	}
	for who, state := range verdicts(want) {
		if verdicts(got)[who] != state {
			t.Errorf("%s became %s", who, verdicts(got)[who])
		}
	}
}

func TestCampaignThatWasDeletedIsAbsent(t *testing.T) {
	_, c, _ := tenant(t)
	r, err := c.Report(t.Context(), []string{"10", "99"})
	if err != nil || len(r.Campaigns) != 1 || r.Campaigns[0].ID != "10" {
		t.Errorf("%+v, %v", r.Campaigns, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`[{"enrollment_id":1425526,"content_type":"Uploaded Policy","module_name":"Acceptable Use Policy","user":{"id":796742,"first_name":"Sarah","last_name":"Thomas","email":"s_thomas@kb4-demo.com","employee_number":123456},"campaign_name":"New Employee Policies","campaign_id":4261,"enrollment_date":"2019-04-02T15:02:38.000Z","completion_date":"2019-04-02T15:02:38.000Z","status":"Passed","time_spent":2340,"policy_acknowledged":false}]`,
		`[{"campaign_id":4261,"content":[[{"name":"A"}],{"name":"B"}],"modules":[]}]`, `[]`, `null`, `[null]`, `[{"id":"7","aliases":null}]`, `[{`, `{"name":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if list, err := decodeEnrolments(body); err == nil {
			for _, e := range list {
				if r := rowOf(e, campaign{ID: "10"}); training.Judge([]training.Row{r}, now).State == training.Completed && e.CompletedAt.IsZero() {
					t.Errorf("a pass without a date: %+v", e)
				}
			}
		}
		if list, err := decodeCampaigns(body); err == nil {
			for _, c := range list {
				courseOf(c)
			}
		}
		_, _ = decodeUsers(body)
		_, _ = decodeAccount(body)
	})
}
