package device

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// word is what a source says of one check.
type word struct {
	wire.Result
	until int64 // of a person's word only: when it lapses, in microseconds
}

// formatWords writes what a source says as it is stored: a line each, of closed words.
func formatWords(list []word) string {
	var b strings.Builder
	for _, w := range list {
		b.WriteString(string(w.Check) + " " + string(w.Verdict) + " " + orDash(string(w.Reason)))
		if w.until != 0 {
			b.WriteString(" " + strconv.FormatInt(w.until, 10))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func noDash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

func parseWords(text string) ([]word, error) {
	var out []word
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 3 {
			return nil, fmt.Errorf("device: %q is no word of a source", line)
		}
		w := word{Result: wire.Result{Check: wire.Check(f[0]), Verdict: wire.Verdict(f[1]), Reason: wire.Reason(noDash(f[2]))}}
		if len(f) > 3 {
			var err error
			if w.until, err = strconv.ParseInt(f[3], 10, 64); err != nil {
				return nil, fmt.Errorf("device: %w", err)
			}
		}
		out = append(out, w)
	}
	return out, nil
}

func wordsOf(list []wire.Result) []word {
	out := make([]word, len(list))
	for i, r := range list {
		out[i] = word{Result: r}
	}
	return out
}

// The tests a device answers, by their place in facts.told: the checks in their order,
// and then these.
const (
	reporting = 7
	owned     = 8
	tests     = 9
)

// testKeys are the keys of the tests as results know them, testNames as told has them.
var testKeys, testNames = func() (keys, names [tests]string) {
	for i, c := range wire.Checks() {
		keys[i], names[i] = result.DeviceTest(c), string(c)
	}
	keys[reporting], names[reporting] = result.DeviceReporting, "reporting"
	keys[owned], names[owned] = result.DeviceOwned, "owned"
	return keys, names
}()

// told is what was last told to results of one test of a device. The zero value: nothing.
type told struct {
	state  result.State
	reason string // a reason of package wire, or one of ours below
	since  int64  // since when the state is so
	until  int64  // when it lapses, or is something else without anybody saying so
	at     int64  // the latest moment that anything was told of
}

// Reasons that are ours, beside those of package wire.
const (
	byWaiver  = "waived"
	bySilence = "silent"
	byNobody  = "nobody"
	byLeaver  = "left"
	// and the states Lost and Retired
)

func formatTold(list [tests]told) string {
	var b strings.Builder
	for i, t := range list {
		if t.state != "" {
			fmt.Fprintf(&b, "%s %s %s %d %d %d\n", testNames[i], t.state, orDash(t.reason), t.since, t.until, t.at)
		}
	}
	return b.String()
}

func parseTold(text string) ([tests]told, error) {
	var out [tests]told
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 6 {
			return out, fmt.Errorf("device: %q was told to nobody", line)
		}
		since, err := strconv.ParseInt(f[3], 10, 64)
		until, err2 := strconv.ParseInt(f[4], 10, 64)
		at, err3 := strconv.ParseInt(f[5], 10, 64)
		if err != nil || err2 != nil || err3 != nil {
			return out, fmt.Errorf("device: %q was told at no time", line)
		}
		for i, name := range testNames {
			if name == f[0] {
				out[i] = told{result.State(f[1]), noDash(f[2]), since, until, at}
			}
		}
	}
	return out, nil
}
