package api

import (
	"context"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

// OsquerySecret is what machines with osquery enrol with.
type OsquerySecret struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty" doc:"What it is for."`
	MadeAt   time.Time `json:"made_at"`
	Until    time.Time `json:"until,omitzero" doc:"Absent: until it is ended."`
	EndedAt  time.Time `json:"ended_at,omitzero"`
	InForce  bool      `json:"in_force"`
	Most     int       `json:"most" doc:"Machines that were not known which it may enrol."`
	Used     int       `json:"used" doc:"Machines that it did."`
	Left     int       `json:"left" doc:"Machines that may still come."`
	Machines int       `json:"machines" doc:"Those that enrolled with it last."`
}

// OsqueryMost says for how many machines a secret is.
type OsqueryMost struct {
	Most int `json:"most" minimum:"1" maximum:"100000" doc:"Machines that were not known, those it enrolled among them."`
}

func listOsquerySecrets(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[List[OsquerySecret]], error) {
	list, err := s.Hosts.Secrets(ctx, who)
	out := List[OsquerySecret]{Items: []OsquerySecret{}, Total: len(list)}
	for _, x := range list {
		out.Items = append(out.Items, OsquerySecret{x.ID, x.Name, x.At, x.Until, x.EndedAt, x.InForce(s.Now()), x.Most, x.Used, x.Left(), x.Hosts})
	}
	return single(out, err)
}

func setOsquerySecret(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Secret string `path:"secret" maxLength:"100"`
	Body   OsqueryMost
}) (*oneOut[Done], error) {
	return single(Done{true}, s.Hosts.SetMost(ctx, who, in.Secret, in.Body.Most, s.Now()))
}
