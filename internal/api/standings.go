package api

import (
	"context"
	"fmt"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/monitor"
	"github.com/toucan-grc/toucan/internal/people"
)

// Standing is how a person stands with one check.
type Standing struct {
	Check    string    `json:"check" doc:"Key of the check; the key of the test whose results posture reads." example:"people.training-security"`
	State    string    `json:"state" enum:"not_asked,excluded,paused,due,missing,unclear,done"`
	Reason   string    `json:"reason,omitempty" doc:"Why, in one sentence."`
	Due      string    `json:"due,omitempty" doc:"Last day to do it." example:"2026-03-01"`
	Since    time.Time `json:"since,omitzero" doc:"When the state began."`
	Until    time.Time `json:"until,omitzero" doc:"When it ends by itself."`
	Evidence []string  `json:"evidence,omitempty" doc:"Ids of the items that show it."`
}

// PersonStanding is one person and how they stand with everything asked of them.
type PersonStanding struct {
	Person  string     `json:"person" doc:"Id in the register."`
	Name    string     `json:"name"`
	Email   string     `json:"email,omitempty"`
	Status  string     `json:"status" enum:"current,future,on_leave,former,out_of_scope,service"`
	Overall string     `json:"overall" enum:"overdue,unclear,due,complete,paused,no_tasks,leaving_overdue,leaving_due,leaving_complete"`
	Checks  []Standing `json:"checks"`
}

func personStanding(r monitor.Row) PersonStanding {
	out := PersonStanding{Person: r.Person.ID, Name: r.Person.Name, Email: r.Person.Email, Status: string(r.Status), Overall: string(r.Overall), Checks: []Standing{}}
	for _, s := range r.Standings() {
		x := Standing{Check: string(s.Check), State: string(s.State), Reason: s.Reason, Since: s.Since, Until: s.Until, Evidence: s.Evidence}
		if s.Due.Known() {
			x.Due = s.Due.String()
		}
		out.Checks = append(out.Checks, x)
	}
	return out
}

func listStandings(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text     string `query:"text" maxLength:"200" doc:"Only those with this in name, e-mail address or title."`
	Function string `query:"function" maxLength:"40" doc:"Only those in this part of the company."`
	Group    string `query:"group" maxLength:"100" doc:"Only those in this group."`
	Status   string `query:"status" enum:"present,current,future,on_leave,former,out_of_scope,service" doc:"present: everybody whom the programme concerns now."`
	Overall  string `query:"overall" enum:"overdue,unclear,due,complete,paused,no_tasks,leaving_overdue,leaving_due,leaving_complete"`
	Check    string `query:"check" maxLength:"100" doc:"Only those who are asked this, or, with state, who stand so with it."`
	State    string `query:"state" enum:"not_asked,excluded,paused,due,missing,unclear,done" doc:"Together with check."`
}) (*listOut[PersonStanding], error) {
	b, err := s.Monitor.Board(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	f := monitor.Filter{Text: in.Text, Function: in.Function, Group: in.Group, Status: people.Status(in.Status), Overall: monitor.Overall(in.Overall),
		Check: people.Check(in.Check), State: people.State(in.State)}
	page, err := paged(in.InPage, b.Rows(f).Rows, fmt.Sprintf("standings %+v", f), func(r monitor.Row) string { return r.Person.ID },
		func(x, y string) int { return b.Place(x) - b.Place(y) })
	if err != nil {
		return nil, err
	}
	out := &listOut[PersonStanding]{List[PersonStanding]{Items: []PersonStanding{}, Next: page.Body.Next, Total: page.Body.Total}}
	for _, r := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, personStanding(r))
	}
	return out, nil
}

func getStanding(s *Server, ctx context.Context, who access.Actor, in *InPerson) (*oneOut[PersonStanding], error) {
	r, _, err := s.Monitor.Person(ctx, who, in.Person, s.Now())
	return single(personStanding(r), err)
}
