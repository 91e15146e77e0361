package risk

import (
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Facts is what the appetite asks of a risk besides its score.
type Facts struct {
	Point
	People      bool // it affects safety, or the rights of people as an assessor confirmed
	Breach      bool // a law is broken already
	Contingency bool // a contingency is written down
}

// Verdict is what the appetite says of a score, and why.
type Verdict struct {
	Score  int
	Level  Level
	Limit  int    // score up to which it lies within the appetite
	Within bool   // of the appetite
	Lacks  string // what has to be written down whatever the score; empty when nothing
	Breach bool   // nobody can accept it: it is a nonconformity
	Why    string // one or more sentences
}

// Judge compares a score with the appetite and the rules that stand above it.
func (m *Method) Judge(f Facts) Verdict {
	v := Verdict{Score: f.Score(), Limit: m.Numbers.Appetite.MaxScore}
	v.Level = m.LevelOf(v.Score)
	why := ""
	if o, ok := m.override(whenPeople); ok && f.People && o.MaxScore < v.Limit {
		v.Limit, why = o.MaxScore, "It touches safety or the rights of people. "
	}
	v.Within = v.Score <= v.Limit
	if v.Within {
		v.Why = fmt.Sprintf("%sA score of %d lies within the appetite of %d.", why, v.Score, v.Limit)
	} else {
		v.Why = fmt.Sprintf("%sA score of %d lies outside the appetite of %d.", why, v.Score, v.Limit)
	}
	if _, ok := m.override(whenSevere); ok && f.Impact == Steps && !f.Contingency {
		v.Lacks = "Its impact is the highest step, so it needs a written contingency, however unlikely it is."
		v.Why += " " + v.Lacks
	}
	if _, ok := m.override(whenBreach); ok && f.Breach {
		v.Breach, v.Within = true, false
		v.Why = "A law is known to be broken. That is a nonconformity and not a risk that somebody may accept."
	}
	return v
}

// Authority is who may accept a risk, and for how long.
type Authority struct {
	Level Level // whose rule it is
	Why   string
}

// Authority says who may accept what was judged. What a rule puts outside the
// appetite although its level lies within is accepted as the lowest level outside.
func (m *Method) Authority(v Verdict) Authority {
	a := Authority{Level: v.Level, Why: fmt.Sprintf("A risk that is %s is accepted by %s, for at most %s.", v.Level.ID, RoleWords(v.Level.AcceptBy), v.Level.AcceptFor.Words())}
	if v.Within || !v.Level.Within {
		return a
	}
	lowest := Level{}
	for _, l := range m.Numbers.Levels {
		if !l.Within && (lowest.ID == "" || l.Min < lowest.Min) {
			lowest = l
		}
	}
	return Authority{Level: lowest, Why: fmt.Sprintf("Its score is %s, but it touches safety or the rights of people and lies outside the appetite: it is accepted as one that is %s, by %s, for at most %s.",
		v.Level.ID, lowest.ID, RoleWords(lowest.AcceptBy), lowest.AcceptFor.Words())}
}

// Case is somebody who wants to accept a risk.
type Case struct {
	Facts
	Scored   bool                // somebody here scored it; the defaults of the library are nobody's score
	Owner    string              // person
	Acceptor string              // person; empty: the account belongs to nobody of the register
	Scorers  []string            // persons or accounts that gave the score, seconded it included
	Account  string              // of the acceptor
	Holders  map[string][]string // persons by role, today
	Planned  bool                // an approved plan has actions that somebody works on
	On       cadence.Date
	Until    cadence.Date
	Name     func(person string) string
}

// MayAccept returns nil when the acceptor may accept the risk until the day, and
// otherwise a problem that says what stands in the way and who may.
func (m *Method) MayAccept(c Case) error {
	v := m.Judge(c.Facts)
	a := m.Authority(v)
	switch {
	case !c.Scored:
		return problem.New(problem.Conflict, "Nobody here has scored this risk yet; the numbers beside it are those of the library. Score it first.")
	case v.Breach:
		return problem.New(problem.Conflict, "%s Report it as a finding and put it right.", v.Why)
	case v.Lacks != "":
		return problem.New(problem.Conflict, "%s Write it down first.", v.Lacks)
	}
	if err := m.hasAuthority(c, a); err != nil {
		return err
	}
	if !m.Numbers.Acceptance.SoleScorer && m.alone(c) {
		return problem.New(problem.Forbidden, "Nobody accepts a risk that they scored alone. Somebody else scores it a second time, or another person accepts it: %s", m.whoMay(c, a))
	}
	if a.Level.PlanDue.Known() && !c.Planned {
		return problem.New(problem.Conflict, "A risk that is %s is accepted only while a plan is carried out. Have a plan approved that names actions first.", a.Level.ID)
	}
	switch last := a.Level.AcceptFor.After(c.On); {
	case c.Until <= c.On:
		return problem.Field("until", "An acceptance ends after today. Choose a later day.")
	case c.Until > last:
		return problem.Field("until", fmt.Sprintf("A risk that is %s is accepted for at most %s: until %s. Choose that day or an earlier one.", a.Level.ID, a.Level.AcceptFor.Words(), last))
	}
	return nil
}

// alone reports whether nobody but the acceptor gave the score.
func (m *Method) alone(c Case) bool {
	return !slices.ContainsFunc(c.Scorers, func(s string) bool { return s != c.Acceptor && s != c.Account })
}

func (m *Method) hasAuthority(c Case, a Authority) error {
	if c.Acceptor == "" {
		return problem.New(problem.Forbidden, "Your account belongs to nobody of the people register, so nobody knows what you may accept. Ask an administrator to link it. %s %s", a.Why, m.whoMay(c, a))
	}
	for _, role := range a.Level.AcceptBy {
		if role == RiskOwner && c.Owner == c.Acceptor || role != RiskOwner && slices.Contains(c.Holders[role], c.Acceptor) {
			return nil
		}
	}
	return problem.New(problem.Forbidden, "You may not accept this risk. %s %s", a.Why, m.whoMay(c, a))
}

// whoMay names the people who may accept a risk.
func (m *Method) whoMay(c Case, a Authority) string {
	var names []string
	for _, id := range m.Acceptors(c, a) {
		if n := c.Name(id); n != "" {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "Nobody holds that role today. Name somebody in the duties of the management system, or give the risk an owner."
	}
	return "Today that is " + list(names, "or") + "."
}

// Acceptors returns the persons who have the authority today.
func (m *Method) Acceptors(c Case, a Authority) []string {
	var out []string
	for _, role := range a.Level.AcceptBy {
		if role == RiskOwner {
			if c.Owner != "" {
				out = append(out, c.Owner)
			}
			continue
		}
		out = append(out, c.Holders[role]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// RoleWords names roles of the programme as a sentence does.
func RoleWords(roles []string) string {
	var words []string
	for _, r := range roles {
		switch r {
		case RiskOwner:
			words = append(words, "the owner of the risk")
		case "leadership-team":
			words = append(words, "a member of the leadership team")
		default:
			words = append(words, "the "+strings.ReplaceAll(r, "-", " "))
		}
	}
	return list(words, "or")
}

// list joins words as a sentence does.
func list(words []string, last string) string {
	switch len(words) {
	case 0:
		return "nobody"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
