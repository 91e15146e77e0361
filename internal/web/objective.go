package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/isms"
	"github.com/toucan-grc/toucan/internal/problem"
)

const objectiveChange = access.ManageISMS

// objectiveView is what the page of an objective shows beside what all entries have.
type objectiveView struct {
	slug string
	isms.ObjectiveFolder
	names     map[string]string
	CanChange bool
	Evidence  []string // names the form offers
}

// source is the live figure, or the zero value.
func (v objectiveView) source() isms.Source {
	src, _ := isms.FindSource(v.Objective().Source)
	return src
}

// Objective is the objective itself.
func (v objectiveView) Objective() isms.Objective { return v.Track.Objective }

// open are the periods that are over and can be measured by hand.
func (v objectiveView) open() []option {
	var out []option
	for i := len(v.Periods) - 1; i >= 0 && len(out) < 24; i-- {
		p := v.Periods[i]
		if p.Verdict == isms.Running {
			continue
		}
		text := daysWords(p.Days)
		if p.Measure != nil {
			text += " (corrects)"
		}
		out = append(out, option{p.Days.From.String(), text})
	}
	return out
}

// objectiveDot is one period in the picture of the trend.
type objectiveDot struct {
	X, Y  string
	Mark  string
	Known bool
	Words string
}

// objectiveCurve is the picture of the last periods: their values against the target.
type objectiveCurve struct {
	W, H          int
	Dots          []objectiveDot
	Lines         []string // stretches of the curve, each points of a polyline
	Target        string   // points of the line of the target, which moves when the target did
	Top, Bottom   string
	First, Last   string
	Met, Of       int
	TargetWords   string
	Label         string
	TopY, BottomY string
}

// curve draws at most 24 periods that are over.
func (v objectiveView) curve() (objectiveCurve, bool) {
	const w, h, left, right, top, bottom = 640, 160, 46, 12, 14, 24
	var list []isms.ObjectivePeriod
	for _, p := range v.Periods {
		if p.Verdict != isms.Running {
			list = append(list, p)
		}
	}
	if len(list) > 24 {
		list = list[len(list)-24:]
	}
	c := objectiveCurve{W: w, H: h}
	if len(list) == 0 {
		return c, false
	}
	lo, hi := list[0].Target.Number, list[0].Target.Number
	for _, p := range list {
		lo, hi = min(lo, p.Target.Number), max(hi, p.Target.Number)
		if p.Measure != nil && p.Measure.Known == isms.Valued {
			lo, hi = min(lo, p.Measure.Value), max(hi, p.Measure.Value)
		}
	}
	if hi-lo < 1 {
		hi = lo + 1
	}
	least, most := lo, hi // what the labels of the axis say
	pad := (hi - lo) / 10
	lo, hi = lo-pad, hi+pad
	x := func(i int) string {
		if len(list) == 1 {
			return strconv.Itoa((left + w - right) / 2)
		}
		return strconv.Itoa(left + i*(w-left-right)/(len(list)-1))
	}
	y := func(value float64) string {
		return strconv.Itoa(top + int((hi-value)/(hi-lo)*float64(h-top-bottom)))
	}
	var line, target []string
	flush := func() {
		if len(line) > 1 {
			c.Lines = append(c.Lines, strings.Join(line, " "))
		}
		line = nil
	}
	for i, p := range list {
		target = append(target, x(i)+","+y(p.Target.Number))
		d := objectiveDot{X: x(i), Y: strconv.Itoa(h - bottom), Mark: periodMark(p.Verdict), Words: daysWords(p.Days) + ": " + p.Verdict.Label() + ". " + p.Why}
		if p.Measure != nil && p.Measure.Known == isms.Valued {
			d.Y, d.Known = y(p.Measure.Value), true
			line = append(line, d.X+","+d.Y)
		} else {
			flush()
		}
		c.Dots = append(c.Dots, d)
	}
	flush()
	if len(target) == 1 {
		target = []string{fmt.Sprintf("%d,%s", left, y(list[0].Target.Number)), fmt.Sprintf("%d,%s", w-right, y(list[0].Target.Number))}
	}
	last := list[len(list)-1]
	c.Target, c.First, c.Last = strings.Join(target, " "), dayWords(list[0].Days.From), dayWords(last.Days.To)
	c.TargetWords = last.Target.Words(last.Unit)
	c.Top, c.Bottom, c.TopY, c.BottomY = isms.Amount(most, ""), isms.Amount(least, ""), y(most), y(least)
	c.Label = fmt.Sprintf("Values of the last %s against the target. The table below has the same numbers.", plural(len(list), "period", "periods"))
	return c, true
}

// postMeasure enters a value by hand: POST /o/{org}/isms/objectives/{code}/measure.
func (s *Server) postMeasure(w http.ResponseWriter, r *http.Request, who visitor) error {
	h := isms.HandMeasure{Objective: r.PathValue("code"), Known: isms.MeasureKnown(r.FormValue("known")), Words: r.FormValue("words")}
	m, err := s.handMeasure(r, h, who)
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return objectiveNoun.showOne(s, w, r, who, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "objectives", r.PathValue("code")), "Measured for "+daysWords(m.Days)+".")
}

func (s *Server) handMeasure(r *http.Request, h isms.HandMeasure, who visitor) (isms.Measure, error) {
	var err error
	if h.On, err = formDay(r, "on"); err != nil {
		return isms.Measure{}, err
	}
	if h.Known == isms.Valued {
		if share := strings.TrimSpace(r.FormValue("of")); share != "" {
			num, errNum := strconv.Atoi(strings.TrimSpace(r.FormValue("value")))
			den, errDen := strconv.Atoi(share)
			if errNum != nil || errDen != nil {
				return isms.Measure{}, problem.Field("num", "A share is so many of so many, in whole numbers, such as 48 of 50.")
			}
			h.Num, h.Den = num, den
		} else if h.Value, err = strconv.ParseFloat(strings.TrimSpace(r.FormValue("value")), 64); err != nil {
			return isms.Measure{}, problem.Field("value", "This is no number. Write it like 98 or 3.5.")
		}
	}
	items, err := s.pickedEvidence(r.Context(), who, "item", []string{r.FormValue("item")})
	if err != nil {
		return isms.Measure{}, err
	}
	if len(items) > 0 {
		h.Item = items[0]
	}
	return s.ISMS.Measure(r.Context(), who.Actor, h, s.Now())
}

// lastPart takes the id out of an address somebody copied.
func lastPart(text string) string {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	return text[strings.LastIndexByte(text, '/')+1:]
}

// postTake takes the live figure now: POST /o/{org}/isms/objectives/{code}/take.
func (s *Server) postTake(w http.ResponseWriter, r *http.Request, who visitor) error {
	m, err := s.ISMS.TakeObjective(r.Context(), who.Actor, r.PathValue("code"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return objectiveNoun.showOne(s, w, r, who, p)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "isms", "objectives", r.PathValue("code")), "Read for "+daysWords(m.Days)+".")
}
