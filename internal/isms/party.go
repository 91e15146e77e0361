package isms

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Party is somebody with an interest in the management system, and what they need
// of it (ISO/IEC 27001:2022, 4.2).
type Party struct {
	Kept `json:"-"`
	Care
	Seed         string   `json:"seed,omitempty"` // of the list that ships
	Name         string   `json:"name"`
	Side         string   `json:"side"` // external or internal
	Needs        string   `json:"needs"`
	How          string   `json:"how"`             // which of the needs the management system meets, and how
	Basis        []string `json:"basis,omitempty"` // where the need comes from: contract, law, market …
	Climate      string   `json:"climate"`         // what they ask about climate change, or that nothing is known
	Risks        []string `json:"risks,omitempty"` // codes of the register of risks
	Requirements []string `json:"requirements,omitempty"`
}

// Sides are where a party or an issue stands.
func Sides() []string { return []string{"external", "internal"} }

// PartyBases are what the need of a party rests on.
func PartyBases() []string {
	return []string{"contract", "governance", "law", "licence", "market"}
}

// ReviewIntervals are how often an entry can be looked at again.
func ReviewIntervals() []string { return []string{"P1M", "P3M", "P6M", "P1Y", "P2Y"} }

// checked returns the party as it is kept.
func (p Party) checked(ctx context.Context, tx *db.Tx, org string) (Party, error) {
	var err error
	if p.Name, err = entryLine("name", "The party", p.Name); err != nil {
		return p, err
	}
	if !slices.Contains(Sides(), p.Side) {
		return p, problem.Field("side", "Say whether the party is external or internal.")
	}
	if p.Needs, err = entryProse("needs", "What they need", p.Needs); err != nil {
		return p, err
	}
	if p.How, err = db.Prose("how", "How it is met", p.How, maxEntryText); err != nil {
		return p, err
	}
	if p.Climate, err = db.Prose("climate", "The note on climate", p.Climate, maxEntryText); err != nil {
		return p, err
	}
	for _, b := range p.Basis {
		if !slices.Contains(PartyBases(), b) {
			return p, problem.Field("basis", fmt.Sprintf("“%s” is no basis of a need. Choose of: %s.", b, strings.Join(PartyBases(), ", ")))
		}
	}
	if p.Care, err = p.Care.checked(ctx, tx, org); err != nil {
		return p, err
	}
	if p.Risks, err = checkRisks(p.Risks); err != nil {
		return p, err
	}
	p.Requirements, err = checkRequirements(p.Requirements)
	return p, err
}

func (c Care) checked(ctx context.Context, tx *db.Tx, org string) (Care, error) {
	if c.ReviewEvery != "" {
		if _, ok := ReadEvery(c.ReviewEvery); !ok {
			return c, problem.Field("review_every", "Write the interval like P1Y, P6M or P3M, or leave it empty when nobody has to look at it again.")
		}
	}
	return c, checkPerson(ctx, tx, org, "owner", c.Owner)
}

// checkPerson refuses somebody who is not in the register of people.
func checkPerson(ctx context.Context, tx *db.Tx, org, field, id string) error {
	if id == "" || tx == nil {
		return nil
	}
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE org = $1 AND id = $2`, org, entryID(id)).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return problem.Field(field, "This person is not in the register of people. Choose somebody who is.")
	}
	return nil
}

// entryLine checks a field of one line that must not be empty.
func entryLine(field, label, text string) (string, error) {
	text, err := db.Line(field, label, text, maxEntryLine)
	if err == nil && text == "" {
		err = problem.Field(field, label+" is missing. Say it in one line.")
	}
	return text, err
}

// entryProse checks a text that must not be empty.
func entryProse(field, label, text string) (string, error) {
	text, err := db.Prose(field, label, text, maxEntryText)
	if err == nil && text == "" {
		err = problem.Field(field, label+" is missing.")
	}
	return text, err
}

const maxEntryLinks = 50

var riskCode = regexp.MustCompile(`^R-[0-9]{1,6}$`)

// checkRisks returns codes of risks, each once.
func checkRisks(codes []string) ([]string, error) {
	var out []string
	for _, c := range codes {
		c = strings.ToUpper(strings.TrimSpace(c))
		switch {
		case c == "" || slices.Contains(out, c):
		case !riskCode.MatchString(c):
			return nil, problem.Field("risks", fmt.Sprintf("“%s” is no code of a risk. Write them like R-004; R-012.", shortened(c)))
		default:
			out = append(out, c)
		}
	}
	if len(out) > maxEntryLinks {
		return nil, problem.Field("risks", fmt.Sprintf("At most %d risks fit.", maxEntryLinks))
	}
	return out, nil
}

// checkRequirements returns requirements as framework:id, each once. What a
// framework that ships does not have is refused; of others the id is taken as it is.
func checkRequirements(list []string) ([]string, error) {
	var out []string
	for _, r := range list {
		r = strings.TrimSpace(r)
		if r == "" || slices.Contains(out, r) {
			continue
		}
		framework, id, ok := strings.Cut(r, ":")
		if !ok || framework == "" || id == "" || len(r) > 200 || strings.ContainsFunc(r, func(c rune) bool { return c < ' ' }) {
			return nil, problem.Field("requirements", fmt.Sprintf("“%s” names no requirement. Write framework and number, like iso27001-2022:4.2.", shortened(r)))
		}
		if f, ok := crosswalk.Shipped().Frameworks.Find(framework); ok {
			if _, ok := f.Find(id); !ok {
				return nil, problem.Field("requirements", fmt.Sprintf("%s has no “%s”. Check the number.", f.Short, shortened(id)))
			}
		}
		out = append(out, r)
	}
	if len(out) > maxEntryLinks {
		return nil, problem.Field("requirements", fmt.Sprintf("At most %d requirements fit.", maxEntryLinks))
	}
	return out, nil
}

func shortened(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// Parties returns the interested parties as they stood at a moment, by code; those
// that were retired are among them.
func (s *Store) Parties(ctx context.Context, who access.Actor, at time.Time) ([]Party, error) {
	return listEntries[Party](ctx, s, who, PartyRegister, at)
}

func listEntries[T entryBody](ctx context.Context, s *Store, who access.Actor, r Register, at time.Time) ([]T, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []T
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readEntries[T](ctx, tx, who.Org(), r, at, "")
		return err
	})
	return out, err
}

// Party returns one interested party by its code, and what became of it.
func (s *Store) Party(ctx context.Context, who access.Actor, code string) (Party, []EntryPast, error) {
	return openEntry[Party](ctx, s, who, PartyRegister, code)
}

func openEntry[T entryBody](ctx context.Context, s *Store, who access.Actor, r Register, code string) (T, []EntryPast, error) {
	var e T
	var past []EntryPast
	if err := who.May(access.ViewISMS); err != nil {
		return e, nil, err
	}
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		if e, err = findEntry[T](ctx, tx, who.Org(), r, code); err != nil {
			return err
		}
		list, err := readEntryVersions[T](ctx, tx, who.Org(), r, keptOf(&e).ID)
		past = entryPast(list)
		return err
	})
	return e, past, err
}

// PutParty enters an interested party, or changes the one whose ID is set. What was
// said before stays in its history. Entering and changing counts as looking at it.
func (s *Store) PutParty(ctx context.Context, who access.Actor, p Party, now time.Time) (Party, error) {
	return putEntry(ctx, s, who, PartyRegister, p, now, func(ctx context.Context, tx *db.Tx, p Party, today cadence.Date) (Party, error) {
		p.Reviewed = today
		return p.checked(ctx, tx, who.Org())
	})
}

// putEntry writes an entry; check returns it as it is kept.
func putEntry[T entryBody](ctx context.Context, s *Store, who access.Actor, r Register, e T, now time.Time, check func(context.Context, *db.Tx, T, cadence.Date) (T, error)) (T, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return e, err
	}
	now = entryMoment(now)
	err := s.writeEntries(ctx, who, r, now, func(ctx context.Context, tx *db.Tx, w *entryWriter) error {
		today, err := people.Today(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		k := *keptOf(&e)
		if k.Note, err = db.Prose("note", "The note", k.Note, maxEntryText); err != nil {
			return err
		}
		if k.ID != "" {
			have, err := findEntry[T](ctx, tx, who.Org(), r, k.ID)
			if err != nil {
				return err
			}
			h := keptOf(&have)
			if h.Retired != "" {
				return problem.New(problem.Conflict, "%s is retired. Take it back first, then change it.", h.Code)
			}
			if k.No != 0 && k.No != h.No {
				return problem.New(problem.Conflict, "%s was changed by somebody else meanwhile. Open it again, then change it.", h.Code)
			}
			k.Code, k.No, k.Retired = h.Code, h.No, ""
		} else {
			k.Code, k.No, k.Retired = "", 0, ""
		}
		if e, err = check(ctx, tx, e, today); err != nil {
			return err
		}
		k, err = w.put(ctx, tx, k, e)
		*keptOf(&e) = k
		return err
	})
	return e, err
}

// SeedParties enters those of the parties that ship whose codes are named, under
// their codes where these are free, and returns how many there were. What came from
// the list before is left alone.
func (s *Store) SeedParties(ctx context.Context, who access.Actor, codes []string, now time.Time) (int, error) {
	return seedEntries(ctx, s, who, PartyRegister, codes, ShippedParties(), func(p *Party) string { return p.Seed }, func(p *Party, today cadence.Date) { p.Reviewed = today }, now)
}

func seedEntries[T entryBody](ctx context.Context, s *Store, who access.Actor, r Register, codes []string, shipped []T, seed func(*T) string, begin func(*T, cadence.Date), now time.Time) (int, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return 0, err
	}
	n := 0
	now = entryMoment(now)
	err := s.writeEntries(ctx, who, r, now, func(ctx context.Context, tx *db.Tx, w *entryWriter) error {
		today, err := people.Today(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		have, err := readEntries[T](ctx, tx, who.Org(), r, now, "")
		if err != nil {
			return err
		}
		for _, e := range shipped {
			code := seed(&e)
			if !slices.Contains(codes, code) || slices.ContainsFunc(have, func(x T) bool { return seed(&x) == code }) {
				continue
			}
			begin(&e, today)
			if _, err := w.put(ctx, tx, Kept{Code: code, Note: "Taken from the list that ships."}, e); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// RetireEntry ends an entry of a register, with a reason. It keeps its code and its
// history, and counts for nothing from now on.
func (s *Store) RetireEntry(ctx context.Context, who access.Actor, r Register, id, reason string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	reason, err := db.Prose("reason", "The reason", reason, maxEntryText)
	if err != nil {
		return err
	}
	if reason == "" {
		return problem.Field("reason", "Say why it does not count any more, so that an auditor can follow.")
	}
	return s.turnEntry(ctx, who, r, []string{id}, func(k *Kept, _ *Care, _ cadence.Date) error {
		if k.Retired != "" {
			return problem.New(problem.Conflict, "%s is retired already.", k.Code)
		}
		k.Retired, k.Note = reason, ""
		return nil
	}, now)
}

// ReturnEntry takes a retired entry back.
func (s *Store) ReturnEntry(ctx context.Context, who access.Actor, r Register, id string, now time.Time) error {
	return s.turnEntry(ctx, who, r, []string{id}, func(k *Kept, c *Care, today cadence.Date) error {
		if k.Retired == "" {
			return problem.New(problem.Conflict, "%s is not retired.", k.Code)
		}
		k.Retired, k.Note = "", "Taken back."
		if c != nil {
			c.Reviewed = today
		}
		return nil
	}, now)
}

// ConfirmEntries says of parties or issues that somebody looked at them today and
// found them still right.
func (s *Store) ConfirmEntries(ctx context.Context, who access.Actor, r Register, ids []string, note string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	note, err := db.Prose("note", "The note", note, maxEntryText)
	if err != nil {
		return err
	}
	if r == ObjectiveRegister {
		return problem.New(problem.Invalid, "Objectives are measured, not confirmed.")
	}
	return s.turnEntry(ctx, who, r, ids, func(k *Kept, c *Care, today cadence.Date) error {
		if k.Retired != "" {
			return problem.New(problem.Conflict, "%s is retired, so that there is nothing to confirm.", k.Code)
		}
		c.Reviewed, k.Note = today, strings.TrimSpace("Looked at and still right. "+note)
		return nil
	}, now)
}

// OwnEntries makes somebody the owner of parties or issues; nobody in particular when
// owner is empty.
func (s *Store) OwnEntries(ctx context.Context, who access.Actor, r Register, ids []string, owner string, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	if r == ObjectiveRegister {
		return problem.New(problem.Invalid, "Who answers for an objective is said in the objective.")
	}
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error { return checkPerson(ctx, tx, who.Org(), "owner", owner) })
	if err != nil {
		return err
	}
	return s.turnEntry(ctx, who, r, ids, func(k *Kept, c *Care, _ cadence.Date) error {
		if k.Retired != "" {
			return problem.New(problem.Conflict, "%s is retired and needs no owner.", k.Code)
		}
		c.Owner, k.Note = owner, ""
		return nil
	}, now)
}

// EntryNames returns what the people of the register are called, by id, for those
// who may see the management system.
func (s *Store) EntryNames(ctx context.Context, who access.Actor) (map[string]string, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out map[string]string
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = personNamesOf(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// turnEntry writes a new version of entries whose content stays.
func (s *Store) turnEntry(ctx context.Context, who access.Actor, r Register, ids []string, turn func(*Kept, *Care, cadence.Date) error, now time.Time) error {
	if err := who.May(access.ManageISMS); err != nil {
		return err
	}
	if len(ids) == 0 || len(ids) > maxEntries {
		return problem.Field("ids", "Choose at least one entry.")
	}
	if _, ok := entryShapes[r]; !ok {
		return problem.New(problem.NotFound, "There is no such register.")
	}
	now = entryMoment(now)
	return s.writeEntries(ctx, who, r, now, func(ctx context.Context, tx *db.Tx, w *entryWriter) error {
		today, err := people.Today(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for _, id := range ids {
			switch r {
			case PartyRegister:
				err = turnOne(ctx, tx, w, id, today, turn, func(p *Party) *Care { return &p.Care })
			case IssueRegister:
				err = turnOne(ctx, tx, w, id, today, turn, func(i *Issue) *Care { return &i.Care })
			default:
				err = turnOne(ctx, tx, w, id, today, turn, func(*Objective) *Care { return nil })
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func turnOne[T entryBody](ctx context.Context, tx *db.Tx, w *entryWriter, id string, today cadence.Date, turn func(*Kept, *Care, cadence.Date) error, care func(*T) *Care) error {
	e, err := findEntry[T](ctx, tx, w.who.Org(), w.r, id)
	if err != nil {
		return err
	}
	k := *keptOf(&e)
	if err := turn(&k, care(&e), today); err != nil {
		return err
	}
	_, err = w.put(ctx, tx, k, e)
	return err
}
