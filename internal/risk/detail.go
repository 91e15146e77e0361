package risk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// Detail is one risk with everything that ever happened to it.
type Detail struct {
	*Entry
	Today    cadence.Date
	Method   *Method // in force now
	Judged   *Method // of the score that counts
	Things   *Things
	Supports []Support            // the controls it names, as they stand
	States   map[string]Operating // of those controls, with the reasons
	Limits   [2]Limit             // how far down they let the current score go
	Scores   []Past[Score]        // newest first, the second ones too
	Plans    []Plan               // newest first
	Accepted []Acceptance         // newest first
	Answered []Trigger            // no longer open, newest first
	History  []Event              // newest first

	Authority Authority // who accepts it as it stands
	Acceptors []string  // names of those who have the authority today
	MayAccept error     // nil: the actor may accept it until Longest
	Longest   cadence.Date
	MayOwn    bool // the actor is its owner, and may approve its plan
}

// Past is something with the name of who did it.
type Past[T any] struct {
	Of     T
	ByName string
}

// Event is one thing that happened to a risk.
type Event struct {
	At     time.Time
	ByName string // empty: Toucan itself
	Kind   string
	Words  string
}

// Detail returns a risk, by id or code, as the actor sees it.
func (s *Store) Detail(ctx context.Context, who access.Actor, id string, now time.Time) (*Detail, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return nil, err
	}
	if known(id) == "" {
		r, err := s.bare(ctx, who.Org(), now)
		if err != nil {
			return nil, err
		}
		e, ok := r.Find(id)
		if !ok {
			return nil, errNoRisk()
		}
		id = e.ID
	}
	states, err := s.statesFor(ctx, who, id, now)
	if err != nil {
		return nil, err
	}
	var d *Detail
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		r, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		r.States = states
		r.settle()
		d = &Detail{Entry: e, Today: r.Today, Method: r.Method, Judged: r.Method, States: states}
		if x := e.Counting(); x != nil {
			d.Judged = r.MethodOf(x.Method)
		}
		if d.Things, err = readThings(ctx, tx, who.Org()); err != nil {
			return err
		}
		d.Supports = e.supports(d.Things, states)
		d.Limits = d.Method.Limits(d.Supports)
		if err := d.past(ctx, tx, who.Org()); err != nil {
			return err
		}
		return s.authority(ctx, tx, who, r, d)
	})
	return d, err
}

// authority says who may accept the risk, and whether the actor is one of them.
func (s *Store) authority(ctx context.Context, tx *db.Tx, who access.Actor, r *Register, d *Detail) error {
	duties, err := people.ReadDuties(ctx, tx, r.Org)
	if err != nil {
		return err
	}
	roster, err := people.ReadRoster(ctx, tx, r.Org)
	if err != nil {
		return err
	}
	c := d.caseOn(r, duties, roster)
	if c.Acceptor, err = s.personOf(ctx, tx, who); err != nil {
		return err
	}
	c.Account = who.Account()
	d.MayOwn = d.Owner != "" && c.Acceptor == d.Owner
	if !d.Scored() {
		return nil
	}
	d.Authority = d.Judged.Authority(d.Verdict)
	for _, id := range d.Judged.Acceptors(c, d.Authority) {
		if p, ok := roster.Person(id); ok {
			d.Acceptors = append(d.Acceptors, p.Name)
		}
	}
	d.Longest = d.Authority.Level.AcceptFor.After(r.Today)
	c.Until = d.Longest
	d.MayAccept = d.Judged.MayAccept(c)
	return nil
}

// past reads what the register leaves out: everything that is over.
func (d *Detail) past(ctx context.Context, tx *db.Tx, org string) error {
	codes, err := controlCodes(ctx, tx, org)
	if err != nil {
		return err
	}
	names, err := accountNames(ctx, tx, org)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT `+scoreColumns+` FROM risk_score WHERE org = $1 AND risk = $2 ORDER BY at DESC, id DESC`, org, d.ID)
	if err != nil {
		return err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		x, err := scanScore(scan)
		for i := range x.Relied {
			x.Relied[i].Code = codes[x.Relied[i].Control]
		}
		d.Scores = append(d.Scores, Past[Score]{x, names[x.Account]})
		return err
	})
	if err != nil {
		return err
	}
	all := &Register{Org: org, byID: map[string]*Entry{}}
	if d.Plans, d.Accepted, err = all.over(ctx, tx, d.ID); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT kind, words, due, at, account, done_at FROM risk_trigger WHERE org = $1 AND risk = $2 AND done_at > 0 ORDER BY done_at DESC`, org, d.ID)
	if err != nil {
		return err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var t Trigger
		var at, done int64
		err := scan(&t.Kind, &t.Words, &t.Due, &at, &t.By, &done)
		t.At, t.DoneAt = db.Time(at), db.Time(done)
		d.Answered = append(d.Answered, t)
		return err
	})
	if err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT at, account, kind, body FROM risk_act WHERE org = $1 AND risk = $2 ORDER BY at DESC, id DESC LIMIT 500`, org, d.ID)
	if err != nil {
		return err
	}
	return db.Each(rows, func(scan func(...any) error) error {
		var e Event
		var at int64
		var account, body string
		if err := scan(&at, &account, &e.Kind, &body); err != nil {
			return err
		}
		e.At, e.ByName, e.Words = db.Time(at), names[account], d.words(e.Kind, body)
		if n := len(d.History); n > 0 && (e.Kind == kindLinked || e.Kind == kindUnlinked) && d.History[n-1].Kind == e.Kind && d.History[n-1].At.Equal(e.At) {
			last := &d.History[n-1] // links made in one go are one line
			_, what, _ := strings.Cut(e.Words, "inked to ")
			last.Words = strings.TrimSuffix(last.Words, ".") + ", " + what
			return nil
		}
		d.History = append(d.History, e)
		return nil
	})
}

// over collects all plans and acceptances of one risk, the newest first.
func (r *Register) over(ctx context.Context, tx *db.Tx, id string) (plans []Plan, accepted []Acceptance, err error) {
	e := &Entry{Risk: Risk{ID: id}}
	r.byID[id] = e
	e.each = func() {
		if e.Plan != nil {
			plans = append(plans, *e.Plan)
			e.Plan = nil
		}
		if e.Acceptance != nil {
			accepted = append(accepted, *e.Acceptance)
			e.Acceptance = nil
		}
	}
	if err := r.readPlans(ctx, tx, id); err != nil {
		return nil, nil, err
	}
	if err := r.readAcceptances(ctx, tx, id); err != nil {
		return nil, nil, err
	}
	slices.Reverse(plans)
	slices.Reverse(accepted)
	return plans, accepted, nil
}

func accountNames(ctx context.Context, tx *db.Tx, org string) (map[string]string, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT a.id, a.name FROM account a JOIN member m ON m.account = a.id WHERE m.org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, name string
		err := scan(&id, &name)
		out[id] = name
		return err
	})
	return out, err
}

// words says what happened, for the history.
func (d *Detail) words(kind, body string) string {
	var f struct {
		Kind       string       `json:"kind"`
		Likelihood int          `json:"likelihood"`
		Impact     int          `json:"impact"`
		Method     string       `json:"method"`
		Choice     Choice       `json:"choice"`
		Until      cadence.Date `json:"until_day"`
		Reason     string       `json:"reason"`
		Words      string       `json:"words"`
		Target     string       `json:"target"`
		Framework  string       `json:"framework"`
		Ref        string       `json:"requirement"`
	}
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		return kind
	}
	link := func() string {
		l := Link{Kind: LinkKind(f.Kind), Target: f.Target}
		l.Requirement.Framework, l.Requirement.ID = f.Framework, f.Ref
		return d.Things.Words(l)
	}
	p := Point{f.Likelihood, f.Impact}
	switch kind {
	case kindEntered:
		return "Entered in the register."
	case kindChanged:
		return "Text or owner changed."
	case kindLinked:
		return "Linked to " + stop(link())
	case kindUnlinked:
		return "No longer linked to " + stop(link())
	case kindScored:
		return fmt.Sprintf("%s score: %s, under method %s.", ScoreKind(f.Kind).Label(), pointWords(p), f.Method)
	case kindSeconded:
		return fmt.Sprintf("Scored a second time by somebody else: %s.", pointWords(p))
	case kindPlanned:
		return "Treatment chosen: " + string(f.Choice) + "."
	case kindApproved:
		return "The owner approved the plan."
	case kindCompleted:
		return "The plan was completed."
	case kindAccepted:
		return fmt.Sprintf("Accepted at a score of %d until %s.", p.Score(), f.Until.Words())
	case kindWithdrawn:
		return "The acceptance was withdrawn: " + stop(f.Reason)
	case kindTriggered:
		return TriggerKind(f.Kind).Label() + ": " + stop(f.Words)
	case kindClosed:
		return "Closed: " + stop(f.Reason)
	case kindReopened:
		return "Opened again: " + stop(f.Reason)
	case kindCarried:
		return "Links to requirements were carried to another edition."
	}
	return kind
}
