package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
)

// upgradePage compares two editions and asks, row by row, where answers go.
type upgradePage struct {
	frame
	Plan      *crosswalk.UpgradePlan
	FromID    string
	ToID      string
	Groups    []fateGroup
	SetGroups []setGroup
	Stranded  int    // answers without a place
	Carried   int    // answers with one
	Old, New  int    // rows of the old edition, and new ones
	Unsure    int    // rows whose proposal rests on little
	Fates     string // "2 kept, 1 moved"
	CanSet    bool
	Problem   *problem.Error
}

// fateGroup is the rows of one fate.
type fateGroup struct {
	Fate framework.Fate
	Rows []upgradeLine
	Open bool // something in it needs a look
}

// upgradeLine is one row with the words to draw it.
type upgradeLine struct {
	crosswalk.UpgradeRow
	OldLabel  string
	NewLabels []framework.Requirement
	Typed     string // where it goes, as typed
}

// setGroup is the rows of a mapping set of one fate.
type setGroup struct {
	Fate framework.Fate
	Rows []crosswalk.SetStep
	More int // rows left out
}

// getUpgrade shows it: GET /o/{org}/editions/upgrade?kind=&from=&to=.
func (s *Server) getUpgrade(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showUpgradePlan(w, r, who, http.StatusOK, nil)
}

func (s *Server) showUpgradePlan(w http.ResponseWriter, r *http.Request, who visitor, status int, trouble *problem.Error) error {
	kind, from, to := crosswalk.EditionKind(r.FormValue("kind")), r.FormValue("from"), r.FormValue("to")
	if kind != crosswalk.SetEdition {
		kind = crosswalk.FrameworkEdition
	}
	plan, err := s.Crosswalk.PlanUpgrade(r.Context(), who.Actor, kind, from, to, s.Now())
	if err != nil {
		return err
	}
	p := upgradePage{Plan: plan, FromID: from, ToID: to, CanSet: who.Can(access.ManageFrameworks) && who.Can(access.EditLinks), Problem: trouble, Stranded: len(plan.Stranded())}
	p.Carried = plan.Answers() - p.Stranded
	for _, fate := range framework.Fates() {
		g, sg := fateGroup{Fate: fate}, setGroup{Fate: fate}
		for _, row := range plan.Rows {
			if row.Fate == fate {
				line := newLine(plan, row, r)
				g.Open = g.Open || fate != framework.Kept && fate != framework.Added && (len(row.Answers) > 0 || !row.Sure)
				g.Rows = append(g.Rows, line)
			}
		}
		for _, row := range plan.SetRows {
			if row.Fate == fate {
				sg.Rows = append(sg.Rows, row)
			}
		}
		if len(g.Rows) > 0 {
			p.Groups = append(p.Groups, g)
		}
		if n := len(sg.Rows); n > 0 {
			sg.More = max(0, n-shownEdges)
			sg.Rows = sg.Rows[:min(n, shownEdges)]
			p.SetGroups = append(p.SetGroups, sg)
		}
	}
	p.count()
	p.frame = s.bringFrame(w, r, who, "Upgrade")
	return s.render(w, r, status, showUpgradePlan(p))
}

// count fills in the figures above the rows.
func (p *upgradePage) count() {
	for _, row := range p.Plan.Rows {
		if row.Old != "" && !row.Sure {
			p.Unsure++
		}
	}
	n := p.Plan.Counts()
	p.New = n[framework.Added]
	var says []string
	for _, fate := range slices.Backward(framework.Fates()) {
		if fate == framework.Added || n[fate] == 0 {
			continue
		}
		p.Old += n[fate]
		words, _ := fateWords(fate, p.Plan.Kind == crosswalk.SetEdition)
		says = append(says, group(n[fate])+" "+strings.ToLower(words))
	}
	p.Fates = strings.Join(says, ", ")
}

// hangingKinds parts the controls from the other answers.
func hangingKinds(list []crosswalk.Hanging) (links, others []crosswalk.Hanging) {
	for _, h := range list {
		if h.Kind == "link" {
			links = append(links, h)
		} else {
			others = append(others, h)
		}
	}
	return links, others
}

func newLine(plan *crosswalk.UpgradePlan, row crosswalk.UpgradeRow, r *http.Request) upgradeLine {
	l := upgradeLine{UpgradeRow: row, Typed: strings.Join(row.To, ", ")}
	if typed, ok := r.Form["to-"+row.Old]; ok && row.Old != "" {
		l.Typed = typed[0]
	}
	if q, ok := plan.Old.Find(row.Old); ok {
		l.OldLabel = q.Label
	}
	for _, id := range row.New {
		if q, ok := plan.New.Find(id); ok {
			l.NewLabels = append(l.NewLabels, q)
		}
	}
	return l
}

// postUpgrade makes it: POST /o/{org}/editions/upgrade.
func (s *Server) postUpgrade(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	answers := map[string][]string{}
	for key, typed := range r.PostForm {
		if old, ok := strings.CutPrefix(key, "to-"); ok {
			answers[old] = ids(typed[0])
		}
	}
	kind := crosswalk.EditionKind(r.FormValue("kind"))
	u, err := s.Crosswalk.Upgrade(r.Context(), who.Actor, kind, r.FormValue("from"), r.FormValue("to"), answers, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showUpgradePlan(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "editions", "upgrades", u.ID), u.To.Name()+" is in force from now on. Nothing of the past changed.")
}

// ids reads what was typed for a row: ids with commas between.
func ids(typed string) []string {
	var out []string
	for id := range strings.SplitSeq(typed, ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// upgradedPage shows an upgrade that took place.
type upgradedPage struct {
	frame
	Upgrade crosswalk.Upgrade
	Moved   []crosswalk.UpgradeRow // rows with answers that went somewhere
	CanUndo bool
	Problem *problem.Error
}

// getUpgraded shows it: GET /o/{org}/editions/upgrades/{upgrade}.
func (s *Server) getUpgraded(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showUpgraded(w, r, who, http.StatusOK, nil)
}

func (s *Server) showUpgraded(w http.ResponseWriter, r *http.Request, who visitor, status int, trouble *problem.Error) error {
	u, err := s.Crosswalk.FindUpgrade(r.Context(), who.Actor, r.PathValue("upgrade"), s.Now())
	if err != nil {
		return err
	}
	p := upgradedPage{Upgrade: u, Problem: trouble, CanUndo: u.UndoneAt.IsZero() && who.Can(access.ManageFrameworks) && who.Can(access.EditLinks)}
	for _, row := range u.Rows {
		if row.Old != "" && len(row.Answers) > 0 && len(row.To) > 0 {
			p.Moved = append(p.Moved, row)
		}
	}
	p.frame = s.bringFrame(w, r, who, "Upgrade to "+u.To.Name())
	return s.render(w, r, status, showUpgraded(p))
}

// postUndo puts back what an upgrade changed: POST /o/{org}/editions/upgrades/{upgrade}/undo.
func (s *Server) postUndo(w http.ResponseWriter, r *http.Request, who visitor) error {
	u, err := s.Crosswalk.UndoUpgrade(r.Context(), who.Actor, r.PathValue("upgrade"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Conflict {
			return s.showUpgraded(w, r, who, statusOf(p.Code), p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "editions", "upgrades", u.ID), "Undone: "+u.From.Name()+" is in force again, with every answer as it was.")
}

// fateWords is a fate as the pages write it, and its chip.
func fateWords(f framework.Fate, set bool) (words, chip string) {
	switch f {
	case framework.Dropped:
		return "Dropped", "none"
	case framework.Split:
		return "Split", "partial"
	case framework.Merged:
		return "Merged", "partial"
	case framework.Moved:
		return "Moved", "info"
	case framework.Relabelled:
		if set {
			return "Changed", "partial"
		}
		return "Relabelled", "partial"
	case framework.Kept:
		return "Kept", "full"
	}
	return "New", "info"
}

// fateAbout says what a fate means for the answers.
func fateAbout(f framework.Fate) string {
	switch f {
	case framework.Dropped:
		return "Nothing in the new edition takes their place. Choose something, or leave their answers with the old edition."
	case framework.Split:
		return "Several stand where one stood. Tags go to all of them; a relation somebody stated becomes a plain tag."
	case framework.Merged:
		return "One stands where several stood. Tags meet there; a relation somebody stated becomes a plain tag."
	case framework.Moved:
		return "The same thing under another number."
	case framework.Relabelled:
		return "The same number says something else. Look whether it is still the same thing."
	case framework.Kept:
		return "The same number, the same label."
	}
	return "Nothing in the old edition is behind them, so nothing is carried to them."
}
