package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
)

// filedFact is what the log says of an item when it is filed: all of it, with
// the digests of its files, so that whoever holds a file, this and the salt can
// see that this file was filed then. It is rebuilt from the rows; its fields and
// their order never change.
type filedFact struct {
	Item         string     `json:"item"`
	Title        string     `json:"title"`
	Note         string     `json:"note"`
	Kind         string     `json:"kind"`
	CapturedAt   int64      `json:"captured_at_us"`
	FiledAt      int64      `json:"filed_at_us"`
	PeriodFrom   string     `json:"period_from"` // 2026-01-01, or empty
	PeriodTo     string     `json:"period_to"`
	LapsesAt     int64      `json:"lapses_at_us"` // 0: never
	Source       Source     `json:"source"`
	Collector    string     `json:"collector"`
	Version      string     `json:"version"`
	Supersedes   string     `json:"supersedes"`
	Request      string     `json:"request"`
	Files        []fileFact `json:"files"`
	Links        []Link     `json:"links"`
	Controls     []string   `json:"controls"` // ids, in order
	Requirements []refFact  `json:"requirements"`
}

type fileFact struct {
	Name   string `json:"name"`
	Media  string `json:"media"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const filedKind = "evidence.filed"

// filed is the fact of an item that was filed with these tags.
func filed(i Item, t Target) filedFact {
	f := filedFact{Item: i.ID, Title: i.Title, Note: i.Note, Kind: i.Kind, CapturedAt: db.Micros(i.CapturedAt), FiledAt: db.Micros(i.FiledAt),
		PeriodFrom: i.Period.From.String(), PeriodTo: i.Period.To.String(), LapsesAt: db.Micros(i.LapsesAt()), Source: i.Source, Collector: i.Collector, Version: i.Version,
		Supersedes: i.Supersedes, Request: i.Request, Files: []fileFact{}, Links: orEmpty(i.Links), Controls: orEmpty(t.Controls), Requirements: refFacts(t.Requirements)}
	for _, x := range i.Files {
		f.Files = append(f.Files, fileFact(x))
	}
	return f
}

func (r *fileRow) leaf(org string) ledger.Leaf {
	var t Target
	for _, tag := range r.Tags {
		t.take(tag)
	}
	return ledger.Leaf{Org: org, At: r.FiledAt, Actor: r.FiledBy, Kind: filedKind, ID: r.ID, Salt: r.salt, Payload: filed(r.Item, t)}
}

// Disclosures returns what the leaves about some items stand for: of each its
// filing and what became of it, oldest first. What was erased is not among them,
// but the erasure is.
func (s *Store) Disclosures(ctx context.Context, who access.Actor, ids []string) ([]ledger.Disclosure, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return nil, err
	}
	var out []ledger.Disclosure
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			list, err := disclosures(ctx, tx, who.Org(), id)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}

func disclosures(ctx context.Context, tx *db.Tx, org, id string) ([]ledger.Disclosure, error) {
	i, err := readItem(ctx, tx, org, id)
	if err != nil {
		return nil, err
	}
	var out []ledger.Disclosure
	if i.Erased == nil {
		first, err := filing(ctx, tx, org, i)
		if err != nil {
			return nil, err
		}
		out = append(out, first)
	}
	rows, err := tx.Query(ctx, `SELECT id, kind, salt, body FROM evidence_act WHERE org = $1 AND item = $2 AND salt <> '' ORDER BY at, id`, org, i.ID)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var d ledger.Disclosure
		err := scan(&d.ID, &d.Kind, &d.Salt, &d.Payload)
		out = append(out, d)
		return err
	})
	return out, err
}

// filing rebuilds what the leaf of a filing stands for.
func filing(ctx context.Context, tx *db.Tx, org string, i Item) (ledger.Disclosure, error) {
	r := fileRow{Item: i}
	if err := tx.QueryRow(ctx, `SELECT salt FROM evidence_item WHERE org = $1 AND id = $2`, org, i.ID).Scan(&r.salt); err != nil {
		return ledger.Disclosure{}, err
	}
	rows, err := tx.Query(ctx, `SELECT coalesce(control, ''), framework, requirement FROM evidence_tag WHERE org = $1 AND item = $2 AND act = $2`, org, i.ID)
	if err != nil {
		return ledger.Disclosure{}, err
	}
	var t Target
	err = db.Each(rows, func(scan func(...any) error) error {
		var tag Tag
		err := scan(&tag.Control, &tag.Requirement.Framework, &tag.Requirement.ID)
		t.take(tag)
		return err
	})
	if err != nil {
		return ledger.Disclosure{}, err
	}
	t.sort()
	return ledger.Leaf{Kind: filedKind, ID: i.ID, Salt: r.salt, Payload: filed(i, t)}.Disclose()
}

// Act is one thing that became of an item, for its page.
type Act struct {
	ID      string
	Kind    string // as in the log: evidence.filed, evidence.tagged, evidence.reviewed ...
	At      time.Time
	Account string // empty: Toucan itself
	Words   string // what happened, as a clause: "accepted it"
	Note    string // what was said with it; empty once it was erased
	Tags    []Tag  // that began or ended
}

// words say what an act was.
func (a *Act) read(body string) error {
	switch a.Kind {
	case taggedKind, untaggedKind:
		var f tagFact
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return fmt.Errorf("evidence: act %s: %w", a.ID, err)
		}
		for _, c := range f.Controls {
			a.Tags = append(a.Tags, Tag{Control: c})
		}
		for _, r := range f.Requirements {
			a.Tags = append(a.Tags, Tag{Requirement: framework.Ref{Framework: r.Framework, ID: r.ID}})
		}
		a.Words = "offered it for more"
		if a.Kind == untaggedKind {
			a.Words = "took away what it was offered for"
		}
	case carriedKind:
		var f carriedFact
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return fmt.Errorf("evidence: act %s: %w", a.ID, err)
		}
		for _, r := range f.Added {
			a.Tags = append(a.Tags, Tag{Requirement: framework.Ref{Framework: r.Framework, ID: r.ID}})
		}
		a.Words = "carried it to another edition"
	case answeredKind:
		a.Words = "gave it for a request"
	case reviewedKind, agreedKind:
		a.Words = "reviewed it"
		if body == "" {
			break
		}
		var f reviewFact
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return fmt.Errorf("evidence: act %s: %w", a.ID, err)
		}
		if a.Words, a.Note = string(f.Review)+" it", f.Note; a.Kind == agreedKind {
			a.Words = "agreed to it"
		}
	case erasedKind:
		var f eraseFact
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return fmt.Errorf("evidence: act %s: %w", a.ID, err)
		}
		a.Words, a.Note = "erased its content", f.Reason
	}
	return nil
}

// History returns what became of an item since it was filed, oldest first.
func (s *Store) History(ctx context.Context, who access.Actor, id string) ([]Act, error) {
	if err := who.May(access.ViewEvidence); err != nil {
		return nil, err
	}
	var out []Act
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, kind, at, account, body FROM evidence_act WHERE org = $1 AND item = $2 ORDER BY at, id`, who.Org(), known(id))
		if err != nil {
			return err
		}
		return db.Each(rows, func(scan func(...any) error) error {
			var a Act
			var body string
			var at int64
			if err := scan(&a.ID, &a.Kind, &at, &a.Account, &body); err != nil {
				return err
			}
			a.At = db.Time(at)
			if err := a.read(body); err != nil {
				return err
			}
			out = append(out, a)
			return nil
		})
	})
	return out, err
}
