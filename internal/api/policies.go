package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/policy"
)

// Policy is one document that binds people, through all its versions.
type Policy struct {
	ID          string   `json:"id"`
	Slug        string   `json:"slug" example:"access-control"`
	Title       string   `json:"title"`
	Owner       string   `json:"owner,omitempty" doc:"Id of a person."`
	Approver    string   `json:"approver,omitempty" doc:"Id of a person."`
	Audience    []string `json:"audience" doc:"Keys of the groups of people it binds."`
	Acknowledge bool     `json:"acknowledge" doc:"Whether its audience has to acknowledge it."`
	ReviewEvery int      `json:"review_every,omitempty" doc:"Months between reviews."`
	ReviewDue   string   `json:"review_due,omitempty" doc:"Last day of the next review." example:"2027-03-01"`
	Review      string   `json:"review,omitempty" enum:"later,soon,overdue"`
	Governs     []string `json:"governs" doc:"Topics for which it decides when documents differ."`
	Topics      []string `json:"topics"`
	Controls    []string `json:"controls" doc:"Ids of the controls it governs."`
	Archived    bool     `json:"archived"`

	InForce *PolicyVersion  `json:"in_force,omitempty"`
	Next    *PolicyVersion  `json:"next,omitempty" doc:"On its way into force: draft, in_approval or approved."`
	Count   *Acknowledgings `json:"acknowledgements,omitempty" doc:"How those in the audience who are here now stand. Left out when nobody has to acknowledge it."`
}

// Acknowledgings counts how an audience stands.
type Acknowledgings struct {
	Bound    int `json:"bound" doc:"People in the audience; the rest are parts of it."`
	Done     int `json:"done"`
	Due      int `json:"due" doc:"Still have time."`
	Missing  int `json:"missing" doc:"Their time is over."`
	Excluded int `json:"excluded"`
}

// PolicyVersion is one text of a policy.
type PolicyVersion struct {
	ID          string     `json:"id"`
	Version     string     `json:"version" example:"2.1"`
	State       string     `json:"state" enum:"draft,in_approval,approved,published,archived"`
	Material    bool       `json:"material" doc:"It asked for approval and for a new acknowledgement."`
	Change      string     `json:"change,omitempty" doc:"What changed, in the words of who changed it."`
	WrittenAt   time.Time  `json:"written_at"`
	ApprovedAt  *time.Time `json:"approved_at,omitempty"`
	PublishedAt *time.Time `json:"published_at,omitempty"`
	EndedAt     *time.Time `json:"ended_at,omitempty"`
	Digest      string     `json:"digest,omitempty" doc:"SHA-256 of what was approved or published."`
	File        string     `json:"file,omitempty" doc:"Name of the document, when it was uploaded."`
}

// PolicyText is a version with what it says.
type PolicyText struct {
	PolicyVersion
	Text         string              `json:"text" doc:"Markdown, its variables filled in; of an uploaded document what could be read out of it."`
	Undertakings []PolicyUndertaking `json:"undertakings" doc:"What it binds the organisation to."`
}

// PolicyUndertaking is one thing a document binds the organisation to.
type PolicyUndertaking struct {
	Subject  string `json:"subject"`
	Topic    string `json:"topic"`
	Property string `json:"property"`
	Value    string `json:"value" example:"P3M"`
	Sentence string `json:"sentence"`
}

// PolicyAcknowledgement is one that was given.
type PolicyAcknowledgement struct {
	ID      string    `json:"id"`
	Person  string    `json:"person"`
	Version string    `json:"version" example:"2.0"`
	At      time.Time `json:"at"`
}

func policyVersionOf(v policy.Version) *PolicyVersion {
	if v.ID == "" {
		return nil
	}
	return &PolicyVersion{ID: v.ID, Version: v.Number(), State: string(v.State), Material: v.Material, Change: v.Change, WrittenAt: v.WrittenAt,
		ApprovedAt: maybe(v.ApprovedAt), PublishedAt: maybe(v.PublishedAt), EndedAt: maybe(v.EndedAt), Digest: v.Digest, File: v.File.Name}
}

// maybe is a moment, or nothing.
func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func policyOf(e policy.Entry) Policy {
	p := Policy{ID: e.ID, Slug: e.Slug, Title: e.Title, Owner: e.Owner, Approver: e.Approver, Audience: e.Audience, Acknowledge: e.Acknowledge, ReviewEvery: e.ReviewEvery,
		Review: string(e.Review), Governs: e.Governs, Topics: e.Topics, Controls: e.Controls, Archived: !e.ArchivedAt.IsZero(), InForce: policyVersionOf(e.InForce), Next: policyVersionOf(e.Next)}
	if e.ReviewDue.Known() {
		p.ReviewDue = e.ReviewDue.String()
	}
	if c := e.Acknowledging; e.Acknowledge {
		p.Count = &Acknowledgings{c.Bound, c.Done, c.Due, c.Missing, c.Excluded}
	}
	return p
}

func listPolicies(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
}) (*listOut[Policy], error) {
	all, err := s.Policies.List(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []Policy
	place := map[string]int{}
	for i, e := range all {
		place[e.ID] = i
		list = append(list, policyOf(e))
	}
	return paged(in.InPage, list, "policies", func(p Policy) string { return p.ID }, func(a, b string) int { return place[a] - place[b] })
}

type InPolicy struct {
	InOrg
	Policy string `path:"policy" maxLength:"100" doc:"Id or slug of the policy."`
}

func getPolicyDocument(s *Server, ctx context.Context, who access.Actor, in *InPolicy) (*oneOut[Policy], error) {
	f, err := s.Policies.Find(ctx, who, in.Policy, s.Now())
	if err != nil {
		return nil, err
	}
	e := policy.Entry{Policy: f.Policy, OwnerName: f.OwnerName, ReviewDue: f.ReviewDue, Review: f.Review, Acknowledging: f.Acknowledging}
	e.InForce, _ = f.InForce()
	e.Next, _ = f.Next()
	return single(policyOf(e), nil)
}

func listPolicyVersions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPolicy
	InPage
}) (*listOut[PolicyVersion], error) {
	f, err := s.Policies.Find(ctx, who, in.Policy, s.Now())
	if err != nil {
		return nil, err
	}
	var list []PolicyVersion
	place := map[string]int{}
	for i, v := range f.Versions {
		place[v.ID] = i
		list = append(list, *policyVersionOf(v))
	}
	return paged(in.InPage, list, "policy versions "+f.ID, func(v PolicyVersion) string { return v.ID }, func(a, b string) int { return place[a] - place[b] })
}

type InPolicyVersion struct {
	InPolicy
	Version string `path:"version" maxLength:"100" doc:"Id of the version."`
}

func getPolicyVersion(s *Server, ctx context.Context, who access.Actor, in *InPolicyVersion) (*oneOut[PolicyText], error) {
	v, err := s.Policies.Version(ctx, who, in.Version, s.Now())
	if err != nil {
		return nil, err
	}
	out := PolicyText{PolicyVersion: *policyVersionOf(v), Text: v.Reading(), Undertakings: []PolicyUndertaking{}}
	for _, u := range v.Undertakings {
		if u.Value != "" {
			out.Undertakings = append(out.Undertakings, PolicyUndertaking{u.Subject, u.Topic, string(u.Property), u.Value, u.Sentence})
		}
	}
	return single(out, nil)
}

func listAcknowledgements(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPolicy
	InPage
}) (*listOut[PolicyAcknowledgement], error) {
	f, err := s.Policies.Find(ctx, who, in.Policy, s.Now())
	if err != nil {
		return nil, err
	}
	all, err := s.Policies.AcknowledgementsTo(ctx, who, f.ID)
	if err != nil {
		return nil, err
	}
	var list []PolicyAcknowledgement
	place := map[string]int{}
	for i, a := range all {
		place[a.ID] = i
		list = append(list, PolicyAcknowledgement{a.ID, a.Person, a.Version, a.At})
	}
	return paged(in.InPage, list, "acknowledgements "+f.ID, func(a PolicyAcknowledgement) string { return a.ID }, func(a, b string) int { return place[a] - place[b] })
}

// NewAcknowledgement says which version was read.
type NewAcknowledgement struct {
	Version string `json:"version" maxLength:"100" doc:"Id of the version that was read; it has to be the one in force."`
}

// MyPolicy is how the member the token acts for stands with a policy.
type MyPolicy struct {
	Policy  string     `json:"policy" doc:"Id."`
	Slug    string     `json:"slug"`
	Title   string     `json:"title"`
	Version string     `json:"version" doc:"Id of the version in force."`
	Number  string     `json:"number" example:"2.0"`
	State   string     `json:"state" enum:"done"`
	At      *time.Time `json:"at,omitempty" doc:"When it was acknowledged."`
}

func acknowledgePolicy(s *Server, ctx context.Context, who access.Actor, in *struct {
	InPolicy
	InOnce
	Body NewAcknowledgement
}) (*oneOut[MyPolicy], error) {
	now := s.Now()
	if err := s.Policies.Acknowledge(ctx, who, in.Policy, in.Body.Version, now); err != nil {
		return nil, err
	}
	page, err := s.Policies.Read(ctx, who, in.Policy, now)
	i := page.Item
	return single(MyPolicy{Policy: i.Policy, Slug: i.Slug, Title: i.Title, Version: i.Version.ID, Number: i.Version.Number(), State: string(i.State), At: maybe(i.At)}, err)
}
