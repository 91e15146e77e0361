package isms

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/posture"
)

// Weight says how much a remark about dates matters.
type Weight string

const (
	Refused Weight = "refused" // it cannot be so, and is not stored
	Warned  Weight = "warned"  // a rule or a custom is not kept
	Noted   Weight = "noted"   // worth knowing
)

// Remark is what a rule says of the dates of the audits.
type Remark struct {
	Weight     Weight
	Engagement string // id, or empty: of the plan as a whole
	Text       string // one or two sentences: what, and what to do
}

// Remarks says what is wrong with the dates of the audits, the gravest first. It
// knows the rules of certification (ISO/IEC 17021-1) and the customs of SOC 2, and
// says which is which.
func Remarks(list []Engagement, today cadence.Date) []Remark {
	live := slices.DeleteFunc(slices.Clone(list), func(e Engagement) bool { return e.State == Cancelled })
	slices.SortStableFunc(live, func(a, b Engagement) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	r := remarks{today: today, all: live}
	r.states()
	r.stages()
	for _, e := range r.of(Certification) {
		r.certificate(e)
	}
	r.visits()
	r.windows()
	r.letters()
	rank := map[Weight]int{Refused: 0, Warned: 1, Noted: 2}
	slices.SortStableFunc(r.out, func(a, b Remark) int { return cmp.Compare(rank[a.Weight], rank[b.Weight]) })
	return r.out
}

type remarks struct {
	today cadence.Date
	all   []Engagement // by first day, without what was cancelled
	out   []Remark
}

func (r *remarks) say(w Weight, id, text string, args ...any) {
	r.out = append(r.out, Remark{w, id, fmt.Sprintf(text, args...)})
}

func (r *remarks) of(kinds ...EngagementKind) []Engagement {
	var out []Engagement
	for _, e := range r.all {
		if slices.Contains(kinds, e.Kind) {
			out = append(out, e)
		}
	}
	return out
}

// states: what is over lies behind, and what lies behind is over.
func (r *remarks) states() {
	for _, e := range r.all {
		switch {
		case e.State == Held && e.From > r.today:
			r.say(Refused, e.ID, "%s is said to be held and begins on %s, which lies ahead.", e.Name(), e.From)
		case e.State != Held && e.To < r.today && !e.Kind.Windowed():
			r.say(Noted, e.ID, "%s was due on %s. Say whether it was held, or when it will be.", e.Name(), e.From)
		}
	}
}

// stages: stage 1, stage 2 and the decision come in that order.
func (r *remarks) stages() {
	decisions := r.of(Certification)
	for i, two := range r.of(StageTwo) {
		one, ok := lastBefore(r.of(StageOne), two.From)
		switch {
		case !ok && len(r.of(StageOne)) > 0 && i == 0:
			r.say(Refused, two.ID, "Stage 2 on %s comes before stage 1. Stage 1 finds whether stage 2 can take place.", two.From)
		case !ok:
			r.say(Noted, two.ID, "No stage 1 is entered before stage 2 on %s. Enter it, so that the gate can say what has to be old enough.", two.From)
		case two.From < one.To+14:
			r.say(Warned, two.ID, "Stage 2 follows stage 1 within two weeks. There is hardly time to answer what stage 1 finds.")
		case two.From > one.To.AddMonths(6):
			r.say(Warned, two.ID, "More than six months lie between stage 1 and stage 2. Certification bodies customarily want stage 1 again by then; ask yours.")
		}
	}
	for _, d := range decisions {
		if _, ok := lastBefore(r.of(StageTwo, Recertification), d.From+1); !ok && len(r.of(StageTwo)) > 0 {
			r.say(Refused, d.ID, "The certification decision on %s comes before stage 2. It rests on what stage 2 finds.", d.From)
		}
	}
}

// lastBefore returns the last of those whose first day comes before a day.
func lastBefore(list []Engagement, d cadence.Date) (Engagement, bool) {
	for _, e := range slices.Backward(list) {
		if e.From < d {
			return e, true
		}
	}
	return Engagement{}, false
}

// Certificate is how long a certificate lasts and by when it has to be looked at.
type Certificate struct {
	From        cadence.Date // the decision
	FirstVisit  cadence.Date // last day for the first surveillance
	Expires     cadence.Date // last day it holds
	ReturnStart cadence.Date // when recertification should be under way, by custom
}

// CertificateOf is what a decision on a day begins: three years, and the first visit
// within twelve months of the decision.
func CertificateOf(decided cadence.Date) Certificate {
	end := decided.AddMonths(36) - 1
	return Certificate{From: decided, FirstVisit: decided.AddMonths(12), Expires: end, ReturnStart: end.AddMonths(-3)}
}

// Years are the calendar years between that of the decision and that of the end, in
// each of which there has to be a visit.
func (c Certificate) Years() []cadence.Days {
	first, _, _ := c.From.Civil()
	last, _, _ := c.Expires.Civil()
	var out []cadence.Days
	for y := first + 1; y < last; y++ {
		out = append(out, cadence.Days{From: cadence.On(y, time.January, 1), To: cadence.On(y, time.December, 31)})
	}
	return out
}

// certificate: surveillance in each calendar year, the first within twelve months,
// recertification in time.
func (r *remarks) certificate(d Engagement) {
	c := CertificateOf(d.From)
	ends, replaced, next := c.Expires, false, Engagement{} // the decision after this one
	for _, x := range r.of(Certification) {
		if x.From > d.From && next.ID == "" {
			next = x
		}
		if x.From > d.From && x.State == Held { // only what was decided replaces a certificate
			ends, replaced = min(ends, x.From-1), true
		}
	}
	visits := slices.DeleteFunc(r.of(Surveillance), func(e Engagement) bool { return e.From < d.From || e.From > ends })
	switch {
	case len(visits) == 0:
		w := Noted
		if r.today > c.FirstVisit.AddMonths(-6) {
			w = Warned
		}
		r.say(w, d.ID, "No surveillance visit is entered. The first must take place by %s, within twelve months of the decision (ISO/IEC 17021-1).", c.FirstVisit)
	case visits[0].From > c.FirstVisit:
		r.say(Warned, visits[0].ID, "The first surveillance visit on %s comes more than twelve months after the decision of %s (ISO/IEC 17021-1). Move it to %s or earlier, or the certificate is at risk.", visits[0].From, d.From, c.FirstVisit)
	}
	last, _, _ := ends.Civil()
	for _, year := range c.Years() {
		y, _, _ := year.From.Civil()
		seen := func(e Engagement) bool { return year.Has(e.From) }
		if y < last && len(visits) > 0 && !slices.ContainsFunc(visits, seen) && !slices.ContainsFunc(r.of(Recertification), seen) {
			r.say(Warned, d.ID, "No surveillance visit is entered for %d. There must be one at least once in each calendar year, save in that of recertification (ISO/IEC 17021-1).", y)
		}
	}
	if replaced {
		return
	}
	if next.ID != "" && next.From > c.Expires {
		r.say(Warned, next.ID, "The certification decision on %s comes after the certificate ends on %s, and in between there is none. Move it to that day or earlier.", next.From, c.Expires)
	}
	back := slices.DeleteFunc(r.of(Recertification), func(e Engagement) bool { return e.From <= d.From || next.ID != "" && e.From > next.From })
	switch {
	case len(back) > 0 && back[0].To > c.Expires:
		r.say(Warned, back[0].ID, "Recertification ends on %s, after the certificate does on %s. Audit and decision have to come before.", back[0].To, c.Expires)
	case len(back) > 0 && back[0].To > c.Expires-45:
		r.say(Warned, back[0].ID, "Recertification ends within six weeks of the end of the certificate on %s. That leaves little time for corrections and for the decision.", c.Expires)
	case len(back) == 0 && r.today > c.Expires.AddMonths(-12):
		r.say(Warned, d.ID, "The certificate ends on %s, and no recertification is entered. Book it for %s or earlier.", c.Expires, c.ReturnStart)
	}
}

// visits: no surveillance or recertification without a certificate.
func (r *remarks) visits() {
	for _, e := range r.of(Surveillance, Recertification) {
		d, ok := lastBefore(r.of(Certification), e.From+1)
		switch {
		case !ok && len(r.of(Certification)) > 0:
			r.say(Refused, e.ID, "%s on %s comes before the certification decision.", e.Name(), e.From)
		case ok && e.Kind == Surveillance && e.From > CertificateOf(d.From).Expires:
			r.say(Warned, e.ID, "%s on %s comes after the certificate ended on %s.", e.Name(), e.From, CertificateOf(d.From).Expires)
		}
	}
}

// windows: the periods of Type 2 reports have a usual length, do not overlap and
// leave no gap.
func (r *remarks) windows() {
	list := r.of(TypeTwo)
	for i, e := range list {
		switch {
		case e.To < posture.ShortestWindow(e.From).To:
			r.say(Warned, e.ID, "The window %s is shorter than three months. Readers of a Type 2 report seldom accept that; ask your auditor.", e.Days())
		case e.To > posture.LongestWindow(e.From).To:
			r.say(Warned, e.ID, "The window %s is longer than twelve months. A Type 2 report usually covers twelve at most.", e.Days())
		}
		if i == 0 {
			continue
		}
		last := list[i-1]
		switch {
		case last.Days().Common(e.Days()).Known():
			r.say(Warned, e.ID, "The windows %s and %s overlap by %s. Two reports that speak of the same days raise questions; let the second begin on %s.", last.Days(), e.Days(), cycleDays(last.Days().Common(e.Days()).Len()), last.To+1)
		case e.From > last.To+1:
			gap := cadence.Days{From: last.To + 1, To: e.From - 1}
			r.say(Warned, e.ID, "No report speaks of %s (%s). Begin the window on %s, or explain the gap to those who rely on the reports.", gap, cycleDays(gap.Len()), last.To+1)
		}
	}
	for _, e := range r.of(TypeOne) {
		for _, w := range list {
			if w.State != Cancelled && w.To < e.From {
				r.say(Noted, e.ID, "A Type 1 report on %s comes after a Type 2 window, which already says more.", e.From)
				break
			}
		}
	}
}

// letters: a bridge letter follows a window and is short.
func (r *remarks) letters() {
	for _, e := range r.of(BridgeLetter) {
		w, ok := lastEnded(r.of(TypeTwo), e.From)
		switch {
		case !ok:
			r.say(Refused, e.ID, "A bridge letter follows the window of a Type 2 report, and none ends before %s. Enter the window first.", e.From)
			continue
		case e.From > w.To+1:
			r.say(Warned, e.ID, "The letter begins on %s, and the window before it ended on %s. It leaves days that nothing speaks of.", e.From, w.To)
		}
		if e.To > (w.To+1).AddMonths(3)-1 {
			r.say(Warned, e.ID, "The letter reaches to %s, more than three months beyond the window. It is management's word and no auditor's; customarily three months are the most.", e.To)
		}
	}
}

func lastEnded(list []Engagement, d cadence.Date) (Engagement, bool) {
	for _, e := range slices.Backward(list) {
		if e.To < d {
			return e, true
		}
	}
	return Engagement{}, false
}

func cycleDays(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
