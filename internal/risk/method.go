package risk

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

//go:embed data/methodology.md data/matrix.yaml data/scenarios.csv
var files embed.FS

// Steps is how many steps each scale has. The heat map and the library rest on it.
const Steps = 5

// Step is one step of a scale. Its chance, or its share of yearly revenue, lies
// from Min up to Max, which is the first of the next step.
type Step struct {
	Step int     `yaml:"step"`
	Name string  `yaml:"name"`
	Min  float64 `yaml:"min"`
	Max  float64 `yaml:"max"`
}

// Level is a class of scores and what it asks for.
type Level struct {
	ID        string   `yaml:"id"`
	Min       int      `yaml:"min_score"`
	Max       int      `yaml:"max_score"`
	Within    bool     `yaml:"within_appetite"`
	AcceptBy  []string `yaml:"accept_by"` // roles of the programme, or "risk-owner"
	Inform    []string `yaml:"inform"`    // who is told when it was accepted
	AcceptFor Span     `yaml:"accept_for"`
	PlanDue   Span     `yaml:"plan_due"` // none: no plan is asked for
}

// RiskOwner is the role of whoever owns the risk in question.
const RiskOwner = "risk-owner"

// Override is a rule that stands above the number of the appetite.
type Override struct {
	When     string `yaml:"when"`
	Then     string `yaml:"then"`
	MaxScore int    `yaml:"max_score"`
}

// The rules a method may lay above its number, word for word.
const (
	whenSevere = "impact == 5"
	whenPeople = "affects contains safety or privacy-rights"
	whenBreach = "known-legal-breach"

	thenContingency   = "contingency-required"
	thenNonconformity = "nonconformity"
)

// Numbers is the half of a method that is worked out with; it governs where the
// text says something else.
type Numbers struct {
	Version string `yaml:"version"`
	Text    string `yaml:"method"`
	Score   string `yaml:"score"`
	Scales  struct {
		Likelihood []Step `yaml:"likelihood"`
		Impact     []Step `yaml:"impact"`
	} `yaml:"scales"`
	Levels   []Level `yaml:"levels"`
	Appetite struct {
		MaxScore  int        `yaml:"max_score"`
		Overrides []Override `yaml:"overrides"`
	} `yaml:"appetite"`
	Acceptance struct {
		SoleScorer bool `yaml:"sole_scorer_may_accept"`
		Remind     Span `yaml:"remind_before_end"`
	} `yaml:"acceptance"`
	Treatments []Choice `yaml:"treatments"`
	Residual   struct {
		MaxSteps int `yaml:"max_steps_per_axis"`
		Floor    int `yaml:"floor"`
		States   []struct {
			ID       ControlState `yaml:"id"`
			MaxSteps int          `yaml:"max_steps"`
		} `yaml:"control_states"`
		Axes map[string]Axis `yaml:"axis_by_control_nature"`
	} `yaml:"residual"`
	Review struct {
		Full    Span `yaml:"full_assessment"`
		Every   Span `yaml:"register"`
		Planned bool `yaml:"before_planned_change"`
		Trigger Span `yaml:"after_trigger"`
		NoData  struct {
			Likelihood int  `yaml:"likelihood"`
			Within     Span `yaml:"review_within"`
		} `yaml:"no_data_score"`
		Second struct {
			Share     float64 `yaml:"share"`
			Minimum   int     `yaml:"minimum"`
			Differ    int     `yaml:"max_difference"`
			Tolerated float64 `yaml:"tolerated_share"`
		} `yaml:"second_scorer"`
	} `yaml:"review"`
	Matrix [][]string `yaml:"matrix"` // rows: likelihood; columns: impact
}

// Choice is what is done about a risk. The values are stored.
type Choice string

const (
	Reduce Choice = "reduce"
	Avoid  Choice = "avoid"
	Share  Choice = "share"
	Accept Choice = "accept"
)

// Choices returns what can be done about a risk.
func Choices() []Choice { return []Choice{Reduce, Avoid, Share, Accept} }

// Words says what a choice means.
func (c Choice) Words() string {
	switch c {
	case Reduce:
		return "Reduce: add or strengthen controls"
	case Avoid:
		return "Avoid: stop or do not begin the activity"
	case Share:
		return "Share: move part of the consequence by contract or insurance"
	case Accept:
		return "Accept: keep the risk as it is"
	}
	return "Not decided"
}

// Axis is a scale that a control takes steps off.
type Axis string

const (
	Likelihood Axis = "likelihood"
	Impact     Axis = "impact"
)

// Method is one version of how risks are scored, decided and looked at again. A
// score names the version it was given under and is read by it for good.
type Method struct {
	ID      string // empty: the one that ships
	Version string
	Text    string // Markdown
	Matrix  string // YAML, as it was written
	Numbers Numbers
	Scales  Descriptions

	By         string // account that wrote it
	ByName     string
	At         time.Time
	State      MethodState
	ApprovedAt time.Time // zero: it was not
	Note       string    // what is different, in the words of who wrote it
}

// MethodState says whether a method may be used. The values are stored.
type MethodState string

const (
	MethodWaits    MethodState = "waits"
	MethodApproved MethodState = "approved"
	MethodRejected MethodState = "rejected"
)

// ShippedVersion is the method every organisation begins with.
const ShippedVersion = "1.0.0"

// Shipped returns the method that ships. Nobody may change it.
var Shipped = sync.OnceValue(func() *Method {
	text, err := files.ReadFile("data/methodology.md")
	if err != nil {
		panic(err)
	}
	matrix, err := files.ReadFile("data/matrix.yaml")
	if err != nil {
		panic(err)
	}
	m, err := ParseMethod(string(text), string(matrix))
	if err != nil {
		panic(err)
	}
	m.State = MethodApproved
	return m
})

// LevelOf returns the level of a score. Every score that two steps can have has one.
func (m *Method) LevelOf(score int) Level {
	for _, l := range m.Numbers.Levels {
		if l.Min <= score && score <= l.Max {
			return l
		}
	}
	return Level{}
}

// Level returns a level by its id.
func (m *Method) Level(id string) (Level, bool) {
	i := slices.IndexFunc(m.Numbers.Levels, func(l Level) bool { return l.ID == id })
	if i < 0 {
		return Level{}, false
	}
	return m.Numbers.Levels[i], true
}

// override returns a rule that stands above the number.
func (m *Method) override(when string) (Override, bool) {
	i := slices.IndexFunc(m.Numbers.Appetite.Overrides, func(o Override) bool { return o.When == when })
	if i < 0 {
		return Override{}, false
	}
	return m.Numbers.Appetite.Overrides[i], true
}

// StepName is what a step of a scale is called.
func (m *Method) StepName(a Axis, step int) string {
	scale := m.Numbers.Scales.Likelihood
	if a == Impact {
		scale = m.Numbers.Scales.Impact
	}
	if step < 1 || step > len(scale) {
		return ""
	}
	return scale[step-1].Name
}

// AxisOf is the scale that a control of a nature acts on; false for a nature the
// method does not know.
func (m *Method) AxisOf(nature string) (Axis, bool) {
	a, ok := m.Numbers.Residual.Axes[nature]
	return a, ok
}

// check says what is wrong with the numbers of a method.
func (n *Numbers) check() error {
	wrong := func(format string, args ...any) error { return problem.Field("matrix", fmt.Sprintf(format, args...)) }
	if !versionPattern.MatchString(n.Version) {
		return wrong("The version is %q. Write it like 1.1.0.", n.Version)
	}
	if n.Score != "likelihood * impact" {
		return wrong("The score is likelihood * impact. The heat map and the library rest on it.")
	}
	for _, s := range []struct {
		name  string
		steps []Step
	}{{"likelihood", n.Scales.Likelihood}, {"impact", n.Scales.Impact}} {
		if err := checkScale(s.name, s.steps); err != nil {
			return err
		}
	}
	if err := n.checkLevels(); err != nil {
		return err
	}
	for _, o := range n.Appetite.Overrides {
		ok := o.When == whenSevere && o.Then == thenContingency || o.When == whenPeople && o.MaxScore > 0 && o.MaxScore <= n.Appetite.MaxScore || o.When == whenBreach && o.Then == thenNonconformity
		if !ok {
			return wrong("The override when %q is not one that Toucan knows how to apply. Known are %q then %s, %q with a max_score of at most that of the appetite, and %q then %s.",
				o.When, whenSevere, thenContingency, whenPeople, whenBreach, thenNonconformity)
		}
	}
	for _, c := range n.Treatments {
		if !slices.Contains(Choices(), c) {
			return wrong("The treatment %q is unknown. Choose from reduce, avoid, share and accept.", c)
		}
	}
	if len(n.Treatments) == 0 {
		return wrong("Name the treatments to choose from.")
	}
	return n.checkRest()
}

func checkScale(name string, steps []Step) error {
	wrong := func(format string, args ...any) error { return problem.Field("matrix", fmt.Sprintf(format, args...)) }
	if len(steps) != Steps {
		return wrong("The scale of %s has %d steps. It needs five.", name, len(steps))
	}
	for i, s := range steps {
		switch {
		case s.Step != i+1:
			return wrong("Step %d of %s comes in place %d. Write the steps from 1 to 5.", s.Step, name, i+1)
		case s.Name == "" || len(s.Name) > 40:
			return wrong("Step %d of %s needs a name of at most 40 letters.", s.Step, name)
		case s.Min < 0 || s.Max <= s.Min:
			return wrong("Step %d of %s runs from %g to %g. The end must be larger than the beginning.", s.Step, name, s.Min, s.Max)
		case i > 0 && s.Min != steps[i-1].Max:
			return wrong("Step %d of %s begins at %g, and the one before ends at %g. There must be no hole and no overlap.", s.Step, name, s.Min, steps[i-1].Max)
		}
	}
	return nil
}

// checkLevels checks that every score has exactly one level, that the matrix says
// the same, and that the appetite does too.
func (n *Numbers) checkLevels() error {
	wrong := func(format string, args ...any) error { return problem.Field("matrix", fmt.Sprintf(format, args...)) }
	if len(n.Levels) == 0 || len(n.Levels) > 8 {
		return wrong("A method has between one and eight levels.")
	}
	seen := map[string]bool{}
	for _, l := range n.Levels {
		switch {
		case l.ID == "" || len(l.ID) > 40 || seen[l.ID]:
			return wrong("Every level needs an id of its own; look at %q.", l.ID)
		case l.Min > l.Max:
			return wrong("The level %s runs from %d to %d. Swap the two.", l.ID, l.Min, l.Max)
		case len(l.AcceptBy) == 0:
			return wrong("The level %s does not say who may accept it. Name roles in accept_by.", l.ID)
		case !l.AcceptFor.Known():
			return wrong("The level %s does not say for how long it may be accepted. Write accept_for, such as P6M.", l.ID)
		}
		seen[l.ID] = true
	}
	for like := 1; like <= Steps; like++ {
		for imp := 1; imp <= Steps; imp++ {
			score, have := like*imp, []string{}
			for _, l := range n.Levels {
				if l.Min <= score && score <= l.Max {
					have = append(have, l.ID)
					if l.Within != (score <= n.Appetite.MaxScore) {
						return wrong("The level %s is marked within_appetite: %v, but the appetite is %d and the level holds the score %d.", l.ID, l.Within, n.Appetite.MaxScore, score)
					}
				}
			}
			if len(have) != 1 {
				return wrong("The score %d has %d levels. Every score needs exactly one.", score, len(have))
			}
			if len(n.Matrix) != Steps || len(n.Matrix[like-1]) != Steps {
				return wrong("The matrix needs five rows of five cells.")
			}
			if cell := n.Matrix[like-1][imp-1]; cell != have[0] {
				return wrong("Likelihood %d and impact %d make %d, which is %s, but the matrix says %s.", like, imp, score, have[0], cell)
			}
		}
	}
	if !slices.ContainsFunc(n.Levels, func(l Level) bool { return !l.Within }) {
		return wrong("Every level lies within the appetite, so nothing would ever have to be treated. Lower max_score.")
	}
	return nil
}

func (n *Numbers) checkRest() error {
	wrong := func(format string, args ...any) error { return problem.Field("matrix", fmt.Sprintf(format, args...)) }
	r := n.Residual
	if r.Floor != 1 || r.MaxSteps < 1 || r.MaxSteps >= Steps {
		return wrong("Controls may take one to four steps off a scale, and the floor is 1.")
	}
	for _, s := range controlStates() {
		if i := slices.IndexFunc(r.States, func(x struct {
			ID       ControlState `yaml:"id"`
			MaxSteps int          `yaml:"max_steps"`
		}) bool {
			return x.ID == s
		}); i < 0 || r.States[i].MaxSteps < 0 || r.States[i].MaxSteps > r.MaxSteps {
			return wrong("Say in control_states how many steps a control takes off that is %s, from 0 to %d.", s, r.MaxSteps)
		}
	}
	for nature, a := range r.Axes {
		if a != Likelihood && a != Impact {
			return wrong("Controls that are %s act on %q. It is likelihood or impact.", nature, a)
		}
	}
	v := n.Review
	switch {
	case !v.Full.Known() || !v.Every.Known() || !v.Trigger.Known() || !v.NoData.Within.Known() || !n.Acceptance.Remind.Known():
		return wrong("Say when risks are looked at again: full_assessment, register, after_trigger, no_data_score with review_within, and remind_before_end.")
	case v.NoData.Likelihood < 1 || v.NoData.Likelihood > Steps:
		return wrong("The score without data is a step from 1 to 5.")
	case v.Second.Share <= 0 || v.Second.Share > 1 || v.Second.Minimum < 1 || v.Second.Differ < 0 || v.Second.Tolerated < 0 || v.Second.Tolerated > 1:
		return wrong("Say how many risks are scored a second time: share and tolerated_share from 0 to 1, minimum and max_difference as whole numbers.")
	}
	return nil
}

// newer reports whether version a comes after b; both were checked.
func newer(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		if len(x[i]) != len(y[i]) {
			return len(x[i]) > len(y[i])
		}
		if x[i] != y[i] {
			return x[i] > y[i]
		}
	}
	return false
}
