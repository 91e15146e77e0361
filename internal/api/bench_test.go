package api

import (
	"fmt"
	"testing"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// BenchmarkLarge asks the largest organisation we promise: 10,000 controls.
func BenchmarkLarge(b *testing.B) {
	s := newSite(b)
	f, _ := crosswalk.Shipped().Frameworks.Find("soc2-2017")
	asked := f.Asked()
	for part := range 2 {
		plan := crosswalk.ImportPlan{File: "big.csv"}
		for i := range 5000 {
			n := part*5000 + i
			plan.Rows = append(plan.Rows, crosswalk.ImportRow{
				Control: control.Control{Code: fmt.Sprintf("C-%05d", n), Title: fmt.Sprintf("Control %d", n), Statement: "Owners review every account each quarter and record a decision.", Status: control.Operated},
				Refs:    []framework.Ref{{Framework: f.ID, ID: asked[n*7%len(asked)].ID}, {Framework: f.ID, ID: asked[n*13%len(asked)].ID}},
			})
		}
		if _, err := s.Crosswalk.Import(b.Context(), s.boss, plan, s.now); err != nil {
			b.Fatal(err)
		}
	}
	for name, path := range map[string]string{
		"page of controls":     "/controls?limit=200",
		"one control":          "/controls/C-07777",
		"page of requirements": "/frameworks/iso27001-2022/requirements?via=soc2-2017&limit=200",
		"gap":                  "/gap?from=soc2-2017&to=iso27001-2022",
		"relation":             "/relation?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.8.22",
		"page of rows":         "/edges?from=soc2-2017&to=iso27001-2022&limit=200",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.now = s.now.Add(1e9) // the limit on requests is not what is measured
				if r := s.get(path); r.status != 200 {
					b.Fatal(r.status, r.body)
				}
			}
		})
	}
}
