package register

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Change is one entry that was written: as it was, nil for a new one, and as it is.
type Change[T any] struct {
	Before *T
	After  T
	Act    Act
}

// MaxEntries is how many entries a register has at most, the retired ones among them.
const MaxEntries = 20_000

// Put writes entries in the caller's transaction: new ones have no id, and get a
// code unless they bring one that is free; of the others the content of the next version, and the Version
// it was made from, or 0 for whichever there is. An entry whose content is the same
// is left alone. It returns what changed; whether somebody may is the caller's
// business.
func (k Kind[T]) Put(ctx context.Context, tx *db.Tx, w Writer, entries []T) ([]Change[T], error) {
	have, err := k.All(ctx, tx, w.Org)
	if err != nil {
		return nil, err
	}
	w.Now = w.Now.UTC().Truncate(time.Microsecond)
	at, last := map[string]int{}, max(0, k.First-1)
	for i := range have {
		h := k.Entry(&have[i])
		at[h.ID] = i
		last = max(last, k.number(h.Code))
	}
	if len(have)+len(entries) > MaxEntries {
		return nil, problem.New(problem.Invalid, "A register holds %d entries at most. Split what you enter by what is managed as one.", MaxEntries)
	}
	var out []Change[T]
	for _, e := range entries {
		h := k.Entry(&e)
		c := Change[T]{After: e, Act: Added}
		if h.ID != "" {
			i, ok := at[h.ID]
			if !ok {
				return nil, k.errNone()
			}
			was := have[i]
			if same, err := k.next(&was, &c.After, w.Now); err != nil || same {
				if err != nil {
					return nil, err
				}
				continue
			}
			c.Before, c.Act = &was, Changed
		} else {
			n := k.number(h.Code)
			if _, taken := k.ByCode(have, h.Code); n == 0 || taken {
				last++
				n = last
			}
			last = max(last, n)
			*k.Entry(&c.After) = Entry{ID: newID(), Code: k.Code(n), Version: 1, CreatedAt: w.Now, ChangedAt: w.Now}
		}
		out = append(out, c)
	}
	if err := k.clash(have, out); err != nil {
		return nil, err
	}
	return out, k.write(ctx, tx, w, out)
}

func (k Kind[T]) errNone() error {
	return problem.New(problem.NotFound, "%s is not in the register. Somebody may have followed an old link.", k.Label)
}

// next fills in the entry of the next version, and reports whether nothing changes.
func (k Kind[T]) next(was, e *T, now time.Time) (same bool, err error) {
	h, before := k.Entry(e), *k.Entry(was)
	if h.Version != 0 && h.Version != before.Version {
		return false, problem.New(problem.Conflict, "%s was changed by somebody else in the meantime. Look at it again, then make your change.", k.Label)
	}
	if !before.InUse() {
		return false, problem.New(problem.Conflict, "%s was retired. Bring it back first, then change it.", k.Label)
	}
	*h = before
	old, err := body(was)
	if err != nil {
		return false, err
	}
	content, err := body(e)
	if err != nil || content == old {
		return true, err
	}
	h.Version, h.ChangedAt = before.Version+1, now
	return false, nil
}

// clash says which entries would share a name.
func (k Kind[T]) clash(have []T, changes []Change[T]) error {
	if k.Name == nil {
		return nil
	}
	id, code := map[string]string{}, map[string]string{}
	now := map[string]T{}
	for _, e := range have {
		now[k.Entry(&e).ID] = e
	}
	for _, c := range changes {
		now[k.Entry(&c.After).ID] = c.After
	}
	for _, e := range now {
		if h := k.Entry(&e); h.InUse() && k.Name(&e) != "" {
			name := sheet.Key(k.Name(&e))
			if other, taken := id[name]; taken && other != h.ID {
				return problem.Field("name", fmt.Sprintf("“%s” is in the register already, as %s. Change that entry, or choose another name.", k.Name(&e), min(code[name], h.Code)))
			}
			id[name], code[name] = h.ID, h.Code
		}
	}
	return nil
}

// write keeps what changed, its versions and its leaves.
func (k Kind[T]) write(ctx context.Context, tx *db.Tx, w Writer, changes []Change[T]) error {
	columns := "org, " + entryColumns + ", " + k.Columns
	if k.Name != nil {
		columns += ", name_key"
	}
	rows := db.Into(k.Table + ` (` + columns + `)`)
	// names that move from one entry to another must not meet on the way
	for _, c := range changes {
		if k.Name != nil && c.Before != nil && sheet.Key(k.Name(c.Before)) != sheet.Key(k.Name(&c.After)) {
			if _, err := tx.Exec(ctx, `UPDATE `+k.Table+` SET name_key = $3 WHERE org = $1 AND id = $2`, w.Org, k.Entry(&c.After).ID, "\x01"+k.Entry(&c.After).ID); err != nil {
				return err
			}
		}
	}
	for i := range changes {
		e := &changes[i].After
		h := *k.Entry(e)
		row := append([]any{w.Org, h.ID, k.number(h.Code), h.Version, db.Micros(h.CreatedAt), db.Micros(h.ChangedAt), db.Micros(h.RetiredAt), h.RetiredFor}, values(k.Cells(e))...)
		if k.Name != nil {
			row = append(row, sheet.Key(k.Name(e)))
		}
		if changes[i].Before == nil {
			rows.Add(row...)
			continue
		}
		if err := k.update(ctx, tx, columns, row); err != nil {
			return err
		}
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return k.record(ctx, tx, w, changes)
}

// update writes a row anew.
func (k Kind[T]) update(ctx context.Context, tx *db.Tx, columns string, row []any) error {
	var set []string
	for i, c := range strings.Split(columns, ", ") {
		if i > 1 {
			set = append(set, fmt.Sprintf("%s = $%d", c, i+1))
		}
	}
	_, err := tx.Exec(ctx, `UPDATE `+k.Table+` SET `+strings.Join(set, ", ")+` WHERE org = $1 AND id = $2`, row...)
	return err
}

// fact is what the log says of a version.
type fact[T any] struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Version int    `json:"version"`
	Act     Act    `json:"act"`
	Reason  string `json:"reason"`
	Content T      `json:"content"`
}

// record writes the versions and their leaves.
func (k Kind[T]) record(ctx context.Context, tx *db.Tx, w Writer, changes []Change[T]) error {
	history := db.Into(`register_version (org, id, noun, subject, version, act, reason, body, at, account, salt)`)
	for _, c := range changes {
		h := *k.Entry(&c.After)
		content, err := body(&c.After)
		if err != nil {
			return err
		}
		reason := ""
		if c.Act == Retired {
			reason = h.RetiredFor
		}
		id, salt := newID(), ledger.Salt()
		history.Add(w.Org, id, k.Noun, h.ID, h.Version, string(c.Act), reason, content, db.Micros(w.Now), w.By, salt)
		err = w.Log.Append(ctx, tx, ledger.Leaf{Org: w.Org, At: w.Now, Actor: w.By, Kind: k.Leaf, ID: id, Salt: salt, Payload: fact[T]{h.ID, h.Code, h.Version, c.Act, reason, c.After}})
		if err != nil {
			return err
		}
	}
	return history.Insert(ctx, tx)
}

const maxReason = 2000

// Retire ends entries, with a reason: they stay to be read, and their codes are
// never given again. Either all of them are retired or none.
func (k Kind[T]) Retire(ctx context.Context, tx *db.Tx, w Writer, ids []string, reason string) ([]Change[T], error) {
	reason, err := db.Prose("reason", "The reason", reason, maxReason)
	if err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, problem.Field("reason", "Say why it ends, and what took its place.")
	}
	return k.turn(ctx, tx, w, ids, Retired, reason)
}

// Restore brings retired entries back.
func (k Kind[T]) Restore(ctx context.Context, tx *db.Tx, w Writer, ids []string) ([]Change[T], error) {
	return k.turn(ctx, tx, w, ids, Restored, "")
}

func (k Kind[T]) turn(ctx context.Context, tx *db.Tx, w Writer, ids []string, act Act, reason string) ([]Change[T], error) {
	w.Now = w.Now.UTC().Truncate(time.Microsecond)
	have, err := k.All(ctx, tx, w.Org)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range have {
		at[k.Entry(&have[i]).ID] = i
	}
	var out []Change[T]
	for _, id := range Tidy(ids) {
		i, ok := at[id]
		if !ok {
			return nil, k.errNone()
		}
		c := Change[T]{Before: &have[i], After: have[i], Act: act}
		h := k.Entry(&c.After)
		if h.InUse() != (act == Retired) {
			return nil, problem.New(problem.Conflict, "%s %s is %s already.", k.Label, h.Code, map[Act]string{Retired: "retired", Restored: "in use"}[act])
		}
		h.Version, h.ChangedAt, h.RetiredAt, h.RetiredFor = h.Version+1, w.Now, time.Time{}, ""
		if act == Retired {
			h.RetiredAt, h.RetiredFor = w.Now, reason
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, k.errNone()
	}
	if err := k.clash(have, out); err != nil {
		return nil, err
	}
	return out, k.write(ctx, tx, w, out)
}
