package evidence

import (
	"context"
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

const waitsFor = 24 * time.Hour // how long a file may be kept without an item that has it

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
	return s.keep(ctx, who.Org(), who.Account(), name, r, now)
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

// cleanName is the last part of a path, as browsers and programs send it.
func cleanName(name string) (string, error) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		name = "file"
	}
	return db.Line("file", "The name of the file", name, 300)
}

// Open returns a file of an item, by its place among them, and its bytes. Content
// that is missing or is not what was filed is a problem that says so; the item
// stays as it is.
func (s *Store) Open(ctx context.Context, who access.Actor, id string, n int) (File, *blob.Reader, error) {
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
	if errors.Is(err, blob.ErrMissing) {
		err = &problem.Error{Code: problem.Conflict, Err: err, Text: fmt.Sprintf("%s is filed, but its content is not where files are kept. Restore it from a backup; its SHA-256 is %s.", i.Files[n].Name, i.Files[n].SHA256)}
	}
	if err != nil {
		return File{}, nil, err
	}
	return i.Files[n], r, nil
}
