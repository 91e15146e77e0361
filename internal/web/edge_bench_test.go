package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/framework"
)

// BenchmarkConfirmedEdge decides about a row in an organisation of 10,000
// controls, one of 50, and opens a page that shows coverage: the requirement, or
// the whole gap analysis. The time runs from before the decision is written until
// the page is drawn; the bar is 100 ms. Each round is another row of the
// consensus, which is outside the stack, confirmed or withdrawn. With -short
// there are five organisations.
func BenchmarkConfirmedEdge(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkConfirmedEdge(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkConfirmedEdge(b, dbtest.Postgres(b)) })
}

func benchmarkConfirmedEdge(b *testing.B, d *db.DB) {
	s, slugs := largeSite(b, d)
	account, err := s.Access.AccountByEmail(b.Context(), "ada@meridian.example")
	if err != nil {
		b.Fatal(err)
	}
	who, err := s.Access.Enter(b.Context(), account, slugs[0])
	if err != nil {
		b.Fatal(err)
	}
	home, err := http.NewRequest(http.MethodGet, s.url, nil)
	if err != nil {
		b.Fatal(err)
	}
	handler, cookies := s.Handler(), s.client.Jar.Cookies(home.URL)
	get := func(path string) {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		if w.Code != http.StatusOK {
			b.Fatalf("%s: status %d", path, w.Code)
		}
	}
	for _, slug := range slugs {
		get(orgPath(slug, "frameworks", "iso27001-2022", "A.8.22"))
	}
	set, _ := s.Library.Set("soc2-iso27001-consensus")
	round := 0
	decide := func() framework.Ref {
		e := set.Edges[round/2%len(set.Edges)]
		kind := []crosswalk.DecisionKind{crosswalk.Confirm, crosswalk.Retract}[round%2]
		round++
		if _, err := s.Crosswalk.Decide(b.Context(), who, crosswalk.Decision{Set: set.ID, Source: e.Source, Target: e.Target, Kind: kind}, s.Now()); err != nil {
			b.Fatal(err)
		}
		return e.Target
	}
	var one, whole []time.Duration
	for b.Loop() {
		began := time.Now()
		target := decide()
		get(orgPath(slugs[0], "frameworks", target.Framework, target.ID) + "?via=soc2-2017")
		one = append(one, time.Since(began))
		began = time.Now()
		decide()
		get(orgPath(slugs[0], "gap") + "?from=soc2-2017&to=iso27001-2022")
		whole = append(whole, time.Since(began))
	}
	for name, took := range map[string][]time.Duration{"requirement": one, "gap": whole} {
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2].Seconds()*1000, name+"-p50-ms")
		b.ReportMetric(took[len(took)*99/100].Seconds()*1000, name+"-p99-ms")
	}
}

// largeSite is a server with an organisation of 10,000 controls and 49 of 200.
func largeSite(b *testing.B, d *db.DB) (*site, []string) {
	organisations := 50
	if testing.Short() {
		organisations = 5
	}
	s := newSiteOn(b, d)
	s.settle()
	account, err := s.Access.AccountByEmail(b.Context(), "ada@meridian.example")
	if err != nil {
		b.Fatal(err)
	}
	slugs := []string{"meridian-cloud"}
	for i := 1; i < organisations; i++ {
		o, err := s.Access.CreateOrganisation(b.Context(), account, fmt.Sprintf("Company %d", i), "", s.Now())
		if err != nil {
			b.Fatal(err)
		}
		slugs = append(slugs, o.Slug)
	}
	seedControls(b, s, account, slugs[0], 10_000)
	for _, slug := range slugs[1:] {
		seedControls(b, s, account, slug, 200)
	}
	return s, slugs
}

// BenchmarkRowsPages opens the list of rows, narrowed in turn by every choice it
// offers, and the page of one pair after another, with every set in the stack and
// a hundred decisions. The bar is 50 ms for 99 of 100 requests.
func BenchmarkRowsPages(b *testing.B) {
	s := newSiteOn(b, dbtest.SQLite(b))
	s.fill()
	who := s.admin()
	if err := s.Crosswalk.SelectStack(b.Context(), who, s.Library.SetIDs(), s.Now()); err != nil {
		b.Fatal(err)
	}
	set, _ := s.Library.Set("soc2-iso27001-consensus")
	for _, e := range set.Edges[:100] {
		if _, err := s.Crosswalk.Decide(b.Context(), who, crosswalk.Decision{Set: set.ID, Source: e.Source, Target: e.Target, Kind: crosswalk.Confirm}, s.Now()); err != nil {
			b.Fatal(err)
		}
	}
	home, _ := http.NewRequest(http.MethodGet, s.url, nil)
	handler, cookies := s.Handler(), s.client.Jar.Cookies(home.URL)
	took := map[string][]time.Duration{}
	get := func(name, path string) {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		began := time.Now()
		handler.ServeHTTP(w, req)
		took[name] = append(took[name], time.Since(began))
		if w.Code != http.StatusOK {
			b.Fatalf("%s: status %d", path, w.Code)
		}
	}
	list := "/o/meridian-cloud/crosswalk/edges?from=soc2-2017&to=iso27001-2022"
	get("first", list)
	n := 0
	for b.Loop() {
		for _, narrowed := range []string{"", "&state=confirmed", "&set=soc2-iso27001-guide", "&relation=superset", "&text=access+review", "&page=20"} {
			get("list", list+narrowed)
		}
		for range 6 {
			e := set.Edges[n*37%len(set.Edges)]
			n++
			get("pair", edgePath("meridian-cloud", e.Source, e.Target))
		}
	}
	for name, all := range took {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2].Seconds()*1000, name+"-p50-ms")
		b.ReportMetric(all[len(all)*99/100].Seconds()*1000, name+"-p99-ms")
	}
}
