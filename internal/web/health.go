package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
)

// getHealth says that the process runs: GET /healthz.
func (s *Server) getHealth(w http.ResponseWriter, r *http.Request, _ visitor) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, "ok\n")
	return err
}

// getReady says whether the database answers: GET /readyz.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request, _ visitor) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := s.DB.Ping(ctx); err != nil {
		s.Log.Error("not ready", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, err := io.WriteString(w, "the database does not answer\n")
		return err
	}
	_, err := io.WriteString(w, "ready\n")
	return err
}

// metrics counts requests. No label names an organisation, a person or a path a
// visitor made up, so the numbers give nobody away and cannot grow without end.
type metrics struct {
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMetrics(runner *job.Runner, devices *device.Store, hosts *osquery.Store) *metrics {
	reg := prometheus.NewRegistry()
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "toucan_http_requests_total", Help: "Requests by method and status."}, []string{"method", "status"}),
		seconds:  prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "toucan_http_request_seconds", Help: "Time to answer by route.", Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 5, 20}}, []string{"route"}),
	}
	reg.MustRegister(m.requests, m.seconds, jobCounts{runner}, deviceCounts{devices}, hostCounts{hosts}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
	return m
}

// jobCounts reads how many jobs there are when somebody asks.
type jobCounts struct{ runner *job.Runner }

var (
	jobsDesc     = prometheus.NewDesc("toucan_jobs", "Jobs in the database by group.", []string{"group"}, nil)
	attemptsDesc = prometheus.NewDesc("toucan_job_attempts_total", "Attempts at jobs on this node by kind and outcome.", []string{"kind", "outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (j jobCounts) Describe(ch chan<- *prometheus.Desc) { ch <- jobsDesc; ch <- attemptsDesc }

// Collect implements prometheus.Collector.
func (j jobCounts) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	counts, err := j.runner.Counts(ctx, "")
	if err != nil {
		ch <- prometheus.NewInvalidMetric(jobsDesc, err)
	}
	for g, n := range counts {
		if g != job.All {
			ch <- prometheus.MustNewConstMetric(jobsDesc, prometheus.GaugeValue, float64(n), string(g))
		}
	}
	for t, n := range j.runner.Tallies() {
		ch <- prometheus.MustNewConstMetric(attemptsDesc, prometheus.CounterValue, float64(n), t.Kind, t.Outcome)
	}
}

// deviceCounts are what machines sent since the start.
type deviceCounts struct{ store *device.Store }

var (
	machinesDesc = prometheus.NewDesc("toucan_device_messages_total", "Messages of devices and of what watches them on this node, by what became of them.", []string{"outcome"}, nil)
	commitsDesc  = prometheus.NewDesc("toucan_device_commits_total", "Transactions that stored reports of devices.", nil, nil)
)

// Describe implements prometheus.Collector.
func (deviceCounts) Describe(ch chan<- *prometheus.Desc) { ch <- machinesDesc; ch <- commitsDesc }

// Collect implements prometheus.Collector.
func (d deviceCounts) Collect(ch chan<- prometheus.Metric) {
	c := d.store.Counts()
	for _, x := range []struct {
		outcome string
		n       int64
	}{{"news", c.Reports - c.Quiet}, {"nothing_new", c.Quiet}, {"refused", c.Refused}, {"enrolled", c.Enrolled}, {"other_source", c.Words}} {
		ch <- prometheus.MustNewConstMetric(machinesDesc, prometheus.CounterValue, float64(x.n), x.outcome)
	}
	ch <- prometheus.MustNewConstMetric(commitsDesc, prometheus.CounterValue, float64(c.Commits))
}

func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	method := r.Method
	if method != http.MethodGet && method != http.MethodPost && method != http.MethodHead {
		method = "other"
	}
	m.requests.WithLabelValues(method, strconv.Itoa(status)).Inc()
	if r.Pattern != "" {
		m.seconds.WithLabelValues(r.Pattern).Observe(took.Seconds())
	}
}

// getMetrics answers the machine itself, or whoever knows the token: GET /metrics.
func (s *Server) getMetrics(w http.ResponseWriter, r *http.Request, _ visitor) error {
	allowed := false
	if s.MetricsToken != "" {
		allowed = sameSecret(r.Header.Get("Authorization"), "Bearer "+s.MetricsToken)
	} else if ip := net.ParseIP(access.ClientOf(r, false).IP); ip != nil {
		// through a proxy on the same machine everybody looks local; it may add a line to an empty one
		allowed = ip.IsLoopback() && r.Header.Values("X-Forwarded-For") == nil && r.Header.Values("Forwarded") == nil
	}
	if !allowed {
		return problem.New(problem.Forbidden, "Metrics are answered to this machine, or with the token that the server was started with.")
	}
	s.metrics.handler.ServeHTTP(w, r)
	return nil
}

func (s *Server) getStatic(w http.ResponseWriter, r *http.Request, _ visitor) error {
	return serveStatic(w, r)
}

// refererPath returns the page a form was sent from, without its host.
func refererPath(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || !strings.EqualFold(u.Host, r.Host) {
		return "/"
	}
	return u.RequestURI()
}
