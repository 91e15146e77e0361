// Package endpoint is the door of agents: two addresses of an organisation, one to
// enrol and one to report. It translates and holds no rule.
package endpoint

import (
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Config is what the door is built on.
type Config struct {
	Access     *access.Store
	Devices    *device.Store
	Log        *slog.Logger     // nil discards
	Now        func() time.Time // nil means time.Now
	Host       string           // this server as agents address it, such as "toucan.example"; empty: as each request does
	TrustProxy bool             // believe the last X-Forwarded-For and X-Forwarded-Proto
}

type door struct {
	Config
	failed *device.Pace // codes that were none, by address
}

// Codes that were none: after triesBurst of them an address has another try every
// triesEvery.
const (
	triesEvery = 10 * time.Second
	triesBurst = 20
	triesKeys  = 10_000
)

// maxBody is a message and its signature.
const maxBody = wire.MaxMessage + 128

// Handler answers POST /o/{slug}/device/enroll and /o/{slug}/device/report. Its answers
// are signed messages of package wire, and refusals. It takes no cookie, so it belongs
// outside the guard of forms.
func Handler(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	d := &door{c, device.NewPace(triesEvery, triesBurst, triesKeys)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /o/{slug}/device/enroll", d.enrol)
	mux.HandleFunc("POST /o/{slug}/device/report", d.report)
	return mux
}

func (d *door) report(w http.ResponseWriter, r *http.Request) {
	body, ok := read(w, r)
	if !ok {
		return
	}
	m, err := wire.Parse[wire.Delivery](body)
	if err != nil {
		refuse(w, http.StatusBadRequest, wire.Refusal{Code: wire.Malformed}, 0)
		return
	}
	who, err := d.Access.Machine(r.Context(), r.PathValue("slug"))
	if err != nil && problem.Of(err).Code == problem.NotFound {
		refuse(w, http.StatusUnauthorized, wire.Refusal{Code: wire.Unknown}, 0) // as for a device that is unknown
		return
	}
	var b []byte
	if err == nil {
		b, err = d.Devices.Report(r.Context(), who, m, d.Now())
	}
	d.answer(w, r, b, err)
}

func (d *door) enrol(w http.ResponseWriter, r *http.Request) {
	body, ok := read(w, r)
	if !ok {
		return
	}
	m, err := wire.Parse[wire.Enrolment](body)
	if err != nil {
		refuse(w, http.StatusBadRequest, wire.Refusal{Code: wire.Malformed}, 0)
		return
	}
	from, now := access.ClientOf(r, d.TrustProxy).Network(), d.Now()
	if !d.failed.Left(from, now) {
		d.answer(w, r, nil, &device.Refused{Code: wire.TooMany, After: time.Minute})
		return
	}
	who, err := d.Access.Machine(r.Context(), r.PathValue("slug"))
	if err != nil && problem.Of(err).Code == problem.NotFound {
		err = &device.Refused{Code: wire.BadCode} // as for a code that is none
	}
	var b []byte
	if err == nil {
		b, err = d.Devices.Enrol(r.Context(), who, m, d.host(r), now)
	}
	if x, ok := errors.AsType[*device.Refused](err); ok && x.Code == wire.BadCode {
		d.failed.Take(from, now)
	}
	d.answer(w, r, b, err)
}

// read reads what was sent, or refuses it.
func read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case r.ContentLength > maxBody || len(body) > maxBody:
		refuse(w, http.StatusRequestEntityTooLarge, wire.Refusal{Code: wire.TooLarge}, 0)
	case err != nil:
		refuse(w, http.StatusBadRequest, wire.Refusal{Code: wire.Malformed}, 0)
	default:
		return body, true
	}
	return nil, false
}

var status = map[wire.Code]int{
	wire.Malformed: http.StatusBadRequest, wire.Unknown: http.StatusUnauthorized, wire.BadCode: http.StatusForbidden,
	wire.Behind: http.StatusConflict, wire.RevokedHere: http.StatusGone, wire.TooLarge: http.StatusRequestEntityTooLarge,
	wire.TooMany: http.StatusTooManyRequests, wire.Busy: http.StatusServiceUnavailable, wire.WrongAddress: http.StatusMisdirectedRequest,
}

// answer sends what the store says.
func (d *door) answer(w http.ResponseWriter, r *http.Request, b []byte, err error) {
	if err == nil {
		h := w.Header()
		h["Content-Type"] = plain
		h["Cache-Control"] = noStore
		_, _ = w.Write(b) // who hung up asks again
		return
	}
	if x, ok := errors.AsType[*device.Refused](err); ok {
		refuse(w, status[x.Code], wire.Refusal{Code: x.Code, Revocation: string(x.Revocation)}, x.After)
		return
	}
	if r.Context().Err() == nil {
		d.Log.Error("a device was not answered", "path", r.URL.Path, "error", err)
	}
	refuse(w, http.StatusServiceUnavailable, wire.Refusal{Code: wire.Busy}, time.Minute)
}

var (
	plain   = []string{"text/plain; charset=utf-8"}
	noStore = []string{"no-store"}
)

// refuse sends a refusal. Who is told to come back is told so at different times, so
// that they do not all come back at once.
func refuse(w http.ResponseWriter, status int, x wire.Refusal, after time.Duration) {
	x.V = wire.Version
	w.Header().Set("Content-Type", "application/json")
	w.Header()["Cache-Control"] = noStore
	if after > 0 {
		seconds := int(after / time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(seconds+rand.IntN(seconds+1)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(wire.Encode(x))
}

// host is this server as agents address it: in lower case, with its port only where
// that is not the usual one of the scheme.
func (d *door) host(r *http.Request) string {
	if d.Host != "" {
		return d.Host
	}
	scheme := "http"
	if r.TLS != nil || d.TrustProxy && r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return HostOf(scheme, r.Host)
}

// HostOf writes host and port as agents name a server.
func HostOf(scheme, host string) string {
	usual := ":80"
	if scheme == "https" {
		usual = ":443"
	}
	return strings.TrimSuffix(strings.ToLower(host), usual)
}
