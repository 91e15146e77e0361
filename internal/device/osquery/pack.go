package osquery

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Interval is how often each query runs.
const Interval = time.Hour

// Prefix begins the name of every query of the pack.
const Prefix = "toucan_"

// Query is one query of the pack. Its answer is one row with the columns check_id,
// verdict and reason, whose words are those of package wire: what it looked at stays on
// the machine.
type Query struct {
	Check wire.Check
	SQL   string
}

// Name is what the query is called in the schedule, and so in the logs.
func (q Query) Name() string { return Prefix + string(q.Check) }

// rule is one branch of a query: the first whose condition holds gives the answer.
type rule struct {
	when   string
	reason wire.Reason // empty: a plain pass
}

// ruling is a check as a list of rules over osquery's tables.
type ruling struct {
	check     wire.Check
	with      string // common table expressions, or empty
	rules     []rule
	otherwise wire.Reason
}

// sql writes the query. The reason is found first; the verdict follows from it, so a
// reason can never stand beside a verdict it does not belong to.
func (r ruling) sql() string {
	var words, verdicts strings.Builder
	seen := map[wire.Reason]bool{}
	say := func(reason wire.Reason) {
		if seen[reason] {
			return
		}
		seen[reason] = true
		v := wire.Pass
		if reason != "" {
			v = reason.Verdict()
		}
		fmt.Fprintf(&verdicts, " WHEN %s THEN %s", text(string(reason)), text(string(v)))
	}
	for _, x := range r.rules {
		fmt.Fprintf(&words, " WHEN %s THEN %s", x.when, text(string(x.reason)))
		say(x.reason)
	}
	say(r.otherwise)
	with := ""
	if r.with != "" {
		with = "WITH " + r.with + " "
	}
	word := text(string(r.otherwise))
	if words.Len() > 0 {
		word = fmt.Sprintf("CASE%s ELSE %s END", words.String(), word)
	}
	return fmt.Sprintf("%sSELECT %s AS check_id, CASE word%s END AS verdict, word AS reason FROM (SELECT %s AS word);", with, text(string(r.check)), verdicts.String(), word)
}

// text is a literal of SQL.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// among is a list of literals in brackets.
func among(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = text(s)
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// exists is a condition: some row.
func exists(from string) string { return "EXISTS (SELECT 1 FROM " + from + ")" }

// none is a condition: no row.
func none(from string) string { return "NOT " + exists(from) }

// rulings are the checks of a platform, in the order of wire.Checks.
func rulings(p wire.Platform, s wire.Settings) []ruling {
	var all map[wire.Check]ruling
	switch p {
	case wire.Linux:
		all = linuxRulings(s)
	case wire.MacOS:
		all = macRulings(s)
	case wire.Windows:
		all = windowsRulings(s)
	}
	var out []ruling
	for _, c := range wire.Checks() {
		r, ok := all[c]
		if !ok {
			r = ruling{otherwise: wire.Unsupported}
		}
		r.check = c
		out = append(out, r)
	}
	return out
}

// Pack is the queries for a platform under the settings of an organisation: one of each
// check. Of a platform we know nothing about every check says that it is not looked at.
func Pack(p wire.Platform, s wire.Settings) []Query {
	var out []Query
	for _, r := range rulings(p, s) {
		out = append(out, Query{r.check, r.sql()})
	}
	return out
}

// scheduled is a query as osquery's configuration writes it.
type scheduled struct {
	Query    string `json:"query"`
	Interval int    `json:"interval"` // seconds
	Snapshot bool   `json:"snapshot"`
}

// configuration is all osquery is told. No field of it can ask for more than the pack.
type configuration struct {
	Options  map[string]any       `json:"options"`
	Schedule map[string]scheduled `json:"schedule"`
}

// Configuration writes what a machine of the platform is given to do.
func Configuration(p wire.Platform, s wire.Settings) []byte {
	c := configuration{
		Options: map[string]any{
			"disable_distributed":    true,
			"schedule_splay_percent": 10,
			"logger_min_status":      2, // errors alone: nobody reads them here
		},
		Schedule: map[string]scheduled{},
	}
	for _, q := range Pack(p, s) {
		c.Schedule[q.Name()] = scheduled{q.SQL, int(Interval / time.Second), true}
	}
	out, err := json.Marshal(c)
	if err != nil {
		panic(err) // nothing in it cannot be written
	}
	return out
}
