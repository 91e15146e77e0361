package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Problem is a failure as RFC 9457 has it, with our code beside it.
type Problem struct {
	Type    string       `json:"type" format:"uri-reference" doc:"Where the kind of problem is explained, relative to the server."`
	Title   string       `json:"title" doc:"What kind of problem it is, in a few words."`
	Status  int          `json:"status" doc:"The HTTP status."`
	Code    problem.Code `json:"code" doc:"What kind of problem it is, for a program. The values never change."`
	Detail  string       `json:"detail" doc:"What happened, and what to do next."`
	Errors  []FieldError `json:"errors,omitempty" doc:"What is wrong with single parts of the request."`
	Request string       `json:"request,omitempty" doc:"The id under which the server's log speaks of this request."`

	cause error
}

// FieldError is what is wrong with one part of a request.
type FieldError struct {
	Location string `json:"location" doc:"Where, such as body.title or query.limit."`
	Detail   string `json:"detail" doc:"What is wrong, and what to do."`
}

// The codes that only this door knows; the others are those of package problem.
const (
	unauthenticated      problem.Code = "unauthenticated"
	methodNotAllowed     problem.Code = "method_not_allowed"
	stale                problem.Code = "stale"
	preconditionRequired problem.Code = "precondition_required"
	keyReused            problem.Code = "key_reused"
	keyInUse             problem.Code = "key_in_use"
)

// kinds is every code with its usual status and what the page at /api says of it.
var kinds = []struct {
	Code   problem.Code
	Status int
	Title  string
	About  string
}{
	{problem.Invalid, http.StatusUnprocessableEntity, "The request cannot be followed as it was sent", "The sender can fix it; errors names the parts at fault. The status is 400 where the body is not JSON, 413 where it is too large, 415 where it has another type."},
	{unauthenticated, http.StatusUnauthorized, "No valid token", "Send Authorization: Bearer with a token that has not expired and was not revoked."},
	{problem.Forbidden, http.StatusForbidden, "Not allowed", "The token's scope or the member's role does not allow the operation."},
	{problem.NotFound, http.StatusNotFound, "Not found", "It is not there, or it belongs to somebody else: the two look the same."},
	{methodNotAllowed, http.StatusMethodNotAllowed, "Another method is needed", "The header Allow names those the address takes."},
	{problem.Conflict, http.StatusConflict, "It clashes with what is there", "The request is well-formed, but something else stands in its way."},
	{keyInUse, http.StatusConflict, "The first request with this key has no answer yet", "It is being carried out, or was carried out and its answer was lost. The change is never made twice. Ask again in a moment; if that stays so, read the resource."},
	{stale, http.StatusPreconditionFailed, "It changed meanwhile", "The tag in If-Match is not the present one. Read it again, and make the change on that."},
	{preconditionRequired, http.StatusPreconditionRequired, "If-Match is missing", "A change of something that is there must name the tag it was read with."},
	{keyReused, http.StatusUnprocessableEntity, "The key was used for another request", "An Idempotency-Key belongs to one request for 24 hours. Choose a new key."},
	{problem.Busy, http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says, then send it again."},
	{problem.Internal, http.StatusInternalServerError, "Something went wrong on our side", "The log has the details under the id in request."},
}

func (p *Problem) Error() string {
	if p.cause != nil {
		return string(p.Code) + ": " + p.Detail + ": " + p.cause.Error()
	}
	return string(p.Code) + ": " + p.Detail
}

// Unwrap returns the cause, for the log.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// refuse makes a problem of this door.
func refuse(status int, code problem.Code, format string, args ...any) *Problem {
	p := &Problem{Status: status, Code: code, Detail: fmt.Sprintf(format, args...)}
	p.name()
	return p
}

// name fills in what the code says.
func (p *Problem) name() {
	p.Type = "/api#problem-" + string(p.Code)
	for _, k := range kinds {
		if k.Code == p.Code {
			p.Title = k.Title
			if p.Status == 0 {
				p.Status = k.Status
			}
		}
	}
}

// problemOf turns any error into a document that reveals no cause.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	e := problem.Of(err)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, problem.Invalid, "What was sent is larger than %d MB, so nothing was kept. Send less at a time.", max(1, tooLarge.Limit>>20))
	}
	p := &Problem{Code: e.Code, Detail: e.Text, cause: e.Err}
	p.name()
	if p.Status == 0 {
		p.Status = http.StatusInternalServerError
	}
	if e.Field != "" {
		p.Errors = []FieldError{{"body." + e.Field, e.Text}}
	}
	return p
}

// problem is problemOf for what a handler returns; our own faults are logged.
func (s *Server) problem(operation string, err error) *Problem {
	p := problemOf(err)
	if p.Status >= 500 {
		s.Log.Error("request failed", "operation", operation, "error", err)
	}
	return p
}

// fail answers with a problem outside of a handler.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := *s.problem(r.Method+" "+r.URL.Path, err)
	p.Request = w.Header().Get("X-Request-Id")
	h := w.Header()
	h.Set("Content-Type", p.ContentType(""))
	switch {
	case p.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="Toucan"`)
	case p.Code == problem.Busy, p.Code == keyInUse:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // a program that went away is nobody to tell
	}
}

// huma has one way to be given another form of error, for the whole program: its
// own validation then speaks like everything else here.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		p := &Problem{Status: status, Code: codeOf(status), Detail: upper(msg)}
		for _, err := range errs {
			if d, ok := err.(huma.ErrorDetailer); ok {
				e := d.ErrorDetail()
				p.Errors = append(p.Errors, FieldError{e.Location, e.Message}) // never the value: it may be a secret
			}
		}
		if status < 500 && len(p.Errors) > 0 {
			p.Detail = "Something in the request is not as it must be; errors names it."
		}
		p.name()
		return p
	}
	huma.DefaultArrayNullable = false // our lists are never null
}

func codeOf(status int) problem.Code {
	switch {
	case status == 0 || status >= 500:
		return problem.Internal
	case status == http.StatusNotFound:
		return problem.NotFound
	}
	return problem.Invalid
}

// upper makes a sentence of a phrase of huma's.
func upper(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
