package control

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Approvers tells whether the rule of two persons can be kept at all.
type Approvers interface {
	// SomebodyElse reports whether a member of org other than account may do the
	// action. It reads in the caller's transaction.
	SomebodyElse(ctx context.Context, tx *db.Tx, org, account string, action access.Action) (bool, error)
}

// Store keeps controls and their versions. It is safe for concurrent use.
type Store struct {
	db        *db.DB
	log       *ledger.Log
	approvers Approvers
	approvals *approval.Store
}

// New returns a store.
func New(d *db.DB, log *ledger.Log, a Approvers) *Store {
	return &Store{db: d, log: log, approvers: a, approvals: approval.New(d, log)}
}

// Approvers returns who tells whether the rule of two persons can be kept; it is
// one rule for every store.
func (s *Store) Approvers() Approvers { return s.approvers }

// Create adds a control. Its first version needs no approval: there is no text
// in force that it would change. A code in use is a Conflict.
func (s *Store) Create(ctx context.Context, who access.Actor, c Control, now time.Time) (Control, error) {
	if err := who.May(access.EditControls); err != nil {
		return Control{}, err
	}
	if c.Origin == "" {
		c.Origin = "entered"
	}
	var made Control
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		out, err := s.put(ctx, tx, who, []Control{c}, now, true)
		if err != nil {
			return err
		}
		made, err = scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, who.Org(), out[0].ID), c.Code)
		return err
	})
	return made, err
}

// Edit changes the control with c's ID. c.Version is the version the change was
// made on: if another one is in force by now, the change is a Conflict. Title and
// statement wait for a second person when there is one; the other fields change at
// once. Edit returns the newest version it wrote, or the version in force if
// nothing changed.
func (s *Store) Edit(ctx context.Context, who access.Actor, c Control, now time.Time) (Version, error) {
	if err := who.May(access.EditControls); err != nil {
		return Version{}, err
	}
	c, err := c.checked()
	if err != nil {
		return Version{}, err
	}
	var v Version
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := scanOne(tx.QueryRow(ctx, query+`WHERE org = $1 AND id = $2`, who.Org(), c.ID), c.Code)
		if err != nil {
			return err
		}
		if have.Version != c.Version {
			return problem.New(problem.Conflict, "Somebody changed %s while you edited it. Open it again to see the change, then make yours.", have.Code)
		}
		if err := standing(ctx, tx, who.Org(), have); err != nil {
			return err
		}
		if err := s.change(ctx, tx, who, have, c, "", now); err != nil {
			return err
		}
		vs, err := history(ctx, tx, who.Org(), `v.control = $2`, c.ID)
		if err == nil {
			v = vs[0]
		}
		return err
	})
	return v, err
}

// Outcome says what Merge did with one control.
type Outcome struct {
	ID, Code string
	Created  bool
	Updated  bool // some field or text changed, or now waits
	Pending  bool // the text waits for a second person
	Retired  bool // merged into another control, so nothing was written
}

// Merge adds controls whose code is new and changes those whose code is there,
// in the caller's transaction; an empty field leaves what is there, and a retired
// control is left alone. Merging the same controls again writes nothing. The
// outcomes are in the order of list. Each progress is told how many are done; an
// error of it ends the merge.
func (s *Store) Merge(ctx context.Context, tx *db.Tx, who access.Actor, list []Control, now time.Time, progress ...func(done int) error) ([]Outcome, error) {
	if err := who.May(access.ImportInventory); err != nil {
		return nil, err
	}
	return s.put(ctx, tx, who, list, now, false, progress...)
}

// put is Create and Merge. With fresh set, a code in use is a Conflict.
func (s *Store) put(ctx context.Context, tx *db.Tx, who access.Actor, list []Control, now time.Time, fresh bool, progress ...func(done int) error) ([]Outcome, error) {
	org, now := who.Org(), now.UTC().Truncate(time.Microsecond)
	known, err := codes(ctx, tx, org, list)
	if err != nil {
		return nil, err
	}
	if err := owners(ctx, tx, org, list); err != nil {
		return nil, err
	}
	waiting, gone := map[string]text{}, map[string]bool{}
	if len(known) > 0 && !fresh {
		if gone, err = retired(ctx, tx, org); err != nil {
			return nil, err
		}
		if waiting, err = pendingTexts(ctx, tx, org); err != nil {
			return nil, err
		}
	}
	controls, versions := db.Into(`control (`+columns+`)`), db.Into(`control_version (`+versionColumns+`)`)
	out := make([]Outcome, len(list))
	seen := map[string]bool{}
	var asks []approval.Ask
	for i, c := range list {
		for _, tell := range progress {
			if err := tell(i); err != nil {
				return nil, err
			}
		}
		if c, err = c.checked(); err != nil {
			return nil, ofControl(err, c)
		}
		key := keyOf(c.Code)
		have, exists := known[key]
		if seen[key] || exists && fresh {
			return nil, &problem.Error{Code: problem.Conflict, Field: "code", Text: "There is a control with the code " + c.Code + " already. Choose another code, or change that control."}
		}
		seen[key] = true
		out[i].Code = c.Code
		if !exists {
			c.ID, c.Version, c.UpdatedAt = uuid.Must(uuid.NewV7()).String(), 1, now
			out[i].ID, out[i].Created = c.ID, true
			controls.Add(c.row(org)...)
			v := Version{Control: c, Number: 1, At: now, By: who.Account(), What: "Entered."}
			switch c.Origin {
			case "imported":
				v.What = "Imported."
			case "library":
				v.What = "Adopted from the library."
			}
			if err := s.version(ctx, tx, org, versions, v); err != nil {
				return nil, err
			}
			continue
		}
		if out[i].ID = have.ID; gone[have.ID] {
			out[i].Retired = true
			continue
		}
		next := have.filled(c)
		if next.same(have) {
			continue
		}
		if w, ok := waiting[have.ID]; ok && w == (text{next.Title, next.Statement}) && next.withText(have).same(have) {
			continue // this text waits already
		}
		out[i].Updated = true
		ask, err := s.changed(ctx, tx, who, have, next, "Imported. ", now)
		if err != nil {
			return nil, ofControl(err, c)
		}
		out[i].Pending, asks = len(ask) > 0, append(asks, ask...)
	}
	if err := controls.Insert(ctx, tx); err != nil {
		return nil, clash(err)
	}
	if err := versions.Insert(ctx, tx); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(out, func(o Outcome) bool { return o.Updated }) {
		if err := announce(ctx, tx, org); err != nil {
			return nil, err
		}
	}
	_, err = s.approvals.OpenAll(ctx, tx, who.Org(), who.Account(), asks, now)
	return out, err
}

// ofControl puts the control's code before the sentence of a problem.
func ofControl(err error, c Control) error {
	p := problem.Of(err)
	if p.Code == problem.Internal || c.Code == "" {
		return err
	}
	return &problem.Error{Code: p.Code, Field: p.Field, Text: c.Code + ": " + p.Text, Err: err}
}

func clash(err error) error {
	if !db.IsUnique(err) {
		return err
	}
	return &problem.Error{Code: problem.Conflict, Field: "code", Err: err, Text: "There is a control with this code already. Choose another code, or change that control."}
}

func (s *Store) change(ctx context.Context, tx *db.Tx, who access.Actor, have, next Control, how string, now time.Time) error {
	if err := owners(ctx, tx, who.Org(), []Control{next}); err != nil {
		return err
	}
	_, err := s.changedNow(ctx, tx, who, have, next, how, now)
	return err
}

// changedNow is changed for one control alone; it also asks for the approval of
// text that waits, and reports whether any does.
func (s *Store) changedNow(ctx context.Context, tx *db.Tx, who access.Actor, have, next Control, how string, now time.Time) (bool, error) {
	asks, err := s.changed(ctx, tx, who, have, next, how, now)
	if err != nil {
		return false, err
	}
	if len(asks) == 0 && (next.Title != have.Title || next.Statement != have.Statement) {
		if err := announce(ctx, tx, who.Org()); err != nil {
			return false, err
		}
	}
	_, err = s.approvals.OpenAll(ctx, tx, who.Org(), who.Account(), asks, now)
	return len(asks) > 0, err
}

// changed writes what differs: the fields as a version in force, the text as one
// that waits, unless nobody has to approve it or nobody else could. It returns
// what the caller is to ask approval for: the text that waits, or nothing.
func (s *Store) changed(ctx context.Context, tx *db.Tx, who access.Actor, have, next Control, how string, now time.Time) ([]approval.Ask, error) {
	org, now := who.Org(), now.UTC().Truncate(time.Microsecond)
	next.ID, next.Origin = have.ID, have.Origin
	textChanged := next.Title != have.Title || next.Statement != have.Statement
	number, err := lastNumber(ctx, tx, org, have.ID)
	if err != nil {
		return nil, err
	}
	versions := db.Into(`control_version (` + versionColumns + `)`)
	wait, why := false, ""
	if textChanged {
		if wait, why, err = s.approvals.Needed(ctx, tx, org, approval.ControlText, who.Account(), now); err != nil {
			return nil, err
		}
		if err := s.replacePending(ctx, tx, who, have, now); err != nil {
			return nil, err
		}
	}
	now2 := next
	if wait {
		now2 = next.withText(have)
	}
	if what := differences(have, now2); what != "" {
		number++
		now2.Version, now2.UpdatedAt = number, now
		v := Version{Control: now2, Number: number, At: now, By: who.Account(), What: how + what}
		if textChanged && !wait {
			v.What += " " + why
		}
		if err := s.store(ctx, tx, org, now2); err != nil {
			return nil, err
		}
		if err := s.version(ctx, tx, org, versions, v); err != nil {
			return nil, err
		}
	}
	var asks []approval.Ask
	if wait {
		number++
		next.Version, next.UpdatedAt = number, now
		v := Version{Control: next, Number: number, At: now, By: who.Account(), What: how + differences(next.withText(have), next), Approval: Pending}
		if err := s.version(ctx, tx, org, versions, v); err != nil {
			return nil, err
		}
		asks = append(asks, askFor(v))
	}
	return asks, versions.Insert(ctx, tx)
}

// replacePending drops the author's own text that waits, for the new one. Text
// of somebody else stands in the way: it would be lost without a word.
func (s *Store) replacePending(ctx context.Context, tx *db.Tx, who access.Actor, have Control, now time.Time) error {
	vs, err := history(ctx, tx, who.Org(), `v.control = $2 AND v.approval = 'pending'`, have.ID)
	if err != nil || len(vs) == 0 {
		return err
	}
	if vs[0].By != who.Account() {
		return problem.New(problem.Conflict, "Text by %s waits for approval (version %d). Approve or withdraw it first, then change the text.", vs[0].ByName, vs[0].Number)
	}
	return s.withdraw(ctx, tx, who, vs[0], now)
}

// store writes the control as it stands now.
func (s *Store) store(ctx context.Context, tx *db.Tx, org string, c Control) error {
	_, err := tx.Exec(ctx, `
		UPDATE control SET code = $3, code_key = $4, title = $5, statement = $6, domain = $7, owner = $8, kind = $9, frequency = $10,
			evidence = $11, population = $12, status = $13, version = $14, updated_at = $15, origin = $16, since = $17
		WHERE org = $1 AND id = $2`, c.row(org)...)
	return clash(err)
}

// version adds a version to rows and its leaf to the log.
func (s *Store) version(ctx context.Context, tx *db.Tx, org string, rows *db.Rows, v Version) error {
	id, salt := uuid.Must(uuid.NewV7()).String(), ledger.Salt()
	content := snapshotOf(v)
	raw, err := json.Marshal(content)
	if err != nil {
		return err
	}
	rows.Add(org, id, v.ID, v.Number, db.Micros(v.At), v.By, v.What, string(raw), salt, string(v.Approval), "", 0)
	return s.log.Append(ctx, tx, ledger.Leaf{Org: org, At: v.At, Actor: v.By, Kind: versionKind, ID: id, Salt: salt, Payload: content})
}

// snapshot is a version as it is kept and hashed. The order of the fields is
// fixed; a later field goes to the end.
type snapshot struct {
	Control    string   `json:"control"`
	Number     int      `json:"number"`
	Code       string   `json:"code"`
	Title      string   `json:"title"`
	Statement  string   `json:"statement"`
	Domain     string   `json:"domain"`
	Owner      string   `json:"owner"`
	Kind       Kind     `json:"kind"`
	Frequency  string   `json:"frequency"`
	Evidence   []string `json:"evidence"`
	Population string   `json:"population"`
	Status     Status   `json:"status"`
	Origin     string   `json:"origin"`
	Since      string   `json:"since,omitempty"` // civil date
}

func snapshotOf(v Version) snapshot {
	return snapshot{v.ID, v.Number, v.Code, v.Title, v.Statement, v.Domain, v.Owner, v.Kind, v.Frequency, v.Evidence, v.Population, v.Status, v.Origin, v.Since.String()}
}
