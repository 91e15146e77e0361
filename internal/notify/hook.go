package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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

// Hook is where a machine wants to be told. It follows Standard Webhooks 1.0.0.
type Hook struct {
	URL    string // https, or http for a host the administrator of the machine allowed
	Secret string // whsec_ and the base64 of 24 to 64 bytes; the receiver holds it too
}

// Event is what a webhook is told: thin, with ids and no content to fetch.
type Event struct {
	Type string    `json:"type"` // such as "checkpoint.signed"
	At   time.Time `json:"timestamp"`
	Data any       `json:"data"`
}

const (
	maxBody     = 20_000 // bytes; a receiver may refuse more
	hookWithin  = 20 * time.Second
	secretStart = "whsec_"
)

// NewSecret returns a secret for a webhook, to be shown once.
func NewSecret() string {
	b := make([]byte, 32)
	rand.Read(b)
	return secretStart + base64.StdEncoding.EncodeToString(b)
}

// Check returns an Invalid problem if a hook cannot be used.
func (g *Guard) Check(h Hook) error {
	u, err := url.Parse(h.URL)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" || len(h.URL) > 2000 {
		return problem.Field("url", "This is not an address a webhook can have. It looks like https://hooks.example.com/toucan.")
	}
	if u.Scheme == "http" && !g.Named(u.Hostname()) {
		return problem.Field("url", "Use https: what is sent would be readable on its way.")
	}
	_, err = key(h.Secret)
	return err
}

func key(secret string) ([]byte, error) {
	raw, ok := strings.CutPrefix(secret, secretStart)
	b, err := base64.StdEncoding.DecodeString(raw)
	if !ok || err != nil || len(b) < 24 || len(b) > 64 {
		return nil, problem.Field("secret", "A webhook's secret is whsec_ and the base64 of 24 to 64 bytes. Make a new one.")
	}
	return b, nil
}

// Sign returns the signature of a webhook: HMAC-SHA256 over id, time and body.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	k, err := key(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, k)
	fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// bodyOf is an event as it is sent.
func bodyOf(e Event) ([]byte, error) {
	e.At = e.At.UTC()
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	if len(body) > maxBody {
		return nil, problem.New(problem.Invalid, "What the webhook would be told has %d bytes; %d fit. Send less.", len(body), maxBody)
	}
	return body, nil
}

// wait is a failure of a webhook that says when to try again.
type wait struct {
	error
	For time.Duration
}

// post sends one webhook. Success is a status of 200 to 299 and nothing else; 410
// is the receiver's last word. A redirect is not followed: it would leave the
// address somebody approved.
func (g *Guard) post(ctx context.Context, h Hook, id string, body []byte, at time.Time) error {
	if err := g.Check(h); err != nil {
		return err
	}
	signature, err := Sign(h.Secret, id, at, body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return problem.Field("url", "This is not an address a webhook can have.")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Toucan-Webhook/1")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", signature)
	resp, err := g.Client(hookWithin).Do(r)
	if errors.Is(err, errPrivate) {
		return &problem.Error{Code: problem.Invalid, Err: err, Text: "The address leads into a private network, where Toucan sends nothing. The administrator of the machine can allow it with --allow-private."}
	}
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address, which may hold a token
		}
		return &problem.Error{Code: problem.Busy, Err: err, Text: "The receiver could not be reached: " + shortly(err) + "."}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 16<<10) // so that the connection can be used again
	return answered(resp, at)
}

func answered(resp *http.Response, at time.Time) error {
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		return problem.New(problem.Invalid, "The receiver answered 410: it wants no more of this. Remove the webhook, or give it another address.")
	case code >= 300 && code < 400:
		return problem.New(problem.Busy, "The receiver answered %d, a redirect, which is not followed. Use the address it leads to.", code)
	default:
		err := problem.New(problem.Busy, "The receiver answered %d.", code)
		if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
			if d := retryAfter(resp.Header.Get("Retry-After"), at); d > 0 {
				return wait{err, d}
			}
		}
		return err
	}
}

// retryAfter reads seconds or a date, at most a day ahead; 0 when there is neither.
func retryAfter(value string, now time.Time) time.Duration {
	d := time.Duration(0)
	if n, err := strconv.Atoi(value); err == nil && n > 0 && n <= 86_400 {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(value); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), 24*time.Hour)
}

// Unwrap lets the problem inside be found.
func (w wait) Unwrap() error { return w.error }
