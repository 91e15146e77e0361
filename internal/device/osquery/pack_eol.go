package osquery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

func length(s string) string { return strconv.Itoa(len(s)) }

// endsSQL is the table of ends of life as a common table expression named ends, with the
// products asked for, and the day after which the table is too old: the version of a
// system is compared on the machine. An empty day is one nobody named.
func endsSQL(products ...string) (string, string) {
	var values []string
	for _, l := range known.Lifetimes {
		if !slices.Contains(products, l.Product) {
			continue
		}
		community := "0"
		if l.Community {
			community = "1"
		}
		values = append(values, fmt.Sprintf("(%s, %s, %s, %s, %s, %s, %s)", text(l.Product), text(l.Release), text(l.Edition), dayText(l.EOL), dayText(l.Extended), community, dayText(l.Sure)))
	}
	return "ends (product, release, edition, eol, extended, community, sure) AS (VALUES " + strings.Join(values, ", ") + ")", known.AsOf.AddDate(0, 0, known.TableDays).Format(time.DateOnly)
}

// dayText is a day as a literal, empty where nobody named it.
func dayText(t time.Time) string {
	if t.IsZero() {
		return text("")
	}
	return text(t.Format(time.DateOnly))
}

// supported judges the release that mine finds: a query for the columns of ends. An end
// that has passed is known for good; everything else only while the table is young.
func supported(with, mine, until string, s wire.Settings) ruling {
	with += ", mine AS (" + mine + " LIMIT 1), day AS (SELECT date('now') AS now, date('now', '+" + strconv.Itoa(known.SoonDays) + " days') AS soon)"
	old := exists("day WHERE now > " + text(until))
	past := "mine, day WHERE eol <> '' AND now > eol"
	held := past + " AND community = 1 AND extended <> '' AND now <= extended"
	r := ruling{with: with, rules: []rule{
		{none("os_version"), wire.Unreadable},
		{none("mine") + " AND " + old, wire.TableOld},
		{none("mine"), wire.UnknownRelease},
	}}
	if s.AcceptExtended {
		r.rules = append(r.rules, rule{exists(held) + " AND " + old, wire.TableOld}, rule{exists(held), wire.ExtendedSupport})
	}
	r.rules = append(r.rules,
		rule{exists(past), wire.EOLPassed},
		rule{old + " OR " + exists("mine, day WHERE sure <> '' AND now > sure"), wire.TableOld},
		rule{exists("mine, day WHERE eol <> '' AND soon >= eol"), wire.EOLSoon},
	)
	return r
}
