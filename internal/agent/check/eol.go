package check

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// ends is the table of ends of life, which is part of the agent: what a device runs is
// compared on the device and never leaves it.
//
//go:embed eol.csv
var ends string

// lifetime is how long a release gets security updates. A zero day is one nobody named.
type lifetime struct {
	product, release, edition string
	eol, extended             time.Time // last days
	community                 bool      // extended is given away, not sold
	sure                      time.Time // last day on which a row without an end may be relied on
}

// lifetimes is the table, asOf the day it was made.
var lifetimes, asOf = readEnds(ends)

// Bounds of the verdicts on a release.
const (
	soon     = 90 * 24 * time.Hour
	tableFor = 180 * 24 * time.Hour
)

// readEnds reads the table. It panics on a row it does not understand, which a test
// would have seen.
func readEnds(text string) ([]lifetime, time.Time) {
	first, _, _ := strings.Cut(text, "\n")
	made := day(strings.TrimPrefix(first, "# as of "))
	r := csv.NewReader(strings.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	out := make([]lifetime, 0, len(rows))
	for _, f := range rows[1:] {
		out = append(out, lifetime{
			product: f[0], release: f[1], edition: f[2],
			eol: day(f[3]), extended: day(f[4]), community: f[5] == "community", sure: day(f[6]),
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

// over reports whether the last day lies behind now. A day nobody named does not.
func over(last, now time.Time) bool {
	return !last.IsZero() && !now.Before(last.AddDate(0, 0, 1))
}

// judgeRelease says whether a release still gets security updates. The names are those
// of eol.csv: product "windows" takes the build as the release and the edition "pro"
// (Home and Pro), "enterprise" (Enterprise and Education), "ltsc" or "iot-ltsc"; all
// others have no edition. An end that has passed is known for good; everything else only
// as long as the table is younger than 180 days.
func judgeRelease(product, release, edition string, in Input) wire.Result {
	result := func(v wire.Verdict, r wire.Reason) wire.Result {
		return wire.Result{Check: wire.OSSupported, Verdict: v, Reason: r}
	}
	l, ok := lifetimeOf(product, release, edition)
	old := in.Now.Sub(asOf) > tableFor
	switch {
	case !ok && old:
		return result(wire.CouldNotTell, wire.TableOld)
	case !ok:
		return result(wire.CouldNotTell, wire.UnknownRelease)
	case over(l.eol, in.Now) && l.community && !over(l.extended, in.Now) && in.Settings.AcceptExtended:
		if old {
			return result(wire.CouldNotTell, wire.TableOld)
		}
		return result(wire.Pass, wire.ExtendedSupport)
	case over(l.eol, in.Now):
		return result(wire.Fail, wire.EOLPassed)
	case old, over(l.sure, in.Now):
		return result(wire.CouldNotTell, wire.TableOld)
	case !l.eol.IsZero() && !in.Now.Add(soon).Before(l.eol):
		return result(wire.Pass, wire.EOLSoon)
	}
	return result(wire.Pass, "")
}

func lifetimeOf(product, release, edition string) (lifetime, bool) {
	for _, l := range lifetimes {
		if l.product == product && l.release == release && (l.edition == "" || l.edition == edition) {
			return l, true
		}
	}
	return lifetime{}, false
}

// extended reports whether extended support of a release has not ended, as far as a table
// that is not too old knows.
func extended(product, release, edition string, now time.Time) bool {
	l, ok := lifetimeOf(product, release, edition)
	return ok && !l.extended.IsZero() && !over(l.extended, now) && now.Sub(asOf) <= tableFor
}
