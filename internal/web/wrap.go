package web

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/problem"
)

var errCrossOrigin = problem.New(problem.Forbidden, "This form was sent from another site, so nothing was done. Open the page here and send it again.")

type requestKey struct{}

// requestID returns the id under which the log speaks of this request.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// contentPolicy allows what we ship and nothing else: no inline script, no foreign origin.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// outer gives every request an id, the headers, a line in the log and an end to panics.
func (s *Server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now() // for the log only; no rule sees it
		id := uuid.NewString()[:18]
		r = r.WithContext(context.WithValue(r.Context(), requestKey{}, id))
		h := w.Header()
		h.Set("X-Request-Id", id)
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if s.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		seen := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.Log.Error("panic", "request", id, "panic", p, "stack", string(debug.Stack()))
				if seen.status == 0 {
					s.fail(seen, r, visitor{}, errors.New("panic"))
				}
			}
			took := time.Since(began)
			s.metrics.observe(r, seen.status, took)
			s.Log.Info("request", "request", id, "method", r.Method, "path", r.URL.Path, "status", seen.status, "bytes", seen.bytes, "took", took)
		}()
		next.ServeHTTP(seen, r)
	})
}

// wrap turns a route into a handler: it limits the body, finds out who is
// asking, checks the role, and shows what goes wrong.
func (s *Server) wrap(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := rt.Body
		if limit == 0 {
			limit = formLimit
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		who, err := s.visitor(r, rt)
		if err == nil {
			err = rt.Handle(s, w, r, who)
		}
		if err == nil {
			return
		}
		if errors.Is(err, errSignInFirst) {
			to := "/sign-in"
			if r.Method == http.MethodGet && r.URL.Path != "/" {
				to = query(to, "next", r.URL.RequestURI())
			}
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		s.fail(w, r, who, err)
	})
}

var errSignInFirst = problem.New(problem.Forbidden, "Sign in first.")

// visitor finds out who asks and whether the door opens. Somebody else's
// organisation looks exactly like one that does not exist.
func (s *Server) visitor(r *http.Request, rt route) (visitor, error) {
	var who visitor
	if rt.Door == public {
		return who, nil
	}
	token := sessionToken(r)
	if token == "" {
		return who, errSignInFirst
	}
	account, err := s.Access.Authenticate(r.Context(), token, s.Now())
	if err != nil {
		if problem.Of(err).Code == problem.Internal {
			return who, err
		}
		return who, errSignInFirst
	}
	who.Account = account
	if rt.Door == signedIn {
		return who, nil
	}
	if who.Actor, err = s.Access.Enter(r.Context(), account, r.PathValue("org")); err != nil {
		return who, err
	}
	who.Org = s.shelf.name(r.Context(), s, who.Actor)
	if rt.Action != "" {
		return who, who.May(rt.Action)
	}
	return who, nil
}

// fail shows an error as a page. The cause goes to the log and nowhere else.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, who visitor, err error) {
	p := problem.Of(err)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p = problem.New(problem.Invalid, "What was sent is larger than %d MB, so nothing was kept. Send less at a time.", max(1, tooLarge.Limit>>20))
	}
	status := statusOf(p.Code)
	if status >= 500 {
		s.Log.Error("request failed", "request", requestID(r.Context()), "path", r.URL.Path, "error", err)
	}
	home := "/"
	if who.Slug() != "" {
		home = orgPath(who.Slug())
	}
	page := problemPage{Title: titleOf(p.Code), Problem: p, Home: home, Theme: theme(r), Request: requestID(r.Context())}
	if err := s.render(w, r, status, showProblem(page)); err != nil {
		s.Log.Error("draw the problem", "error", err)
	}
}

// statusOf turns a code into a status of HTTP.
func statusOf(c problem.Code) int {
	switch c {
	case problem.Invalid:
		return http.StatusUnprocessableEntity
	case problem.Forbidden:
		return http.StatusForbidden
	case problem.NotFound:
		return http.StatusNotFound
	case problem.Conflict:
		return http.StatusConflict
	case problem.Busy:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

func titleOf(c problem.Code) string {
	switch c {
	case problem.Invalid:
		return "This cannot be done as it was sent"
	case problem.Forbidden:
		return "Not allowed"
	case problem.NotFound:
		return "Not found"
	case problem.Conflict:
		return "Something else changed meanwhile"
	case problem.Busy:
		return "Too many tries"
	}
	return "Something went wrong"
}

func (s *Server) notFound(http.ResponseWriter, *http.Request, visitor) error {
	return problem.New(problem.NotFound, "There is no page at this address.")
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += n
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// send writes a body, compressed where the browser can read that. Pages carry no
// secret beside text a stranger chose, so the length of a page gives nothing away.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	w.Header().Add("Vary", "Accept-Encoding")
	if len(body) < 1400 || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, err := w.Write(body)
		return quiet(err)
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	if _, err := z.Write(body); err != nil {
		return quiet(err)
	}
	return quiet(z.Close())
}

// quiet drops the error of a browser that went away: nobody is left to tell.
func quiet(error) error { return nil }

// local returns an address only if it stays on this server, so that a link
// cannot send a person elsewhere after signing in.
func local(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return u.RequestURI()
}
