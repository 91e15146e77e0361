package training

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/people"
)

// Progress is how the people who are asked stand with a track.
type Progress struct {
	Track   Track
	Setting Setting
	Counts  map[people.State]int // of all who are asked, excluded and on leave
	Rows    []Line               // those the filter chooses, by name
	Total   int                  // of them, beyond the limit too
	Warn    []string             // what needs somebody's eye
}

// Line is one person of a progress list.
type Line struct {
	Person    people.Person
	Standing  people.Standing
	State     people.State // as it is shown: excluded and on leave are laid over
	Exclusion people.Exclusion
	Last      Completion // the newest that stands, of whatever round
}

// Pick chooses lines; an empty field chooses all.
type Pick struct {
	State  people.State
	Text   string // in name or e-mail address, in whatever case
	Offset int
	Limit  int // 50 unless said; at most 500, or AllLines
}

// AllLines as the limit leaves nobody out, for a file.
const AllLines = -1

// ProgressOf returns how people stand with a track, for a page.
func (s *Store) ProgressOf(ctx context.Context, who access.Actor, t Track, f Pick, now time.Time) (Progress, error) {
	out := Progress{Track: t, Counts: map[people.State]int{}}
	if err := who.May(access.ViewTraining); err != nil {
		return out, err
	}
	var b *book
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		b, err = read(ctx, tx, who.Org(), "", now)
		return err
	})
	if err != nil {
		return out, err
	}
	r, on := b.regimes[t]
	if !on {
		return out, errOff(t)
	}
	out.Setting = r.Setting
	text := strings.ToLower(strings.TrimSpace(f.Text))
	switch {
	case f.Limit == AllLines:
		f.Limit = len(b.roster.All())
	case f.Limit <= 0 || f.Limit > 500:
		f.Limit = 50
	}
	for _, p := range b.roster.All() {
		st := b.roster.StatusOn(p.ID, b.day())
		if !asked(st) {
			continue
		}
		l := b.line(r, p, st)
		out.Counts[l.State]++
		if f.State != "" && l.State != f.State || text != "" && !strings.Contains(strings.ToLower(p.Name), text) && !strings.Contains(p.Email, text) {
			continue
		}
		if out.Total >= f.Offset && len(out.Rows) < f.Limit {
			out.Rows = append(out.Rows, l)
		}
		out.Total++
	}
	out.Warn = r.eye(out.Counts, now)
	return out, nil
}

// line is one person of the list.
func (b *book) line(r Regime, p people.Person, st people.Status) Line {
	h := b.of(r.Track, p.ID)
	l := Line{Person: p, Standing: r.Standing(h, b.now)}
	l.State = l.Standing.State
	for _, c := range h.Completions {
		if c.stands(b.now) && !c.At.After(b.now) && c.At.After(l.Last.At) {
			l.Last = c
		}
	}
	if x, ok := b.roster.Excluded(p.ID, r.Track.Check(), b.now); ok {
		l.State, l.Exclusion = people.Excluded, x
	} else if st == people.OnLeave {
		l.State = people.Paused
	}
	return l
}

// eye is what needs somebody's eye: mistakes that show only once time has passed.
func (r Regime) eye(counts map[people.State]int, now time.Time) []string {
	var out []string
	open := counts[people.Due] + counts[people.Missing] + counts[people.Unclear]
	if r.Method == ByOrganiser && open > 0 {
		out = append(out, "Certificates are filed by an administrator here: "+count(open, "person has", "people have")+" none, and nobody of them is asked for it.")
	}
	if n := counts[people.Unclear]; n > 0 {
		out = append(out, "What the provider says of "+count(n, "person", "people")+" cannot be read. They do not count as done; look at the reason beside each.")
	}
	if r.Method == Connected && open > 0 && counts[people.Done] == 0 && now.Sub(r.At) > 7*24*time.Hour {
		out = append(out, "Nobody is done, a week after the provider was chosen. Check that the right trainings are selected and that people are enrolled in them.")
	}
	return out
}

// states in the order a page shows them.
var states = []people.State{people.Missing, people.Unclear, people.Due, people.Done, people.Excluded, people.Paused}

// States returns the states a person who is asked can be in, the urgent ones first.
func States() []people.State { return slices.Clone(states) }
