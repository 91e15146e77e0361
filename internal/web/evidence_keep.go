package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// retentionPage says how long evidence is kept and what is held back.
type retentionPage struct {
	frame
	Rows      []keepRow
	KeepSum   string
	Kinds     []kindOption
	Codes     []codeOption
	Expired   []expiredRow
	Holds     []holdRow
	CanChange bool
	CanHold   bool
	Problem   *problem.Error
}

// keepRow is how long one kind is kept.
type keepRow struct{ Kind, Key, Label, About, Words, Months, Since string }

// expiredRow is one item whose time is over.
type expiredRow struct {
	ID, Text, Until string
	Held            bool
}

// holdRow is one hold in force.
type holdRow struct{ ID, On, To, Reason, By, At string }

// getRetention shows it: GET /o/{org}/settings/retention.
func (s *Server) getRetention(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showRetention(w, r, who, http.StatusOK, nil)
}

func (s *Server) showRetention(w http.ResponseWriter, r *http.Request, who visitor, status int, fault *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	names, err := s.Access.Names(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := retentionPage{Problem: fault, Codes: b.codes(), CanChange: who.Can(access.ManageRetention), CanHold: who.Can(access.HoldEvidence)}
	p.Kinds, _ = evidenceKinds(nil)
	keeping, err := s.Evidence.Retention(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p.Rows = b.keepRows(keeping)
	p.KeepSum = plural(len(p.Rows)-1, "kind has", "kinds have") + " a time of its own"
	if len(p.Rows) != 2 {
		p.KeepSum = plural(len(p.Rows)-1, "kind has", "kinds have") + " a time of their own"
	}
	if p.CanChange {
		expired, err := s.Evidence.Expired(r.Context(), who.Actor, s.Now())
		if err != nil {
			return err
		}
		for _, x := range expired {
			p.Expired = append(p.Expired, expiredRow{x.Item.ID, itemTitle(x.Item), "until " + dayWords(dateIn(x.Until, b.Zone)), x.Held})
		}
	}
	holds, err := s.Evidence.Holds(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, h := range holds {
		row, err := s.holdRow(r, who, b, h)
		if err != nil {
			return err
		}
		row.By = nameOf(names, h.By)
		p.Holds = append(p.Holds, row)
	}
	p.frame = s.settingsFrame(w, r, who, "Retention")
	return s.render(w, r, status, retentionSettings(p))
}

// keepRows lists the rule for everything first, then the kinds with one of their own.
func (b *book) keepRows(list []evidence.Keeping) []keepRow {
	all := keepRow{Key: "all", Label: "Everything else", About: "Kinds without a line of their own.", Words: "until somebody erases it"}
	var out []keepRow
	for _, k := range list {
		row := keepRow{Kind: k.Kind, Key: k.Kind, Label: kindOf(k.Kind), About: kindAbout(k.Kind), Words: "until somebody erases it", Months: strconv.Itoa(k.Months)}
		if k.Months > 0 {
			row.Words = plural(k.Months, "month", "months")
		}
		if !k.At.IsZero() {
			row.Since = dayWords(dateIn(k.At, b.Zone))
		}
		if k.Kind == "" {
			row.Key, row.Label, row.About = all.Key, all.Label, all.About
			all = row
			continue
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(x, y keepRow) int { return cmp.Compare(strings.ToLower(x.Label), strings.ToLower(y.Label)) })
	return append([]keepRow{all}, out...)
}

// holdRow says what a hold is on.
func (s *Server) holdRow(r *http.Request, who visitor, b *book, h evidence.Hold) (holdRow, error) {
	row := holdRow{ID: h.ID, Reason: h.Reason, At: momentWords(h.At, b.Zone)}
	switch {
	case h.Item != "":
		i, err := s.Evidence.Find(r.Context(), who.Actor, h.Item)
		if err != nil {
			return row, err
		}
		row.On, row.To = itemTitle(i), orgPath(who.Slug(), "evidence", i.ID)
	case h.Control != "":
		if c, ok := b.byID(h.Control); ok {
			row.On, row.To = "Everything of "+c.Code+" "+c.Title, orgPath(who.Slug(), "control", c.Code)
		}
	default:
		row.On, row.To = "Every "+strings.ToLower(kindOf(h.Kind)), query(orgPath(who.Slug(), "evidence"), "kind", h.Kind)
	}
	return row, nil
}

// postRetention says how long a kind is kept: POST /o/{org}/settings/retention.
func (s *Server) postRetention(w http.ResponseWriter, r *http.Request, who visitor) error {
	months, err := strconv.Atoi(strings.TrimSpace(r.FormValue("months")))
	if err != nil {
		return s.showRetention(w, r, who, http.StatusUnprocessableEntity, problem.New(problem.Invalid, "Give a number of months, such as 36; 0 keeps it until somebody erases it."))
	}
	kind := kindTyped(r.FormValue("kind"))
	if err := s.Evidence.SetRetention(r.Context(), who.Actor, kind, months, s.Now()); err != nil {
		return s.retentionAgain(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "settings", "retention"), "Set. It holds for what is there and for what comes.")
}

func (s *Server) retentionAgain(w http.ResponseWriter, r *http.Request, who visitor, err error) error {
	if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
		return s.showRetention(w, r, who, statusOf(p.Code), problem.New(p.Code, "%s", p.Text))
	}
	return err
}

// postHolds holds a kind or everything of a control: POST /o/{org}/settings/retention/holds.
func (s *Server) postHolds(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	held := evidence.Held{}
	if k := strings.TrimSpace(r.FormValue("kind")); k != "" {
		held.Kind = kindTyped(k)
	}
	target, fault := b.target(r.FormValue("control"), "")
	switch {
	case fault != nil:
		return s.retentionAgain(w, r, who, fault)
	case len(target.Controls) > 0 && held.Kind != "" || len(target.Controls) > 1 || len(target.Controls) == 0 && held.Kind == "":
		return s.retentionAgain(w, r, who, problem.New(problem.Invalid, "Hold either a kind or all of one control. For both, make two holds."))
	case len(target.Controls) == 1:
		held.Control = target.Controls[0]
	}
	if _, err := s.Evidence.Hold(r.Context(), who.Actor, held, r.FormValue("reason"), s.Now()); err != nil {
		return s.retentionAgain(w, r, who, err)
	}
	return back(w, r, orgPath(who.Slug(), "settings", "retention"), "Held. Nothing of it can be erased until the hold is released.")
}

// postRelease ends a hold: POST /o/{org}/settings/retention/holds/{hold}/release.
func (s *Server) postRelease(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Evidence.Release(r.Context(), who.Actor, r.PathValue("hold"), r.FormValue("reason"), s.Now()); err != nil {
		return s.retentionAgain(w, r, who, err)
	}
	to := local(r.FormValue("back"))
	if !strings.HasPrefix(to, orgPath(who.Slug())) {
		to = orgPath(who.Slug(), "settings", "retention")
	}
	return back(w, r, to, "Released. Retention and erasure work again.")
}
