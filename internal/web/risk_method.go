package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/risk"
)

// riskMethodPage is the method in one of its versions.
type riskMethodPage struct {
	frame
	All       []*risk.Method // newest first
	Force     *risk.Method
	Shown     *risk.Method
	Zone      *time.Location
	Reading   string // Markdown
	CanWrite  bool
	MayDecide bool
	Problem   *problem.Error
	Reason    string
}

// getRiskMethod shows it: GET /o/{org}/risks/method?version=.
func (s *Server) getRiskMethod(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskMethod(w, r, who, http.StatusOK, "", nil)
}

func (s *Server) showRiskMethod(w http.ResponseWriter, r *http.Request, who visitor, status int, reason string, refused *problem.Error) error {
	all, force, err := s.Risks.Methods(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := riskMethodPage{All: slices.Clone(all), Force: force, Shown: force, Zone: b.Zone, CanWrite: who.Can(access.ManageRiskMethod), Problem: refused, Reason: reason}
	slices.Reverse(p.All)
	for _, m := range all {
		if m.Version == r.FormValue("version") {
			p.Shown = m
		}
	}
	p.MayDecide = p.CanWrite && p.Shown.State == risk.MethodWaits && p.Shown.By != who.Account.ID
	p.Reading = p.Shown.Text
	p.frame = s.riskFrame(w, r, who, "method", "Method")
	return s.render(w, r, status, riskMethod(p))
}

// postRiskMethod records a yes or a no: POST /o/{org}/risks/method.
func (s *Server) postRiskMethod(w http.ResponseWriter, r *http.Request, who visitor) error {
	a, err := s.Risks.DecideMethod(r.Context(), who.Actor, r.FormValue("id"), r.FormValue("word") == "yes", r.FormValue("reason"), s.Now())
	if err != nil {
		refused := problem.Of(err)
		if refused.Field != "reason" {
			return err
		}
		return s.showRiskMethod(w, r, who, statusOf(refused.Code), r.FormValue("reason"), refused)
	}
	return back(w, r, orgPath(who.Slug(), "risks", "method"), riskDecided(a, "The version is in force. Scores given before stay with theirs."))
}

// riskDecided says what became of an approval.
func riskDecided(a approval.Approval, yes string) string {
	switch a.State {
	case approval.Approved:
		return yes
	case approval.Rejected:
		return "Refused. Its author sees your reason."
	}
	return "Your word is recorded. It is settled when everybody has agreed who must."
}

// riskMethodForm is the form for a new version.
type riskMethodForm struct {
	frame
	Text, Matrix, Note string
	Force              *risk.Method
	Problem            *problem.Error
}

// getRiskMethodNew shows the form: GET /o/{org}/risks/method/new.
func (s *Server) getRiskMethodNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskMethodNew(w, r, who, http.StatusOK, riskMethodForm{})
}

func (s *Server) showRiskMethodNew(w http.ResponseWriter, r *http.Request, who visitor, status int, p riskMethodForm) error {
	_, force, err := s.Risks.Methods(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	if p.Force = force; p.Text == "" && p.Matrix == "" {
		p.Text, p.Matrix = force.Text, force.Matrix
	}
	p.frame = s.riskFrame(w, r, who, "method", "New version of the method")
	return s.render(w, r, status, riskMethodNew(p))
}

// postRiskMethodNew keeps it: POST /o/{org}/risks/method/new.
func (s *Server) postRiskMethodNew(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := riskMethodForm{Text: r.FormValue("text"), Matrix: r.FormValue("matrix"), Note: r.FormValue("note")}
	m, err := s.Risks.WriteMethod(r.Context(), who.Actor, p.Text, p.Matrix, p.Note, s.Now())
	if err != nil {
		p.Problem = problem.Of(err)
		if p.Problem.Code == problem.Internal || p.Problem.Code == problem.Forbidden {
			return err
		}
		return s.showRiskMethodNew(w, r, who, statusOf(p.Problem.Code), p)
	}
	done := "Version " + m.Version + " waits for somebody other than you to approve it."
	if m.State == risk.MethodApproved {
		done = "Version " + m.Version + " is in force."
	}
	return back(w, r, query(orgPath(who.Slug(), "risks", "method"), "version", m.Version), done)
}

// riskSnapshotsPage lists what was frozen.
type riskSnapshotsPage struct {
	frame
	List      []risk.Snapshot
	Cycle     risk.Cycle
	Zone      *time.Location
	Persons   []option
	Title     string
	Note      string
	Review    string
	Who       []string
	CanFreeze bool
	Count     int
	Which     string
	Problem   *problem.Error
}

// getRiskSnapshots shows it: GET /o/{org}/risks/snapshots.
func (s *Server) getRiskSnapshots(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskSnapshots(w, r, who, http.StatusOK, riskSnapshotsPage{})
}

func (s *Server) showRiskSnapshots(w http.ResponseWriter, r *http.Request, who visitor, status int, p riskSnapshotsPage) error {
	var err error
	if p.List, err = s.Risks.Snapshots(r.Context(), who.Actor); err != nil {
		return err
	}
	if p.Cycle, err = s.Risks.Cycle(r.Context(), who.Actor, s.Now()); err != nil {
		return err
	}
	reg, err := s.Risks.Register(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p.Count, p.Zone, p.Persons, p.CanFreeze = len(reg.Open()), b.Zone, b.personOptions()[1:], who.Can(access.ManageRiskMethod)
	if p.Which != "freeze" {
		for _, e := range reg.Open() { // whoever owns a scored risk will have taken part
			if e.Scored() && e.Owner != "" && !slices.Contains(p.Who, e.Owner) {
				p.Who = append(p.Who, e.Owner)
			}
		}
	}
	slices.SortStableFunc(p.Persons, func(a, b option) int {
		switch x, y := slices.Contains(p.Who, a.Value), slices.Contains(p.Who, b.Value); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	if p.Title == "" {
		p.Title = "Risk assessment, " + s.Now().In(b.Zone).Format("January 2006")
	}
	p.frame = s.riskFrame(w, r, who, "snapshots", "Assessments")
	return s.render(w, r, status, riskSnapshots(p))
}

// postRiskFreeze freezes the register: POST /o/{org}/risks/snapshots.
func (s *Server) postRiskFreeze(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form cannot be read. Open the page again.")
	}
	p := riskSnapshotsPage{Title: r.FormValue("title"), Note: r.FormValue("note"), Who: r.Form["participants"], Which: "freeze"}
	x, err := s.Risks.Freeze(r.Context(), who.Actor, p.Title, p.Note, p.Who, s.Now())
	if err != nil {
		p.Problem = problem.Of(err)
		if p.Problem.Code == problem.Internal || p.Problem.Code == problem.Forbidden {
			return err
		}
		return s.showRiskSnapshots(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "risk-snapshots", x.ID), "The register is frozen. Somebody else approves it, and it becomes evidence.")
}

// postRiskReview records a look through the register: POST /o/{org}/risks/review.
func (s *Server) postRiskReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := riskSnapshotsPage{Review: r.FormValue("note"), Which: "review"}
	if err := s.Risks.Review(r.Context(), who.Actor, p.Review, s.Now()); err != nil {
		if p.Problem = problem.Of(err); p.Problem.Field != "note" {
			return err
		}
		return s.showRiskSnapshots(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "risks", "snapshots"), "Recorded that the register was looked through.")
}

// riskSnapshotPage is one snapshot beside today.
type riskSnapshotPage struct {
	frame
	risk.Snapshot
	Moves     []risk.Move
	Zone      *time.Location
	Took      []string
	CanSee    bool // the evidence
	MayDecide bool
	Above     int
	Reason    string
	Problem   *problem.Error
}

// getRiskSnapshot shows it: GET /o/{org}/risk-snapshots/{snapshot}.
func (s *Server) getRiskSnapshot(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRiskSnapshot(w, r, who, http.StatusOK, "", nil)
}

func (s *Server) showRiskSnapshot(w http.ResponseWriter, r *http.Request, who visitor, status int, reason string, refused *problem.Error) error {
	x, err := s.Risks.Snapshot(r.Context(), who.Actor, r.PathValue("snapshot"))
	if err != nil {
		return err
	}
	reg, err := s.Risks.Register(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := riskSnapshotPage{Snapshot: x, Moves: reg.Since(x), Zone: b.Zone, CanSee: who.Can(access.ViewEvidence), Reason: reason, Problem: refused}
	p.MayDecide = who.Can(access.ManageRiskMethod) && x.State == risk.MethodWaits && x.By != who.Account.ID
	names := map[string]string{}
	for _, o := range b.personOptions() {
		names[o.Value] = o.Text
	}
	for _, id := range x.Participants {
		p.Took = append(p.Took, names[id])
	}
	for _, f := range x.Risks {
		if !f.Within && f.Counting().Known() {
			p.Above++
		}
	}
	p.frame = s.riskFrame(w, r, who, "snapshots", x.Title)
	return s.render(w, r, status, riskSnapshot(p))
}

// postRiskSnapshot records a yes or a no: POST /o/{org}/risk-snapshots/{snapshot}.
func (s *Server) postRiskSnapshot(w http.ResponseWriter, r *http.Request, who visitor) error {
	a, err := s.Risks.DecideSnapshot(r.Context(), who.Actor, r.PathValue("snapshot"), r.FormValue("word") == "yes", r.FormValue("reason"), s.Now())
	if err != nil {
		refused := problem.Of(err)
		if refused.Field != "reason" {
			return err
		}
		return s.showRiskSnapshot(w, r, who, statusOf(refused.Code), r.FormValue("reason"), refused)
	}
	return back(w, r, orgPath(who.Slug(), "risk-snapshots", r.PathValue("snapshot")), riskDecided(a, "Approved. The assessment is evidence now."))
}

// getRiskSnapshotReport shows it as a document: GET /o/{org}/risk-snapshots/{snapshot}/report.
func (s *Server) getRiskSnapshotReport(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Risks.FrozenReport(r.Context(), who.Actor, r.PathValue("snapshot"))
	if err != nil {
		return err
	}
	return s.showReport(w, r, s.riskFrame(w, r, who, "snapshots", d.Title), d)
}

// riskWhich is what is wrong with a field of one of the two forms of a page.
func riskWhich(p riskSnapshotsPage, which, field string) string {
	if p.Which != which {
		return ""
	}
	return wrong(p.Problem, field)
}

func riskMoveMark(k risk.MoveKind) string {
	switch k {
	case risk.Rose:
		return "bad"
	case risk.Appeared:
		return "warn"
	case risk.Fell:
		return "good"
	case risk.Gone:
		return "not_applicable"
	}
	return "info"
}

func riskMoveWords(k risk.MoveKind) string {
	if k == risk.Decided {
		return "decided"
	}
	return string(k)
}

func riskScoreOr(x risk.Point) string {
	if !x.Known() {
		return "–"
	}
	return strconv.Itoa(x.Score())
}
