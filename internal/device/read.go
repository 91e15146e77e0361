package device

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

// chunk is how many devices are read or written with one statement.
const chunk = 200

// load reads devices, all of the organisation or those with these ids, by number. A
// change locks what sources said: another server may be taking a report.
func load(ctx context.Context, tx *db.Tx, org string, ids []string, lock bool, now time.Time) ([]*facts, error) {
	if ids == nil {
		return loadWhere(ctx, tx, org, ``, nil, lock, now)
	}
	var out []*facts
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, chunk) {
		args := []any{org}
		places := db.Among(&args, part)
		list, err := loadWhere(ctx, tx, org, places, args[1:], lock, now)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func among(column, places string) string {
	if places == "" {
		return ""
	}
	return ` AND ` + column + ` IN (` + places + `)`
}

func loadWhere(ctx context.Context, tx *db.Tx, org, places string, ids []any, lock bool, now time.Time) ([]*facts, error) {
	today, err := people.Today(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	args := append([]any{org}, ids...)
	var list []*facts
	byID := map[string]*facts{}
	err = query(ctx, tx, `
		SELECT d.id, d.number, d.name, d.platform, coalesce(d.owner, ''), coalesce(p.end_on, ''), d.state, d.state_at, d.reason, d.created_at, d.told, d.lapses_at
		FROM device d LEFT JOIN person p ON p.org = d.org AND p.id = d.owner
		WHERE d.org = $1`+among("d.id", places), args, func(scan func(...any) error) error {
		f := &facts{today: today.String(), now: db.Micros(now)}
		var text string
		err := scan(&f.id, &f.number, &f.name, &f.platform, &f.owner, &f.ownerEnds, &f.state, &f.stateAt, &f.reason, &f.createdAt, &text, &f.lapsesAt)
		if err == nil {
			f.told, err = parseTold(text)
		}
		list, byID[f.id] = append(list, f), f
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	end := ``
	if lock && tx.Engine() == "postgres" {
		end = ` FOR UPDATE`
	}
	err = query(ctx, tx, `SELECT device, `+sourceColumns+` FROM device_source WHERE org = $1`+among("device", places)+` ORDER BY device, kind, connection`+end, args, func(scan func(...any) error) error {
		var device string
		s, err := scanSource(func(into ...any) error { return scan(append([]any{&device}, into...)...) })
		if f := byID[device]; err == nil && f != nil {
			f.sources = append(f.sources, s)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b *facts) int { return cmp.Compare(a.number, b.number) })
	for _, f := range list {
		slices.SortStableFunc(f.sources, func(a, b *source) int { return cmp.Compare(b.seen, a.seen) })
	}
	return list, query(ctx, tx, `
		SELECT device, id, asked, reason, until_on, until_at, account, at, ended_at FROM device_waiver
		WHERE org = $1`+among("device", places)+` ORDER BY at DESC`, args, func(scan func(...any) error) error {
		var w waiver
		err := scan(&w.device, &w.id, &w.check, &w.reason, &w.untilOn, &w.until, &w.account, &w.at, &w.ended)
		if f := byID[w.device]; f != nil {
			f.waivers = append(f.waivers, w)
		}
		return err
	})
}

const sourceColumns = `kind, connection, ref, seen_at, filed_at, sent_at, seq, hash, batch, build, skew, gaps, trouble, verdicts`

func scanSource(scan func(...any) error) (*source, error) {
	s := &source{}
	var text string
	var seq int64
	err := scan(&s.kind, &s.connection, &s.ref, &s.seen, &s.filed, &s.sent, &seq, &s.hash, &s.batch, &s.build, &s.skew, &s.gaps, &s.trouble, &text)
	s.seq = uint64(seq)
	if err == nil {
		s.words, err = parseWords(text)
	}
	return s, err
}

// query calls fn for every row.
func query(ctx context.Context, tx *db.Tx, q string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// device is what others see of it at a moment.
func (f *facts) device(now time.Time) Device {
	at := db.Micros(now)
	d := Device{
		ID: f.id, Code: code(f.number), Name: f.name, Platform: f.platform, Owner: f.owner,
		State: f.state, StateAt: db.Time(f.stateAt), Reason: f.reason, CreatedAt: db.Time(f.createdAt),
	}
	for _, s := range f.sources {
		x := Source{
			Kind: s.kind, Connection: s.connection, SeenAt: db.Time(s.seen), Stale: true,
			Build: s.build, Gaps: int(s.gaps), Trouble: s.trouble,
		}
		if s.kind != Person {
			x.Stale = s.seen == 0 || s.seen+staleAfter <= at
		}
		if s.skew > skewShown || s.skew < -skewShown {
			x.Skew = time.Duration(s.skew) * time.Second
		}
		for _, w := range s.words {
			fresh := s.freshUntil(w) > at
			if s.kind == Person {
				x.Stale = x.Stale && !fresh
			}
			if fresh || x.Stale && s.kind != Person { // of a source that fell silent what it said last is shown
				x.Results = append(x.Results, w.Result)
			}
		}
		d.Sources = append(d.Sources, x)
	}
	for i, c := range wire.Checks() {
		d.Checks = append(d.Checks, f.verdict(i, c, at, d.Sources))
	}
	for _, w := range f.waivers {
		if w.holds(at) {
			d.Waivers = append(d.Waivers, Waiver{ID: w.id, Device: f.id, Check: w.check, Reason: w.reason, Until: w.untilOn, By: w.account, At: db.Time(w.at)})
		}
	}
	return d
}

func (f *facts) verdict(i int, c wire.Check, at int64, sources []Source) Verdict {
	v := Combine(c, sources)
	if w, ok := f.waived(c, at); ok && v.State == result.Fail {
		v.State, v.Waiver = result.NotApplicable, w.id
	}
	switch t := f.told[i]; {
	case t.state == v.State:
		v.Since = db.Time(t.since)
	case v.State == result.Stale && t.state != "":
		v.Since = db.Time(t.until)
	}
	return v
}

// skewShown is how far a clock may be off before it is worth a word, in seconds.
const skewShown = 5 * 60

func code(number int) string { return fmt.Sprintf("DEV-%d", number) }

// List returns all devices in the order of their codes, those that are lost or retired
// among them.
func (s *Store) List(ctx context.Context, who access.Actor, now time.Time) ([]Device, error) {
	if err := who.May(access.ViewDevices); err != nil {
		return nil, err
	}
	return s.fleet(ctx, who.Org(), now)
}

// Mine returns the devices of the actor's own person.
func (s *Store) Mine(ctx context.Context, who access.Actor, now time.Time) ([]Device, error) {
	if err := who.May(access.UseDevices); err != nil {
		return nil, err
	}
	return s.list(ctx, who.Org(), now, func(ctx context.Context, tx *db.Tx) ([]string, error) {
		person, err := personOf(ctx, tx, who)
		ids := []string{}
		if err != nil || person == "" {
			return ids, err
		}
		return ids, query(ctx, tx, `SELECT id FROM device WHERE org = $1 AND owner = $2`, []any{who.Org(), person}, func(scan func(...any) error) error {
			ids = append(ids, "")
			return scan(&ids[len(ids)-1])
		})
	})
}

func (s *Store) list(ctx context.Context, org string, now time.Time, which func(context.Context, *db.Tx) ([]string, error)) ([]Device, error) {
	var out []Device
	err := s.DB.Read(ctx, org, func(tx *db.Tx) error {
		ids, err := which(ctx, tx)
		if err != nil {
			return err
		}
		list, err := load(ctx, tx, org, ids, false, now)
		for _, f := range list {
			out = append(out, f.device(now))
		}
		return err
	})
	slices.SortFunc(out, func(a, b Device) int {
		return cmp.Or(cmp.Compare(len(a.Code), len(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	return out, err
}

// personOf is who of the register the actor is, or "".
func personOf(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	var person string
	err := tx.QueryRow(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, who.Org(), who.Account()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

var errNone = problem.New(problem.NotFound, "There is no such device, or it is not yours. Go back to the list; somebody may have followed an old link.")

// Find returns one device: everybody may see their own, and others who may see all. A
// NotFound problem says no more than that.
func (s *Store) Find(ctx context.Context, who access.Actor, id string, now time.Time) (Device, error) {
	var out Device
	err := s.seen(ctx, who, id, now, func(_ *db.Tx, f *facts) error {
		out = f.device(now)
		return nil
	})
	return out, err
}

// seen reads a device that the actor may see.
func (s *Store) seen(ctx context.Context, who access.Actor, id string, now time.Time, fn func(*db.Tx, *facts) error) error {
	if err := who.May(access.UseDevices); err != nil && !who.Can(access.ViewDevices) {
		return err
	}
	return s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		list, err := load(ctx, tx, who.Org(), []string{id}, false, now)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return errNone
		}
		if !who.Can(access.ViewDevices) {
			if person, err := personOf(ctx, tx, who); err != nil || person == "" || person != list[0].owner {
				return cmp.Or[error](err, errNone)
			}
		}
		return fn(tx, list[0])
	})
}
