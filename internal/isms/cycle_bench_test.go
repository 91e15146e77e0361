package isms

import (
	"fmt"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
)

// BenchmarkObligations judges five thousand obligations that ran for three years.
func BenchmarkObligations(b *testing.B) {
	c := &cycle{Now: noon(b, "2026-11-26"), Today: day(b, "2026-11-26"), Binding: Binding{Zones: cadence.In(time.UTC)}, Acts: map[string][]ObligationAct{}, Duties: people.NewDuties(nil)}
	var records []Record
	for i := range 200 {
		records = append(records, Record{Kind: "badge-review-record", ID: fmt.Sprint(i), At: c.Now.AddDate(0, 0, -5*i)})
	}
	c.Trail = NewTrail(records, c.Binding.Zones)
	every := []string{"P1M", "P3M", "P6M", "P1Y", "P7D"}
	for i := range 5000 {
		o := duty(b, fmt.Sprintf("OBL-%d", 101+i), "2023-11-26", every[i%5], 7)
		o.Texts[0].Closes = []Closing{ByItem, ByPerson}[i%2]
		c.Obligations = append(c.Obligations, o)
	}
	span := c.horizonOf()
	for b.Loop() {
		j := NewJudging(c.Binding.Zones, span.From, c.Now)
		for _, o := range c.Obligations {
			c.row(o, j, span)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/list")
}

// BenchmarkRemarks looks at as many dates as a plan may hold.
func BenchmarkRemarks(b *testing.B) {
	var list []Engagement
	from := day(b, "2020-01-01")
	for i := range maxEngagements {
		k := EngagementKinds()[i%len(EngagementKinds())]
		list = append(list, Engagement{ID: fmt.Sprint(i), Kind: k, From: from.AddMonths(i), To: from.AddMonths(i + 1), State: Booked})
	}
	for b.Loop() {
		Remarks(list, from)
	}
}
