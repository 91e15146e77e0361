package policy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxFile         = 20 << 20 // bytes of an uploaded document
	maxUndertakings = 500
)

// The kinds of document that can be uploaded.
const (
	mediaDOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	mediaPDF  = "application/pdf"
)

const pdfNote = "The text of PDF files is not read here. People open the file to read it; for the search for contradictions, type in what it binds you to."

// Upload makes a draft whose text is a document somebody wrote elsewhere, DOCX or
// PDF. t says what changed; its body is not used. The text of a DOCX is read out of
// it, so that it can be searched for contradictions; that of a PDF is not.
func (s *Store) Upload(ctx context.Context, who access.Actor, policy, name string, r io.Reader, t Text, now time.Time) (Version, error) {
	if err := who.May(access.WritePolicies); err != nil {
		return Version{}, err
	}
	t.Body = ""
	if err := t.check(false); err != nil {
		return Version{}, err
	}
	f, err := s.keep(ctx, who.Org(), name, r)
	if err != nil {
		return Version{}, err
	}
	v, err := s.draft(ctx, who, policy, t.Stamp, Version{File: f, Change: t.Change, Material: t.Material}, now)
	if err != nil {
		return Version{}, err
	}
	_, err = s.blobs.Stat(ctx, who.Org(), f.SHA256)
	if errors.Is(err, blob.ErrMissing) {
		err = problem.New(problem.Busy, "%s was being erased at this very moment. Send it again.", f.Name)
	}
	return v, err
}

// keep reads a document, takes it in and says what could be read out of it.
func (s *Store) keep(ctx context.Context, org, name string, r io.Reader) (File, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name, err := db.Line("file", "The name of the file", name, 200)
	if err != nil {
		return File{}, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return File{}, err
	case len(data) > maxFile:
		return File{}, problem.Field("file", fmt.Sprintf("%s is larger than 20 MB. Leave out its pictures, or make them smaller.", name))
	case len(data) == 0:
		return File{}, problem.Field("file", name+" is empty. Choose the file again, or export it anew.")
	}
	f := File{Name: name}
	switch {
	case bytes.HasPrefix(data, []byte("%PDF-")):
		f.Media, f.Note = mediaPDF, pdfNote
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		f.Media = mediaDOCX
		if f.Text, f.Note, err = ReadDOCX(name, data); err != nil {
			return File{}, err
		}
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return File{}, problem.Field("file", name+" is in the old format of Word, or it is protected by a password. Save it as DOCX without one, or as PDF.")
	default:
		return File{}, problem.Field("file", name+" is neither DOCX nor PDF. Save it as one of the two, or paste its text into the editor.")
	}
	b, err := s.blobs.Put(ctx, org, bytes.NewReader(data), maxFile)
	f.Bytes, f.SHA256 = b.Bytes, b.SHA256
	return f, err
}

// File returns the uploaded document of a version and its bytes.
func (s *Store) File(ctx context.Context, who access.Actor, version string, now time.Time) (File, []byte, error) {
	if err := mayRead(who); err != nil {
		return File{}, nil, err
	}
	_, v, _, err := s.paper(ctx, who, version, now)
	if err != nil {
		return File{}, nil, err
	}
	if !v.Uploaded() {
		return File{}, nil, problem.New(problem.NotFound, "This version was written here. There is no uploaded document; take its PDF.")
	}
	data, err := s.bytes(ctx, who.Org(), v.File.SHA256, v.File.Name)
	return v.File, data, err
}

// copyLimited copies a kept document, which is never larger than was let in.
func copyLimited(w io.Writer, r io.Reader) (int64, error) {
	return io.Copy(w, io.LimitReader(r, maxFile))
}

func undertakingsText(list []Undertaking) string {
	b, _ := json.Marshal(list) // texts: it cannot fail
	return string(b)
}
