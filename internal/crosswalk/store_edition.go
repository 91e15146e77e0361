package crosswalk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Library returns the organisation's library at a moment: what ships, what it
// brought, and the content it rests on. It is shared: nobody may change it.
func (s *Store) Library(ctx context.Context, who access.Actor, at time.Time) (*Library, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var l *Library
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		l, err = s.libraryAt(ctx, tx, who.Org(), at)
		return err
	})
	return l, err
}

// LibraryIn is Library in the caller's transaction, for a store that has checked
// what the actor may do.
func (s *Store) LibraryIn(ctx context.Context, tx *db.Tx, org string, at time.Time) (*Library, error) {
	return s.libraryAt(ctx, tx, org, at)
}

const maxEditions = 500 // of one organisation

// RefusedError says that a framework or a set cannot be used, with every fault.
type RefusedError struct {
	Problem *problem.Error
	Faults  []framework.Fault
}

func (e *RefusedError) Error() string { return e.Problem.Error() }

// Unwrap returns the problem, so that doors find its code and its sentence.
func (e *RefusedError) Unwrap() error { return e.Problem }

// refuse returns a RefusedError if there are errors among the faults.
func refuse(file string, faults []framework.Fault) error {
	errs := framework.Errors(faults)
	if len(errs) == 0 {
		return nil
	}
	text := fmt.Sprintf("%s was not taken, and nothing was written. %s", file, errs[0].Text)
	if errs[0].Line > 0 {
		text = fmt.Sprintf("%s was not taken, and nothing was written. Line %d: %s", file, errs[0].Line, errs[0].Text)
	}
	if len(errs) > 1 {
		text += fmt.Sprintf(" Faults in all: %d.", len(errs))
	}
	return &RefusedError{problem.Field("file", text), faults}
}

// CheckFramework returns what keeps a framework from being imported; nothing is written.
func (s *Store) CheckFramework(ctx context.Context, who access.Actor, f *framework.Framework, file string) ([]framework.Fault, error) {
	if err := who.May(access.ManageFrameworks); err != nil {
		return nil, err
	}
	return s.frameworkFaults(f, file), nil
}

func (s *Store) frameworkFaults(f *framework.Framework, file string) []framework.Fault {
	faults := f.Check(file)
	if shipped, ok := s.library().Frameworks.Find(f.ID); ok || framework.IsKnown(f.ID) {
		name := f.ID
		if ok {
			name = shipped.Title
		}
		faults = append(faults, framework.Fault{File: file, Severity: framework.Error,
			Text: fmt.Sprintf("The id %s belongs to %s, which ships with Toucan. Give yours another id, such as %s-own; another edition of the same standard ends in its version.", f.ID, name, f.ID)})
	}
	return faults
}

// CheckSet returns what keeps a mapping set from being imported, and what is worth
// knowing about it; nothing is written.
func (s *Store) CheckSet(ctx context.Context, who access.Actor, p *Publication, now time.Time) ([]framework.Fault, error) {
	if err := who.May(access.ManageFrameworks); err != nil {
		return nil, err
	}
	l, err := s.Library(ctx, who, now)
	if err != nil {
		return nil, err
	}
	return s.setFaults(l, p), nil
}

func (s *Store) setFaults(l *Library, p *Publication) []framework.Fault {
	faults := l.checkPublication(p)
	if shipped, ok := s.library().Set(p.Set.ID); ok {
		faults = append(faults, framework.Fault{File: p.Set.File, Severity: framework.Error,
			Text: fmt.Sprintf("The id %s belongs to “%s”, which ships with Toucan. Give yours another id, such as %s-own.", p.Set.ID, shipped.Title, p.Set.ID)})
	}
	if slices.Contains([]string{SetOfProposals, SetOfOrganisation, SetOfAuditor}, p.Set.ID) {
		faults = append(faults, framework.Fault{File: p.Set.File, Severity: framework.Error,
			Text: fmt.Sprintf("The id %s is what decisions of people are kept under. Give the set another id, such as %s-imported.", p.Set.ID, p.Set.ID)})
	}
	if p.Set.Default {
		p.Set.Default = false // what an organisation brings counts once it is chosen, never by itself
	}
	return faults
}

// ImportFramework keeps a framework somebody brings. One with an id that is new
// here is in the library from now on; another content of an id that is there
// waits as an edition, because answers rest on the one in force: see Upgrade.
func (s *Store) ImportFramework(ctx context.Context, who access.Actor, f *framework.Framework, file string, now time.Time) (Edition, error) {
	if err := who.May(access.ManageFrameworks); err != nil {
		return Edition{}, err
	}
	file, err := db.Line("file", "The name of the file", file, 300)
	if err != nil {
		return Edition{}, err
	}
	if err := refuse(file, s.frameworkFaults(f, file)); err != nil {
		return Edition{}, err
	}
	e := Edition{Kind: FrameworkEdition, Ref: f.ID, Family: f.Family, Version: f.Version, Title: f.Title, Digest: f.Digest(), Rows: len(f.Requirements), Source: named(file)}
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		e, err = s.bring(ctx, tx, who, e, f.Encode(), now)
		return err
	})
	return e, err
}

// ImportSet is ImportFramework for a mapping set. It is checked against the
// organisation's frameworks: a row that speaks of something unknown, or rows that
// cannot all be true, keep the whole set out.
func (s *Store) ImportSet(ctx context.Context, who access.Actor, p *Publication, file string, now time.Time) (Edition, error) {
	if err := who.May(access.ManageFrameworks); err != nil {
		return Edition{}, err
	}
	file, err := db.Line("file", "The name of the file", file, 300)
	if err != nil {
		return Edition{}, err
	}
	var e Edition
	err = s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		l, err := s.libraryAt(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		if err := refuse(file, s.setFaults(l, p)); err != nil {
			return err
		}
		content, digest := p.Encode()
		e = Edition{Kind: SetEdition, Ref: p.Set.ID, Family: p.Set.ID, Version: p.Set.Version, Title: p.Set.Title, Digest: digest, Rows: len(p.Set.Edges), Source: named(file)}
		e, err = s.bring(ctx, tx, who, e, content, now)
		return err
	})
	return e, err
}

// named gives a file without a name one, because an edition without a source ships.
func named(file string) string {
	if file == "" {
		return "unnamed file"
	}
	return file
}

// bring writes an edition somebody brought, and pins it where nothing else holds.
func (s *Store) bring(ctx context.Context, tx *db.Tx, who access.Actor, e Edition, content []byte, now time.Time) (Edition, error) {
	now = now.UTC().Truncate(time.Microsecond)
	var n, same int
	err := tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(CASE WHEN kind = $2 AND ref = $3 AND digest = $4 THEN 1 ELSE 0 END), 0) FROM edition WHERE org = $1`,
		who.Org(), e.Kind, e.Ref, e.Digest).Scan(&n, &same)
	if err != nil {
		return e, err
	}
	if same > 0 {
		return e, problem.New(problem.Conflict, "%s is here already, word for word. Nothing was written; open its versions.", e.Name())
	}
	if n >= maxEditions {
		return e, problem.New(problem.Conflict, "There are %d editions here, and no more are kept. Write to us if you need them.", n)
	}
	pins, err := pinsAt(ctx, tx, who.Org(), now)
	if err != nil {
		return e, err
	}
	if e, err = s.keepEdition(ctx, tx, who, e, content, now); err != nil {
		return e, err
	}
	for _, p := range pins {
		if p.kind == e.Kind && p.ref == e.Ref && p.digest != "" {
			return e, nil
		}
	}
	e.InForce = true
	return e, s.setPin(ctx, tx, who, pin{e.Kind, e.Ref, e.ID, e.Digest}, now)
}

// editionFact is what the log says of an edition and of which one holds.
type editionFact struct {
	Kind    EditionKind `json:"kind"`
	Ref     string      `json:"ref"`
	Version string      `json:"version,omitempty"`
	Digest  string      `json:"digest"`
	Source  string      `json:"source,omitempty"`
}

func (s *Store) keepEdition(ctx context.Context, tx *db.Tx, who access.Actor, e Edition, content []byte, now time.Time) (Edition, error) {
	salt := ledger.Salt()
	e.ID, e.At, e.By, e.ByName = newID(), now, who.Account(), who.Name()
	_, err := tx.Exec(ctx, `INSERT INTO edition (org, id, kind, ref, family, version, title, digest, size, source, content, at, account, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		who.Org(), e.ID, e.Kind, e.Ref, e.Family, e.Version, e.Title, e.Digest, e.Rows, e.Source, s.made.packed(e.Source == "", e.Digest, content), db.Micros(now), e.By, salt)
	if err != nil {
		return e, err
	}
	return e, s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: e.By, Kind: "edition.kept", ID: e.ID, Salt: salt,
		Payload: editionFact{e.Kind, e.Ref, e.Version, e.Digest, e.Source}})
}

func (s *Store) setPin(ctx context.Context, tx *db.Tx, who access.Actor, p pin, now time.Time) error {
	id, salt := newID(), ledger.Salt()
	var edition any
	if p.edition != "" {
		edition = p.edition
	}
	_, err := tx.Exec(ctx, `INSERT INTO pin_change (org, id, kind, ref, edition, digest, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		who.Org(), id, p.kind, p.ref, edition, p.digest, db.Micros(now), who.Account(), salt)
	if err != nil {
		return err
	}
	return s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: "edition.pinned", ID: id, Salt: salt,
		Payload: editionFact{Kind: p.kind, Ref: p.ref, Digest: p.digest}})
}

// rest pins the content that a decision begins to rest on, as it ships today, so
// that a newer Toucan changes nothing about it before somebody looks.
func (s *Store) rest(ctx context.Context, tx *db.Tx, who access.Actor, kind EditionKind, refs []string, now time.Time) error {
	pins, err := pinsAt(ctx, tx, who.Org(), now)
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, p := range pins {
		held[string(p.kind)+" "+p.ref] = p.digest != ""
	}
	for _, ref := range refs {
		if held[string(kind)+" "+ref] {
			continue
		}
		e, err := s.shippedEdition(ctx, tx, who, kind, ref, now)
		if err != nil {
			return err
		}
		if e.ID == "" {
			continue // not shipped: whoever brought it pinned it
		}
		if err := s.setPin(ctx, tx, who, pin{kind, ref, e.ID, e.Digest}, now); err != nil {
			return err
		}
	}
	return nil
}

// shippedEdition returns the edition of what ships under an id, kept now if it is
// not yet; the zero Edition if nothing ships under it.
func (s *Store) shippedEdition(ctx context.Context, tx *db.Tx, who access.Actor, kind EditionKind, ref string, now time.Time) (Edition, error) {
	var e Edition
	var content []byte
	if kind == FrameworkEdition {
		f, ok := s.library().Frameworks.Find(ref)
		if !ok {
			return e, nil
		}
		e = Edition{Kind: kind, Ref: ref, Family: f.Family, Version: f.Version, Title: f.Title, Digest: f.Digest(), Rows: len(f.Requirements)}
		content = f.Encode()
	} else {
		p, ok := s.library().Publication(ref)
		if !ok {
			return e, nil
		}
		e = Edition{Kind: kind, Ref: ref, Family: ref, Version: p.Set.Version, Title: p.Set.Title, Rows: len(p.Set.Edges)}
		content, e.Digest = p.Encode()
	}
	have, err := readEditions(ctx, tx, who.Org(), now, ` AND e.kind = $3 AND e.ref = $4 AND e.digest = $5`, kind, ref, e.Digest)
	if err != nil || len(have) > 0 {
		return append(have, Edition{})[0], err
	}
	return s.keepEdition(ctx, tx, who, e, content, now)
}

// Editions lists what the organisation keeps, the newest first.
func (s *Store) Editions(ctx context.Context, who access.Actor, at time.Time) ([]Edition, error) {
	if err := who.May(access.ViewPosture); err != nil {
		return nil, err
	}
	var out []Edition
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readEditions(ctx, tx, who.Org(), at, "")
		return err
	})
	return out, err
}

func readEditions(ctx context.Context, tx *db.Tx, org string, at time.Time, where string, args ...any) ([]Edition, error) {
	pins, err := pinsAt(ctx, tx, org, at)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		SELECT e.id, e.kind, e.ref, e.family, e.version, e.title, e.digest, e.size, e.source, e.at, e.account, coalesce(a.name, '')
		FROM edition e LEFT JOIN account a ON a.id = e.account WHERE e.org = $1 AND e.at <= $2`+where+` ORDER BY e.at DESC, e.id DESC`,
		append([]any{org, db.Micros(at)}, args...)...)
	if err != nil {
		return nil, err
	}
	var out []Edition
	err = db.Each(rows, func(scan func(...any) error) error {
		var e Edition
		var at int64
		err := scan(&e.ID, &e.Kind, &e.Ref, &e.Family, &e.Version, &e.Title, &e.Digest, &e.Rows, &e.Source, &at, &e.By, &e.ByName)
		e.At = db.Time(at)
		for _, p := range pins {
			e.InForce = e.InForce || p.edition == e.ID
		}
		out = append(out, e)
		return err
	})
	return out, err
}

// findEdition returns one edition, or a NotFound problem.
func findEdition(ctx context.Context, tx *db.Tx, org, id string, at time.Time) (Edition, error) {
	list, err := readEditions(ctx, tx, org, at, ` AND e.id = $3`, id)
	if err != nil {
		return Edition{}, err
	}
	if len(list) == 0 {
		return Edition{}, problem.New(problem.NotFound, "There is no such edition here. Open the list of versions.")
	}
	return list[0], nil
}

// EditionFramework returns a framework as one edition has it, whatever holds today.
func (s *Store) EditionFramework(ctx context.Context, who access.Actor, id string, at time.Time) (Edition, *framework.Framework, error) {
	e, content, err := s.content(ctx, who, id, FrameworkEdition, at)
	if err != nil {
		return e, nil, err
	}
	f, err := framework.Decode(content)
	return e, f, err
}

// EditionSet returns a mapping set as one edition has it.
func (s *Store) EditionSet(ctx context.Context, who access.Actor, id string, at time.Time) (Edition, *Publication, error) {
	e, content, err := s.content(ctx, who, id, SetEdition, at)
	if err != nil {
		return e, nil, err
	}
	p, err := DecodeSet(content)
	return e, p, err
}

func (s *Store) content(ctx context.Context, who access.Actor, id string, kind EditionKind, at time.Time) (Edition, []byte, error) {
	var e Edition
	if err := who.May(access.ViewPosture); err != nil {
		return e, nil, err
	}
	var content []byte
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if e, err = findEdition(ctx, tx, who.Org(), id, at); err != nil {
			return err
		}
		if e.Kind != kind {
			return problem.New(problem.NotFound, "This edition is no %s. Open the list of versions.", kind.Words())
		}
		content, err = editionContent(ctx, tx, who.Org(), id)
		return err
	})
	return e, content, err
}
