// Package known holds the facts that the agent and the server both judge by: until when
// releases of systems get security updates, and by what password managers, antivirus and
// EDRs are known. It judges nothing and imports the standard library alone.
package known

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"time"
)

// ends is the table of ends of life. What a device runs is compared on the device.
//
//go:embed eol.csv
var ends string

// Lifetime is how long a release gets security updates. A zero day is one nobody named.
type Lifetime struct {
	Product, Release, Edition string
	EOL, Extended             time.Time // last days
	Community                 bool      // Extended is given away, not sold
	Sure                      time.Time // last day on which a row without an end may be relied on
}

// Lifetimes is the table, AsOf the day it was made.
var Lifetimes, AsOf = readEnds(ends)

// Bounds for a verdict on a release.
const (
	SoonDays  = 90  // an end that is this near is said
	TableDays = 180 // how long the table is believed
)

// readEnds reads the table. It panics on a row it does not understand, which a test
// would have seen.
func readEnds(text string) ([]Lifetime, time.Time) {
	first, _, _ := strings.Cut(text, "\n")
	made := day(strings.TrimPrefix(first, "# as of "))
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	out := make([]Lifetime, 0, len(rows))
	for _, f := range rows[1:] {
		out = append(out, Lifetime{
			Product: f[0], Release: f[1], Edition: f[2],
			EOL: day(f[3]), Extended: day(f[4]), Community: f[5] == "community", Sure: day(f[6]),
		})
	}
	return out, made
}

func day(s string) time.Time {
	if s == "" || s == "-" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// LifetimeOf finds the row of a release. A row without an edition is that of all.
func LifetimeOf(product, release, edition string) (Lifetime, bool) {
	for _, l := range Lifetimes {
		if l.Product == product && l.Release == release && (l.Edition == "" || l.Edition == edition) {
			return l, true
		}
	}
	return Lifetime{}, false
}
