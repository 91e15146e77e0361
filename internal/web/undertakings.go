package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// undertakingsPage is what a policy binds the company to, as read from its text.
type undertakingsPage struct {
	policyHead
	Version  string // "2.0, in force"
	Stamp    string // of the list: a change of another one is refused
	Rows     []undertakingRow
	Out      []undertakingRow // taken out by a person
	Unread   int              // read by the extractor and not confirmed yet
	Unknown  []policy.Unknown
	CanSet   bool
	Subjects []option
	Kinds    []option
	Typed    undertakingTyped
}

// undertakingRow is one of them in words.
type undertakingRow struct {
	policy.Undertaking
	Label, Topic, Says, Cited string
}

// undertakingTyped is what was typed and refused.
type undertakingTyped struct {
	Do, ID  string
	Fields  map[string]string
	Problem *problem.Error
}

// getUndertakings lists them: GET /o/{org}/policy/{policy}/undertakings.
func (s *Server) getUndertakings(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showUndertakings(w, r, who, http.StatusOK, undertakingTyped{})
}

func (s *Server) showUndertakings(w http.ResponseWriter, r *http.Request, who visitor, status int, typed undertakingTyped) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	p := undertakingsPage{policyHead: s.policyHead(w, r, who, o, "undertakings", "Undertakings"), Typed: typed}
	v, ok := o.reading()
	p.CanSet = p.MayWrite && ok && v.State != policy.Archived
	if ok {
		p.Version, p.Stamp = v.Number(), undertakingStamp(v.Undertakings)
	}
	for _, u := range v.Undertakings {
		row := undertakingRow{u, policy.Words().Label(u.Subject), policy.Words().Label(u.Topic), policy.Say(u.Property, u.Value), v.Cited(u)}
		if u.Property == policy.Governs {
			row.Label, row.Says = "What it governs", policy.Words().Label(u.Topic)
		}
		if u.Value == "" {
			p.Out = append(p.Out, row)
			continue
		}
		if p.Rows = append(p.Rows, row); u.Read {
			p.Unread++
		}
	}
	listed := func(sentence string) bool {
		return slices.ContainsFunc(v.Undertakings, func(u policy.Undertaking) bool { return v.Cited(u) == sentence })
	}
	for _, u := range policy.Extract(v.Reading()).Unknown {
		if !listed(u.Sentence) {
			p.Unknown = append(p.Unknown, u)
		}
	}
	for _, x := range policy.Words().Subjects {
		p.Subjects = append(p.Subjects, option{x.ID, x.Label})
	}
	for _, x := range policy.Properties {
		if x != policy.Governs {
			p.Kinds = append(p.Kinds, option{string(x), upperFirst(string(x))})
		}
	}
	return s.render(w, r, status, showUndertakingsPage(p))
}

// undertakingStamp tells one list from another.
func undertakingStamp(list []policy.Undertaking) string {
	b, _ := json.Marshal(list) // texts: it cannot fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// postUndertakings changes one of them or confirms all: POST /o/{org}/policy/{policy}/undertakings
// with do = confirm, all, change, drop, restore or add.
func (s *Server) postUndertakings(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	v, ok := o.reading()
	if !ok || undertakingStamp(v.Undertakings) != r.FormValue("stamp") {
		return problem.New(problem.Conflict, "Somebody changed this list since you opened it, or there is a new version. Open the page again.")
	}
	list, do, id := slices.Clone(v.Undertakings), r.FormValue("do"), r.FormValue("id")
	at := slices.IndexFunc(list, func(u policy.Undertaking) bool { return u.ID == id })
	if at < 0 && do != "all" && do != "add" {
		return problem.New(problem.NotFound, "This undertaking is not on the list any more. Open the page again.")
	}
	said := "Saved."
	switch do {
	case "all":
		for i := range list {
			list[i].Read = false
		}
		said = "All are confirmed."
	case "confirm":
		list[at].Read = false
	case "drop":
		list[at].Value, list[at].Read = "", false
		said = "Taken out. It counts for nothing any more."
	case "restore":
		list = slices.Delete(list, at, at+1)
		for _, u := range policy.Extract(v.Reading()).Undertakings {
			if u.Sentence == v.Undertakings[at].Sentence && u.Subject == v.Undertakings[at].Subject {
				list = append(list, u)
			}
		}
		said = "It counts again, as it was read."
	case "change":
		list[at].Value, list[at].Read = strings.TrimSpace(r.FormValue("value")), false
		if list[at].Value == "" {
			return s.refuseUndertaking(w, r, who, problem.Field("value", "The value is missing. Write what the document binds us to, or take it out."))
		}
	case "add":
		u := policy.Undertaking{Subject: strings.TrimSpace(r.FormValue("subject")), Property: policy.Property(r.FormValue("property")), Value: strings.TrimSpace(r.FormValue("value")), Sentence: r.FormValue("sentence")}
		for _, x := range policy.Words().Subjects { // the list offers labels too
			if strings.EqualFold(x.Label, u.Subject) {
				u.Subject = x.ID
			}
		}
		if u.Value == "" {
			return s.refuseUndertaking(w, r, who, problem.Field("value", "The value is missing. Write what the document binds us to."))
		}
		list = append(list, u)
		said = "Added."
	default:
		return problem.Field("do", "Use one of the buttons beside an undertaking.")
	}
	if err := s.Policies.SetUndertakings(r.Context(), who.Actor, v.ID, list, s.Now()); err != nil {
		if p := problem.Of(err); p.Field != "" {
			return s.refuseUndertaking(w, r, who, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "policy", o.Slug, "undertakings"), said)
}

// refuseUndertaking shows the page again with what was typed.
func (s *Server) refuseUndertaking(w http.ResponseWriter, r *http.Request, who visitor, wrong *problem.Error) error {
	typed := undertakingTyped{Do: r.FormValue("do"), ID: r.FormValue("id"), Problem: wrong, Fields: map[string]string{}}
	for _, f := range []string{"subject", "property", "value", "sentence"} {
		typed.Fields[f] = r.FormValue(f)
	}
	return s.showUndertakings(w, r, who, http.StatusUnprocessableEntity, typed)
}

// undertakingInput is a field of a form of the page.
func (p undertakingsPage) undertakingInput(do, id, name, label, value, hint string) input {
	i := input{Name: name, ID: name + "-" + do + id, Label: label, Value: value, Hint: hint}
	if p.Typed.Do == do && p.Typed.ID == id {
		i.Value = p.Typed.Fields[name]
		if w := p.Typed.Problem; w != nil && w.Field == name {
			i.Wrong = w.Text
		}
	}
	return i
}

// undertakingHint says how a value of a kind is written.
func undertakingHint(p policy.Property) string {
	switch p {
	case policy.Frequency:
		return "The longest gap: P3M, P1Y or P7D."
	case policy.Deadline:
		return "Up to three days in hours: PT48H; otherwise P30D. Working days: P2D business."
	case policy.Retention:
		return "P90D, P3M or P7Y."
	case policy.Threshold:
		return "A sign, a number and a unit: >=14 characters."
	case policy.Scope:
		return "Words joined by +: contractors+employees."
	case policy.Role:
		return "The id of a role: security-officer."
	}
	return "The meaning without the term."
}
