package web

import (
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/people"
)

// mreviewStep is one step of a review.
type mreviewStep struct {
	Text, Sub string
	Done, Now bool
}

// mreviewLine says how far a review is.
func mreviewLine(p mreviewPage) []mreviewStep {
	at := map[isms.ReviewState]int{isms.ReviewPlanned: 1, isms.ReviewPrepared: 2, isms.ReviewSent: 3, isms.ReviewApproved: 4}[p.State]
	list := []mreviewStep{
		{Text: "Planned", Sub: "for " + dayWords(p.On)},
		{Text: "Pack frozen", Sub: "before the meeting"},
		{Text: "Minutes written", Sub: "point by point, with decisions"},
		{Text: "Approved", Sub: "by top management, then frozen"},
	}
	for i := range list {
		list[i].Done, list[i].Now = i < at, i == at
	}
	return list
}

// clauseShort is where a point comes from, in a few letters.
func clauseShort(clause string) string {
	if clause == "own" {
		return "our own point"
	}
	return clause
}

// itemTopic is what a point of the agenda is called.
func itemTopic(id string) string {
	a, _ := isms.FindAgendaItem(id)
	return a.Topic
}

// itemWords names points of the agenda.
func itemWords(ids []string) string {
	if len(ids) > 4 {
		return plural(len(ids), "point", "points") + " of the agenda"
	}
	var out []string
	for _, f := range isms.MinutesFields() {
		for _, id := range ids {
			if f.Key == id {
				out = append(out, f.Label)
			}
		}
	}
	for _, id := range ids {
		if a, ok := isms.FindAgendaItem(id); ok && a.Output {
			out = append(out, a.Topic)
		}
	}
	return strings.Join(out, ", ")
}

// decisionOptions are the points that ask for decisions.
func decisionOptions() []option {
	var out []option
	for _, a := range isms.DecisionItems() {
		out = append(out, option{a.ID, a.Topic})
	}
	return out
}

// dutyWords names roles of the programme.
func dutyWords(ids []string) string {
	var out []string
	for _, id := range ids {
		if r, ok := people.FindDutyRole(id); ok {
			out = append(out, upperFirst(r.Label))
		}
	}
	return strings.Join(out, ", ")
}

// dayOr is a day as a form has it, or another one.
func dayOr(d, or cadence.Date) string {
	if d.Known() {
		return d.String()
	}
	return or.String()
}

// joinWords is "a, b and c".
func joinWords(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// mreviewFormTo is where the plan of a review is sent.
func mreviewFormTo(p mreviewFormPage) string {
	if p.Review.Code == "" {
		return p.path("isms", "reviews")
	}
	return p.path("isms", "reviews", p.Review.Code)
}
