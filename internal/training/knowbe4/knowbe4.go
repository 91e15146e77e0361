// Package knowbe4 reads campaigns and enrolments of KnowBe4 through its reporting
// interface. It was written from the documentation and from open clients, and has
// not been tried against a live tenant.
package knowbe4

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/training"
)

// Name of the provider.
const Name = "KnowBe4"

// Limits of the reporting interface: four questions a second, fifty in a minute,
// and 2,000 a day besides one for each licensed user, which are not counted on.
var Limits = remote.Limits{Gap: 250 * time.Millisecond, Minute: 50, Day: 2000}

const (
	perPage  = 500 // the most there is
	maxPages = 400 // of one list: 200,000 rows
)

// Base is the address of a region.
func Base(region string) string { return "https://" + region + ".api.knowbe4.com" }

// Config is what a client is made of.
type Config struct {
	HTTP  *http.Client
	Clock remote.Clock
	Base  string
	Token string
	Usage remote.Usage
}

// Client asks one tenant. It is a training.Provider.
type Client struct{ ask *remote.Client }

// New returns a client.
func New(c Config) *Client {
	return &Client{&remote.Client{
		HTTP: c.HTTP, Name: Name, Base: c.Base, Accept: "application/json", Gone: remote.Course,
		Pace: &remote.Pace{Clock: c.Clock, Limits: Limits, Usage: c.Usage},
		Authorize: func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+c.Token)
			return nil
		},
	}}
}

// Asked implements training.Provider.
func (c *Client) Asked() remote.Usage { return c.ask.Pace.Usage }

// Tenant implements training.Provider.
func (c *Client) Tenant(ctx context.Context) (training.Tenant, error) {
	const what = "the account"
	body, err := c.ask.Get(ctx, what, "/v1/account", nil)
	if err != nil {
		return training.Tenant{}, err
	}
	a, err := decodeAccount(body)
	if err != nil {
		return training.Tenant{}, unreadable(what, err)
	}
	t := training.Tenant{Name: a.Name, Plan: a.Level, Domains: a.Domains}
	if l := strings.ToLower(a.Level); l != "" && !strings.Contains(l, "platinum") && !strings.Contains(l, "diamond") {
		t.Warning = "The plan is " + a.Level + ". The reporting interface is documented for Platinum and Diamond only."
	}
	return t, nil
}

// Campaigns implements training.Provider: the campaigns.
func (c *Client) Campaigns(ctx context.Context) ([]training.Campaign, error) {
	list, err := c.campaigns(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]training.Campaign, len(list))
	for i, x := range list {
		out[i] = courseOf(x)
	}
	return out, nil
}

// Without exclude_percentages a page holds ten campaigns at most, and is slow.
func (c *Client) campaigns(ctx context.Context) ([]campaign, error) {
	return pages(ctx, c, "the campaigns", "/v1/training/campaigns", url.Values{"exclude_percentages": {"true"}},
		decodeCampaigns, func(x campaign) string { return string(x.ID) })
}

func courseOf(x campaign) training.Campaign {
	modules := slices.Concat(x.Content, x.Modules)
	out := training.Campaign{ID: string(x.ID), Title: x.Name, Status: x.Status, StartsAt: x.Start.Time, EndsAt: x.End.Time, Modules: len(modules)}
	retired := 0
	for _, m := range modules {
		if m.Retired {
			retired++
		}
	}
	switch status := strings.ToLower(x.Status); {
	case len(modules) == 0:
		out.Warning = "It holds no module, so nobody can complete it."
	case retired == len(modules):
		out.Warning = "Every module of it is retired."
	case strings.HasPrefix(status, "cancel"):
		out.Warning = "It was cancelled at KnowBe4: who is not through with it cannot finish it any more."
	case status == "created" || status == "pending":
		out.Warning = "It has not begun at KnowBe4."
	case status == "closed" || status == "completed":
		out.Warning = "It is over at KnowBe4: who is not through with it, or joins later, cannot finish it any more."
	}
	return out
}

// Report implements training.Provider. Archived users are left out; the list of
// users brings the aliases, which enrolments do not have.
func (c *Client) Report(ctx context.Context, courses []string) (training.Report, error) {
	all, err := c.campaigns(ctx)
	if err != nil {
		return training.Report{}, err
	}
	users, err := pages(ctx, c, "the users", "/v1/users", url.Values{"status": {"active"}}, decodeUsers, func(u user) string { return string(u.ID) })
	if err != nil {
		return training.Report{}, err
	}
	var out training.Report
	rows := map[number][]training.Row{}
	for _, x := range all {
		if !slices.Contains(courses, string(x.ID)) {
			continue
		}
		out.Campaigns = append(out.Campaigns, courseOf(x))
		list, err := c.enrolments(ctx, x)
		if err != nil {
			return training.Report{}, err
		}
		for _, e := range list {
			rows[e.User.ID] = append(rows[e.User.ID], rowOf(e, x))
		}
	}
	for _, u := range users {
		if strings.EqualFold(u.Status, "archived") {
			continue
		}
		out.Learners = append(out.Learners, training.Learner{
			ID: string(u.ID), Name: strings.TrimSpace(u.FirstName + " " + u.LastName), Emails: append([]string{u.Email}, u.Aliases...),
			Number: string(u.Number), Rows: rows[u.ID],
		})
	}
	return out, nil
}

// enrolments are the rows of one campaign: one a module and user. Rows of other
// campaigns, should the provider not have filtered, are left out.
func (c *Client) enrolments(ctx context.Context, x campaign) ([]enrolment, error) {
	query := url.Values{
		"campaign_id": {string(x.ID)}, "exclude_archived_users": {"true"}, "include_campaign_id": {"true"},
		"include_store_purchase_id": {"true"}, "include_employee_number": {"true"},
	}
	list, err := pages(ctx, c, fmt.Sprintf("the enrolments of campaign %s (“%s”)", x.ID, clip(x.Name)), "/v1/training/enrollments", query,
		decodeEnrolments, func(e enrolment) string { return string(e.ID) })
	return slices.DeleteFunc(list, func(e enrolment) bool {
		return e.CampaignID != x.ID && (e.CampaignID != "" || e.Campaign != x.Name)
	}), err
}

func rowOf(e enrolment, x campaign) training.Row {
	return training.Row{
		ID: string(e.ID), Course: string(x.ID), CourseTitle: x.Name, Module: e.ContentType + "/" + string(e.Purchase) + "/" + e.Module, Title: e.Module,
		State: stateOf(e), Word: e.Status, Repeats: x.Multiple, EnrolledAt: e.EnrolledAt.Time, CompletedAt: e.CompletedAt.Time,
	}
}

// stateOf reads a status. A word we know as not done counts as done when a day of
// completion stands beside it, except Failed; a word we do not know never does.
func stateOf(e enrolment) training.RowState {
	switch word := strings.ToLower(strings.TrimSpace(e.Status)); word {
	case "passed", "completed":
		return training.RowDone
	case "exempted", "exempt":
		return training.RowExempt
	case "failed":
		return training.RowOpen
	case "not started", "in progress", "past due":
		if !e.CompletedAt.IsZero() {
			return training.RowDone
		}
		return training.RowOpen
	}
	return training.RowUnknown
}

// pages reads a list to its end, which is an empty page: no answer says how many
// there are. Rows that come twice are taken once, in the form that came last; a
// page of which every row came before means that pages are ignored.
func pages[T any](ctx context.Context, c *Client, what, path string, query url.Values, decode func([]byte) ([]T, error), id func(T) string) ([]T, error) {
	var out []T
	at := map[string]int{}
	for page := 1; page <= maxPages; page++ {
		query.Set("page", strconv.Itoa(page))
		query.Set("per_page", strconv.Itoa(perPage))
		this := fmt.Sprintf("page %d of %s", page, what)
		body, err := c.ask.Get(ctx, this, path, query)
		if err != nil {
			return nil, err
		}
		rows, err := decode(body)
		if err != nil {
			return nil, unreadable(this, err)
		}
		if len(rows) == 0 {
			return out, nil
		}
		fresh := 0
		for _, r := range rows {
			if i, seen := at[id(r)]; seen {
				out[i] = r
				continue
			}
			fresh++
			at[id(r)] = len(out)
			out = append(out, r)
		}
		if fresh == 0 {
			return nil, problem.New(problem.Invalid, "KnowBe4 sent rows again that came before, and nothing else, as %s. Nothing was changed; the next sync tries again.", this)
		}
	}
	return nil, problem.New(problem.Invalid, "KnowBe4 has more than %d pages of %s, which is more than can be read. Nothing was changed.", maxPages, what)
}

func unreadable(what string, err error) error {
	return &problem.Error{Code: problem.Invalid, Err: err, Text: "What KnowBe4 answered for " + what + " cannot be read: " + err.Error() + ". Nothing was changed."}
}

// clip keeps a name of a provider's short enough for a sentence.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
