package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

func TestResultsArePushedAndRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d)
		day := s.now.Add(-24 * time.Hour)
		report := func(subject, state string, hour int) Report {
			return Report{Test: "idp.mfa-enforced", Subject: subject, State: state, At: day.Add(time.Duration(hour) * time.Hour), ValidForMinutes: 90}
		}
		batch := Reports{[]Report{report("ann", "pass", 0), report("ann", "pass", 1), report("ann", "fail", 2), report("bob", "pass", 22), report("bob", "pass", 23)}}
		var first, again Pushed
		s.call(call{method: "POST", path: "/results", body: batch}).want(200).into(&first)
		s.call(call{method: "POST", path: "/results", body: batch}).want(200).into(&again)
		if first.Batch == "" || first.Reports != 5 || again.Batch != "" || again.Unchanged != 2 || again.Transitions != 0 {
			t.Errorf("first %+v, again %+v", first, again)
		}
		var page Results
		s.get("/results?limit=1").want(200).into(&page)
		if len(page.Items) != 1 || page.Items[0].Subject != "ann" || page.Items[0].State != "stale" || page.Next == "" {
			t.Fatalf("%+v", page)
		}
		next := page.Next
		page = Results{}
		s.get("/results?limit=1&cursor=" + next).want(200).into(&page)
		if len(page.Items) != 1 || page.Items[0].Subject != "bob" || page.Items[0].State != "pass" || page.Next != "" {
			t.Errorf("%+v", page)
		}
		s.get("/results?test=other.test&cursor=" + next).want(422)
		var line Timeline
		s.get(fmt.Sprintf("/results/timeline?test=idp.mfa-enforced&subject=ann&from=%s&to=%s", day.Format(time.RFC3339), s.now.Format(time.RFC3339))).want(200).into(&line)
		var states []string
		for _, i := range line.Items {
			states = append(states, i.State)
		}
		if strings.Join(states, " ") != "pass fail stale" || !line.Items[2].To.Equal(s.now) {
			t.Errorf("%+v", line)
		}
		s.get("/results/timeline?test=x&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z").want(422)
		s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
	})
}

func TestAWrongResultNamesItsRowAndNothingIsTaken(t *testing.T) {
	s := newSite(t)
	good := Report{Test: "a.b", Subject: "x", State: "pass", At: s.now, ValidForMinutes: 60}
	for location, change := range map[string]func(r *Report){
		"state":             func(r *Report) { r.State = "broken" },
		"test":              func(r *Report) { r.Test = "A B" },
		"valid_for_minutes": func(r *Report) { r.ValidForMinutes = 0 },
		"until":             func(r *Report) { r.Until = s.now.Add(time.Hour) },
		"at":                func(r *Report) { r.At = s.now.Add(time.Hour) },
	} {
		bad := good
		change(&bad)
		p := s.call(call{method: "POST", path: "/results", body: Reports{[]Report{good, good, bad}}}).want(422).problem()
		if len(p.Errors) != 1 || p.Errors[0].Location != "body.results[2]."+location || !strings.Contains(p.Detail, "3") {
			t.Errorf("%s: %+v", location, p)
		}
	}
	many := make([]Report, 1001)
	for i := range many {
		many[i] = good
	}
	s.call(call{method: "POST", path: "/results", body: Reports{many}}).want(422)
	s.call(call{method: "POST", path: "/results", body: Reports{many[:1000]}}).want(200)
	var page Results
	if s.get("/results").into(&page); len(page.Items) != 1 {
		t.Errorf("%+v", page)
	}
}
