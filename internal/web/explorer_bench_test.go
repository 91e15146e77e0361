package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

// BenchmarkExplorer opens the pages of the crosswalk, one after another, in an
// organisation of 10,000 controls with every shipped set in its stack. The pairs
// of frameworks go round, so that most maps are worked out on the way. "changed" is
// the first page after somebody changed a control, when the organisation is read
// anew. The bar is 50 ms for 99 of 100 requests.
func BenchmarkExplorer(b *testing.B) {
	s := newSiteOn(b, dbtest.SQLite(b))
	s.settle()
	account, err := s.Access.AccountByEmail(b.Context(), "ada@meridian.example")
	if err != nil {
		b.Fatal(err)
	}
	seedControls(b, s, account, "meridian-cloud", 10_000)
	who, err := s.Access.Enter(b.Context(), account, "meridian-cloud")
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Crosswalk.SelectStack(b.Context(), who, s.Library.SetIDs(), s.Now()); err != nil {
		b.Fatal(err)
	}
	home, err := http.NewRequest(http.MethodGet, s.url, nil)
	if err != nil {
		b.Fatal(err)
	}
	handler, cookies := s.Handler(), s.client.Jar.Cookies(home.URL)
	open := func(path string) time.Duration {
		req := httptest.NewRequest(http.MethodGet, "/o/meridian-cloud/crosswalk"+path, nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		began := time.Now()
		handler.ServeHTTP(w, req)
		took := time.Since(began)
		if w.Code != http.StatusOK {
			b.Fatalf("%s: status %d", req.URL, w.Code)
		}
		return took
	}
	ids, next := s.Library.Frameworks.IDs(), 0
	pair := func() (from, to string) {
		next++
		return ids[next%len(ids)], ids[(next+1+next/len(ids)%(len(ids)-1))%len(ids)]
	}
	open("")
	pages := map[string][]time.Duration{}
	var all []time.Duration
	round := 0
	for b.Loop() {
		round++
		changeControl(b, s, account, "meridian-cloud", round)
		pages["changed"] = append(pages["changed"], open(""))
		for range 4 {
			from, to := pair()
			for name, path := range map[string]string{
				"heat":           query("", "from", from, "to", to),
				"met":            query("", "from", "soc2-2017", "to", to, "view", "met"),
				"cell":           query("/cell", "from", from, "to", to, "level", "all"),
				"cell-soc2":      query("/cell", "source", "CC6", "theme", "A.8", "level", "candidate"),
				"compare":        query("/compare", "show", "differ"),
				"contradictions": "/contradictions",
			} {
				took := open(path)
				pages[name] = append(pages[name], took)
				all = append(all, took)
			}
		}
	}
	report := func(name string, took []time.Duration) {
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2].Seconds()*1000, name+"-p50-ms")
		b.ReportMetric(took[len(took)*99/100].Seconds()*1000, name+"-p99-ms")
	}
	for name, took := range pages {
		report(name, took)
	}
	report("all", all)
}
