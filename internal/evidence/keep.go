package evidence

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	maxFileBytes = 2 << 30
	waitsFor     = 24 * time.Hour // how long a file may be kept without an item that has it
)

// Keep takes a file in, so that an item can be filed with it. It is streamed, and
// nothing of it is visible before all of it is kept. A file that no item has a day
// later goes again.
func (s *Store) Keep(ctx context.Context, who access.Actor, name string, r io.Reader, now time.Time) (File, error) {
	if err := s.mayKeep(ctx, who); err != nil {
		return File{}, err
	}
	name, err := cleanName(name)
	if err != nil {
		return File{}, err
	}
	head := bufio.NewReaderSize(r, 4096)
	start, err := head.Peek(3072)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return File{}, broken(name, err)
	}
	if len(start) == 0 {
		return File{}, problem.Field("file", name+" is empty. Choose the file again, or export it anew.")
	}
	media := detect(start)
	f := File{Name: name, Media: named(media, name)}
	whole := &limited{r: head, left: maxFileBytes, name: name}
	if f.SHA256, f.Bytes, err = s.blobs.Put(ctx, who.Org(), whole); err != nil {
		if whole.err != nil { // the sender's fault, whatever the store made of it
			err = whole.err
		}
		return File{}, err
	}
	return f, s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO evidence_blob (org, id, bytes, media, kept_at, account) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (org, id) DO UPDATE SET kept_at = excluded.kept_at`, who.Org(), f.SHA256, f.Bytes, media, db.Micros(now), who.Account())
		if err != nil {
			return err
		}
		// the same content may have been removed since it was put; the row keeps it from now on
		there, err := s.blobs.Has(ctx, who.Org(), f.SHA256)
		if err == nil && !there {
			err = problem.New(problem.Busy, "%s was being erased at this very moment. Send it again.", name)
		}
		return err
	})
}

// mayKeep lets in who may file evidence, and who was asked for some.
func (s *Store) mayKeep(ctx context.Context, who access.Actor) error {
	if who.Can(access.FileEvidence) {
		return nil
	}
	if err := who.May(access.AnswerRequests); err != nil {
		return who.May(access.FileEvidence)
	}
	return s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		person, err := s.personOf(ctx, tx, who)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM evidence_request WHERE org = $1 AND person = $2 AND state IN ('open', 'answered')`, who.Org(), person).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Forbidden, "Nobody asked you for evidence, so there is nothing to send a file for. Ask your compliance manager.")
		}
		return nil
	})
}

// limited reads at most what one file may have, and keeps the failure of the
// sender apart from those of the store.
type limited struct {
	r    io.Reader
	left int64
	name string
	err  error
}

func (l *limited) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.err = problem.Field("file", l.name+" is larger than 2 GB. Split it, or file a link to where it is kept.")
		return 0, l.err
	}
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = broken(l.name, err)
		return n, l.err
	}
	return n, err
}

// broken says that a file did not arrive whole. A problem stays what it is.
func broken(name string, err error) error {
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.Field("file", name+" is larger than 2 GB. Split it, or file a link to where it is kept.")
	}
	return &problem.Error{Code: problem.Invalid, Field: "file", Text: name + " did not arrive whole, and nothing of it is kept. Send it again.", Err: err}
}

// cleanName is the last part of a path, as browsers and programs send it.
func cleanName(name string) (string, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		name = "file"
	}
	return db.Line("file", "The name of the file", name, 300)
}

// Sniff says what a file is, by its first bytes. Its name decides only between
// kinds of plain text, and between kinds of zip archive: a name never makes a
// file more harmless than its bytes say.
func Sniff(name string, head []byte) string { return named(detect(head), name) }

// detect says what bytes are, whatever the file is called.
func detect(head []byte) string {
	media, _, _ := mime.ParseMediaType(http.DetectContentType(head))
	if !strings.HasPrefix(media, "text/") {
		return media
	}
	lower := bytes.ToLower(head)
	for _, tag := range []string{"<svg", "<script", "<html", "<iframe", "<body", "<!doctype"} { // what a browser that guesses could run
		if !bytes.Contains(lower, []byte(tag)) {
			continue
		}
		if tag == "<svg" {
			return "image/svg+xml"
		}
		return "text/html"
	}
	return media
}

// named narrows what bytes are down by the name of their file.
func named(media, name string) string {
	if narrow, ok := narrower[media][strings.ToLower(path.Ext(name))]; ok {
		return narrow
	}
	return media
}

var narrower = map[string]map[string]string{
	"text/plain": {".csv": "text/csv", ".tsv": "text/csv", ".json": "application/json", ".md": "text/markdown", ".markdown": "text/markdown"},
	"application/zip": {
		".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		".ods":  "application/vnd.oasis.opendocument.spreadsheet",
		".odt":  "application/vnd.oasis.opendocument.text",
	},
}

// Open returns a file of an item, by its place among them, and its bytes. Content
// that is missing or is not what was filed is a problem that says so; the item
// stays as it is.
func (s *Store) Open(ctx context.Context, who access.Actor, id string, n int) (File, io.ReadSeekCloser, error) {
	i, err := s.Find(ctx, who, id)
	if err != nil {
		return File{}, nil, err
	}
	if i.Erased != nil {
		return File{}, nil, problem.New(problem.NotFound, "The content of this evidence was erased. What is left says who did it, when and why.")
	}
	if n < 0 || n >= len(i.Files) {
		return File{}, nil, problem.New(problem.NotFound, "This evidence has no such file. Open it again from the library.")
	}
	r, err := s.blobs.Open(ctx, who.Org(), i.Files[n].SHA256)
	if err != nil && problem.Of(err).Code == problem.NotFound {
		err = &problem.Error{Code: problem.Conflict, Err: err, Text: fmt.Sprintf("%s is filed, but its content is not where files are kept. Restore it from a backup; its SHA-256 is %s.", i.Files[n].Name, i.Files[n].SHA256)}
	}
	if err != nil {
		return File{}, nil, err
	}
	return i.Files[n], r, nil
}
