package finding

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// readFindings reads findings with all that stands beside them, the newest first.
// where may use $2 and on.
func readFindings(ctx context.Context, tx *db.Tx, org string, today cadence.Date, where string, args ...any) ([]Finding, error) {
	if where != "" {
		where = ` AND ` + where
	}
	rows, err := tx.Query(ctx, `SELECT f.id, f.n, f.kind, f.grade, f.reason, f.source_kind, f.source, f.source_words, f.title, f.statement, f.objective,
		coalesce(f.owner, ''), coalesce(p.name, ''), f.found_on, f.raised_at, f.raised_by, f.correction, f.corrected_on, f.cause, f.response,
		coalesce(f.checker, ''), coalesce(k.name, ''), f.check_on, f.checked_on, f.checked_at, f.checked_by, f.worked, f.check_note, f.failed, f.reopened,
		f.closed_on, f.closed_at, f.closed_by, f.close_note
		FROM finding f LEFT JOIN person p ON p.org = f.org AND p.id = f.owner LEFT JOIN person k ON k.org = f.org AND k.id = f.checker
		WHERE f.org = $1`+where+` ORDER BY f.n DESC`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Finding
	err = db.Each(rows, func(scan func(...any) error) error {
		var f Finding
		var raised, checked, closed int64
		err := scan(&f.ID, &f.N, &f.Kind, &f.Grade, &f.Reason, &f.Source.Kind, &f.Source.ID, &f.Source.Words, &f.Title, &f.Statement, &f.Objective,
			&f.Owner, &f.OwnerName, &f.FoundOn, &raised, &f.RaisedBy, &f.Correction, &f.CorrectedOn, &f.Cause, &f.Response,
			&f.Checker, &f.CheckerName, &f.CheckOn, &f.CheckedOn, &checked, &f.CheckedBy, &f.Worked, &f.CheckNote, &f.Failed, &f.Reopened,
			&f.ClosedOn, &closed, &f.ClosedBy, &f.CloseNote)
		f.RaisedAt, f.CheckedAt, f.ClosedAt = db.Time(raised), db.Time(checked), db.Time(closed)
		out = append(out, f)
		return err
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, surround(ctx, tx, org, out, today, where, args)
}

// surround adds what findings are about, their evidence and the count of their
// actions.
func surround(ctx context.Context, tx *db.Tx, org string, list []Finding, today cadence.Date, where string, args []any) error {
	of, only := "", ""
	if where != "" {
		only = ` IN (SELECT f.id FROM finding f WHERE f.org = $1` + where + `)`
		of = ` AND a.finding` + only
	}
	concerns, err := readAbout(ctx, tx, org, "finding", of, args...)
	if err != nil {
		return err
	}
	items, err := readItems(ctx, tx, org, "finding", of, args...)
	if err != nil {
		return err
	}
	if only != "" {
		only = ` AND a.source` + only
	}
	tallies, err := readTallies(ctx, tx, org, today, only, args...)
	for i := range list {
		f := &list[i]
		f.Controls, f.Requirements = concerns[f.ID].controls, concerns[f.ID].refs
		f.Items, f.CorrectionItems, f.CheckItems = items[f.ID]["objective"], items[f.ID]["correction"], items[f.ID]["check"]
		f.Actions = tallies[f.ID]
	}
	return err
}

func readTallies(ctx context.Context, tx *db.Tx, org string, today cadence.Date, where string, args ...any) (map[string]Tally, error) {
	rows, err := tx.Query(ctx, `SELECT a.source, a.state, coalesce(a.owner, ''), a.due, a.done_on, a.ended_at FROM finding_action a
		WHERE a.org = $1 AND a.source_kind = 'finding' AND a.state <> 'dropped'`+where, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	out := map[string]Tally{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var id, owner string
		a := Action{}
		var ended int64
		if err := scan(&id, &a.State, &owner, &a.Due, &a.DoneOn, &ended); err != nil {
			return err
		}
		t := out[id]
		if a.State == Open {
			t.Open++
			if a.Due.Known() && (!t.NextDue.Known() || a.Due < t.NextDue) {
				t.NextDue = a.Due
			}
		} else {
			t.Done++
			t.LastDone = max(t.LastDone, a.DoneOn)
			if at := db.Time(ended); at.After(t.LastSaid) {
				t.LastSaid = at
			}
		}
		if a.Overdue(today) {
			t.Overdue++
		}
		if owner != "" && !slices.Contains(t.Owners, owner) {
			t.Owners = append(t.Owners, owner)
		}
		out[id] = t
		return nil
	})
	return out, err
}

// findingOf reads one finding by its id or its code.
func findingOf(ctx context.Context, tx *db.Tx, org, id string, now time.Time) (Finding, error) {
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return Finding{}, err
	}
	list, err := readFindings(ctx, tx, org, zones.DateOf(now), `f.id = $2`, known(id))
	if err == nil && len(list) == 0 {
		err = problem.New(problem.NotFound, "There is no such finding. Look in the list of findings.")
	}
	if err != nil {
		return Finding{}, err
	}
	return list[0], nil
}

// ReadOf returns the findings of a source, the newest first, for the noun they
// were raised by. A source without an id stands for all of its kind.
func ReadOf(ctx context.Context, tx *db.Tx, org string, of Source, now time.Time) ([]Finding, error) {
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	where, args := `f.source_kind = $2`, []any{of.Kind}
	if of.ID != "" {
		where, args = where+` AND f.source = $3`, append(args, of.ID)
	}
	return readFindings(ctx, tx, org, zones.DateOf(now), where, args...)
}

// Register is everything there is of findings and actions, read at once: what a
// review, a gate or a statement asks.
type Register struct {
	Today    cadence.Date
	Findings []Finding        // the newest first
	Actions  []Action         // of all sources, the most urgent first
	Reach    map[string]Reach // of the controls they are about, by id

	repeats map[string][]int // places of what each repeats, by id
	at      map[string]int   // place of a finding, by id
}

// ReadLog reads the log of findings and the backlog as they stand now.
func ReadLog(ctx context.Context, tx *db.Tx, org string, now time.Time) (*Register, error) {
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	r := &Register{Today: zones.DateOf(now)}
	if r.Findings, err = readFindings(ctx, tx, org, r.Today, ""); err != nil {
		return nil, err
	}
	if r.Actions, err = ReadActions(ctx, tx, org, Source{}); err != nil {
		return nil, err
	}
	r.Reach, err = readReach(ctx, tx, org, now)
	return r, err
}

// View is one finding with everything around it.
type View struct {
	Finding
	Today      cadence.Date
	List       []Action
	Past       []Past
	Reach      map[string]Reach // of its controls
	Reached    []framework.Ref
	Repeats    []Finding
	Escalation []string // why a minor one may be a major one
	Person     string   // of the register who looks at it, or empty
}

// View returns one finding by its id.
func (s *Store) View(ctx context.Context, who access.Actor, id string, now time.Time) (View, error) {
	if err := who.May(access.ViewFindings); err != nil {
		return View{}, err
	}
	var v View
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		f, err := findingOf(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		v = View{Finding: f, Today: zones.DateOf(now)}
		if v.List, err = ReadActions(ctx, tx, who.Org(), f.source()); err != nil {
			return err
		}
		if v.Past, err = readPast(ctx, tx, who.Org(), "finding", f.ID); err != nil {
			return err
		}
		if v.Reach, err = readReach(ctx, tx, who.Org(), now); err != nil {
			return err
		}
		v.Reached = (&Register{Reach: v.Reach}).Reached(f)
		if v.Person, err = personOf(ctx, tx, who); err != nil {
			return err
		}
		near, err := readFindings(ctx, tx, who.Org(), v.Today, nearby, f.ID)
		v.Repeats = f.Repeats(near)
		v.Escalation = f.Escalation(v.Repeats, v.Today)
		return err
	})
	return v, err
}

// nearby are the findings that share a control or a requirement with that of $2.
const nearby = `f.id IN (SELECT o.finding FROM finding_about o JOIN finding_about m ON m.org = o.org AND m.finding = $2 AND m.to_at IS NULL
	AND (m.control = o.control OR m.control IS NULL AND o.control IS NULL AND m.framework = o.framework AND m.requirement = o.requirement)
	WHERE o.org = $1 AND o.finding IS NOT NULL AND o.to_at IS NULL)`

// NewRegister is what ReadLog makes of findings and actions, for tests of those
// who ask it.
func NewRegister(today cadence.Date, findings []Finding, actions []Action) *Register {
	return &Register{Today: today, Findings: findings, Actions: actions}
}

// which returns the findings a test keeps.
func (r *Register) which(keep func(Finding) bool) []Finding {
	var out []Finding
	for _, f := range r.Findings {
		if keep(f) {
			out = append(out, f)
		}
	}
	return out
}

// Open returns the findings that are not closed.
func (r *Register) Open() []Finding { return r.which(func(f Finding) bool { return !f.Closed() }) }

// Overdue returns the open findings whose next step, or one of whose actions, is
// late.
func (r *Register) Overdue() []Finding {
	return r.which(func(f Finding) bool { return f.Overdue(r.Today) })
}

// Of returns the open findings of a kind and grade; an empty grade is any.
func (r *Register) Of(k Kind, g Grade) []Finding {
	return r.which(func(f Finding) bool { return !f.Closed() && f.Kind == k && (g == "" || f.Grade == g) })
}

// Raised returns the findings found on a day of the stretch, closed ones as well.
func (r *Register) Raised(in cadence.Days) []Finding {
	return r.which(func(f Finding) bool { return in.Has(f.FoundOn) })
}

// ClosedIn returns the findings closed on a day of the stretch.
func (r *Register) ClosedIn(in cadence.Days) []Finding {
	return r.which(func(f Finding) bool { return f.Closed() && in.Has(f.ClosedOn) })
}

// Failed returns the findings of which a check found that the cure did not work.
func (r *Register) Failed() []Finding { return r.which(func(f Finding) bool { return f.Failed > 0 }) }

// Repeats returns what a finding repeats: the same requirement or control within
// 12 months before.
func (r *Register) Repeats(f Finding) []Finding {
	if r.repeats == nil {
		r.repeats = repeatsOf(r.Findings)
	}
	var out []Finding
	for _, i := range r.repeats[f.ID] {
		out = append(out, r.Findings[i])
	}
	return out
}

// MayBeMajor reports whether something says that a minor nonconformity has become
// a major one.
func (r *Register) MayBeMajor(f Finding) bool {
	if r.repeats == nil {
		r.repeats = repeatsOf(r.Findings)
	}
	var one []Finding
	if list := r.repeats[f.ID]; len(list) > 0 {
		one = append(one, r.Findings[list[0]])
	}
	return len(f.Escalation(one, r.Today)) > 0
}

// Repeated returns the findings that repeat another.
func (r *Register) Repeated() []Finding {
	r.Repeats(Finding{})
	return r.which(func(f Finding) bool { return len(r.repeats[f.ID]) > 0 })
}

// repeatsOf works out for all findings what they repeat, looking only at those
// that share something.
func repeatsOf(all []Finding) map[string][]int {
	controls, refs := map[string][]int{}, map[framework.Ref][]int{}
	for i := range all {
		if f := &all[i]; f.wrong() {
			for _, c := range f.Controls {
				controls[c] = append(controls[c], i)
			}
			for _, q := range f.Requirements {
				refs[q] = append(refs[q], i)
			}
		}
	}
	out := map[string][]int{}
	for i := range all {
		f := &all[i]
		since := f.FoundOn.AddMonths(-12)
		var list []int
		take := func(near []int) {
			for _, k := range near {
				if f.repeats(&all[k], since) {
					list = append(list, k)
				}
			}
		}
		for _, c := range f.Controls {
			take(controls[c])
		}
		for _, q := range f.Requirements {
			take(refs[q])
		}
		if len(list) > 0 {
			slices.SortFunc(list, func(a, b int) int { return cmp.Compare(all[a].N, all[b].N) })
			out[f.ID] = slices.Compact(list)
		}
	}
	return out
}

// OverdueActions returns the open actions of all sources that are late.
func (r *Register) OverdueActions() []Action {
	var out []Action
	for _, a := range r.Actions {
		if a.Overdue(r.Today) {
			out = append(out, a)
		}
	}
	return out
}

// OpenActions returns the open actions of all sources.
func (r *Register) OpenActions() []Action {
	var out []Action
	for _, a := range r.Actions {
		if a.State == Open {
			out = append(out, a)
		}
	}
	return out
}
