package agent

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// keepDetail is of how many reports the detail is kept.
const keepDetail = 30

// maxDetail is the most that is kept of one check.
const maxDetail = 64 << 10

// detailText is what a report's verdicts rest on: the outputs the checks read, as text
// to read. Its hash stands in the report, so the owner can show it later and anybody can
// see that it is unchanged. The random line on top keeps the hash from being guessed by
// trying likely contents.
func detailText(salt []byte, seq uint64, now time.Time, answers []check.Answer) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "random %x\nreport %d\nat %s\n", salt, seq, now.UTC().Format(time.RFC3339))
	for _, a := range answers {
		fmt.Fprintf(&b, "\n%s %s %s\n", a.Check, a.Verdict, a.Reason)
		left := maxDetail
		for _, line := range a.Detail {
			if left -= len(line); left < 0 {
				fmt.Fprintln(&b, "  (more than is kept)")
				break
			}
			fmt.Fprintf(&b, "  %q\n", line)
		}
	}
	return b.Bytes()
}

// putDetail keeps the detail of a report on the machine and returns its hash.
func (d Dir) putDetail(seq uint64, now time.Time, answers []check.Answer) (wire.Hash, error) {
	salt := make([]byte, 16)
	rand.Read(salt)
	text := detailText(salt, seq, now, answers)
	if err := d.write(text, 0o600, "private", "detail", strconv.FormatUint(seq, 10)); err != nil {
		return "", fmt.Errorf("the detail cannot be kept: %w", err)
	}
	names, err := os.ReadDir(d.path("private", "detail"))
	if err != nil {
		return "", err
	}
	for _, n := range names {
		if old, err := strconv.ParseUint(n.Name(), 10, 64); err != nil || old+keepDetail <= seq {
			os.Remove(d.path("private", "detail", n.Name()))
		}
	}
	return wire.HashOf(text), nil
}

// Detail is what a report's verdicts rested on, as kept on the machine.
func (d Dir) Detail(seq uint64) ([]byte, error) {
	return d.read("private", "detail", strconv.FormatUint(seq, 10))
}
