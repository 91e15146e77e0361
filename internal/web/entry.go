package web

import (
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/problem"
)

// firstRunPage is the very first form: nobody has an account yet.
type firstRunPage struct {
	Theme, Token, Organisation, Name, Email string // as typed
	Problem                                 *problem.Error
}

// getFirstRun shows it to whoever holds the link from the server's log: GET /first-run?token=.
func (s *Server) getFirstRun(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if r.FormValue("token") == "" {
		return problem.New(problem.NotFound, "Open the one-time link that the server printed when it started. It is the only way to make the first account.")
	}
	return s.render(w, r, http.StatusOK, firstRunForm(firstRunPage{Theme: theme(r), Token: r.FormValue("token")}))
}

// postFirstRun makes the organisation and its administrator: POST /first-run.
func (s *Server) postFirstRun(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p := firstRunPage{Theme: theme(r), Token: r.FormValue("token"), Organisation: r.FormValue("organisation"), Name: r.FormValue("name"), Email: r.FormValue("email")}
	in, err := s.Access.CreateFirst(r.Context(), access.First{
		Token: p.Token, Organisation: p.Organisation, Name: p.Name, Email: p.Email, Passphrase: r.FormValue("passphrase"),
	}, s.client(r), s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.render(w, r, statusOf(p.Problem.Code), firstRunForm(p))
	}
	s.setSession(w, r, in)
	return back(w, r, "/", "Your organisation is ready. Import your controls to begin.")
}

// signInPage is the form of both steps; the second asks for the code only.
type signInPage struct {
	Theme, Email, Next string
	Step               bool // the passphrase was right, the code is asked for
	First              bool // nobody has an account yet
	Problem            *problem.Error
}

// getSignIn shows the form: GET /sign-in.
func (s *Server) getSignIn(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p := signInPage{Theme: theme(r), Next: r.FormValue("next")}
	return s.render(w, r, http.StatusOK, signInForm(p))
}

// postSignIn checks who it is: POST /sign-in.
func (s *Server) postSignIn(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p := signInPage{Theme: theme(r), Email: r.FormValue("email"), Next: r.FormValue("next")}
	passphrase := r.FormValue("passphrase")
	if passphrase == "" && r.FormValue("code") != "" {
		passphrase = s.step(r, p.Email)
	}
	in, err := s.Access.SignIn(r.Context(), access.Credentials{Email: p.Email, Passphrase: passphrase, Code: r.FormValue("code")}, s.client(r), s.Now())
	if err != nil {
		p.Problem = problem.Of(err)
		if p.Problem.Code == problem.Internal {
			return err
		}
		if p.Problem.Field == "code" {
			p.Step = true
			s.setStep(w, r, p.Email, passphrase)
		}
		return s.render(w, r, statusOf(p.Problem.Code), signInForm(p))
	}
	dropStep(w)
	s.setSession(w, r, in)
	return back(w, r, local(p.Next), "")
}

// getSignInLink signs in whoever holds a one-time link made on the server: GET /sign-in/link?token=.
func (s *Server) getSignInLink(w http.ResponseWriter, r *http.Request, _ visitor) error {
	in, err := s.Access.SignInByLink(r.Context(), r.FormValue("token"), s.client(r), s.Now())
	if err != nil {
		return err
	}
	s.setSession(w, r, in)
	return back(w, r, "/", "")
}

// postSignOut ends the session on both sides: POST /sign-out.
func (s *Server) postSignOut(w http.ResponseWriter, r *http.Request, _ visitor) error {
	if token := sessionToken(r); token != "" {
		if err := s.Access.SignOut(r.Context(), token); err != nil && problem.Of(err).Code == problem.Internal {
			return err
		}
	}
	s.dropSession(w, r)
	return back(w, r, "/sign-in", "")
}

// invitationPage is what somebody who was invited sees.
type invitationPage struct {
	Theme, Token, Name string
	Invitation         access.Invitation
	As                 string // e-mail of the account that is signed in, or empty
	Problem            *problem.Error
}

// getInvitation shows who invited to what: GET /invitation?token=.
func (s *Server) getInvitation(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p, err := s.invitation(r)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, invitationForm(p))
}

func (s *Server) invitation(r *http.Request) (invitationPage, error) {
	p := invitationPage{Theme: theme(r), Token: r.FormValue("token"), Name: r.FormValue("name")}
	inv, err := s.Access.Invitation(r.Context(), p.Token, s.Now())
	if err != nil {
		return p, err
	}
	p.Invitation = inv
	if account, err := s.Access.Authenticate(r.Context(), sessionToken(r), s.Now()); err == nil {
		p.As = account.Email
	}
	return p, nil
}

// postInvitation accepts it, with a new account or with the one signed in: POST /invitation.
func (s *Server) postInvitation(w http.ResponseWriter, r *http.Request, _ visitor) error {
	p, err := s.invitation(r)
	if err != nil {
		return err
	}
	if p.Invitation.HasAccount {
		account, err := s.Access.Authenticate(r.Context(), sessionToken(r), s.Now())
		if err != nil {
			return back(w, r, query("/sign-in", "next", query("/invitation", "token", p.Token)), "")
		}
		m, err := s.Access.Accept(r.Context(), account, p.Token, s.Now())
		if err != nil {
			return err
		}
		return back(w, r, homeOf(m.Slug, m.Role), "Welcome to "+m.Organisation+".")
	}
	in, err := s.Access.AcceptNew(r.Context(), p.Token, p.Name, r.FormValue("passphrase"), s.client(r), s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.render(w, r, statusOf(p.Problem.Code), invitationForm(p))
	}
	s.setSession(w, r, in)
	return back(w, r, homeOf(p.Invitation.Slug, p.Invitation.Role), "Welcome to "+p.Invitation.Organisation+".")
}

// organisationsPage lists the organisations of an account and offers a new one.
type organisationsPage struct {
	Theme       string
	Memberships []access.Membership
	Name        string // of the new one, as typed
	Problem     *problem.Error
}

// getHome leads to the organisation, or to the choice of one: GET /.
func (s *Server) getHome(w http.ResponseWriter, r *http.Request, who visitor) error {
	list, err := s.Access.Memberships(r.Context(), who.Account)
	if err != nil {
		return err
	}
	if len(list) == 1 {
		http.Redirect(w, r, homeOf(list[0].Slug, list[0].Role), http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, "/organisations", http.StatusSeeOther)
	return nil
}

// homeOf is where a role begins: the programme, or its own tasks where the
// programme is not for it.
func homeOf(slug string, role access.Role) string {
	if access.Allowed(role, access.ViewPosture) {
		return orgPath(slug)
	}
	return orgPath(slug, "tasks")
}

// getOrganisations shows the choice: GET /organisations.
func (s *Server) getOrganisations(w http.ResponseWriter, r *http.Request, who visitor) error {
	list, err := s.Access.Memberships(r.Context(), who.Account)
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, organisationList(organisationsPage{Theme: theme(r), Memberships: list}))
}

// postOrganisation makes another organisation: POST /organisations.
func (s *Server) postOrganisation(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, err := s.Access.CreateOrganisation(r.Context(), who.Account, r.FormValue("organisation"), "", s.Now())
	if err != nil {
		p := organisationsPage{Theme: theme(r), Name: r.FormValue("organisation"), Problem: problem.Of(err)}
		if p.Problem.Code == problem.Internal {
			return err
		}
		if p.Memberships, err = s.Access.Memberships(r.Context(), who.Account); err != nil {
			return err
		}
		return s.render(w, r, statusOf(p.Problem.Code), organisationList(p))
	}
	return back(w, r, orgPath(o.Slug), "The organisation is ready.")
}
