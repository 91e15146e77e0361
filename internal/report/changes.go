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
	resultBatch = "result.batch" // kind of the leaf of a batch of results
)

// provenChange is one thing a test found, and the way to the root in the leaf of its
// batch. What else the batch holds stays unknown.
type provenChange struct {
	Leaf int64 `json:"leaf"`
	ledger.Fact
}

// tests are those that feed the controls, with the codes of these.
func (c *composing) tests(ctx context.Context) (map[string][]string, error) {
	feeds, err := c.s.Results.Feeds(ctx, c.who, c.now)
	if err != nil {
		return nil, err
	}
	byTest := map[string][]string{}
	for _, o := range c.controls {
		for _, f := range feeds {
			if f.Control == o.Control && !slices.Contains(byTest[f.Test], o.Code) {
				byTest[f.Test] = append(byTest[f.Test], o.Code)
			}
		}
	}
	return byTest, nil
}

// prove finds what the log holds of the results of these tests.
func (c *composing) prove(ctx context.Context) error {
	tests, err := c.tests(ctx)
	if err != nil {
		return err
	}
	w := result.Window{Tests: slices.Sorted(maps.Keys(tests)), From: c.from().Time(), To: c.to().Time()}
	c.proved, c.bundle.Manifest.Unproven, err = c.s.Results.Proofs(ctx, c.who, w)
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
	for _, p := range c.proved {
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

// changes checks that every result that is shown is in the batch of its leaf.
func (v *verifier) changes() {
	if v.members[changesName] == nil {
		v.note("No result of an automated test is proven: results.csv is Toucan's word.")
		return // of a version that showed none; one that is listed and gone was told of
	}
	type place struct{ leaf, place int64 }
	seen := map[place]bool{}
	v.each(changesName, func(n int, line []byte) {
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
		}
	})
	if v.Changes = len(seen); v.Changes > 0 {
		v.note("%d results of automated tests are in the batches whose leaves are shown. That all of the window are here is not proven.", v.Changes)
	}
	if v.Manifest.Unproven > 0 {
		v.note("%d results of automated tests stand in results.csv and are not proven: there are too many of them, or their batches are older than such proofs.", v.Manifest.Unproven)
	}
}
