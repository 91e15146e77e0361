package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/training/huntress/huntresstest"
	"github.com/toucan-grc/toucan/internal/training/knowbe4/knowbe4test"
	"github.com/toucan-grc/toucan/internal/training/provider"
)

// tenant is a stand-in of KnowBe4 that a house is connected to.
type tenant struct {
	*knowbe4test.Server
	clock *remotetest.Clock
	id    string // of the connection
}

// at is the clock as the store reads it.
func (x tenant) at() time.Time { return x.clock.Now() }

// connect gives "one" three people, a tenant of KnowBe4 with a campaign, and
// security training through it.
func (h *house) connect(t testing.TB) tenant {
	t.Helper()
	admin := h.actors[access.Administrator]
	x := tenant{clock: remotetest.NewClock(now.AddDate(0, 0, 10))}
	h.staff(t, "ann", "2026-03-01", now)
	h.staff(t, "bob", "2026-03-01", now)
	h.staff(t, "cem", "2026-03-01", now)
	done := now.AddDate(0, 0, 5)
	x.Server = &knowbe4test.Server{Now: x.clock.Now, Level: "Diamond",
		Users:     []knowbe4test.User{{ID: 1, Email: "Ann@one.test", Name: "Ann"}, {ID: 2, Email: "bob@one.test", Name: "Bob"}, {ID: 4, Email: "guest@else.test", Name: "Guest"}},
		Campaigns: []knowbe4test.Campaign{{ID: 10, Name: "Awareness", Status: "In Progress", Modules: []string{"Basics", "Phishing"}, Nested: true}},
		Enrolments: []knowbe4test.Enrolment{
			{ID: 1, Campaign: 10, User: 1, Module: "Basics", Status: "Passed", Completed: done}, {ID: 2, Campaign: 10, User: 1, Module: "Phishing", Status: "Passed", Completed: done},
			{ID: 3, Campaign: 10, User: 2, Module: "Basics", Status: "In Progress"}, {ID: 4, Campaign: 10, User: 4, Module: "Basics", Status: "Passed", Completed: done},
		}}
	web := httptest.NewServer(x.Server)
	t.Cleanup(web.Close)
	h.dial = provider.Dial(provider.Config{HTTP: web.Client(), Clock: x.clock, Base: web.URL})
	c, shown, err := h.connections.Connect(t.Context(), admin, training.NewConnection{Kind: training.KnowBe4, Name: "Ours", Region: "eu", Secret: knowbe4test.Token}, now)
	if must(t, err); shown != "" {
		t.Error("a secret somebody typed is shown again")
	}
	x.id = c.ID
	must(t, h.connections.Select(t.Context(), admin, c.ID, training.Security, []training.Choice{{ID: "10", Title: "Awareness"}}, now))
	h.through(t, c.ID)
	return x
}

// through makes a connection the way security training is completed.
func (h *house) through(t testing.TB, connection string) {
	t.Helper()
	must(t, h.training.Change(t.Context(), h.actors[access.Administrator], training.Setting{Track: training.Security, Method: training.Connected, Provider: connection,
		Renewal: training.Renewal{Kind: training.AfterAYear}, DueDays: 30}, 0, now.Add(time.Minute)))
}

// standing is how everybody of "one" stands with security training, by name.
func (h *house) awareness(t testing.TB, at time.Time) map[string]people.State {
	t.Helper()
	out := map[string]people.State{}
	org := h.actors[access.Administrator].Org()
	must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		roster, err := people.ReadRoster(t.Context(), tx, org)
		if err != nil {
			return err
		}
		list, err := h.training.Standings(t.Context(), tx, org, roster, at)
		for _, s := range list {
			if p, ok := roster.Person(s.Person); ok && s.Check == people.SecurityCheck {
				out[p.Name] = s.State
			}
		}
		return err
	}))
	return out
}

func (h *house) sync(t testing.TB, x tenant) training.Run {
	t.Helper()
	r, err := h.connections.Sync(t.Context(), h.actors[access.Administrator].Org(), x.id, "", x.at)
	must(t, err)
	return r
}

func TestASyncAsksAboutWhoHasNotCompleted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.connect(t)
		admin := h.actors[access.Administrator]
		r := h.sync(t, x)
		if r.Fault != "" || r.Asked != 3 || r.Heard != 3 || r.Completed != 1 || r.Mismatched != 2 || r.NotEnrolled != 0 {
			t.Fatalf("the first sync: %+v", r)
		}
		if got := h.awareness(t, x.at()); got["ann"] != people.Done || got["bob"] != people.Due || got["cem"] == people.Done {
			t.Errorf("they stand %v", got)
		}
		troubles, err := h.connections.Troubles(t.Context(), admin, x.id)
		must(t, err)
		var kinds []training.TroubleKind
		for _, tr := range troubles {
			kinds = append(kinds, tr.Kind)
		}
		if !slices.Equal(kinds, []training.TroubleKind{training.NoAccount, training.UnknownHere}) {
			t.Errorf("troubles %+v", troubles)
		}
		// what the provider says of Ann later changes nothing
		x.Enrolments[0].Status, x.Enrolments[0].Completed = "Not Started", time.Time{}
		if r = h.sync(t, x); r.Asked != 2 || r.Completed != 0 || h.awareness(t, x.at())["ann"] != people.Done {
			t.Errorf("the second sync: %+v", r)
		}
		c, used, err := h.connections.Find(t.Context(), admin, x.id, x.at())
		must(t, err)
		if !slices.Equal(used, []training.Track{training.Security}) || c.Last.ID != r.ID || c.Usage.Calls != len(x.Paths) {
			t.Errorf("the connection is %+v; %d questions were asked", c, len(x.Paths))
		}
		if x.Refused != 0 {
			t.Errorf("the limits refused %d questions", x.Refused)
		}
	})
}

func TestAResetIsFollowedBySomethingNewer(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.connect(t)
		admin := h.actors[access.Administrator]
		h.sync(t, x)
		must(t, x.clock.Sleep(t.Context(), time.Hour))
		_, err := h.training.Reset(t.Context(), admin, training.Asking{Track: training.Security, All: true, Reason: "A new course."}, x.at())
		must(t, err)
		if r := h.sync(t, x); r.Completed != 0 || h.awareness(t, x.at())["ann"] == people.Done {
			t.Errorf("what was completed before the reset counts again: %+v", r)
		}
		must(t, x.clock.Sleep(t.Context(), 48*time.Hour))
		x.Enrolments[1].Completed = x.at().Add(-time.Hour)
		if r := h.sync(t, x); r.Completed != 1 || h.awareness(t, x.at())["ann"] != people.Done {
			t.Errorf("what was completed after it does not count: %+v", r)
		}
	})
}

func TestAProviderThatFailsMakesNobodyGreen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.connect(t)
		for name, fault := range map[string]func(w http.ResponseWriter, r *http.Request) bool{
			"500": func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusInternalServerError)
				return true
			},
			"429": func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			},
			"401":       func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusUnauthorized); return true },
			"truncated": func(w http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(w, `[{"enrollment_id":1,`); return true },
			"wrong types": func(w http.ResponseWriter, _ *http.Request) bool {
				fmt.Fprint(w, `[{"enrollment_id":{},"user":7}]`)
				return true
			},
		} {
			x.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				return strings.HasSuffix(r.URL.Path, "enrollments") && r.FormValue("page") == "2" && fault(w, r)
			}
			if r := h.sync(t, x); r.Fault == "" || r.Completed+r.Changed != 0 {
				t.Errorf("%s: %+v", name, r)
			}
			if got := h.awareness(t, x.at()); got["ann"] == people.Done {
				t.Errorf("%s: they stand %v", name, got)
			}
		}
		x.Fault = nil
		if r := h.sync(t, x); r.Fault != "" || r.Completed != 1 {
			t.Errorf("once it recovered: %+v", r)
		}
		x.Campaigns = nil // deleted there
		if r := h.sync(t, x); !strings.Contains(r.Fault, "“Awareness” is selected and is not there any more") || r.Changed != 0 {
			t.Errorf("without the campaign: %+v", r)
		}
	})
}

func TestNobodyLeftMeansNoQuestion(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.connect(t)
		for _, name := range []string{"bob", "cem"} {
			x.Users = append(x.Users, knowbe4test.User{ID: 20 + len(x.Users), Email: name + "@one.test"})
			x.Enrolments = append(x.Enrolments, knowbe4test.Enrolment{ID: 20 + len(x.Users), Campaign: 10, User: 19 + len(x.Users), Module: "Basics", Status: "Passed", Completed: now.AddDate(0, 0, 6)})
		}
		x.Users, x.Enrolments[2].User = slices.Delete(x.Users, 1, 2), 4
		h.sync(t, x)
		asked := len(x.Paths)
		if r := h.sync(t, x); len(x.Paths) != asked || r.Asked != 0 || r.Fault != "" || r.Note == "" {
			t.Errorf("nobody is left (%v), and the provider was asked %d times: %+v", h.awareness(t, x.at()), len(x.Paths)-asked, r)
		}
	})
}

func TestHuntressBringsCertificates(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := h.actors[access.Administrator]
		ann := h.staff(t, "ann", "2026-03-01", now)
		clock := remotetest.NewClock(now.AddDate(0, 0, 10))
		s := &huntresstest.Server{Now: clock.Now, Type: "customer", Certificate: []byte("%PDF-1.7 certificate of the stand-in"), Learners: []huntresstest.Learner{{ID: "l1", Email: "ann@one.test"}},
			Assignments: []huntresstest.Assignment{{ID: "a1", Title: "Awareness", Status: "in-progress"}}, Enrolled: map[string][]string{"a1": {"l1"}},
			Activities: []huntresstest.Activity{{ID: "1", Assignment: "a1", Learner: "l1", Completed: now.AddDate(0, 0, 5)}}}
		web := httptest.NewServer(s)
		t.Cleanup(web.Close)
		h.dial = provider.Dial(provider.Config{HTTP: web.Client(), Clock: clock, Base: web.URL})
		c, _, err := h.connections.Connect(t.Context(), admin, training.NewConnection{Kind: training.Huntress, Client: huntresstest.ClientID, Secret: huntresstest.Secret}, now)
		must(t, err)
		must(t, h.connections.Select(t.Context(), admin, c.ID, training.Security, []training.Choice{{ID: "a1", Title: "Awareness"}}, now))
		h.through(t, c.ID)
		r, err := h.connections.Sync(t.Context(), admin.Org(), c.ID, "", clock.Now)
		if must(t, err); r.Completed != 1 || r.Fault != "" {
			t.Fatalf("the sync: %+v", r)
		}
		got, err := h.training.HistoryOf(t.Context(), admin, ann.ID, clock.Now())
		must(t, err)
		list := fmt.Sprintf("%+v", got)
		if !strings.Contains(list, "Evidence:") || strings.Contains(list, `Evidence: Code`) {
			t.Errorf("the completion has no evidence: %s", list)
		}
	})
}

func TestAConnectionKeepsItsSecretToItself(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.connect(t)
		admin := h.actors[access.Administrator]
		var sealed string
		must(t, h.d.Read(t.Context(), admin.Org(), func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT secret FROM training_connection WHERE org = $1`, admin.Org()).Scan(&sealed)
		}))
		if sealed == "" || strings.Contains(sealed, knowbe4test.Token) {
			t.Errorf("the secret is kept as %q", sealed)
		}
		if _, _, err := h.connections.Find(t.Context(), h.other, x.id, now); problem.Of(err).Code != problem.NotFound {
			t.Errorf("another organisation finds it: %v", err)
		}
		if _, err := h.connections.Sync(t.Context(), h.other.Org(), x.id, "", x.at); problem.Of(err).Code != problem.NotFound {
			t.Errorf("another organisation syncs it: %v", err)
		}
		if err := h.connections.Disconnect(t.Context(), admin, x.id, x.at()); problem.Of(err).Code != problem.Conflict {
			t.Errorf("it is removed while security training rests on it: %v", err)
		}
		must(t, h.training.Change(t.Context(), admin, training.Setting{Track: training.Security, Method: training.Embedded, Renewal: training.Renewal{Kind: training.AfterAYear}, DueDays: 30}, 0, now.Add(time.Hour)))
		must(t, h.connections.Disconnect(t.Context(), admin, x.id, now.Add(2*time.Hour)))
		must(t, h.d.Read(t.Context(), admin.Org(), func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT secret FROM training_connection WHERE org = $1`, admin.Org()).Scan(&sealed)
		}))
		if sealed != "" {
			t.Error("its secret outlives it")
		}
		kinds := h.kinds(t, admin.Org(), 0)
		for _, want := range []string{"training.connection", "training.campaigns"} {
			if !slices.Contains(kinds, want) {
				t.Errorf("the log has no %s", want)
			}
		}
	})
}

func TestARoundQueuesOneSyncADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		x := h.connect(t)
		org := h.actors[access.Administrator].Org()
		queued := func() int {
			n := 0
			list, err := h.runner.List(t.Context(), org, "", 0, 50)
			must(t, err)
			for _, j := range list {
				if j.Kind == (training.SyncWork{}).Kind() {
					n++
				}
			}
			return n
		}
		must(t, h.connections.Round(t.Context(), org, x.at()))
		must(t, h.connections.Round(t.Context(), org, x.at()))
		if n := queued(); n != 1 {
			t.Errorf("%d syncs are queued", n)
		}
		h.sync(t, x)
		must(t, h.connections.Round(t.Context(), org, x.at().Add(time.Hour)))
		if n := queued(); n != 1 {
			t.Errorf("an hour after a sync %d are queued", n)
		}
	})
}

// signed is a message as a sender would sign it.
func signed(t testing.TB, secret, id, body string, at time.Time) training.Message {
	t.Helper()
	s, err := notify.Sign(secret, id, at, []byte(body))
	must(t, err)
	return training.Message{ID: id, Timestamp: strconv.FormatInt(at.Unix(), 10), Signature: s, Body: []byte(body)}
}

func TestASignedMessageIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		admin := h.actors[access.Administrator]
		h.staff(t, "ann", "2026-03-01", now)
		at := now.AddDate(0, 0, 10)
		c, secret, err := h.connections.Connect(t.Context(), admin, training.NewConnection{Kind: training.Webhook, Name: "Our LMS"}, now)
		must(t, err)
		must(t, h.connections.Select(t.Context(), admin, c.ID, training.Security, []training.Choice{{ID: "Awareness 2026", Title: "Awareness 2026"}}, now))
		h.through(t, c.ID)
		body := fmt.Sprintf(`{"records":[{"email":"ANN@one.test","course":"awareness  2026","completed_at":%q,"score":90},{"email":"ann@one.test","course":"Fire safety","completed_at":%q},{"email":"who@else.test","course":"Awareness 2026","completed_at":%q}]}`,
			at.Format(time.RFC3339), at.Format(time.RFC3339), at.Format(time.RFC3339))
		good := signed(t, secret, "msg-1", body, at)
		receive := func(slug string, m training.Message, at time.Time) (training.Received, error) {
			return h.connections.Receive(t.Context(), slug, m, at)
		}
		forged := good
		forged.Body = []byte(strings.Replace(body, "Fire safety", "Awareness 2026", 1))
		other := good
		other.ID = "msg-2"
		for name, try := range map[string]func() error{
			"forged body":     func() error { _, err := receive("one", forged, at); return err },
			"another id":      func() error { _, err := receive("one", other, at); return err },
			"too late":        func() error { _, err := receive("one", good, at.Add(6*time.Minute)); return err },
			"from the future": func() error { _, err := receive("one", good, at.Add(-6*time.Minute)); return err },
			"unsigned": func() error {
				_, err := receive("one", training.Message{ID: "x", Timestamp: good.Timestamp, Body: good.Body}, at)
				return err
			},
			"elsewhere": func() error { _, err := receive("two", good, at); return err },
			"nowhere":   func() error { _, err := receive("no-such", good, at); return err },
		} {
			if err := try(); problem.Of(err).Code != problem.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		got, err := receive("one", good, at)
		if must(t, err); got.Completed != 1 || len(got.Faults) != 2 || got.Repeated {
			t.Errorf("the message: %+v", got)
		}
		if got, err = receive("one", good, at.Add(time.Minute)); err != nil || !got.Repeated || got.Completed != 0 {
			t.Errorf("the same again: %+v, %v", got, err)
		}
		if got, err = receive("one", signed(t, secret, "msg-3", body, at), at); err != nil || got.Completed != 0 || got.Ignored != 1 {
			t.Errorf("the same in a new message: %+v, %v", got, err)
		}
		fresh, err := h.connections.Reopen(t.Context(), admin, c.ID, "", "", at)
		must(t, err)
		if _, err = receive("one", signed(t, secret, "msg-4", body, at), at); problem.Of(err).Code != problem.Forbidden {
			t.Errorf("the old secret still opens: %v", err)
		}
		if _, err = receive("one", signed(t, fresh, "msg-5", body, at), at); err != nil {
			t.Errorf("the new secret does not open: %v", err)
		}
		troubles, err := h.connections.Troubles(t.Context(), admin, c.ID)
		if must(t, err); len(troubles) < 2 {
			t.Errorf("troubles %+v", troubles)
		}
	})
}

func TestAFileOfCompletionsIsEnteredOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		manager := h.actors[access.Manager]
		h.staff(t, "ann", "2026-03-01", now)
		h.staff(t, "bob", "2026-03-01", now)
		at := now.AddDate(0, 0, 10)
		file := []byte("email,course,completed_at\nann@one.test,Awareness,2026-03-05\nbob@one.test,Awareness,soon\nwho@else.test,Awareness,2026-03-05\n")
		b, err := h.connections.Preview(t.Context(), manager, training.Security, "done.csv", file, at)
		must(t, err)
		if len(b.New) != 1 || b.New[0].Name != "ann" || len(b.Faults) != 2 || b.Faults[0].Row != 3 || b.Faults[1].Row != 4 {
			t.Errorf("the preview: %+v", b)
		}
		if h.awareness(t, at)["ann"] == people.Done {
			t.Error("a preview changed something")
		}
		_, r, err := h.connections.Import(t.Context(), manager, training.Security, "done.csv", file, at)
		must(t, err)
		if r.Completed != 1 || h.awareness(t, at)["ann"] != people.Done || h.awareness(t, at)["bob"] == people.Done {
			t.Errorf("the import: %+v", r)
		}
		if _, r, err = h.connections.Import(t.Context(), manager, training.Security, "done.csv", file, at.Add(time.Hour)); err != nil || r.Completed+r.Changed != 0 {
			t.Errorf("the same again: %+v, %v", r, err)
		}
	})
}

// BenchmarkSync syncs 10,000 people with 10,000 enrolments from a provider that
// answers at once: own time only, the waiting for the limits is on a clock that
// does not wait.
func BenchmarkSync(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			const n = 10_000
			h := newHouse(b, open(b))
			x := h.connect(b)
			list := "name,email,start date\n"
			x.Users, x.Enrolments = nil, nil
			for i := range n {
				email := fmt.Sprintf("p%d@one.test", i)
				list += fmt.Sprintf("Person %d,%s,2026-03-01\n", i, email)
				x.Users = append(x.Users, knowbe4test.User{ID: i + 1, Email: email})
				x.Enrolments = append(x.Enrolments, knowbe4test.Enrolment{ID: i + 1, Campaign: 10, User: i + 1, Module: "Basics", Status: "Passed", Completed: now.AddDate(0, 0, 5)})
			}
			sheet, err := people.ReadSheet("people.csv", []byte(list))
			must(b, err)
			_, err = h.people.Import(b.Context(), h.actors[access.Administrator], sheet, people.List{Source: people.HR}, now)
			must(b, err)
			for b.Loop() {
				if r := h.sync(b, x); r.Completed != n || x.Refused != 0 {
					b.Fatalf("%+v, %d questions refused", r, x.Refused)
				}
				b.StopTimer()
				must(b, x.clock.Sleep(b.Context(), time.Hour))
				_, err := h.training.Reset(b.Context(), h.actors[access.Administrator], training.Asking{Track: training.Security, All: true, Reason: "Again."}, x.at())
				must(b, err)
				must(b, x.clock.Sleep(b.Context(), time.Hour))
				for i := range x.Enrolments {
					x.Enrolments[i].Completed = x.at()
				}
				b.StartTimer()
			}
			b.ReportMetric(x.clock.Slept().Seconds(), "waited-s")
		})
	}
}
