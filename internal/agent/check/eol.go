package check

import (
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

// Bounds of the verdicts on a release.
const (
	soon     = known.SoonDays * 24 * time.Hour
	tableFor = known.TableDays * 24 * time.Hour
)

// over reports whether the last day lies behind now. A day nobody named does not.
func over(last, now time.Time) bool {
	return !last.IsZero() && !now.Before(last.AddDate(0, 0, 1))
}

// judgeRelease says whether a release still gets security updates. The names are those
// of known/eol.csv: product "windows" takes the build as the release and the edition "pro"
// (Home and Pro), "enterprise" (Enterprise and Education), "ltsc" or "iot-ltsc"; all
// others have no edition. An end that has passed is known for good; everything else only
// as long as the table is younger than 180 days.
func judgeRelease(product, release, edition string, in Input) wire.Result {
	result := func(v wire.Verdict, r wire.Reason) wire.Result {
		return wire.Result{Check: wire.OSSupported, Verdict: v, Reason: r}
	}
	l, ok := known.LifetimeOf(product, release, edition)
	old := in.Now.Sub(known.AsOf) > tableFor
	switch {
	case !ok && old:
		return result(wire.CouldNotTell, wire.TableOld)
	case !ok:
		return result(wire.CouldNotTell, wire.UnknownRelease)
	case over(l.EOL, in.Now) && l.Community && !over(l.Extended, in.Now) && in.Settings.AcceptExtended:
		if old {
			return result(wire.CouldNotTell, wire.TableOld)
		}
		return result(wire.Pass, wire.ExtendedSupport)
	case over(l.EOL, in.Now):
		return result(wire.Fail, wire.EOLPassed)
	case old, over(l.Sure, in.Now):
		return result(wire.CouldNotTell, wire.TableOld)
	case !l.EOL.IsZero() && !in.Now.Add(soon).Before(l.EOL):
		return result(wire.Pass, wire.EOLSoon)
	}
	return result(wire.Pass, "")
}

// extended reports whether extended support of a release has not ended, as far as a table
// that is not too old knows.
func extended(product, release, edition string, now time.Time) bool {
	l, ok := known.LifetimeOf(product, release, edition)
	return ok && !l.Extended.IsZero() && !over(l.Extended, now) && now.Sub(known.AsOf) <= tableFor
}
