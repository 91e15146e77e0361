package agent

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Enrolled says to whom the device belongs. It is written once, at the enrolment.
type Enrolled struct {
	Base      string            `json:"base"` // such as https://toucan.example/o/acme
	Device    wire.ID           `json:"device"`
	Key       ed25519.PublicKey `json:"key"`        // of the device
	ServerKey ed25519.PublicKey `json:"server_key"` // signs receipts and revocations; no other is believed
	CA        string            `json:"ca"`         // PEM of a private certificate authority, or empty
	At        int64             `json:"at"`         // seconds since 1970
}

// End is why an agent stopped reporting for good. The zero value is that it did not.
type End string

const (
	Revoked End = "revoked" // by the server's signature; the key is gone
	Copied  End = "behind"  // the server knows later reports of this device than this machine
)

// State is what changes from report to report.
type State struct {
	Settings wire.Settings `json:"settings"`
	Newest   *wire.Report  `json:"newest"` // the report made last; nil before the first
	Queue    []wire.Report `json:"queue"`  // made, and without a receipt; oldest first
	Receipt  *wire.Receipt `json:"receipt"`
	Refusal  wire.Code     `json:"refusal"` // of the last try, or empty
	Failure  string        `json:"failure"` // of the last try, or empty
	TriedAt  int64         `json:"tried_at"`
	NextAt   int64         `json:"next_at"` // when the next report is due if nothing changes
	End      End           `json:"end"`
	Why      wire.Why      `json:"why"` // of a revocation
}

var (
	// ErrNotEnrolled is a machine that belongs to no organisation.
	ErrNotEnrolled = errors.New("this machine is not enrolled")
	// ErrDamaged is a state that cannot be read, and cannot be made good from the record
	// of what was sent. Going on could make two reports of one number.
	ErrDamaged = errors.New("the state of the agent is damaged; enrol this machine anew")
)

// Enrolled reads to whom the device belongs.
func (d Dir) Enrolled() (Enrolled, error) {
	var e Enrolled
	b, err := d.read("enrolment")
	if errors.Is(err, fs.ErrNotExist) {
		return e, ErrNotEnrolled
	}
	if err != nil {
		return e, err
	}
	if json.Unmarshal(b, &e) != nil || !e.sound() {
		return Enrolled{}, ErrDamaged
	}
	return e, nil
}

// enrolledAt is when the file of the enrolment was written; zero if there is none.
func (d Dir) enrolledAt() time.Time {
	info, err := os.Stat(d.path("enrolment"))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

func (e Enrolled) sound() bool {
	u, err := url.Parse(e.Base)
	return err == nil && u.Host != "" && len(e.Device) == 32 && len(e.Key) == ed25519.PublicKeySize && len(e.ServerKey) == ed25519.PublicKeySize
}

// State reads the state of an enrolled device. If it is damaged or gone, it is made good
// from the record of what was sent; where that does not tell either, it is ErrDamaged.
func (d Dir) State(e Enrolled) (State, error) {
	var s State
	b, err := d.read("state")
	switch {
	case err == nil:
		if json.Unmarshal(b, &s) == nil && s.sound() {
			return s, nil
		}
	case !errors.Is(err, fs.ErrNotExist):
		return s, err // such as no right to read it: nothing is wrong with it
	}
	return d.rebuild(e)
}

// sound reports whether the state can be one that putState wrote.
func (s State) sound() bool {
	if s.Settings.Fault() != "" || len(s.Queue) > wire.MaxReports {
		return false
	}
	if s.Newest == nil {
		return len(s.Queue) == 0
	}
	n := len(s.Queue)
	return s.Newest.Seq > 0 && (n == 0 || s.Queue[n-1].Hash() == s.Newest.Hash())
}

// rebuild is the state as the record of what was sent tells it: what was sent last is
// the newest report, and stays in the queue unless a receipt lies beside it. Reports that
// never left the machine are lost, which nobody can tell from their never having been
// made: their numbers are free.
func (d Dir) rebuild(e Enrolled) (State, error) {
	entries, err := d.Sent()
	if err != nil || len(entries) == 0 {
		return State{}, errors.Join(ErrDamaged, err)
	}
	s := State{Settings: wire.Usual()}
	for _, x := range entries {
		if r, err := wire.Open[wire.Receipt](x.Answer, e.ServerKey); err == nil && r.Device == e.Device {
			s.Settings, s.Receipt = r.Settings, &r
		}
		if w, err := wire.Open[wire.Welcome](x.Answer, e.ServerKey); err == nil {
			s.Settings = w.Settings
		}
	}
	last := entries[len(entries)-1]
	if _, err := wire.Parse[wire.Enrolment](last.Sent); err == nil && last.Number == 1 {
		return s, nil // nothing was ever sent but the enrolment
	}
	sent, err := wire.Open[wire.Delivery](last.Sent, e.Key)
	if err != nil {
		return State{}, ErrDamaged
	}
	newest := sent.Reports[len(sent.Reports)-1]
	s.Newest = &newest
	if s.Receipt == nil || s.Receipt.Seq != newest.Seq {
		s.Queue = sent.Reports
	}
	return s, nil
}

// putState keeps the state; nothing of it may leave the machine before.
func (d Dir) putState(s State) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := d.write(append(b, '\n'), 0o644, "state"); err != nil {
		return fmt.Errorf("the state cannot be kept: %w", err)
	}
	return nil
}

func (d Dir) putEnrolled(e Enrolled) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return d.write(append(b, '\n'), 0o644, "enrolment")
}
