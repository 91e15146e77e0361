package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/toucan-grc/toucan/internal/device/osquery"
)

// hostCounts counts what hosts with osquery sent.
type hostCounts struct{ hosts *osquery.Store }

var hostsDesc = prometheus.NewDesc("toucan_osquery_total", "What hosts with osquery sent to this node: verdicts taken, and rows, status logs and answers thrown away unread.", []string{"what"}, nil)

// Describe implements prometheus.Collector.
func (c hostCounts) Describe(ch chan<- *prometheus.Desc) { ch <- hostsDesc }

// Collect implements prometheus.Collector.
func (c hostCounts) Collect(ch chan<- prometheus.Metric) {
	if c.hosts == nil {
		return
	}
	for what, n := range c.hosts.Totals() {
		ch <- prometheus.MustNewConstMetric(hostsDesc, prometheus.CounterValue, float64(n), string(what))
	}
}
