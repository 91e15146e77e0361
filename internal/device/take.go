package device

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Word is what a source other than our agent says of a machine.
type Word struct {
	Kind       SourceKind // osquery, Fleet, Intune or Jamf
	Connection string     // id of the connection it came by; empty for osquery
	Key        string     // what the source calls the machine; only a keyed hash of it is stored
	Platform   wire.Platform
	Owner      string        // person of the register; empty: the source does not know
	SeenAt     time.Time     // when the source heard of the machine; zero or later than now: now
	Results    []wire.Result // at most one of each check, the others grow old as they are; none: all is as it was
}

// Taken says what became of words.
type Taken struct {
	Created int // devices that were not known
	Changed int // words that brought something new of a device
	Quiet   int // words that brought nothing new
	Devices []string
}

// MaxWords is how many words are taken at once.
const MaxWords = 500

// check refuses what no source may say.
func (w Word) check(i int) error {
	field := fmt.Sprintf("words[%d]", i)
	switch {
	case !slices.Contains([]SourceKind{Osquery, Fleet, Intune, Jamf}, w.Kind):
		return problem.Field(field, "This kind of source is not one that hands in words.")
	case w.Key == "" || len(w.Key) > 500:
		return problem.Field(field, "A machine has to be named, in up to 500 bytes.")
	case !slices.Contains(wire.Platforms(), w.Platform):
		return problem.Field(field, "This platform does not exist.")
	}
	for n, r := range w.Results {
		fits := r.Reason == "" && r.Verdict == wire.Pass || r.Reason != "" && r.Reason.Fits(r.Check, r.Verdict)
		if !fits || !slices.Contains(wire.Checks(), r.Check) || !slices.Contains(wire.Verdicts(), r.Verdict) ||
			slices.ContainsFunc(w.Results[:n], func(x wire.Result) bool { return x.Check == r.Check }) {
			return problem.Field(field, "A result is not one of the closed lists, or a check stands twice.")
		}
	}
	return nil
}

// errNews says that words bring something new, so that a quiet transaction will not do.
var errNews = errors.New("device: words with news")

// Take keeps what other sources say, all of it or nothing: machines they name first
// become devices, and what changes is told to results in the same transaction.
func (s *Store) Take(ctx context.Context, who access.Actor, words []Word, now time.Time) (Taken, error) {
	if err := who.May(access.ReportDevices); err != nil {
		return Taken{}, err
	}
	if len(words) > MaxWords {
		return Taken{}, problem.Field("words", fmt.Sprintf("At most %d words are taken at once. Hand them in in parts.", MaxWords))
	}
	for i, w := range words {
		if err := w.check(i); err != nil {
			return Taken{}, err
		}
	}
	if len(words) == 0 {
		return Taken{}, nil
	}
	t := &taking{s: s, org: who.Org(), words: words, now: now.UTC().Truncate(time.Microsecond)}
	err := s.DB.Note(ctx, t.org, db.Devices, func(ctx context.Context, tx *db.Tx) error { return t.run(ctx, tx, true) })
	if errors.Is(err, errNews) {
		err = s.DB.Write(ctx, t.org, db.Devices, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Revision(ctx, t.org); err != nil {
				return err
			}
			return t.run(ctx, tx, false)
		})
	}
	if err != nil {
		return Taken{}, err
	}
	s.count.words.Add(int64(len(words)))
	return t.out, nil
}

// taking is one call of Take.
type taking struct {
	s     *Store
	org   string
	words []Word
	now   time.Time
	out   Taken

	byRef map[string]string // device, by kind, connection and ref
	facts map[string]*facts
	late  map[*facts]int // moments of the past that were told of
}

func refKey(kind SourceKind, connection, ref string) string {
	return string(kind) + "\n" + connection + "\n" + ref
}

func (t *taking) run(ctx context.Context, tx *db.Tx, quiet bool) error {
	t.out = Taken{Devices: make([]string, len(t.words))}
	if err := t.find(ctx, tx); err != nil {
		return err
	}
	b := &batch{s: t.s, org: t.org, now: t.now}
	var list []*facts
	for i, w := range t.words {
		ref := t.s.ref(t.org, w.Kind, w.Connection, w.Key)
		id := t.byRef[refKey(w.Kind, w.Connection, ref)]
		f := t.facts[id]
		if f == nil && quiet {
			return errNews
		}
		if f == nil {
			var err error
			if f, err = t.create(ctx, tx, w, ref); err != nil {
				return err
			}
			list = append(list, f)
		}
		t.out.Devices[i] = f.id
		news := t.enter(b, f, w, ref)
		if !news {
			t.out.Quiet++
			continue
		}
		if quiet {
			return errNews
		}
		t.out.Changed++
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	if quiet {
		return t.touch(ctx, tx)
	}
	for _, f := range list { // with the last word of each: it holds from now on
		if f.state == InUse {
			b.tell(f, f.tell(db.Micros(t.now), 0))
		}
	}
	for _, f := range t.facts { // those that were only seen
		if !slices.Contains(list, f) {
			list = append(list, f)
		}
	}
	return b.store(ctx, tx, list)
}

// find reads the devices the words are about.
func (t *taking) find(ctx context.Context, tx *db.Tx) error {
	t.byRef, t.facts, t.late = map[string]string{}, map[string]*facts{}, map[*facts]int{}
	var ids []string
	for part := range slices.Chunk(t.words, chunk) {
		args := []any{t.org}
		var places []string
		for _, w := range part {
			args = append(args, string(w.Kind), w.Connection, t.s.ref(t.org, w.Kind, w.Connection, w.Key))
			places = append(places, fmt.Sprintf("(CAST($%d AS TEXT), CAST($%d AS TEXT), CAST($%d AS TEXT))", len(args)-2, len(args)-1, len(args)))
		}
		err := query(ctx, tx, `SELECT s.device, s.kind, s.connection, s.ref FROM (VALUES `+strings.Join(places, ", ")+`) AS v CROSS JOIN device_source s
			WHERE s.org = $1 AND s.kind = v.column1 AND s.connection = v.column2 AND s.ref = v.column3 AND s.ref <> ''`, args, func(scan func(...any) error) error {
			var device, connection, ref string
			var kind SourceKind
			err := scan(&device, &kind, &connection, &ref)
			t.byRef[refKey(kind, connection, ref)] = device
			ids = append(ids, device)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	list, err := load(ctx, tx, t.org, ids, true, t.now)
	for _, f := range list {
		t.facts[f.id] = f
	}
	return err
}

// create makes the device a source names first.
func (t *taking) create(ctx context.Context, tx *db.Tx, w Word, ref string) (*facts, error) {
	f, err := t.s.create(ctx, tx, t.org, w.Platform, w.Owner, t.now)
	if err != nil {
		return nil, err
	}
	f.sources = []*source{{kind: w.Kind, connection: w.Connection, ref: ref, isNew: true}}
	t.byRef[refKey(w.Kind, w.Connection, ref)], t.facts[f.id] = f.id, f
	t.out.Created++
	return f, t.s.event(ctx, tx, t.org, "", event{device: f.id, kind: evFound, person: w.Owner}, t.now)
}

// enter enters one word and reports whether it brings something new.
func (t *taking) enter(b *batch, f *facts, w Word, ref string) bool {
	i := slices.IndexFunc(f.sources, func(s *source) bool { return s.kind == w.Kind && s.connection == w.Connection && s.ref == ref })
	from := f.sources[i]
	now := db.Micros(t.now)
	at, was, fresh := now, slices.Clone(from.words), from.seen != 0 && from.seen+staleAfter > now
	if !w.SeenAt.IsZero() {
		at = min(at, db.Micros(w.SeenAt.UTC()))
	}
	if at < from.seen { // it was buffered, and something newer came before it
		return from.isNew
	}
	heard := from.seen
	back := from.hearSome(w.Results, at, now)
	changed := !same(from.words, was)
	from.isTouched, from.isChanged = true, true
	if w.Kind == Osquery && at > heard && f.past(from, at, now) && t.late[f] < lateMost { // the others hand in how it is now, whenever they heard of the machine
		list := f.tell(at, lateSlack)
		for _, end := range f.waiversOver(at, now) { // and what it means once an exception counts no more
			list = append(list, f.tell(end, lateSlack)...)
		}
		if len(list) > 0 {
			t.late[f]++
			b.tell(f, list)
			return true
		}
	}
	return from.isNew || changed || back || !fresh && from.seen+staleAfter > now
}

// What a source said while the server could not be reached.
const (
	lateAfter = 10 * time.Minute // what comes sooner is told of as of when it came
	lateMost  = 64               // moments of one device that are told of at once, as many as a delivery of our agent has
)

// lateSlack is within which time before it lapses something is told of again: what was
// said while nobody heard it is proof of that time.
var lateSlack = staleAfter * 6 / 7

// past reports whether what a source said at a moment can be told of as of that moment:
// the device was there and in use, and nobody else spoke of it since. What the others
// had said before that is not kept, and without it nobody can say what counted then.
func (f *facts) past(from *source, at, now int64) bool {
	if now-at < lateAfter.Microseconds() || f.state != InUse || at <= max(f.createdAt, f.stateAt) {
		return false
	}
	for _, s := range f.sources {
		if s != from && s.seen > at {
			return false
		}
	}
	return true
}

// hearSome enters what a source says of some checks, heard at a moment, and reports
// whether any of it had lapsed before and counts again. A check that is not among them
// lapses as it would have, so that a source that goes on about others does not keep it.
func (s *source) hearSome(list []wire.Result, at, now int64) (back bool) {
	for i, w := range s.words {
		switch {
		case len(list) == 0 && w.until > now:
			s.words[i].until = at + staleAfter
		case len(list) != 0 && w.until == 0:
			s.words[i].until = s.seen + staleAfter
		}
	}
	s.seen = at
	for _, r := range list {
		n := slices.IndexFunc(s.words, func(x word) bool { return x.Check == r.Check })
		if n < 0 {
			n, s.words = len(s.words), append(s.words, word{})
		} else {
			back = back || s.words[n].until <= now && at+staleAfter > now
		}
		s.words[n] = word{Result: r, until: at + staleAfter}
	}
	slices.SortFunc(s.words, func(a, b word) int {
		return slices.Index(wire.Checks(), a.Check) - slices.Index(wire.Checks(), b.Check)
	})
	return back
}

// touch writes when sources that bring nothing new were heard of, and of what.
func (t *taking) touch(ctx context.Context, tx *db.Tx) error {
	u := &update{table: "device_source", set: "seen_at = v.column4, verdicts = v.column5, touched_at = v.column6", types: []string{"TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "BIGINT"},
		where: "device_source.device = v.column1 AND device_source.kind = v.column2 AND device_source.connection = v.column3"}
	for _, f := range t.facts {
		for _, x := range f.sources {
			if x.isTouched {
				u.add(f.id, string(x.kind), x.connection, x.seen, formatWords(x.words), db.Micros(t.now))
			}
		}
	}
	return u.run(ctx, tx, t.org)
}
