package joiner

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// stepChange is what the log says of a change of a list.
type stepChange struct {
	List    List   `json:"list"`
	Step    string `json:"step"`
	Retired bool   `json:"retired"`
	Running bool   `json:"running"`
	From    int64  `json:"from_us"`
	Body    Step   `json:"body"`
}

// Effect says from when a change of a step holds, and for whom.
type Effect struct {
	From    cadence.Date // no date or today: from this moment on
	Running bool         // for checklists that have begun, too
}

// SaveStep adds a step, changes one that ships or one of the organisation's own,
// or brings back a retired one. It holds for checklists that begin from then on,
// and for running ones only if that is asked for; what is done stays done.
func (s *Store) SaveStep(ctx context.Context, who access.Actor, x Step, e Effect, now time.Time) (Step, error) {
	if err := who.May(access.ManageJoiners); err != nil {
		return x, err
	}
	now = moment(now)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := people.ReadRoster(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if x, err = x.checked(r.Groups()); err != nil {
			return err
		}
		versions, err := readVersions(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		x.Check, x.Topics = "", slices.DeleteFunc(x.Topics, func(t string) bool { return t == "" })
		if x.ID == "" {
			if len(versions) >= maxSteps*10 {
				return problem.New(problem.Conflict, "The lists have been changed very often. Retire what is not needed and keep the rest.")
			}
			x.ID = newID()
		} else {
			was, ok := lastOf(versions, x.ID)
			if !ok || was.List != x.List {
				return problem.New(problem.NotFound, "There is no such step on this list.")
			}
			x.Check = was.Check // who else closes it is not for typing
		}
		return s.put(ctx, tx, who, x, false, e, now)
	})
	if err == nil && e.Running {
		err = s.tend(ctx, who.Org(), who.Account(), now)
	}
	return x, err
}

// RetireStep takes a step off its list. Running checklists keep it, unless the
// change is meant for them, too.
func (s *Store) RetireStep(ctx context.Context, who access.Actor, id string, e Effect, now time.Time) error {
	if err := who.May(access.ManageJoiners); err != nil {
		return err
	}
	now = moment(now)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		versions, err := readVersions(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		was, ok := lastOf(versions, id)
		if !ok {
			return problem.New(problem.NotFound, "There is no such step.")
		}
		if was.Retired {
			return problem.New(problem.Conflict, "This step is retired already.")
		}
		return s.put(ctx, tx, who, was.Step, true, e, now)
	})
	if err == nil && e.Running {
		err = s.tend(ctx, who.Org(), who.Account(), now)
	}
	return err
}

// lastOf is the last thing said of a step, also if it holds only from a day to come.
func lastOf(versions []Version, id string) (Version, bool) {
	for _, v := range slices.Backward(versions) {
		if v.Step.ID == id {
			return v, true
		}
	}
	for _, s := range Shipped() {
		if s.ID == id {
			return Version{Step: s}, true
		}
	}
	return Version{}, false
}

func (s *Store) put(ctx context.Context, tx *db.Tx, who access.Actor, x Step, retired bool, e Effect, now time.Time) error {
	z, err := access.Days(ctx, tx, who.Org())
	if err != nil {
		return err
	}
	from := now
	switch today := z.DateOf(now); {
	case e.From.Known() && e.From < today:
		return problem.Field("from", "A change never holds for days that are over. Choose today or a later day.")
	case e.From > today+maxDays:
		return problem.Field("from", "Choose a day within a year.")
	case e.From > today:
		from = z.Start(e.From)
	}
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	id, salt := newID(), ledger.Salt()
	rows := db.Into(`joiner_step (org, id, list, step, retired, running, body, from_at, at, account, salt)`)
	rows.Add(who.Org(), id, string(x.List), x.ID, retired, e.Running, string(body), db.Micros(from), db.Micros(now), who.Account(), salt)
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindChecklist, ID: id, Salt: salt,
		Payload: stepChange{x.List, x.ID, retired, e.Running, db.Micros(from), x}})
}

// Entry is a step of a list as an editor shows it.
type Entry struct {
	Version
	Shipped bool     // it came with Toucan and was not changed
	Own     bool     // it never shipped
	Coming  *Version // what was said of it for a day to come
}

// Checklist returns the steps of both lists, in order, retired ones too.
func (s *Store) Checklist(ctx context.Context, who access.Actor, now time.Time) ([]Entry, error) {
	if err := who.May(access.ViewJoiners); err != nil {
		return nil, err
	}
	var versions []Version
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		versions, err = readVersions(ctx, tx, who.Org())
		return err
	})
	return entries(versions, now), err
}

func entries(versions []Version, now time.Time) []Entry {
	var out []Entry
	at := map[string]int{}
	for _, s := range Shipped() {
		at[s.ID] = len(out)
		out = append(out, Entry{Version: Version{Step: s}, Shipped: true})
	}
	for _, v := range versions {
		i, ok := at[v.Step.ID]
		if !ok {
			i = len(out)
			at[v.Step.ID] = i
			out = append(out, Entry{Version: v, Own: true})
		}
		if e := &out[i]; v.From.After(now) {
			e.Coming = &v
		} else {
			e.Version, e.Shipped, e.Coming = v, false, nil
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return slices.Index(Lists(), a.List) - slices.Index(Lists(), b.List) })
	return out
}

// Setting returns how the organisation runs its checklists now.
func (s *Store) Setting(ctx context.Context, who access.Actor, now time.Time) (Setting, error) {
	if err := who.May(access.ViewJoiners); err != nil {
		return Setting{}, err
	}
	var x Setting
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if x, err = readSetting(ctx, tx, who.Org(), moment(now)); err == nil {
			x.Policy, err = policy.DeadlineAt(ctx, tx, who.Org(), policy.LeaverAccess, moment(now))
		}
		return err
	})
	return x, err
}

// Preview says for how many people a checklist would begin, and how many open
// steps would change hands or day, if a setting held.
func (s *Store) Preview(ctx context.Context, who access.Actor, x Setting, now time.Time) (joining, leaving, changed int, err error) {
	if err := who.May(access.ManageJoiners); err != nil {
		return 0, 0, 0, err
	}
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		w, err := s.world(ctx, tx, who.Org(), moment(now))
		if err != nil {
			return err
		}
		if w.Setting, err = x.checked(w.Roster); err != nil {
			return err
		}
		for _, c := range w.Next() {
			switch {
			case c.Was.ID != "":
				changed++
			case c.Is.List == Joining:
				joining++
			default:
				leaving++
			}
		}
		return nil
	})
	return joining, leaving, changed, err
}

// SetSetting changes how checklists are run, from now on, and begins those that
// are due.
func (s *Store) SetSetting(ctx context.Context, who access.Actor, x Setting, now time.Time) error {
	if err := who.May(access.ManageJoiners); err != nil {
		return err
	}
	now = moment(now)
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := people.ReadRoster(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if x, err = x.checked(r); err != nil {
			return err
		}
		body, err := json.Marshal(x)
		if err != nil {
			return err
		}
		id, salt := newID(), ledger.Salt()
		rows := db.Into(`joiner_setting (org, id, body, at, account, salt)`)
		rows.Add(who.Org(), id, string(body), db.Micros(now), who.Account(), salt)
		if err := rows.Insert(ctx, tx); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindSetting, ID: id, Salt: salt, Payload: json.RawMessage(body)})
	})
	if err == nil {
		err = s.tend(ctx, who.Org(), who.Account(), now)
	}
	return err
}

// Groups returns the groups of people a step can be asked of.
func (s *Store) Groups(ctx context.Context, who access.Actor) ([]people.Group, error) {
	if err := who.May(access.ViewJoiners); err != nil {
		return nil, err
	}
	var out []people.Group
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		r, err := people.ReadRoster(ctx, tx, who.Org())
		if err == nil {
			out = r.Groups()
		}
		return err
	})
	return out, err
}
