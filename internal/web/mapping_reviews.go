package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/task"
)

func init() {
	taskPlaces[crosswalk.TaskReview] = taskPlace{"Crosswalk", "Review", "", func(slug string, t task.Task) string {
		return orgPath(slug, "crosswalk", "reviews", t.Subject.ID)
	}}
	taskPlaces[crosswalk.TaskConfirm] = taskPlace{"Your controls", "Answer", "", func(slug string, t task.Task) string {
		return orgPath(slug, "confirmations", "mine")
	}}
}

// mappingBoardPage says how the review of the crosswalk stands.
type mappingBoardPage struct {
	frame
	Board     crosswalk.ReviewBoard
	Pairs     []mappingPair
	Backers   crosswalk.Backers
	CanReview bool
}

// mappingPair is a pair of frameworks as the page lists it.
type mappingPair struct {
	crosswalk.PairState
	A, B string // what they are called
	Rows string // address of its rows
}

// getMappingReviews shows it: GET /o/{org}/crosswalk/reviews.
func (s *Server) getMappingReviews(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := mappingBoardPage{CanReview: who.Can(access.ReviewCrosswalk)}
	st, err := s.mappingState(r.Context(), who, b)
	if err != nil {
		return err
	}
	p.Board, p.Backers = st.Board, st.Backers
	for _, x := range p.Board.Pairs {
		m := mappingPair{PairState: x, A: b.titleOf(x.A), B: b.titleOf(x.B)}
		m.Rows = query(orgPath(who.Slug(), "crosswalk", "edges"), "from", x.A, "to", x.B)
		p.Pairs = append(p.Pairs, m)
	}
	p.frame = s.frame(w, r, who, "crosswalk", "Reviews of the crosswalk", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")})
	p.Tabs = crosswalkTabs(who.Slug(), "reviews")
	return s.render(w, r, http.StatusOK, mappingBoard(p))
}

// titleOf is what a framework is called, or its id.
func (b *book) titleOf(id string) string {
	if f, ok := b.library.Frameworks.Find(id); ok {
		return f.Title
	}
	return id
}

// mappingShelf keeps how reviews and confirmations stand, for one day of a book.
type mappingShelf struct {
	sync.Mutex
	day cadence.Date
	mappingState
}

// mappingState is how the crosswalk is looked after.
type mappingState struct {
	Board   crosswalk.ReviewBoard
	Backing map[string]crosswalk.Confirmation // by control id
	Backers crosswalk.Backers
}

// mappingState reads how the crosswalk is looked after; once per revision and day.
func (s *Server) mappingState(ctx context.Context, who visitor, b *book) (mappingState, error) {
	now := s.Now()
	today := dateIn(now, b.Zone)
	b.mapping.Lock()
	defer b.mapping.Unlock()
	if b.mapping.day == today {
		return b.mapping.mappingState, nil
	}
	var st mappingState
	var err error
	if st.Board, err = s.Crosswalk.Reviews(ctx, who.Actor, now); err != nil {
		return st, err
	}
	if st.Backing, err = s.Crosswalk.Confirmations(ctx, who.Actor, now); err != nil {
		return st, err
	}
	st.Backers = crosswalk.BackersOf(st.Backing, func(control string) string {
		c, ok := b.byID(control)
		if !ok {
			return ""
		}
		return b.People[c.Owner].Function
	})
	b.mapping.day, b.mapping.mappingState = today, st
	return st, nil
}

// backingOf sums up who stands behind what is tagged to any of some requirements.
func (st mappingState) backingOf(b *book, refs ...framework.Ref) (crosswalk.Confirmation, map[crosswalk.Backing]int) {
	var list []crosswalk.Confirmation
	count, seen := map[crosswalk.Backing]int{}, map[string]bool{}
	for _, ref := range refs {
		for _, i := range b.Tagged[ref] {
			id := b.Controls[i].ID
			c, ok := st.Backing[id]
			if !ok || seen[id] {
				continue
			}
			seen[id] = true
			list = append(list, c)
			count[c.Backing]++
		}
	}
	return crosswalk.BackingOfRow(list), count
}

// postMappingReview begins the yearly review of a pair: POST /o/{org}/crosswalk/reviews with a and b.
func (s *Server) postMappingReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := s.Crosswalk.BeginReview(r.Context(), who.Actor, r.FormValue("a"), r.FormValue("b"), s.Now())
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "crosswalk", "reviews", id), "The rows of the pair are in the open review.")
}

// mappingReviewPage is one review and the lines it names.
type mappingReviewPage struct {
	frame
	Review    crosswalk.Review
	Today     cadence.Date
	Pills     []pill
	Show      string
	Rows      []mappingLine
	Pager     pager
	CanReview bool
	Opened    string
	Closed    string
}

// mappingLine is one line to look at.
type mappingLine struct {
	crosswalk.ReviewItem
	Label   string   // what the line is about, in words
	Reasons []string // why it is in doubt
	To      string   // where it is changed
	Said    string   // the answer, by whom and when
	Group   string   // set on the first of its kind
}

const mappingLinesPerPage = 50

// getMappingReview shows it: GET /o/{org}/crosswalk/reviews/{id}?show=&page=.
func (s *Server) getMappingReview(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := mappingReviewPage{CanReview: who.Can(access.ReviewCrosswalk), Show: r.FormValue("show"), Today: dateIn(s.Now(), b.Zone)}
	if p.Review, err = s.Crosswalk.Review(r.Context(), who.Actor, r.PathValue("id")); err != nil {
		return err
	}
	if p.Show == "" {
		p.Show = "all"
		if p.Review.Open() && p.Review.Left > 0 {
			p.Show = "waiting"
		}
	}
	p.frame = s.frame(w, r, who, "crosswalk", "Review of the crosswalk", crumb{"Crosswalk", orgPath(who.Slug(), "crosswalk")}, crumb{"Reviews", orgPath(who.Slug(), "crosswalk", "reviews")})
	p.Tabs = crosswalkTabs(who.Slug(), "reviews")
	p.Opened, p.Closed = momentWords(p.Review.OpenedAt, b.Zone), momentWords(p.Review.ClosedAt, b.Zone)
	path := p.path("crosswalk", "reviews", p.Review.ID)
	shows := []struct {
		key, text string
		takes     func(crosswalk.ReviewItem) bool
	}{
		{"waiting", "To answer", crosswalk.ReviewItem.Waits},
		{"true", "Still true", func(i crosswalk.ReviewItem) bool { return i.Answer == crosswalk.StillTrue }},
		{"change", "To be changed", func(i crosswalk.ReviewItem) bool { return i.Answer == crosswalk.ToChange }},
		{"challenge", "Challenged", func(i crosswalk.ReviewItem) bool { return i.Answer == crosswalk.InDoubt }},
		{"all", "All", func(crosswalk.ReviewItem) bool { return true }},
	}
	var list []crosswalk.ReviewItem
	for _, x := range shows {
		taken := slices.DeleteFunc(slices.Clone(p.Review.Items), func(i crosswalk.ReviewItem) bool { return !x.takes(i) })
		p.Pills = append(p.Pills, pill{Text: x.text, N: len(taken), On: p.Show == x.key, To: query(path, "show", x.key)})
		if p.Show == x.key {
			list = taken
		}
	}
	cut, pages := paged(list, r.FormValue("page"), mappingLinesPerPage, func(n string) string { return query(path, "show", p.Show, "page", n) })
	p.Pager = pages
	for i, x := range cut {
		l := b.mappingLine(who.Slug(), x)
		if i == 0 || cut[i-1].IsLink() != x.IsLink() {
			l.Group = "Rows between frameworks"
			if x.IsLink() {
				l.Group = "What controls count for"
			}
		}
		p.Rows = append(p.Rows, l)
	}
	return s.render(w, r, http.StatusOK, mappingReview(p))
}

func (b *book) mappingLine(slug string, i crosswalk.ReviewItem) mappingLine {
	l := mappingLine{ReviewItem: i, Reasons: strings.Split(i.Reason, "\n")}
	target := b.requirement(i.Target).Label
	if i.IsLink() {
		l.Label, l.To = i.Title+" · "+target, orgPath(slug, "control", i.Code)
	} else {
		l.Label = b.requirement(i.Source).Label + " · " + target
		l.To = query(orgPath(slug, "crosswalk", "edge"), "from", i.Source.Framework, "source", i.Source.ID, "to", i.Target.Framework, "target", i.Target.ID)
	}
	if i.Answer != "" {
		l.Said = i.AnsweredBy + ", " + momentWords(i.AnsweredAt, b.Zone)
	}
	return l
}

// postMappingAnswer answers lines: POST /o/{org}/crosswalk/reviews/{id}/answer with item, answer and
// note; one names a line that is still true.
func (s *Server) postMappingAnswer(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	items, answer, note := r.Form["item"], crosswalk.Answer(r.FormValue("answer")), r.FormValue("note")
	if one := r.FormValue("one"); one != "" {
		items, answer, note = []string{one}, crosswalk.StillTrue, ""
	}
	id := r.PathValue("id")
	if err := s.Crosswalk.AnswerReview(r.Context(), who.Actor, id, items, answer, note, s.Now()); err != nil {
		return err
	}
	said := plural(len(items), "line", "lines") + ": " + strings.ToLower(answer.Words()) + "."
	if answer == crosswalk.ToChange {
		said += " Open the line to change it."
	}
	return back(w, r, query(orgPath(who.Slug(), "crosswalk", "reviews", id), "show", r.FormValue("show"))+"#list", said)
}

// postMappingClose closes a review: POST /o/{org}/crosswalk/reviews/{id}/close with words.
func (s *Server) postMappingClose(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Crosswalk.CloseReview(r.Context(), who.Actor, r.PathValue("id"), r.FormValue("words"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "crosswalk", "reviews"), "The review is closed.")
}

// freshnessMark is the mark beside how fresh a pair is.
func freshnessMark(f crosswalk.Freshness) string {
	switch f {
	case crosswalk.ReviewLate:
		return "bad"
	case crosswalk.SoonDue, crosswalk.UnderLook:
		return "warn"
	}
	return "good"
}

// reviewAnswerMark is the mark beside an answer.
func reviewAnswerMark(i crosswalk.ReviewItem) string {
	switch {
	case i.Answer == crosswalk.StillTrue:
		return "good"
	case i.Answer == crosswalk.InDoubt:
		return "bad"
	case i.Gone:
		return "not_applicable"
	}
	return "warn"
}

// backingMark is the mark beside how a control is backed.
func backingMark(b crosswalk.Backing) string {
	switch b {
	case crosswalk.Backed:
		return "good"
	case crosswalk.Contradicted:
		return "bad"
	case crosswalk.Unconfirmed:
		return "not_applicable"
	}
	return "warn"
}

// mappingFunction is what a function is called; of none, that there is none.
func mappingFunction(key string) string {
	if key == "" {
		return "No function"
	}
	return people.Label(key)
}

func mappingDue(due, today cadence.Date) string {
	if due < today {
		return fmt.Sprintf("was due on %s", dayWords(due))
	}
	return fmt.Sprintf("due on %s", dayWords(due))
}
