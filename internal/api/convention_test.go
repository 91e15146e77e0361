package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/problem"
)

func TestAListIsReadPageByPage(t *testing.T) {
	s := newSite(t)
	for i := range 7 {
		_, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: fmt.Sprintf("C-%d", i*3+1), Title: "x"}, s.now)
		s.must(err)
	}
	var got []string
	path := "/controls?limit=3"
	for pages := 0; path != ""; pages++ {
		var l List[Control]
		s.get(path).want(200).into(&l)
		if l.Total < 7 || pages > 3 {
			t.Fatalf("page %d: %+v", pages, l)
		}
		for _, c := range l.Items {
			got = append(got, c.Code)
		}
		if pages == 0 { // something before the cursor and something after it appear meanwhile
			for _, code := range []string{"A-1", "C-11"} {
				_, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: code, Title: "x"}, s.now)
				s.must(err)
			}
		}
		if path = ""; l.Next != "" {
			path = "/controls?limit=3&cursor=" + l.Next
		}
	}
	if want := []string{"C-1", "C-4", "C-7", "C-10", "C-11", "C-13", "C-16", "C-19"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q: nothing twice, nothing left out", got, want)
	}
	var l List[Control]
	s.get("/controls?limit=1").into(&l)
	for _, bad := range []string{"/controls?limit=0", "/controls?limit=201", "/controls?limit=x", "/controls?cursor=zzz", "/controls?text=a&cursor=" + l.Next, "/people?cursor=" + l.Next} {
		if p := s.get(bad).want(422).problem(); p.Code != problem.Invalid || len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "query.") {
			t.Errorf("%s: %+v", bad, p)
		}
	}
	s.get("/edges?from=soc2-2017&to=iso27001-2022&limit=200").want(200)
}

func TestAChangeNamesWhatItWasMadeOn(t *testing.T) {
	s := newSite(t)
	made := s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC 1/2", Title: "One"}}).want(201)
	if made.header.Get("Location") != "/api/v1/o/meridian/controls/AC%201%2F2" {
		t.Errorf("location %q", made.header.Get("Location"))
	}
	path := strings.TrimPrefix(made.header.Get("Location"), "/api/v1/o/meridian")
	read := s.get(path).want(200)
	etag := read.header.Get("ETag")
	if etag == "" || etag != made.header.Get("ETag") {
		t.Fatalf("tags %q and %q", etag, made.header.Get("ETag"))
	}
	put := func(tag string) reply {
		c := call{method: "PUT", path: path, body: ControlText{Code: "AC 1/2", Title: "One", Domain: "access"}}
		if tag != "" {
			c.header = map[string]string{"If-Match": tag}
		}
		return s.call(c)
	}
	if p := put("").want(428).problem(); p.Code != preconditionRequired {
		t.Errorf("%+v", p)
	}
	if p := put(`"another"`).want(412).problem(); p.Code != stale {
		t.Errorf("%+v", p)
	}
	after := put(`"x", W/` + etag).want(200)
	if after.header.Get("ETag") == etag {
		t.Error("the tag stayed although the control changed")
	}
	put(etag).want(412)
	r := s.call(call{method: "GET", path: path, header: map[string]string{"If-None-Match": after.header.Get("ETag")}})
	if r.status != 304 || r.body != "" {
		t.Errorf("a reader who has it already: %d %q", r.status, r.body)
	}
	for _, p := range []string{"/stack", "/frameworks/soc2-2017", "/frameworks/iso27001-2022/requirements/A.7.4/scope", "/people/" + s.ann.ID, path + "/links"} {
		if s.get(p).want(200).header.Get("ETag") == "" {
			t.Errorf("%s has no tag", p)
		}
	}
}

func TestNewTextWaitsAndIsApprovedByAnother(t *testing.T) {
	s := newSite(t)
	mia := s.newToken(s.member(access.Manager, "Mia"), access.Grantable(access.Manager), s.now.Add(time.Hour))
	s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC-1", Title: "One", Statement: "Yearly."}}).want(201)
	var c Control
	s.call(call{method: "PUT", path: "/controls/ac-1", header: map[string]string{"If-Match": "*"}, body: ControlText{Code: "AC-1", Title: "One", Statement: "Quarterly.", Status: "operated"}}).want(200).into(&c)
	if c.Statement != "Yearly." || c.Status != "operated" || c.Pending == nil || c.Pending.Statement != "Quarterly." {
		t.Fatalf("%+v", c)
	}
	approve := fmt.Sprintf("/controls/AC-1/versions/%d/approve", c.Pending.Number)
	s.call(call{method: "POST", path: approve}).want(403)
	c = Control{}
	s.call(call{method: "POST", path: approve, token: mia}).want(200).into(&c)
	if c.Statement != "Quarterly." || c.Pending != nil {
		t.Errorf("%+v", c)
	}
	var l List[Version]
	s.get("/controls/AC-1/versions").want(200).into(&l)
	if l.Total != 3 || l.Items[0].Number != 3 || l.Items[0].Approval != "approved" || l.Items[2].Approval != "not_needed" {
		t.Errorf("%+v", l)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	s := newSite(t)
	s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC-1", Title: "One"}}).want(201)
	for what, k := range map[string]struct {
		call
		status   int
		code     problem.Code
		location string
	}{
		"an unknown property":         {call{method: "POST", path: "/controls", body: `{"code":"X","title":"y","colour":"red"}`}, 422, problem.Invalid, "body.colour"},
		"an unknown parameter":        {call{method: "GET", path: "/controls?colour=red"}, 422, problem.Invalid, "query.colour"},
		"a property that is missing":  {call{method: "POST", path: "/controls", body: `{"code":"X"}`}, 422, problem.Invalid, "body"},
		"a text that is too long":     {call{method: "POST", path: "/controls", body: ControlText{Code: strings.Repeat("x", 100), Title: "y"}}, 422, problem.Invalid, "body.code"},
		"a value that is not listed":  {call{method: "POST", path: "/controls", body: `{"code":"X","title":"y","status":"done"}`}, 422, problem.Invalid, "body.status"},
		"a store's own objection":     {call{method: "POST", path: "/people", body: PersonText{Name: "x", Email: "no address"}}, 422, problem.Invalid, "body.email"},
		"not JSON":                    {call{method: "POST", path: "/controls", body: `{"code":`}, 400, problem.Invalid, ""},
		"no body":                     {call{method: "POST", path: "/controls", body: ""}, 400, problem.Invalid, ""},
		"another type":                {call{method: "POST", path: "/controls", body: "code=X", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, problem.Invalid, ""},
		"too much":                    {call{method: "POST", path: "/controls", body: `{"code":"X","title":"` + strings.Repeat("y", 2<<20) + `"}`}, 413, problem.Invalid, ""},
		"too much with a key":         {call{method: "POST", path: "/controls", header: map[string]string{"Idempotency-Key": "a"}, body: `{"code":"X","title":"` + strings.Repeat("y", 2<<20) + `"}`}, 413, problem.Invalid, ""},
		"a last day that is missing":  {call{method: "POST", path: "/people/" + s.ann.ID + "/end", body: Day{}}, 422, problem.Invalid, "body.day"},
		"a return without a day":      {call{method: "POST", path: "/people/" + s.ann.ID + "/return", body: Day{}}, 422, problem.Invalid, "body.day"},
		"an entry that does not ship": {call{method: "POST", path: "/library/adopt", body: Adoption{Entries: []string{"NONE"}}}, 422, problem.Invalid, "body.entries"},
		"a code in use":               {call{method: "POST", path: "/controls", body: ControlText{Code: "ac-1", Title: "x"}}, 409, problem.Conflict, "body.code"},
		"no such control":             {call{method: "GET", path: "/controls/NONE"}, 404, problem.NotFound, ""},
		"no such framework":           {call{method: "GET", path: "/frameworks/soc9"}, 404, problem.NotFound, "path.framework"},
		"no such requirement":         {call{method: "GET", path: "/frameworks/soc2-2017/requirements/ZZ9"}, 404, problem.NotFound, ""},
		"no such operation":           {call{method: "GET", path: "/nothing"}, 404, problem.NotFound, ""},
		"a method that is not taken":  {call{method: "DELETE", path: "/controls/AC-1"}, 405, methodNotAllowed, ""},
		"an import without a file":    {call{method: "POST", path: "/imports", body: `{}`}, 422, problem.Invalid, ""},
		"a file that is no inventory": {call{method: "POST", path: "/imports", body: &upload{"x.xlsx", "not a workbook"}}, 422, problem.Invalid, ""},
		"one framework twice":         {call{method: "GET", path: "/gap?from=soc2-2017&to=soc2-2017"}, 422, problem.Invalid, ""},
		"half a question":             {call{method: "GET", path: "/gap?from=soc2-2017"}, 422, problem.Invalid, "query.to"},
		"a mandatory clause":          {call{method: "PUT", path: "/frameworks/iso27001-2022/requirements/4.1/scope", header: map[string]string{"If-Match": "*"}, body: Scope{Reason: "No."}}, 422, problem.Invalid, ""},
		"a set that is not there":     {call{method: "PUT", path: "/stack", header: map[string]string{"If-Match": "*"}, body: StackChange{Sets: []string{"none"}}}, 422, problem.Invalid, ""},
		"a cookie":                    {call{method: "GET", path: "/controls", token: "-", header: map[string]string{"Cookie": "toucan_session=" + s.token}}, 401, unauthenticated, ""},
		"basic authentication":        {call{method: "GET", path: "/controls", token: "-", header: map[string]string{"Authorization": "Basic " + s.token}}, 401, unauthenticated, ""},
		"a key with a blank":          {call{method: "POST", path: "/controls", header: map[string]string{"Idempotency-Key": "a b"}, body: ControlText{Code: "Z", Title: "z"}}, 422, problem.Invalid, "header.Idempotency-Key"},
	} {
		t.Run(what, func(t *testing.T) {
			r := s.call(k.call)
			p := r.problem()
			if r.status != k.status || p.Code != k.code {
				t.Errorf("%d %s, want %d %s: %s", r.status, p.Code, k.status, k.code, r.body)
			}
			if k.location != "" && !slices.ContainsFunc(p.Errors, func(e FieldError) bool { return e.Location == k.location && e.Detail != "" }) {
				t.Errorf("nothing is said of %s: %s", k.location, r.body)
			}
			if r.status == 401 && r.header.Get("WWW-Authenticate") == "" || r.status == 405 && r.header.Get("Allow") != "GET, PUT" {
				t.Errorf("headers %v", r.header)
			}
			if strings.Contains(r.body, s.token) || strings.Contains(r.body, "sql") {
				t.Errorf("it tells too much: %s", r.body)
			}
		})
	}
}

func TestOurOwnFaultsTellNothing(t *testing.T) {
	d, err := db.Open(t.Context(), db.Config{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := newSiteOn(t, d)
	s.must(d.Close())
	p := s.get("/controls").want(500).problem()
	if p.Code != problem.Internal || strings.Contains(p.Detail, "closed") || strings.Contains(p.Detail, "database") {
		t.Errorf("%+v", p)
	}
	s.Access = nil // a fault in the program
	if p := s.get("/controls").want(500).problem(); p.Code != problem.Internal {
		t.Errorf("%+v", p)
	}
}

// TestARequestWithAKeyIsCarriedOutOnce on both engines.
func TestARequestWithAKeyIsCarriedOutOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d)
		send := func(key, code, token string) reply {
			return s.call(call{method: "POST", path: "/controls", token: token, header: map[string]string{"Idempotency-Key": key}, body: ControlText{Code: code, Title: "One"}})
		}
		count := func() int {
			all, err := s.Controls.List(t.Context(), s.boss, control.Filter{})
			s.must(err)
			return len(all)
		}
		first := send("k1", "AC-1", "").want(201)
		again := send("k1", "AC-1", "").want(201)
		if first.body != again.body || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" ||
			again.header.Get("ETag") != first.header.Get("ETag") || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Content-Type") != "application/json" {
			t.Errorf("first %v %s\nagain %v %s", first.header, first.body, again.header, again.body)
		}
		if p := send("k1", "AC-2", "").want(422).problem(); p.Code != keyReused {
			t.Errorf("%+v", p)
		}
		send("k2", "AC-1", "").want(409) // refused: the code is in use
		send("k2", "AC-2", "").want(201) // so the key is free for the corrected request
		mia := s.newToken(s.member(access.Manager, "Mia"), access.Grantable(access.Manager), s.now.Add(48*time.Hour))
		send("k1", "AC-3", mia).want(201) // a key belongs to an account
		s.now = s.now.Add(24*time.Hour - time.Second)
		s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(48*time.Hour))
		send("k1", "AC-1", "").want(201)
		s.now = s.now.Add(time.Second) // a day later the key is free again
		send("k1", "AC-4", "").want(201)
		if n := count(); n != 4 {
			t.Errorf("%d controls, want 4", n)
		}

		var wg sync.WaitGroup
		statuses := make([]int, 10)
		for i := range statuses {
			wg.Go(func() { statuses[i] = send("k5", "AC-5", "").status })
		}
		wg.Wait()
		for _, st := range statuses {
			if st != 201 && st != 409 {
				t.Errorf("statuses of ten at once: %v", statuses)
			}
		}
		if !slices.Contains(statuses, 201) || count() != 5 {
			t.Errorf("statuses of ten at once: %v, %d controls", statuses, count())
		}
		send("k5", "AC-5", "").want(201)
		s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
	})
}

func TestACrashLosesTheAnswerAndNeverDoublesTheChange(t *testing.T) {
	s := newSite(t)
	body := ControlText{Code: "AC-1", Title: "One"}
	c := call{method: "POST", path: "/controls", header: map[string]string{"Idempotency-Key": "k"}, body: body}
	first := s.call(c).want(201)
	s.must(s.DB.Note(t.Context(), s.boss.Org(), db.People, func(ctx context.Context, tx *db.Tx) error { // as if the answer had never been stored
		_, err := tx.Exec(ctx, `UPDATE idempotency SET status = 0, header = 'null', response = '' WHERE org = $1`, s.boss.Org())
		return err
	}))
	r := s.call(c).want(409)
	if p := r.problem(); p.Code != keyInUse || r.header.Get("Retry-After") == "" {
		t.Errorf("%+v", p)
	}
	if s.get("/controls/AC-1").want(200).header.Get("ETag") != first.header.Get("ETag") {
		t.Error("the control changed")
	}
}

func TestAnImportIsTriedAndThenDone(t *testing.T) {
	s := newSite(t)
	c := call{method: "POST", path: "/imports?dry_run=true", body: &upload{"controls.csv", inventoryText}, header: map[string]string{"Idempotency-Key": "dry"}}
	var dry, done ImportResult
	s.call(c).want(200).into(&dry)
	if !dry.DryRun || !slices.Equal(dry.Created, []string{"AC-01", "AC-02"}) || dry.Owners != 1 || dry.HeaderRow != 1 || len(dry.Columns) != 5 {
		t.Errorf("%+v", dry)
	}
	var l List[Control]
	if s.get("/controls").into(&l); l.Total != 0 {
		t.Errorf("a dry run entered %d controls", l.Total)
	}
	c.path, c.header = "/imports", map[string]string{"Idempotency-Key": "real"}
	s.call(c).want(200).into(&done)
	if done.DryRun || len(done.Created) != 2 || done.Links != 3 {
		t.Errorf("%+v", done)
	}
	again := s.call(c).want(200) // another boundary, the same form
	if again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the same form under the same key was carried out again")
	}
	var runs List[Import]
	if s.get("/imports").into(&runs); runs.Total != 1 || runs.Items[0].File != "controls.csv" {
		t.Errorf("%+v", runs)
	}
	var q List[Requirement]
	s.get("/frameworks/iso27001-2022/requirements?via=soc2-2017&coverage=partial&limit=200").want(200).into(&q)
	if q.Total == 0 || q.Items[0].Why == "" || q.Items[0].Coverage != "partial" {
		t.Errorf("%+v", q)
	}
	var d RequirementDetail
	s.get("/frameworks/iso27001-2022/requirements/" + q.Items[0].ID + "?via=soc2-2017").want(200).into(&d)
	if d.Answer == nil || d.Answer.Why != q.Items[0].Why || !d.Excludable && d.Kind != "requirement" {
		t.Errorf("%+v", d)
	}
}

func TestARelationIsToldInSentences(t *testing.T) {
	s := newSite(t)
	var r Relation
	s.get("/relation?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.8.22").want(200).into(&r)
	if len(r.Paths) == 0 || !strings.Contains(r.Paths[0].Sentence, "CC6.1") || len(r.Paths[0].Rows) == 0 || len(r.Relations) == 0 {
		t.Errorf("%+v", r)
	}
	var l List[Edge]
	s.get("/edges?from=soc2-2017&to=iso27001-2022&source=CC6.1&in_stack=true&limit=200").want(200).into(&l)
	if l.Total == 0 {
		t.Fatal("no rows")
	}
	for _, e := range l.Items {
		if !e.InStack || e.Source.ID != "CC6.1" && e.Target.ID != "CC6.1" {
			t.Errorf("%+v passed the filter", e)
		}
	}
	var sets List[Set]
	s.get("/sets?limit=200").want(200).into(&sets)
	if sets.Total != len(crosswalk.Shipped().Sets) {
		t.Errorf("%d sets", sets.Total)
	}
	all := 0
	for next := ""; ; { // every row once, whatever the page
		var page List[Edge]
		s.get("/edges?from=soc2-2017&to=iso27001-2022&limit=200&cursor=" + next).want(200).into(&page)
		all += len(page.Items)
		if next = page.Next; next == "" {
			if all != page.Total {
				t.Errorf("%d rows on the pages, %d in all", all, page.Total)
			}
			break
		}
	}
}

func TestTheDescriptionNeedsNoToken(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]string{
		"/api": "<h1>Toucan API", "/api/page.css": "color-scheme", "/api/openapi.json": `"openapi": "3.1.0"`, "/api/openapi.yaml": "openapi: 3.1.0",
	} {
		r := s.call(call{method: "GET", path: path, token: "-"}).want(200)
		if !strings.Contains(r.body, want) {
			t.Errorf("%s: %.200s", path, r.body)
		}
		if strings.Contains(r.body, "<script") || strings.Contains(r.body, "style=") {
			t.Errorf("%s brings script or style along", path)
		}
	}
	page := s.call(call{method: "GET", path: "/api", token: "-"}).body
	for _, o := range operations() {
		if !strings.Contains(page, fmt.Sprintf(`id=%q`, o.ID)) {
			t.Errorf("the page does not show %s", o.ID)
		}
	}
	for _, k := range kinds {
		if !strings.Contains(page, fmt.Sprintf(`id="problem-%s"`, k.Code)) {
			t.Errorf("the page does not explain %s", k.Code)
		}
	}
	if got := s.call(call{method: http.MethodOptions, path: "/controls", token: "-", header: map[string]string{"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}}); got.header.Get("Access-Control-Allow-Origin") != "" || got.status != 405 {
		t.Errorf("another origin is let in: %d %v", got.status, got.header)
	}
}

// TestOfTwoWhoReadTheSameOneGetsThrough: the check of If-Match holds for the
// transaction of the change, whatever else is written meanwhile.
func TestOfTwoWhoReadTheSameOneGetsThrough(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d)
		s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC-1", Title: "One"}}).want(201)
		s.keepsRegisters()
		for path, body := range map[string]func(i int) any{
			"/systems/" + s.codes["systems"]: func(i int) any {
				return SystemText{Name: fmt.Sprint("Platform ", i), Kind: "production", Criticality: "low"}
			},
			"/risks/" + s.codes["risks"]: func(i int) any {
				return RiskText{Title: fmt.Sprint("Backups ", i), Event: "They fail.", Category: "continuity", Affects: []string{"availability"}}
			},
			"/findings/" + s.codes["finding"]: func(i int) any { return FindingText{Title: fmt.Sprint("A review ", i), Statement: "It was late."} },
			"/actions/" + s.codes["action"]:   func(i int) any { return ActionChange{ActionPlan: ActionPlan{Title: fmt.Sprint("Tidy ", i)}} },
			"/people/" + s.ann.ID:             func(i int) any { return PersonText{Name: fmt.Sprint("Ann ", i)} },
			"/controls/AC-1/links": func(i int) any {
				return Links{Links: []Link{{Framework: "soc2-2017", Requirement: "CC6.1", Rationale: fmt.Sprint("Why ", i)}}}
			},
			"/controls/AC-1": func(i int) any { return ControlText{Code: "AC-1", Title: "One", Domain: fmt.Sprint("domain ", i)} },
			"/frameworks/iso27001-2022/requirements/A.7.4/scope": func(i int) any { return Scope{Reason: fmt.Sprint("Why ", i)} },
		} {
			etag := s.get(path).want(200).header.Get("ETag")
			statuses := make([]int, 8)
			var wg sync.WaitGroup
			for i := range statuses {
				wg.Go(func() {
					statuses[i] = s.call(call{method: "PUT", path: path, header: map[string]string{"If-Match": etag}, body: body(i)}).status
				})
				wg.Go(func() { // noise of others
					_, err := s.Controls.Create(context.Background(), s.boss, control.Control{Code: fmt.Sprint("N-", fingerprint([]byte(path))[:6], i), Title: "x"}, s.now)
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			through := 0
			for _, st := range statuses {
				switch st {
				case 200:
					through++
				case 412:
				default:
					t.Errorf("%s: statuses %v", path, statuses)
				}
			}
			if through != 1 {
				t.Errorf("%s: %d of 8 got through, want 1: %v", path, through, statuses)
			}
		}
	})
}
