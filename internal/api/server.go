// Package api is the door programs use: JSON under /api/v1, described by an
// OpenAPI document that is made from the same types. A handler reads the request,
// asks the packages that hold the rules, and answers; it holds no rule of its own.
//
// Only bearer tokens open it, and signatures the one address that a webhook of a
// training system sends to. Cookies are not looked at, so no page of another
// site can act with somebody's browser.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/gap"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/risk"
	"github.com/toucan-grc/toucan/internal/standing"
	"github.com/toucan-grc/toucan/internal/system"
	"github.com/toucan-grc/toucan/internal/trail"
	"github.com/toucan-grc/toucan/internal/training"
	"github.com/toucan-grc/toucan/internal/vendor"
)

// Config is what the API is built on. All stores are required.
type Config struct {
	DB        *db.DB
	Access    *access.Store
	People    *people.Store
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Standing  *standing.Store
	Report    *report.Store
	Trail     *trail.Store
	Evidence  *evidence.Store
	Results   *result.Store
	Devices   *device.Store
	Hosts     *osquery.Store
	Monitor   *monitor.Store
	Training  *training.Store
	Policies  *policy.Store
	Systems   *system.Store
	Vendors   *vendor.Store
	Risks     *risk.Store
	Findings  *finding.Store
	ISMS      *isms.Store
	Gaps      *gap.Store

	Connections *training.Connections

	Log *slog.Logger     // nil discards
	Now func() time.Time // nil means time.Now
}

// Server answers the API. It is safe for concurrent use.
type Server struct {
	Config
	mux  *http.ServeMux
	huma huma.API
	kept kept
}

// base is where the operations of one organisation are.
const base = "/api/v1/o/{org}"

// New registers every operation of the table.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{Config: c, mux: http.NewServeMux()}
	s.huma = humago.New(s.mux, configuration())
	s.huma.UseMiddleware(s.admit, s.once)
	for _, o := range operations() {
		o.register(s, o)
	}
	delete(s.huma.OpenAPI().Components.Schemas.Map(), "V2FormFile") // how huma holds a file; it describes nothing
	open(s.huma.OpenAPI())
	s.documents()
	s.mux.HandleFunc("POST /api/v1/o/{org}/training-records", s.postTrainingRecords)
	s.mux.HandleFunc("/api/", s.nowhere)
	return s
}

// ServeHTTP answers everything at and below /api.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w, unless: ifNoneMatch(r)}
	w.Header().Set("Cache-Control", "private, no-cache")
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		s.Log.Error("panic", "request", w.Header().Get("X-Request-Id"), "panic", p, "stack", string(debug.Stack()))
		if rec.status == 0 {
			s.fail(rec, r, fmt.Errorf("panic: %v", p))
		}
	}()
	s.mux.ServeHTTP(rec, r)
}

type actorKey struct{}

// admit finds out for whom a token acts, and whether both the token and the role
// allow the operation. Somebody else's organisation looks exactly like one that
// does not exist.
func (s *Server) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	o := operationOf(ctx)
	r.Body = http.MaxBytesReader(w, r.Body, o.limit()+1) // huma refuses at the limit with a sentence; this stops what does not ask
	who, err := s.enter(r)
	if err == nil && o.Action != "" {
		err = who.May(o.Action)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	next(huma.WithValue(ctx, actorKey{}, who))
}

func (s *Server) enter(r *http.Request) (access.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return access.Actor{}, refuse(http.StatusUnauthorized, unauthenticated, "Send a token in the header Authorization: Bearer tcn_... Make one in Toucan under My account.")
	}
	who, err := s.Access.EnterWithToken(r.Context(), strings.TrimSpace(token), r.PathValue("org"), s.Now())
	if err != nil && problem.Of(err).Code == problem.Forbidden {
		return who, refuse(http.StatusUnauthorized, unauthenticated, "%s", problem.Of(err).Text)
	}
	return who, err
}

// in turns a function into what registers it with huma. The actor was let in by
// admit; what goes wrong becomes a problem document.
func in[I, O any](handle func(s *Server, ctx context.Context, who access.Actor, in *I) (*O, error)) func(*Server, operation) {
	return func(s *Server, o operation) {
		huma.Register(s.huma, o.describe(), func(ctx context.Context, in *I) (*O, error) {
			who, _ := ctx.Value(actorKey{}).(access.Actor)
			out, err := handle(s, ctx, who, in)
			if err != nil {
				return nil, s.problem(o.ID, err)
			}
			return out, nil
		})
	}
}

// nowhere answers addresses and methods that no operation has.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := s.mux.Handler(probe); pattern != "/api/" && m != r.Method {
			allowed = append(allowed, m)
		}
	}
	if allowed == nil {
		s.fail(w, r, problem.New(problem.NotFound, "There is nothing at this address. The operations are listed at /api."))
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.fail(w, r, refuse(http.StatusMethodNotAllowed, methodNotAllowed, "This address takes %s.", strings.Join(allowed, ", ")))
}
