package training

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Registered is a person of the register as a provider may know them.
type Registered struct {
	ID      string
	Name    string
	Email   string
	Numbers []string // what the sources of the register call them
	Wanted  bool     // works here and has not completed the track: the only ones anything is said of
}

// TroubleKind is something a sync found that somebody has to look at. The values
// are stored.
type TroubleKind string

const (
	NotEnrolledThere TroubleKind = "not_enrolled" // has an account there and is in none of the selected campaigns
	NoAccount        TroubleKind = "no_account"   // no account there bears their address or number
	TwoAccounts      TroubleKind = "two_accounts" // several do
	ClaimedTwice     TroubleKind = "claimed_twice"
	NumbersDiffer    TroubleKind = "numbers_differ" // the address says one person, the number another
	UnknownThere     TroubleKind = "unknown"        // what is said there cannot be read as done or open
	UnknownHere      TroubleKind = "unknown_here"   // an account in a selected campaign that is nobody of the register
	ExemptThere      TroubleKind = "exempt"
	OfCampaign       TroubleKind = "campaign" // about a selected campaign, not about a person
	TooOld           TroubleKind = "too_old"  // completed, and not in the present round
)

// Mismatch reports whether the trouble is that two registers do not agree on who
// somebody is.
func (k TroubleKind) Mismatch() bool {
	return slices.Contains([]TroubleKind{NoAccount, TwoAccounts, ClaimedTwice, NumbersDiffer, UnknownHere}, k)
}

// Trouble is one thing to look at.
type Trouble struct {
	Track   Track
	Kind    TroubleKind
	Person  string // id, or empty
	Account string // address or name at the provider, or empty
	Text    string // what is so
}

// Matched is what a report comes to for the people of the register.
type Matched struct {
	Said     []Enrolment
	Learner  map[string]Learner // by person, of those in Said who have an account
	Troubles []Trouble
}

// Match finds out whose account is whose, by address or alias in whatever case,
// then by number, and judges the rows of everybody wanted. Between two it never
// chooses: both sides are shown, and nobody passes.
func Match(t Track, people []Registered, rep Report, now time.Time) Matched {
	m := matcher{track: t, people: people, report: rep, byEmail: map[string][]int{}, byNumber: map[string][]int{}, ownerOf: map[string][]int{}, claims: map[int][]int{}, out: Matched{Learner: map[string]Learner{}}}
	m.index()
	for i, p := range people {
		for _, l := range m.accounts(p) {
			m.claims[l] = append(m.claims[l], i)
		}
	}
	for i, p := range people {
		if p.Wanted {
			m.judge(i, p, now)
		}
	}
	m.strangers()
	return m.out
}

type matcher struct {
	track    Track
	people   []Registered
	report   Report
	byEmail  map[string][]int // learners
	byNumber map[string][]int // learners
	ownerOf  map[string][]int // people, by number
	claims   map[int][]int    // learner → people
	out      Matched
}

func address(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// numeral is a number of an employee without what spreadsheets take away.
func numeral(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if short := strings.TrimLeft(s, "0"); short != "" {
		return short
	}
	return s
}

func (m *matcher) index() {
	add := func(in map[string][]int, key string, i int) {
		if key != "" && !slices.Contains(in[key], i) {
			in[key] = append(in[key], i)
		}
	}
	for i, l := range m.report.Learners {
		for _, e := range l.Emails {
			add(m.byEmail, address(e), i)
		}
		add(m.byNumber, numeral(l.Number), i)
	}
	for i, p := range m.people {
		for _, n := range p.Numbers {
			add(m.ownerOf, numeral(n), i)
		}
	}
}

// accounts are the learners that may be a person: those with the address, or, when
// there is none, those with a number that is nobody else's.
func (m *matcher) accounts(p Registered) []int {
	if found := m.byEmail[address(p.Email)]; len(found) > 0 {
		return found
	}
	var out []int
	for _, n := range p.Numbers {
		if len(m.ownerOf[numeral(n)]) > 1 {
			continue
		}
		for _, l := range m.byNumber[numeral(n)] {
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

func (m *matcher) judge(i int, p Registered, now time.Time) {
	found := m.accounts(p)
	say := func(state EnrolmentState, kind TroubleKind, account, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		m.out.Said = append(m.out.Said, Enrolment{Person: p.ID, State: state, Reason: text})
		m.out.Troubles = append(m.out.Troubles, Trouble{m.track, kind, p.ID, account, text})
	}
	switch {
	case len(found) == 0 && len(m.report.Unreadable) > 0:
		say(Unknown, UnknownThere, "", "Who is enrolled cannot be read with this connection.")
		return
	case len(found) == 0:
		say(NotEnrolled, NoAccount, "", "No account there has the address %s.", cmp.Or(p.Email, "of this person, who has none in the register"))
		return
	case len(found) > 1:
		say(Unknown, TwoAccounts, m.names(found), "%d accounts there may be this person: %s.", len(found), m.names(found))
		return
	}
	l := m.report.Learners[found[0]]
	if claims := m.claims[found[0]]; len(claims) > 1 {
		say(Unknown, ClaimedTwice, nameOf(l), "The account %s is claimed by %d people of the register: %s.", nameOf(l), len(claims), m.persons(claims))
		return
	}
	if owners := m.ownerOf[numeral(l.Number)]; l.Number != "" && len(owners) > 0 && !slices.Contains(owners, i) {
		say(Unknown, NumbersDiffer, nameOf(l), "The account %s has the address of this person and the number of %s.", nameOf(l), m.persons(owners))
		return
	}
	e := Judge(l.Rows, now)
	e.Person = p.ID
	m.out.Said = append(m.out.Said, e)
	m.out.Learner[p.ID] = l
	kinds := map[EnrolmentState]TroubleKind{NotEnrolled: NotEnrolledThere, Unknown: UnknownThere, Exempted: ExemptThere}
	if kind, odd := kinds[e.State]; odd {
		m.out.Troubles = append(m.out.Troubles, Trouble{m.track, kind, p.ID, nameOf(l), e.Reason})
	}
}

// strangers are accounts in a selected campaign that are nobody of the register.
func (m *matcher) strangers() {
	for i, l := range m.report.Learners {
		enrolled := slices.ContainsFunc(l.Rows, func(r Row) bool { return r.Word != enrolmentUnknown })
		if len(m.claims[i]) == 0 && enrolled {
			m.out.Troubles = append(m.out.Troubles, Trouble{m.track, UnknownHere, "", nameOf(l), "The account " + nameOf(l) + " is enrolled there and has the address of nobody in the register."})
		}
	}
}

// enrolmentUnknown is the word of a row that only says that nothing is known.
const enrolmentUnknown = "enrolment unknown"

func nameOf(l Learner) string {
	for _, e := range l.Emails {
		if e != "" {
			return address(e)
		}
	}
	return cmp.Or(l.Name, "number "+l.ID)
}

func (m *matcher) names(learners []int) string {
	out := map[string]bool{}
	for _, i := range learners {
		out[nameOf(m.report.Learners[i])+" (id "+m.report.Learners[i].ID+")"] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(out)), ", ")
}

func (m *matcher) persons(people []int) string {
	var out []string
	for _, i := range people {
		out = append(out, m.people[i].Name)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// Warnings say what about the selected campaigns makes a track harder to complete
// than it looks, or easier.
func Warnings(t Track, selected map[string]string, rep Report, m Matched) []Trouble {
	var out []Trouble
	warn := func(title, format string, args ...any) {
		out = append(out, Trouble{Track: t, Kind: OfCampaign, Account: title, Text: fmt.Sprintf(format, args...)})
	}
	here := map[string]Campaign{}
	for _, c := range rep.Campaigns {
		here[c.ID] = c
	}
	count := map[string]int{}
	for _, l := range rep.Learners {
		for _, id := range enrolledIn(l) {
			count[id]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(selected)) {
		c, there := here[id]
		if !there {
			continue // the sync stops there
		}
		if c.Warning != "" {
			warn(c.Title, "“%s”: %s", c.Title, c.Warning)
		}
		if count[id] == 0 && !slices.Contains(rep.Unreadable, id) {
			warn(c.Title, "Nobody is enrolled in “%s”, so it decides about nobody. Enrol people there, or select another.", c.Title)
		}
	}
	missing := 0
	for _, e := range m.Said {
		if e.State == NotEnrolled {
			missing++
		}
	}
	if missing > 0 && missing == len(m.Said) && missing > 1 {
		warn("", "None of the %d people who have not completed this training is enrolled in what is selected. Most likely it is the wrong campaign, or the addresses there are not those of the register.", missing)
	}
	return out
}

// enrolledIn are the campaigns a learner has a row of, each once.
func enrolledIn(l Learner) []string {
	var out []string
	for _, r := range l.Rows {
		if r.Word != enrolmentUnknown && !slices.Contains(out, r.Course) {
			out = append(out, r.Course)
		}
	}
	return out
}
