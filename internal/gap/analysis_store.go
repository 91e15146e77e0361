package gap

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// Config is what a store needs.
type Config struct {
	DB        *db.DB
	Log       *ledger.Log
	Controls  *control.Store
	Crosswalk *crosswalk.Store
	Policies  *policy.Store
	Risks     *risk.Store
	Findings  *finding.Store
	Judge     isms.Judge // how controls stand
}

// Store keeps gap analyses. It is safe for concurrent use.
type Store struct{ Config }

// New returns a store.
func New(c Config) *Store { return &Store{c} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// openedFact is what the log says of an analysis.
type openedFact struct {
	Analysis string `json:"analysis"`
	Name     string `json:"name"`
	From     string `json:"from"`
	To       string `json:"to"`
}

// Open begins a gap analysis between two frameworks and returns it.
func (s *Store) Open(ctx context.Context, who access.Actor, name, from, to string, now time.Time) (Analysis, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return Analysis{}, err
	}
	name, err := checkedName(name)
	if err != nil {
		return Analysis{}, err
	}
	if from == to {
		return Analysis{}, problem.Field("to", "Choose two different frameworks: one that is met, and one that is wanted.")
	}
	now = moment(now)
	a := Analysis{ID: newID(), Name: name, From: from, To: to, At: now, ByName: who.Name()}
	a.fold(nil)
	return a, s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		l, err := s.Crosswalk.LibraryIn(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for field, id := range map[string]string{"from": from, "to": to} {
			if _, ok := l.Frameworks.Find(id); !ok {
				return problem.Field(field, fmt.Sprintf("There is no framework %q here. Choose one of those listed.", id))
			}
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO gap_analysis (org, id, name, from_framework, to_framework, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Org(), a.ID, name, from, to, db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "analysis.opened", ID: a.ID, Salt: salt, Payload: openedFact{a.ID, name, from, to}})
	})
}

// stepFact is what the log says of an act. The output stands in it whole: whoever
// discloses it shows what was known on the day.
type stepFact struct {
	Analysis string          `json:"analysis"`
	Step     Step            `json:"step"`
	Act      string          `json:"act"`
	Note     string          `json:"note"`
	Output   json.RawMessage `json:"output,omitempty"`
}

// Begin says that a step is under way.
func (s *Store) Begin(ctx context.Context, who access.Actor, id string, step Step, now time.Time) error {
	return s.act(ctx, who, id, step, actBegun, "", nil, now, func(x *StepState) error {
		if x.Stage != NotBegun {
			return problem.New(problem.Conflict, "This step was begun already.")
		}
		return nil
	})
}

// Note writes down what was found or decided in a step that is not done.
func (s *Store) Note(ctx context.Context, who access.Actor, id string, step Step, note string, now time.Time) error {
	return s.act(ctx, who, id, step, actNoted, note, nil, now, func(x *StepState) error {
		if x.Stage == Done {
			return problem.New(problem.Conflict, "This step is done. Open it again with a reason to add to it.")
		}
		if strings.TrimSpace(note) == "" {
			return problem.Field("note", "Write down what was found or decided.")
		}
		return nil
	})
}

// Complete keeps what a step comes to now, with what was decided, and ends it.
func (s *Store) Complete(ctx context.Context, who access.Actor, id string, step Step, note string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	a, err := s.Find(ctx, who, id)
	if err != nil {
		return err
	}
	if _, ok := step.Info(); !ok {
		return errStep()
	}
	if err := a.Of(step).mayComplete(note); err != nil {
		return err
	}
	o, err := s.Today(ctx, who, a, step, now)
	if err != nil {
		return err
	}
	return s.act(ctx, who, id, step, actDone, note, &o, now, func(x *StepState) error { return x.mayComplete(note) })
}

// Reopen opens a step again that was done, with a reason. What was kept stays.
func (s *Store) Reopen(ctx context.Context, who access.Actor, id string, step Step, reason string, now time.Time) error {
	return s.act(ctx, who, id, step, actReopened, reason, nil, now, func(x *StepState) error {
		if x.Stage != Done {
			return problem.New(problem.Conflict, "This step is not done, so there is nothing to open again.")
		}
		if strings.TrimSpace(reason) == "" {
			return problem.Field("note", "Say why the step is open again.")
		}
		return nil
	})
}

func errStep() error {
	return problem.New(problem.NotFound, "A gap analysis has five steps, 1 to 5. Open the analysis and choose one.")
}

// act writes one line of a step's history, if allows lets it.
func (s *Store) act(ctx context.Context, who access.Actor, id string, step Step, what, note string, o *Output, now time.Time, allows func(*StepState) error) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	if _, ok := step.Info(); !ok {
		return errStep()
	}
	note, err := db.Prose("note", "What you write", note, maxNote)
	if err != nil {
		return err
	}
	now = moment(now)
	var output []byte
	if o != nil {
		if output, err = json.Marshal(o); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		a, err := findAnalysis(ctx, tx, who.Org(), id)
		if err != nil {
			return err
		}
		if err := allows(a.Of(step)); err != nil {
			return err
		}
		actID, salt := newID(), ledger.Salt()
		if _, err := tx.Exec(ctx, `INSERT INTO gap_step (org, id, analysis, step, act, note, output, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			who.Org(), actID, id, int(step), what, note, string(output), db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		return s.Log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "analysis.step", ID: actID, Salt: salt,
			Payload: stepFact{id, step, what, note, output}})
	})
}

// Analyses returns all analyses, the newest first, without what their steps kept.
func (s *Store) Analyses(ctx context.Context, who access.Actor) ([]Analysis, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Analysis
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readAnalyses(ctx, tx, who.Org(), "''", "")
		return err
	})
	return out, err
}

// stepNeeds is what somebody must be allowed to see to read what a step kept: as
// much as what the step is made of today.
var stepNeeds = [5]access.Action{access.ViewControls, access.ViewRisks, access.ViewPolicies, access.ViewISMS, access.ViewPosture}

// Find returns an analysis with what its steps kept, as far as the actor may see
// what they are made of.
func (s *Store) Find(ctx context.Context, who access.Actor, id string) (Analysis, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return Analysis{}, err
	}
	var a Analysis
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		a, err = findAnalysis(ctx, tx, who.Org(), id)
		return err
	})
	for i := range a.Steps {
		if !who.Can(stepNeeds[i]) {
			a.Steps[i].hide()
		}
	}
	return a, err
}

func findAnalysis(ctx context.Context, tx *db.Tx, org, id string) (Analysis, error) {
	list, err := readAnalyses(ctx, tx, org, "x.output", ` AND x.analysis = $2`, id)
	if err != nil {
		return Analysis{}, err
	}
	for _, a := range list {
		if a.ID == id {
			return a, nil
		}
	}
	return Analysis{}, problem.New(problem.NotFound, "There is no such gap analysis. Open the list of analyses.")
}

// readAnalyses reads analyses, the newest first; output is the column of what was
// kept, or ”, and where narrows the acts.
func readAnalyses(ctx context.Context, tx *db.Tx, org, output, where string, args ...any) ([]Analysis, error) {
	rows, err := tx.Query(ctx, `SELECT g.id, g.name, g.from_framework, g.to_framework, g.at, coalesce(a.name, '') FROM gap_analysis g LEFT JOIN account a ON a.id = g.account
		WHERE g.org = $1 ORDER BY g.at DESC, g.id DESC`, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Analysis
	for rows.Next() {
		var a Analysis
		var at int64
		if err := rows.Scan(&a.ID, &a.Name, &a.From, &a.To, &at, &a.ByName); err != nil {
			return nil, err
		}
		a.At = db.Time(at)
		out = append(out, a)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	acts, err := readActs(ctx, tx, org, output, where, args...)
	for i := range out {
		out[i].fold(acts[out[i].ID])
	}
	return out, err
}

// readActs reads the acts of analyses, the oldest first.
func readActs(ctx context.Context, tx *db.Tx, org, output, where string, args ...any) (map[string][]Act, error) {
	rows, err := tx.Query(ctx, `SELECT x.analysis, x.id, x.step, x.act, x.note, `+output+`, x.at, coalesce(a.name, '') FROM gap_step x LEFT JOIN account a ON a.id = x.account
		WHERE x.org = $1`+where+` ORDER BY x.at, x.id`, append([]any{org}, args...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string][]Act{}
	for rows.Next() {
		var x Act
		var of, raw string
		var at int64
		if err := rows.Scan(&of, &x.ID, &x.Step, &x.What, &x.Note, &raw, &at, &x.ByName); err != nil {
			return nil, err
		}
		if x.At = db.Time(at); raw != "" {
			x.Output = new(Output)
			if err := json.Unmarshal([]byte(raw), x.Output); err != nil {
				return nil, fmt.Errorf("what a step of a gap analysis kept cannot be read: %w", err)
			}
		}
		out[of] = append(out[of], x)
	}
	return out, rows.Err()
}

// Chosen is a requirement that is to be worked on.
type Chosen struct {
	Requirement string
	Title       string // what there is to do; empty: the first task of the analysis
	Owner       string // person
	Due         cadence.Date
}

// source is where the actions of an analysis come from.
func (a *Analysis) source() finding.Source {
	return finding.Source{Kind: finding.FromGap, ID: a.ID, Words: a.Name}
}

// Plan hands out work for requirements of the target framework that are open: one
// action of the backlog for each, unless an open action of this analysis is there
// already. It returns how many were made.
func (s *Store) Plan(ctx context.Context, who access.Actor, id string, list []Chosen, now time.Time) (int, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return 0, err
	}
	a, err := s.Find(ctx, who, id)
	if err != nil {
		return 0, err
	}
	r, err := s.Report(ctx, who, a.From, a.To, now)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, problem.Field("requirements", "Choose at least one requirement.")
	}
	for i, c := range list {
		q, ok := r.find(c.Requirement)
		switch {
		case !ok || !q.Open():
			return 0, problem.Field("requirements", fmt.Sprintf("%s is not open. Choose from those listed.", c.Requirement))
		case c.Owner == "":
			return 0, problem.Field("owner", "Say who does it.")
		case !c.Due.Known():
			return 0, problem.Field("due", "Say by when it is to be done.")
		case c.Title == "":
			list[i].Title = headline(q.FirstTask)
		}
	}
	now, made := moment(now), 0
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		have, err := finding.ReadActions(ctx, tx, who.Org(), a.source())
		if err != nil {
			return err
		}
		taken := map[string]bool{}
		for _, x := range have {
			for _, ref := range x.Requirements {
				taken[ref.ID] = taken[ref.ID] || x.State == finding.Open
			}
		}
		for _, c := range list {
			if taken[c.Requirement] {
				continue
			}
			taken[c.Requirement] = true
			q, _ := r.find(c.Requirement)
			if _, err := s.Findings.PutAction(ctx, tx, who.Org(), who.Account(), finding.Action{Source: a.source(), Title: c.Title, Detail: strings.TrimSpace(q.Why + "\n\n" + q.FirstTask),
				Owner: c.Owner, Due: c.Due, Requirements: []framework.Ref{{Framework: a.To, ID: c.Requirement}}}, now); err != nil {
				return err
			}
			made++
		}
		return nil
	})
	return made, err
}

func (r *Report) find(id string) (Requirement, bool) {
	for _, q := range r.Requirements {
		if q.ID == id {
			return q, true
		}
	}
	return Requirement{}, false
}

// headline is a task as one line of a list has it.
func headline(task string) string {
	const most = 150
	task = strings.TrimSpace(task)
	if i := strings.IndexAny(task, ".\n"); i > 20 && i < most {
		return task[:i]
	}
	if r := []rune(task); len(r) > most {
		return strings.TrimSpace(string(r[:most])) + "…"
	}
	return strings.TrimSuffix(task, ".")
}
