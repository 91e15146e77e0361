package risk

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// textFact is what the log says of the text of a risk.
type textFact struct {
	Risk        string   `json:"risk"`
	Code        string   `json:"code"`
	Title       string   `json:"title"`
	Cause       string   `json:"cause"`
	Event       string   `json:"event"`
	Consequence string   `json:"consequence"`
	Category    string   `json:"category"`
	Affects     []string `json:"affects"`
	Rights      bool     `json:"rights"`
	Breach      bool     `json:"breach"`
	Contingency string   `json:"contingency"`
	Owner       string   `json:"owner"`
	Scenario    string   `json:"scenario"`
}

func (r Risk) fact() textFact {
	return textFact{r.ID, r.Code, r.Title, r.Cause, r.Event, r.Consequence, r.Category, r.Affects, r.Rights, r.Breach, r.Contingency, r.Owner, r.Scenario}
}

// Put enters a risk, or changes the one whose ID it has. It returns the risk as it
// is kept, an Invalid problem about the field at fault, or NotFound. A law that is
// known to be broken raises a finding in the same transaction.
func (s *Store) Put(ctx context.Context, who access.Actor, r Risk, now time.Time) (Risk, error) {
	if err := who.May(access.ManageRisks); err != nil {
		return Risk{}, err
	}
	r, err := r.checked()
	if err != nil {
		return r, err
	}
	now = moment(now)
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if r.Owner != "" {
			if err := personExists(ctx, tx, who.Org(), r.Owner); err != nil {
				return err
			}
		}
		if r.ID == "" {
			list := []Risk{r}
			if err := s.enter(ctx, tx, who, list, now); err != nil {
				return err
			}
			r = list[0]
			return nil
		}
		_, have, err := readEntry(ctx, tx, who.Org(), r.ID, now)
		if err != nil {
			return err
		}
		r, err = s.change(ctx, tx, who, have.Risk, r, now)
		return err
	})
	return r, err
}

func personExists(ctx context.Context, tx *db.Tx, org, id string) error {
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, org, known(id)).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return problem.Field("owner", "This person is not in the people register. Choose somebody who is.")
	}
	return nil
}

// enter writes new risks; their codes follow those there are.
func (s *Store) enter(ctx context.Context, tx *db.Tx, who access.Actor, list []Risk, now time.Time) error {
	if _, err := tx.Revision(ctx, who.Org()); err != nil { // one at a time, so that no code is given twice
		return err
	}
	var last, have int
	if err := tx.QueryRow(ctx, `SELECT coalesce(max(num), 0), count(*) FROM risk WHERE org = $1`, who.Org()).Scan(&last, &have); err != nil {
		return err
	}
	if have+len(list) > maxRisks {
		return problem.New(problem.Invalid, "A register holds at most %d risks; there are %d. Merge those that say the same.", maxRisks, have)
	}
	rows := db.Into(`risk (org, id, num, title, cause, event, consequence, category, affects, rights, breach, contingency, owner, scenario, created_at, created_by, updated_at)`)
	acts := make([]act, len(list))
	for i := range list {
		r := &list[i]
		last++
		r.ID, r.Code, r.CreatedAt, r.CreatedBy, r.UpdatedAt = newID(), codeOf(last), now, who.Account(), now
		rows.Add(who.Org(), r.ID, last, r.Title, r.Cause, r.Event, r.Consequence, r.Category, strings.Join(r.Affects, ";"), r.Rights, r.Breach, r.Contingency, orNull(r.Owner), r.Scenario, db.Micros(now), who.Account(), db.Micros(now))
		acts[i] = act{r.ID, kindEntered, r.fact()}
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	if err := s.record(ctx, tx, who.Org(), who.Account(), now, acts...); err != nil {
		return err
	}
	for i := range list {
		if list[i].Breach {
			if err := s.report(ctx, tx, who, &list[i], now); err != nil {
				return err
			}
		}
	}
	return nil
}

// risks an organisation can have
const maxRisks = 20_000

// change writes the new text of a risk, when it says something else.
func (s *Store) change(ctx context.Context, tx *db.Tx, who access.Actor, have, next Risk, now time.Time) (Risk, error) {
	next.ID, next.Code, next.Scenario, next.Finding = have.ID, have.Code, have.Scenario, have.Finding
	next.CreatedAt, next.CreatedBy, next.ClosedAt, next.ClosedWhy, next.UpdatedAt = have.CreatedAt, have.CreatedBy, have.ClosedAt, have.ClosedWhy, have.UpdatedAt
	if have.Closed() {
		return have, problem.New(problem.Conflict, "%s is closed. Open it again before you change it.", have.Code)
	}
	if reflect.DeepEqual(have, next) {
		return have, nil
	}
	next.UpdatedAt = now
	_, err := tx.Exec(ctx, `UPDATE risk SET title = $3, cause = $4, event = $5, consequence = $6, category = $7, affects = $8, rights = $9, breach = $10, contingency = $11, owner = $12, updated_at = $13
		WHERE org = $1 AND id = $2`, who.Org(), next.ID, next.Title, next.Cause, next.Event, next.Consequence, next.Category, strings.Join(next.Affects, ";"), next.Rights, next.Breach, next.Contingency, orNull(next.Owner), db.Micros(now))
	if err != nil {
		return have, err
	}
	if err := s.record(ctx, tx, who.Org(), who.Account(), now, act{next.ID, kindChanged, next.fact()}); err != nil {
		return have, err
	}
	if have.Owner != next.Owner {
		if _, err := task.Close(ctx, tx, s.Log, who.Org(), who.Account(), task.Closing{Subject: subject(next), State: task.Cancelled, Reason: "Somebody else owns the risk now.", Quiet: true}, now); err != nil {
			return have, err
		}
	}
	if next.Breach && !have.Breach {
		if err := s.report(ctx, tx, who, &next, now); err != nil {
			return have, err
		}
	}
	return next, nil
}

// subject is a risk as tasks name it.
func subject(r Risk) task.Subject {
	return task.Subject{Kind: SubjectRisk, ID: r.ID, Words: r.Code + " " + r.Title}
}

// SubjectRisk is the kind of subject of tasks about a risk.
const SubjectRisk = "risk"

// source is a risk as the backlog names it.
func source(r Risk) finding.Source {
	return finding.Source{Kind: finding.FromRisk, ID: r.ID, Words: r.Code + " " + r.Title}
}

// report raises the finding that a known breach of law is.
func (s *Store) report(ctx context.Context, tx *db.Tx, who access.Actor, r *Risk, now time.Time) error {
	if s.Findings == nil {
		return nil
	}
	f, err := s.Findings.Raise(ctx, tx, who.Org(), who.Account(), finding.Draft{
		Kind: finding.Nonconformity, Grade: finding.Major, Reason: "A law is known to be broken.", Source: source(*r), Title: "Known breach: " + cut(r.Title, 160), Owner: r.Owner,
		Statement: "Complying with the law is not subject to appetite. The register of risks says under " + r.Code + " that a law is broken.", Objective: r.Event}, now)
	if err != nil {
		return err
	}
	r.Finding = f.ID
	_, err = tx.Exec(ctx, `UPDATE risk SET finding = $3 WHERE org = $1 AND id = $2`, who.Org(), r.ID, r.Finding)
	return err
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// Adopt takes scenarios of the library into the register, and returns the risks in
// their order. A scenario that is there already is left alone. Links to the
// requirements the library names are made for the frameworks the organisation has,
// and to the commitments that name the scenario.
func (s *Store) Adopt(ctx context.Context, who access.Actor, ids []string, now time.Time) ([]Risk, error) {
	if err := who.May(access.ManageRisks); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, problem.Field("scenario", "Choose at least one scenario.")
	}
	now = moment(now)
	var list []Risk
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		r, err := ReadRegister(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for _, id := range ids {
			sc, ok := FindScenario(id)
			if !ok {
				return problem.Field("scenario", fmt.Sprintf("There is no scenario %q in the library.", cut(id, 20)))
			}
			if !slices.ContainsFunc(r.Risks, func(e *Entry) bool { return e.Scenario == id }) && !slices.ContainsFunc(list, func(x Risk) bool { return x.Scenario == id }) {
				list = append(list, sc.Risk())
			}
		}
		if len(list) == 0 {
			return nil
		}
		if err := s.enter(ctx, tx, who, list, now); err != nil {
			return err
		}
		return s.linkLibrary(ctx, tx, who, list, now)
	})
	return list, err
}

// linkLibrary makes the links that the library suggests.
func (s *Store) linkLibrary(ctx context.Context, tx *db.Tx, who access.Actor, list []Risk, now time.Time) error {
	has, err := s.requirements(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	followed, err := follows(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	things, err := readThings(ctx, tx, who.Org())
	if err != nil {
		return err
	}
	var links []Link
	var risks []Risk
	for _, r := range list {
		sc, _ := FindScenario(r.Scenario)
		for _, ref := range sc.Requirements {
			if has(ref) && followed(ref.Framework) {
				links, risks = append(links, Link{Kind: ToRequirement, Requirement: ref}), append(risks, r)
			}
		}
		for _, t := range things.All() {
			if t.Kind == ToCommitment && !t.Gone && slices.Contains(t.Scenarios, r.Scenario) {
				links, risks = append(links, Link{Kind: ToCommitment, Target: t.ID}), append(risks, r)
			}
		}
	}
	return s.insertLinks(ctx, tx, who, risks, links, now)
}

// follows tells which frameworks an organisation follows; the two whose views of
// risk the register brings together are always among them.
func follows(ctx context.Context, tx *db.Tx, org string, now time.Time) (func(framework string) bool, error) {
	list, err := crosswalk.ReadFollowings(ctx, tx, org)
	return func(f string) bool { return f == annexA || f == "soc2-2017" || list.At(f, now) }, err
}

// requirements tells which requirements the frameworks in use have.
func (s *Store) requirements(ctx context.Context, tx *db.Tx, org string, now time.Time) (func(framework.Ref) bool, error) {
	if s.Links == nil {
		return func(framework.Ref) bool { return false }, nil
	}
	l, err := s.Links.LibraryIn(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	return l.Frameworks.Has, nil
}

// linkFact is what the log says of a link.
type linkFact struct {
	Risk        string   `json:"risk"`
	Link        string   `json:"link"`
	Kind        LinkKind `json:"kind"`
	Target      string   `json:"target"`
	Framework   string   `json:"framework"`
	Requirement string   `json:"requirement"`
	Nature      string   `json:"nature"`
}

func (l Link) fact(risk string) linkFact {
	return linkFact{risk, l.ID, l.Kind, l.Target, l.Requirement.Framework, l.Requirement.ID, l.Nature}
}

// insertLinks writes new links, one for each risk in the same place.
func (s *Store) insertLinks(ctx context.Context, tx *db.Tx, who access.Actor, risks []Risk, links []Link, now time.Time) error {
	rows := db.Into(`risk_link (org, id, risk, kind, target, framework, requirement, nature, from_at, account)`)
	acts := make([]act, len(links))
	for i := range links {
		l := &links[i]
		l.ID, l.From, l.By = newID(), now, who.Account()
		rows.Add(who.Org(), l.ID, risks[i].ID, string(l.Kind), l.Target, l.Requirement.Framework, l.Requirement.ID, l.Nature, db.Micros(now), who.Account())
		acts[i] = act{risks[i].ID, kindLinked, l.fact(risks[i].ID)}
	}
	if err := rows.Insert(ctx, tx); err != nil {
		return err
	}
	return s.record(ctx, tx, who.Org(), who.Account(), now, acts...)
}

// Relink makes the links of some kinds of a risk those of the list: what is missing
// is added, what is no longer named ends. Kinds that are not named stay.
func (s *Store) Relink(ctx context.Context, who access.Actor, id string, kinds []LinkKind, links []Link, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if e.Closed() {
			return problem.New(problem.Conflict, "%s is closed. Open it again before you change it.", e.Code)
		}
		things, err := readThings(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		has, err := s.requirements(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		return s.relink(ctx, tx, who, e, kinds, links, things, has, now)
	})
}

// links one risk can have
const maxLinks = 300

func (s *Store) relink(ctx context.Context, tx *db.Tx, who access.Actor, e *Entry, kinds []LinkKind, links []Link, things *Things, has func(framework.Ref) bool, now time.Time) error {
	if len(links) > maxLinks {
		return problem.Field("links", fmt.Sprintf("A risk is linked to at most %d things. Choose those that matter.", maxLinks))
	}
	var fresh []Link
	for _, l := range links {
		if !slices.Contains(kinds, l.Kind) || slices.ContainsFunc(fresh, l.Same) {
			continue
		}
		i := slices.IndexFunc(e.Links, l.Same)
		if i >= 0 && e.Links[i].Nature == l.Nature {
			fresh = append(fresh, e.Links[i])
			continue
		}
		if err := checkLink(l, things, has); err != nil {
			return err
		}
		fresh = append(fresh, l)
	}
	var acts []act
	for _, have := range e.Links {
		if !slices.Contains(kinds, have.Kind) || slices.ContainsFunc(fresh, func(l Link) bool { return l.ID == have.ID }) {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE risk_link SET to_at = $3 WHERE org = $1 AND id = $2 AND to_at IS NULL`, who.Org(), have.ID, db.Micros(now)); err != nil {
			return err
		}
		acts = append(acts, act{e.ID, kindUnlinked, have.fact(e.ID)})
	}
	if err := s.record(ctx, tx, who.Org(), who.Account(), now, acts...); err != nil {
		return err
	}
	fresh = slices.DeleteFunc(fresh, func(l Link) bool { return l.ID != "" })
	return s.insertLinks(ctx, tx, who, slices.Repeat([]Risk{e.Risk}, len(fresh)), fresh, now)
}

func checkLink(l Link, things *Things, has func(framework.Ref) bool) error {
	field := string(l.Kind)
	if l.Kind == ToRequirement {
		if !has(l.Requirement) {
			return problem.Field(field, fmt.Sprintf("There is no requirement %q here. Write it like iso27001-2022:A.8.13.", cut(refWords(l.Requirement), 60)))
		}
		return nil
	}
	t, ok := things.Find(l.Kind, l.Target)
	if !ok || t.Gone {
		return problem.Field(field, "Choose from what is listed: one of these is not there, or not any more.")
	}
	if l.Kind == ToControl && !slices.ContainsFunc(Natures(), func(n Named) bool { return n.ID == l.Nature }) {
		return problem.Field(field, "Say what "+t.Code+" does about the risk: it prevents, detects, limits, or restores.")
	}
	return nil
}

// closeFact is what the log says of the end of a risk, or of its return.
type closeFact struct {
	Risk   string `json:"risk"`
	Reason string `json:"reason"`
}

// Close takes a risk out of the register, with a reason. Its history stays.
func (s *Store) Close(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	return s.turn(ctx, who, id, reason, true, now)
}

// Reopen takes a closed risk back into the register.
func (s *Store) Reopen(ctx context.Context, who access.Actor, id, reason string, now time.Time) error {
	return s.turn(ctx, who, id, reason, false, now)
}

func (s *Store) turn(ctx context.Context, who access.Actor, id, reason string, closing bool, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxPart)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why, so that an auditor can follow.")
	}
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		_, e, err := readEntry(ctx, tx, who.Org(), id, now)
		if err != nil {
			return err
		}
		if e.Closed() == closing {
			return problem.New(problem.Conflict, "Somebody else was faster: %s is as you want it already.", e.Code)
		}
		at, kind, why := int64(0), kindReopened, ""
		if closing {
			at, kind, why = db.Micros(now), kindClosed, reason
			if err := s.Findings.DropActions(ctx, tx, who.Org(), who.Account(), source(e.Risk), "The risk was closed: "+cut(reason, 200), now); err != nil {
				return err
			}
			if _, err := task.Close(ctx, tx, s.Log, who.Org(), who.Account(), task.Closing{Subject: subject(e.Risk), State: task.Cancelled, Reason: "The risk was closed.", Quiet: true}, now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE risk SET closed_at = $3, closed_why = $4, updated_at = $5 WHERE org = $1 AND id = $2`, who.Org(), e.ID, at, why, db.Micros(now)); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, act{e.ID, kind, closeFact{e.ID, reason}})
	})
}

// Own gives risks an owner, several at once.
func (s *Store) Own(ctx context.Context, who access.Actor, ids []string, owner string, now time.Time) error {
	if err := who.May(access.ManageRisks); err != nil {
		return err
	}
	now = moment(now)
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		if err := personExists(ctx, tx, who.Org(), owner); err != nil {
			return err
		}
		for _, id := range ids {
			_, e, err := readEntry(ctx, tx, who.Org(), id, now)
			if err != nil {
				return err
			}
			next := e.Risk
			next.Owner = owner
			if _, err := s.change(ctx, tx, who, e.Risk, next, now); err != nil {
				return err
			}
		}
		return nil
	})
}
