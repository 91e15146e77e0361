package web

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/problem"
)

// accountPage is the reader's own account, across organisations.
type accountPage struct {
	frame
	Account   access.Account
	Name      string // as typed
	Sessions  []access.Session
	Enrolment *access.Enrolment // a second factor that was begun
	Recovery  []string          // codes, shown once
	Problem   *problem.Error
	At        string // which form the problem belongs to
	CanTokens bool   // programs may act for the reader
}

// getAccount shows it: GET /o/{org}/account.
func (s *Server) getAccount(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showAccount(w, r, who, http.StatusOK, accountPage{Name: who.Account.Name})
}

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request, who visitor, status int, p accountPage) error {
	var err error
	if p.Sessions, err = s.Access.Sessions(r.Context(), who.Account, s.Now()); err != nil {
		return err
	}
	p.Account, p.CanTokens = who.Account, who.Can(access.UseTokens)
	if p.Recovery != nil {
		p.Account.SecondFactor = true
	}
	if p.Name == "" {
		p.Name = who.Account.Name
	}
	p.frame = s.frame(w, r, who, "account", "My account")
	return s.render(w, r, status, showAccount(p))
}

// accountTrouble shows the form again with what is wrong.
func (s *Server) accountTrouble(w http.ResponseWriter, r *http.Request, who visitor, at string, p accountPage, err error) error {
	p.Problem, p.At = problem.Of(err), at
	if p.Problem.Code == problem.Internal {
		return err
	}
	return s.showAccount(w, r, who, statusOf(p.Problem.Code), p)
}

// postAccountName changes what the person is called: POST /o/{org}/account/name.
func (s *Server) postAccountName(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.RenameAccount(r.Context(), who.Account, r.FormValue("name")); err != nil {
		return s.accountTrouble(w, r, who, "name", accountPage{Name: r.FormValue("name")}, err)
	}
	return back(w, r, orgPath(who.Slug(), "account"), "Saved.")
}

// postPassphrase changes the passphrase: POST /o/{org}/account/passphrase.
func (s *Server) postPassphrase(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.ChangePassphrase(r.Context(), who.Account, r.FormValue("old"), r.FormValue("passphrase"), s.Now()); err != nil {
		return s.accountTrouble(w, r, who, "passphrase", accountPage{}, err)
	}
	return back(w, r, orgPath(who.Slug(), "account"), "The passphrase is changed.")
}

// postEnrol begins a second factor: POST /o/{org}/account/second-factor.
func (s *Server) postEnrol(w http.ResponseWriter, r *http.Request, who visitor) error {
	e, err := s.Access.EnrolTOTP(r.Context(), who.Account, s.Now())
	if err != nil {
		return s.accountTrouble(w, r, who, "factor", accountPage{}, err)
	}
	return s.showAccount(w, r, who, http.StatusOK, accountPage{Enrolment: &e})
}

// postConfirmFactor proves that it works: POST /o/{org}/account/second-factor/confirm.
func (s *Server) postConfirmFactor(w http.ResponseWriter, r *http.Request, who visitor) error {
	codes, err := s.Access.ConfirmTOTP(r.Context(), who.Account, r.FormValue("code"), s.Now())
	if err != nil {
		e := access.Enrolment{Secret: r.FormValue("secret"), URL: r.FormValue("url")}
		return s.accountTrouble(w, r, who, "factor", accountPage{Enrolment: &e}, err)
	}
	return s.showAccount(w, r, who, http.StatusOK, accountPage{Recovery: codes})
}

// postDisableFactor ends it: POST /o/{org}/account/second-factor/disable.
func (s *Server) postDisableFactor(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.DisableTOTP(r.Context(), who.Account, r.FormValue("passphrase"), s.Now()); err != nil {
		return s.accountTrouble(w, r, who, "factor", accountPage{}, err)
	}
	return back(w, r, orgPath(who.Slug(), "account"), "The second factor is off.")
}

// postRevokeSession ends one session: POST /o/{org}/account/sessions/{session}/revoke.
func (s *Server) postRevokeSession(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.Revoke(r.Context(), who.Account, r.PathValue("session")); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "account"), "The session has ended.")
}

// postRevokeOthers ends all but this one: POST /o/{org}/account/sessions/revoke-others.
func (s *Server) postRevokeOthers(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.RevokeOthers(r.Context(), who.Account); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "account"), "All other sessions have ended.")
}
