package isms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Bounds on what is said of a row.
const (
	maxStatementTitle  = 200
	maxStatementReason = 1000
	maxStatementNote   = 2000
	maxStatementLinks  = 100
	maxStatementOwn    = 5000 // rows of the organisation's own
)

// StatementChange is what a row is to say from now on.
type StatementChange struct {
	Code     string
	Seen     *string // id of the line the person had before them, "" for none; nil: whatever it is
	Included bool
	WhyOut   string // where it is left out
	StatementDecision
}

// SetStatement says anew what rows of the statement say. Whether a row is included
// goes to the scope of the framework, which is the one place that knows it. Either
// all of it is entered or nothing. Clauses 4 to 10 and codes that are not in the
// statement are refused; so is a row that somebody else changed meanwhile.
func (s *Store) SetStatement(ctx context.Context, who access.Actor, list []StatementChange, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.holdStatement(ctx, tx, who, now)
		if err != nil {
			return err
		}
		for _, c := range list {
			if err := w.set(ctx, c); err != nil {
				return err
			}
		}
		return w.save(ctx)
	})
}

// BulkStatement is what several rows are to say from now on; what is zero stays.
type BulkStatement struct {
	Codes   []string
	Add     []Reason // takes the place of a reason of the same kind
	Remove  []ReasonKind
	Risks   []string // ids, added
	Claim   Claim
	On      cadence.Date // with Claim
	Derived bool         // claim what is derived, row by row
	Owner   string
	Include bool
	Exclude string // the reason to leave them out; empty: they stay
}

// ChangeStatement changes several rows at once, all of them or none.
func (s *Store) ChangeStatement(ctx context.Context, who access.Actor, b BulkStatement, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	if len(b.Codes) == 0 {
		return problem.Field("code", "Mark the rows that are to change.")
	}
	if b.Include && b.Exclude != "" {
		return problem.Field("whyOut", "Rows cannot be included and left out at once. Choose one of the two.")
	}
	var derived map[string]Claim
	if b.Derived {
		live, err := s.Statement(ctx, who, now)
		if err != nil {
			return err
		}
		derived = make(map[string]Claim, len(live.Rows))
		for _, r := range live.Rows {
			derived[r.Code] = ClaimOf(r.Status.State)
		}
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.holdStatement(ctx, tx, who, now)
		if err != nil {
			return err
		}
		for _, code := range b.Codes {
			why, out := w.excluded[code]
			c := b.apply(StatementChange{Code: code, Included: !out, WhyOut: why, StatementDecision: w.lines[code].StatementDecision}, derived)
			if err := w.set(ctx, c); err != nil {
				return err
			}
		}
		return w.save(ctx)
	})
}

// apply is the change of one row.
func (b BulkStatement) apply(c StatementChange, derived map[string]Claim) StatementChange {
	c.Reasons = slices.Clone(c.Reasons)
	c.Reasons = slices.DeleteFunc(c.Reasons, func(r Reason) bool {
		return slices.Contains(b.Remove, r.Kind) || slices.ContainsFunc(b.Add, func(x Reason) bool { return x.Kind == r.Kind })
	})
	c.Reasons = append(c.Reasons, b.Add...)
	for _, id := range b.Risks {
		if !slices.Contains(c.Risks, id) {
			c.Risks = append(slices.Clone(c.Risks), id)
		}
	}
	switch {
	case b.Claim != ClaimNone:
		c.Claim, c.On = b.Claim, b.On
	case b.Derived && derived[c.Code] != ClaimNone && derived[c.Code] != c.Claim:
		c.Claim, c.On = derived[c.Code], 0
	}
	if b.Owner != "" {
		c.Owner = b.Owner
	}
	if b.Include {
		c.Included, c.WhyOut = true, ""
	}
	if b.Exclude != "" {
		c.Included, c.WhyOut = false, b.Exclude
	}
	return c
}

// AddStatementRow adds a control of the organisation's own, which Annex A does not
// have and which it finds necessary (6.1.3 b), and returns its code.
func (s *Store) AddStatementRow(ctx context.Context, who access.Actor, d StatementDecision, now time.Time) (string, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return "", err
	}
	var code string
	err := s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.holdStatement(ctx, tx, who, now)
		if err != nil {
			return err
		}
		if code, err = w.add(d); err != nil {
			return err
		}
		return w.save(ctx)
	})
	return code, err
}

// RetireStatementRow takes a control of the organisation's own out of the
// statement, with the reason. What was said of it stays in its history.
func (s *Store) RetireStatementRow(ctx context.Context, who access.Actor, code, reason string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxStatementReason)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why it is not necessary any more.")
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		w, err := s.holdStatement(ctx, tx, who, now)
		if err != nil {
			return err
		}
		l, ok := w.lines[code]
		if !OwnRow(code) || !ok || l.Retired != "" {
			return errNoStatementRow(code)
		}
		l.Retired = reason
		w.put(l)
		return w.save(ctx)
	})
}

func errNoStatementRow(code string) error {
	return problem.New(problem.NotFound, "The statement has no row %q. Choose one of its rows.", code)
}

// statementWriter changes lines in one transaction.
type statementWriter struct {
	s        *Store
	tx       *db.Tx
	who      access.Actor
	now      time.Time
	f        *framework.Framework
	lines    map[string]statementLine // in force, by code
	excluded map[string]string
	people   map[string]statementPerson
	controls map[string]bool    // ids in the register
	risks    map[string]string  // code by id
	closed   map[string]bool    // risks that are closed
	naming   map[[2]string]bool // row and risk: the register says that the risk bears on the row
	own      int                // own rows that are in the statement
	next     int                // number of the next own row
	order    []string           // codes that change
	changed  map[string]statementLine
}

// holdStatement is a writer that nobody else can come between, on any server.
func (s *Store) holdStatement(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time) (*statementWriter, error) {
	if _, err := tx.Revision(ctx, who.Org()); err != nil {
		return nil, err
	}
	return s.statementWriter(ctx, tx, who, now)
}

func (s *Store) statementWriter(ctx context.Context, tx *db.Tx, who access.Actor, now time.Time) (*statementWriter, error) {
	w := &statementWriter{s: s, tx: tx, who: who, now: now.UTC().Truncate(time.Microsecond), lines: map[string]statementLine{}, excluded: map[string]string{},
		controls: map[string]bool{}, risks: map[string]string{}, closed: map[string]bool{}, naming: map[[2]string]bool{}, changed: map[string]statementLine{}, next: 1}
	l, err := s.Crosswalk.LibraryIn(ctx, tx, who.Org(), w.now)
	if err != nil {
		return nil, err
	}
	var ok bool
	if w.f, ok = l.Frameworks.Find(StatementFramework); !ok {
		return nil, problem.New(problem.NotFound, "ISO/IEC 27001:2022 is not among the frameworks here, so there is no statement of applicability.")
	}
	list, err := readStatementLines(ctx, tx, who.Org(), `AND l.to_at = 0`)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		w.lines[x.Code] = x
		w.next = max(w.next, ownNumber(x.Code)+1)
		if OwnRow(x.Code) && x.Retired == "" {
			w.own++
		}
	}
	scoped, err := crosswalk.ReadScoped(ctx, tx, who.Org(), StatementFramework, w.now)
	if err != nil {
		return nil, err
	}
	for _, x := range scoped {
		if delete(w.excluded, x.Requirement); !x.Included {
			w.excluded[x.Requirement] = x.Reason
		}
	}
	zone, err := statementZone(ctx, tx, who.Org())
	if err != nil {
		return nil, err
	}
	if w.people, err = statementPeople(ctx, tx, who.Org(), w.now, zone); err != nil {
		return nil, err
	}
	risks, err := readStatementRisks(ctx, tx, who.Org(), w.now)
	if err != nil {
		return nil, err
	}
	for _, x := range risks {
		w.risks[x.ID], w.closed[x.ID] = x.Code, x.Closed
		for _, code := range x.Rows {
			w.naming[[2]string{code, x.ID}] = true
		}
	}
	return w, w.readControls(ctx)
}

func (w *statementWriter) readControls(ctx context.Context) error {
	rows, err := w.tx.Query(ctx, `SELECT id FROM control WHERE org = $1`, w.who.Org())
	if err != nil {
		return err
	}
	return eachStatementRow(rows, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		w.controls[id] = true
		return err
	})
}

// current is a row as it will stand once what was set so far is saved.
func (w *statementWriter) current(code string) statementLine {
	if l, ok := w.changed[code]; ok {
		return l
	}
	return w.lines[code]
}

// set takes one change.
func (w *statementWriter) set(ctx context.Context, c StatementChange) error {
	l := w.current(c.Code)
	if c.Seen != nil && *c.Seen != l.ID {
		return problem.New(problem.Conflict, "Somebody else changed %s meanwhile. Look at it again, then change it.", c.Code)
	}
	switch {
	case OwnRow(c.Code) && (l.Code == "" || l.Retired != ""):
		return errNoStatementRow(c.Code)
	case OwnRow(c.Code) && !c.Included:
		return problem.Field("included", "A control of your own is in the statement because you find it necessary. If it is not any more, take the row out.")
	case !OwnRow(c.Code):
		if err := w.scope(ctx, c); err != nil {
			return err
		}
	}
	d, err := w.checked(c.Code, c.StatementDecision, l)
	if err != nil {
		return err
	}
	if l.Code == "" && reflect.DeepEqual(d, StatementDecision{}) || reflect.DeepEqual(d, l.StatementDecision) {
		return nil
	}
	l.Code, l.StatementDecision = c.Code, d
	w.put(l)
	return nil
}

// scope says whether a control of Annex A is in or out, where that is decided.
func (w *statementWriter) scope(ctx context.Context, c StatementChange) error {
	q, ok := w.f.Find(c.Code)
	switch {
	case !ok || q.Kind != framework.KindRequirement:
		return errNoStatementRow(c.Code)
	case !w.f.Within(c.Code, annexGroup) && !c.Included:
		return problem.New(problem.Invalid, "%s is a clause. Clauses 4 to 10 can never be left out: whoever claims the standard has to meet all of them.", c.Code)
	case !w.f.Within(c.Code, annexGroup):
		return problem.New(problem.Invalid, "%s is a clause, and the statement is about the controls of Annex A and your own.", c.Code)
	}
	why, out := w.excluded[c.Code]
	ref := framework.Ref{Framework: StatementFramework, ID: c.Code}
	switch {
	case c.Included && out:
		delete(w.excluded, c.Code)
		return w.s.Crosswalk.IncludeIn(ctx, w.tx, w.who, ref, w.now)
	case !c.Included && (!out || strings.TrimSpace(c.WhyOut) != why):
		if err := w.s.Crosswalk.ExcludeIn(ctx, w.tx, w.who, ref, c.WhyOut, w.now); err != nil {
			if p := problem.Of(err); p.Field == "reason" {
				return problem.Field("whyOut", c.Code+": "+p.Text)
			}
			return err
		}
		w.excluded[c.Code] = strings.TrimSpace(c.WhyOut)
	}
	return nil
}

// add adds an own row.
func (w *statementWriter) add(d StatementDecision) (string, error) {
	if w.own >= maxStatementOwn {
		return "", problem.Field("title", fmt.Sprintf("A statement has at most %d controls of your own.", maxStatementOwn))
	}
	code := fmt.Sprintf("%s%d", ownPrefix, w.next)
	d, err := w.checked(code, d, statementLine{})
	if err != nil {
		return "", err
	}
	w.next, w.own = w.next+1, w.own+1
	w.put(statementLine{Code: code, StatementDecision: d})
	w.lines[code] = statementLine{Code: code} // counted, and not closed
	return code, nil
}

func (w *statementWriter) put(l statementLine) {
	if _, ok := w.changed[l.Code]; !ok {
		w.order = append(w.order, l.Code)
	}
	w.changed[l.Code] = l
}

// checked returns what is said as it is kept. What stood there before may stay even
// if it could not be entered anew: an owner who has left, a risk that is gone.
func (w *statementWriter) checked(code string, d StatementDecision, before statementLine) (StatementDecision, error) {
	var err error
	if OwnRow(code) {
		if d.Title, err = db.Line("title", "The name", d.Title, maxStatementTitle); err != nil {
			return d, err
		}
		if d.Title == "" {
			return d, problem.Field("title", "Give the control a name, such as “Review of model releases”.")
		}
		if d.Source, err = db.Line("source", "The source", d.Source, maxStatementTitle); err != nil {
			return d, err
		}
		if d.Controls, err = linkedIDs("controls", d.Controls, before.Controls, func(id string) bool { return w.controls[id] }, "This control is not in the register. Choose one that is."); err != nil {
			return d, err
		}
	} else {
		d.Title, d.Source, d.Controls = "", "", nil
	}
	if d.Reasons, err = checkedReasons(d.Reasons); err != nil {
		return d, err
	}
	known := func(id string) bool { _, ok := w.risks[id]; return ok }
	if d.Risks, err = linkedIDs("risks", d.Risks, before.Risks, known, "This risk is not in the register. Choose one that is."); err != nil {
		return d, err
	}
	if len(d.Risks) > 0 && !d.Has(BecauseOfRisk) {
		d.Reasons = append([]Reason{{Kind: BecauseOfRisk}}, d.Reasons...)
	}
	if d.Claim != ClaimNone && !slices.Contains(Claims(), d.Claim) {
		return d, problem.Field("claim", "Say implemented, partly, planned or not implemented.")
	}
	if d.Claim == ClaimNone || d.Claim == ClaimNot {
		d.On = 0
	}
	if d.On.Known() && (d.On < cadence.On(1990, 1, 1) || d.On > cadence.On(2199, 12, 31)) {
		return d, problem.Field("on", "This is no day that can be meant. Write it as 2026-03-31.")
	}
	if d.Owner != "" && d.Owner != before.Owner {
		p, ok := w.people[d.Owner]
		if !ok || p.Gone {
			return d, problem.Field("owner", "The owner is nobody who is here now. Choose somebody of the register.")
		}
	}
	d.Note, err = db.Prose("note", "How it is implemented", d.Note, maxStatementNote)
	return d, err
}

// checkedReasons puts reasons into order, each kind once.
func checkedReasons(list []Reason) ([]Reason, error) {
	byKind := map[ReasonKind]Reason{}
	for _, r := range list {
		if !slices.Contains(ReasonKinds(), r.Kind) {
			return nil, problem.Field("reasons", "A reason is a risk, a law, a contract, a need of the business or good practice.")
		}
		if _, twice := byKind[r.Kind]; twice {
			return nil, problem.Field("reasons", "The reason “"+r.Kind.Words()+"” is given twice. Write both into one.")
		}
		var err error
		if r.Text, err = db.Prose("reason-"+string(r.Kind), "The reason", r.Text, maxStatementReason); err != nil {
			return nil, err
		}
		byKind[r.Kind] = r
	}
	var out []Reason
	for _, k := range ReasonKinds() {
		if r, ok := byKind[k]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// linkedIDs returns ids in order, each once. What was linked before may stay.
func linkedIDs(field string, ids, before []string, known func(string) bool, unknown string) ([]string, error) {
	var out []string
	for _, id := range ids {
		if id = strings.TrimSpace(id); id == "" || slices.Contains(out, id) {
			continue
		}
		if _, err := uuid.Parse(id); err != nil || !known(id) && !slices.Contains(before, id) {
			return nil, problem.Field(field, unknown)
		}
		out = append(out, id)
	}
	if len(out) > maxStatementLinks {
		return nil, problem.Field(field, fmt.Sprintf("A row names %d of them at most.", maxStatementLinks))
	}
	slices.Sort(out)
	return out, nil
}

// statementFact is what the log says of a row.
type statementFact struct {
	Line     string `json:"line"`
	Code     string `json:"code"`
	Decision string `json:"decision"` // hex SHA-256 of what is said, which may name people
	Retired  bool   `json:"retired"`
}

// statementBatch is what the log says of several rows.
type statementBatch struct {
	Rows int    `json:"rows"`
	Root string `json:"root"` // of the Merkle tree over the rows, each as salted as the batch
}

// save ends the lines that change, writes the new ones, and one leaf for all.
func (w *statementWriter) save(ctx context.Context) error {
	if len(w.order) == 0 {
		return nil
	}
	salt, batch := ledger.Salt(), newID()
	rows := db.Into(`statement_line (org, id, code, body, retired, from_at, to_at, account, salt)`)
	var facts []any
	for i, code := range w.order {
		l := w.changed[code]
		if w.lines[code].ID != "" {
			if _, err := w.tx.Exec(ctx, `UPDATE statement_line SET to_at = $3 WHERE org = $1 AND id = $2`, w.who.Org(), w.lines[code].ID, db.Micros(w.now)); err != nil {
				return err
			}
		}
		body, err := json.Marshal(l.StatementDecision)
		if err != nil {
			return err
		}
		id := newID()
		if i == 0 && len(w.order) == 1 {
			id = batch
		}
		rows.Add(w.who.Org(), id, code, string(body), l.Retired, db.Micros(w.now), 0, w.who.Account(), salt)
		facts = append(facts, statementFact{id, code, statementDigest(body), l.Retired != ""})
	}
	if err := rows.Insert(ctx, w.tx); err != nil {
		return err
	}
	leaf := ledger.Leaf{Org: w.who.Org(), At: w.now, Actor: w.who.Account(), Kind: "statement.row", ID: batch, Salt: salt, Payload: facts[0]}
	if len(facts) > 1 {
		root, err := ledger.Root(facts, salt)
		if err != nil {
			return err
		}
		leaf.Kind, leaf.Payload = "statement.rows", statementBatch{len(facts), root}
	}
	return w.s.Log.Append(ctx, w.tx, leaf)
}

func statementDigest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
