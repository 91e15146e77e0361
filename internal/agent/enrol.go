package agent

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Enrol makes a key, asks the server to take the machine in, and keeps what it answered.
// ca is PEM of a private certificate authority, or empty. An enrolment that was there
// before is replaced, and its record moves to former/. An agent that is running takes up
// the new one by itself.
func (a *Agent) Enrol(ctx context.Context, to Address, ca string) (Enrolled, error) {
	c, err := newClient(to.Base, ca)
	if err != nil {
		return Enrolled{}, err
	}
	if err := a.Dir.make(); err != nil {
		return Enrolled{}, err
	}
	release, err := a.Dir.lock(ctx, time.Minute)
	if err != nil {
		return Enrolled{}, err
	}
	defer release()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return Enrolled{}, err
	}
	ask, err := a.enrolment(to, pub)
	if err != nil {
		return Enrolled{}, err
	}
	got, err := c.post(ctx, "/device/enroll", wire.Sign(ask, key))
	if err != nil {
		return Enrolled{}, fmt.Errorf("the server could not be reached: %w", err)
	}
	welcome, err := welcomeIn(got, ask)
	if err != nil {
		return Enrolled{}, err
	}
	e := Enrolled{Base: to.Base, Device: welcome.Device, Key: pub, ServerKey: wire.Key(welcome.Key), CA: ca, At: a.Clock.Now().Unix()}
	ask.Code = strings.Repeat("0", wire.CodeLength) // a code of the organisation opens to others too
	return e, a.Dir.take(e, key, welcome.Settings, Entry{Sent: wire.Sign(ask, key), Answer: got.body})
}

func (a *Agent) enrolment(to Address, pub ed25519.PublicKey) (wire.Enrolment, error) {
	u, err := url.Parse(to.Base)
	if err != nil {
		return wire.Enrolment{}, err
	}
	nonce := make([]byte, 32)
	rand.Read(nonce)
	return wire.Enrolment{V: wire.Version, Code: to.Code, Server: hostOf(u), Platform: a.Machine.Platform, Build: a.Build,
		Key: wire.KeyText(pub), Nonce: wire.HashOf(nonce)}, nil
}

// welcomeIn takes the welcome out of an answer: signed by the key it brings, for the
// question that was asked.
func welcomeIn(got answer, ask wire.Enrolment) (wire.Welcome, error) {
	if got.status != http.StatusOK {
		return wire.Welcome{}, refused(got)
	}
	s, err := wire.Parse[wire.Welcome](got.body)
	if err != nil || !s.By(wire.Key(s.Message.Key)) || s.Message.Nonce != ask.Nonce {
		return wire.Welcome{}, errors.New("what answered is no Toucan server, or something on the way changed its answer")
	}
	return s.Message, nil
}

// refused says why an enrolment was refused, in words for whoever typed the code.
func refused(got answer) error {
	r, err := wire.Decode[wire.Refusal](got.body)
	if err != nil {
		return fmt.Errorf("the server answered %d, and not as a Toucan server does; look at the address", got.status)
	}
	switch r.Code {
	case wire.BadCode:
		return errors.New("the server does not know this code: it was used, or it has expired; take a new one from the page")
	case wire.WrongAddress:
		return errors.New("this server answers under another name; copy the address as the page shows it")
	case wire.TooMany, wire.Busy:
		return errors.New("the server has too much to do; try again in a minute")
	case wire.Malformed, wire.TooLarge:
		return errors.New("the server does not understand this agent; one of them is too old")
	}
	return fmt.Errorf("the server refused: %s", r.Code)
}

// take writes a new enrolment over what was there. The file of the enrolment comes last:
// until it is there, the machine is not enrolled.
func (d Dir) take(e Enrolled, key ed25519.PrivateKey, s wire.Settings, first Entry) error {
	if err := d.setAside(); err != nil {
		return err
	}
	if err := d.make(); err != nil {
		return err
	}
	if err := d.putKey(key); err != nil {
		return err
	}
	n, err := d.sending(first.Sent)
	if err != nil {
		return err
	}
	if err := d.answered(n, first.Answer); err != nil {
		return err
	}
	if err := d.putState(State{Settings: s}); err != nil {
		return err
	}
	return d.putEnrolled(e)
}

// setAside moves the record of the enrolment before to former/ and forgets its key.
func (d Dir) setAside() error {
	e, err := d.Enrolled()
	name := string(e.Device)
	if err != nil {
		name = "damaged"
	}
	if err := d.dropKeyIfAny(); err != nil {
		return err
	}
	if errors.Is(err, ErrNotEnrolled) {
		return os.RemoveAll(d.path("sent")) // of an enrolment that broke off
	}
	if err := os.RemoveAll(d.path("former", name)); err != nil {
		return err
	}
	for _, f := range []string{d.path("former"), d.path("former", name)} {
		if err := errors.Join(os.MkdirAll(f, 0o755), os.Chmod(f, 0o755)); err != nil { // as in make
			return err
		}
	}
	for _, f := range []string{"enrolment", "state", "sent"} { // the enrolment first: from here on there is none
		if err := os.Rename(d.path(f), d.path("former", name, f)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.RemoveAll(d.path("private", "detail"))
}

func (d Dir) dropKeyIfAny() error {
	if _, err := os.Stat(d.path("private")); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return d.dropKey()
}
