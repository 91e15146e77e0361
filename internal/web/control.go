package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// controlPage shows one control with its links and its history.
type controlPage struct {
	frame
	Backing    crosswalk.Confirmation // none: the control counts for nothing
	Control    control.Control
	Owner      string
	Links      []linkGroup
	History    []control.Version // newest first
	Pending    *control.Version  // the text that waits, or nil
	Mine       bool              // the pending text is by the reader
	Waits      *approval.Waiting // how its approval stands; nil if it has none yet
	MayDecide  bool              // it is the reader's turn
	Rejecting  *problem.Error
	CanEdit    bool
	CanLink    bool
	CanApprove bool
	CanAdopt   bool
	Origin     fromLibrary
	HasOrigin  bool
	Problem    *problem.Error
	Often      crosswalk.Effective
	Entry      string // code of the library entry it is, or empty
	Hints      []control.Hint
	Merged     []control.Retirement // the controls it took the place of
	links      []crosswalk.Link
	library    *crosswalk.Library
	Alike      []likeRow // requirements it is not linked to; see suggest.go
	Operated   *operatedCard
	Evidence   evidenceCard
}

// linkGroup is what a control is linked to in one framework.
type linkGroup struct {
	Framework *framework.Framework
	Refs      []framework.Requirement
	Typed     string // for the form, as typed
	Wrong     string
}

// getControl shows it: GET /o/{org}/control/{code}.
func (s *Server) getControl(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.controlPage(w, r, who)
	if err != nil {
		return err
	}
	if into := p.Control.MergedInto; into != "" && r.FormValue("retired") == "" {
		return back(w, r, orgPath(who.Slug(), "control", into), p.Control.Code+" was merged into "+into+". Its history is under Duplicates, Decided.")
	}
	return s.render(w, r, http.StatusOK, showControl(p))
}

func (s *Server) controlPage(w http.ResponseWriter, r *http.Request, who visitor) (controlPage, error) {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return controlPage{}, err
	}
	c, err := s.Controls.Find(r.Context(), who.Actor, r.PathValue("code"))
	if err != nil {
		return controlPage{}, err
	}
	p := controlPage{library: b.library, Control: c, Owner: b.owner(c), CanEdit: who.Can(access.EditControls), CanLink: who.Can(access.EditLinks), CanApprove: who.Can(access.ApproveControls)}
	if p.History, err = s.Controls.History(r.Context(), who.Actor, c.Code); err != nil {
		return p, err
	}
	for i, v := range p.History {
		if v.Approval == control.Pending {
			p.Pending = &p.History[i]
			p.Mine = v.By == who.Account.ID
			break
		}
	}
	if p.Pending != nil {
		if err := s.approvalOf(r.Context(), who, &p); err != nil {
			return p, err
		}
	}
	if p.links, err = s.Crosswalk.LinksOf(r.Context(), who.Actor, c.ID, s.Now()); err != nil {
		return p, err
	}
	p.Links = b.linkGroups(p.links)
	retired, err := s.Controls.Retirements(r.Context(), who.Actor)
	if err != nil {
		return p, err
	}
	for _, x := range retired {
		if x.Successor == c.ID {
			p.Merged = append(p.Merged, x)
		}
	}
	if c.MergedInto != "" {
		p.CanEdit, p.CanLink, p.CanApprove = false, false, false
	}
	p.Entry = b.rhythm.entries[c.ID]
	p.Often = crosswalk.EffectiveFrequency(b.performed(c), b.rhythm.asked)
	p.Hints = control.Lint(c.Statement, p.Often.Frequency)
	p.Origin, p.HasOrigin = b.origin(c)
	p.CanAdopt = who.Can(access.AdoptControls)
	p.Alike = b.likeTo(c, p.links)
	if who.Can(access.ViewPosture) {
		if p.Operated, err = s.operatedOf(r.Context(), who, c.ID, s.Now()); err != nil {
			return p, err
		}
		st, err := s.mappingState(r.Context(), who, b)
		if err != nil {
			return p, err
		}
		p.Backing = st.Backing[c.ID]
	}
	if p.Evidence, err = s.evidenceCardOf(r.Context(), who, b, c); err != nil {
		return p, err
	}
	p.frame = s.frame(w, r, who, "controls", c.Code, crumb{"Controls", orgPath(who.Slug(), "controls")})
	p.frame.Title = c.Code + " " + c.Title
	return p, nil
}

// linkGroups sorts links by framework; those the organisation follows are there
// even when empty, so that a person can fill them.
func (b *book) linkGroups(links []crosswalk.Link) []linkGroup {
	var out []linkGroup
	for _, f := range b.library.Frameworks.Frameworks {
		g := linkGroup{Framework: f}
		var ids []string
		for _, l := range links {
			if l.Ref.Framework == f.ID {
				q, _ := f.Find(l.Ref.ID)
				q.ID = l.Ref.ID
				g.Refs = append(g.Refs, q)
				ids = append(ids, l.Ref.ID)
			}
		}
		g.Typed = strings.Join(ids, ", ")
		if len(g.Refs) > 0 || b.enabled(f.ID) {
			out = append(out, g)
		}
	}
	return out
}

// postLinks replaces what a control is linked to: POST /o/{org}/control/{code}/links.
func (s *Server) postLinks(w http.ResponseWriter, r *http.Request, who visitor) error {
	p, err := s.controlPage(w, r, who)
	if err != nil {
		return err
	}
	var links []crosswalk.Link
	wrong := false
	for i, g := range p.Links {
		p.Links[i].Typed = r.FormValue("links-" + g.Framework.ID)
		found, unknown := p.library.Frameworks.References(p.Links[i].Typed, framework.Hint{Frameworks: []string{g.Framework.ID}})
		for _, ref := range found {
			// a link that stays keeps the relation somebody stated
			if i := slices.IndexFunc(p.links, func(l crosswalk.Link) bool { return l.Ref == ref }); i >= 0 {
				links = append(links, p.links[i])
			} else {
				links = append(links, crosswalk.Link{Ref: ref})
			}
		}
		if len(unknown) > 0 {
			wrong = true
			p.Links[i].Wrong = strings.Join(unknown, "; ")
		}
	}
	if wrong {
		return s.render(w, r, http.StatusUnprocessableEntity, showControl(p))
	}
	if err := s.Crosswalk.SetLinks(r.Context(), who.Actor, p.Control.ID, links, s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "control", p.Control.Code), "The links of "+p.Control.Code+" are set.")
}

// postApprove agrees to a changed text: POST /o/{org}/control/{code}/approve.
func (s *Server) postApprove(w http.ResponseWriter, r *http.Request, who visitor) error {
	number, err := versionNumber(r)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	a, err := s.Controls.Decide(r.Context(), who.Actor, code, number, true, "", s.Now())
	if err != nil {
		return err
	}
	said := "The text is in force."
	if a.State == approval.Open {
		said = "Your word is recorded. The text comes into force when everybody has agreed who must."
	}
	return back(w, r, orgPath(who.Slug(), "control", code), said)
}

// postReject says no to a text that waits: POST /o/{org}/control/{code}/reject.
func (s *Server) postReject(w http.ResponseWriter, r *http.Request, who visitor) error {
	number, err := versionNumber(r)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	if _, err := s.Controls.Decide(r.Context(), who.Actor, code, number, false, r.FormValue("reason"), s.Now()); err != nil {
		wrong := problem.Of(err)
		if wrong.Field != "reason" {
			return err
		}
		p, err := s.controlPage(w, r, who)
		if err != nil {
			return err
		}
		p.Rejecting = wrong
		return s.render(w, r, statusOf(wrong.Code), showControl(p))
	}
	return back(w, r, orgPath(who.Slug(), "control", code), "The text is rejected. The text in force stays as it was.")
}

// approvalOf fills in how the approval of the text that waits stands.
func (s *Server) approvalOf(ctx context.Context, who visitor, p *controlPage) error {
	list, err := s.Approvals.Of(ctx, who.Actor, approval.ControlText, p.Control.ID)
	if err != nil {
		return err
	}
	p.MayDecide = p.CanApprove && !p.Mine // as long as nobody asked anybody
	for i, x := range list {
		if x.Subject.Version == strconv.Itoa(p.Pending.Number) && x.State == approval.Open {
			p.Waits = &list[i]
			p.MayDecide = slices.ContainsFunc(x.Standing.May, func(m approval.Member) bool { return m.Account == who.Account.ID })
		}
	}
	return nil
}

// versionNumber reads which version a button was about.
func versionNumber(r *http.Request) (int, error) {
	number, err := strconv.Atoi(r.FormValue("number"))
	if err != nil {
		return 0, problem.Field("number", "Say which version is meant: open the control and use the button there.")
	}
	return number, nil
}

// postWithdraw drops a text that waits: POST /o/{org}/control/{code}/withdraw.
func (s *Server) postWithdraw(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.decide(w, r, who, "The change is dropped. The text in force stays as it was.", func(code string, number int) error {
		return s.Controls.Withdraw(r.Context(), who.Actor, code, number, s.Now())
	})
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request, who visitor, said string, do func(code string, number int) error) error {
	number, err := versionNumber(r)
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	if err := do(code, number); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "control", code), said)
}

// controlForm is what the form of a control needs; all values as typed.
type controlForm struct {
	frame
	New       bool
	Was       string // code in the address; empty for a new one
	Control   control.Control
	Evidence  string // one kind a line
	Since     string // civil date
	Version   string
	Owners    []option
	Domains   []string
	Evidences []string
	Hints     []control.Hint // about the statement as typed
	Problem   *problem.Error
}

// getNewControl shows an empty form: GET /o/{org}/controls/new.
func (s *Server) getNewControl(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showControlForm(w, r, who, http.StatusOK, controlForm{New: true})
}

// getEditControl shows a filled one: GET /o/{org}/control/{code}/edit.
func (s *Server) getEditControl(w http.ResponseWriter, r *http.Request, who visitor) error {
	c, err := s.Controls.Find(r.Context(), who.Actor, r.PathValue("code"))
	if err != nil {
		return err
	}
	return s.showControlForm(w, r, who, http.StatusOK, controlForm{Was: c.Code, Control: c, Evidence: strings.Join(c.Evidence, "\n"), Since: c.Since.String(), Version: strconv.Itoa(c.Version)})
}

func (s *Server) showControlForm(w http.ResponseWriter, r *http.Request, who visitor, status int, p controlForm) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Owners = []option{{"", "Nobody yet"}}
	for _, person := range b.People {
		p.Owners = append(p.Owners, option{person.ID, person.Name})
	}
	slices.SortFunc(p.Owners[1:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	if p.Control.Statement != "" {
		p.Hints = control.Lint(p.Control.Statement, crosswalk.EffectiveFrequency(b.performed(p.Control), b.rhythm.asked).Frequency)
	}
	domains, _, _ := b.controlChoices()
	for _, d := range domains[1:] {
		p.Domains = append(p.Domains, d.Text)
	}
	title, crumbs := "New control", []crumb{{"Controls", orgPath(who.Slug(), "controls")}}
	if !p.New {
		title, crumbs = "Edit", append(crumbs, crumb{p.Was, orgPath(who.Slug(), "control", p.Was)})
	}
	p.frame = s.frame(w, r, who, "controls", title, crumbs...)
	return s.render(w, r, status, editControl(p))
}

// typedControl reads the form.
func typedControl(r *http.Request) controlForm {
	p := controlForm{Evidence: r.FormValue("evidence"), Since: strings.TrimSpace(r.FormValue("since")), Version: r.FormValue("version")}
	p.Control = control.Control{
		Code: r.FormValue("code"), Title: r.FormValue("title"), Statement: strings.ReplaceAll(r.FormValue("statement"), "\r\n", "\n"), Domain: r.FormValue("domain"),
		Owner: r.FormValue("owner"), Kind: control.Kind(r.FormValue("kind")), Frequency: r.FormValue("frequency"),
		Population: strings.ReplaceAll(r.FormValue("population"), "\r\n", "\n"), Status: control.Status(r.FormValue("status")),
	}
	for l := range strings.SplitSeq(p.Evidence, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			p.Control.Evidence = append(p.Control.Evidence, l)
		}
	}
	if p.Since != "" {
		var known bool
		if p.Control.Since, known = cadence.ReadDate(p.Since); !known {
			p.Problem = problem.Field("since", "This is no day that can be read in one way only. Write it as 2026-03-01.")
		}
	}
	return p
}

// postControl enters a new control: POST /o/{org}/controls.
func (s *Server) postControl(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := typedControl(r)
	if p.New = true; p.Problem != nil {
		return s.showControlForm(w, r, who, http.StatusUnprocessableEntity, p)
	}
	c, err := s.Controls.Create(r.Context(), who.Actor, p.Control, s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.showControlForm(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "control", c.Code), c.Code+" is entered. Link it to what it answers.")
}

// postEditControl changes one: POST /o/{org}/control/{code}.
func (s *Server) postEditControl(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := typedControl(r)
	p.Was = r.PathValue("code")
	was, err := s.Controls.Find(r.Context(), who.Actor, p.Was)
	if err != nil {
		return err
	}
	p.Control.ID, p.Control.Origin = was.ID, was.Origin
	p.Control.Version, _ = strconv.Atoi(p.Version)
	if p.Problem != nil {
		return s.showControlForm(w, r, who, http.StatusUnprocessableEntity, p)
	}
	v, err := s.Controls.Edit(r.Context(), who.Actor, p.Control, s.Now())
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code == problem.Internal {
			return err
		}
		return s.showControlForm(w, r, who, statusOf(p.Problem.Code), p)
	}
	code, said := p.Control.Code, "Saved."
	if v.Approval == control.Pending {
		code, said = p.Was, "Saved. The changed text waits for a second person to agree."
	}
	return back(w, r, orgPath(who.Slug(), "control", code), said)
}
