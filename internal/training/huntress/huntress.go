// Package huntress reads assignments and what became of them from Huntress Managed
// SAT, which was called Curricula. It was written from the documentation and from
// open clients, and has not been tried against a live tenant.
package huntress

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
const Name = "Huntress SAT"

// Base is its one address. The interface of the other Huntress products knows
// nothing of training.
const Base = "https://mycurricula.com"

// Scope is what is asked for: reading, nothing else.
const Scope = "account:read assignments:read assignments:learner-activity learners:read"

// Limits are our own: the provider publishes none and answers 429 when it has
// enough.
var Limits = remote.Limits{Gap: 200 * time.Millisecond}

const (
	pageSize       = 100
	maxPages       = 2000    // of one list: 200,000 rows
	maxCertificate = 5 << 20 // bytes
	early          = time.Minute
)

// Config is what a client is made of.
type Config struct {
	HTTP             *http.Client
	Clock            remote.Clock
	Base             string
	ClientID, Secret string
	Usage            remote.Usage
}

// Client asks one account. It is a training.Provider and a training.Certifier.
type Client struct {
	c       Config
	ask     *remote.Client
	door    *remote.Client // where tokens are made
	token   string
	expires time.Time
}

// New returns a client.
func New(c Config) *Client {
	pace := &remote.Pace{Clock: c.Clock, Limits: Limits, Usage: c.Usage}
	x := &Client{c: c}
	x.door = &remote.Client{HTTP: c.HTTP, Pace: pace, Name: Name, Base: c.Base, Accept: "application/json"}
	x.ask = &remote.Client{HTTP: c.HTTP, Pace: pace, Name: Name, Base: c.Base + "/api/v1", Accept: "application/vnd.api+json", Authorize: x.authorize, Gone: remote.Course}
	return x
}

// Asked implements training.Provider.
func (c *Client) Asked() remote.Usage { return c.ask.Pace.Usage }

// authorize adds a token, and makes one when there is none or it is about to end.
func (c *Client) authorize(ctx context.Context, r *http.Request) error {
	if now := c.c.Clock.Now(); c.token == "" || !now.Before(c.expires) {
		const what = "a token"
		body, err := c.door.PostForm(ctx, what, "/oauth/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {c.c.ClientID}, "client_secret": {c.c.Secret}, "scope": {Scope},
		})
		if err != nil {
			return err
		}
		t, err := decodeToken(body)
		if err != nil {
			return unreadable(what, err)
		}
		within := time.Duration(min(max(t.ExpiresIn, 0), 86_400)) * time.Second
		if within == 0 {
			within = time.Hour // what the documentation says
		}
		c.token, c.expires = t.AccessToken, now.Add(max(within-early, within/2))
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	return nil
}

// get asks, and once more with a new token when the token was taken back early.
func (c *Client) get(ctx context.Context, what, path string, query url.Values) ([]byte, error) {
	body, err := c.ask.Get(ctx, what, path, query)
	if remote.Status(err) == http.StatusUnauthorized && c.token != "" {
		c.token = ""
		return c.ask.Get(ctx, what, path, query)
	}
	return body, err
}

// Tenant implements training.Provider.
func (c *Client) Tenant(ctx context.Context) (training.Tenant, error) {
	const what = "the account"
	d, err := c.list(ctx, what, "/accounts", nil)
	if err != nil {
		return training.Tenant{}, err
	}
	if len(d.Data) == 0 {
		return training.Tenant{}, problem.New(problem.Invalid, "Huntress SAT shows no account to this connection. Let a client with the scope account:read be made there.")
	}
	var t training.Tenant
	for i, r := range d.Data {
		a, err := attributes[accountData](r)
		if err != nil {
			return t, unreadable(what, err)
		}
		if i == 0 {
			t.Name, t.Plan = a.Name, fmt.Sprint(a.Plan)
			if a.Plan == nil {
				t.Plan = ""
			}
		}
		if kind := strings.ToLower(a.Type); kind == "sandbox" || kind == "demo" {
			t.Warning = "The account " + a.Name + " is of the type " + a.Type + ", not one of real learners."
		}
	}
	if len(d.Data) > 1 {
		t.Warning = fmt.Sprintf("The client sees %d accounts. Make one that sees only your own.", len(d.Data))
	}
	return t, nil
}

// Campaigns implements training.Provider: the assignments.
func (c *Client) Campaigns(ctx context.Context) ([]training.Campaign, error) {
	const what = "the assignments"
	d, err := c.list(ctx, what, "/assignments", nil)
	if err != nil {
		return nil, err
	}
	out := make([]training.Campaign, len(d.Data))
	for i, r := range d.Data {
		a, err := attributes[assignmentData](r)
		if err != nil {
			return nil, unreadable(what, err)
		}
		out[i] = courseOf(r.ID, a)
	}
	return out, nil
}

func courseOf(id string, a assignmentData) training.Campaign {
	out := training.Campaign{ID: id, Title: a.Title, Status: a.Status, StartsAt: a.StartsAt.Time, EndsAt: a.EndsAt.Time, Modules: -1}
	if out.Title == "" {
		out.Title = a.Name
	}
	switch strings.ToLower(a.Status) {
	case "draft", "staged", "launching":
		out.Warning = "It has not begun at Huntress SAT."
	case "canceled", "cancelled":
		out.Warning = "It was cancelled at Huntress SAT: who is not through with it cannot finish it any more."
	case "completed":
		out.Warning = "It is over at Huntress SAT: who is not through with it, or joins later, cannot finish it any more."
	}
	return out
}

// Report implements training.Provider. When the enrolment of an assignment may
// not be read, what learners did in it still counts, and of everybody else is
// said that it is unknown.
func (c *Client) Report(ctx context.Context, courses []string) (training.Report, error) {
	all, err := c.Campaigns(ctx)
	if err != nil {
		return training.Report{}, err
	}
	b := &builder{learners: map[string]*training.Learner{}}
	if err := c.everybody(ctx, b); err != nil {
		return training.Report{}, err
	}
	for _, x := range all {
		if slices.Contains(courses, x.ID) {
			b.out.Campaigns = append(b.out.Campaigns, x)
			if err := c.assignment(ctx, x, b); err != nil {
				return training.Report{}, err
			}
		}
	}
	return b.report(), nil
}

// everybody reads who has an account, so that who is enrolled in nothing can be
// told from who is not there. Without the scope for it the report does without.
func (c *Client) everybody(ctx context.Context, b *builder) error {
	const what = "the learners"
	d, err := c.list(ctx, what, "/learners", nil)
	if remote.Status(err) == http.StatusForbidden {
		b.out.Notes = append(b.out.Notes, "Huntress SAT does not let this connection read learners (scope learners:read), so nobody's enrolment is known for sure.")
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range d.Data {
		if _, _, err := b.learner(r); err != nil {
			return unreadable(what, err)
		}
	}
	return nil
}

// assignment adds the rows of one assignment.
func (c *Client) assignment(ctx context.Context, x training.Campaign, b *builder) error {
	path := "/assignments/" + url.PathEscape(x.ID)
	what := fmt.Sprintf("the learners of assignment %s (“%s”)", x.ID, clip(x.Title))
	enrolled := map[string]bool{}
	d, err := c.list(ctx, what, path+"/learners", nil)
	readable := remote.Status(err) != http.StatusForbidden
	if err != nil && readable {
		return err
	}
	for _, r := range d.Data {
		_, active, err := b.learner(r)
		if err != nil {
			return unreadable(what, err)
		}
		enrolled[r.ID] = active
	}
	what = fmt.Sprintf("what learners did in assignment %s (“%s”)", x.ID, clip(x.Title))
	if d, err = c.list(ctx, what, path+"/learner-activity", url.Values{"include": {"learner"}}); err != nil {
		return err
	}
	for _, r := range d.Included {
		if strings.HasPrefix(r.Type, "learner") && !strings.HasPrefix(r.Type, "learner-activ") && !readable {
			if _, _, err := b.learner(r); err != nil {
				return unreadable(what, err)
			}
		}
	}
	completed := map[string]time.Time{} // zero: began
	for _, r := range d.Data {
		a, err := attributes[activityData](r)
		if err != nil {
			return unreadable(what, err)
		}
		id := learnerOf(r, a)
		if id == "" {
			return unreadable(what, fmt.Errorf("%s %s names no learner", r.Type, r.ID))
		}
		if at := a.CompletedAt.Time; at.After(completed[id]) || completed[id].IsZero() {
			completed[id] = at
		}
	}
	b.assignment(x, readable, enrolled, completed)
	return nil
}

// Certificate implements training.Certifier. What is not a PDF is no certificate.
func (c *Client) Certificate(ctx context.Context, course, learner string) ([]byte, error) {
	body, kind, err := c.ask.File(ctx, "the certificate of a learner", "/assignments/"+url.PathEscape(course)+"/completion-certificate", url.Values{"filter[learner]": {learner}})
	switch {
	case remote.Status(err) == http.StatusNotFound || remote.Status(err) == http.StatusForbidden:
		return nil, nil
	case err != nil:
		return nil, err
	case isPDF(body):
		return body, nil
	case strings.Contains(kind, "json"):
		return certificate(body), nil
	}
	return nil, nil
}

// list reads a list to its last page. Rows that come twice are taken once.
func (c *Client) list(ctx context.Context, what, path string, query url.Values) (document, error) {
	var out document
	if query == nil {
		query = url.Values{}
	}
	seen, included := map[string]int{}, map[string]bool{}
	for page := 1; page <= maxPages; page++ {
		query.Set("page[number]", strconv.Itoa(page))
		query.Set("page[size]", strconv.Itoa(pageSize))
		this := fmt.Sprintf("page %d of %s", page, what)
		body, err := c.get(ctx, this, path, query)
		if err != nil {
			return document{}, err
		}
		d, err := decode(body)
		if err != nil {
			return document{}, unreadable(this, err)
		}
		if d.Current != 0 && d.Current != page {
			return document{}, problem.New(problem.Invalid, "Huntress SAT sent page %d when asked for %s. Nothing was changed; the next sync tries again.", d.Current, this)
		}
		for _, r := range d.Included {
			if !included[r.Type+"/"+r.ID] {
				included[r.Type+"/"+r.ID] = true
				out.Included = append(out.Included, r)
			}
		}
		fresh := 0
		for _, r := range d.Data {
			if i, again := seen[r.ID]; again {
				out.Data[i] = r
				continue
			}
			fresh++
			seen[r.ID] = len(out.Data)
			out.Data = append(out.Data, r)
		}
		switch {
		case len(d.Data) > 0 && fresh == 0 && d.Last == 0 && len(out.Data) < pageSize:
			return out, nil // a list that knows no pages, and is shorter than one
		case len(d.Data) > 0 && fresh == 0:
			return document{}, problem.New(problem.Invalid, "Huntress SAT sent rows again that came before, and nothing else, as %s. Nothing was changed; the next sync tries again.", this)
		case len(d.Data) == 0 && page < d.Last:
			return document{}, problem.New(problem.Invalid, "Huntress SAT sent nothing as %s, though it counts %d pages. Nothing was changed; the next sync tries again.", this, d.Last)
		case d.Last > 0 && page >= d.Last, d.Last == 0 && len(d.Data) == 0:
			return out, nil
		}
	}
	return document{}, problem.New(problem.Invalid, "Huntress SAT has more than %d pages of %s, which is more than can be read. Nothing was changed.", maxPages, what)
}

func unreadable(what string, err error) error {
	return &problem.Error{Code: problem.Invalid, Err: err, Text: "What Huntress SAT answered for " + what + " cannot be read: " + err.Error() + ". Nothing was changed."}
}

// clip keeps a name of a provider's short enough for a sentence.
func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
