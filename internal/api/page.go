package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// InOrg is what every operation takes.
type InOrg struct {
	Org string `path:"org" maxLength:"40" doc:"Short name of the organisation, as in the addresses of its pages." example:"meridian-cloud"`
}

// InPage is what every list takes.
type InPage struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"1000" doc:"What next was in the page before; left out for the first page."`
}

// List is one page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last one."`
	Total int    `json:"total" doc:"How many items pass the filter, on all pages."`
}

type listOut[T any] struct{ Body List[T] }

// cursor is where a page ended. It is opaque to whoever passes it back.
type cursor struct {
	List string `json:"l"` // fingerprint of the list and its filter
	Last string `json:"k"` // key of the last item
}

// after is where the page before ended; empty on the first page. which names the
// list and its filter: a cursor fits no other.
func (in InPage) after(which string) (string, error) {
	if in.Cursor == "" {
		return "", nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	if err != nil || json.Unmarshal(raw, &c) != nil || c.List != fingerprint([]byte(which))[:8] {
		return "", inQuery("cursor", refuse(http.StatusUnprocessableEntity, problem.Invalid, "This cursor belongs to another list or filter. Start without one."))
	}
	return c.Last, nil
}

// nextCursor says where a page ended.
func nextCursor(which, last string) string {
	raw, err := json.Marshal(cursor{fingerprint([]byte(which))[:8], last})
	if err != nil {
		panic(err) // texts always can be
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// paged cuts a page out of a list. key names an item; compare orders two keys, so
// that a page begins at the right place also when the last item is gone by now.
// which names the list and its filter: a cursor fits no other.
func paged[T any](in InPage, list []T, which string, key func(T) string, compare func(a, b string) int) (*listOut[T], error) {
	last, err := in.after(which)
	if err != nil {
		return nil, err
	}
	from := 0
	if in.Cursor != "" {
		for from < len(list) && compare(key(list[from]), last) <= 0 {
			from++
		}
	}
	to := min(from+max(1, in.Limit), len(list))
	out := &listOut[T]{List[T]{Items: append([]T{}, list[from:to]...), Total: len(list)}}
	if to < len(list) && to > from {
		out.Body.Next = nextCursor(which, key(list[to-1]))
	}
	return out, nil
}

// newest is paged for what has ids that grow with time: the newest first.
func newest[T any](in InPage, list []T, which string, id func(T) string) (*listOut[T], error) {
	compare := func(a, b string) int { return strings.Compare(b, a) }
	slices.SortFunc(list, func(a, b T) int { return compare(id(a), id(b)) })
	return paged(in, list, which, id, compare)
}

// oneOut is a single resource with the tag of its content.
type oneOut[T any] struct {
	ETag string `header:"ETag" doc:"Tag of this content, for If-Match and If-None-Match."`
	Body T
}

// createdOut is oneOut for something new.
type createdOut[T any] struct {
	ETag     string `header:"ETag" doc:"Tag of this content, for If-Match and If-None-Match."`
	Location string `header:"Location" doc:"Where it is."`
	Body     T
}

func single[T any](v T, err error) (*oneOut[T], error) {
	if err != nil {
		return nil, err
	}
	return &oneOut[T]{tag(v), v}, nil
}

func fresh[T any](v T, location string, err error) (*createdOut[T], error) {
	if err != nil {
		return nil, err
	}
	return &createdOut[T]{tag(v), location, v}, nil
}

// told is an answer whose lists are empty where they say nothing, and never null: one
// to a token that may write and not read, or one that another package made.
func told[T any](v T) T {
	fill(reflect.ValueOf(&v).Elem())
	return v
}

func fill(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fill(f)
			}
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		fill(v.Elem())
	case v.Kind() == reflect.Slice && v.IsNil():
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case v.Kind() == reflect.Map && v.IsNil():
		v.Set(reflect.MakeMap(v.Type()))
	}
}

// tag is a strong entity tag: the same content has the same.
func tag(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types always can be
	}
	return `"` + fingerprint(raw) + `"`
}

func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// InMatch is what every change of something that is there takes.
type InMatch struct {
	IfMatch string `header:"If-Match" maxLength:"200" doc:"The ETag the resource was read with. Required: 428 without it, 412 if the resource changed since."`
}

// on checks that a change was made on what is there now.
func (in InMatch) on(current any) error {
	if in.IfMatch == "" {
		return refuse(http.StatusPreconditionRequired, preconditionRequired, "Read it first, and send its ETag in If-Match, so that nobody's change is lost.")
	}
	if in.IfMatch != "*" && !contains(in.IfMatch, tag(current)) {
		return errStale()
	}
	return nil
}

func errStale() error {
	return refuse(http.StatusPreconditionFailed, stale, "It changed since you read it. Read it again, and make the change on that.")
}

// contains looks for a tag in a header that may list several.
func contains(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			return true
		}
	}
	return false
}

func ifNoneMatch(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.Header.Get("If-None-Match")
	}
	return ""
}

// recorder remembers what was answered, and says 304 where the reader has it already.
type recorder struct {
	http.ResponseWriter
	unless string // If-None-Match
	status int
	mute   bool
	keep   *strings.Builder // nil: the body is not kept
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status != 0 {
		return
	}
	r.status = status
	if etag := r.Header().Get("ETag"); status == http.StatusOK && r.unless != "" && etag != "" && contains(r.unless, etag) {
		r.mute = true
		r.Header().Del("Content-Type")
		status = http.StatusNotModified
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if r.mute {
		return len(b), nil
	}
	if r.keep != nil && r.keep.Len() <= maxAnswer {
		r.keep.Write(b)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

var errMoved = errors.New("the organisation moved on")

// replace makes a change of something that is there. read tells what is there,
// and write changes it; the check of If-Match holds for the transaction of the
// change, so of two who read the same only one gets through.
func replace[T any](s *Server, ctx context.Context, who access.Actor, in InMatch, read func() (T, error), write func(ctx context.Context, now T) error) (*oneOut[T], error) {
	for range 20 { // each turn somebody else got through
		revision, err := s.DB.Revision(ctx, who.Org())
		if err != nil {
			return nil, err
		}
		now, err := read()
		if err != nil {
			return nil, err
		}
		if err := in.on(now); err != nil {
			return nil, err
		}
		err = write(db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
			found, err := tx.Revision(ctx, who.Org())
			if err == nil && found != revision {
				err = errMoved
			}
			return err
		}), now)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return single(read())
	}
	return nil, problem.New(problem.Busy, "Too much is being changed here at once. Wait a second and send it again.")
}
