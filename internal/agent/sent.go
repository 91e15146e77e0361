package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// keepSent is how many messages the record of what was sent holds.
const keepSent = 200

// Entry is one message that left the machine, and what came back.
type Entry struct {
	Number int
	At     time.Time
	Sent   []byte // the exact bytes of the body, but for the code of an enrolment
	Answer []byte // the exact bytes of the answer; empty if none came
}

func sentName(n int, kind string) string { return fmt.Sprintf("%010d.%s", n, kind) }

// Sent reads the record of what was sent, oldest first.
func (d Dir) Sent() ([]Entry, error) {
	numbers, err := d.sentNumbers()
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, n := range numbers {
		e := Entry{Number: n}
		if e.Sent, err = d.read("sent", sentName(n, "sent")); err != nil {
			return nil, err
		}
		if info, err := os.Stat(d.path("sent", sentName(n, "sent"))); err == nil {
			e.At = info.ModTime()
		}
		e.Answer, err = d.read("sent", sentName(n, "answer"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// sentNumbers are the numbers of the entries, ascending.
func (d Dir) sentNumbers() ([]int, error) {
	names, err := os.ReadDir(d.path("sent")) // sorted by name, so by number
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []int
	for _, n := range names {
		text, ok := strings.CutSuffix(n.Name(), ".sent")
		if number, err := strconv.Atoi(text); ok && err == nil && n.Name() == sentName(number, "sent") {
			out = append(out, number)
		}
	}
	return out, err
}

// sending records what is about to leave the machine, and drops what is too old.
func (d Dir) sending(b []byte) (number int, err error) {
	numbers, err := d.sentNumbers()
	if err != nil {
		return 0, err
	}
	number = 1
	if n := len(numbers); n > 0 {
		number = numbers[n-1] + 1
	}
	if err := d.write(b, 0o644, "sent", sentName(number, "sent")); err != nil {
		return 0, fmt.Errorf("what would be sent cannot be recorded, so it is not sent: %w", err)
	}
	for _, n := range numbers[:max(len(numbers)-keepSent+1, 0)] {
		d.unsend(n)
	}
	return number, nil
}

// answered records what came back.
func (d Dir) answered(number int, b []byte) error {
	return d.write(b, 0o644, "sent", sentName(number, "answer"))
}

// unsend takes an entry out: it is too old, or nothing left the machine after all.
func (d Dir) unsend(number int) {
	os.Remove(d.path("sent", sentName(number, "answer")))
	os.Remove(d.path("sent", sentName(number, "sent")))
}

// Verify looks at what was sent as a stranger would, and says of each entry what does not
// hold; nil if all does. Every delivery has to be signed by the device, every receipt by
// the server, every report has to name the one before it, and no number may stand for
// two reports.
func Verify(e Enrolled, entries []Entry) [][]string {
	out := make([][]string, len(entries))
	known := map[uint64]wire.Hash{}
	for i, x := range entries {
		if _, err := wire.Parse[wire.Enrolment](x.Sent); err == nil {
			if w, err := wire.Open[wire.Welcome](x.Answer, e.ServerKey); err != nil || w.Device != e.Device {
				out[i] = append(out[i], "the server's welcome does not carry its signature")
			}
			continue
		}
		sent, err := wire.Open[wire.Delivery](x.Sent, e.Key)
		if err != nil || sent.Device != e.Device {
			out[i] = append(out[i], "this is no delivery signed by this device")
			continue
		}
		out[i] = follows(sent, known)
		if f := receiptFault(e, sent, x.Answer); f != "" {
			out[i] = append(out[i], f)
		}
	}
	return out
}

// follows checks the chain of a delivery and takes its reports into known.
func follows(sent wire.Delivery, known map[uint64]wire.Hash) (faults []string) {
	for _, r := range sent.Reports {
		h := r.Hash()
		if before, ok := known[r.Seq-1]; ok && before != r.Prev {
			faults = append(faults, fmt.Sprintf("report %d does not follow from report %d", r.Seq, r.Seq-1))
		}
		if other, ok := known[r.Seq]; ok && other != h {
			faults = append(faults, fmt.Sprintf("there are two reports of number %d", r.Seq))
		}
		known[r.Seq] = h
	}
	return faults
}

// receiptFault says what is wrong with an answer that is a receipt. A refusal is no
// receipt, and neither is no answer: there is nothing to hold against them.
func receiptFault(e Enrolled, sent wire.Delivery, answer []byte) string {
	s, err := wire.Parse[wire.Receipt](answer)
	newest := sent.Reports[len(sent.Reports)-1]
	switch {
	case err != nil:
		return ""
	case !s.By(e.ServerKey):
		return "the receipt does not carry the server's signature"
	case s.Message.Device != e.Device || s.Message.Seq != newest.Seq || s.Message.Report != newest.Hash():
		return "the receipt is for another report"
	}
	return ""
}
