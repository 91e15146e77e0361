package crosswalk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// AsShipped stands for the content that ships with this Toucan under the same id,
// where an edition is asked for; with an id behind it, for what ships under that.
const AsShipped = "shipped"

// shippedRef reads AsShipped, with or without an id behind it.
func shippedRef(to, from string) (ref string, ok bool) {
	if to == AsShipped {
		return from, true
	}
	return strings.CutPrefix(to, AsShipped+":")
}

// Offer is an upgrade that could be made.
type Offer struct {
	Kind    EditionKind
	From    string // id in the library
	Edition string // id of an edition, or AsShipped
	To      Edition
}

// Offers lists what there is to upgrade to: another content of an id in force,
// another edition of its family, and what ships now where older content is pinned.
func (s *Store) Offers(ctx context.Context, who access.Actor, at time.Time) ([]Offer, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Offer
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		l, err := s.libraryAt(ctx, tx, who.Org(), at)
		if err != nil {
			return err
		}
		editions, err := readEditions(ctx, tx, who.Org(), at, "")
		if err != nil {
			return err
		}
		pins, err := pinsAt(ctx, tx, who.Org(), at)
		if err != nil {
			return err
		}
		upgrades, err := readUpgrades(ctx, tx, who.Org(), at)
		if err != nil {
			return err
		}
		gone := func(o Offer) bool { // it was upgraded to another edition already
			return slices.ContainsFunc(upgrades, func(u Upgrade) bool {
				return u.UndoneAt.IsZero() && u.Kind == o.Kind && u.From.Ref == o.From && u.To.Ref != o.From
			})
		}
		out = slices.DeleteFunc(s.offers(l, editions, pins), gone)
		return nil
	})
	return out, err
}

func (s *Store) offers(l *Library, editions []Edition, pins []pin) []Offer {
	var out []Offer
	digest := func(kind EditionKind, ref string) string {
		if i := slices.IndexFunc(pins, func(p pin) bool { return p.kind == kind && p.ref == ref && p.digest != "" }); i >= 0 {
			return pins[i].digest
		}
		return s.made.shipped(s.library(), kind, ref)
	}
	offer := func(kind EditionKind, ref string) {
		now := digest(kind, ref)
		for _, e := range editions {
			if e.Kind == kind && e.Ref == ref && e.Digest != now {
				out = append(out, Offer{kind, ref, e.ID, e})
			}
		}
		if ships := s.made.shipped(s.library(), kind, ref); ships != "" && ships != now && !slices.ContainsFunc(out, func(o Offer) bool { return o.From == ref && o.To.Digest == ships }) {
			out = append(out, Offer{kind, ref, AsShipped, s.shippedNow(kind, ref)})
		}
	}
	for _, f := range l.Frameworks.Frameworks {
		for _, g := range l.Frameworks.Family(f.Family) {
			if g.ID == f.ID || control.CompareCodes(g.Version, f.Version) < 0 {
				continue
			}
			i := slices.IndexFunc(editions, func(e Edition) bool { return e.Kind == FrameworkEdition && e.Ref == g.ID && e.InForce })
			if i >= 0 {
				out = append(out, Offer{FrameworkEdition, f.ID, editions[i].ID, editions[i]})
			} else {
				out = append(out, Offer{FrameworkEdition, f.ID, AsShipped + ":" + g.ID, s.shippedNow(FrameworkEdition, g.ID)})
			}
		}
		offer(FrameworkEdition, f.ID)
	}
	for _, set := range l.Sets {
		offer(SetEdition, set.ID)
	}
	return out
}

// shippedNow describes what ships under an id.
func (s *Store) shippedNow(kind EditionKind, ref string) Edition {
	e := Edition{Kind: kind, Ref: ref, Family: ref, Digest: s.made.shipped(s.library(), kind, ref)}
	if kind == FrameworkEdition {
		if f, ok := s.library().Frameworks.Find(ref); ok {
			e.Family, e.Version, e.Title, e.Rows = f.Family, f.Version, f.Title, len(f.Requirements)
		}
	} else if set, ok := s.library().Set(ref); ok {
		e.Version, e.Title, e.Rows = set.Version, set.Title, len(set.Edges)
	}
	return e
}

// PlanUpgrade says what an upgrade would do, row by row, with what hangs on each.
// from is an id of the library, to an edition or AsShipped. Nothing is written.
func (s *Store) PlanUpgrade(ctx context.Context, who access.Actor, kind EditionKind, from, to string, at time.Time) (*UpgradePlan, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var p *UpgradePlan
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		p, err = s.planUpgrade(ctx, tx, who.Org(), kind, from, to, at)
		return err
	})
	return p, err
}

func (s *Store) planUpgrade(ctx context.Context, tx *db.Tx, org string, kind EditionKind, from, to string, at time.Time) (*UpgradePlan, error) {
	l, err := s.libraryAt(ctx, tx, org, at)
	if err != nil {
		return nil, err
	}
	p := &UpgradePlan{Kind: kind}
	var content []byte
	if ref, ok := shippedRef(to, from); ok {
		if p.To = s.shippedNow(kind, ref); p.To.Digest == "" {
			return nil, problem.New(problem.NotFound, "Nothing ships under the id %q. Open the list of versions.", ref)
		}
	} else {
		if p.To, err = findEdition(ctx, tx, org, to, at); err != nil {
			return nil, err
		}
		if content, err = editionContent(ctx, tx, org, to); err != nil {
			return nil, err
		}
	}
	if p.To.Kind != kind {
		return nil, problem.New(problem.NotFound, "There is no such edition of a %s here. Open the list of versions.", kind.Words())
	}
	if kind == SetEdition {
		err = s.planSet(p, l, from, content)
	} else {
		err = s.planFramework(ctx, tx, org, p, l, from, content, at)
	}
	if err == nil && p.From.Ref == p.To.Ref && p.From.Digest == p.To.Digest {
		err = problem.New(problem.Conflict, "%s is in force already. There is nothing to upgrade.", p.To.Name())
	}
	return p, err
}

func (s *Store) planSet(p *UpgradePlan, l *Library, from string, content []byte) error {
	old, ok := l.Publication(from)
	if !ok {
		return problem.New(problem.NotFound, "There is no mapping set %q here. Open the list of versions.", from)
	}
	var next *Publication
	var err error
	if content == nil {
		next, _ = s.library().Publication(from)
	} else {
		next, err = DecodeSet(content)
	}
	if err != nil {
		return err
	}
	_, digest := old.Encode()
	p.From = Edition{Kind: SetEdition, Ref: from, Family: from, Version: old.Set.Version, Title: old.Set.Title, Digest: digest, Rows: len(old.Set.Edges), InForce: true}
	p.SetRows = compareSets(old, next)
	return nil
}

func (s *Store) planFramework(ctx context.Context, tx *db.Tx, org string, p *UpgradePlan, l *Library, from string, content []byte, at time.Time) error {
	old, err := l.framework(from)
	if err != nil {
		return err
	}
	next, _ := s.library().Frameworks.Find(p.To.Ref)
	if content != nil {
		if next, err = framework.Decode(content); err != nil {
			return err
		}
	}
	if next.ID != old.ID && next.Family != old.Family {
		return problem.New(problem.Invalid, "%s is no edition of %s, so nothing can be carried. Import it with the family %s if it is.", next.Title, old.Title, old.Family)
	}
	p.Old, p.New = old, next
	p.From = Edition{Kind: FrameworkEdition, Ref: from, Family: old.Family, Version: old.Version, Title: old.Title, Digest: old.Digest(), Rows: len(old.Requirements), InForce: true}
	hanging := map[string][]Hanging{}
	for _, c := range s.carriers() {
		list, err := c.hanging(ctx, tx, org, from, at)
		if err != nil {
			return err
		}
		for _, h := range list {
			hanging[h.Requirement] = append(hanging[h.Requirement], h)
		}
	}
	for _, step := range framework.Compare(old, next, l.successors(old.ID, next.ID)) {
		r := UpgradeRow{Step: step}
		if step.Old != "" {
			r.To, r.Answers = slices.Clone(step.New), hanging[step.Old]
		}
		p.Rows = append(p.Rows, r)
	}
	if next.ID == old.ID {
		return nil
	}
	ids, err := selected(ctx, tx, org, at)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		ids = l.DefaultStack()
	}
	for _, id := range ids {
		set, ok := l.Set(id)
		speaks := func(f string) bool {
			return ok && slices.ContainsFunc(set.joins(), func(j joined) bool { return j.a == f || j.b == f })
		}
		if speaks(old.ID) && !speaks(next.ID) {
			p.Left = append(p.Left, id)
		}
	}
	return nil
}

// carried is what one carrier did.
type carried struct {
	Kind  string          `json:"kind"`
	Trace json.RawMessage `json:"trace"`
}

// answered is what was said of each row, and what found no place.
type answered struct {
	Rows     []UpgradeRow `json:"rows"`
	Stranded []Stranded   `json:"stranded"`
}

// pinned is what held before an upgrade, so that undo can put it back.
type pinned struct {
	Edition string `json:"edition"` // empty: what ships, or nothing
	Digest  string `json:"digest"`
}

// Upgrade goes from the content in force under from to another edition. answers
// says for rows of the old edition where their answers go; a row without one
// goes where the plan proposes. Everything is written anew from now on: nothing of
// the past changes, and UndoUpgrade puts it back.
func (s *Store) Upgrade(ctx context.Context, who access.Actor, kind EditionKind, from, to string, answers map[string][]string, now time.Time) (Upgrade, error) {
	for _, a := range []access.Action{access.ManageFrameworks, access.EditLinks} {
		if err := who.May(a); err != nil {
			return Upgrade{}, err
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	var u Upgrade
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.planUpgrade(ctx, tx, who.Org(), kind, from, to, now)
		if err != nil {
			return err
		}
		if err := p.answer(answers); err != nil {
			return err
		}
		j := changeover{s, who, p, now}
		if p.From, err = s.editionInForce(ctx, tx, who, kind, from, now); err != nil {
			return err
		}
		if ref, ok := shippedRef(to, from); ok {
			if p.To, err = s.shippedEdition(ctx, tx, who, kind, ref, now); err != nil {
				return err
			}
		}
		u, err = j.apply(ctx, tx)
		return err
	})
	return u, err
}

// editionInForce returns the edition that holds under an id, kept now if it ships
// and nobody rested on it yet.
func (s *Store) editionInForce(ctx context.Context, tx *db.Tx, who access.Actor, kind EditionKind, ref string, now time.Time) (Edition, error) {
	have, err := readEditions(ctx, tx, who.Org(), now, ` AND e.kind = $3 AND e.ref = $4`, kind, ref)
	if err != nil {
		return Edition{}, err
	}
	for _, e := range have {
		if e.InForce {
			return e, nil
		}
	}
	return s.shippedEdition(ctx, tx, who, kind, ref, now)
}

// apply carries the answers, pins the new edition and records it all.
func (j changeover) apply(ctx context.Context, tx *db.Tx) (Upgrade, error) {
	p := j.plan
	before, err := j.pin(ctx, tx)
	if err != nil {
		return Upgrade{}, err
	}
	all := []carried{}
	record := func(kind string, trace any) error {
		content, err := json.Marshal(trace)
		all = append(all, carried{kind, content})
		return err
	}
	if err := record("pin", before); err != nil {
		return Upgrade{}, err
	}
	if p.Kind == FrameworkEdition {
		for _, c := range j.s.carriers() {
			trace, err := c.carry(ctx, tx, j)
			if err == nil {
				err = record(c.kind(), trace)
			}
			if err != nil {
				return Upgrade{}, err
			}
		}
	}
	answers, err := json.Marshal(answered{p.Rows, p.Stranded()})
	if err != nil {
		return Upgrade{}, err
	}
	done, err := json.Marshal(all)
	if err != nil {
		return Upgrade{}, err
	}
	u := Upgrade{ID: newID(), Kind: p.Kind, From: p.From, To: p.To, At: j.now, By: j.who.Account(), ByName: j.who.Name(), Rows: p.Rows, Stranded: p.Stranded()}
	salt := ledger.Salt()
	_, err = tx.Exec(ctx, `INSERT INTO upgrade (org, id, kind, from_edition, to_edition, at, account, answers, carried, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		j.who.Org(), u.ID, p.Kind, p.From.ID, p.To.ID, db.Micros(j.now), u.By, string(answers), string(done), salt)
	if err != nil {
		return u, err
	}
	if err := j.doubt(ctx, tx, u.ID); err != nil {
		return u, err
	}
	return u, j.s.log.Append(ctx, tx, j.leaf(u.ID, salt, "edition.upgraded", carryFact{p.Kind, p.From.Digest, p.To.Digest, digestOf(answers), digestOf(done), false}))
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// pin brings the new edition into force and returns what held before.
func (j changeover) pin(ctx context.Context, tx *db.Tx) (pinned, error) {
	var before pinned
	pins, err := pinsAt(ctx, tx, j.who.Org(), j.now)
	if err != nil {
		return before, err
	}
	for _, p := range pins {
		if p.kind == j.plan.Kind && p.ref == j.plan.To.Ref {
			before.Edition, before.Digest = p.edition, p.digest
		}
	}
	if before.Edition == j.plan.To.ID {
		return before, nil
	}
	return before, j.s.setPin(ctx, tx, j.who, pin{j.plan.Kind, j.plan.To.Ref, j.plan.To.ID, j.plan.To.Digest}, j.now)
}

// Upgrades lists those that took place, the newest first, undone ones too. Their
// rows are left out; see FindUpgrade.
func (s *Store) Upgrades(ctx context.Context, who access.Actor, at time.Time) ([]Upgrade, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Upgrade
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		var err error
		out, err = readUpgrades(ctx, tx, who.Org(), at)
		return err
	})
	return out, err
}

// FindUpgrade returns one upgrade with what was answered for each row, and what
// found no place.
func (s *Store) FindUpgrade(ctx context.Context, who access.Actor, id string, at time.Time) (Upgrade, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return Upgrade{}, err
	}
	var u storedUpgrade
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		u, err = findUpgrade(ctx, tx, who.Org(), id, at)
		return err
	})
	return u.Upgrade, err
}

// storedUpgrade is an upgrade with what undo needs.
type storedUpgrade struct {
	Upgrade
	answers, carried string
	later            []Upgrade // those made after it, the newest first
}

func findUpgrade(ctx context.Context, tx *db.Tx, org, id string, at time.Time) (storedUpgrade, error) {
	list, err := readUpgrades(ctx, tx, org, at)
	if err != nil {
		return storedUpgrade{}, err
	}
	i := slices.IndexFunc(list, func(x Upgrade) bool { return x.ID == id })
	if i < 0 {
		return storedUpgrade{}, problem.New(problem.NotFound, "There is no such upgrade here. Open the list of versions.")
	}
	u := storedUpgrade{Upgrade: list[i], later: list[:i]}
	if err := tx.QueryRow(ctx, `SELECT answers, carried FROM upgrade WHERE org = $1 AND id = $2`, org, id).Scan(&u.answers, &u.carried); err != nil {
		return u, err
	}
	var said answered
	if err := json.Unmarshal([]byte(u.answers), &said); err != nil {
		return u, err
	}
	u.Rows, u.Stranded = said.Rows, said.Stranded
	return u, nil
}

func readUpgrades(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]Upgrade, error) {
	editions, err := readEditions(ctx, tx, org, at, "")
	if err != nil {
		return nil, err
	}
	edition := func(id string) Edition {
		i := slices.IndexFunc(editions, func(e Edition) bool { return e.ID == id })
		if i < 0 {
			return Edition{ID: id}
		}
		return editions[i]
	}
	rows, err := tx.Query(ctx, `
		SELECT u.id, u.kind, u.from_edition, u.to_edition, u.at, u.account, coalesce(a.name, ''), u.undone_at, coalesce(b.name, '')
		FROM upgrade u LEFT JOIN account a ON a.id = u.account LEFT JOIN account b ON b.id = u.undone_by
		WHERE u.org = $1 AND u.at <= $2 ORDER BY u.at DESC, u.id DESC`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []Upgrade
	err = db.Each(rows, func(scan func(...any) error) error {
		var u Upgrade
		var from, to string
		var at, undone int64
		if err := scan(&u.ID, &u.Kind, &from, &to, &at, &u.By, &u.ByName, &undone, &u.UndoneBy); err != nil {
			return err
		}
		u.From, u.To, u.At = edition(from), edition(to), db.Time(at)
		if undone != 0 {
			u.UndoneAt = db.Time(undone)
		}
		out = append(out, u)
		return nil
	})
	return out, err
}

// UndoUpgrade puts back what an upgrade changed, from now on. It is a Conflict
// if somebody has changed a carried answer since: undoing would take that back
// unseen. What was added under the newer edition since stays with it.
func (s *Store) UndoUpgrade(ctx context.Context, who access.Actor, id string, now time.Time) (Upgrade, error) {
	for _, a := range []access.Action{access.ManageFrameworks, access.EditLinks} {
		if err := who.May(a); err != nil {
			return Upgrade{}, err
		}
	}
	now = now.UTC().Truncate(time.Microsecond)
	var u storedUpgrade
	err := s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if u, err = findUpgrade(ctx, tx, who.Org(), id, now); err != nil {
			return err
		}
		if !u.UndoneAt.IsZero() {
			return problem.New(problem.Conflict, "This upgrade was undone already, by %s.", u.UndoneBy)
		}
		for _, later := range u.later {
			touches := func(e Edition) bool { return e.Kind == u.Kind && (e.Ref == u.From.Ref || e.Ref == u.To.Ref) }
			if later.UndoneAt.IsZero() && (touches(later.From) || touches(later.To)) {
				return problem.New(problem.Conflict, "%s was upgraded to %s since. Undo that first.", later.From.Name(), later.To.Name())
			}
		}
		if err := s.putBack(ctx, tx, who, u, now); err != nil {
			return err
		}
		salt := ledger.Salt()
		if _, err := tx.Exec(ctx, `UPDATE upgrade SET undone_at = $3, undone_by = $4, undone_salt = $5 WHERE org = $1 AND id = $2`,
			who.Org(), id, db.Micros(now), who.Account(), salt); err != nil {
			return err
		}
		u.UndoneAt, u.UndoneBy = now, who.Name()
		j := changeover{s: s, who: who, now: now}
		return s.log.Append(ctx, tx, j.leaf(id, salt, "edition.restored", carryFact{u.Kind, u.From.Digest, u.To.Digest, digestOf([]byte(u.answers)), digestOf([]byte(u.carried)), true}))
	})
	return u.Upgrade, err
}

// putBack runs the carriers backwards, and the pin after them.
func (s *Store) putBack(ctx context.Context, tx *db.Tx, who access.Actor, u storedUpgrade, now time.Time) error {
	var all []carried
	if err := json.Unmarshal([]byte(u.carried), &all); err != nil {
		return err
	}
	j := changeover{s, who, &UpgradePlan{Kind: u.Kind, From: u.From, To: u.To}, now}
	if u.Kind == FrameworkEdition {
		content, err := editionContent(ctx, tx, who.Org(), u.From.ID)
		if err != nil {
			return err
		}
		if j.plan.Old, err = framework.Decode(content); err != nil {
			return err
		}
	}
	var way []string
	for _, c := range slices.Backward(all) {
		if c.Kind == "pin" {
			if err := j.unpin(ctx, tx, c.Trace); err != nil {
				return err
			}
			continue
		}
		known := s.carriers()
		i := slices.IndexFunc(known, func(x carrier) bool { return x.kind() == c.Kind })
		if i < 0 {
			return fmt.Errorf("upgrade %s carried answers of the kind %q, which this Toucan does not know", u.ID, c.Kind)
		}
		more, err := known[i].undo(ctx, tx, j, c.Trace)
		if err != nil {
			return err
		}
		way = append(way, more...)
	}
	if len(way) > 0 {
		const shown = 5
		text := strings.Join(way[:min(shown, len(way))], " ")
		if len(way) > shown {
			text += fmt.Sprintf(" And %d more.", len(way)-shown)
		}
		return problem.New(problem.Conflict, "Undoing would take back what was decided since, so nothing was changed. %s Set these back as the upgrade left them, then undo.", text)
	}
	return nil
}

// unpin puts back the edition that held before.
func (j changeover) unpin(ctx context.Context, tx *db.Tx, trace json.RawMessage) error {
	var before pinned
	if err := json.Unmarshal(trace, &before); err != nil {
		return err
	}
	if before.Edition == j.plan.To.ID {
		return nil
	}
	if before.Edition == "" && j.plan.inPlace() { // it rested on what shipped then, whatever ships now
		before = pinned{j.plan.From.ID, j.plan.From.Digest}
	}
	return j.s.setPin(ctx, tx, j.who, pin{j.plan.Kind, j.plan.To.Ref, before.Edition, before.Digest}, j.now)
}
