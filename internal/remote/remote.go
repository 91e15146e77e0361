// Package remote asks the interface of a system elsewhere: at the pace the
// provider allows, again when it is busy, and with a limit on what it may answer.
// What the answers mean is the business of the packages that ask.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Agent is how Toucan names itself. One provider turns away the name of Go's own
// client.
const Agent = "Toucan-Compliance/1 (+https://github.com/toucan-grc/toucan)"

const (
	maxBody  = 16 << 20 // bytes of one answer; 500 rows have about half a megabyte
	attempts = 5        // at one question
	longest  = 2 * time.Minute
)

// Client asks one system. It is for one goroutine.
type Client struct {
	HTTP      *http.Client
	Pace      *Pace
	Name      string // of the provider, for sentences
	Base      string // such as https://eu.api.knowbe4.com, without a slash at the end
	Accept    string
	Authorize func(ctx context.Context, r *http.Request) error // nil: nothing is added
	Gone      string                                           // what it may mean that something is not there (404), as a sentence; may be empty
}

// Course is Gone of a training provider.
const Course = "If it was a selected course, it was deleted there: choose another."

// Refusal is an answer other than success that asking again would not change.
type Refusal struct {
	Status  int
	Problem *problem.Error
}

func (r *Refusal) Error() string { return r.Problem.Error() }

// Unwrap lets the problem inside be found.
func (r *Refusal) Unwrap() error { return r.Problem }

// Status is the status of the refusal in err, or 0.
func Status(err error) int {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Status
	}
	return 0
}

// Get returns the answer to a question, which is whole JSON. what says in a few
// words what was asked for, such as "page 3 of the users".
func (c *Client) Get(ctx context.Context, what, path string, query url.Values) ([]byte, error) {
	body, _, err := c.ask(ctx, what, true, func(ctx context.Context) (*http.Request, error) {
		u := c.Base + path
		if len(query) > 0 {
			u += "?" + query.Encode()
		}
		return http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	})
	return body, err
}

// File returns an answer of whatever kind, and its content type.
func (c *Client) File(ctx context.Context, what, path string, query url.Values) ([]byte, string, error) {
	return c.ask(ctx, what, false, func(ctx context.Context) (*http.Request, error) {
		u := c.Base + path
		if len(query) > 0 {
			u += "?" + query.Encode()
		}
		return http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	})
}

// PostForm returns the answer to a form, which is whole JSON.
func (c *Client) PostForm(ctx context.Context, what, path string, form url.Values) ([]byte, error) {
	body, _, err := c.ask(ctx, what, true, func(ctx context.Context) (*http.Request, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Base+path, strings.NewReader(form.Encode()))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return r, err
	})
	return body, err
}

// ask asks until there is an answer: a provider that is busy, broken or cut off
// in the middle is asked again after a while, a few times.
func (c *Client) ask(ctx context.Context, what string, whole bool, build func(context.Context) (*http.Request, error)) ([]byte, string, error) {
	var last *problem.Error
	for try := range attempts {
		if err := c.Pace.wait(ctx, c.Name); err != nil {
			return nil, "", err
		}
		body, kind, after, p, err := c.once(ctx, what, whole, build)
		if err != nil || p == nil {
			return body, kind, err
		}
		if last = p; try == attempts-1 {
			break
		}
		if after == 0 {
			after = time.Second << try
		}
		if after > longest {
			return nil, "", problem.New(problem.Busy, "%s asks to wait %s before %s is asked for again. Nothing was changed; the next sync tries again.", c.Name, after.Round(time.Second), what)
		}
		if err := c.Pace.Clock.Sleep(ctx, after); err != nil {
			return nil, "", err
		}
	}
	return nil, "", last
}

// once asks once. It returns a problem when asking again may help, with how long
// the provider wants to be left alone (0: it did not say), and an error otherwise.
func (c *Client) once(ctx context.Context, what string, whole bool, build func(context.Context) (*http.Request, error)) ([]byte, string, time.Duration, *problem.Error, error) {
	r, err := build(ctx)
	if err != nil {
		return nil, "", 0, nil, fmt.Errorf("remote: %w", err)
	}
	r.Header.Set("User-Agent", Agent)
	r.Header.Set("Accept", c.Accept)
	if c.Authorize != nil {
		if err := c.Authorize(ctx, r); err != nil {
			return nil, "", 0, nil, err
		}
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		if ctx.Err() != nil {
			return nil, "", 0, nil, ctx.Err()
		}
		return nil, "", 0, &problem.Error{Code: problem.Busy, Err: err, Text: c.Name + " could not be reached when asked for " + what + ". Nothing was changed; the next sync tries again."}, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be used again
		after, p, err := c.refused(resp, what)
		return nil, "", after, p, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if len(body) > maxBody {
		return nil, "", 0, nil, problem.New(problem.Invalid, "%s answered with more than %d MB when asked for %s. Nothing was changed.", c.Name, maxBody>>20, what)
	}
	if err != nil || whole && !json.Valid(body) {
		return nil, "", 0, &problem.Error{Code: problem.Busy, Err: err,
			Text: fmt.Sprintf("%s broke off, or did not answer in JSON, when asked for %s (%d bytes came). Nothing was changed; the next sync tries again.", c.Name, what, len(body))}, nil
	}
	return body, resp.Header.Get("Content-Type"), 0, nil, nil
}

func (c *Client) refused(resp *http.Response, what string) (time.Duration, *problem.Error, error) {
	refuse := func(format string, args ...any) error {
		return &Refusal{resp.StatusCode, problem.New(problem.Invalid, format, args...)}
	}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests || code >= 500:
		return retryAfter(resp.Header.Get("Retry-After"), c.Pace.Clock.Now()),
			problem.New(problem.Busy, "%s answered %d when asked for %s, %d times. Nothing was changed; the next sync tries again.", c.Name, code, what, attempts), nil
	case code == http.StatusUnauthorized:
		return 0, nil, refuse("%s does not accept the secret of this connection (it answered 401 when asked for %s). Make a new one there and enter it here.", c.Name, what)
	case code == http.StatusForbidden:
		return 0, nil, refuse("%s does not let this connection read %s (it answered 403). Check there what the secret may read, and that the plan includes the interface.", c.Name, what)
	case code == http.StatusNotFound:
		return 0, nil, refuse("%s", strings.TrimSpace(fmt.Sprintf("%s does not know %s (it answered 404). %s", c.Name, what, c.Gone)))
	case code >= 300 && code < 400:
		return 0, nil, refuse("%s answered %d, a redirect, when asked for %s. It is not followed: the secret would go with it.", c.Name, code, what)
	default:
		return 0, nil, refuse("%s answered %d when asked for %s.", c.Name, code, what)
	}
}

// retryAfter reads seconds or a date; 0 when there is neither.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(value); err == nil && n > 0 && n <= 86_400 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(value); err == nil {
		return min(max(t.Sub(now), 0), 24*time.Hour)
	}
	return 0
}
