package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/vendor"
	"github.com/toucan-grc/toucan/internal/wire"
)

// BenchmarkRegisterPages opens the pages of one organisation that has 5,000 entries
// in each register and 10,000 devices: as they stand, narrowed and sorted ("settled"),
// and the first one after an entry changed ("changed"). It measures the handler with
// its database. The bar is 50 ms for 99 of 100 requests.
func BenchmarkRegisterPages(b *testing.B) {
	if testing.Short() {
		b.Skip("fills every register with 5,000 entries, on each engine")
	}
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) { benchmarkRegisterPages(b, newSiteOn(b, open(b))) })
	}
}

// largeRegister is a register of the benchmark.
type largeRegister struct {
	name   string
	at     string   // below the organisation
	ways   []string // of narrowing and sorting, beside none
	fill   func(s *site)
	change func(s *site, n int) error // changes one entry
}

func benchmarkRegisterPages(b *testing.B, s *site) {
	s.fill()
	home, err := http.NewRequest(http.MethodGet, s.url, nil)
	s.must(err)
	handler, cookies := s.Handler(), s.client.Jar.Cookies(home.URL)
	open := func(path string) time.Duration {
		r := httptest.NewRequest(http.MethodGet, "/o/meridian-cloud/"+path, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w, at := httptest.NewRecorder(), time.Now()
		if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatalf("%s: status %d", path, w.Code)
		}
		return time.Since(at)
	}
	for _, g := range largeRegisters() {
		if g.fill != nil {
			g.fill(s)
		}
	}
	for _, g := range largeRegisters() {
		b.Run(g.name+"/settled", func(b *testing.B) {
			ways := append([]string{""}, g.ways...)
			open(g.at)
			n := -1
			benchmarkTimes(b, func() time.Duration { n++; return open(g.at + ways[n%len(ways)]) })
		})
		if g.change == nil {
			continue
		}
		n := 0
		b.Run(g.name+"/changed", func(b *testing.B) {
			benchmarkTimes(b, func() time.Duration {
				b.StopTimer()
				defer b.StartTimer()
				n++
				s.must(g.change(s, n))
				b.StartTimer()
				took := open(g.at)
				b.StopTimer()
				return took
			})
		})
	}
}

func benchmarkTimes(b *testing.B, do func() time.Duration) {
	var took []time.Duration
	for b.Loop() {
		took = append(took, do())
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// sheetOf is a file of sheet.MaxRows rows.
func (s *site) sheetOf(columns []sheet.Column, head string, row func(i int) string) *sheet.Sheet {
	s.t.Helper()
	var file strings.Builder
	file.WriteString(head + "\n")
	for i := range sheet.MaxRows {
		file.WriteString(row(i) + "\n")
	}
	sh, err := sheet.Read("rows.csv", []byte(file.String()), columns)
	s.must(err)
	return sh
}

func largeRegisters() []largeRegister {
	return []largeRegister{largeVendors(), largeSystems(), largeRisks(), largeFindings(), largeActions(), largeObligations(), largeCalendar(), largeStatement(), largeFleet()}
}

func (s *site) entered(p sheet.Plan, err error) {
	s.t.Helper()
	if s.must(err); len(p.Faults) > 0 || len(p.New) != sheet.MaxRows {
		s.t.Fatalf("%d entered, faults %+v", len(p.New), p.Faults[:min(3, len(p.Faults))])
	}
}

// owners are two persons to hand entries to and fro.
func (s *site) owner(n int) string {
	list, err := s.People.List(s.t.Context(), s.admin())
	s.must(err)
	return list[n%2].ID
}

func largeVendors() largeRegister {
	return largeRegister{name: "vendors", at: "vendors", ways: []string{"?tier=high&sort=-2", "?text=vendor+4", "?data=logs&sort=0"}, fill: func(s *site) {
		s.entered(s.Vendors.Import(s.t.Context(), s.admin(), s.sheetOf(vendor.Columns(), "Name,What it does,Kind,Tier,Data", func(i int) string {
			return fmt.Sprintf("Vendor %d,Runs something of ours that is worth a sentence,cloud-service,%s,customer-data;logs", i, []string{"critical", "high", "medium", "low"}[i%4])
		}), s.Now()))
	}, change: func(s *site, n int) error {
		list, err := s.Vendors.List(s.t.Context(), s.admin())
		s.must(err)
		return s.Vendors.Own(s.t.Context(), s.admin(), []string{list[n%len(list)].ID}, s.owner(n/len(list)), s.Now())
	}}
}

func largeSystems() largeRegister {
	return largeRegister{name: "systems", at: "systems", ways: []string{"?criticality=high&sort=-2", "?text=system+4", "?sort=0"}, fill: func(s *site) {
		s.entered(s.Systems.ImportSystems(s.t.Context(), s.admin(), s.sheetOf(system.SystemColumns(), "Name,Description,Kind,Criticality", func(i int) string {
			return fmt.Sprintf("System %d,Does something that is worth a sentence,internal,%s", i, []string{"critical", "high", "medium", "low"}[i%4])
		}), s.Now()))
	}, change: func(s *site, n int) error {
		list, err := s.Systems.Systems(s.t.Context(), s.admin())
		s.must(err)
		return s.Systems.Own(s.t.Context(), s.admin(), system.Systems, []string{list[n%len(list)].ID}, s.owner(n/len(list)), s.Now())
	}}
}

func largeRisks() largeRegister {
	return largeRegister{name: "risks", at: "risks", ways: []string{"?scored=above&sort=-3", "?text=number+4", "?sort=0"}, fill: func(s *site) {
		s.entered(s.Risks.Import(s.t.Context(), s.admin(), s.sheetOf(risk.Columns(), "Title,Event,Category,Affects,Inherent likelihood,Inherent impact,Impact decided by,Reasons,Requirements", func(i int) string {
			return fmt.Sprintf("Risk number %d,Something happens.,identity,integrity,%d,%d,money,It happened elsewhere.,iso27001-2022:A.8.13; soc2-2017:CC6.1", i, i%5+1, i/5%5+1)
		}), s.Now()))
	}, change: func(s *site, n int) error {
		r, err := s.Risks.Register(s.t.Context(), s.admin(), s.Now())
		s.must(err)
		return s.Risks.Own(s.t.Context(), s.admin(), []string{r.Risks[n%len(r.Risks)].ID}, s.owner(n/len(r.Risks)), s.Now())
	}}
}

func largeFindings() largeRegister {
	return largeRegister{name: "findings", at: "findings", ways: []string{"?state=overdue&sort=-3", "?text=number+4", "?sort=0"}, fill: func(s *site) {
		s.entered(s.Findings.Import(s.t.Context(), s.admin(), s.sheetOf(finding.Columns(), "Title,Kind,Grade,Reason of the grade,Statement,Requirements", func(i int) string {
			return fmt.Sprintf("Lapse number %d,nonconformity,minor,A lapse.,It was not done.,iso27001-2022:A.8.8; soc2-2017:CC7.1", i)
		}), s.Now()))
	}}
}

func largeActions() largeRegister {
	return largeRegister{name: "actions", at: "findings/backlog", ways: []string{"?state=free&sort=-2", "?text=number+4", "?sort=0"}, fill: func(s *site) {
		s.entered(s.Findings.ImportActions(s.t.Context(), s.admin(), s.sheetOf(finding.ActionColumns(), "Title,Detail,Due,Requirements", func(i int) string {
			return fmt.Sprintf("Action number %d,There is something to do.,2027-%02d-15,iso27001-2022:A.8.8", i, i%12+1)
		}), s.Now()))
	}, change: func(s *site, n int) error {
		r, err := s.Findings.All(s.t.Context(), s.admin(), s.Now())
		s.must(err)
		return s.Findings.HandActions(s.t.Context(), s.admin(), []string{r.Actions[n%len(r.Actions)].ID}, s.owner(n/len(r.Actions)), s.Now())
	}}
}

// largeObligations run for three years, with a piece of evidence a month of each kind.
func largeObligations() largeRegister {
	every, kinds := []string{"P1M", "P3M", "P6M", "P1Y", "P7D"}, []string{"badge-review-record", "access-review-record", "site-record"}
	return largeRegister{name: "obligations", at: "isms/obligations", ways: []string{"?state=missed&sort=-3", "?text=number+4", "?sort=0"}, fill: func(s *site) {
		began := s.Now().AddDate(-3, 0, 0)
		s.entered(s.ISMS.ObligationImport(s.t.Context(), s.admin(), s.sheetOf(isms.ObligationColumns(), "Title,Every,Evidence_kind,Grace_days,Closes,Owner_role,Basis", func(i int) string {
			return fmt.Sprintf("Obligation number %d,%s,%s,7,%s,security-officer,own", i, every[i%5], kinds[i/5%3], []string{"item", "person"}[i/15%2])
		}), began))
		for month := range 36 {
			for _, k := range kinds {
				at := began.AddDate(0, month, 10)
				_, err := s.Evidence.File(s.t.Context(), s.admin(), evidence.Filing{Title: "A record", Kind: k, CapturedAt: at, Links: []evidence.Link{{URL: "https://wiki.meridian.example/records"}}}, at)
				s.must(err)
			}
		}
	}, change: func(s *site, n int) error {
		l, err := s.ISMS.Obligations(s.t.Context(), s.admin(), s.Now())
		s.must(err)
		r := l.Rows[n%len(l.Rows)]
		text := r.Text
		text.Title, text.Why, text.From = fmt.Sprintf("Obligation number %d", 10_000+n), "It is called so.", l.Today
		return s.ISMS.ObligationChange(s.t.Context(), s.admin(), r.Code, text, s.Now())
	}}
}

func largeCalendar() largeRegister {
	change := largeObligations().change
	return largeRegister{name: "calendar", at: "calendar", ways: []string{"?month=2026-01", "?month=2027-03", "?kind=obligation"}, change: func(s *site, n int) error { return change(s, 1000+n) }}
}

func largeStatement() largeRegister {
	return largeRegister{name: "statement", at: "isms/statement", ways: []string{"?show=own", "?show=remarks&page=2", "?text=own+4"}, fill: func(s *site) {
		sh := s.sheetOf(isms.StatementColumns(), "Control,Name,Applies,Reasons,Justification,Claimed,Source", func(i int) string {
			return fmt.Sprintf("new,Control of our own %d,yes,business,Customers ask for it.,implemented,Contracts", i)
		})
		s.entered(s.ISMS.ImportStatement(s.t.Context(), s.admin(), sh, s.Now()))
	}, change: func(s *site, n int) error {
		return s.ISMS.ChangeStatement(s.t.Context(), s.admin(), isms.BulkStatement{Codes: []string{"A.5.1"}, Add: []isms.Reason{{Kind: isms.BecauseOfBusiness, Text: fmt.Sprintf("Reason %d.", n)}}}, s.Now())
	}}
}

// largeFleet is 10,000 devices of three systems; every tenth fails a check.
func largeFleet() largeRegister {
	said := func(s *site, n int) []wire.Result {
		if n%10 == 0 {
			return resultsBut(wire.Result{Check: wire.DiskEncryption, Verdict: wire.Fail, Reason: wire.Off})
		}
		return resultsBut()
	}
	word := func(s *site, i, n int) device.Word {
		return device.Word{Kind: device.Intune, Connection: "c1", Key: fmt.Sprintf("machine-%d", i), Platform: wire.Platforms()[i%3], Results: said(s, n)}
	}
	machine := func(s *site) access.Actor {
		who, err := s.Access.Machine(s.t.Context(), "meridian-cloud")
		s.must(err)
		return who
	}
	return largeRegister{name: "devices", at: "devices", ways: []string{"?show=fail&sort=-2", "?text=DEV-4", "?check=firewall.pass&sort=0"}, fill: func(s *site) {
		for part := range 10_000 / device.MaxWords {
			var words []device.Word
			for i := range device.MaxWords {
				words = append(words, word(s, part*device.MaxWords+i, i))
			}
			_, err := s.Devices.Take(s.t.Context(), machine(s), words, s.Now().Add(-time.Hour))
			s.must(err)
		}
	}, change: func(s *site, n int) error {
		_, err := s.Devices.Take(s.t.Context(), machine(s), []device.Word{word(s, n, n+1)}, s.Now())
		return err
	}}
}
