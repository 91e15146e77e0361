package web

import (
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// postDeviceSourceSecret replaces the secret of a connection: POST /o/{org}/devices/sources/{connection}/secret.
func (s *Server) postDeviceSourceSecret(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("connection")
	err := s.Sources.Reopen(r.Context(), who.Actor, id, r.FormValue("client"), r.FormValue("secret"), s.Now())
	return s.connectionChanged(w, r, who, "secret-"+id, "The new secret is kept. Ask it now to see whether it opens.", err)
}

// postDeviceSourceMapping says which policies of Fleet answer which checks: POST /o/{org}/devices/sources/{connection}/mapping.
func (s *Server) postDeviceSourceMapping(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("connection")
	list, err := mappingFrom(r.FormValue("mapping"))
	if err == nil {
		err = s.Sources.Map(r.Context(), who.Actor, id, list, s.Now())
	}
	return s.connectionChanged(w, r, who, "mapping-"+id, "The policies are kept. They count from the next time it is asked.", err)
}

func (s *Server) connectionChanged(w http.ResponseWriter, r *http.Request, who visitor, form, done string, err error) error {
	if err == nil {
		return back(w, r, orgPath(who.Slug(), "devices", "sources"), done)
	}
	p := problem.Of(err)
	if p.Code != problem.Invalid {
		return err
	}
	return s.showDeviceSources(w, r, who, statusOf(p.Code), deviceSourcesPage{Problem: p, Form: form, Mapping: r.FormValue("mapping"), Typed: source.New{Client: r.FormValue("client")}})
}

// toldMark follows a check whose policy says only whether the check could be told.
const toldMark = "?"

// mappingText is a mapping as people edit it: a line for each policy, first the check,
// then what the policy is called in Fleet.
func mappingText(list []source.Mapping) string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString(string(m.Check))
		if m.Told {
			b.WriteString(toldMark)
		}
		b.WriteString(": " + m.Policy + "\n")
	}
	return b.String()
}

// mappingFrom reads such lines back. Empty ones are left out.
func mappingFrom(text string) ([]source.Mapping, error) {
	var out []source.Mapping
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		check, policy, ok := strings.Cut(line, ":")
		if policy = strings.TrimSpace(policy); !ok || policy == "" {
			return nil, problem.Field("mapping", "The line “"+line+"” names no check and policy. Write the check, a colon and the name of the policy.")
		}
		check, told := strings.CutSuffix(strings.TrimSpace(check), toldMark)
		out = append(out, source.Mapping{Policy: policy, Check: wire.Check(check), Told: told})
	}
	return out, nil
}

// checkKeys are the names of the checks as a mapping writes them.
func checkKeys() string {
	var out []string
	for _, c := range wire.Checks() {
		out = append(out, string(c))
	}
	return strings.Join(out, ", ")
}

func (p deviceSourcesPage) mappingOf(c deviceConnection) string {
	if p.Form == "mapping-"+c.ID {
		return p.Mapping
	}
	return mappingText(c.Mapping)
}

func (p deviceSourcesPage) clientOf(c deviceConnection) string {
	if p.Form == "secret-"+c.ID {
		return p.Typed.Client
	}
	return c.Client
}
