package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/isms"
)

// EntryKept is what is known of an entry of the surroundings beside what it says.
type EntryKept struct {
	ID      string    `json:"id"`
	Code    string    `json:"code" doc:"Never used again."`
	Version int       `json:"version"`
	At      time.Time `json:"at" doc:"Since when it says that."`
	ByName  string    `json:"by_name,omitempty"`
	Retired string    `json:"retired,omitempty" doc:"Why it does not count any more; absent while it counts."`
}

// PartyText is what can be said of an interested party.
type PartyText struct {
	Name         string   `json:"name" maxLength:"200"`
	Side         string   `json:"side" enum:"external,internal"`
	Needs        string   `json:"needs" maxLength:"4000" doc:"What they need of the management system."`
	How          string   `json:"how,omitempty" maxLength:"4000" doc:"Which of it is met, and how."`
	Basis        []string `json:"basis,omitempty" maxItems:"5" doc:"Of contract, governance, law, licence, market." example:"contract"`
	Climate      string   `json:"climate,omitempty" maxLength:"4000" doc:"What they ask about climate change."`
	Owner        string   `json:"owner,omitempty" maxLength:"100" doc:"Id of a person."`
	ReviewEvery  string   `json:"review_every,omitempty" maxLength:"10" example:"P1Y"`
	Risks        []string `json:"risks,omitempty" maxItems:"50" doc:"Codes." example:"R-004"`
	Requirements []string `json:"requirements,omitempty" maxItems:"50" example:"iso27001-2022:4.2"`
}

// Party is an interested party.
type Party struct {
	EntryKept
	PartyText
	Reviewed string `json:"reviewed,omitempty" doc:"When somebody last said that it is still right."`
	Due      string `json:"due,omitempty" doc:"Last day by which somebody has to look at it again."`
}

// IssueText is what can be said of an issue.
type IssueText struct {
	Side         string   `json:"side" enum:"external,internal"`
	Topic        string   `json:"topic" maxLength:"200"`
	Text         string   `json:"text" maxLength:"4000"`
	Effect       string   `json:"effect,omitempty" maxLength:"4000" doc:"On the management system."`
	Response     string   `json:"response,omitempty" maxLength:"4000"`
	Climate      bool     `json:"climate,omitempty" doc:"It speaks of climate change."`
	Owner        string   `json:"owner,omitempty" maxLength:"100" doc:"Id of a person."`
	ReviewEvery  string   `json:"review_every,omitempty" maxLength:"10" example:"P1Y"`
	Risks        []string `json:"risks,omitempty" maxItems:"50" doc:"Codes." example:"R-004"`
	Requirements []string `json:"requirements,omitempty" maxItems:"50" example:"iso27001-2022:4.1"`
}

// Issue is something outside or inside that bears on the management system.
type Issue struct {
	EntryKept
	IssueText
	Reviewed string `json:"reviewed,omitempty" doc:"When somebody last said that it is still right."`
	Due      string `json:"due,omitempty" doc:"Last day by which somebody has to look at it again."`
}

func keptEntry(k isms.Kept) EntryKept {
	return EntryKept{k.ID, k.Code, k.No, k.At, k.ByName, k.Retired}
}

func partyOf(p isms.Party) Party {
	return Party{keptEntry(p.Kept), PartyText{p.Name, p.Side, p.Needs, p.How, p.Basis, p.Climate, p.Owner, p.ReviewEvery, p.Risks, p.Requirements}, p.Reviewed.String(), p.Due().String()}
}

// into says it of a party; what the body leaves out becomes empty.
func (t PartyText) into(p isms.Party) isms.Party {
	p.Name, p.Side, p.Needs, p.How, p.Basis, p.Climate = t.Name, t.Side, t.Needs, t.How, t.Basis, t.Climate
	p.Owner, p.ReviewEvery, p.Risks, p.Requirements = t.Owner, t.ReviewEvery, t.Risks, t.Requirements
	return p
}

func issueOf(i isms.Issue) Issue {
	return Issue{keptEntry(i.Kept), IssueText{i.Side, i.Topic, i.Text, i.Effect, i.Response, i.Climate, i.Owner, i.ReviewEvery, i.Risks, i.Requirements}, i.Reviewed.String(), i.Due().String()}
}

// into says it of an issue; what the body leaves out becomes empty.
func (t IssueText) into(i isms.Issue) isms.Issue {
	i.Side, i.Topic, i.Text, i.Effect, i.Response, i.Climate = t.Side, t.Topic, t.Text, t.Effect, t.Response, t.Climate
	i.Owner, i.ReviewEvery, i.Risks, i.Requirements = t.Owner, t.ReviewEvery, t.Risks, t.Requirements
	return i
}

// InEntries is what lists of the surroundings take.
type InEntries struct {
	InOrg
	InPage
	Side    string `query:"side" enum:"external,internal"`
	Retired bool   `query:"retired" doc:"Also those that do not count any more."`
}

func (in InEntries) leavesOut(side, retired string) bool {
	return in.Side != "" && in.Side != side || !in.Retired && retired != ""
}

func (in InEntries) which(list string) string {
	return list + " " + in.Side + " " + strconv.FormatBool(in.Retired)
}

func listParties(s *Server, ctx context.Context, who access.Actor, in *InEntries) (*listOut[Party], error) {
	all, err := s.ISMS.Parties(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p isms.Party) bool { return in.leavesOut(p.Side, p.Retired) })
	return paged(in.InPage, each(all, partyOf), in.which("parties"), func(p Party) string { return p.Code }, control.CompareCodes)
}

// InParty names an interested party.
type InParty struct {
	InOrg
	Party string `path:"party" maxLength:"20" doc:"Its code." example:"IP-01"`
}

func (s *Server) party(ctx context.Context, who access.Actor, code string) (Party, error) {
	p, _, err := s.ISMS.Party(ctx, who, code)
	return partyOf(p), err
}

func getParty(s *Server, ctx context.Context, who access.Actor, in *InParty) (*oneOut[Party], error) {
	return single(s.party(ctx, who, in.Party))
}

func listPartyHistory(s *Server, ctx context.Context, who access.Actor, in *struct {
	InParty
	InPage
}) (*listOut[EntryPast], error) {
	_, past, err := s.ISMS.Party(ctx, who, in.Party)
	if err != nil {
		return nil, err
	}
	return pastPage(in.InPage, past, in.Party)
}

func pastPage(in InPage, past []isms.EntryPast, code string) (*listOut[EntryPast], error) {
	return asListed(in, past, "history of "+code, func(p isms.EntryPast) string { return strconv.Itoa(p.No) }, entryPastOf)
}

func listIssues(s *Server, ctx context.Context, who access.Actor, in *InEntries) (*listOut[Issue], error) {
	all, err := s.ISMS.Issues(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(i isms.Issue) bool { return in.leavesOut(i.Side, i.Retired) })
	return paged(in.InPage, each(all, issueOf), in.which("issues"), func(i Issue) string { return i.Code }, control.CompareCodes)
}

// InIssue names an issue.
type InIssue struct {
	InOrg
	Issue string `path:"issue" maxLength:"20" doc:"Its code." example:"IS-01"`
}

func (s *Server) issue(ctx context.Context, who access.Actor, code string) (Issue, error) {
	i, _, err := s.ISMS.Issue(ctx, who, code)
	return issueOf(i), err
}

func getIssue(s *Server, ctx context.Context, who access.Actor, in *InIssue) (*oneOut[Issue], error) {
	return single(s.issue(ctx, who, in.Issue))
}

func listIssueHistory(s *Server, ctx context.Context, who access.Actor, in *struct {
	InIssue
	InPage
}) (*listOut[EntryPast], error) {
	_, past, err := s.ISMS.Issue(ctx, who, in.Issue)
	if err != nil {
		return nil, err
	}
	return pastPage(in.InPage, past, in.Issue)
}

// Climate is how the decision on climate change stands.
type Climate struct {
	State     string            `json:"state" enum:"missing,overdue,soon,current"`
	Why       string            `json:"why"`
	Due       string            `json:"due,omitempty" doc:"Last day to look at it again."`
	Decisions []ClimateDecision `json:"decisions" doc:"The newest first."`
}

// ClimateDecision says whether climate change is a relevant issue (Amd 1:2024 to 4.1).
type ClimateDecision struct {
	Relevant bool   `json:"relevant"`
	Why      string `json:"why"`
	On       string `json:"on"`
	ByName   string `json:"by_name,omitempty"`
}

func (s *Server) climate(ctx context.Context, who access.Actor) (Climate, error) {
	st, all, err := s.ISMS.Climate(ctx, who, s.Now())
	return Climate{st.State, st.Why, st.Due.String(), each(all, func(d isms.ClimateDecision) ClimateDecision {
		return ClimateDecision{d.Relevant, d.Why, d.On.String(), d.ByName}
	})}, err
}

func getClimate(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[Climate], error) {
	return single(s.climate(ctx, who))
}
