package device

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// maxWaived is how far ahead an exception, or a person's own word, may reach, in days.
const maxWaived = 366

// waiverFact is what the log says of an exception.
type waiverFact struct {
	Device string     `json:"device"`
	Check  wire.Check `json:"check"`
	Reason string     `json:"reason"`
	Until  string     `json:"until"` // last day
	Ended  bool       `json:"ended"`
}

// period checks a last day, and returns the moment it is over.
func period(ctx context.Context, tx *db.Tx, org string, until cadence.Date, now time.Time) (int64, error) {
	var name string
	if err := tx.QueryRow(ctx, `SELECT zone FROM organisation WHERE id = $1`, org).Scan(&name); err != nil {
		return 0, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return 0, err
	}
	if today := cadence.DateOf(now, zone); until < today || until > today+maxWaived {
		return 0, problem.Field("until", "Choose a last day from today on, within a year: what has no end is looked at by nobody again.")
	}
	return db.Micros(until.End(zone)), nil
}

func said(check wire.Check, reason string) (string, error) {
	if !slices.Contains(wire.Checks(), check) {
		return "", problem.Field("check", "Choose one of the checks listed.")
	}
	reason, err := db.Line("reason", "The reason", reason, maxReason)
	if err == nil && reason == "" {
		err = problem.Field("reason", "Say in a few words why, for whoever asks in a year.")
	}
	return reason, err
}

// Waive decides that devices need not pass a check up to a last day. One that is in
// force for the same check gives way to it.
func (s *Store) Waive(ctx context.Context, who access.Actor, ids []string, check wire.Check, reason string, until cadence.Date, now time.Time) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	reason, err := said(check, reason)
	if err != nil {
		return err
	}
	at := db.Micros(now)
	return s.change(ctx, who, ids, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		end, err := period(ctx, tx, who.Org(), until, now)
		if err != nil {
			return err
		}
		for i, w := range f.waivers {
			if w.check == check && w.holds(at) {
				f.waivers[i].ended = at
				if err := s.endWaiver(ctx, tx, who, w.id, now); err != nil {
					return err
				}
			}
		}
		w := waiver{id: newID(), device: f.id, check: check, reason: reason, untilOn: until, until: end, account: who.Account(), at: at}
		salt := ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO device_waiver (org, id, device, asked, reason, until_on, until_at, account, at, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Org(), w.id, f.id, string(check), reason, int(until), end, who.Account(), at, salt)
		if err != nil {
			return err
		}
		f.waivers = append([]waiver{w}, f.waivers...)
		f.told[slices.Index(wire.Checks(), check)].until = 0 // told again, with its new end
		err = s.leaf(ctx, tx, ledger.Leaf{Org: who.Org(), At: now.UTC().Truncate(time.Microsecond), Actor: who.Account(), Kind: "device.waiver", ID: w.id, Salt: salt, Payload: waiverFact{f.id, check, reason, until.String(), false}})
		if err != nil {
			return err
		}
		return s.event(ctx, tx, who.Org(), who.Account(), event{device: f.id, kind: evWaived, check: check, reason: reason, n: int64(until)}, now)
	})
}

// endWaiver marks an exception as ended, with its leaf.
func (s *Store) endWaiver(ctx context.Context, tx *db.Tx, who access.Actor, id string, now time.Time) error {
	var f waiverFact
	var until cadence.Date
	var salt string
	err := tx.QueryRow(ctx, `UPDATE device_waiver SET ended_at = $3, ended_by = $4 WHERE org = $1 AND id = $2 AND ended_at = 0 RETURNING device, asked, reason, until_on, salt`,
		who.Org(), id, db.Micros(now), who.Account()).Scan(&f.Device, &f.Check, &f.Reason, &until, &salt)
	if err != nil {
		return err
	}
	f.Until, f.Ended = until.String(), true
	return s.leaf(ctx, tx, ledger.Leaf{Org: who.Org(), At: now.UTC().Truncate(time.Microsecond), Actor: who.Account(), Kind: "device.waiver", ID: id, Salt: salt, Payload: f})
}

// EndWaiver ends an exception before its time.
func (s *Store) EndWaiver(ctx context.Context, who access.Actor, id string, now time.Time) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	var device string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT device FROM device_waiver WHERE org = $1 AND id = $2`, who.Org(), id).Scan(&device)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return problem.New(problem.NotFound, "There is no such exception. Go back to the device and look what is in force.")
	}
	if err != nil {
		return err
	}
	at := db.Micros(now)
	return s.change(ctx, who, []string{device}, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		i := slices.IndexFunc(f.waivers, func(w waiver) bool { return w.id == id && w.holds(at) })
		if i < 0 {
			return problem.New(problem.Conflict, "This exception is over already.")
		}
		f.waivers[i].ended = at
		if err := s.endWaiver(ctx, tx, who, id, now); err != nil {
			return err
		}
		return s.event(ctx, tx, who.Org(), who.Account(), event{device: f.id, kind: evUnwaived, check: f.waivers[i].check}, now)
	})
}

// Say keeps what a person saw of a device, up to a last day: for machines nothing of
// ours runs on. The reason says how it was looked at.
func (s *Store) Say(ctx context.Context, who access.Actor, id string, check wire.Check, verdict wire.Verdict, reason string, until cadence.Date, now time.Time) error {
	if err := who.May(access.ManageDevices); err != nil {
		return err
	}
	reason, err := said(check, reason)
	if err != nil {
		return err
	}
	r := wire.Result{Check: check, Verdict: verdict, Reason: bySight[verdict]}
	if verdict == wire.Fail {
		r.Reason = failSeen(check)
	}
	if !slices.Contains(wire.Verdicts(), verdict) {
		return problem.Field("verdict", "Choose one of the answers listed.")
	}
	return s.change(ctx, who, []string{id}, now, func(ctx context.Context, tx *db.Tx, f *facts) error {
		end, err := period(ctx, tx, who.Org(), until, now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(f.sources, func(x *source) bool { return x.kind == Person })
		if i < 0 {
			i, f.sources = len(f.sources), append(f.sources, &source{kind: Person, isNew: true})
		}
		from := f.sources[i]
		from.words = slices.DeleteFunc(from.words, func(w word) bool { return w.Check == check })
		from.words = append(from.words, word{Result: r, until: end})
		from.seen, from.isChanged = db.Micros(now), true
		return s.event(ctx, tx, who.Org(), who.Account(), event{device: f.id, kind: evSaid, check: check, reason: string(verdict) + ", " + reason}, now)
	})
}

// bySight are the reasons that stand with what a person saw.
var bySight = map[wire.Verdict]wire.Reason{wire.NotApplicable: wire.PolicyExempt, wire.CouldNotTell: wire.Unreadable}

// failSeen is the reason of a fail somebody saw: the first that says it plainly.
func failSeen(c wire.Check) wire.Reason {
	for _, r := range []wire.Reason{wire.Off, wire.Missing, wire.EOLPassed} {
		if r.Fits(c, wire.Fail) && !(r == wire.Off && c == wire.OSSupported) {
			return r
		}
	}
	return wire.Off
}
