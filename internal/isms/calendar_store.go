package isms

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

const kindEngagement = "engagement.set"

// engagementFact is what the log says of a date of the audits. The note is not in it.
type engagementFact struct {
	Engagement string          `json:"engagement"`
	Kind       EngagementKind  `json:"kind"`
	From       string          `json:"from"`
	To         string          `json:"to"`
	ReportOn   string          `json:"report_on"`
	State      EngagementState `json:"state"`
	Firm       string          `json:"firm"`
	Fee        Money           `json:"fee"`
	Why        string          `json:"why"`
}

// AuditPlan is the dates of the audits, by first day, and what the rules say of them.
type AuditPlan struct {
	Today   cadence.Date
	List    []Engagement
	Remarks []Remark
}

// Find returns a date of the plan.
func (p AuditPlan) Find(id string) (Engagement, bool) {
	i := slices.IndexFunc(p.List, func(e Engagement) bool { return e.ID == id })
	if i < 0 {
		return Engagement{}, false
	}
	return p.List[i], true
}

// Of returns the remarks on one date; with an empty id all of them.
func (p AuditPlan) Of(id string) []Remark {
	return slices.DeleteFunc(slices.Clone(p.Remarks), func(r Remark) bool { return id != "" && r.Engagement != id })
}

// Engagements returns the dates of the audits with what is wrong with them.
func (s *Store) Engagements(ctx context.Context, who access.Actor, now time.Time) (AuditPlan, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return AuditPlan{}, err
	}
	var p AuditPlan
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		var err error
		if p.Today, err = cycleToday(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		p.List, err = readEngagements(ctx, tx, who.Org())
		return err
	})
	p.Remarks = Remarks(p.List, p.Today)
	return p, err
}

// EngagementView is one date of the audits with its history.
type EngagementView struct {
	Engagement
	Remarks  []Remark
	History  []Engagement      // the latest first
	Accounts map[string]string // names of who wrote what
}

// EngagementFind returns one.
func (s *Store) EngagementFind(ctx context.Context, who access.Actor, id string, now time.Time) (EngagementView, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return EngagementView{}, err
	}
	var v EngagementView
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		today, err := cycleToday(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		all, err := readEngagements(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		p := AuditPlan{List: all, Remarks: Remarks(all, today)}
		e, ok := p.Find(id)
		if !ok {
			return problem.New(problem.NotFound, "There is no such date here. Look in the plan of audits.")
		}
		v.Engagement, v.Remarks = e, p.Of(id)
		if v.History, err = engagementTexts(ctx, tx, who.Org(), id); err != nil {
			return err
		}
		slices.Reverse(v.History)
		var by []string
		for _, h := range v.History {
			by = append(by, h.By)
		}
		v.Accounts, err = cycleAccounts(ctx, tx, by)
		return err
	})
	return v, err
}

// EngagementPut enters a date of the audits, or changes the one with e.ID, and
// returns its id. What cannot be is refused with the reason; what a rule or a
// custom warns of is stored, and the remark stays with it.
func (s *Store) EngagementPut(ctx context.Context, who access.Actor, e Engagement, now time.Time) (string, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return "", err
	}
	e, err := e.checked()
	if err != nil {
		return "", err
	}
	now = cycleMoment(now)
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		today, err := cycleToday(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		all, err := readEngagements(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		id, fresh := e.ID, e.ID == ""
		if fresh {
			id = newID()
		}
		if err := fits(all, e, id, fresh, today); err != nil {
			return err
		}
		if fresh {
			_, err := tx.Exec(ctx, `INSERT INTO engagement (org, id, at, account) VALUES ($1, $2, $3, $4)`, who.Org(), id, db.Micros(now), who.Account())
			if err != nil {
				return err
			}
		}
		e.ID = id
		return s.putEngagement(ctx, tx, who, e, now)
	})
	return e.ID, err
}

const maxEngagements = 500

// fits checks a date against the others.
func fits(all []Engagement, e Engagement, id string, fresh bool, today cadence.Date) error {
	others := slices.DeleteFunc(slices.Clone(all), func(x Engagement) bool { return x.ID == id })
	if !fresh {
		i := slices.IndexFunc(all, func(x Engagement) bool { return x.ID == id })
		if i < 0 {
			return problem.New(problem.NotFound, "There is no such date here. Look in the plan of audits.")
		}
		if all[i].same(e) {
			return problem.New(problem.Conflict, "Nothing was changed, so nothing was stored.")
		}
	}
	if fresh && len(others) >= maxEngagements {
		return problem.New(problem.Conflict, "There are %d dates in the plan, which is as many as fit.", len(others))
	}
	was := Remarks(all, today)
	e.ID = id
	for _, r := range Remarks(append(others, e), today) {
		if r.Weight == Refused && (r.Engagement == id || !slices.ContainsFunc(was, func(x Remark) bool { return x == r })) {
			return problem.Field("from", r.Text)
		}
	}
	return nil
}

func (s *Store) putEngagement(ctx context.Context, tx *db.Tx, who access.Actor, e Engagement, now time.Time) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	text, salt := newID(), ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO engagement_text (org, id, engagement, body, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		who.Org(), text, e.ID, string(body), db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: kindEngagement, ID: text, Salt: salt,
		Payload: engagementFact{e.ID, e.Kind, e.From.String(), e.To.String(), e.ReportOn.String(), e.State, e.Firm, e.Fee, e.Why}})
}

// engagementTexts reads the history of all dates, or of one, the oldest first.
func engagementTexts(ctx context.Context, tx *db.Tx, org, id string) ([]Engagement, error) {
	rows, err := tx.Query(ctx, `SELECT engagement, body, at, account FROM engagement_text WHERE org = $1 AND ($2 = '' OR engagement = $2) ORDER BY at, id`, org, id)
	if err != nil {
		return nil, err
	}
	var out []Engagement
	err = db.Each(rows, func(scan func(...any) error) error {
		var e Engagement
		var body string
		var at int64
		if err := scan(&e.ID, &body, &at, &e.By); err != nil {
			return err
		}
		e.At = db.Time(at)
		err := json.Unmarshal([]byte(body), &e)
		out = append(out, e)
		return err
	})
	return out, err
}

// readEngagements reads the dates as they stand, by first day.
func readEngagements(ctx context.Context, tx *db.Tx, org string) ([]Engagement, error) {
	texts, err := engagementTexts(ctx, tx, org, "")
	last := map[string]Engagement{}
	for _, e := range texts {
		last[e.ID] = e
	}
	var out []Engagement
	for _, e := range last {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Engagement) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	return out, err
}
