package osquery

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

func length(s string) string { return strconv.Itoa(len(s)) }

// ends is the table of ends of life of our agent, the same file: the version of a system
// is compared on the machine, as the agent does it.
//
//go:embed eol.csv
var ends string

// Bounds of the verdicts on a release, those of our agent.
const (
	soonDays  = 90
	tableDays = 180
)

// endsSQL is the table as a common table expression named ends, with the products asked
// for, and the day after which the table is too old. An empty day is one nobody named.
func endsSQL(products ...string) (string, string) {
	first, _, _ := strings.Cut(ends, "\n")
	made, err := time.Parse(time.DateOnly, strings.TrimPrefix(first, "# as of "))
	if err != nil {
		panic(err) // a test reads the table
	}
	r := csv.NewReader(strings.NewReader(ends))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		panic(err)
	}
	var values []string
	for _, f := range rows[1:] {
		keep := false
		for _, p := range products {
			keep = keep || p == f[0]
		}
		if !keep {
			continue
		}
		for i, v := range f {
			if v == "-" {
				f[i] = ""
			}
		}
		community := "0"
		if f[5] == "community" {
			community = "1"
		}
		values = append(values, fmt.Sprintf("(%s, %s, %s, %s, %s, %s, %s)", text(f[0]), text(f[1]), text(f[2]), text(f[3]), text(f[4]), community, text(f[6])))
	}
	return "ends (product, release, edition, eol, extended, community, sure) AS (VALUES " + strings.Join(values, ", ") + ")", made.AddDate(0, 0, tableDays).Format(time.DateOnly)
}

// supported judges the release that mine finds: a query for the columns of ends. An end
// that has passed is known for good; everything else only while the table is young.
func supported(with, mine, until string, s wire.Settings) ruling {
	with += ", mine AS (" + mine + " LIMIT 1), day AS (SELECT date('now') AS now, date('now', '+" + strconv.Itoa(soonDays) + " days') AS soon)"
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
