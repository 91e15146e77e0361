//go:build unix

package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/endpoint"
	"github.com/toucan-grc/toucan/internal/wire"
)

// fleet enrols devices and has each report once.
func (h *house) fleet(b *testing.B, size int) []*laptop {
	b.Helper()
	s := device.Usual()
	s.OrgCode = true
	must(b, h.devices.SetSettings(b.Context(), h.actors[access.Administrator], s, now))
	code, _, err := h.devices.NewOrgCode(b.Context(), h.actors[access.Manager], size, now.Add(time.Hour), now)
	must(b, err)
	all := make([]*laptop, size)
	var wait sync.WaitGroup
	work := make(chan int)
	for range 64 {
		wait.Go(func() {
			for i := range work {
				l := h.enrol(b, code, now)
				if _, err := h.deliver(b, l, now.Add(time.Minute), l.report(now.Add(time.Minute))); err != nil {
					b.Error(err)
				}
				all[i] = l
			}
		})
	}
	for i := range all {
		work <- i
	}
	close(work)
	wait.Wait()
	return all
}

// BenchmarkReport has 10,000 devices report, all verdicts, signed, durable before the
// receipt is signed; 256 at a time. The first number of each name says how many of a
// hundred reports bring something new. The messages are signed beforehand.
func BenchmarkReport(b *testing.B) {
	for engine, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			h := newHouse(b, open(b))
			all := h.fleet(b, 10_000)
			at := now.Add(time.Hour)
			for _, news := range []int{0, 1, 100} {
				b.Run(fmt.Sprintf("%dpercent", news), func(b *testing.B) {
					h.herd(b, all, news, &at)
				})
			}
		})
	}
}

func (h *house) herd(b *testing.B, all []*laptop, news int, at *time.Time) {
	door := endpoint.Handler(endpoint.Config{Access: h.access, Devices: h.devices, Now: func() time.Time { return *at }})
	left, spent := b.N, time.Duration(0)
	b.ResetTimer()
	for left > 0 {
		b.StopTimer()
		*at = at.Add(time.Hour)
		n := min(left, len(all))
		left -= n
		bodies := make([][]byte, n)
		for i, l := range all[:n] {
			var but []wire.Result
			if i%100 < news {
				l.off = !l.off
			}
			if l.off {
				but = []wire.Result{off}
			}
			bodies[i] = wire.Sign(wire.Delivery{V: wire.Version, Device: l.id, Build: 1_000_000, SentAt: at.Unix(), Reports: []wire.Report{l.report(*at, but...)}}, l.key)
		}
		work := make(chan []byte, n)
		for _, x := range bodies {
			work <- x
		}
		close(work)
		began := cpu(b)
		b.StartTimer()
		var wait sync.WaitGroup
		for range 256 {
			wait.Go(func() {
				for body := range work {
					r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/o/one/device/report", bytes.NewReader(body))
					w := httptest.NewRecorder()
					door.ServeHTTP(w, r)
					if w.Code != http.StatusOK {
						x, _ := io.ReadAll(w.Body)
						b.Errorf("refused with %d %s", w.Code, x)
					}
				}
			})
		}
		wait.Wait()
		spent += cpu(b) - began
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(float64(b.N)/spent.Seconds(), "reports/cpu-s")
}

// cpu is the processor time this process took so far: on a machine that others use it
// says more than the clock.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
