package isms

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/system"
)

// cycleMoment is a time as the tables hold it.
func cycleMoment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// cycleKnown returns what may be compared with an id of ours, or "".
func cycleKnown(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

// cycle is what obligations, the calendar and the gate are worked out from, read in
// one transaction.
type cycle struct {
	org     string
	Now     time.Time
	Today   cadence.Date
	Binding Binding
	Duties  *people.Duties
	Owners  []string          // persons who own a system in use
	Names   map[string]string // of persons who hold a role or an obligation

	Obligations []Obligation // by code
	Acts        map[string][]ObligationAct
	Engagements []Engagement
	Trail       *Trail
}

// readCycle reads everything; the trail as far as kinds says, or all of it.
func readCycle(ctx context.Context, tx *db.Tx, org string, now time.Time, kinds func(*cycle) []string) (*cycle, error) {
	return readCycleWith(ctx, tx, org, now, kinds, func() ([]Obligation, error) { return readObligations(ctx, tx, org, "") })
}

func readCycleWith(ctx context.Context, tx *db.Tx, org string, now time.Time, kinds func(*cycle) []string, obligations func() ([]Obligation, error)) (*cycle, error) {
	c := &cycle{org: org, Now: cycleMoment(now)}
	var err error
	if c.Binding.Zones, err = access.Days(ctx, tx, org); err != nil {
		return nil, err
	}
	c.Today = c.Binding.Zones.DateOf(c.Now)
	if c.Binding.Followed, err = crosswalk.ReadFollowings(ctx, tx, org); err != nil {
		return nil, err
	}
	if c.Binding.Policies, err = policy.ReadIntervals(ctx, tx, org); err != nil {
		return nil, err
	}
	if c.Duties, err = people.ReadDuties(ctx, tx, org); err != nil {
		return nil, err
	}
	if c.Owners, err = system.Owners(ctx, tx, org); err != nil {
		return nil, err
	}
	if c.Obligations, err = obligations(); err != nil {
		return nil, err
	}
	if c.Acts, err = readObligationActs(ctx, tx, org); err != nil {
		return nil, err
	}
	if c.Engagements, err = readEngagements(ctx, tx, org); err != nil {
		return nil, err
	}
	if c.Names, err = c.readNames(ctx, tx, org); err != nil {
		return nil, err
	}
	records, err := readTrail(ctx, tx, org, c.Binding.Zones, kinds(c))
	c.Trail = NewTrail(records, c.Binding.Zones)
	return c, err
}

// dutyKinds are the kinds of evidence that obligations speak of.
func dutyKinds(c *cycle) []string {
	var out []string
	for _, o := range c.Obligations {
		out = append(out, o.kinds()...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// allKinds is the whole trail.
func allKinds(*cycle) []string { return nil }

func (c *cycle) readNames(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	ids := map[string]bool{}
	for _, d := range c.Duties.All() {
		ids[d.Person] = true
	}
	for _, id := range c.Owners {
		ids[id] = true
	}
	for _, o := range c.Obligations {
		if p := o.On(c.Today).Person; p != "" {
			ids[p] = true
		}
	}
	out := map[string]string{}
	var all []string
	for id := range ids {
		all = append(all, id)
	}
	slices.Sort(all)
	for part := range slices.Chunk(all, 500) {
		args := []any{org}
		rows, err := tx.Query(ctx, `SELECT id, name FROM person WHERE org = $1 AND id IN (`+db.Among(&args, part)+`)`, args...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			var id, name string
			err := scan(&id, &name)
			out[id] = name
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readObligations returns obligations by code; with one, that one or none.
func readObligations(ctx context.Context, tx *db.Tx, org, code string) ([]Obligation, error) {
	rows, err := tx.Query(ctx, `SELECT o.id, o.code, t.id, t.from_on, t.body, t.at, t.account FROM obligation o JOIN obligation_text t ON t.org = o.org AND t.obligation = o.id
		WHERE o.org = $1 AND ($2 = '' OR o.code = $2) ORDER BY length(o.code), o.code, t.from_on, t.at, t.id`, org, code)
	if err != nil {
		return nil, err
	}
	var out []Obligation
	err = db.Each(rows, func(scan func(...any) error) error {
		var o Obligation
		var t ObligationText
		var body string
		var at int64
		if err := scan(&o.ID, &o.Code, &t.id, &t.From, &body, &at, &t.By); err != nil {
			return err
		}
		t.At = db.Time(at)
		if err := json.Unmarshal([]byte(body), &t); err != nil {
			return err
		}
		if n := len(out); n > 0 && out[n-1].ID == o.ID {
			out[n-1].Texts = append(out[n-1].Texts, t)
			return nil
		}
		o.Texts = []ObligationText{t}
		out = append(out, o)
		return nil
	})
	return out, err
}

func findObligation(ctx context.Context, tx *db.Tx, org, code string) (Obligation, error) {
	list, err := readObligations(ctx, tx, org, code)
	if err == nil && (code == "" || len(list) == 0) {
		err = problem.New(problem.NotFound, "There is no such obligation here. Look in the list of obligations.")
	}
	if err != nil {
		return Obligation{}, err
	}
	return list[0], nil
}

// readObligationActs reads what persons said that still holds. Evidence that was
// rejected or erased shows nothing any more.
func readObligationActs(ctx context.Context, tx *db.Tx, org string) (map[string][]ObligationAct, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, a.obligation, a.period_from, a.period_to, a.on_day, a.item, i.title, `+evidence.FirstFiled+`, a.note, a.at, a.account
		FROM obligation_act a JOIN evidence_item i ON i.org = a.org AND i.id = a.item
		WHERE a.org = $1 AND a.undone_at = 0 AND i.review <> 'rejected' AND i.erased_at = 0 ORDER BY a.period_to, a.on_day, a.id`, org)
	if err != nil {
		return nil, err
	}
	out := map[string][]ObligationAct{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var a ObligationAct
		var at, filed int64
		err := scan(&a.ID, &a.Obligation, &a.Period.From, &a.Period.To, &a.On, &a.Item, &a.ItemTitle, &filed, &a.Note, &at, &a.By)
		a.At, a.ItemFiled = db.Time(at), db.Time(filed)
		out[a.Obligation] = append(out[a.Obligation], a)
		return err
	})
}

// holders returns the ids of those who do it on a day: the person, else whoever
// holds the role. Owners of systems stand in the register of systems, as it is now.
func (c *cycle) holders(t ObligationText, on cadence.Date) []string {
	switch {
	case t.Person != "":
		return []string{t.Person}
	case t.Role == people.SystemOwner:
		return c.Owners
	}
	return c.Duties.Holders(t.Role, on)
}

// holderNames are the names of those who do it now, or will do it first.
func (c *cycle) holderNames(o Obligation, t ObligationText) []string {
	var out []string
	for _, id := range c.holders(t, max(c.Today, o.Since())) {
		out = append(out, cmp.Or(c.Names[id], "somebody who was erased"))
	}
	return out
}

// ObligationRow is an obligation as a list shows it.
type ObligationRow struct {
	Obligation
	Text        ObligationText // that holds today, or will hold first
	Interval    Interval
	Binds       string   // what its basis means here
	Differences []string // claims that do not agree
	Holders     []string // names; none: nobody holds the role
	Present     Occurrence
	Known       bool // there is a present occurrence
	Past        int  // occurrences that fell due so far
	Kept        int  // of them done in time, and on record in time
}

// row says how an obligation stands. Of what is to come in span no more than the next
// two times are looked at.
func (c *cycle) row(o Obligation, j *Judging, span cadence.Days) ObligationRow {
	t := o.On(c.Today)
	r := ObligationRow{Obligation: o, Text: t}
	intervals := o.Intervals(c.Binding)
	for _, v := range intervals {
		if v.From <= c.Today || !r.Interval.From.Known() {
			r.Interval = v
		}
	}
	r.Binds, r.Differences = o.Binds(r.Interval, c.Today), r.Interval.Differences()
	r.Holders = c.holderNames(o, t)
	op, shown := o.operation(intervals), shownBy{c.Trail, saidRecords(c.Acts[o.ID], c.Binding.Zones)}
	var sum dutySum
	o.judged(op, j, c.Binding, c.Trail, c.Acts[o.ID], c.near(o, r.Interval.Every, span), func(x posture.Occurrence) {
		state := stateOf(x, c.Today)
		sum.add(x, state, state == DutyDone && shown.filed(x.Proofs) < x.Late)
	})
	r.Past, r.Kept = sum.past, sum.kept
	if !t.Ended || o.Since() > c.Today {
		if x, ok := sum.present(); ok {
			r.Present, r.Known = op.occurrence(x, c.Today, shown), true
		}
	}
	return r
}

// near ends a span after the next two times an obligation falls due.
func (c *cycle) near(o Obligation, every cadence.Frequency, span cadence.Days) cadence.Days {
	if every.Known() {
		span.To = min(span.To, max(c.Today, o.Since())+cadence.Date(2*366/every.PerYear())+2)
	}
	return span
}

// horizonOf is the days that lists of obligations look at: from the first day to
// a little more than the longest interval from now.
func (c *cycle) horizonOf() cadence.Days {
	from := c.Today
	for _, o := range c.Obligations {
		from = min(from, o.Since())
	}
	return cadence.Days{From: from, To: c.Today.AddMonths(37)}
}

// ObligationList is all obligations of an organisation.
type ObligationList struct {
	Today cadence.Date
	Rows  []ObligationRow
	Offer []ShippedObligation // not adopted yet
}

// ObligationView is one obligation with everything about it.
type ObligationView struct {
	ObligationRow
	Today       cadence.Date
	Occurrences []Occurrence // the latest first
	Intervals   []Interval
	Acts        []ObligationAct
	Candidates  []Record          // records of the kind nobody used yet, the newest first
	Accounts    map[string]string // names of who wrote what
	Yours       bool              // the actor is one of those who do it
}

// ObligationFind returns one obligation by its code.
func (s *Store) ObligationFind(ctx context.Context, who access.Actor, code string, now time.Time) (ObligationView, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return ObligationView{}, err
	}
	var v ObligationView
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		o, err := findObligation(ctx, tx, who.Org(), code)
		if err != nil {
			return err
		}
		c, err := readCycle(ctx, tx, who.Org(), now, func(*cycle) []string { return o.kinds() })
		if err != nil {
			return err
		}
		c.hideFrom(who)
		v.Today = c.Today
		span := cadence.Days{From: o.Since(), To: c.Today.AddMonths(37)}
		j := NewJudging(c.Binding.Zones, span.From, c.Now)
		v.ObligationRow = c.row(o, j, span)
		v.Intervals, v.Acts = o.Intervals(c.Binding), c.Acts[o.ID]
		v.Occurrences = ahead(o.occurrences(v.Intervals, j, c.Binding, c.Trail, v.Acts, c.near(o, v.Interval.Every, span)), 4)
		slices.Reverse(v.Occurrences)
		used := map[string]bool{}
		for _, a := range v.Acts {
			used[a.Item] = true
		}
		for _, r := range slices.Backward(c.Trail.Of(v.Text.Kind)) {
			if r.Item != "" && !used[r.Item] && len(v.Candidates) < 20 {
				v.Candidates = append(v.Candidates, r)
			}
		}
		me, err := cyclePersonOf(ctx, tx, who)
		if err != nil {
			return err
		}
		v.Yours = me != "" && (v.Text.Person != "" || v.Text.Role != people.SystemOwner) && slices.Contains(c.holders(v.Text, c.Today), me)
		v.Accounts, err = accountNames(ctx, tx, o.Texts, v.Acts)
		return err
	})
	return v, err
}

// ahead leaves the first n of the occurrences that are not yet due.
func ahead(list []Occurrence, n int) []Occurrence {
	for i, x := range list {
		if x.State == DutyAhead {
			if n--; n < 0 {
				return list[:i]
			}
		}
	}
	return list
}

// cyclePersonOf returns the person of the register the actor is, or "".
func cyclePersonOf(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	var person string
	err := tx.QueryRow(ctx, `SELECT person FROM person_account WHERE org = $1 AND account = $2 AND to_at IS NULL`, who.Org(), who.Account()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return person, err
}

func accountNames(ctx context.Context, tx *db.Tx, texts []ObligationText, acts []ObligationAct) (map[string]string, error) {
	var ids []string
	for _, t := range texts {
		ids = append(ids, t.By)
	}
	for _, a := range acts {
		ids = append(ids, a.By)
	}
	return cycleAccounts(ctx, tx, ids)
}

func cycleAccounts(ctx context.Context, tx *db.Tx, ids []string) (map[string]string, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out := map[string]string{}
	for part := range slices.Chunk(ids, 500) {
		var args []any
		rows, err := tx.Query(ctx, `SELECT id, name FROM account WHERE id IN (`+db.Among(&args, part)+`)`, args...)
		if err != nil {
			return nil, err
		}
		err = db.Each(rows, func(scan func(...any) error) error {
			var id, name string
			err := scan(&id, &name)
			out[id] = name
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
