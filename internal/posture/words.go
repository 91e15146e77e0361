package posture

import (
	"fmt"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// explain writes the reason of each part, and the whole in sentences.
func (j *Judge) explain(o *Operation, f *Operated) {
	for i := range f.Parts {
		p := &f.Parts[i]
		switch p.Aspect {
		case Standing:
			p.Why = j.standingWords(o, f, p.State)
		case Occurring:
			p.Why = j.occurringWords(o, f, p.State)
		case Covering:
			p.Why = j.coveringWords(f, p.State)
		case Testing:
			p.Why = j.testingWords(f)
		case Sampling:
			p.Why = samplingWords(f)
		case Spacing:
			p.Why = spacingWords(f)
		}
		f.Why = append(f.Why, p.Why)
	}
	f.Why = append(f.Why, j.boundsWords(o, f)...)
	if f.Unreviewed > 0 {
		f.Why = append(f.Why, fmt.Sprintf("%d of the proofs %s not yet accepted by a second person.", f.Unreviewed, plural(f.Unreviewed, "is", "are")))
	}
}

// boundsWords says why other days than those of the window are judged.
func (j *Judge) boundsWords(o *Operation, f *Operated) []string {
	if !j.q.Window.Known() || !f.Judged.Known() {
		return nil
	}
	var out []string
	if f.Judged.From > j.days.From {
		out = append(out, "Started mid-window: judged from "+f.Judged.From.String()+".")
	}
	switch {
	case o.Until.Known() && o.Until < j.days.To && o.Until == f.Judged.To:
		out = append(out, "Retired on "+o.Until.String()+": judged up to then.")
	case f.Judged.To < j.days.To:
		out = append(out, "The window is not over: judged up to "+f.Judged.To.String()+".")
	}
	return out
}

func (j *Judge) standingWords(o *Operation, f *Operated, state State) string {
	switch {
	case !o.Since.Known():
		return "Nobody has said since when it operates, so there is nothing to judge."
	case o.Until.Known() && o.Until < j.days.From:
		return "It was retired on " + o.Until.String() + "."
	case o.Since > j.days.From && !f.Judged.Known():
		return "It operates from " + o.Since.String() + " on."
	case !f.Judged.Known():
		return "The " + j.asked() + " has not come yet."
	case state == Exceptions:
		return "A test failed at the moment: " + j.failed(f) + "."
	case state == Unknown:
		return "Nothing had ever been filed or found for it."
	case state == Gap:
		return "It is said to operate, but no proof could be relied on any more and no test passed."
	case len(f.Current) > 0:
		return fmt.Sprintf("It operates since %s, and %d %s could be relied on.", o.Since, len(f.Current), plural(len(f.Current), "proof", "proofs"))
	}
	return "It operates since " + o.Since.String() + ", and a test passed at the moment."
}

func (j *Judge) asked() string {
	if j.q.Window.Known() {
		return "window"
	}
	return "moment"
}

func (j *Judge) occurringWords(o *Operation, f *Operated, state State) string {
	if state == Unknown {
		return "Nobody has said how often it has to be done."
	}
	n := map[Outcome]int{}
	for _, x := range f.Occurrences {
		n[x.Outcome]++
	}
	done := n[Met] + n[Late] + n[Missed]
	var out string
	switch {
	case done == 0 && n[Due] > 0:
		first := f.Occurrences[0]
		return "Nothing was due yet; it is due " + first.Due.String() + "."
	case done == 0:
		return "Nothing fell due in the days judged: an interval begins with its first full period."
	case n[Missed]+n[Late] == 0:
		out = "Done in time in " + every(done) + "."
	default:
		out = fmt.Sprintf("Done in time in %d of %d %s.", n[Met], done, plural(done, "period", "periods"))
	}
	for _, x := range f.Occurrences {
		switch x.Outcome {
		case Missed:
			out += fmt.Sprintf(" Missed for %s: it was due on %s%s.", x.Period, x.Due, graceWords(x))
		case Late:
			out += fmt.Sprintf(" Late for %s: it was due on %s%s and done on %s.", x.Period, x.Due, graceWords(x), j.doneOn(o, x))
		}
	}
	if n[Due] > 0 {
		out += " The next is due " + f.Occurrences[len(f.Occurrences)-1].Due.String() + "."
	}
	return out
}

// every says that all of n periods are meant.
func every(n int) string {
	switch n {
	case 1:
		return "its one period"
	case 2:
		return "both periods"
	}
	return fmt.Sprintf("all %d periods", n)
}

func graceWords(x Occurrence) string {
	if n := int(x.Late - x.Due - 1); n > 0 {
		return fmt.Sprintf(" with %d %s of grace", n, plural(n, "day", "days"))
	}
	return ""
}

// doneOn is the day on which the first proof of an occurrence was captured.
func (j *Judge) doneOn(o *Operation, x Occurrence) cadence.Date {
	for i := range o.Proofs {
		if len(x.Proofs) > 0 && o.Proofs[i].ID == x.Proofs[0] {
			return j.dayOf(o.Proofs[i].Captured)
		}
	}
	return 0
}

func (j *Judge) coveringWords(f *Operated, state State) string {
	switch state {
	case Unknown:
		return "There is no result and no proof at all."
	case Effective:
		return "Results and proof cover all of " + f.Judged.String() + "."
	}
	var out string
	for i, h := range f.Holes {
		if i == named {
			out += fmt.Sprintf(" And %d more.", len(f.Holes)-i)
			break
		}
		out += " " + j.stretchWords(h.Stretch) + ": " + map[Cause]string{
			Never:  "nothing had been filed or found yet.",
			Lapsed: "what there was had lapsed or spoke of other days.",
			Silent: "a test could not tell or went silent.",
		}[h.Cause]
	}
	return fmt.Sprintf("%d %s without data.", len(f.Holes), plural(len(f.Holes), "stretch", "stretches")) + out
}

func (j *Judge) testingWords(f *Operated) string {
	return fmt.Sprintf("A test failed in %d %s: %s.", len(f.Failures), plural(len(f.Failures), "stretch", "stretches"), j.failed(f))
}

// failed names the first few failures.
func (j *Judge) failed(f *Operated) string {
	names := make([]string, len(f.Failures))
	for i, x := range f.Failures {
		n := len(x.Subjects)
		names[i] = fmt.Sprintf("%s for %d %s", x.Test, n, plural(n, "subject", "subjects"))
		if j.q.Window.Known() {
			names[i] += ", " + j.stretchWords(x.Stretch)
		}
	}
	if len(names) > named {
		names = append(names[:named], fmt.Sprintf("%d more", len(f.Failures)-named))
	}
	return join(names)
}

// join lists what may hold commas itself.
func join(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += "; "
		}
		out += n
	}
	return out
}

func samplingWords(f *Operated) string {
	var parts []string
	for _, s := range f.Samples {
		if s.Exceptions > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d examined of %s", s.Exceptions, s.Tested, s.Population))
		}
	}
	return "Exceptions in samples: " + join(parts) + "."
}

func spacingWords(f *Operated) string {
	var parts []string
	for _, g := range f.LongGaps {
		parts = append(parts, fmt.Sprintf("%s, %d days", g.Days, g.Days.Len()))
	}
	text := fmt.Sprintf("Longer without it than the %d days allowed: %s.", f.LongGaps[0].Limit, join(parts))
	if because := f.LongGaps[0].Because; because != "" {
		text += " " + because
	}
	return text
}

// stretchWords says a stretch in days where it begins and ends with them, and
// else with the time of day.
func (j *Judge) stretchWords(s Stretch) string {
	from, to := j.dayOf(s.From), j.dayOf(s.To-1)
	if j.start(from) == s.From && j.start(to+1) == s.To {
		if from == to {
			return from.String()
		}
		return cadence.Days{From: from, To: to}.String()
	}
	clock := func(m Moment) string {
		return m.Time().In(j.q.Zones.Of(j.dayOf(m))).Format("2006-01-02 15:04")
	}
	return clock(s.From) + " to " + clock(s.To)
}
