// Package record is how a noun says which of the things it keeps stand for evidence
// of a kind, without anybody having filed an item: an approval, an answer, a register.
package record

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
)

// Kind is one kind of evidence that a noun has records of.
type Kind struct {
	Evidence string // of the vocabulary of evidence: "policy-approval"
	Source   string // where it stands, which says who may read its title: "policy"
	Part     bool   // it shows a part, or that a register exists: it closes no obligation

	// Query reads the records of the organisation $1: id, words, moment, and 1 where
	// the case it speaks of went all the way.
	Query  string
	Period bool // the query also gives the first and the last day it speaks of
}

// Record is one thing that is there.
type Record struct {
	Kind
	ID    string // within the source
	Words string // what it is called
	At    time.Time
	Whole bool // the case it speaks of went all the way

	Speaks cadence.Days // the days it speaks of, where it speaks of any
}

// Read calls fn for what there is of some kinds of evidence; without any, of all.
func Read(ctx context.Context, tx *db.Tx, org string, kinds []Kind, evidence []string, fn func(Record)) error {
	for _, k := range kinds {
		if len(evidence) > 0 && !slices.Contains(evidence, k.Evidence) {
			continue
		}
		rows, err := tx.Query(ctx, k.Query, org)
		if err != nil {
			return fmt.Errorf("records of %s: %w", k.Evidence, err)
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			r := Record{Kind: k}
			var at int64
			var whole int
			to := []any{&r.ID, &r.Words, &at, &whole}
			if k.Period {
				to = append(to, &r.Speaks.From, &r.Speaks.To)
			}
			err := scan(to...)
			r.At, r.Whole = db.Time(at), whole == 1
			fn(r)
			return err
		})
		if err != nil {
			return fmt.Errorf("records of %s: %w", k.Evidence, err)
		}
	}
	return nil
}
