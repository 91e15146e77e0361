package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/result"
)

// Register is what the rules ask of the people register; people.Roster answers.
type Register interface {
	All() []people.Person
	StatusOn(person string, day cadence.Date) people.Status
	In(group, person string) bool
	StartOf(person string, day cadence.Date) cadence.Date
	Excluded(person string, c people.Check, at time.Time) (people.Exclusion, bool)
}

// Bound is a policy in force that its audience has to acknowledge.
type Bound struct {
	Policy   string // id
	Slug     string
	Title    string
	Version  string // in force, such as "2.1"
	Major    int
	From     time.Time // when the major version came into force
	Audience []string

	num int
}

// boundOf is what a policy asks of its audience; false when it asks nothing.
func boundOf(p Policy, versions []Version) (Bound, bool) {
	v, ok := inForce(versions)
	if !ok || !p.ArchivedAt.IsZero() || !p.Acknowledge {
		return Bound{}, false
	}
	b := Bound{Policy: p.ID, Slug: p.Slug, Title: v.Title, Version: v.Number(), Major: v.Major, From: v.PublishedAt, Audience: p.Audience, num: p.num}
	for _, x := range versions {
		if x.Major == v.Major && !x.PublishedAt.IsZero() && x.PublishedAt.Before(b.From) {
			b.From = x.PublishedAt
		}
	}
	return b, true
}

// Moment is when something is judged, and what the organisation's settings say.
type Moment struct {
	At    time.Time
	Today cadence.Date // in the organisation's zone
	Zone  *time.Location
	Days  int // people have to acknowledge
}

// judge says how a person stands with a policy that binds them. start is the first
// day of their present stint, or no date: what they acknowledged before it does
// not count, for who comes back is new again.
func (b Bound) judge(m mark, start cadence.Date, now Moment) (state people.State, due cadence.Date, since time.Time) {
	if m.acked == b.Major && m.at > 0 && (!start.Known() || m.at >= int64(start+1)*dayMicros || cadence.DateOf(time.UnixMicro(m.at), now.Zone) >= start) {
		return people.Done, 0, time.UnixMicro(m.at).UTC()
	}
	if m.asked != b.Major { // Tend asks them within the hour
		return people.Due, now.Today + cadence.Date(now.Days), now.At
	}
	if now.Today > m.due {
		return people.Missing, m.due, m.due.End(now.Zone)
	}
	return people.Due, m.due, m.since.Start(now.Zone)
}

// dayMicros are the microseconds of a day. A moment that is that much past the
// midnight of a day in UTC is no earlier day in any zone.
const dayMicros = 24 * 60 * 60 * 1_000_000

// audiences answers which policies bind a person, asking about each group once.
type audiences struct {
	groups []string
	of     [][]int // by policy: indexes of groups
	in     []bool
}

func audiencesOf(bound []Bound) *audiences {
	a := &audiences{of: make([][]int, len(bound))}
	for i, b := range bound {
		for _, key := range b.Audience {
			k := slices.Index(a.groups, key)
			if k < 0 {
				k, a.groups = len(a.groups), append(a.groups, key)
			}
			a.of[i] = append(a.of[i], k)
		}
	}
	a.in = make([]bool, len(a.groups))
	return a
}

// look asks about a person; binds answers until the next look.
func (a *audiences) look(r Register, person string) {
	for i, key := range a.groups {
		a.in[i] = r.In(key, person)
	}
}

func (a *audiences) binds(policy int) bool {
	for _, k := range a.of[policy] {
		if a.in[k] {
			return true
		}
	}
	return false
}

// asks reports whether a status is one of somebody who is asked, now or once they
// are back.
func asks(s people.Status) bool { return s == people.Current || s == people.OnLeave }

// Stand works out how everybody in scope stands with the policies that bind them;
// held are the marks of persons as the table has them. Somebody whom none binds is
// left out.
func Stand(bound []Bound, held map[string]string, r Register, now Moment) []people.Standing {
	all := r.All()
	out := make([]people.Standing, 0, len(all))
	a := audiencesOf(bound)
	var ms marks
	for _, p := range all {
		if !asks(r.StatusOn(p.ID, now.Today)) {
			continue
		}
		a.look(r, p.ID)
		ms = readMarks(held[p.ID], ms[:0])
		if s, ok := sum(bound, a, ms, r.StartOf(p.ID, now.Today), now); ok {
			s.Person = p.ID
			out = append(out, s)
		}
	}
	return out
}

// sum puts the policies of one person into one standing: the worst of them.
func sum(bound []Bound, a *audiences, ms marks, start cadence.Date, now Moment) (people.Standing, bool) {
	out := people.Standing{Check: people.PoliciesCheck, State: people.Done}
	n := 0
	var missing, due []string
	var firstDue cadence.Date
	var asked, over time.Time
	for i, b := range bound {
		if !a.binds(i) {
			continue
		}
		n++
		state, day, since := b.judge(ms.find(b.num), start, now)
		switch state {
		case people.Missing:
			missing = append(missing, b.Title)
			over = earlier(over, since)
		case people.Due:
			due = append(due, b.Title)
			asked = earlier(asked, since)
		default:
			if since.After(out.Since) {
				out.Since = since
			}
			continue
		}
		if !firstDue.Known() || day < firstDue {
			firstDue = day
		}
	}
	switch {
	case n == 0:
		return out, false
	case len(missing) > 0:
		out.State, out.Since, out.Due = people.Missing, over, firstDue
		out.Reason = fmt.Sprintf("%d of %d not acknowledged in time: %s.", len(missing), n, some(missing))
	case len(due) > 0:
		out.State, out.Since, out.Due = people.Due, asked, firstDue
		out.Reason = fmt.Sprintf("%d of %d still to acknowledge: %s.", len(due), n, some(due))
		out.Until = firstDue.End(now.Zone)
	case n == 1:
		out.Reason = "The one policy that binds them is acknowledged."
	default:
		out.Reason = fmt.Sprintf("All %d policies that bind them are acknowledged.", n)
	}
	return out, true
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// some names up to three of a list.
func some(list []string) string {
	if len(list) <= 3 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
}

// Count says how the audience of a policy stands: those who are here now.
type Count struct {
	Bound    int // in the audience; the rest are parts of it
	Done     int
	Due      int
	Missing  int
	Excluded int // waived, and counted nowhere else
}

// Share is how many of a hundred of those who are asked have acknowledged; 100 when
// nobody is asked.
func (c Count) Share() int {
	n := c.Bound - c.Excluded
	if n <= 0 {
		return 100
	}
	return c.Done * 100 / n
}

// Tally counts how the audiences stand, by id of the policy.
func Tally(bound []Bound, held map[string]string, r Register, now Moment) map[string]Count {
	counts := make([]Count, len(bound))
	a := audiencesOf(bound)
	var ms marks
	for _, p := range r.All() {
		if r.StatusOn(p.ID, now.Today) != people.Current {
			continue
		}
		a.look(r, p.ID)
		ms = readMarks(held[p.ID], ms[:0])
		start := r.StartOf(p.ID, now.Today)
		_, excluded := r.Excluded(p.ID, people.PoliciesCheck, now.At)
		for i, b := range bound {
			if !a.binds(i) {
				continue
			}
			c := &counts[i]
			c.Bound++
			if excluded {
				c.Excluded++
				continue
			}
			switch state, _, _ := b.judge(ms.find(b.num), start, now); state {
			case people.Done:
				c.Done++
			case people.Missing:
				c.Missing++
			default:
				c.Due++
			}
		}
	}
	out := map[string]Count{}
	for i, b := range bound {
		out[b.Policy] = counts[i]
	}
	return out
}

// Fact is something that is true of a policy at a moment, as a result that posture
// reads over time.
type Fact struct {
	Test   string // key of it, such as result.PolicyApproved
	Policy string // id
	Slug   string
	State  people.State
	Reason string
	Since  time.Time // zero: not known
}

// approvedFact says whether a policy is approved, in force and looked at in time.
func approvedFact(p Policy, versions []Version, reviews []Review, now Moment) Fact {
	f := Fact{Test: result.PolicyApproved, Policy: p.ID, Slug: p.Slug, State: people.Missing, Reason: "No version of it is in force.", Since: p.CreatedAt}
	v, ok := inForce(versions)
	if !ok {
		return f
	}
	due, stand, _ := ReviewDue(p, versions, reviews, now.Today, now.Zone)
	if stand == ReviewOverdue {
		f.Reason, f.Since = fmt.Sprintf("%s is in force, and its review was due on %s.", v.Words(), due), due.End(now.Zone)
		return f
	}
	f.State, f.Reason, f.Since = people.Done, v.Words()+" is approved and in force.", v.PublishedAt
	if stand != NoReview {
		f.Reason = fmt.Sprintf("%s is approved and in force; its review is due on %s.", v.Words(), due)
	}
	return f
}

// acknowledgedFact says whether everybody in the audience has acknowledged it.
func acknowledgedFact(p Policy, versions []Version, c Count) Fact {
	f := Fact{Test: result.PolicyAcknowledged, Policy: p.ID, Slug: p.Slug, State: people.NotAsked}
	b, ok := boundOf(p, versions)
	asked := c.Bound - c.Excluded
	switch {
	case !ok && !p.Acknowledge:
		f.Reason = "Nobody has to acknowledge it."
	case !ok:
		f.Reason = "No version of it is in force."
	case asked == 0:
		f.Reason = "Nobody who is here is in its audience."
	case c.Missing > 0:
		f.State, f.Reason = people.Missing, fmt.Sprintf("%d of %d have not acknowledged version %d in time.", c.Missing, asked, b.Major)
	case c.Due > 0:
		f.State, f.Reason = people.Due, fmt.Sprintf("%d of %d still have time to acknowledge version %d.", c.Due, asked, b.Major)
	default:
		f.State, f.Reason = people.Done, fmt.Sprintf("All %d have acknowledged version %d.", asked, b.Major)
	}
	return f
}
