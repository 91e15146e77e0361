package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/framework"
)

// BenchmarkRequirementPage opens the page of one requirement after another in 50
// organisations: one of 10,000 controls with three tags each, the others of 200.
// A round is 25 requests. Before the first, somebody changes a control of the
// large organisation, so that request reads it anew ("changed"); of the others,
// 20 go to it and four to the small ones ("settled"). The bar is 50 ms for 99 of
// 100 requests. With -short there are five organisations.
func BenchmarkRequirementPage(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRequirementPage(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkRequirementPage(b, dbtest.Postgres(b)) })
}

func benchmarkRequirementPage(b *testing.B, d *db.DB) {
	s, slugs := largeSite(b, d)
	account, err := s.Access.AccountByEmail(b.Context(), "ada@meridian.example")
	if err != nil {
		b.Fatal(err)
	}
	home, err := http.NewRequest(http.MethodGet, s.url, nil)
	if err != nil {
		b.Fatal(err)
	}
	handler, cookies := s.Handler(), s.client.Jar.Cookies(home.URL)
	iso, _ := s.Library.Frameworks.Find("iso27001-2022")
	asked, next := iso.Asked(), 0
	open := func(slug string) time.Duration {
		req := httptest.NewRequest(http.MethodGet, orgPath(slug, "frameworks", iso.ID, asked[next%len(asked)].ID), nil)
		next++
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
	for _, slug := range slugs {
		open(slug)
	}
	var settled, changed []time.Duration
	round := 0
	for b.Loop() {
		round++
		changeControl(b, s, account, slugs[0], round)
		changed = append(changed, open(slugs[0]))
		for i := range 24 {
			slug := slugs[0]
			if i%6 == 5 {
				slug = slugs[1+(4*round+i/6)%(len(slugs)-1)]
			}
			settled = append(settled, open(slug))
		}
	}
	for name, took := range map[string][]time.Duration{"settled": settled, "changed": changed} {
		slices.Sort(took)
		b.ReportMetric(took[len(took)/2].Seconds()*1000, name+"-p50-ms")
		b.ReportMetric(took[len(took)*99/100].Seconds()*1000, name+"-p99-ms")
	}
}

// seedControls imports n controls with three criteria each, three of four operated.
func seedControls(b *testing.B, s *site, account access.Account, slug string, n int) {
	who, err := s.Access.Enter(b.Context(), account, slug)
	if err != nil {
		b.Fatal(err)
	}
	soc2, _ := s.Library.Frameworks.Find("soc2-2017")
	asked := soc2.Asked()
	tag := func(i int) framework.Ref {
		return framework.Ref{Framework: soc2.ID, ID: asked[i%len(asked)].ID}
	}
	for from := 0; from < n; from += 5000 {
		plan := crosswalk.ImportPlan{File: "seed.csv"}
		for i := from; i < min(n, from+5000); i++ {
			c := control.Control{Code: fmt.Sprintf("C-%05d", i), Title: fmt.Sprintf("Control number %d", i), Statement: "What is done, by whom, and when, in one sentence of usual length.", Domain: fmt.Sprintf("Domain %d", i%12), Status: control.Operated}
			if i%4 == 0 {
				c.Status = control.OnPaper
			}
			plan.Rows = append(plan.Rows, crosswalk.ImportRow{Control: c, Refs: []framework.Ref{tag(i), tag(i + 20), tag(i + 40)}})
		}
		if _, err := s.Crosswalk.Import(b.Context(), who, plan, s.Now()); err != nil {
			b.Fatal(err)
		}
	}
	for _, id := range []string{"soc2-2017", "iso27001-2022", "nist-csf-2.0"} {
		if err := s.Crosswalk.Enable(b.Context(), who, id, s.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

// changeControl edits the domain of a control, which takes effect at once.
func changeControl(b *testing.B, s *site, account access.Account, slug string, round int) {
	who, err := s.Access.Enter(b.Context(), account, slug)
	if err != nil {
		b.Fatal(err)
	}
	c, err := s.Controls.Find(b.Context(), who, "C-00007")
	if err != nil {
		b.Fatal(err)
	}
	c.Domain = fmt.Sprintf("Domain %d", round)
	if _, err := s.Controls.Edit(b.Context(), who, c, s.Now()); err != nil {
		b.Fatal(err)
	}
}
