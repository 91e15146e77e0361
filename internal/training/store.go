package training

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
)

// Config is what a store is made of.
type Config struct {
	DB       *db.DB
	Log      *ledger.Log
	People   *people.Store
	Evidence *evidence.Store
	Base     string // address of the server, without a slash at its end; it stands on certificates
}

// Store keeps settings, completions, resets and attempts. It is safe for
// concurrent use.
type Store struct {
	db       *db.DB
	log      *ledger.Log
	people   *people.Store
	evidence *evidence.Store
	base     string
}

// New returns a store.
func New(c Config) *Store { return &Store{c.DB, c.Log, c.People, c.Evidence, c.Base} }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// moment is a time as the tables hold it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// known is what may be compared with an id of ours, or "".
func known(id string) string {
	if _, err := uuid.Parse(id); err != nil {
		return ""
	}
	return id
}

func orNull(id string) sql.NullString { return sql.NullString{String: id, Valid: id != ""} }

const recordKind = "training-record" // of the vocabulary of evidence kinds

const settingColumns = `track, method, link, provider, reason, renewal, month, day, due_days, at, account`

// settingsAt reads the settings made up to a moment, the oldest first.
func settingsAt(ctx context.Context, tx *db.Tx, org string, now time.Time) (map[Track][]Setting, error) {
	rows, err := tx.Query(ctx, `SELECT `+settingColumns+` FROM training_setting WHERE org = $1 AND at <= $2 ORDER BY at, id`, org, db.Micros(now))
	if err != nil {
		return nil, err
	}
	out := map[Track][]Setting{}
	err = db.Each(rows, func(scan func(...any) error) error {
		var s Setting
		var at int64
		err := scan(&s.Track, &s.Method, &s.Link, &s.Provider, &s.Reason, &s.Renewal.Kind, &s.Renewal.Month, &s.Renewal.Day, &s.DueDays, &at, &s.By)
		s.At = db.Time(at)
		out[s.Track] = append(out[s.Track], s)
		return err
	})
	return out, err
}

// available reads how each track runs at a moment whose framework is followed; an
// organisation may have opted out of it.
func available(ctx context.Context, tx *db.Tx, org string, now time.Time) (map[Track]Regime, error) {
	settings, err := settingsAt(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	zones, err := access.Days(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	followed, err := crosswalk.Followed(ctx, tx, org, now)
	if err != nil {
		return nil, err
	}
	var created int64
	if err := tx.QueryRow(ctx, `SELECT created_at FROM organisation WHERE id = $1`, org).Scan(&created); err != nil {
		return nil, err
	}
	out := map[Track]Regime{}
	for _, t := range Tracks() {
		if on, ok := t.on(followed, db.Time(created)); ok {
			out[t] = regime(t, settings[t], on, zones)
		}
	}
	return out, nil
}

// regimes are the tracks that are asked of people: those available that nobody
// opted out of.
func regimes(ctx context.Context, tx *db.Tx, org string, now time.Time) (map[Track]Regime, error) {
	out, err := available(ctx, tx, org, now)
	for t, r := range out {
		if r.Method == OptedOut {
			delete(out, t)
		}
	}
	return out, err
}

// regime puts the settings of a track together, the oldest first.
func regime(t Track, list []Setting, on time.Time, zones cadence.Zones) Regime {
	r := Regime{Setting: Default(t), On: on, Zones: zones}
	for _, s := range list {
		if s.Renewal != r.Renewal {
			r.RenewsFrom = s.At
		}
		if r.Method == OptedOut && s.Method != OptedOut && s.At.After(r.On) {
			r.On = s.At
		}
		r.Before = append(r.Before, r.Setting)
		r.Setting = s
	}
	return r
}

// frameworks are the families that bring a track into use; none: it always is.
func (t Track) frameworks() []string {
	switch t {
	case HIPAA:
		return []string{"hipaa"}
	case AI:
		return []string{"nist-ai-rmf", "iso42001"}
	}
	return nil
}

// on says whether the frameworks that are followed bring the track into use, and
// since when.
func (t Track) on(followed map[string]time.Time, always time.Time) (time.Time, bool) {
	families := t.frameworks()
	if families == nil {
		return always, true
	}
	var since time.Time
	for id, at := range followed {
		if slices.ContainsFunc(families, func(f string) bool { return id == f || len(id) > len(f) && id[:len(f)+1] == f+"-" }) && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	return since, !since.IsZero()
}

// Tracks returns the tracks that are asked of people at a moment. One that an
// organisation opted out of is not named, here or anywhere else.
func (s *Store) Tracks(ctx context.Context, who access.Actor, now time.Time) ([]Track, error) {
	if err := who.May(access.OwnTasks); err != nil {
		return nil, err
	}
	var out []Track
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = On(ctx, tx, who.Org(), now)
		return err
	})
	return out, err
}

// On is Tracks in the caller's transaction.
func On(ctx context.Context, tx *db.Tx, org string, now time.Time) ([]Track, error) {
	rs, err := regimes(ctx, tx, org, now)
	var out []Track
	for _, t := range Tracks() {
		if _, ok := rs[t]; ok {
			out = append(out, t)
		}
	}
	return out, err
}

const completionColumns = `id, person, track, method, course, version, score, at, heard_at, source, coalesce(evidence, ''), code`

// histories reads what is known up to a moment, of one person or of all, by track
// and person.
func histories(ctx context.Context, tx *db.Tx, org, person string, now time.Time) (map[Track]map[string]*History, error) {
	out := map[Track]map[string]*History{}
	for _, t := range Tracks() {
		out[t] = map[string]*History{}
	}
	of := func(t Track, id string) *History {
		if out[t] == nil {
			out[t] = map[string]*History{}
		}
		h := out[t][id]
		if h == nil {
			h = &History{Person: id}
			out[t][id] = h
		}
		return h
	}
	where, args := ` WHERE org = $1`, []any{org}
	if person != "" {
		where, args = where+` AND person = $2`, append(args, person)
	}
	fates, err := evidence.Fates(ctx, tx, org, recordKind)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT `+completionColumns+` FROM training_completion`+where, args...)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		c, err := scanCompletion(scan)
		if err == nil && !c.HeardAt.After(now) {
			c.judge(fates)
			h := of(c.Track, c.Person)
			h.Completions = append(h.Completions, c)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT id, person, track, at, account, reason, due FROM training_reset`+where+` ORDER BY at, id`, args...)
	if err != nil {
		return nil, err
	}
	err = db.Each(rows, func(scan func(...any) error) error {
		var x Reset
		var at int64
		err := scan(&x.ID, &x.Person, &x.Track, &at, &x.By, &x.Reason, &x.Due)
		x.At = db.Time(at)
		h := of(x.Track, x.Person)
		h.Resets = append(h.Resets, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT person, track, connection, state, reason, at FROM training_known`+where, args...)
	if err != nil {
		return nil, err
	}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var k Known
		var t Track
		var at int64
		err := scan(&k.Person, &t, &k.Connection, &k.State, &k.Reason, &at)
		k.At = db.Time(at)
		h := of(t, k.Person)
		h.Known = append(h.Known, k)
		return err
	})
}

func scanCompletion(scan func(...any) error) (Completion, error) {
	var c Completion
	var at, heard int64
	err := scan(&c.ID, &c.Person, &c.Track, &c.Method, &c.Course, &c.Version, &c.Score, &at, &heard, &c.Source, &c.Evidence, &c.Code)
	c.At, c.HeardAt = db.Time(at), db.Time(heard)
	return c, err
}

// judge looks what became of the item that shows a completion. A certificate that
// Toucan made is only a copy of what it knows, so its erasure takes nothing away.
func (c *Completion) judge(fates map[string]evidence.Fate) {
	for id, n := c.Evidence, 0; id != "" && n < 100; n++ {
		f, gone := fates[id]
		if !gone {
			c.Evidence = id
			return
		}
		if f.Next != "" {
			id = f.Next
			continue
		}
		if f.Erased && c.Method != ByPerson && c.Method != ByOrganiser && c.Method != ExternalLink {
			return
		}
		c.VoidAt, c.VoidWhy = f.At, f.Why
		return
	}
}

// book is what the rules need of an organisation at a moment.
type book struct {
	roster    *people.Roster
	regimes   map[Track]Regime
	histories map[Track]map[string]*History
	now       time.Time
	today     cadence.Date // once it was asked for
}

func read(ctx context.Context, tx *db.Tx, org, person string, now time.Time) (*book, error) {
	roster, err := people.ReadRoster(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	return readWith(ctx, tx, org, person, roster, now)
}

// readWith is read with a register that is read already.
func readWith(ctx context.Context, tx *db.Tx, org, person string, roster *people.Roster, now time.Time) (*book, error) {
	b := &book{roster: roster, now: now}
	var err error
	if b.regimes, err = regimes(ctx, tx, org, now); err != nil {
		return nil, err
	}
	b.histories, err = histories(ctx, tx, org, person, now)
	return b, err
}

// day is the present day.
func (b *book) day() cadence.Date {
	if b.today.Known() {
		return b.today
	}
	b.today = cadence.DateOf(b.now, time.UTC)
	for _, r := range b.regimes {
		b.today = r.Zones.DateOf(b.now)
		break
	}
	return b.today
}

// of is what is known of a person, joined with the register.
func (b *book) of(t Track, person string) History {
	h := History{Person: person}
	if x := b.histories[t][person]; x != nil {
		h = *x
	}
	h.Start = b.roster.StartOf(person, b.day())
	h.Leaves = slices.DeleteFunc(b.roster.Spans(person), func(s people.Span) bool { return s.Kind != people.Leave })
	return h
}

// asked reports whether anything is asked of the person on the day: whoever is on
// leave is asked, and waits.
func asked(s people.Status) bool { return s == people.Current || s == people.OnLeave }

// standings says how everybody stands with the tracks in use.
func (b *book) standings() []people.Standing {
	all, day := b.roster.All(), b.day()
	out := make([]people.Standing, 0, len(all)*len(b.regimes))
	for _, t := range Tracks() {
		r, on := b.regimes[t]
		if !on {
			continue
		}
		alike := map[cadence.Date]people.Standing{} // of people of whom no more is known than their first day
		for _, p := range all {
			st := b.roster.StatusOn(p.ID, day)
			if !asked(st) {
				out = append(out, people.Standing{Person: p.ID, Check: t.Check(), State: people.NotAsked, Reason: unasked(st)})
				continue
			}
			h := b.of(t, p.ID)
			if !h.blank() {
				out = append(out, r.Standing(h, b.now))
				continue
			}
			s, ok := alike[h.Start]
			if !ok {
				s = r.Standing(h, b.now)
				alike[h.Start] = s
			}
			s.Person = p.ID
			out = append(out, s)
		}
	}
	return out
}

func unasked(s people.Status) string {
	switch s {
	case people.Future:
		return "Has not begun yet."
	case people.Former:
		return "Does not work here any more."
	case people.OutOfScope:
		return "Is not part of the programme."
	}
	return "Is not a person."
}

// Standings says how everybody of the register stands with the tracks in use, in
// the caller's transaction. A track that is not in use has none.
func (s *Store) Standings(ctx context.Context, tx *db.Tx, org string, roster *people.Roster, now time.Time) ([]people.Standing, error) {
	b, err := readWith(ctx, tx, org, "", roster, now)
	if err != nil {
		return nil, err
	}
	return b.standings(), nil
}

// HistoryOf is all that is known of one person.
type HistoryOf struct {
	Standings   []people.Standing // of the tracks in use
	Completions []Completion      // of all tracks, the newest first
	Resets      []Reset           // the newest first
	Known       map[Track][]Known
}

// HistoryOf returns the training of one person, for whoever may see it and for the
// person. What belongs to a track that the organisation opted out of is left out.
func (s *Store) HistoryOf(ctx context.Context, who access.Actor, person string, now time.Time) (HistoryOf, error) {
	out := HistoryOf{Known: map[Track][]Known{}}
	if !who.Can(access.ViewTraining) && !who.Can(access.OwnTasks) {
		return out, who.May(access.ViewTraining)
	}
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		if !who.Can(access.ViewTraining) {
			own, err := s.people.PersonOf(ctx, tx, who.Org(), who.Account())
			if err != nil {
				return err
			}
			if own == "" || own != person {
				return who.May(access.ViewTraining)
			}
		}
		b, err := read(ctx, tx, who.Org(), known(person), now)
		if err != nil {
			return err
		}
		p, ok := b.roster.Person(person)
		if !ok {
			return errNobody()
		}
		for _, t := range Tracks() {
			r, on := b.regimes[t]
			if !on {
				continue
			}
			h := b.of(t, p.ID)
			if st := b.roster.StatusOn(p.ID, b.day()); asked(st) {
				out.Standings = append(out.Standings, r.Standing(h, now))
			} else {
				out.Standings = append(out.Standings, people.Standing{Person: p.ID, Check: t.Check(), State: people.NotAsked, Reason: unasked(st)})
			}
			out.Completions = append(out.Completions, h.Completions...)
			out.Resets = append(out.Resets, h.Resets...)
			out.Known[t] = h.Known
		}
		slices.SortFunc(out.Completions, func(a, b Completion) int { return b.At.Compare(a.At) })
		slices.SortFunc(out.Resets, func(a, b Reset) int { return b.At.Compare(a.At) })
		return nil
	})
	return out, err
}

// person is whom an account is, or a problem that says what to do.
func (s *Store) person(ctx context.Context, tx *db.Tx, who access.Actor) (string, error) {
	id, err := s.people.PersonOf(ctx, tx, who.Org(), who.Account())
	if err == nil && id == "" {
		err = errUnlinked()
	}
	return id, err
}
