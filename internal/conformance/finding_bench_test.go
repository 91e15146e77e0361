package conformance

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
)

// BenchmarkFindings reads the log and the backlog of an organisation with 5,000
// findings and 5,000 actions, and tells the slowest of a hundred reads.
func BenchmarkFindings(b *testing.B) {
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			open := dbtest.SQLite
			if engine == "postgres" {
				open = dbtest.Postgres
			}
			benchFindings(b, newHouse(b, open(b)))
		})
	}
}

func benchFindings(b *testing.B, h *house) {
	b.Helper()
	ctx, manager, org := b.Context(), h.actors[access.Manager], h.actors[access.Manager].Org()
	var controls []string
	for i := range 50 {
		c, err := h.controls.Create(ctx, manager, control.Control{Code: fmt.Sprintf("C-%02d", i), Title: "A control"}, now)
		must(b, err)
		must(b, h.links.SetLinks(ctx, manager, c.ID, []crosswalk.Link{{Ref: isoRef("A.5.18")}, {Ref: framework.Ref{Framework: "soc2-2017", ID: "CC6.1"}}}, now))
		controls = append(controls, c.ID)
	}
	for part := range 50 {
		must(b, h.d.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
			for i := range 100 {
				f, err := h.findings.Raise(ctx, tx, org, "", finding.Draft{Kind: finding.Nonconformity, Grade: finding.Minor, Reason: "A lapse.", Title: fmt.Sprintf("Lapse %d of %d", i, part), Statement: "It was not done.", Controls: []string{controls[part]}}, now)
				if err != nil {
					return err
				}
				if _, err := h.findings.PutAction(ctx, tx, org, "", finding.Action{Source: finding.Source{Kind: finding.FromFinding, ID: f.ID, Words: f.Code()}, Title: "Do it", Due: today + 30}, now); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	read := func(b *testing.B, before func(i int)) {
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			before(i)
			at := time.Now()
			reg, err := h.findings.All(ctx, manager, now)
			took = append(took, time.Since(at))
			if err != nil || len(reg.Findings) != 5000 || len(reg.Actions) != 5000 {
				b.Fatal(len(reg.Findings), err)
			}
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	}
	b.Run("list", func(b *testing.B) { read(b, func(int) {}) })
	id := h.actions(b, finding.Source{})[0].ID
	b.Run("after-change", func(b *testing.B) {
		read(b, func(i int) {
			must(b, h.findings.MoveActions(ctx, manager, []string{id}, today+60+cadence.Date(i), "Later.", now))
		})
	})
}
