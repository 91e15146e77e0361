package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/policy"
)

// policiesPage lists the policies with how far each one is.
type policiesPage struct {
	frame
	Query          policiesQuery
	Pills          []pill
	Rows           []policyLine
	Owners         []option
	Audiences      []option
	All            int // archived ones too
	Living         int // not archived
	InForce        int
	Waiting        int // texts on their way into force
	Done, Of       int // acknowledgements given and asked for
	Overdue        int // reviews
	DueSoon        int // reviews
	Conflicts      int
	ConflictsTo    string
	ShowsConflicts bool
	CanWrite       bool
	CanManage      bool
}

// policiesQuery is what a person asked the list for.
type policiesQuery struct{ Show, Text, Owner, Audience string }

func (q policiesQuery) with(path, show string) string {
	return query(path, "show", show, "text", q.Text, "owner", q.Owner, "audience", q.Audience)
}

// policyLine is one policy of the list.
type policyLine struct {
	Slug, Title string
	Mark, State string
	Version     string // of the text in force, else of the one being made
	Next        string // what happens next, or empty
	Owner       string // name, or empty
	Audience    string
	Asks        bool // it has to be acknowledged and is in force
	Done, Of    int
	Review      string
	ReviewMark  string // of the chip; empty: not due soon
	Conflicts   int
	ConflictsTo string
}

// policyShows are the choices of the first filter, in their order.
var policyShows = []struct {
	key, words string
	takes      func(policy.Entry) bool
}{
	{"", "All", func(e policy.Entry) bool { return e.ArchivedAt.IsZero() }},
	{"force", "In force", func(e policy.Entry) bool { return e.ArchivedAt.IsZero() && e.InForce.ID != "" }},
	{"making", "In the making", func(e policy.Entry) bool { return e.ArchivedAt.IsZero() && e.Next.ID != "" }},
	{"unread", "Not acknowledged by all", func(e policy.Entry) bool {
		return e.ArchivedAt.IsZero() && policyAsks(e) && e.Acknowledging.Due+e.Acknowledging.Missing > 0
	}},
	{"review", "Review due", func(e policy.Entry) bool {
		return e.ArchivedAt.IsZero() && (e.Review == policy.ReviewOverdue || e.Review == policy.ReviewSoon)
	}},
	{"archived", "Archived", func(e policy.Entry) bool { return !e.ArchivedAt.IsZero() }},
}

// policyAsks reports whether people are asked to acknowledge the policy now.
func policyAsks(e policy.Entry) bool { return e.Acknowledge && e.InForce.ID != "" }

// getPolicies lists them: GET /o/{org}/policies?show=&text=&owner=&audience=.
func (s *Server) getPolicies(w http.ResponseWriter, r *http.Request, who visitor) error {
	list, err := s.Policies.List(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	groups, err := s.policyGroups(r.Context(), who)
	if err != nil {
		return err
	}
	p := policiesPage{All: len(list), CanWrite: who.Can(access.WritePolicies), CanManage: who.Can(access.ManagePolicies)}
	p.Query = policiesQuery{r.FormValue("show"), strings.TrimSpace(r.FormValue("text")), r.FormValue("owner"), r.FormValue("audience")}
	p.frame = s.frame(w, r, who, "policies", "Policies")
	clashes, err := s.policyClashes(r.Context(), who)
	if err != nil {
		return err
	}
	p.count(list)
	p.ShowsConflicts, p.Conflicts, p.ConflictsTo = clashes.Known, clashes.All, clashes.To
	counts := make([]int, len(policyShows))
	for _, e := range list {
		if !p.Query.takes(e, groups) {
			continue
		}
		for i, show := range policyShows {
			if show.takes(e) {
				counts[i]++
				if show.key == p.Query.Show {
					line := policyLineOf(e, groups)
					line.Conflicts, line.ConflictsTo = clashes.Of[e.ID], clashes.To
					p.Rows = append(p.Rows, line)
				}
			}
		}
	}
	for i, show := range policyShows {
		p.Pills = append(p.Pills, pill{Text: show.words, To: p.Query.with(p.path("policies"), show.key), N: counts[i], On: show.key == p.Query.Show})
	}
	p.Owners, p.Audiences = policyChoices(list, groups)
	return s.render(w, r, http.StatusOK, policyList(p))
}

// count fills the figures above the list.
func (p *policiesPage) count(list []policy.Entry) {
	for _, e := range list {
		if !e.ArchivedAt.IsZero() {
			continue
		}
		p.Living++
		if e.InForce.ID != "" {
			p.InForce++
		}
		if e.Next.ID != "" {
			p.Waiting++
		}
		if policyAsks(e) {
			p.Done, p.Of = p.Done+e.Acknowledging.Done, p.Of+policyAsked(e.Acknowledging)
		}
		switch e.Review {
		case policy.ReviewOverdue:
			p.Overdue++
		case policy.ReviewSoon:
			p.DueSoon++
		}
	}
}

// takes reports whether everything but the state fits.
func (q policiesQuery) takes(e policy.Entry, groups policyGroups) bool {
	switch {
	case q.Owner == "nobody" && e.Owner != "":
		return false
	case q.Owner != "" && q.Owner != "nobody" && q.Owner != e.Owner:
		return false
	case q.Audience != "" && !slices.Contains(e.Audience, q.Audience):
		return false
	}
	return q.Text == "" || matches(q.Text, e.Title, e.OwnerName, groups.words(e.Audience))
}

// policyLineOf is a policy as the list shows it.
func policyLineOf(e policy.Entry, groups policyGroups) policyLine {
	l := policyLine{Slug: e.Slug, Title: e.Title, Owner: e.OwnerName, Audience: groups.words(e.Audience), Asks: policyAsks(e), Done: e.Acknowledging.Done, Of: policyAsked(e.Acknowledging)}
	switch {
	case !e.ArchivedAt.IsZero():
		l.Mark, l.State = policyState(policy.Archived)
	case e.InForce.ID != "":
		l.Mark, l.State = policyState(policy.Published)
		l.Version = e.InForce.Number()
		if e.Next.ID != "" {
			_, words := policyState(e.Next.State)
			l.Next = "Version " + e.Next.Number() + ": " + words
		}
	case e.Next.ID != "":
		l.Mark, l.State = policyState(e.Next.State)
		l.Version = e.Next.Number()
	default:
		l.Mark, l.State = "unknown", "no text"
	}
	l.Review, l.ReviewMark = policyReviewWords(e.Review, e.ReviewDue)
	return l
}

// policyReviewWords is the day of the next review with the mark it deserves.
func policyReviewWords(stand policy.ReviewStand, due cadence.Date) (words, mark string) {
	switch stand {
	case policy.ReviewOverdue:
		return "overdue since " + dayWords(due), "bad"
	case policy.ReviewSoon:
		return "due " + dayWords(due), "warn"
	case policy.ReviewLater:
		return dayWords(due), ""
	}
	return "", ""
}

// policyChoices are the owners and audiences that the list has.
func policyChoices(list []policy.Entry, groups policyGroups) (owners, audiences []option) {
	names, used := map[string]string{}, map[string]bool{}
	for _, e := range list {
		if e.Owner != "" {
			names[e.Owner] = e.OwnerName
		}
		for _, k := range e.Audience {
			used[k] = true
		}
	}
	for id, name := range names {
		owners = append(owners, option{id, name})
	}
	for k := range used {
		audiences = append(audiences, option{k, groups.label(k)})
	}
	byText := func(a, b option) int { return strings.Compare(a.Text, b.Text) }
	slices.SortFunc(owners, byText)
	slices.SortFunc(audiences, byText)
	return append([]option{{"", "All owners"}, {"nobody", "Nobody yet"}}, owners...), append([]option{{"", "All audiences"}}, audiences...)
}

// policyAsked is how many people are asked: the audience without those excluded.
func policyAsked(c policy.Count) int { return c.Bound - c.Excluded }
