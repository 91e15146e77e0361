package osquery

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// MaxBody bounds a request, also after it was inflated, in bytes. A log of osquery holds
// 1,024 entries at most, of about 350 bytes each.
const MaxBody = 1 << 20

// Handler is the door of hosts: POST /o/{organisation}/osquery/ and then enroll, config,
// log, distributed/read or distributed/write.
type Handler struct {
	Store   *Store
	Machine func(ctx context.Context, slug string) (access.Actor, error)
	Now     func() time.Time
	From    func(*http.Request) string // the address a request comes from
	Log     *slog.Logger               // nil: nothing is logged
}

// Answers that are always the same. A host that gets node_invalid enrols anew; osquery
// does not look at the status of an answer, so every failure says error in its body.
var (
	nodeInvalid = []byte(`{"node_invalid":true}`)
	taken       = []byte(`{"node_invalid":false}`)
	noQuestions = []byte(`{"queries":{},"node_invalid":false}`)
)

// paths takes /o/{slug}/osquery/{door} apart.
func paths(path string) (slug, door string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/o/")
	if !ok {
		return "", "", false
	}
	slug, rest, ok = strings.Cut(rest, "/")
	if !ok {
		return "", "", false
	}
	door, ok = strings.CutPrefix(rest, "osquery/")
	return slug, door, ok
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	slug, door, ok := paths(r.URL.Path)
	serve, known := doors[door]
	switch {
	case !ok || !known:
		h.fail(w, problem.New(problem.NotFound, "There is nothing at this address."))
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		write(w, http.StatusMethodNotAllowed, []byte(`{"error":"POST it."}`))
		return
	}
	who, err := h.Machine(r.Context(), slug)
	if err != nil {
		h.fail(w, err)
		return
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 64<<10 {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	body, err := readBody(w, r, buf)
	if err == nil {
		var answer []byte
		if answer, err = serve(h, r, who, body); err == nil {
			write(w, http.StatusOK, answer)
			return
		}
	}
	h.fail(w, err)
}

var doors = map[string]func(*Handler, *http.Request, access.Actor, []byte) ([]byte, error){
	"enroll":            (*Handler).enrol,
	"config":            (*Handler).config,
	"log":               (*Handler).log,
	"distributed/read":  (*Handler).distributedRead,
	"distributed/write": (*Handler).distributedWrite,
}

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	inflate sync.Pool // of *gzip.Reader
)

func write(w http.ResponseWriter, status int, body []byte) {
	head := w.Header()
	head["Content-Type"] = jsonType
	head["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

var jsonType = []string{"application/json"}

// fail says what went wrong. What the host cannot help is logged.
func (h *Handler) fail(w http.ResponseWriter, err error) {
	p := problem.Of(err)
	status := http.StatusInternalServerError
	switch p.Code {
	case problem.NotFound:
		status = http.StatusNotFound
	case problem.Forbidden:
		status = http.StatusForbidden
	case problem.Invalid:
		status = http.StatusBadRequest
	case problem.Busy:
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "30")
	}
	switch {
	case errors.Is(err, errTooLarge):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, errTooOften):
		status = http.StatusTooManyRequests
	}
	if status >= 500 && p.Code != problem.Busy && h.Log != nil {
		h.Log.Warn("a request of osquery failed", "error", err)
	}
	body, _ := json.Marshal(map[string]string{"error": p.Text})
	write(w, status, body)
}

var errTooLarge = problem.New(problem.Invalid, "A request may have a megabyte at most.")

// errTooOften keeps one host from filling the database: what it says waits with it.
var errTooOften = problem.New(problem.Busy, "A host may send results every few seconds. Send them again later.")

// readBody reads a request into buf and inflates it.
func readBody(w http.ResponseWriter, r *http.Request, buf *bytes.Buffer) ([]byte, error) {
	var from io.Reader = http.MaxBytesReader(w, r.Body, MaxBody)
	switch r.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		z, _ := inflate.Get().(*gzip.Reader)
		if z == nil {
			z = new(gzip.Reader)
		}
		if err := z.Reset(from); err != nil {
			return nil, problem.New(problem.Invalid, "The request says it is gzip, and is not.")
		}
		defer inflate.Put(z)
		from = io.LimitReader(z, MaxBody+1)
	default:
		return nil, problem.New(problem.Invalid, "A request may be packed with gzip and nothing else.")
	}
	_, err := buf.ReadFrom(from)
	switch {
	case buf.Len() > MaxBody:
		return nil, errTooLarge
	case err != nil:
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, errTooLarge
		}
		return nil, problem.New(problem.Invalid, "The request broke off.")
	}
	return buf.Bytes(), nil
}

// errBody is a body that is not what its door takes.
func errBody() error {
	return problem.New(problem.Invalid, "The body is not the JSON that osquery sends here.")
}

func (h *Handler) enrol(r *http.Request, who access.Actor, body []byte) ([]byte, error) {
	var e enrolling
	if json.Unmarshal(body, &e) != nil {
		return nil, errBody()
	}
	key, err := h.Store.enrol(r.Context(), who, e, h.From(r), h.Now())
	if err != nil || key == "" {
		return nodeInvalid, err
	}
	return []byte(`{"node_key":"` + key + `","node_invalid":false}`), nil
}

// host finds who asks. Since 2026 osquery sends its key in a header as well as in the
// body (pull request 8805); either is enough, and both have to be the same.
func (h *Handler) host(r *http.Request, who access.Actor, inBody string) (*node, error) {
	key := inBody
	if head := r.Header.Get("Authorization"); head != "" {
		k, ok := strings.CutPrefix(head, "NodeKey ")
		if !ok || key != "" && key != k {
			return nil, nil
		}
		key = k
	}
	now := h.Now()
	n, err := h.Store.find(r.Context(), who, []byte(key), now)
	if n != nil {
		n.seen.Store(now.UnixMicro())
	}
	return n, err
}

// keyed is all that is read of a request whose content does not matter.
type keyed struct {
	NodeKey string `json:"node_key"`
}

func (h *Handler) keyed(r *http.Request, who access.Actor, body []byte) (*node, error) {
	var k keyed
	if len(body) > 0 && json.Unmarshal(body, &k) != nil {
		return nil, errBody()
	}
	return h.host(r, who, k.NodeKey)
}

func (h *Handler) config(r *http.Request, who access.Actor, body []byte) ([]byte, error) {
	n, err := h.keyed(r, who, body)
	if err != nil || n == nil {
		return nodeInvalid, err
	}
	return h.Store.configuration(r.Context(), who, n.platform, h.Now())
}

func (h *Handler) distributedRead(r *http.Request, who access.Actor, body []byte) ([]byte, error) {
	n, err := h.keyed(r, who, body)
	if err != nil || n == nil {
		return nodeInvalid, err
	}
	return noQuestions, nil
}

// distributedWrite throws away what nobody asked for.
func (h *Handler) distributedWrite(r *http.Request, who access.Actor, body []byte) ([]byte, error) {
	n, err := h.keyed(r, who, body)
	if err != nil || n == nil {
		return nodeInvalid, err
	}
	h.Store.count(who.Org(), h.Now(), Answers, 1)
	return taken, nil
}

func (h *Handler) log(r *http.Request, who access.Actor, body []byte) ([]byte, error) {
	var l logged
	if json.Unmarshal(body, &l) != nil {
		return nil, errBody()
	}
	n, err := h.host(r, who, l.NodeKey)
	if err != nil || n == nil {
		return nodeInvalid, err
	}
	now := h.Now()
	if l.Type != "result" {
		h.Store.count(who.Org(), now, StatusLogs, 1)
		return taken, nil
	}
	if !h.Store.logs.Take(n.id, now) {
		return nil, errTooOften
	}
	if err := h.Store.take(r.Context(), who, n, l.Data, now); err != nil {
		return nil, err
	}
	return taken, nil
}

// take hands the verdicts of a log to the devices. The log is answered only once they are
// stored, so a host keeps what was not.
func (s *Store) take(ctx context.Context, who access.Actor, n *node, data json.RawMessage, now time.Time) error {
	list, refused, err := read(data, now)
	if err != nil {
		return problem.New(problem.Invalid, "The log cannot be read: %v.", err)
	}
	words, results := make([]device.Word, len(list)), 0
	for i, x := range list {
		words[i] = device.Word{Kind: device.Osquery, Key: n.id, Platform: n.platform, SeenAt: x.At, Results: x.Results}
		results += len(x.Results)
	}
	for part := range slices.Chunk(words, device.MaxWords) {
		if _, err := s.Devices.Take(ctx, who, part, now); err != nil {
			return err
		}
	}
	s.count(who.Org(), now, Refused, int64(refused))
	s.count(who.Org(), now, Taken, int64(results))
	return nil
}

// Platforms are those there is a pack for.
func Platforms() []wire.Platform { return []wire.Platform{wire.Linux, wire.MacOS, wire.Windows} }
