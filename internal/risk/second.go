package risk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Draw is the risks that somebody scores a second time in a year. Whoever has the
// seed and the risks it was drawn from draws the same ones again.
type Draw struct {
	ID     string
	Seed   string
	Method string // version
	Pool   int    // how many it was drawn from
	Risks  []string
	At     time.Time
	On     cadence.Date
	By     string // account
}

// Choose draws the risks that are scored a second time: the share the method asks
// for, and at least so many. Each risk has a number, the SHA-256 of seed and id;
// the smallest are drawn.
func (m *Method) Choose(seed string, ids []string) []string {
	v := m.Numbers.Review.Second
	n := min(len(ids), max(v.Minimum, int(math.Ceil(v.Share*float64(len(ids))-1e-9))))
	number := func(id string) string {
		sum := sha256.Sum256([]byte(seed + "\n" + id))
		return hex.EncodeToString(sum[:])
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(number(a), number(b)) })
	return ids[:n]
}

// Pair is the first and the second score of one risk.
type Pair struct{ First, Second Point }

// Apart is how many steps the two differ on the scale where they differ most.
func (p Pair) Apart() int {
	abs := func(n int) int { return max(n, -n) }
	return max(abs(p.First.Likelihood-p.Second.Likelihood), abs(p.First.Impact-p.Second.Impact))
}

// Agreement is what second scores say of the scales.
type Agreement struct {
	Pairs int
	Apart int  // pairs that differ by more than the method allows
	Loose bool // so many that the scales are described too loosely
	Why   string
}

// Agree compares first and second scores.
func (m *Method) Agree(pairs []Pair) Agreement {
	v := m.Numbers.Review.Second
	a := Agreement{Pairs: len(pairs)}
	for _, p := range pairs {
		if p.Apart() > v.Differ {
			a.Apart++
		}
	}
	if a.Pairs == 0 {
		a.Why = "Nobody has scored one of them a second time yet."
		return a
	}
	a.Loose = float64(a.Apart) > v.Tolerated*float64(a.Pairs)
	a.Why = fmt.Sprintf("%d of %s differ by more than %s.", a.Apart, counted(a.Pairs, "pair"), counted(v.Differ, "step"))
	if a.Loose {
		a.Why += fmt.Sprintf(" That is more than %d %%: the scales are described too loosely. Revise the method.", int(math.Round(v.Tolerated*100)))
	} else {
		a.Why += " The scales hold."
	}
	return a
}

// drawFact is what the log says of a draw.
type drawFact struct {
	Draw   string   `json:"draw"`
	Seed   string   `json:"seed"`
	Method string   `json:"method"`
	From   []string `json:"from"`
	Risks  []string `json:"risks"`
}

// DrawSeconds draws the risks that somebody else scores a second time this year.
// The seed is the year, so that nobody draws until they like what comes.
func (s *Store) DrawSeconds(ctx context.Context, who access.Actor, now time.Time) (Draw, error) {
	if err := who.May(access.ManageRiskMethod); err != nil {
		return Draw{}, err
	}
	now = moment(now)
	var d Draw
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, err := ReadRegister(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		last, ok, err := readDraw(ctx, tx, r)
		if err != nil {
			return err
		}
		year, _, _ := r.Today.Civil()
		seed := fmt.Sprintf("%s %d", r.Org, year)
		if ok && last.Seed == seed {
			return problem.New(problem.Conflict, "The risks of %d were drawn on %s already. Next year's are drawn next year.", year, last.On)
		}
		var ids []string
		for _, e := range r.Open() {
			if e.Scored() {
				ids = append(ids, e.ID)
			}
		}
		if len(ids) == 0 {
			return problem.New(problem.Conflict, "There is no risk to draw from: nobody has scored one yet.")
		}
		d = Draw{ID: newID(), Seed: seed, Method: r.Method.Version, Pool: len(ids), Risks: r.Method.Choose(seed, ids), At: now, On: r.Today, By: who.Account()}
		_, err = tx.Exec(ctx, `INSERT INTO risk_draw (org, id, seed, method, pool, risks, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Org(), d.ID, d.Seed, d.Method, d.Pool, strings.Join(d.Risks, ";"), db.Micros(now), who.Account())
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, act{"", kindDrawn, drawFact{d.ID, d.Seed, d.Method, ids, d.Risks}})
	})
	return d, err
}

func readDraw(ctx context.Context, tx *db.Tx, r *Register) (Draw, bool, error) {
	rows, err := tx.Query(ctx, `SELECT id, seed, method, pool, risks, at, account FROM risk_draw WHERE org = $1 ORDER BY at DESC, id DESC LIMIT 1`, r.Org)
	if err != nil {
		return Draw{}, false, err
	}
	var d Draw
	err = db.Each(rows, func(scan func(...any) error) error {
		var risks string
		var at int64
		err := scan(&d.ID, &d.Seed, &d.Method, &d.Pool, &risks, &at, &d.By)
		d.Risks, d.At = parts(risks), db.Time(at)
		d.On = r.zones.DateOf(d.At)
		return err
	})
	return d, d.ID != "", err
}

// Drawn is one risk of the draw.
type Drawn struct {
	Entry  *Entry
	Second *Score // nil: nobody has scored it a second time since the draw
	Mine   bool   // the actor gave the first score, so somebody else gives the second
}

// Seconds is the draw of the year with what came of it.
type Seconds struct {
	Draw      Draw // zero: none yet
	Drawn     []Drawn
	Agreement Agreement
}

// Seconds returns the last draw and how first and second scores compare.
func (s *Store) Seconds(ctx context.Context, who access.Actor, now time.Time) (Seconds, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return Seconds{}, err
	}
	r, err := s.bare(ctx, who.Org(), now)
	if err != nil {
		return Seconds{}, err
	}
	var out Seconds
	err = s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out.Draw, _, err = readDraw(ctx, tx, r)
		return err
	})
	if err != nil {
		return out, err
	}
	var pairs []Pair
	for _, id := range out.Draw.Risks {
		e, ok := r.Find(id)
		if !ok || e.Closed() || !e.Scored() {
			continue
		}
		d := Drawn{Entry: e, Mine: e.Counting().Account == who.Account()}
		for i := range e.Seconds {
			if x := &e.Seconds[i]; x.Seconds == e.Counting().ID && !x.At.Before(out.Draw.At) {
				d.Second = x
			}
		}
		if d.Second != nil {
			pairs = append(pairs, Pair{e.Counting().Point, d.Second.Point})
		}
		out.Drawn = append(out.Drawn, d)
	}
	out.Agreement = r.MethodOf(out.Draw.Method).Agree(pairs)
	return out, nil
}

// Second records what a second person says of a risk without having seen what the
// first one said. It changes no score: it shows how far two people are apart.
func (s *Store) Second(ctx context.Context, who access.Actor, id string, n NewScore, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		r, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		first := e.Counting()
		if first == nil || e.Closed() {
			return problem.New(problem.Conflict, "There is no first score of %s to give a second one beside.", e.Code)
		}
		person, err := s.personOf(ctx, tx, who)
		if err != nil {
			return err
		}
		if first.Account == who.Account() || person != "" && first.Person == person {
			return problem.New(problem.Forbidden, "You gave the first score of %s. A second person gives the second.", e.Code)
		}
		if slices.ContainsFunc(e.Seconds, func(x Score) bool { return x.Seconds == first.ID && x.Account == who.Account() }) {
			return problem.New(problem.Conflict, "You gave your score of %s already.", e.Code)
		}
		n.Kind, n.Relied = first.Kind, nil
		if n, err = n.checked(r.Method); err != nil {
			return err
		}
		_, err = s.insertScore(ctx, tx, who, r, e, n, first.ID, now)
		return err
	})
}
