package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// getPolicySettings shows the form: GET /o/{org}/policy/{policy}/settings.
func (s *Server) getPolicySettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, b, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	return s.showPolicySettings(w, r, who, http.StatusOK, o, b, policySettingsPage{Form: policyFormOf(o, b)})
}

// policyFormOf fills the form from a policy.
func policyFormOf(o policyOpen, b *book) policyForm {
	f := policyForm{Title: o.Title, Owner: o.Owner, Approver: o.Approver, Audience: o.Audience, Acknowledge: o.Acknowledge,
		ReviewApproval: o.ReviewApproval, Months: strconv.Itoa(o.ReviewEvery), Topics: o.Topics, Governs: o.Governs}
	var codes []string
	for _, id := range o.Controls {
		codes = append(codes, b.control(id).Code)
	}
	slices.Sort(codes)
	f.Controls = strings.Join(codes, ", ")
	return f
}

func (s *Server) showPolicySettings(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, b *book, p policySettingsPage) error {
	p.policyHead = s.policyHead(w, r, who, o, "settings", "Settings")
	p.CanDrop = p.MayManage
	groups, err := s.policyGroups(r.Context(), who)
	if err != nil {
		return err
	}
	p.Groups = groups
	for _, k := range p.Form.Audience { // a group that is gone stays visible
		if !slices.ContainsFunc(p.Groups, func(g option) bool { return g.Value == k }) {
			p.Groups = append(p.Groups, option{k, k})
		}
	}
	p.People = b.personOptions()
	for _, t := range policy.Topics() {
		p.Topics = append(p.Topics, option{t.ID, upperFirst(t.Label)})
	}
	slices.SortFunc(p.Topics, func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	months := []int{0, 3, 6, 12, 18, 24, 36}
	if n, err := strconv.Atoi(p.Form.Months); err == nil && !slices.Contains(months, n) {
		months = append(months, n)
		slices.Sort(months)
	}
	for _, n := range months {
		p.Months = append(p.Months, option{strconv.Itoa(n), policyEvery(n)})
	}
	for _, c := range b.Controls {
		p.Controls = append(p.Controls, option{c.Code, c.Title})
	}
	return s.render(w, r, status, policySettings(p))
}

// policyEvery is an interval of reviews in words.
func policyEvery(months int) string {
	if months == 0 {
		return "never"
	}
	return plural(months, "month", "months")
}

// personOptions are the people of the register for a choice, by name.
func (b *book) personOptions() []option {
	out := []option{{"", "Nobody yet"}}
	for _, person := range b.People {
		out = append(out, option{person.ID, person.Name})
	}
	slices.SortFunc(out[1:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	return out
}

// postPolicySettings saves the form: POST /o/{org}/policy/{policy}/settings.
func (s *Server) postPolicySettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, b, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	line := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	f := policyForm{Title: line("title"), Owner: line("owner"), Approver: line("approver"), Audience: r.Form["audience"], Acknowledge: r.FormValue("acknowledge") == "yes",
		ReviewApproval: r.FormValue("review_approval") == "yes", Months: line("months"), Topics: r.Form["topics"], Governs: r.Form["governs"], Controls: line("controls")}
	next := o.Policy
	next.Title, next.Owner, next.Approver, next.Audience, next.Acknowledge = f.Title, f.Owner, f.Approver, f.Audience, f.Acknowledge
	next.ReviewApproval, next.Topics, next.Governs = f.ReviewApproval, f.Topics, f.Governs
	if next.ReviewEvery, err = strconv.Atoi(f.Months); err != nil {
		err = problem.Field("review_every", "Choose one of the intervals.")
	}
	if err == nil {
		next.Controls, err = b.controlIDs(f.Controls)
	}
	if err == nil {
		err = s.Policies.Change(r.Context(), who.Actor, next, s.Now())
	}
	if err != nil {
		wrong := problem.Of(err)
		if wrong.Code == problem.Internal || wrong.Code == problem.Forbidden {
			return err
		}
		return s.showPolicySettings(w, r, who, statusOf(wrong.Code), o, b, policySettingsPage{Form: f, Problem: wrong})
	}
	return back(w, r, orgPath(who.Slug(), "policy", o.Slug, "settings"), "Saved.")
}

// controlIDs reads codes of controls, parted by commas or spaces.
func (b *book) controlIDs(typed string) ([]string, error) {
	var out []string
	for _, code := range strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' }) {
		i, ok := b.byCode[strings.ToUpper(code)]
		if !ok {
			i, ok = b.byCode[code]
		}
		if !ok {
			return nil, problem.Field("controls", "There is no control "+code+" here. Write codes as they stand in the list of controls, such as AC-04.")
		}
		out = append(out, b.Controls[i].ID)
	}
	return out, nil
}

// policyWordsPage is what all policies share: variables, and how long people have.
type policyWordsPage struct {
	frame
	Variables []policyVariable
	Days      string
	MayManage bool
	Problem   *problem.Error
}

// getPolicyWords shows it: GET /o/{org}/policies/words.
func (s *Server) getPolicyWords(w http.ResponseWriter, r *http.Request, who visitor) error {
	days, err := s.Policies.Days(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return s.showPolicyWords(w, r, who, http.StatusOK, policyWordsPage{Days: strconv.Itoa(days)}, nil)
}

func (s *Server) showPolicyWords(w http.ResponseWriter, r *http.Request, who visitor, status int, p policyWordsPage, typed map[string]string) error {
	var err error
	if p.Variables, err = s.policyVariables(r, who, typed); err != nil {
		return err
	}
	p.MayManage = who.Can(access.ManagePolicies)
	p.frame = s.frame(w, r, who, "policies", "Words and days", crumb{"Policies", orgPath(who.Slug(), "policies")})
	return s.render(w, r, status, policyWords(p))
}

// policyVariables are the variables as a form shows them; what was typed stands
// over what is saved.
func (s *Server) policyVariables(r *http.Request, who visitor, typed map[string]string) ([]policyVariable, error) {
	list, err := s.Policies.Variables(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	var out []policyVariable
	for _, v := range list {
		f := policyVariable{Name: v.Name, Label: v.Label, Example: v.Example, Value: v.Value, Used: len(v.Used)}
		if f.Label == "" {
			f.Label = "{{" + v.Name + "}}"
		}
		if t, ok := typed[v.Name]; ok {
			f.Value = t
		}
		out = append(out, f)
	}
	return out, nil
}

// typedVariables reads the fields of the form of variables.
func typedVariables(r *http.Request) map[string]string {
	out := map[string]string{}
	for name, list := range r.Form {
		if v, ok := strings.CutPrefix(name, "var-"); ok && len(list) > 0 {
			out[v] = strings.TrimSpace(list[0])
		}
	}
	return out
}

// variableProblem says of which field of the form a problem is.
func variableProblem(err error, typed map[string]string) *problem.Error {
	p := problem.Of(err)
	if _, ok := typed[p.Field]; ok && p.Field != "" {
		p.Field = "var-" + p.Field
	}
	return p
}

// postPolicyWords saves it: POST /o/{org}/policies/words.
func (s *Server) postPolicyWords(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	typed := typedVariables(r)
	p := policyWordsPage{Days: strings.TrimSpace(r.FormValue("days"))}
	days, err := strconv.Atoi(p.Days)
	if err != nil {
		err = problem.Field("days", "Write a number of days, such as 30.")
	}
	if err == nil {
		err = s.Policies.SetVariables(r.Context(), who.Actor, typed, s.Now())
	}
	if err == nil {
		err = s.Policies.SetDays(r.Context(), who.Actor, days, s.Now())
	}
	if err != nil {
		if p.Problem = variableProblem(err, typed); p.Problem.Code == problem.Internal || p.Problem.Code == problem.Forbidden {
			return err
		}
		return s.showPolicyWords(w, r, who, statusOf(p.Problem.Code), p, typed)
	}
	return back(w, r, orgPath(who.Slug(), "policies", "words"), "Saved. Drafts say it at once; texts in force keep their words until their next version.")
}
