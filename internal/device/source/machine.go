package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/wire"
)

// machine is what a system says of one machine.
type machine struct {
	key      string // the system's own id
	platform wire.Platform
	emails   []string  // of whom it is said to be; none or several: nobody is known
	seen     time.Time // when the system heard what it says; zero: never
	results  []wire.Result
}

// answered is what is asked of a system: all of its machines, or an error.
type answered struct {
	machines []machine
	skipped  int
}

// system asks one tenant.
type system interface {
	machines(ctx context.Context) (answered, error)
	asked() remote.Usage
}

// Limits of an answer.
const (
	maxMachines = 200_000
	pageSize    = 100
)

// untold is the answer to a check the system says nothing of.
func untold(c wire.Check) wire.Result {
	return wire.Result{Check: c, Verdict: wire.CouldNotTell, Reason: wire.NotReported}
}

// results makes an answer to every check out of those a system gave.
func results(given map[wire.Check]wire.Result) []wire.Result {
	out := make([]wire.Result, 0, len(wire.Checks()))
	for _, c := range wire.Checks() {
		r, ok := given[c]
		if !ok {
			r = untold(c)
		}
		out = append(out, r)
	}
	return out
}

// stated is pass or fail, as a system says; nil is that it does not say.
func stated(c wire.Check, on *bool, off wire.Reason) wire.Result {
	switch {
	case on == nil:
		return untold(c)
	case *on:
		return wire.Result{Check: c, Verdict: wire.Pass}
	}
	return wire.Result{Check: c, Verdict: wire.Fail, Reason: off}
}

// instant is a moment in an answer. Text that is no moment, and the year 1 that some
// systems write for never, are no moment: the machine is left out, not the sync.
type instant struct{ time.Time }

// UnmarshalJSON reads it.
func (i *instant) UnmarshalJSON(b []byte) error {
	var m remote.Moment
	if m.UnmarshalJSON(b) == nil {
		i.Time = m.Time
	}
	return nil
}

// unreadable is an answer that is not what the documentation describes.
func unreadable(name, what string, err error) error {
	text := strings.TrimPrefix(err.Error(), "json: ")
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		text = fmt.Sprintf("its %s is a %s", t.Field, t.Value)
	}
	return &problem.Error{Code: problem.Invalid, Err: err, Text: fmt.Sprintf("%s answered in a form Toucan does not know when asked for %s: %.200s. Nothing was changed.", name, what, text)}
}

// tooMany is a system with more machines than anybody has.
func tooMany(name string) error {
	return problem.New(problem.Invalid, "%s tells of more than %d machines. Nothing was changed.", name, maxMachines)
}

// early is an answer that ends before its end.
func early(name string, got, want int) error {
	return problem.New(problem.Busy, "%s said it has %d machines and told of %d. Nothing was changed; the next sync tries again.", name, want, got)
}

// tokens makes bearer tokens out of the secret of a client, and makes a new one when one
// is about to end.
type tokens struct {
	door    *remote.Client
	path    string
	form    url.Values
	token   string
	expires time.Time
}

// authorize adds a token to a question.
func (t *tokens) authorize(ctx context.Context, r *http.Request) error {
	if now := t.door.Pace.Clock.Now(); t.token == "" || !now.Before(t.expires) {
		const what = "a token"
		body, err := t.door.PostForm(ctx, what, t.path, t.form)
		if s := remote.Status(err); s == http.StatusBadRequest || s == http.StatusUnauthorized {
			return problem.New(problem.Invalid, "%s does not accept the client or its secret (it answered %d when asked for a token). Look whether the secret has expired, make a new one there and enter it here.", t.door.Name, s)
		}
		if err != nil {
			return err
		}
		var a struct {
			Token   string      `json:"access_token"`
			Expires json.Number `json:"expires_in"` // seconds
		}
		if err := json.Unmarshal(body, &a); err != nil {
			return unreadable(t.door.Name, what, err)
		}
		if a.Token == "" || strings.ContainsAny(a.Token, "\r\n") || len(a.Token) > 16<<10 {
			return unreadable(t.door.Name, what, errors.New("it holds no access_token"))
		}
		seconds, _ := a.Expires.Int64()
		within := time.Duration(min(max(seconds, 60), 86_400)) * time.Second
		t.token, t.expires = a.Token, now.Add(max(within-time.Minute, within/2))
	}
	r.Header.Set("Authorization", "Bearer "+t.token)
	return nil
}
