package result

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxReports  = 1000 // of a batch
	maxSubject  = 200  // characters
	maxReason   = 300
	maxAhead    = 5 * time.Minute // how far the clock of a sender may be ahead
	maxBehind   = 10 * 366 * 24 * time.Hour
	maxValidFor = 400 * 24 * time.Hour // of a yearly test that is a month late
	maxSubjects = 100_000              // of a test
)

var keyShape = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)*$`)

// checkKey refuses what is no key of a test.
func checkKey(field, key string) error {
	if len(key) > 100 || !keyShape.MatchString(key) {
		return problem.Field(field, fmt.Sprintf("%q is no key of a test. Use up to 100 lower-case letters, digits, dots and hyphens, such as idp.mfa-enforced.", clip(key)))
	}
	return nil
}

func checkState(s State) error {
	if !slices.Contains(States(), s) {
		return problem.Field("state", fmt.Sprintf("%q is no state. It has to be pass, fail, not_applicable or could_not_tell.", clip(string(s))))
	}
	return nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// sorted are the checked reports of one series, by time.
type sorted struct {
	test, subject string
	claims        []claim
	rows          []int // place of each claim in the batch
}

// check turns a batch into claims by series. The first row that cannot be taken
// comes back as an Invalid problem with its number, the field and what to do.
func check(reports []Report, now time.Time) ([]*sorted, error) {
	if len(reports) == 0 || len(reports) > maxReports {
		return nil, problem.Field("results", fmt.Sprintf("A batch has 1 to %d results; this one has %d. Send it in parts.", maxReports, len(reports)))
	}
	type key struct{ test, subject string }
	at := map[key]int{}
	var out []*sorted
	for i, r := range reports {
		c, subject, err := r.claim(i, now)
		if err != nil {
			return nil, err
		}
		k := key{r.Test, subject}
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			out = append(out, &sorted{test: r.Test, subject: subject})
		}
		out[n].claims, out[n].rows = append(out[n].claims, c), append(out[n].rows, i)
	}
	for _, s := range out {
		order := make([]int, len(s.claims))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.claims[a].at, s.claims[b].at) })
		claims, rows := make([]claim, len(order)), make([]int, len(order))
		for i, o := range order {
			claims[i], rows[i] = s.claims[o], s.rows[o]
		}
		s.claims, s.rows = claims, rows
	}
	return out, nil
}

// fault is about one field of one row of a batch; rows are counted from 1.
func fault(row int, field, text string) error {
	return problem.Field(fmt.Sprintf("results[%d].%s", row, field), fmt.Sprintf("Result %d: %s Nothing of the batch was kept.", row+1, text))
}

// claim checks one report.
func (r Report) claim(row int, now time.Time) (claim, string, error) {
	if err := checkKey("test", r.Test); err != nil {
		return claim{}, "", fault(row, "test", problem.Of(err).Text)
	}
	subject, err := db.Line("subject", "The subject", r.Subject, maxSubject)
	if err != nil {
		return claim{}, "", fault(row, "subject", problem.Of(err).Text)
	}
	if subject == "" {
		return claim{}, "", fault(row, "subject", "Say what was tested, such as a host, an account or a repository.")
	}
	if r.State == Stale {
		return claim{}, "", fault(row, "state", "No sender says that a result is stale; that is worked out from when it lapses. Send could_not_tell when a test could not be run.")
	}
	if err := checkState(r.State); err != nil {
		return claim{}, "", fault(row, "state", problem.Of(err).Text)
	}
	reason, err := db.Line("reason", "The reason", r.Reason, maxReason)
	if err != nil {
		return claim{}, "", fault(row, "reason", problem.Of(err).Text)
	}
	if r.State == Pass {
		reason = ""
	}
	if r.At.IsZero() {
		return claim{}, "", fault(row, "at", "Say when it was found.")
	}
	if r.At.After(now.Add(maxAhead)) {
		return claim{}, "", fault(row, "at", fmt.Sprintf("%s is in the future: it is %s now. Check the clock of the sender.", stamp(r.At), stamp(now)))
	}
	if r.At.Before(now.Add(-maxBehind)) {
		return claim{}, "", fault(row, "at", fmt.Sprintf("%s is more than ten years ago. Check the clock of the sender.", stamp(r.At)))
	}
	until, err := r.until(row)
	if err != nil {
		return claim{}, "", err
	}
	return claim{at: db.Micros(r.At), until: db.Micros(until), state: r.State, reason: reason}, subject, nil
}

// until is when the report lapses.
func (r Report) until(row int) (time.Time, error) {
	u, field := r.Until, "until"
	switch {
	case r.ValidFor != 0 && !r.Until.IsZero():
		return u, fault(row, "until", "Give until or valid_for, not both.")
	case r.ValidFor != 0:
		u, field = r.At.Add(r.ValidFor), "valid_for"
	case r.Until.IsZero():
		return u, fault(row, "valid_for", "Say how long it may be relied on: somewhat longer than until the test runs again.")
	}
	if !u.Truncate(time.Microsecond).After(r.At.Truncate(time.Microsecond)) {
		return u, fault(row, field, "It lapses before it begins to hold. Give a time after it was found.")
	}
	if u.After(r.At.Add(maxValidFor)) {
		return u, fault(row, field, "No result may be relied on for more than 400 days. Give a shorter time, and run the test more often.")
	}
	return u, nil
}

func stamp(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 MST") }
