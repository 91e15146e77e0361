package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// confirmationsPage says who stands behind the controls, and asks their owners.
type confirmationsPage struct {
	frame
	Backers   crosswalk.Backers
	Rounds    []crosswalk.Round
	Pills     []pill
	Show      string
	Rows      []confirmationRow
	Pager     pager
	Functions []confirmationFunction
	Due       string
	CanAsk    bool
	Mine      int // questions that wait for the reader
	Problem   *problem.Error
	Days      []string // of the rounds: when they were begun
}

// confirmationRow is a mapped control and who stands behind it.
type confirmationRow struct {
	control.Control
	Owner, Function string
	crosswalk.Confirmation
}

// confirmationFunction is a function that can be asked.
type confirmationFunction struct {
	people.Function
	On bool
	N  int // mapped controls it owns
}

const confirmationsPerPage = 50

// getConfirmations shows it: GET /o/{org}/confirmations?show=&page=.
func (s *Server) getConfirmations(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showConfirmations(w, r, who, http.StatusOK, nil)
}

func (s *Server) showConfirmations(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := confirmationsPage{CanAsk: who.Can(access.ReviewCrosswalk), Show: r.FormValue("show"), Problem: wrong, Due: r.FormValue("due")}
	st, err := s.mappingState(r.Context(), who, b)
	if err != nil {
		return err
	}
	p.Backers = st.Backers
	if p.Rounds, err = s.Crosswalk.Rounds(r.Context(), who.Actor); err != nil {
		return err
	}
	for _, x := range p.Rounds {
		p.Days = append(p.Days, dayWords(dateIn(x.At, b.Zone)))
	}
	if who.Can(access.ConfirmControls) {
		mine, err := s.Crosswalk.MyAsks(r.Context(), who.Actor)
		if err != nil {
			return err
		}
		for _, a := range mine {
			if a.Waits() {
				p.Mine++
			}
		}
	}
	if p.Due == "" {
		p.Due = (dateIn(s.Now(), b.Zone) + 14).String()
	}
	p.frame = s.frame(w, r, who, "crosswalk", "Confirmations", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")})
	p.Tabs = crosswalkTabs(who.Slug(), "confirmations")
	p.fill(b, st.Backing, r)
	return s.render(w, r, status, showConfirmations(p))
}

// fill chooses the controls to list, and counts the functions.
func (p *confirmationsPage) fill(b *book, all map[string]crosswalk.Confirmation, r *http.Request) {
	owned := map[string]int{}
	var rows []confirmationRow
	for _, c := range b.Controls {
		x, ok := all[c.ID]
		if !ok {
			continue
		}
		owner := b.People[c.Owner]
		owned[owner.Function]++
		rows = append(rows, confirmationRow{c, owner.Name, owner.Function, x})
	}
	asked := r.Form["function"]
	for _, f := range people.Functions() {
		if owned[f.Key] > 0 {
			p.Functions = append(p.Functions, confirmationFunction{f, slices.Contains(asked, f.Key), owned[f.Key]})
		}
	}
	path := p.path("confirmations")
	p.Pills = append(p.Pills, pill{Text: "All", N: len(rows), On: p.Show == "", To: path + "#list"})
	for _, s := range crosswalk.Backings() {
		p.Pills = append(p.Pills, pill{Text: s.Words(), N: p.Backers.Count[s], Mark: backingMark(s), On: p.Show == string(s), To: query(path, "show", string(s)) + "#list"})
	}
	rows = slices.DeleteFunc(rows, func(x confirmationRow) bool { return p.Show != "" && p.Show != string(x.Backing) })
	p.Rows, p.Pager = paged(rows, r.FormValue("page"), confirmationsPerPage, func(n string) string { return query(path, "show", p.Show, "page", n) + "#list" })
}

// postConfirmations begins a round: POST /o/{org}/confirmations with function, control and due.
func (s *Server) postConfirmations(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	due, err := formDay(r, "due")
	var began crosswalk.Began
	if err == nil {
		began, err = s.Crosswalk.BeginRound(r.Context(), who.Actor, crosswalk.NewRound{Functions: r.Form["function"], Controls: r.Form["control"], Due: due}, s.Now())
	}
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal {
			return s.showConfirmations(w, r, who, http.StatusUnprocessableEntity, p)
		}
		return err
	}
	said := plural(began.People, "person was", "people were") + " asked about " + plural(began.Asked, "control", "controls") + "."
	if began.Waiting > 0 {
		said += " " + plural(began.Waiting, "control waits", "controls wait") + " for an answer already."
	}
	if began.Ownerless > 0 {
		said += " " + plural(began.Ownerless, "control has", "controls have") + " no owner who works here."
	}
	return back(w, r, orgPath(who.Slug(), "confirmations", "rounds", began.ID), said)
}

// roundPage is one round and how far it is.
type roundPage struct {
	frame
	Round  crosswalk.Round
	Begun  string
	Today  cadence.Date
	Pills  []pill
	Show   string
	Rows   []askRow
	Pager  pager
	People []option
	CanAsk bool
}

// askRow is one question of a round.
type askRow struct {
	crosswalk.Ask
	Suggested string // name
	When      string
}

// getRound shows it: GET /o/{org}/confirmations/rounds/{id}?show=&page=.
func (s *Server) getRound(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := roundPage{CanAsk: who.Can(access.ReviewCrosswalk), Show: r.FormValue("show"), Today: dateIn(s.Now(), b.Zone)}
	var asks []crosswalk.Ask
	if p.Round, asks, err = s.Crosswalk.Round(r.Context(), who.Actor, r.PathValue("id")); err != nil {
		return err
	}
	p.Begun = dayWords(dateIn(p.Round.At, b.Zone))
	p.frame = s.frame(w, r, who, "crosswalk", "Round of "+p.Begun, crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")}, crumb{"Confirmations", orgPath(who.Slug(), "confirmations")})
	p.Tabs = crosswalkTabs(who.Slug(), "confirmations")
	said := func(want crosswalk.Reply) func(crosswalk.Ask) bool {
		return func(a crosswalk.Ask) bool { return a.Told != nil && a.Told.Reply == want && a.Ended == "" }
	}
	path := p.path("confirmations", "rounds", p.Round.ID)
	var list []crosswalk.Ask
	for _, x := range []struct {
		key, text string
		takes     func(crosswalk.Ask) bool
	}{
		{"", "All", func(a crosswalk.Ask) bool { return a.Ended == "" }}, {"waiting", "Waiting", crosswalk.Ask.Waits}, {"yes", "Yes", said(crosswalk.Yes)},
		{"no", "No", said(crosswalk.No)}, {"not_mine", "Not mine", said(crosswalk.NotMine)},
	} {
		taken := slices.DeleteFunc(slices.Clone(asks), func(a crosswalk.Ask) bool { return !x.takes(a) })
		p.Pills = append(p.Pills, pill{Text: x.text, N: len(taken), On: p.Show == x.key, To: query(path, "show", x.key)})
		if p.Show == x.key {
			list = taken
		}
	}
	var cut []crosswalk.Ask
	cut, p.Pager = paged(list, r.FormValue("page"), confirmationsPerPage, func(n string) string { return query(path, "show", p.Show, "page", n) })
	for _, a := range cut {
		row := askRow{Ask: a}
		if a.Told != nil {
			row.When = momentWords(a.Told.At, b.Zone)
			row.Suggested = b.People[a.Told.Suggested].Name
		}
		p.Rows = append(p.Rows, row)
	}
	if p.CanAsk {
		p.People = b.working(p.Today)
	}
	return s.render(w, r, http.StatusOK, showRound(p))
}

// working lists those who work here on a day, by name.
func (b *book) working(today cadence.Date) []option {
	out := []option{{"", "Choose"}}
	for _, x := range b.list() {
		if x.Works(today.String()) {
			out = append(out, option{x.ID, x.Name})
		}
	}
	slices.SortFunc(out[1:], func(x, y option) int { return strings.Compare(x.Text, y.Text) })
	return out
}

// postHandOver asks somebody else: POST /o/{org}/confirmations/rounds/{id}/hand with ask and person.
func (s *Server) postHandOver(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Crosswalk.HandOver(r.Context(), who.Actor, r.FormValue("ask"), r.FormValue("person"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "confirmations", "rounds", r.PathValue("id")), "Handed over. The owner of the control stays as it is; change it on its page.")
}

// postHasten sets another last day: POST /o/{org}/confirmations/rounds/{id}/due with due.
func (s *Server) postHasten(w http.ResponseWriter, r *http.Request, who visitor) error {
	due, err := formDay(r, "due")
	if err == nil {
		err = s.Crosswalk.Hasten(r.Context(), who.Actor, r.PathValue("id"), due, s.Now())
	}
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "confirmations", "rounds", r.PathValue("id")), "Set. Whoever has not answered is reminded as the day comes near.")
}

// myAsksPage is what the reader is asked about.
type myAsksPage struct {
	frame
	Waiting []askRow
	Said    []askRow
	People  []option
	Today   cadence.Date
	Typed   myAskTyped
}

// myAskTyped is an answer that could not be taken, as it was typed.
type myAskTyped struct {
	Ask, Reason, Suggested string
	Reply                  crosswalk.Reply
	Problem                *problem.Error
}

// getMyAsks shows it: GET /o/{org}/confirmations/mine.
func (s *Server) getMyAsks(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showMyAsks(w, r, who, http.StatusOK, myAskTyped{})
}

func (s *Server) showMyAsks(w http.ResponseWriter, r *http.Request, who visitor, status int, typed myAskTyped) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := myAsksPage{Today: dateIn(s.Now(), b.Zone), Typed: typed}
	p.People = append([]option{{"", "I do not know"}}, b.working(p.Today)[1:]...)
	list, err := s.Crosswalk.MyAsks(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, a := range list {
		row := askRow{Ask: a}
		switch {
		case a.Waits():
			p.Waiting = append(p.Waiting, row)
		case a.Told != nil:
			row.When = momentWords(a.Told.At, b.Zone)
			p.Said = append(p.Said, row)
		}
	}
	slices.SortStableFunc(p.Said, func(x, y askRow) int { return y.Told.At.Compare(x.Told.At) })
	p.frame = s.frame(w, r, who, "tasks", "Your controls", crumb{"My tasks", orgPath(who.Slug(), "tasks")})
	return s.render(w, r, status, showMyAsks(p))
}

// postMyAsk answers one question: POST /o/{org}/confirmations/mine with ask, version, reply, reason and suggested.
func (s *Server) postMyAsk(w http.ResponseWriter, r *http.Request, who visitor) error {
	version, _ := strconv.Atoi(r.FormValue("version")) // of none there is none to answer about
	y := crosswalk.Saying{Ask: r.FormValue("ask"), Version: version, Reply: crosswalk.Reply(r.FormValue("reply")), Reason: r.FormValue("reason"), Suggested: r.FormValue("suggested")}
	t, err := s.Crosswalk.Say(r.Context(), who.Actor, y, s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showMyAsks(w, r, who, http.StatusUnprocessableEntity, myAskTyped{y.Ask, y.Reason, y.Suggested, y.Reply, p})
		}
		return err
	}
	said := map[crosswalk.Reply]string{crosswalk.Yes: "Thank you. It is confirmed.", crosswalk.No: "Thank you. A finding is opened, so that somebody sets it right.",
		crosswalk.NotMine: "Thank you. It stands in the round as not yours, with whom you named."}[t.Reply]
	return back(w, r, orgPath(who.Slug(), "confirmations", "mine"), said)
}
