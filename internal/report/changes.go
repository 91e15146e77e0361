package report

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/result"
)

const (
	changesName = "changes.jsonl"
	resultsName = "results.csv"
	resultBatch = "result.batch" // kind of the leaf of a batch of results
)

// provenChange is one thing a test found, and the way to the root in the leaf of its
// batch. What else the batch holds stays unknown.
type provenChange struct {
	Leaf int64 `json:"leaf"`
	ledger.Fact
}

// tests finds those that feed the controls.
func (c *composing) tests(ctx context.Context) error {
	feeds, err := c.s.Results.Feeds(ctx, c.who, c.now)
	if err != nil {
		return err
	}
	c.byTest = map[string][]string{}
	for _, o := range c.controls {
		for _, f := range feeds {
			if f.Control == o.Control && !slices.Contains(c.byTest[f.Test], o.Code) {
				c.byTest[f.Test] = append(c.byTest[f.Test], o.Code)
			}
		}
	}
	return nil
}

// prove finds what the log holds of the results of these tests, and how they are kept, of
// the same moment: so the one can be held against the other.
func (c *composing) prove(ctx context.Context) (err error) {
	w := result.Window{Tests: slices.Sorted(maps.Keys(c.byTest)), From: c.from().Time(), To: c.to().Time()}
	c.proven, err = c.s.Results.Proofs(ctx, c.who, w)
	m := &c.bundle.Manifest
	m.Unproven, m.Begins, m.Ends = c.proven.Left, w.From, w.To
	return err
}

// changes adds what was proved, each beside the leaf of its batch.
func (c *composing) changes(context.Context) error {
	leaf := map[string]int64{}
	for _, s := range c.bundle.Shown {
		if s.Kind == resultBatch {
			leaf[s.ID] = s.Leaf
		}
	}
	var list []provenChange
	for _, p := range c.proven.Batches {
		n, ok := leaf[p.Batch]
		if !ok { // written since the leaves were read
			c.bundle.Manifest.Unproven += len(p.Facts)
			continue
		}
		for _, f := range p.Facts {
			list = append(list, provenChange{n, f})
		}
	}
	all, err := lines(list)
	if err != nil {
		return err
	}
	c.bundle.Members = append(c.bundle.Members, text(changesName, all))
	return nil
}

// place is where a change stands in the log.
type place struct{ leaf, place int64 }

// changes checks that every result that is shown is in the batch of its leaf.
func (v *verifier) changes() {
	seen := map[place]bool{}
	told := map[subject][]toldChange{}
	v.each(changesName, func(n int, line []byte) { // one of an old version has none; one that is listed and gone was told of
		var c provenChange
		if err := strictly(line, &c); err != nil {
			v.fail("%s line %d: cannot be read: %v", changesName, n+1, err)
			return
		}
		if at := (place{c.Leaf, c.Place}); seen[at] {
			v.fail("%s line %d: is shown twice", changesName, n+1)
		} else {
			seen[at] = true
		}
		s, ok := v.shown[c.Leaf]
		if !ok || s.Kind != resultBatch {
			v.fail("%s line %d: names leaf %d, and no batch of results is shown for it", changesName, n+1, c.Leaf)
			return
		}
		var batch struct {
			Changes int64  `json:"changes"`
			Root    string `json:"root"`
		}
		if err := json.Unmarshal(s.Payload, &batch); err != nil {
			v.fail("%s: leaf %d: %v", recordsName, c.Leaf, err)
			return
		}
		if err := c.In(batch.Changes, batch.Root); err != nil {
			v.fail("%s line %d, of leaf %d: %v", changesName, n+1, c.Leaf, err)
			return
		}
		t := toldChange{place: place{c.Leaf, c.Place}, line: n + 1}
		if err := json.Unmarshal(c.Fact.Fact, &t.Change); err != nil {
			v.fail("%s line %d: %v", changesName, n+1, err)
			return
		}
		told[subject{t.Test, t.Subject}] = append(told[subject{t.Test, t.Subject}], t)
	})
	if v.Changes = len(seen); v.Changes > 0 {
		v.note("%d results of automated tests are in the batches whose leaves are shown. That all of the window are here is not proven.", v.Changes)
	} else {
		v.note("No result of an automated test is proven: what %s says, if anything, is Toucan's word.", resultsName)
	}
	v.compare(told)
	if v.Manifest.Unproven > 0 {
		v.note("%d results of automated tests stand in results.csv and are not proven: there are too many of them, or their batches are older than such proofs.", v.Manifest.Unproven)
	}
}
