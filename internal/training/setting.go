package training

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Methods returns the ways a track can be completed, the one that ships first.
func (t Track) Methods() []Method {
	switch t {
	case HIPAA:
		return []Method{Embedded, Connected, ByOrganiser, OptedOut}
	case AI:
		return []Method{Embedded, Connected, ByPerson, ByOrganiser, ExternalLink}
	}
	return []Method{Embedded, Connected, ByPerson, ByOrganiser}
}

// Label is the method as a page writes it.
func (m Method) Label() string {
	switch m {
	case Embedded:
		return "The course in Toucan"
	case Connected:
		return "A training provider"
	case ByPerson:
		return "Everybody files their own certificate"
	case ByOrganiser:
		return "An administrator files the certificates"
	case ExternalLink:
		return "A course elsewhere, by link"
	case OptedOut:
		return "Not used here"
	}
	return string(m)
}

// asksPerson reports whether the person has something to do.
func (m Method) asksPerson() bool { return m != ByOrganiser && m != OptedOut }

// Files reports whether people file their own certificate.
func (m Method) Files() bool { return m == ByPerson || m == ExternalLink }

// Words is the renewal as a sentence has it.
func (r Renewal) Words() string {
	switch r.Kind {
	case AfterAYear:
		return "12 months after each completion"
	case OnOneDate:
		return fmt.Sprintf("every year on %d %s", r.Day, r.Month)
	}
	return "only when it is reset"
}

// checked returns the setting as it is kept, or an Invalid problem about the first
// field at fault.
func (s Setting) checked() (Setting, error) {
	if !s.Track.Valid() {
		return s, errOff(s.Track)
	}
	if !slices.Contains(s.Track.Methods(), s.Method) {
		return s, problem.Field("method", "Choose one of the ways listed for this training.")
	}
	var err error
	if s.Method != ExternalLink {
		s.Link = ""
	} else if s.Link, err = checkLink(s.Link); err != nil {
		return s, err
	}
	if s.Method != Connected {
		s.Provider = ""
	} else if s.Provider, err = db.Line("provider", "The connection", s.Provider, 64); err != nil {
		return s, err
	}
	if s.Method != OptedOut {
		s.Reason = ""
	} else if s.Reason, err = db.Prose("reason", "The reason", s.Reason, 2000); err != nil {
		return s, err
	} else if s.Reason == "" {
		return s, problem.Field("reason", "Say why this training is not used here. An auditor will ask, and the reason stays in the log.")
	}
	if s.DueDays == 0 {
		s.DueDays = defaultDays
	}
	if s.DueDays < 1 || s.DueDays > 365 {
		return s, problem.Field("due_days", "Give people between 1 and 365 days.")
	}
	s.Renewal, err = s.Renewal.checked()
	return s, err
}

func (r Renewal) checked() (Renewal, error) {
	switch r.Kind {
	case Never, AfterAYear:
		return Renewal{Kind: r.Kind}, nil
	case OnOneDate:
		if r.Month < time.January || r.Month > time.December || r.Day < 1 || r.Day > lastOf(2024, r.Month) {
			return r, problem.Field("renewal_date", "This is no day of a year. It looks like 1 October.")
		}
		return r, nil
	}
	return r, problem.Field("renewal", "Choose how the training is renewed.")
}

func checkLink(link string) (string, error) {
	link, err := db.Line("link", "The link", link, 2000)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Scheme != "https" || u.User != nil {
		return "", problem.Field("link", "The link of the course begins with https:// and holds no password. Copy it from the address bar.")
	}
	return u.String(), nil
}

// same reports whether two settings say the same.
func (s Setting) same(o Setting) bool {
	o.At, o.By, s.At, s.By = time.Time{}, "", time.Time{}, ""
	return s == o
}

// Preview is what a setting would change, to be read before it is saved.
type Preview struct {
	Setting Setting
	Before  Setting
	Flips   []people.Person // completed now, and asked again at once
	Stays   int             // completed now, and it goes on counting
	Open    int             // not completed now; from then on asked in the new way
	Next    cadence.Date    // first day on which everybody is asked again, with one date for all
	Warn    []string        // what often goes wrong with a change like this
}

// Preview says what a setting would change, and changes nothing.
func (s *Store) Preview(ctx context.Context, who access.Actor, next Setting, now time.Time) (Preview, error) {
	if err := who.May(access.ManageTraining); err != nil {
		return Preview{}, err
	}
	next, err := next.checked()
	if err != nil {
		return Preview{}, err
	}
	var out Preview
	err = s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = preview(ctx, tx, who.Org(), next, moment(now))
		return err
	})
	return out, err
}

func preview(ctx context.Context, tx *db.Tx, org string, next Setting, now time.Time) (Preview, error) {
	next.At = now
	p := Preview{Setting: next}
	rs, err := available(ctx, tx, org, now)
	if err != nil {
		return p, err
	}
	before, ok := rs[next.Track]
	if !ok {
		return p, errOff(next.Track)
	}
	p.Before = before.Setting
	after := regime(next.Track, append(slices.Clone(before.Before), before.Setting, next)[1:], before.On, before.Zones)
	b, err := read(ctx, tx, org, "", now)
	if err != nil {
		return p, err
	}
	if next.Renewal.Kind == OnOneDate {
		p.Next = next.Renewal.next(after.Zones.DateOf(now))
	}
	day := b.day()
	for _, who := range b.roster.All() {
		if !asked(b.roster.StatusOn(who.ID, day)) {
			continue
		}
		h := b.of(next.Track, who.ID)
		was, is := before.Cycle(h, now).Done.ID != "", after.Cycle(h, now).Done.ID != ""
		switch {
		case was && !is && next.Method != OptedOut:
			p.Flips = append(p.Flips, who)
		case was:
			p.Stays++
		default:
			p.Open++
		}
	}
	p.Warn = p.warnings()
	return p, nil
}

// warnings are the mistakes that are made often, told before they are made.
func (p Preview) warnings() []string {
	var out []string
	if n := len(p.Flips); n > 0 {
		out = append(out, fmt.Sprintf("%s completed this training more than 12 months ago and will be asked again as soon as you save. Their checks fail once the %d days are over.", count(n, "person", "people"), p.Setting.DueDays))
	}
	if p.Next.Known() {
		out = append(out, fmt.Sprintf("On %s everybody is asked again, also those who completed it shortly before.", dayOf(p.Next)))
	}
	if p.Setting.Method != p.Before.Method && p.Setting.Method != OptedOut {
		out = append(out, fmt.Sprintf("You change the way in the middle of a year. What %s completed goes on counting until it is due again; %s who have not completed it are asked in the new way from now on.", count(p.Stays, "person", "people"), count(p.Open, "person", "people")))
	}
	switch p.Setting.Method {
	case ByOrganiser:
		out = append(out, "People get no task of their own any more: somebody has to file every certificate, for contractors too. You get a task for it, for as long as any is missing.")
	case Connected:
		out = append(out, "Somebody who is enrolled in none of the trainings selected at the provider is never shown as done. Look at “Not enrolled” after the first sync, and reset people here, not at the provider.")
	case OptedOut:
		out = append(out, "Everything about this training disappears from Toucan. The reason stays in the log and here, and an auditor can ask for it.")
	}
	return out
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// settingFact is what the log says of a setting.
type settingFact struct {
	Track    Track       `json:"track"`
	Method   Method      `json:"method"`
	Link     string      `json:"link"`
	Provider string      `json:"provider"`
	Reason   string      `json:"reason"`
	Renewal  RenewalKind `json:"renewal"`
	Month    int         `json:"month"`
	Day      int         `json:"day"`
	DueDays  int         `json:"due_days"`
}

// Change says how a track runs from now on. flips is how many people the preview
// said are asked again at once: when they are others by now, it is a Conflict, so
// that nobody resets a company unseen.
func (s *Store) Change(ctx context.Context, who access.Actor, next Setting, flips int, now time.Time) error {
	if err := who.May(access.ManageTraining); err != nil {
		return err
	}
	next, err := next.checked()
	if err != nil {
		return err
	}
	now = moment(now)
	next.At, next.By = now, who.Account()
	return s.db.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		p, err := preview(ctx, tx, who.Org(), next, now)
		if err != nil {
			return err
		}
		if next.same(p.Before) && !p.Before.At.IsZero() {
			return nil
		}
		if len(p.Flips) != flips {
			return problem.New(problem.Conflict, "%s would be asked again at once, and you were shown %d. Look at the list and save again.", count(len(p.Flips), "person", "people"), flips)
		}
		if err := s.tend(ctx, tx, who.Org(), now); err != nil { // what was due in the old way is written down first
			return err
		}
		id, salt := newID(), ledger.Salt()
		_, err = tx.Exec(ctx, `INSERT INTO training_setting (org, id, track, method, link, provider, reason, renewal, month, day, due_days, at, account, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			who.Org(), id, string(next.Track), string(next.Method), next.Link, next.Provider, next.Reason, string(next.Renewal.Kind), int(next.Renewal.Month), next.Renewal.Day, next.DueDays, db.Micros(now), who.Account(), salt)
		if err != nil {
			return err
		}
		err = s.log.Append(ctx, tx, ledger.Leaf{Org: who.Org(), At: now, Actor: who.Account(), Kind: settingKind, ID: id, Salt: salt,
			Payload: settingFact{next.Track, next.Method, next.Link, next.Provider, next.Reason, next.Renewal.Kind, int(next.Renewal.Month), next.Renewal.Day, next.DueDays}})
		if err != nil {
			return err
		}
		return s.tend(ctx, tx, who.Org(), now)
	})
}

// Chosen is how a track runs, and how it ran before.
type Chosen struct {
	Setting
	Chosen bool      // somebody chose it; otherwise it is what ships
	Before []Setting // the newest first
}

// Settings returns how the tracks run whose framework is followed. One that the
// organisation opted out of is shown to administrators only.
func (s *Store) Settings(ctx context.Context, who access.Actor, now time.Time) ([]Chosen, error) {
	if err := who.May(access.ViewTraining); err != nil {
		return nil, err
	}
	var out []Chosen
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) error {
		rs, err := available(ctx, tx, who.Org(), now)
		if err != nil {
			return err
		}
		for _, t := range Tracks() {
			r, ok := rs[t]
			if !ok || r.Method == OptedOut && !who.Can(access.ManageTraining) {
				continue
			}
			c := Chosen{Setting: r.Setting, Chosen: !r.At.IsZero()}
			for _, b := range slices.Backward(r.Before) {
				if b.Method != OptedOut || who.Can(access.ManageTraining) {
					c.Before = append(c.Before, b)
				}
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}
