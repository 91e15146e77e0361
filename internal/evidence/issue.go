package evidence

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Stage takes in a file for Issue. account is whoever the item comes from: the
// person who passed a course, or who set up a connection. Whether they may is the
// business of the noun that stages. A file that no item has a day later goes again.
func (s *Store) Stage(ctx context.Context, org, account, name string, r io.Reader, now time.Time) (File, error) {
	name, err := cleanName(name)
	if err != nil {
		return File{}, err
	}
	return s.keep(ctx, org, account, name, r, now)
}

// Issue files an item of evidence in the caller's transaction, so that it is there
// exactly when the thing it shows is: a certificate with the completion. Its files
// were staged before. It asks nobody's permission and changes no other item.
func (s *Store) Issue(ctx context.Context, tx *db.Tx, org, account string, f Filing, now time.Time) (Item, error) {
	if f.Source == "" {
		f.Source = System
	}
	if f.Supersedes != "" || f.Request != "" {
		return Item{}, errors.New("evidence: what is issued corrects nothing and answers nothing")
	}
	i, err := f.checked(account, moment(now))
	if err != nil {
		return Item{}, err
	}
	row := fileRow{Item: i, key: hashKey(account, f.Key, i.ID), salt: ledger.Salt()}
	if first, found, err := s.filedBefore(ctx, tx, org, row.key); err != nil || found {
		return first, err
	}
	target, err := s.resolve(ctx, tx, org, Target{f.Controls, f.Requirements}, row.FiledAt)
	if err != nil {
		return Item{}, err
	}
	target.sort()
	for _, c := range target.Controls {
		row.Tags = append(row.Tags, Tag{Control: c, At: row.FiledAt, By: account})
	}
	for _, r := range target.Requirements {
		row.Tags = append(row.Tags, Tag{Requirement: r, At: row.FiledAt, By: account})
	}
	if err := s.take(ctx, tx, org, &row); err != nil {
		return Item{}, err
	}
	if err := insertItem(ctx, tx, org, &row); err != nil {
		return Item{}, err
	}
	return row.Item, s.log.Append(ctx, tx, row.leaf(org))
}

// keep puts a file away and writes down that it is there.
func (s *Store) keep(ctx context.Context, org, account, name string, r io.Reader, now time.Time) (File, error) {
	b, err := s.blobs.Put(ctx, org, r, blob.MaxBytes)
	if err != nil {
		return File{}, err
	}
	if b.Bytes == 0 {
		return File{}, problem.Field("file", name+" is empty. Choose the file again, or export it anew.")
	}
	f := File{Name: name, Media: b.Media, Bytes: b.Bytes, SHA256: b.SHA256}
	return f, s.db.Write(ctx, org, db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO evidence_blob (org, id, bytes, media, kept_at, account) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (org, id) DO UPDATE SET kept_at = excluded.kept_at`, org, f.SHA256, f.Bytes, b.Media, db.Micros(now), account)
		if err != nil {
			return err
		}
		// the same content may have been removed since it was put; the row keeps it from now on
		_, err = s.blobs.Stat(ctx, org, f.SHA256)
		if errors.Is(err, blob.ErrMissing) {
			err = problem.New(problem.Busy, "%s was being erased at this very moment. Send it again.", name)
		}
		return err
	})
}

// Fate is why an item does not count any more, and since when.
type Fate struct {
	At     time.Time
	Why    string // completes a sentence: "was rejected: ..."
	Erased bool   // and not rejected before
	Next   string // id of the item that took its place; then nothing else is said
}

// Fates returns the items of a kind that do not stand, for a noun that rests on
// them. It reads in the caller's transaction.
func Fates(ctx context.Context, tx *db.Tx, org, kind string) (map[string]Fate, error) {
	rows, err := tx.Query(ctx, `SELECT id, review, reviewed_at, review_note, superseded_by, superseded_at, erased_at FROM evidence_item
		WHERE org = $1 AND kind = $2 AND (review = 'rejected' OR superseded_by <> '' OR erased_at > 0)`, org, kind)
	if err != nil {
		return nil, err
	}
	out := map[string]Fate{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, next, note string
		var review Review
		var reviewed, superseded, erased int64
		if err := scan(&id, &review, &reviewed, &note, &next, &superseded, &erased); err != nil {
			return err
		}
		switch {
		case next != "":
			out[id] = Fate{At: db.Time(superseded), Why: "was corrected", Next: next}
		case review == Rejected && erased > 0:
			out[id] = Fate{At: db.Time(reviewed), Why: "was rejected."}
		case review == Rejected:
			out[id] = Fate{At: db.Time(reviewed), Why: "was rejected: " + note}
		default:
			out[id] = Fate{At: db.Time(erased), Why: "was erased.", Erased: true}
		}
		return nil
	})
	return out, err
}

// OpenIssued returns the first file of an item, for a noun that decided itself who
// may read it: a person their own certificate.
func (s *Store) OpenIssued(ctx context.Context, org, id string) (File, *blob.Reader, error) {
	var i Item
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		i, err = readItem(ctx, tx, org, id)
		return err
	})
	if err != nil {
		return File{}, nil, err
	}
	if i.Erased != nil || len(i.Files) == 0 {
		return File{}, nil, problem.New(problem.NotFound, "The content of this evidence was erased.")
	}
	r, err := s.blobs.Open(ctx, org, i.Files[0].SHA256)
	return i.Files[0], r, err
}

// Capture is one item of a kind, for a noun that counts them.
type Capture struct {
	ID         string
	CapturedAt time.Time
	Rejected   bool
}

// Captures returns the items of a kind that were captured within a stretch and were
// neither corrected nor erased, the oldest first. It reads in the caller's
// transaction.
func Captures(ctx context.Context, tx *db.Tx, org, kind string, from, to time.Time) ([]Capture, error) {
	rows, err := tx.Query(ctx, `SELECT id, captured_at, review FROM evidence_item
		WHERE org = $1 AND kind = $2 AND captured_at >= $3 AND captured_at < $4 AND superseded_by = '' AND erased_at = 0 ORDER BY captured_at, id`, org, kind, db.Micros(from), db.Micros(to))
	if err != nil {
		return nil, err
	}
	var out []Capture
	err = db.Each(rows, func(scan func(...any) error) error {
		var c Capture
		var at int64
		var review Review
		err := scan(&c.ID, &at, &review)
		c.CapturedAt, c.Rejected = db.Time(at), review == Rejected
		out = append(out, c)
		return err
	})
	return out, err
}

// Exists reports whether an item is there and was not erased, in the caller's
// transaction.
func Exists(ctx context.Context, tx *db.Tx, org, id string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM evidence_item WHERE org = $1 AND id = $2 AND erased_at = 0`, org, known(id)).Scan(&n)
	return n > 0, err
}
