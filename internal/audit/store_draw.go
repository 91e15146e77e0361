package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Plan is what somebody wants drawn.
type Plan struct {
	Method Method
	Size   int      // items to add; ignored for All and ByHand
	Keys   []string // for ByHand: the items
	Reason string   // why these, for ByHand; why more, after the first round
}

// roundFact is what the log says of a draw. Items are numbers of rows, not keys.
type roundFact struct {
	Population string     `json:"population"`
	Round      int        `json:"round"`
	Method     string     `json:"method"`
	Reason     string     `json:"reason"`
	Checkpoint string     `json:"checkpoint"`
	Seed       string     `json:"seed"`
	Items      []itemFact `json:"items"`
}

type itemFact struct {
	ID       string `json:"id"`
	Row      int    `json:"row"`
	Replaces string `json:"replaces,omitempty"`
}

// drawnLeaf is the leaf of a round.
func drawnLeaf(org, population string, r Round, items []Item, salt string) ledger.Leaf {
	fact := roundFact{population, r.Number, string(r.Method), r.Reason, r.Note, r.Seed, []itemFact{}}
	for _, i := range items {
		fact.Items = append(fact.Items, itemFact{i.ID, i.Row.N, i.Replaces})
	}
	return ledger.Leaf{Org: org, At: r.At, Actor: r.By, Kind: "sample.drawn", ID: r.ID, Salt: salt, Payload: fact}
}

// Draw draws items from a fixed population and returns the round. The first draw
// that leaves the choice to chance has a checkpoint signed, which covers the fixing
// of the population, and takes its seed from it; later rounds go on in that order,
// so nothing is ever drawn a second time. A Conflict problem says that the log
// refuses to sign, or that somebody else drew at the same time.
func (s *Store) Draw(ctx context.Context, who access.Actor, id string, plan Plan, now time.Time) (Round, error) {
	if err := who.May(access.DrawSamples); err != nil {
		return Round{}, err
	}
	if !slices.Contains([]Method{Random, Stratified, All, ByHand}, plan.Method) {
		return Round{}, problem.Field("method", "Choose how the items are drawn.")
	}
	var err error
	if plan.Reason, err = db.Prose("reason", "The reason", plan.Reason, 2000); err != nil {
		return Round{}, err
	}
	r := Round{ID: newID(), Method: plan.Method, Reason: plan.Reason, At: now.UTC().Truncate(time.Microsecond), By: who.Account()}
	if plan.Method.Seeded() {
		if err := s.seed(ctx, who, id, &r, now); err != nil {
			return Round{}, err
		}
	}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		d, err := s.begin(ctx, tx, who, id, &r)
		if err != nil {
			return err
		}
		at, err := d.choose(plan)
		if err != nil {
			return err
		}
		return d.write(ctx, tx, at, "")
	})
	return r, err
}

// seed has a checkpoint signed for the round, unless the population has a seed
// already. It stands outside of the Write, since the log writes down what it signed.
func (s *Store) seed(ctx context.Context, who access.Actor, id string, r *Round, now time.Time) error {
	var p stored
	var have []Round
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if p, err = drawable(ctx, tx, who.Org(), id); err == nil {
			have, err = rounds(ctx, tx, who.Org(), id)
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, seeded := (Selection{Rounds: have}).Seeded(); seeded {
		return nil
	}
	size, _, err := s.log.Root(ctx, s.db, who.Org()) // the fixing is among these leaves: it was read before
	if err != nil {
		return err
	}
	signed, err := s.signer.Sign(ctx, who.Org(), size, now)
	if err != nil {
		return err
	}
	r.Note, r.Root, r.LogSize = signed.Note, signed.Root.String(), signed.Size
	if r.LogSize < size {
		return fmt.Errorf("audit: a checkpoint of %d leaves was signed for %d", r.LogSize, size)
	}
	r.Number = len(have) + 1
	r.Seed = Seed(r.Root, p.Hash, r.Number)
	return nil
}

// drawable is find for what only a fixed population with its rows allows.
func drawable(ctx context.Context, tx *db.Tx, org, id string) (stored, error) {
	p, err := find(ctx, tx, org, id)
	switch {
	case err != nil:
		return p, err
	case !p.Fixed():
		return p, problem.New(problem.Conflict, "Fix the population first. Items are drawn only from what can no longer change.")
	case p.Erased():
		return p, problem.New(problem.Conflict, "The rows of this population were erased, so nothing can be drawn from it.")
	}
	return p, nil
}

// drawing is a round in the making.
type drawing struct {
	s     *Store
	who   access.Actor
	p     stored
	r     *Round
	rows  []Row
	items []Item       // chosen before
	taken map[int]bool // positions in rows
	order []int        // of a seeded population, else nil
	mode  Method       // of the seeded round, else ""
}

var errDrawn = problem.New(problem.Conflict, "Somebody else drew from this population a moment ago. Look at what they drew, then draw again if more is needed.")

// begin reads what a round builds on. A seed that was prepared holds only if
// nobody drew meanwhile.
func (s *Store) begin(ctx context.Context, tx *db.Tx, who access.Actor, id string, r *Round) (*drawing, error) {
	d := &drawing{s: s, who: who, r: r, taken: map[int]bool{}}
	var err error
	if d.p, err = drawable(ctx, tx, who.Org(), id); err != nil {
		return nil, err
	}
	sel, err := selection(ctx, tx, who.Org(), id)
	if err != nil {
		return nil, err
	}
	if r.Number > 0 && r.Number != len(sel.Rounds)+1 {
		return nil, errDrawn
	}
	r.Number = len(sel.Rounds) + 1
	if d.rows, err = outline(ctx, tx, who.Org(), id); err != nil {
		return nil, err
	}
	d.items = sel.Items
	for _, i := range sel.Items {
		d.taken[i.Row.N-1] = true
	}
	if first, ok := sel.Seeded(); ok {
		d.mode = first.Method
		r.Seed = first.Seed
	} else {
		d.mode = r.Method
	}
	if r.Seed != "" {
		d.order, err = Order(r.Seed, d.rows)
	}
	return d, err
}

// choose returns the positions of the rows that a plan takes.
func (d *drawing) choose(plan Plan) ([]int, error) {
	if d.r.Number > 1 && plan.Reason == "" && plan.Method != ByHand {
		return nil, problem.Field("reason", "Say why more items are examined.")
	}
	if plan.Method == ByHand {
		return d.byHand(plan)
	}
	d.r.Seed = cond(plan.Method.Seeded(), d.r.Seed)
	if plan.Method == All {
		var at []int
		for i := range d.rows {
			if !d.taken[i] {
				at = append(at, i)
			}
		}
		if len(at) == 0 {
			return nil, problem.Field("method", "Every item is in the selection already.")
		}
		return at, nil
	}
	if plan.Method != d.mode {
		return nil, problem.Field("method", fmt.Sprintf("The first round was drawn as %s. Later ones go on in the same way.", d.mode))
	}
	if plan.Method == Stratified && len(Strata(d.rows)) < 2 {
		return nil, problem.Field("method", "The population has no strata to share the items among. Draw at random.")
	}
	return Draw(plan.Method, d.order, d.rows, d.taken, plan.Size)
}

func cond(is bool, s string) string {
	if is {
		return s
	}
	return ""
}

func (d *drawing) byHand(plan Plan) ([]int, error) {
	if plan.Reason == "" {
		return nil, problem.Field("reason", "Say why these items were chosen. A choice by hand says nothing about the other items.")
	}
	d.r.Seed = ""
	place := make(map[string]int, len(d.rows))
	for i, r := range d.rows {
		place[r.Key] = i
	}
	var at []int
	for _, k := range plan.Keys {
		i, ok := place[k]
		if !ok {
			return nil, problem.Field("keys", fmt.Sprintf("The population has no item “%s”. Write one key a line, as the list has it.", oneLine(k, 60)))
		}
		if d.taken[i] || slices.Contains(at, i) {
			return nil, problem.Field("keys", fmt.Sprintf("“%s” is in the selection already.", oneLine(k, 60)))
		}
		at = append(at, i)
	}
	if len(at) == 0 {
		return nil, problem.Field("keys", "Name the items, one key a line.")
	}
	return at, nil
}

// write stores the round and its items, and their leaf. replaces is the item that
// a replacement takes the place of.
func (d *drawing) write(ctx context.Context, tx *db.Tx, at []int, replaces string) error {
	org, r := d.who.Org(), d.r
	if len(d.items)+len(at) > MaxItems {
		return problem.Field("size", fmt.Sprintf("A selection has at most %d items. Split the population to examine more.", MaxItems))
	}
	salt := ledger.Salt()
	r.Size = len(at)
	_, err := tx.Exec(ctx, `INSERT INTO sample_round (org, id, population, round, method, size, reason, note, root, log_size, seed, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		org, r.ID, d.p.ID, r.Number, string(r.Method), r.Size, r.Reason, r.Note, r.Root, r.LogSize, r.Seed, db.Micros(r.At), r.By, salt)
	if db.IsUnique(err) {
		return errDrawn
	}
	if err != nil {
		return err
	}
	in := db.Into(`sample_item (org, id, population, sample, place, row_n, replaces)`)
	var items []Item
	for n, i := range at {
		it := Item{ID: newID(), Round: r.Number, Place: len(d.items) + n + 1, Row: d.rows[i], Replaces: replaces}
		var old any
		if replaces != "" {
			old = replaces
		}
		in.Add(org, it.ID, d.p.ID, r.ID, it.Place, it.Row.N, old)
		items = append(items, it)
	}
	if err := in.Insert(ctx, tx); err != nil {
		return err
	}
	return d.s.log.Append(ctx, tx, drawnLeaf(org, d.p.ID, *r, items, salt))
}

// Replace takes the next item of the order, within its stratum where items were
// drawn by stratum, in place of one that cannot be tested. An item in which an
// exception was found is never replaced.
func (s *Store) Replace(ctx context.Context, who access.Actor, population, item, reason string, now time.Time) (Round, error) {
	if err := who.May(access.DrawSamples); err != nil {
		return Round{}, err
	}
	reason, err := db.Prose("reason", "The reason", reason, 2000)
	if err != nil {
		return Round{}, err
	}
	if reason == "" {
		return Round{}, problem.Field("reason", "Say why the item cannot be tested. An auditor will ask.")
	}
	r := Round{ID: newID(), Method: Replacement, Reason: reason, At: now.UTC().Truncate(time.Microsecond), By: who.Account()}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		d, err := s.begin(ctx, tx, who, population, &r)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(d.items, func(x Item) bool { return x.ID == item })
		if i < 0 {
			return problem.New(problem.NotFound, "There is no such item in this selection.")
		}
		at, err := d.instead(d.items[i])
		if err != nil {
			return err
		}
		return d.write(ctx, tx, []int{at}, item)
	})
	return r, err
}

// instead returns the position of the row that takes the place of an item.
func (d *drawing) instead(old Item) (int, error) {
	switch {
	case old.ReplacedBy != "":
		return 0, problem.New(problem.Conflict, "Item %d was replaced before.", old.Place)
	case old.Method != Replacement && !old.Method.Seeded():
		return 0, problem.New(problem.Conflict, "Item %d was not drawn by chance, so there is no next one. Choose another by hand, with the reason.", old.Place)
	}
	for _, j := range old.Found {
		if j.Result == Exception {
			return 0, problem.New(problem.Conflict, "An exception was found in item %d. It is a result and is not replaced.", old.Place)
		}
	}
	for _, i := range d.order {
		if !d.taken[i] && (d.mode != Stratified || d.rows[i].Stratum == old.Row.Stratum) {
			return i, nil
		}
	}
	return 0, problem.New(problem.Conflict, "Every other item that could take its place is in the selection already.")
}
