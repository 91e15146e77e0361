package web

import (
	"context"
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
// organisations, the first of which has 10,000 controls. One request in 25 comes
// right after somebody changed a control of the organisation it asks about, so
// that this organisation is read anew. It reports the request that 99 of 100 stay below.
func BenchmarkRequirementPage(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkRequirementPage(b, dbtest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { benchmarkRequirementPage(b, dbtest.Postgres(b)) })
}

func benchmarkRequirementPage(b *testing.B, d *db.DB) {
	s := newSiteOn(b, d)
	s.settle()
	account, err := s.Access.AccountByEmail(b.Context(), "ada@meridian.example")
	if err != nil {
		b.Fatal(err)
	}
	slugs := []string{"meridian-cloud"}
	for i := 1; i < 50; i++ {
		o, err := s.Access.CreateOrganisation(b.Context(), account, fmt.Sprintf("Company %d", i), "", s.Now())
		if err != nil {
			b.Fatal(err)
		}
		slugs = append(slugs, o.Slug)
	}
	soc2, _ := s.Library.Frameworks.Find("soc2-2017")
	iso, _ := s.Library.Frameworks.Find("iso27001-2022")
	for i, slug := range slugs {
		n := 200
		if i == 0 {
			n = 10_000
		}
		seedControls(b, s, account, slug, soc2, n)
	}
	handler := s.Handler()
	cookies := s.client.Jar.Cookies(must(http.NewRequest(http.MethodGet, s.url, nil)).URL)
	asked := iso.Asked()
	var took []time.Duration
	n := 0
	for b.Loop() {
		slug := slugs[0]
		if n%5 == 4 {
			slug = slugs[n/5%len(slugs)]
		}
		if n%25 == 24 {
			touch(b, s, account, slug, n)
		}
		req := httptest.NewRequest(http.MethodGet, orgPath(slug, "frameworks", iso.ID, asked[n%len(asked)].ID), nil)
		for _, c := range cookies {
			req.AddCookie(c)
		}
		w := httptest.NewRecorder()
		began := time.Now()
		handler.ServeHTTP(w, req)
		took = append(took, time.Since(began))
		if w.Code != http.StatusOK {
			b.Fatalf("%s: status %d", req.URL, w.Code)
		}
		n++
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
	b.ReportMetric(ms(took[len(took)-1]), "max-ms")
}

func seedControls(b *testing.B, s *site, account access.Account, slug string, f *framework.Framework, n int) {
	who, err := s.Access.Enter(context.Background(), account, slug)
	if err != nil {
		b.Fatal(err)
	}
	asked := f.Asked()
	for from := 0; from < n; from += 5000 {
		plan := crosswalk.ImportPlan{File: "seed.csv"}
		for i := from; i < min(n, from+5000); i++ {
			c := control.Control{Code: fmt.Sprintf("C-%05d", i), Title: fmt.Sprintf("Control number %d", i), Statement: "What is done, by whom, and when, in one sentence of usual length.", Domain: fmt.Sprintf("Domain %d", i%12), Status: control.Operated}
			if i%4 == 0 {
				c.Status = control.OnPaper
			}
			plan.Rows = append(plan.Rows, crosswalk.ImportRow{Control: c, Refs: []framework.Ref{{Framework: f.ID, ID: asked[i%len(asked)].ID}, {Framework: f.ID, ID: asked[(i*7+3)%len(asked)].ID}}})
		}
		if _, err := s.Crosswalk.Import(context.Background(), who, plan, s.Now()); err != nil {
			b.Fatal(err)
		}
	}
	for _, id := range []string{"soc2-2017", "iso27001-2022", "nist-csf-2.0"} {
		if err := s.Crosswalk.Enable(context.Background(), who, id, s.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

// touch changes the domain of a control, which takes effect at once.
func touch(b *testing.B, s *site, account access.Account, slug string, n int) {
	who, err := s.Access.Enter(context.Background(), account, slug)
	if err != nil {
		b.Fatal(err)
	}
	c, err := s.Controls.Find(context.Background(), who, "C-00007")
	if err != nil {
		b.Fatal(err)
	}
	c.Domain = fmt.Sprintf("Domain %d", n)
	if _, err := s.Controls.Edit(context.Background(), who, c, s.Now()); err != nil {
		b.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
