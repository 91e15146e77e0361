package isms

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// readMeasures returns the measures of objectives, the oldest first; one objective,
// or all when it is empty.
func readMeasures(ctx context.Context, tx *db.Tx, org, objective string) (map[string][]Measure, error) {
	rows, err := tx.Query(ctx, `SELECT m.id, m.objective, m.from_day, m.to_day, m.known, m.value, m.num, m.den, m.source, m.item, m.words, m.at, m.account, coalesce(a.name, '')
		FROM isms_measure m LEFT JOIN account a ON a.id = m.account WHERE m.org = $1 AND ($2 = '' OR m.objective = $2) ORDER BY m.objective, m.to_day, m.at, m.id`, org, objective)
	if err != nil {
		return nil, err
	}
	out := map[string][]Measure{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var m Measure
		var at int64
		err := scan(&m.ID, &m.Objective, &m.Days.From, &m.Days.To, &m.Known, &m.Value, &m.Num, &m.Den, &m.Source, &m.Item, &m.Words, &at, &m.By, &m.ByName)
		m.At = db.Time(at)
		out[m.Objective] = append(out[m.Objective], m)
		return err
	})
	return out, err
}

// readTracks judges all objectives, or one, for today.
func readTracks(ctx context.Context, tx *db.Tx, org, objective string, now time.Time) ([]Track, error) {
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	versions, err := readEntryVersions[Objective](ctx, tx, org, ObjectiveRegister, objective)
	if err != nil {
		return nil, err
	}
	measures, err := readMeasures(ctx, tx, org, objective)
	if err != nil {
		return nil, err
	}
	today := zones.DateOf(now)
	var out []Track
	for len(versions) > 0 {
		n := 1
		for n < len(versions) && versions[n].ID == versions[0].ID {
			n++
		}
		out = append(out, JudgeObjective(versions[:n], measures[versions[0].ID], zones, today))
		versions = versions[n:]
	}
	slices.SortFunc(out, func(a, b Track) int { return compareEntryCodes(a.Objective.Code, b.Objective.Code) })
	return out, nil
}

// Objectives returns all objectives and how they went, by code; those that were
// retired are among them.
func (s *Store) Objectives(ctx context.Context, who access.Actor, now time.Time) ([]Track, error) {
	if err := who.May(access.ViewISMS); err != nil {
		return nil, err
	}
	var out []Track
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readTracks(ctx, tx, who.Org(), "", now)
		return err
	})
	return out, err
}

// ObjectiveFolder is everything about one objective.
type ObjectiveFolder struct {
	Track
	Measures []Measure // all of them, the newest first
	Past     []EntryPast
	Holders  []string // ids of the persons who answer for it now
}

// Objective returns one objective by its code.
func (s *Store) Objective(ctx context.Context, who access.Actor, code string, now time.Time) (ObjectiveFolder, error) {
	var f ObjectiveFolder
	if err := who.May(access.ViewISMS); err != nil {
		return f, err
	}
	return f, s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		o, err := findEntry[Objective](ctx, tx, who.Org(), ObjectiveRegister, code)
		if err != nil {
			return err
		}
		list, err := readTracks(ctx, tx, who.Org(), o.ID, now)
		if err != nil {
			return err
		}
		f.Track = list[0]
		measures, err := readMeasures(ctx, tx, who.Org(), o.ID)
		if err != nil {
			return err
		}
		f.Measures = measures[o.ID]
		slices.SortStableFunc(f.Measures, func(a, b Measure) int { return b.At.Compare(a.At) })
		versions, err := readEntryVersions[Objective](ctx, tx, who.Org(), ObjectiveRegister, o.ID)
		if err != nil {
			return err
		}
		f.Past = entryPast(versions)
		duties, err := people.ReadDuties(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		today, err := people.Today(ctx, tx, who.Org(), now)
		f.Holders = o.holders(duties, today)
		return err
	})
}

// holders are the persons who answer for an objective on a day.
func (o Objective) holders(d *people.Duties, on cadence.Date) []string {
	if o.Owner != "" {
		return []string{o.Owner}
	}
	return d.Holders(o.OwnerRole, on)
}

// PutObjective enters an objective, or changes the one whose ID is set. A new target
// or interval holds from now on: periods that are over are held against the one they
// had. Without a first day a change leaves it as it is.
func (s *Store) PutObjective(ctx context.Context, who access.Actor, o Objective, now time.Time) (Objective, error) {
	return putEntry(ctx, s, who, ObjectiveRegister, o, now, func(ctx context.Context, tx *db.Tx, o Objective, today cadence.Date) (Objective, error) {
		if o.ID == "" {
			return o.checked(ctx, tx, who.Org(), today)
		}
		versions, err := readEntryVersions[Objective](ctx, tx, who.Org(), ObjectiveRegister, o.ID)
		if err != nil {
			return o, err
		}
		was := versions[len(versions)-1].From
		if !o.From.Known() {
			o.From = was
		}
		moved := o.From != was
		if o, err = o.checked(ctx, tx, who.Org(), today); err != nil || !moved {
			return o, err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return o, err
		}
		return o, o.checkFrom(versions, zones, today)
	})
}

// SeedObjectives enters those of the objectives that ship whose codes are named.
// They are measured from the period of today on.
func (s *Store) SeedObjectives(ctx context.Context, who access.Actor, codes []string, now time.Time) (int, error) {
	return seedEntries(ctx, s, who, ObjectiveRegister, codes, ShippedObjectives(), func(o *Objective) string { return o.Seed }, func(o *Objective, today cadence.Date) { o.From = today }, now)
}

// measureFact is what the log says of a measure.
type measureFact struct {
	Objective string       `json:"objective"`
	From      string       `json:"from"`
	To        string       `json:"to"`
	Known     MeasureKnown `json:"known"`
	Value     float64      `json:"value"`
	Num       int          `json:"num"`
	Den       int          `json:"den"`
	Source    string       `json:"source"`
	Item      string       `json:"item"`
	Words     string       `json:"words"`
}

// keepMeasure writes a measure and its leaf.
func (s *Store) keepMeasure(ctx context.Context, tx *db.Tx, org string, m Measure) error {
	salt := ledger.Salt()
	_, err := tx.Exec(ctx, `INSERT INTO isms_measure (org, id, objective, from_day, to_day, known, value, num, den, source, item, words, at, account, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		org, m.ID, m.Objective, int64(m.Days.From), int64(m.Days.To), string(m.Known), m.Value, m.Num, m.Den, m.Source, m.Item, m.Words, db.Micros(m.At), m.By, salt)
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, tx, ledger.Leaf{Org: org, At: m.At, Actor: m.By, Kind: "isms.measure", ID: m.ID, Salt: salt,
		Payload: measureFact{m.Objective, m.Days.From.String(), m.Days.To.String(), m.Known, m.Value, m.Num, m.Den, m.Source, m.Item, m.Words}})
}

// HandMeasure is what a person found.
type HandMeasure struct {
	Objective string       // code or id
	On        cadence.Date // a day of the period
	Known     MeasureKnown
	Value     float64 // of a count or a length of time
	Num, Den  int     // of a share; both 0 when only Value is known
	Item      string  // id of the evidence it was read from
	Words     string
}

// Measure enters the value of a period by hand. It needs the evidence it was read
// from, or, where there is no value, the reason. A period measured before keeps that
// measure in its history.
func (s *Store) Measure(ctx context.Context, who access.Actor, h HandMeasure, now time.Time) (Measure, error) {
	m := Measure{Known: h.Known, Num: -1, Den: -1, By: who.Account(), ByName: who.Name(), At: entryMoment(now), Item: h.Item}
	if err := who.May(access.ManageISMS); err != nil {
		return m, err
	}
	return m, s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		o, err := findEntry[Objective](ctx, tx, who.Org(), ObjectiveRegister, h.Objective)
		if err != nil {
			return err
		}
		zones, err := access.Days(ctx, tx, who.Org())
		if err != nil {
			return err
		}
		versions, err := readEntryVersions[Objective](ctx, tx, who.Org(), ObjectiveRegister, o.ID)
		if err != nil {
			return err
		}
		if m.Days, err = periodOf(versions, zones, h.On, zones.DateOf(m.At)); err != nil {
			return err
		}
		if m.Words, err = db.Prose("words", "The remark", h.Words, maxEntryText); err != nil {
			return err
		}
		if err := m.fill(o, h); err != nil {
			return err
		}
		if m.Known == Valued {
			there, err := evidence.Exists(ctx, tx, who.Org(), m.Item)
			if err != nil {
				return err
			}
			if !there {
				return problem.Field("item", "Name the evidence the value was read from: file it in the library and copy its id.")
			}
		} else {
			m.Item = ""
		}
		m.ID, m.Objective = newID(), o.ID
		if err := s.keepMeasure(ctx, tx, who.Org(), m); err != nil {
			return err
		}
		return s.settleMeasureTask(ctx, tx, who.Org(), who.Account(), o, m.At)
	})
}

// fill takes over what a person found.
func (m *Measure) fill(o Objective, h HandMeasure) error {
	switch h.Known {
	case Valued:
	case Nothing, NoValue:
		if m.Words == "" {
			return problem.Field("words", "Say why there is no value.")
		}
		return nil
	default:
		return problem.Field("known", "Say whether there is a value.")
	}
	if o.Unit != "percent" || h.Num == 0 && h.Den == 0 {
		if math.IsNaN(h.Value) || math.Abs(h.Value) > 1e9 || o.Unit == "percent" && (h.Value < 0 || h.Value > 100) {
			return problem.Field("value", "This is no value in "+o.Unit+". Write a number.")
		}
		m.Value = h.Value
		return nil
	}
	if h.Den < 1 || h.Num < 0 || h.Num > h.Den || h.Den > 1e9 {
		return problem.Field("num", "A share is so many of so many, such as 48 of 50. Where there was nothing to count, say so instead.")
	}
	m.Num, m.Den, m.Value = h.Num, h.Den, 100*float64(h.Num)/float64(h.Den)
	return nil
}

// TakeObjective takes the live figure of the last period that is over and has none.
// A figure that is a snapshot can be taken until a week after the end only: later it
// would be the value of another day.
func (s *Store) TakeObjective(ctx context.Context, who access.Actor, code string, now time.Time) (Measure, error) {
	if err := who.May(access.ManageISMS); err != nil {
		return Measure{}, err
	}
	now = entryMoment(now)
	var t Track
	var zones cadence.Zones
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) error {
		o, err := findEntry[Objective](ctx, tx, who.Org(), ObjectiveRegister, code)
		if err != nil {
			return err
		}
		list, err := readTracks(ctx, tx, who.Org(), o.ID, now)
		if err != nil {
			return err
		}
		t = list[0]
		zones, err = access.Days(ctx, tx, who.Org())
		return err
	})
	if err != nil {
		return Measure{}, err
	}
	open := t.open(zones.DateOf(now), true)
	if len(open) == 0 {
		return Measure{}, problem.New(problem.Conflict, "%s has no period that can be read live now: each is measured, still running, or over for so long that the figure of today would say nothing of it. Measure by hand where you know the value.", t.Objective.Code)
	}
	return s.take(ctx, who.Org(), &who, t.Objective, open[len(open)-1], now)
}

// open returns the periods whose live figure can be taken today, the oldest first.
// by is true when a person takes it.
func (t Track) open(today cadence.Date, by bool) []cadence.Days {
	src, ok := FindSource(t.Objective.Source)
	if !ok || t.Objective.Retired != "" || src.Asks && !by {
		return nil
	}
	var out []cadence.Days
	for _, p := range t.Periods {
		over := today > p.Days.To
		switch {
		case p.Measure != nil && p.Measure.Known != NoValue || !over:
		case src.Wait > 0 && today < p.Days.To+cadence.Date(src.Wait):
		case src.Wait > 0 && p.Measure != nil && !by: // it was looked, and there was nothing
		case src.Wait == 0 && (today > p.Days.To+measureDays || p.Measure != nil && !by):
		default:
			out = append(out, p.Days)
		}
	}
	return out
}

// take reads a live figure and keeps it.
func (s *Store) take(ctx context.Context, org string, who *access.Actor, o Objective, days cadence.Days, now time.Time) (Measure, error) {
	f, err := s.figures(ctx, org, who, o.Source, days, now)
	if err != nil {
		return Measure{}, err
	}
	taken := TakeFigure(o.Source, f)
	m := Measure{ID: newID(), Objective: o.ID, Days: days, Known: taken.Known, Value: taken.Value, Num: taken.Num, Den: taken.Den, Source: o.Source, Words: taken.Words, At: now}
	if who != nil {
		m.By, m.ByName = who.Account(), who.Name()
	}
	p := db.Jobs
	if who != nil {
		p = db.People
	}
	return m, s.DB.Write(ctx, org, p, func(ctx context.Context, tx *db.Tx) error {
		have, err := readMeasures(ctx, tx, org, o.ID)
		if err != nil {
			return err
		}
		for _, x := range have[o.ID] {
			if x.Days == days && (x.Known != NoValue || who == nil) {
				return nil // somebody was faster
			}
		}
		if err := s.keepMeasure(ctx, tx, org, m); err != nil {
			return err
		}
		return s.settleMeasureTask(ctx, tx, org, m.By, o, now)
	})
}
