// Package huntresstest is a stand-in for the interface of Huntress Managed SAT: its
// tokens, its JSON:API and its documented oddities. It was written from the
// documentation and from open clients. Nothing in it was recorded from an account.
package huntresstest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What opens the stand-in.
const (
	ClientID = "client-of-the-stand-in"
	Secret   = "secret-of-the-stand-in"
)

// Learner is an account.
type Learner struct {
	ID, Email, Name string
	Gone            bool // not active
}

// Assignment is a training that was assigned.
type Assignment struct{ ID, Title, Status string }

// Activity is an attempt of a learner.
type Activity struct {
	ID, Assignment, Learner string
	Completed               time.Time
	Related                 bool // names the learner in a relationship, not in an attribute
}

// Server answers like an account. Set its fields before it is used.
type Server struct {
	Now         func() time.Time
	Type        string
	Learners    []Learner
	Assignments []Assignment
	Enrolled    map[string][]string // learners of an assignment
	Activities  []Activity
	Certificate []byte        // of everybody, or nothing
	TokenFor    time.Duration // 0: an hour
	NoLearners  bool          // the scope learners:read is refused
	Unpaged     bool          // no meta
	Flood       int           // so many questions are answered with 429 first

	// Fault may answer instead.
	Fault func(w http.ResponseWriter, r *http.Request) bool

	mu      sync.Mutex
	tokens  map[string]time.Time // until when each is good
	Tokens  int                  // made
	Agents  []string
	Refused int
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Agents = append(s.Agents, r.UserAgent())
	if s.Flood > 0 {
		s.Flood--
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	if strings.HasPrefix(r.UserAgent(), "Go-http-client") { // a wall in front turns such away
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if s.Fault != nil && s.Fault(w, r) {
		return
	}
	if r.URL.Path == "/oauth/token" {
		s.token(w, r)
		return
	}
	if until, ok := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]; !ok || !s.Now().Before(until) {
		s.Refused++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/api/v1")
	if !ok || r.Header.Get("Accept") != "application/vnd.api+json" {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	s.resource(w, r, strings.Split(strings.Trim(path, "/"), "/"))
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != ClientID || r.FormValue("client_secret") != Secret {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	within := s.TokenFor
	if within == 0 {
		within = time.Hour
	}
	s.Tokens++
	t := fmt.Sprintf("token-%d", s.Tokens)
	if s.tokens == nil {
		s.tokens = map[string]time.Time{}
	}
	s.tokens[t] = s.Now().Add(within)
	_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "access_token": t, "expires_in": int(within / time.Second)})
}

// Revoke takes all tokens back before their time.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = nil
}

func (s *Server) resource(w http.ResponseWriter, r *http.Request, parts []string) {
	switch {
	case parts[0] == "accounts":
		s.answer(w, r, []any{object("accounts", "1", map[string]any{"name": "One", "status": "active", "type": s.Type, "plan": "sat", "licenses": 50})}, nil)
	case len(parts) == 1 && parts[0] == "learners":
		s.learners(w, r, s.Learners)
	case len(parts) == 1 && parts[0] == "assignments":
		list := []any{}
		for _, a := range s.Assignments {
			list = append(list, object("assignments", a.ID, map[string]any{"title": a.Title, "status": a.Status, "startsAt": "2026-01-05T08:00:00Z", "endsAt": nil}))
		}
		s.answer(w, r, list, nil)
	case len(parts) == 3 && parts[2] == "learners":
		in := map[string]bool{}
		for _, id := range s.Enrolled[parts[1]] {
			in[id] = true
		}
		var list []Learner
		for _, l := range s.Learners {
			if in[l.ID] {
				list = append(list, l)
			}
		}
		s.learners(w, r, list)
	case len(parts) == 3 && parts[2] == "learner-activity":
		s.activities(w, r, parts[1])
	case len(parts) == 3 && parts[2] == "completion-certificate" && s.Certificate != nil:
		s.answer(w, r, []any{object("completion-certificates", "1", map[string]any{"name": "Certificate", "pdf": base64.StdEncoding.EncodeToString(s.Certificate)})}, nil)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *Server) learners(w http.ResponseWriter, r *http.Request, list []Learner) {
	if s.NoLearners {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	out := []any{}
	for _, l := range list {
		out = append(out, learner(l))
	}
	s.answer(w, r, out, nil)
}

func learner(l Learner) any {
	status := "active"
	if l.Gone {
		status = "inactive"
	}
	return object("learners", l.ID, map[string]any{"email": l.Email, "firstName": l.Name, "lastName": "", "status": status})
}

func (s *Server) activities(w http.ResponseWriter, r *http.Request, assignment string) {
	out, included := []any{}, []any{}
	named := map[string]Learner{}
	for _, l := range s.Learners {
		named[l.ID] = l
	}
	for _, a := range s.Activities {
		if a.Assignment != assignment {
			continue
		}
		attributes := map[string]any{"completedAt": nil}
		if !a.Completed.IsZero() {
			attributes["completedAt"] = a.Completed.UTC().Format(time.RFC3339)
		}
		o := object("learner-activities", a.ID, attributes)
		if a.Related {
			o["relationships"] = map[string]any{"learner": map[string]any{"data": map[string]any{"type": "learners", "id": a.Learner}}}
		} else {
			attributes["learnerId"] = a.Learner
		}
		out = append(out, o)
		if r.FormValue("include") == "learner" {
			included = append(included, learner(named[a.Learner]))
		}
	}
	s.answer(w, r, out, included)
}

func object(kind, id string, attributes map[string]any) map[string]any {
	return map[string]any{"type": kind, "id": id, "attributes": attributes}
}

// answer cuts one page.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, list, included []any) {
	w.Header().Set("Content-Type", "application/vnd.api+json")
	if s.Unpaged {
		_ = json.NewEncoder(w).Encode(map[string]any{"data": list})
		return
	}
	n, size := 1, 15
	if v, err := strconv.Atoi(r.FormValue("page[number]")); err == nil && v > 0 {
		n = v
	}
	if v, err := strconv.Atoi(r.FormValue("page[size]")); err == nil && v > 0 {
		size = min(v, 100)
	}
	from := min((n-1)*size, len(list))
	body := map[string]any{"data": append([]any{}, list[from:min(from+size, len(list))]...),
		"meta": map[string]any{"page": map[string]any{"currentPage": n, "lastPage": max(1, (len(list)+size-1)/size), "perPage": size, "total": len(list)}}}
	if included != nil {
		body["included"] = included
	}
	_ = json.NewEncoder(w).Encode(body)
}
