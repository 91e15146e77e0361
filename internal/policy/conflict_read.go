package policy

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/task"
)

// Clash is a conflict between two policies in force, with what was decided about it.
type Clash struct {
	Conflict
	Pair     Pair
	Decision *Decision  // the one that holds, or nil
	Reopened bool       // something was decided, and one of the two says something else since
	Earlier  []Decision // all decisions about the pair, the newest first
}

// Settled reports whether a decision about the conflict holds.
func (c Clash) Settled() bool { return c.Decision != nil }

// Conflicts returns the contradictions between the policies in force, and between
// them and the controls whose rhythm is given, those to decide first.
func (s *Store) Conflicts(ctx context.Context, who access.Actor, beats []Beat) ([]Clash, error) {
	if err := who.May(access.ViewPolicies); err != nil {
		return nil, err
	}
	var out []Clash
	err := s.db.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = clashesIn(ctx, tx, who.Org(), beats)
		return err
	})
	return out, err
}

// clashesIn is Conflicts in a transaction.
func clashesIn(ctx context.Context, tx *db.Tx, org string, beats []Beat) ([]Clash, error) {
	docs, err := statingsIn(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	decided, err := readDecisions(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	list := FindConflicts(docs)
	for _, l := range findLoose(docs, beats) {
		list = append(list, l.Conflict())
	}
	out := make([]Clash, 0, len(list))
	for _, c := range list {
		clash := Clash{Conflict: c, Pair: pairOf(c)}
		clash.Earlier = decided[clash.Pair.Key()]
		clash.Decision, clash.Reopened = holding(clash.Earlier, clash.Pair)
		out = append(out, clash)
	}
	slices.SortStableFunc(out, func(a, b Clash) int { return b2i(a.Settled()) - b2i(b.Settled()) })
	return out, nil
}

// holding returns the decision that holds about a pair as it stands, given all about
// it, the newest first, and whether one was made about other values only.
func holding(list []Decision, p Pair) (*Decision, bool) {
	at := slices.IndexFunc(list, func(d Decision) bool { return d.Values == p.Values })
	switch {
	case at >= 0 && list[at].Choice != TakenBack:
		return &list[at], false
	case at < 0 && len(list) > 0 && list[0].Choice != TakenBack:
		return nil, true
	}
	return nil, false
}

// Conflict shows a policy that is too loose as a conflict with the control.
func (l Loose) Conflict() Conflict {
	value := mention{every: l.Beat.Every}.value(Frequency)
	return Conflict{Kind: TooLoose, Topic: l.Undertaking.Topic, Subject: l.Undertaking.Subject, Property: Frequency, Control: l.Beat.Control,
		Documents: [2]Stating{l.Document, {Name: l.Beat.Code, Title: l.Beat.Code}}, Values: [2]string{l.Undertaking.Value, value},
		Sentences: [2]string{l.Undertaking.Sentence, upper(l.Beat.Because) + "."}, Stricter: 1, Why: l.Why}
}

func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// statingsIn reads the policies in force with what they bind us to.
func statingsIn(ctx context.Context, tx *db.Tx, org string) ([]Stating, error) {
	policies, versions, err := InForce(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	out := make([]Stating, len(policies))
	for i, p := range policies {
		out[i] = stating(p, versions[i])
	}
	return out, nil
}

// stating is what a version of a policy binds us to, its sentences as they read
// with the variables filled in.
func stating(p Policy, v Version) Stating {
	s := Stating{Name: p.Slug, Policy: p.ID, Slug: p.Slug, Title: p.Title, Governs: slices.Clone(p.Governs)}
	if len(p.Governs) > 0 {
		topics := make([]string, len(p.Governs))
		for i, t := range p.Governs {
			topics[i] = strings.ToLower(Words().Label(t))
		}
		s.Line = "The settings of the policy say that it governs " + listed(topics) + "."
	}
	for _, u := range v.Undertakings {
		if u.Value == "" {
			continue // a person said that the sentence binds nobody
		}
		if u.Property == Governs && !slices.Contains(s.Governs, u.Topic) {
			s.Governs = append(s.Governs, u.Topic)
		}
		u.Sentence = v.Cited(u)
		s.Undertakings = append(s.Undertakings, u)
	}
	return s
}

// Cited is the sentence of an undertaking as readers of the version see it, with
// its variables filled in.
func (v Version) Cited(u Undertaking) string { return filled(u.Sentence, v.Reading()) }

// filled returns a sentence with variables as it stands in a text in which they are
// filled in; the sentence itself where it is not found.
func filled(sentence, text string) string {
	if !strings.Contains(sentence, "{{") || strings.Contains(text, sentence) {
		return sentence
	}
	var b strings.Builder
	last := 0
	for _, p := range braces.FindAllStringIndex(sentence, -1) {
		b.WriteString(regexp.QuoteMeta(sentence[last:p[0]]))
		b.WriteString(`[^\n]{1,200}?`)
		last = p[1]
	}
	b.WriteString(regexp.QuoteMeta(sentence[last:]))
	re, err := regexp.Compile(b.String())
	if err != nil {
		return sentence
	}
	if found := re.FindString(text); found != "" {
		return found
	}
	return sentence
}

// gathered adds to the undertakings of a draft what the extractor reads in its text
// and nobody listed, took out or corrected yet.
func gathered(list []Undertaking, v Version) []Undertaking {
	text := v.Body
	if v.Uploaded() {
		text = v.File.Text
	}
	out := slices.DeleteFunc(slices.Clone(list), func(u Undertaking) bool { return u.Read }) // read anew below
	for _, r := range Extract(text).Undertakings {
		listed := slices.ContainsFunc(out, func(u Undertaking) bool {
			return u.Subject == r.Subject && u.Property == r.Property && (u.Sentence == r.Sentence || u.Value == r.Value)
		})
		if listed || len(out) >= maxUndertakings {
			continue
		}
		r.ID = newID()
		for _, u := range list { // it keeps its id as long as it speaks of the same
			if u.Subject == r.Subject && u.Property == r.Property && u.Read && !slices.ContainsFunc(out, func(o Undertaking) bool { return o.ID == u.ID }) {
				r.ID = u.ID
			}
		}
		out = append(out, r)
	}
	return out
}

// tendConflicts ends the tasks whose conflict is gone: the documents agree, or one
// of them is not in force any more. It writes only when there are such tasks.
func (s *Store) tendConflicts(ctx context.Context, org string, now time.Time) error {
	var over []string
	err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
		over, err = overIn(ctx, tx, org)
		return err
	})
	if err != nil || len(over) == 0 {
		return err
	}
	return s.db.Write(ctx, org, db.Jobs, func(ctx context.Context, tx *db.Tx) error {
		for _, key := range over {
			about := task.Subject{Kind: SubjectConflict, ID: key}
			if _, err := task.Close(ctx, tx, s.log, org, "", task.Closing{Kind: TaskConsolidate, Subject: about, State: task.Done, Reason: "The documents agree."}, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// overIn returns the keys of the conflicts that have an open task and are no more.
func overIn(ctx context.Context, tx *db.Tx, org string) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT subject FROM task WHERE org = $1 AND kind = $2 AND state = 'open'`, org, TaskConsolidate)
	if err != nil {
		return nil, err
	}
	var open []string
	err = db.Each(rows, func(scan func(...any) error) error {
		var key string
		err := scan(&key)
		open = append(open, key)
		return err
	})
	if err != nil || len(open) == 0 {
		return nil, err
	}
	decided, err := readDecisions(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	docs, err := statingsIn(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	standing := map[string]bool{}
	for _, c := range FindConflicts(docs) {
		standing[pairOf(c).Key()] = true
	}
	bindsPolicy, err := policyIDs(ctx, tx, org)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(open, func(key string) bool {
		list := decided[key]
		if len(list) == 0 || standing[key] {
			return true
		}
		d := list[0] // about a control: it is over when the policy says something else
		return !bindsPolicy[d.Second] && slices.ContainsFunc(docs, func(x Stating) bool { return x.Policy == d.First && x.states(d.Pair) })
	}), nil
}

// states reports whether a document still says what the first side of a pair said.
func (s Stating) states(p Pair) bool {
	return slices.ContainsFunc(s.Undertakings, func(u Undertaking) bool {
		return u.Subject == p.Subject && u.Property == p.Property && u.Value == p.Values[0]
	})
}

func policyIDs(ctx context.Context, tx *db.Tx, org string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM policy WHERE org = $1`, org)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	return out, db.Each(rows, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		out[id] = true
		return err
	})
}
