package isms

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// The kinds of leaves about obligations.
const (
	kindObligation       = "obligation.set"
	kindObligationDone   = "obligation.done"
	kindObligationUndone = "obligation.undone"
)

// obligationFact is what the log says of a text of an obligation.
type obligationFact struct {
	Obligation string         `json:"obligation"`
	Code       string         `json:"code"`
	From       string         `json:"from"`
	Text       ObligationText `json:"text"`
}

// obligationDoneFact is what the log says of a person's word.
type obligationDoneFact struct {
	Obligation string `json:"obligation"`
	Act        string `json:"act"`
	PeriodFrom string `json:"period_from"`
	Due        string `json:"due"`
	On         string `json:"on"`
	Item       string `json:"item"`
	Note       string `json:"note"`
}

type obligationUndoneFact struct {
	Obligation string `json:"obligation"`
	Act        string `json:"act"`
	Why        string `json:"why"`
}

// ObligationAdopt takes shipped obligations from today on, and returns how many were
// new. What was adopted before is left as it is, and asks nothing of the past.
func (s *Store) ObligationAdopt(ctx context.Context, who access.Actor, codes []string, now time.Time) (int, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return 0, err
	}
	var texts []ShippedObligation
	for _, code := range codes {
		o, ok := FindShipped(code)
		if !ok {
			return 0, problem.Field("codes", fmt.Sprintf("There is no obligation %q among those that ship. Choose from the list.", code))
		}
		texts = append(texts, o)
	}
	if len(texts) == 0 {
		return 0, problem.Field("codes", "Choose at least one obligation.")
	}
	n := 0
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		n = 0
		today, err := cycleToday(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		have, err := obligationCodes(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		for _, o := range texts {
			if have[o.Code] {
				continue
			}
			have[o.Code] = true
			t := o.ObligationText
			t.From = today
			if err := s.putObligation(ctx, tx, who, "", o.Code, t, now); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func cycleToday(ctx context.Context, tx *db.Tx, org string, now time.Time) (cadence.Date, error) {
	zones, err := access.Days(ctx, tx, org)
	return zones.DateOf(now), err
}

func obligationCodes(ctx context.Context, tx *db.Tx, org string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT code FROM obligation WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		out[code] = true
		return err
	})
}

// putObligation writes a text and its leaf; without an id the obligation as well.
func (s *Store) putObligation(ctx context.Context, tx *db.Tx, who access.Actor, id, code string, t ObligationText, now time.Time) error {
	now = cycleMoment(now)
	if id == "" {
		id = newID()
		if _, err := tx.Exec(ctx, `INSERT INTO obligation (org, id, code, at, account) VALUES ($1, $2, $3, $4, $5)`, who.Org(), id, code, db.Micros(now), who.Account()); err != nil {
			return err
		}
	}
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	text, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO obligation_text (org, id, obligation, from_on, body, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		who.Org(), text, id, t.From, string(body), db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindObligation, ID: text, Salt: salt,
		Payload: obligationFact{id, code, t.From.String(), t}})
}

// ObligationAdd begins an obligation of the organisation's own, from t.From or today
// on, and returns its code.
func (s *Store) ObligationAdd(ctx context.Context, who access.Actor, t ObligationText, now time.Time) (string, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return "", err
	}
	t, err := t.checked()
	if err != nil {
		return "", err
	}
	t.Ended = false
	var code string
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if t, err = checkObligation(ctx, tx, who.Org(), t, now); err != nil {
			return err
		}
		have, err := obligationCodes(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		if len(have) >= maxObligations {
			return problem.New(problem.Conflict, "There are %d obligations here, which is as many as fit.", len(have))
		}
		for n := 101; ; n++ {
			if code = fmt.Sprintf("OBL-%d", n); !have[code] {
				break
			}
		}
		return s.putObligation(ctx, tx, who, "", code, t, now)
	})
	return code, err
}

// checkObligation checks what only the database knows: the person, and that nothing
// is asked of the past.
func checkObligation(ctx context.Context, tx *db.Tx, org string, t ObligationText, now time.Time) (ObligationText, error) {
	today, err := cycleToday(ctx, tx, org, now)
	if err != nil {
		return t, err
	}
	if !t.From.Known() {
		t.From = today
	}
	if t.From < today {
		return t, problem.Field("from", "An obligation cannot begin in the past: nothing is asked of days that are over. Choose today or later.")
	}
	if t.From > today.AddMonths(24) {
		return t, problem.Field("from", "This lies more than two years ahead. Check the year.")
	}
	if t.Person == "" {
		return t, nil
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, org, cycleKnown(t.Person)).Scan(&n); err != nil {
		return t, err
	}
	if n == 0 {
		return t, problem.Field("person", "This person is not in the people register. Choose somebody who is.")
	}
	return t, nil
}

// ObligationChange gives an obligation another text, from t.From or today on. The
// days before keep what they had. Who sends back what they read names the day the text
// in force began: that chooses no day.
func (s *Store) ObligationChange(ctx context.Context, who access.Actor, code string, t ObligationText, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	t, err := t.checked()
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		o, err := findObligation(ctx, tx, who.Org(), code)
		if err != nil {
			return err
		}
		today, err := cycleToday(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if t.From < today && t.From == o.On(today).From {
			t.From = 0
		}
		if t, err = checkObligation(ctx, tx, who.Org(), t, now); err != nil {
			return err
		}
		last := o.Texts[len(o.Texts)-1]
		if t.From < last.From {
			return problem.Field("from", "A change is planned from "+last.From.String()+" on. Choose that day or a later one.")
		}
		if t.same(last) {
			return problem.New(problem.Conflict, "Nothing was changed, so nothing was stored.")
		}
		return s.putObligation(ctx, tx, who, o.ID, o.Code, t, now)
	})
}

// same reports whether two texts ask the same.
func (t ObligationText) same(x ObligationText) bool {
	return t.Title == x.Title && t.Detail == x.Detail && t.Every == x.Every && t.Basis == x.Basis && t.Subject == x.Subject && t.Role == x.Role &&
		t.Person == x.Person && t.Kind == x.Kind && t.Grace == x.Grace && t.Closes == x.Closes && t.Ended == x.Ended && slices.Equal(t.Requirements, x.Requirements)
}

// ObligationEnd asks an obligation no more from today on, with a reason. What fell
// due before stays as it is.
func (s *Store) ObligationEnd(ctx context.Context, who access.Actor, code, why string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	why, err := db.Prose("why", "The reason", why, maxObligationText)
	if err == nil && why == "" {
		err = problem.Field("why", "Say why it is asked no more: an auditor will ask.")
	}
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		o, err := findObligation(ctx, tx, who.Org(), code)
		if err != nil {
			return err
		}
		if o.Texts[len(o.Texts)-1].Ended {
			return problem.New(problem.Conflict, "It is asked no more already.")
		}
		today, err := cycleToday(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for _, d := range o.ends(today) {
			t := o.On(d)
			t.Ended, t.Why, t.From = true, why, d
			if err := s.putObligation(ctx, tx, who, o.ID, o.Code, t, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// ends lists the days from which an obligation has to be ended so that it is asked no
// more from today on: today, if it was asked by then, and each day to come from which
// a change would ask it again.
func (o Obligation) ends(today cadence.Date) []cadence.Date {
	var out []cadence.Date
	if o.Since() <= today && !o.Ended(today) {
		out = append(out, today)
	}
	for _, t := range o.Texts {
		if t.From > today && !o.On(t.From).Ended {
			out = append(out, t.From)
		}
	}
	return slices.Compact(out)
}

// Doing is a person's word that an obligation was met.
type Doing struct {
	Due  cadence.Date // of the occurrence
	On   cadence.Date // when it was done; none: today
	Item string       // id of the evidence that shows it
	Note string
}

// ObligationDone says that an obligation was met for the period that is due on a
// day, with evidence. Whoever keeps the management system may say so, and whoever
// has to do it.
func (s *Store) ObligationDone(ctx context.Context, who access.Actor, code string, d Doing, now time.Time) error {
	if err := who.May(access.ViewISMS); err != nil {
		return err
	}
	now = cycleMoment(now)
	note, err := db.Prose("note", "The note", d.Note, maxObligationText)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		o, err := s.doable(ctx, tx, who, code, now)
		if err != nil {
			return err
		}
		c, err := readCycle(ctx, tx, who.Org(), now, func(*cycle) []string { return o.kinds() })
		if err != nil {
			return err
		}
		if !d.On.Known() {
			d.On = c.Today
		}
		x, err := c.occurrence(o, d)
		if err != nil {
			return err
		}
		var n int
		err = tx.QueryRow(ctx, `SELECT count(*) FROM evidence_item WHERE org = $1 AND id = $2 AND erased_at = 0 AND review <> 'rejected' AND superseded_by = ''`, who.Org(), cycleKnown(d.Item)).Scan(&n)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.Field("item", "Name the evidence that shows it: one that stands, in the library. File it first if it is not there.")
		}
		id, salt := newID(), ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO obligation_act (org, id, obligation, period_from, period_to, on_day, item, note, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			who.Org(), id, o.ID, x.Period.From, x.Period.To, d.On, d.Item, note, db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		fact := obligationDoneFact{o.ID, id, x.Period.From.String(), x.Due.String(), d.On.String(), d.Item, note}
		if err := s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindObligationDone, ID: id, Salt: salt, Payload: fact}); err != nil {
			return err
		}
		return s.closeObligation(ctx, tx, who.Org(), who.Account(), o, x, now)
	})
}

// doable finds an obligation the actor may say something of.
func (s *Store) doable(ctx context.Context, tx *db.Tx, who access.Actor, code string, now time.Time) (Obligation, error) {
	o, err := findObligation(ctx, tx, who.Org(), code)
	if err != nil || who.Can(access.ManageISMS) {
		return o, err
	}
	today, err := cycleToday(ctx, tx, who.Org(), now)
	if err != nil {
		return o, err
	}
	me, err := cyclePersonOf(ctx, tx, who)
	if err != nil {
		return o, err
	}
	duties, err := people.ReadDuties(ctx, tx, who.Org())
	if err != nil {
		return o, err
	}
	c := cycle{Duties: duties} // an owner of one system does not speak for those of the others
	if me == "" || !slices.Contains(c.holders(o.On(today), today), me) {
		return o, problem.New(problem.NotFound, "This obligation is not yours to meet. Write to whoever keeps the management system.")
	}
	return o, nil
}

// occurrence finds the time that is said to be met, or says why it cannot be.
func (c *cycle) occurrence(o Obligation, d Doing) (Occurrence, error) {
	span := cadence.Days{From: o.Since(), To: c.Today.AddMonths(121)}
	all := o.Occurrences(NewJudging(c.Binding.Zones, span.From, c.Now), c.Binding, c.Trail, c.Acts[o.ID], span)
	i := slices.IndexFunc(all, func(x Occurrence) bool { return x.Due == d.Due })
	if i < 0 {
		return Occurrence{}, problem.Field("due", "Nothing falls due on that day. Choose one of the days listed.")
	}
	x := all[i]
	switch {
	case x.State == DutyDone || x.State == DutyLate:
		return x, problem.New(problem.Conflict, "It was met for this period already.")
	case d.On > c.Today:
		return x, problem.Field("on", "This day lies ahead. Say it when it has been done.")
	case d.On < x.Period.From:
		return x, problem.Field("on", "This lies before the period, which begins on "+x.Period.From.String()+". What was done then counted for the one before.")
	}
	return x, nil
}

// ObligationUndone takes a person's word back, with a reason.
func (s *Store) ObligationUndone(ctx context.Context, who access.Actor, act, why string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	now = cycleMoment(now)
	why, err := db.Prose("why", "The reason", why, maxObligationText)
	if err == nil && why == "" {
		err = problem.Field("why", "Say why it does not count.")
	}
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		salt := ledger.Salt()
		var obligation string
		rows, err := tx.Query(ctx, `UPDATE obligation_act SET undone_at = $3, undone_by = $4, undone_why = $5, undone_salt = $6 WHERE org = $1 AND id = $2 AND undone_at = 0 RETURNING obligation`,
			who.Org(), cycleKnown(act), db.Micros(now), who.Account(), why, salt)
		if err != nil {
			return err
		}
		if err := db.Each(rows, func(scan func(...any) error) error { return scan(&obligation) }); err != nil {
			return err
		}
		if obligation == "" {
			return problem.New(problem.NotFound, "There is no such entry, or it was taken back already.")
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindObligationUndone, ID: act, Salt: salt, Payload: obligationUndoneFact{obligation, act, why}})
	})
}
