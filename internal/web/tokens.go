package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/problem"
)

// tokensPage is the reader's own tokens for programs, and for whoever manages
// members those of everybody else.
type tokensPage struct {
	frame
	Mine, Others []access.Token
	Rules        []access.Rule // what a token of this role may be given
	CanWrite     bool          // the role allows more than reading
	Secret       string        // of the token just made, shown once
	Made         access.Token
	Address      string // of the API for this organisation
	Typed        tokenForm
	Problem      *problem.Error
}

// tokenForm is the form as typed.
type tokenForm struct {
	Name, Scope, Days string
	Actions           []string
}

// tokenDays are the lives a token can be given.
var tokenDays = []option{{"7", "7 days"}, {"30", "30 days"}, {"90", "90 days"}, {"180", "180 days"}, {"366", "366 days"}}

// getTokens shows them: GET /o/{org}/account/tokens.
func (s *Server) getTokens(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showTokens(w, r, who, http.StatusOK, tokensPage{Typed: tokenForm{Scope: "read", Days: "90"}})
}

func (s *Server) showTokens(w http.ResponseWriter, r *http.Request, who visitor, status int, p tokensPage) error {
	var err error
	if p.Mine, err = s.Access.Tokens(r.Context(), who.Actor, s.Now()); err != nil {
		return err
	}
	if who.Can(access.ManageMembers) {
		if p.Others, err = s.Access.AllTokens(r.Context(), who.Actor, s.Now()); err != nil {
			return err
		}
		p.Others = slices.DeleteFunc(p.Others, func(t access.Token) bool { return t.Yours })
	}
	may := access.Grantable(who.Role())
	for _, rule := range access.Rules() {
		if slices.Contains(may, rule.Action) {
			p.Rules = append(p.Rules, rule)
			p.CanWrite = p.CanWrite || !rule.Action.Reads()
		}
	}
	p.Address = s.base(r) + "/api/v1/o/" + who.Slug()
	p.frame = s.frame(w, r, who, "account", "API tokens", crumb{"My account", orgPath(who.Slug(), "account")})
	return s.render(w, r, status, showTokens(p))
}

// postToken makes a token and shows its secret once: POST /o/{org}/account/tokens.
func (s *Server) postToken(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := tokensPage{Typed: tokenForm{r.FormValue("name"), r.FormValue("scope"), r.FormValue("days"), r.Form["action"]}}
	n := access.NewToken{Name: p.Typed.Name}
	switch p.Typed.Scope {
	case "read":
		n.Scope = access.GrantableReads(who.Role())
	case "all":
		n.Scope = access.Grantable(who.Role())
	default:
		for _, a := range p.Typed.Actions {
			n.Scope = append(n.Scope, access.Action(a))
		}
	}
	if days, err := strconv.Atoi(p.Typed.Days); err == nil && days <= 1000 {
		n.ExpiresAt = s.Now().Add(time.Duration(days) * 24 * time.Hour)
	}
	var err error
	if p.Secret, p.Made, err = s.Access.CreateToken(r.Context(), who.Actor, n, s.Now()); err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return err
		}
		return s.showTokens(w, r, who, statusOf(p.Problem.Code), p)
	}
	p.Typed = tokenForm{Scope: "read", Days: "90"}
	return s.showTokens(w, r, who, http.StatusOK, p)
}

// postRevokeToken ends one: POST /o/{org}/account/tokens/{token}/revoke.
func (s *Server) postRevokeToken(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.RevokeToken(r.Context(), who.Actor, r.PathValue("token"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "account", "tokens"), "The token is revoked. Programs that use it are turned away from now on.")
}

// base is the address people reach this server at.
func (s *Server) base(r *http.Request) string {
	switch {
	case s.BaseURL != "":
		return strings.TrimSuffix(s.BaseURL, "/")
	case s.secure(r):
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// scopeWords says in a few words what a token may do.
func scopeWords(t access.Token) string {
	writes := slices.DeleteFunc(slices.Clone(t.Scope), access.Action.Reads)
	switch {
	case len(writes) == 0:
		return "Reads"
	case len(writes) == len(t.Scope):
		return "Writes"
	}
	return "Reads and writes"
}

// actionWords is what an action lets somebody do, as a sentence begins.
func actionWords(a access.Action) string {
	for _, r := range access.Rules() {
		if r.Action == a {
			return upperFirst(r.Doc)
		}
	}
	return string(a)
}

// seenWords says when a token was last used.
func seenWords(t access.Token) string {
	if t.SeenAt.IsZero() {
		return "never"
	}
	return t.SeenAt.UTC().Format("2 Jan 2006, 15:04 UTC")
}
