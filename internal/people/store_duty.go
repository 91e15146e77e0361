package people

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Giving hands a role of the programme to a person.
type Giving struct {
	Role   string
	Person string
	From   cadence.Date // none: today
	Alone  bool         // whoever else holds it does so until the day before
}

// dutyFact is what the log says of a duty.
type dutyFact struct {
	Role   string       `json:"role"`
	Person string       `json:"person"`
	From   cadence.Date `json:"from"`
	To     cadence.Date `json:"to,omitempty"`
}

// Duties returns who held which role of the programme, and when.
func (s *Store) Duties(ctx context.Context, who access.Actor) (*Duties, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out *Duties
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		var err error
		out, err = ReadDuties(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// ReadDuties reads them in the caller's transaction.
func ReadDuties(ctx context.Context, tx *db.Tx, org string) (*Duties, error) {
	rows, err := tx.Query(ctx, `SELECT id, role, person, from_on, to_on, at, account FROM duty WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Duty
	for rows.Next() {
		var d Duty
		var at int64
		if err := rows.Scan(&d.ID, &d.Role, &d.Person, &d.Days.From, &d.Days.To, &at, &d.By); err != nil {
			return nil, err
		}
		d.At = db.Time(at)
		list = append(list, d)
	}
	return NewDuties(list), rows.Err()
}

// GiveDuty gives a role to a person from a day on, which may lie in the past: who
// answered for what is a fact that is often written down late.
func (s *Store) GiveDuty(ctx context.Context, who access.Actor, g Giving, now time.Time) (Duty, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return Duty{}, err
	}
	role, ok := FindDutyRole(g.Role)
	if !ok {
		return Duty{}, problem.Field("role", "Choose one of the roles listed.")
	}
	if role.ID == SystemOwner {
		return Duty{}, problem.Field("role", "Owners of systems stand in the register of systems. Open the system and choose its owner there.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	var out Duty
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		zone, err := zoneOf(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if !g.From.Known() {
			g.From = cadence.DateOf(now, zone)
		}
		p, err := find(ctx, tx, who.Org(), g.Person)
		if err != nil {
			return problem.Field("person", "This person is not in the register. Choose somebody who is.")
		}
		have, err := ReadDuties(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, d := range have.Ever(g.Role) {
			switch {
			case d.Person == p.ID && (!d.Days.To.Known() || d.Days.To >= g.From):
				return problem.Field("person", p.Name+" holds this role from "+d.Days.From.String()+" already. End that first, or choose a later day.")
			case g.Alone && d.Holds(g.From):
				if d.Days.From == g.From {
					return problem.Field("from", "Somebody else holds this role from the same day. End that first, or choose a later day.")
				}
				if err := s.endDuty(ctx, tx, who, d, g.From-1, now); err != nil {
					return err
				}
			}
		}
		out = Duty{ID: uuid.Must(uuid.NewV7()).String(), Role: g.Role, Person: p.ID, Days: cadence.Days{From: g.From}, At: now, By: who.Account()}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO duty (org, id, role, person, from_on, to_on, at, account, salt) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)`,
			who.Org(), out.ID, out.Role, out.Person, out.Days.From, db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "duty.given", ID: out.ID, Salt: salt, Payload: dutyFact{out.Role, out.Person, out.Days.From, 0}})
	})
	return out, err
}

// EndDuty ends a duty with a last day.
func (s *Store) EndDuty(ctx context.Context, who access.Actor, id string, last cadence.Date, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := ReadDuties(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(have.list, func(d Duty) bool { return d.ID == id })
		if i < 0 {
			return problem.New(problem.NotFound, "There is no such duty.")
		}
		d := have.list[i]
		switch {
		case d.Days.To.Known():
			return problem.New(problem.Conflict, "This duty has ended already.")
		case !last.Known() || last < d.Days.From:
			return problem.Field("last", "The last day lies before the first, "+d.Days.From.String()+". Choose a later one.")
		}
		return s.endDuty(ctx, tx, who, d, last, now)
	})
}

func (s *Store) endDuty(ctx context.Context, tx *db.Tx, who access.Actor, d Duty, last cadence.Date, now time.Time) error {
	salt := ledger.Salt()
	if _, err := tx.Exec(ctx, `UPDATE duty SET to_on = $3, ended_at = $4, ended_by = $5, end_salt = $6 WHERE org = $1 AND id = $2`, who.Org(), d.ID, last, db.Micros(now), who.Account(), salt); err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "duty.ended", ID: d.ID, Salt: salt, Payload: dutyFact{d.Role, d.Person, d.Days.From, last}})
}
