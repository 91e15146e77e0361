package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	filesLimit   = 8 << 30           // bytes of one piece of evidence with all its files
	itemLimit    = 512 << 10         // bytes of what is said of it
	silence      = 60 * time.Second  // no byte for so long: the connection is given up
	answerWithin = 120 * time.Second // after the last byte, to hash, sync and file
	sendWithin   = 30 * time.Minute  // two gigabytes over a slow line
)

// inForm gives a handler the form as it comes in: nothing of it is read before.
type inForm struct {
	r    *http.Request
	w    http.ResponseWriter
	huma huma.API
}

// Resolve implements huma.Resolver.
func (f *inForm) Resolve(ctx huma.Context) []error {
	f.r, f.w = humago.Unwrap(ctx)
	return nil
}

// withForm describes the form that inForm hides from huma.
func withForm(register func(*Server, operation)) func(*Server, operation) {
	return func(s *Server, o operation) {
		register(s, o)
		item := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[NewEvidence](), true, "NewEvidence")
		form := &huma.Schema{Type: huma.TypeObject, Required: []string{"item"}, Properties: map[string]*huma.Schema{
			"item": item,
			"file": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}, Description: "Up to 50 files, each with its name; 2 GB at most each."},
		}}
		s.huma.OpenAPI().Paths[base+o.Path].Post.RequestBody = &huma.RequestBody{Required: true,
			Description: "The part item holds JSON and best comes first; each part file is a file. Evidence needs a file or a link.",
			Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: form, Encoding: map[string]*huma.Encoding{
				"item": {ContentType: "application/json"}, "file": {ContentType: "application/octet-stream"}}}}}
	}
}

type filedOut struct {
	ETag     string `header:"ETag" doc:"Tag of this content, for If-None-Match."`
	Location string `header:"Location" doc:"Where it is."`
	Replayed string `header:"Idempotency-Replayed" doc:"true when it was filed by an earlier request with this key."`
	Body     Evidence
}

// createEvidence files what a form brings. The store makes a key safe on its own,
// and for good: the form is not read twice and not kept in memory.
func createEvidence(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	Key string `header:"Idempotency-Key" maxLength:"200" doc:"Any text that names this request, such as a UUID or a hash of the content. The same request with the same key is filed once, however much later it comes again."`
	inForm
}) (*filedOut, error) {
	in.huma = s.huma
	if strings.Trim(in.Key, visible) != "" {
		return nil, at("header.Idempotency-Key", problem.New(problem.Invalid, "An Idempotency-Key has up to 200 letters, digits and signs, without blanks."))
	}
	item, files, err := s.receive(ctx, who, &in.inForm)
	if err != nil {
		return nil, err
	}
	f := item.filing()
	f.Files, f.Key = files, in.Key
	now := s.Now()
	i, err := s.Evidence.File(ctx, who, f, now)
	if err != nil {
		return nil, inItem(err)
	}
	out := &filedOut{Location: address(who, "evidence", i.ID)}
	if !i.FiledAt.Equal(now.UTC().Truncate(time.Microsecond)) {
		if !same(i, f) {
			return nil, refuse(http.StatusUnprocessableEntity, keyReused, "This Idempotency-Key was sent with other evidence before (%s). Choose a new key.", i.ID)
		}
		out.Replayed = "true"
	}
	codes, err := s.codes(ctx, who)
	if err != nil {
		return nil, err
	}
	out.Body = evidenceOf(i, codes, now)
	out.ETag = tag(out.Body)
	return out, nil
}

// same reports whether an item that was filed earlier is what is to be filed now.
func same(i evidence.Item, f evidence.Filing) bool {
	if i.Erased != nil { // what it was is gone; that it was filed is known
		return true
	}
	digests := func(list []evidence.File) (out []string) {
		for _, x := range list {
			out = append(out, x.SHA256)
		}
		return out
	}
	return i.Title == strings.TrimSpace(f.Title) && i.Kind == f.Kind && i.CapturedAt.Equal(f.CapturedAt.Truncate(time.Microsecond)) && slices.Equal(digests(i.Files), digests(f.Files))
}

// inItem says where in the form a field of the store is.
func inItem(err error) error {
	e := problem.Of(err)
	switch e.Field {
	case "", "file":
		return err
	case "valid_for":
		return at("body.item.valid_for_days", err)
	case "key":
		return at("header.Idempotency-Key", err)
	}
	return at("body.item."+e.Field, err)
}

// receive reads the form part by part and hands each file to the store as it
// comes. The deadline moves on while bytes keep coming, so a slow line is no
// failure and a dead one is.
func (s *Server) receive(ctx context.Context, who access.Actor, in *inForm) (NewEvidence, []evidence.File, error) {
	var item NewEvidence
	kind, _, _ := mime.ParseMediaType(in.r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return item, nil, refuse(http.StatusUnsupportedMediaType, problem.Invalid, "Send a form (multipart/form-data) with a part item, which is JSON, and a part file for each file.")
	}
	line := http.NewResponseController(in.w)
	in.r.Body = patient{in.r.Body, line}
	defer func() {
		_ = line.SetReadDeadline(time.Time{}) // a recorder in a test has no deadline
		_ = line.SetWriteDeadline(time.Now().Add(answerWithin))
	}()
	form, err := in.r.MultipartReader()
	if err != nil {
		return item, nil, errBroken(err)
	}
	var files []evidence.File
	found := false
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF) && !found:
			return item, nil, at("body.item", problem.New(problem.Invalid, "The form has no part item. It holds JSON with title, kind and captured_at."))
		case errors.Is(err, io.EOF):
			return item, files, nil
		case err != nil:
			return item, nil, errBroken(err)
		}
		switch part.FormName() {
		case "item":
			found = true
			err = in.item(part, &item)
		case "file":
			var f evidence.File
			f, err = s.keepFile(ctx, who, part, len(files))
			files = append(files, f)
		default:
			err = at("body."+part.FormName(), problem.New(problem.Invalid, "The form has a part %q. It takes item and file.", part.FormName()))
		}
		if err != nil {
			return item, nil, err
		}
	}
}

// maxParts is how many files are taken before the store would refuse the item.
const maxParts = 50

// keepFile hands one file to the store.
func (s *Server) keepFile(ctx context.Context, who access.Actor, part *multipart.Part, before int) (evidence.File, error) {
	if before == maxParts {
		return evidence.File{}, problem.Field("file", "One piece of evidence has at most 50 files. Pack them into an archive, or file several.")
	}
	src := &source{Reader: part}
	f, err := s.Evidence.Keep(ctx, who, part.FileName(), src, s.Now())
	if err != nil && src.failed != nil {
		return f, errBroken(src.failed)
	}
	return f, err
}

// source remembers that reading failed: a store may fail with the same error when
// its database goes away, and that is no fault of the sender.
type source struct {
	io.Reader
	failed error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.failed = err
	}
	return n, err
}

// item reads what is said of the evidence, and checks it as every body is checked.
func (f *inForm) item(part io.Reader, v *NewEvidence) error {
	data, err := io.ReadAll(io.LimitReader(part, itemLimit+1))
	if err != nil {
		return errBroken(err)
	}
	if len(data) > itemLimit {
		return at("body.item", problem.New(problem.Invalid, "The part item is larger than %d KB. Shorten the note, or send it as a file.", itemLimit>>10))
	}
	var sent any
	if err := json.Unmarshal(data, &sent); err != nil {
		return at("body.item", problem.New(problem.Invalid, "The part item is not JSON: %v.", err))
	}
	schemas := f.huma.OpenAPI().Components.Schemas
	var res huma.ValidateResult
	huma.Validate(schemas, schemas.Schema(reflect.TypeFor[NewEvidence](), true, "NewEvidence"), huma.NewPathBuffer([]byte("body.item"), len("body.item")), huma.ModeWriteToServer, sent, &res)
	if len(res.Errors) > 0 {
		return huma.NewError(http.StatusUnprocessableEntity, "validation failed", res.Errors...)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return at("body.item", problem.New(problem.Invalid, "The part item cannot be read: %v.", err))
	}
	return nil
}

// filing is the item as the store takes it.
func (e NewEvidence) filing() evidence.Filing {
	f := evidence.Filing{Title: e.Title, Note: e.Note, Kind: e.Kind, CapturedAt: e.CapturedAt, ValidFor: time.Duration(e.ValidForDays) * 24 * time.Hour,
		Source: evidence.Source(e.Source), Collector: e.Collector, Version: e.Version, Controls: e.Controls, Requirements: refs(e.Requirements), Supersedes: e.Supersedes, Request: e.Request}
	if e.Period != nil {
		f.Period.From, _ = cadence.ParseDate(e.Period.From) // the schema lets nothing but a date through
		f.Period.To, _ = cadence.ParseDate(e.Period.To)
	}
	for _, l := range e.Links {
		f.Links = append(f.Links, evidence.Link(l))
	}
	return f
}

// errBroken tells a form that is too large from one that broke off.
func errBroken(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge
	}
	return &problem.Error{Code: problem.Invalid, Text: "The form did not arrive whole, so nothing was filed. Send it again.", Err: err}
}

// patient moves the deadline of a connection on with every read.
type patient struct {
	io.ReadCloser
	line *http.ResponseController
}

func (p patient) Read(b []byte) (int, error) {
	until := time.Now().Add(silence) // the clock of the machine: no rule depends on it
	_ = p.line.SetReadDeadline(until)
	_ = p.line.SetWriteDeadline(until.Add(answerWithin))
	return p.ReadCloser.Read(b)
}

// filePolicy keeps what people sent from running or reaching anything.
const filePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox"

// getEvidenceFile sends the bytes of a file. It is always a download, and ranges
// are served.
func getEvidenceFile(s *Server, ctx context.Context, who access.Actor, in *struct {
	InEvidence
	N     int    `path:"n" minimum:"0" maximum:"1000" doc:"Place of the file in files, from 0."`
	Range string `header:"Range" maxLength:"500" doc:"Only some of the bytes, such as bytes=0-1023."`
}) (*huma.StreamResponse, error) {
	f, body, err := s.Evidence.Open(ctx, who, in.Item, in.N)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer body.Close()
		r, w := humago.Unwrap(c)
		h := w.Header()
		h.Set("Content-Type", f.Media)
		h.Set("Content-Disposition", "attachment")
		if d := mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}); d != "" {
			h.Set("Content-Disposition", d)
		}
		h.Set("Content-Security-Policy", filePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", fmt.Sprintf("%q", f.SHA256))
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendWithin))
		http.ServeContent(w, r, "", time.Time{}, body)
	}}, nil
}

// withFile describes what getEvidenceFile answers.
func withFile(register func(*Server, operation)) func(*Server, operation) {
	return func(s *Server, o operation) {
		register(s, o)
		bytes := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
		op := s.huma.OpenAPI().Paths[base+o.Path].Get
		delete(op.Responses, "204")
		op.Responses["200"] = &huma.Response{Description: "The bytes, as a download.", Content: bytes}
		op.Responses["206"] = &huma.Response{Description: "The bytes that Range asked for.", Content: bytes}
		op.Responses["416"] = &huma.Response{Description: "The file has no such bytes."}
	}
}
