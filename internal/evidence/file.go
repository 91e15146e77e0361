package evidence

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// Filing is what somebody files. Files were kept before; of each, the name and
// the SHA-256 are enough.
type Filing struct {
	Title, Note  string
	Kind         string    // of the vocabulary
	CapturedAt   time.Time // when the system was observed: the sender knows, the clock does not
	Period       cadence.Days
	ValidFor     time.Duration // zero: it never lapses
	Source       Source        // empty: a person
	Collector    string        // empty: who files it
	Version      string
	Files        []File
	Links        []Link
	Controls     []string // ids or codes
	Requirements []framework.Ref
	Supersedes   string // id of the item it corrects; its tags are taken over when none are given
	Request      string // id of the request it answers; its controls are taken over
	Key          string // filing twice with the same key files once
}

// fileRow is an item on its way into the tables.
type fileRow struct {
	Item
	key, salt  string
	superseded *Item // the item it corrects
}

// File files an item: the row, its tags and its leaf, or none of them. It returns
// an Invalid problem about the field at fault, and a Conflict when the same bytes
// of the same moment are filed under the same control already.
func (s *Store) File(ctx context.Context, who access.Actor, f Filing, now time.Time) (Item, error) {
	own := false // may answer what he or she was asked for, and nothing else
	if !who.Can(access.FileEvidence) {
		if own = who.Can(access.AnswerRequests) && f.Request != ""; !own {
			return Item{}, who.May(access.FileEvidence)
		}
	}
	i, err := f.checked(who.Account(), moment(now))
	if err != nil {
		return Item{}, err
	}
	row := fileRow{Item: i, key: hashKey(who.Account(), f.Key, i.ID), salt: ledger.Salt()}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if first, found, err := s.filedBefore(ctx, tx, who.Org(), row.key); err != nil || found {
			row.Item = first
			return err
		}
		if own && (f.Supersedes != "" || len(f.Controls)+len(f.Requirements) > 0) {
			return problem.New(problem.Forbidden, "Your role here lets you answer what you were asked for. What it counts for stands in the request.")
		}
		return s.file(ctx, tx, who, &row, f, own)
	})
	if db.IsUnique(err) && f.Key != "" { // sent twice at once: the other one won
		var found bool
		if e := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (e error) {
			row.Item, found, e = s.filedBefore(ctx, tx, who.Org(), row.key)
			return e
		}); e == nil && found {
			err = nil
		}
	}
	return row.Item, err
}

func hashKey(account, key, id string) string {
	if key == "" {
		return id
	}
	sum := sha256.Sum256([]byte(account + "\n" + key))
	return hex.EncodeToString(sum[:])
}

func (s *Store) filedBefore(ctx context.Context, tx *db.Tx, org, key string) (Item, bool, error) {
	var id string
	err := tx.QueryRow(ctx, `SELECT id FROM evidence_item WHERE org = $1 AND client_key = $2`, org, key).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Item{}, false, nil
	}
	if err != nil {
		return Item{}, false, err
	}
	i, err := readItem(ctx, tx, org, id)
	return i, err == nil, err
}

func (s *Store) file(ctx context.Context, tx *db.Tx, who access.Actor, row *fileRow, f Filing, own bool) error {
	target, err := s.resolve(ctx, tx, who.Org(), Target{f.Controls, f.Requirements}, row.FiledAt)
	if err != nil {
		return err
	}
	if f.Request != "" {
		asked, err := s.answerable(ctx, tx, who, f.Request, own)
		if err != nil {
			return err
		}
		row.Request = asked.ID
		target.add(asked.Controls)
	}
	if f.Supersedes != "" {
		if row.superseded, err = superseded(ctx, tx, who.Org(), f.Supersedes); err != nil {
			return err
		}
		if len(target.Controls)+len(target.Requirements) == 0 {
			for _, t := range row.superseded.Tags {
				target.take(t)
			}
		}
	}
	target.sort()
	for _, c := range target.Controls {
		row.Tags = append(row.Tags, Tag{Control: c, At: row.FiledAt, By: who.Account()})
	}
	for _, r := range target.Requirements {
		row.Tags = append(row.Tags, Tag{Requirement: r, At: row.FiledAt, By: who.Account()})
	}
	if err := s.take(ctx, tx, who.Org(), row); err != nil {
		return err
	}
	if err := insertItem(ctx, tx, who.Org(), row); err != nil {
		return err
	}
	if row.superseded != nil {
		if err := s.replace(ctx, tx, who, row); err != nil {
			return err
		}
	}
	if err := s.log.Append(ctx, tx, row.leaf(who.Org())); err != nil || row.Request == "" {
		return err
	}
	return s.answered(ctx, tx, who, row.Request, row.ID, row.FiledAt)
}

// take locks the files, completes them from what was kept, and refuses what is
// filed already: the same bytes, of the same moment, under the same control. From
// now on the item keeps them; whoever sends the same bytes again keeps them anew,
// so that they outlive the erasure of this item.
func (s *Store) take(ctx context.Context, tx *db.Tx, org string, row *fileRow) error {
	order := make([]int, len(row.Files))
	for n := range order {
		order[n] = n
	}
	// always in the order of their digests, so that two filings never wait for each other
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(row.Files[a].SHA256, row.Files[b].SHA256) })
	for _, n := range order {
		f := &row.Files[n]
		res, err := tx.Exec(ctx, `UPDATE evidence_blob SET kept_at = 0 WHERE org = $1 AND id = $2 AND (kept_at > $3
			OR EXISTS (SELECT 1 FROM evidence_file f WHERE f.org = evidence_blob.org AND f.sha256 = evidence_blob.id))`, org, f.SHA256, db.Micros(row.FiledAt.Add(-waitsFor)))
		if err != nil {
			return err
		}
		if k, err := res.RowsAffected(); err != nil {
			return err
		} else if k == 0 {
			return problem.Field("file", f.Name+" is not here any more: a file waits for a day. Send it again.")
		}
		if err := tx.QueryRow(ctx, `SELECT bytes, media FROM evidence_blob WHERE org = $1 AND id = $2`, org, f.SHA256).Scan(&f.Bytes, &f.Media); err != nil {
			return err
		}
		if err := twice(ctx, tx, org, row, f); err != nil {
			return err
		}
	}
	return nil
}

// twice refuses a file that is filed already with the same moment of capture
// under one of the controls.
func twice(ctx context.Context, tx *db.Tx, org string, row *fileRow, f *File) error {
	for _, t := range row.Tags {
		if t.Control == "" {
			continue
		}
		var id, title, code string
		err := tx.QueryRow(ctx, `SELECT i.id, i.title, c.code FROM evidence_file f
			JOIN evidence_item i ON i.org = f.org AND i.id = f.id
			JOIN evidence_tag t ON t.org = f.org AND t.item = f.id AND t.control = $4 AND t.to_at IS NULL
			JOIN control c ON c.org = t.org AND c.id = t.control
			WHERE f.org = $1 AND f.sha256 = $2 AND i.captured_at = $3 AND i.erased_at = 0 AND i.superseded_by = '' AND i.review <> 'rejected' AND i.id <> $5 LIMIT 1`,
			org, f.SHA256, db.Micros(row.CapturedAt), t.Control, row.Supersedes).Scan(&id, &title, &code)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		return problem.New(problem.Conflict, "%s is filed under %s already, captured at the same moment: “%s” (%s). Open it there, or give the moment at which this one was captured.", f.Name, code, title, id)
	}
	return nil
}

// superseded finds the item that a new one corrects.
func superseded(ctx context.Context, tx *db.Tx, org, id string) (*Item, error) {
	i, err := readItem(ctx, tx, org, id)
	if err != nil {
		return nil, problem.Field("supersedes", "The evidence this one corrects is not here. Open it in the library and correct it from there.")
	}
	if i.Erased != nil {
		return nil, problem.New(problem.Conflict, "The evidence this one corrects was erased. File it as evidence of its own.")
	}
	if i.SupersededBy != "" {
		return nil, problem.New(problem.Conflict, "“%s” was corrected already. Correct the newer one (%s).", i.Title, i.SupersededBy)
	}
	return &i, nil
}

// replace says of the older item that the new one took its place.
func (s *Store) replace(ctx context.Context, tx *db.Tx, who access.Actor, row *fileRow) error {
	org := who.Org()
	res, err := tx.Exec(ctx, `UPDATE evidence_item SET superseded_by = $3, superseded_at = $4 WHERE org = $1 AND id = $2 AND superseded_by = ''`,
		org, row.Supersedes, row.ID, db.Micros(row.FiledAt))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return problem.New(problem.Conflict, "Somebody else corrected this evidence at the same moment. Open it again.")
	}
	old := *row.superseded
	old.SupersededBy, old.SupersededAt = row.ID, row.FiledAt
	if err := s.reviewOver(ctx, tx, org, who.Account(), old.ID, task.Cancelled, "A newer item took its place.", row.FiledAt); err != nil {
		return err
	}
	return follow(ctx, tx, org, old)
}

// insertItem writes the rows of an item.
func insertItem(ctx context.Context, tx *db.Tx, org string, row *fileRow) error {
	links, err := json.Marshal(orEmpty(row.Links))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO evidence_item (org, id, title, note, kind, captured_at, filed_at, filed_by, period_from, period_to, lapses_at, source, collector, version, links, supersedes, request, client_key, salt, tags, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		org, row.ID, row.Title, row.Note, row.Kind, db.Micros(row.CapturedAt), db.Micros(row.FiledAt), row.FiledBy, int32(row.Period.From), int32(row.Period.To), db.Micros(row.LapsesAt()),
		string(row.Source), row.Collector, row.Version, string(links), orNull(row.Supersedes), orNull(row.Request), row.key, row.salt, len(row.Tags), searchable(row.Item))
	if err != nil {
		return err
	}
	files := db.Into(`evidence_file (org, id, n, name, media, bytes, sha256)`)
	for n, f := range row.Files {
		files.Add(org, row.ID, n, f.Name, f.Media, f.Bytes, f.SHA256)
	}
	if err := files.Insert(ctx, tx); err != nil {
		return err
	}
	tags := db.Into(tagColumns)
	for _, t := range row.Tags {
		addTag(tags, org, row.Item, t, row.ID)
	}
	return tags.Insert(ctx, tx)
}

// searchable is what an item is found by.
func searchable(i Item) string {
	text := i.Title + "\n" + i.Note
	for _, f := range i.Files {
		text += "\n" + f.Name
	}
	return strings.ToLower(text)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
