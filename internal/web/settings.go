package web

import (
	"maps"
	"net/http"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// settingsPage is the organisation itself.
type settingsPage struct {
	frame
	Organisation access.Organisation // as typed after a mistake
	CanEdit      bool
	Where        string // where the data is kept
	Version      string
	Problem      *problem.Error
}

// getSettings shows it: GET /o/{org}/settings.
func (s *Server) getSettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, err := s.Access.Organisation(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	return s.showSettings(w, r, who, http.StatusOK, settingsPage{Organisation: o})
}

func (s *Server) showSettings(w http.ResponseWriter, r *http.Request, who visitor, status int, p settingsPage) error {
	p.CanEdit, p.Version = who.Can(access.ManageOrganisation), s.Version
	if p.CanEdit {
		p.Where = s.DB.Describe()
	}
	p.frame = s.settingsFrame(w, r, who, "Organisation")
	return s.render(w, r, status, organisationSettings(p))
}

// postSettings changes the name or the time zone: POST /o/{org}/settings.
func (s *Server) postSettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	name, zone := r.FormValue("organisation"), r.FormValue("zone")
	if err := s.Access.EditOrganisation(r.Context(), who.Actor, name, zone, s.Now()); err != nil {
		p := settingsPage{Problem: problem.Of(err)}
		if p.Problem.Code != problem.Invalid {
			return err
		}
		if p.Organisation, err = s.Access.Organisation(r.Context(), who.Actor); err != nil {
			return err
		}
		p.Organisation.Name, p.Organisation.Zone = name, zone
		return s.showSettings(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "settings"), "Saved. A change of zone applies from now on.")
}

func (s *Server) settingsFrame(w http.ResponseWriter, r *http.Request, who visitor, title string) frame {
	f := s.frame(w, r, who, "settings", title, crumb{"Settings", orgPath(who.Slug(), "settings")})
	f.Tabs = []pill{{Text: "Organisation", To: f.path("settings")}}
	if who.Can(access.ViewMembers) {
		f.Tabs = append(f.Tabs, pill{Text: "Members", To: f.path("settings", "members")})
	}
	f.Tabs = append(f.Tabs, pill{Text: "Approvals", To: f.path("settings", "approvals")})
	if who.Can(access.ManageMail) {
		f.Tabs = append(f.Tabs, pill{Text: "Mail", To: f.path("settings", "mail")})
	}
	if who.Can(access.ManageTraining) {
		f.Tabs = append(f.Tabs, pill{Text: "Training", To: f.path("settings", "training")})
	}
	f.Tabs = append(f.Tabs, pill{Text: "Frameworks", To: f.path("settings", "frameworks")}, pill{Text: "Mapping sets", To: f.path("settings", "stack")},
		pill{Text: "Points of focus", To: f.path("settings", "points")})
	if who.Can(access.ViewEvidence) {
		f.Tabs = append(f.Tabs, pill{Text: "Retention", To: f.path("settings", "retention")})
	}
	for i := range f.Tabs {
		f.Tabs[i].On = f.Tabs[i].Text == title
	}
	return f
}

// membersPage lists who may sign in and as what.
type membersPage struct {
	frame
	Members     []access.Member
	Invitations []access.Invitation
	CanManage   bool
	Link        string // of the invitation just made
	Email, Role string // as typed
	Problem     *problem.Error
}

// getMembers shows it: GET /o/{org}/settings/members.
func (s *Server) getMembers(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showMembers(w, r, who, http.StatusOK, membersPage{Role: string(access.Contributor)})
}

func (s *Server) showMembers(w http.ResponseWriter, r *http.Request, who visitor, status int, p membersPage) error {
	var err error
	if p.Members, err = s.Access.Members(r.Context(), who.Actor); err != nil {
		return err
	}
	if p.CanManage = who.Can(access.ManageMembers); p.CanManage {
		if p.Invitations, err = s.Access.Invitations(r.Context(), who.Actor, s.Now()); err != nil {
			return err
		}
	}
	p.frame = s.settingsFrame(w, r, who, "Members")
	return s.render(w, r, status, memberList(p))
}

// postInvite makes an invitation and shows its link once: POST /o/{org}/settings/members/invite.
func (s *Server) postInvite(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := membersPage{Email: r.FormValue("email"), Role: r.FormValue("role")}
	token, _, err := s.Access.Invite(r.Context(), who.Actor, p.Email, access.Role(p.Role), s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.showMembers(w, r, who, statusOf(p.Problem.Code), p)
	}
	p.Link = s.base(r) + query("/invitation", "token", token)
	return s.showMembers(w, r, who, http.StatusOK, p)
}

// postRole changes a role: POST /o/{org}/settings/members/{account}/role.
func (s *Server) postRole(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.SetRole(r.Context(), who.Actor, r.PathValue("account"), access.Role(r.FormValue("role")), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "members"), "The role is changed.")
}

// postRemoveMember ends a membership: POST /o/{org}/settings/members/{account}/remove.
func (s *Server) postRemoveMember(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.RemoveMember(r.Context(), who.Actor, r.PathValue("account"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "members"), "The membership has ended. What the person did stays in the history.")
}

// postRevokeInvitation withdraws an invitation: POST /o/{org}/settings/invitations/{id}/revoke.
func (s *Server) postRevokeInvitation(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Access.RevokeInvitation(r.Context(), who.Actor, r.PathValue("id"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "members"), "The invitation is withdrawn; its link no longer works.")
}

// scopePage says which frameworks and which of their parts are in scope.
type scopePage struct {
	frame
	Rows   []scopeRow
	CanSet bool
}

type scopeRow struct {
	Framework  *framework.Framework
	Enabled    bool
	Chosen     bool // somebody chose the categories
	Categories []framework.Scoped
	Excluded   []excludedRow
}

type excludedRow struct{ ID, Label, Reason string }

// getFrameworkSettings shows it: GET /o/{org}/settings/frameworks.
func (s *Server) getFrameworkSettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := scopePage{CanSet: who.Can(access.ManageFrameworks)}
	for _, f := range b.library.Frameworks.Frameworks {
		row := scopeRow{Framework: f, Enabled: b.enabled(f.ID)}
		_, row.Chosen = b.Scope.Categories[f.ID]
		row.Categories = b.Scope.CategoriesOf(f, maps.Keys(b.Tagged))
		for _, q := range f.Asked() {
			if reason := b.Scope.Excluded[framework.Ref{Framework: f.ID, ID: q.ID}]; reason != "" {
				row.Excluded = append(row.Excluded, excludedRow{q.ID, q.Label, reason})
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.frame = s.settingsFrame(w, r, who, "Frameworks")
	return s.render(w, r, http.StatusOK, frameworkSettings(p))
}
