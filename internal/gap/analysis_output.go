package gap

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/posture"
)

// Output is what a step came to, as words and numbers: it is kept as it is, so that
// what was known on the day stays readable whatever becomes of the rules.
type Output struct {
	Says   []string `json:"says"`   // sentences, the most important first
	Facts  []Fact   `json:"facts"`  // figures
	Tables []Table  `json:"tables"` // what they rest on
}

// Fact is one figure.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Table is a list behind the figures. The first column tells its rows apart.
type Table struct {
	Title string     `json:"title"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
	None  string     `json:"none"` // said when there is no row
}

func (o *Output) say(format string, args ...any) {
	o.Says = append(o.Says, fmt.Sprintf(format, args...))
}

func (o *Output) count(name string, n int) { o.Facts = append(o.Facts, Fact{name, strconv.Itoa(n)}) }

func (o *Output) fact(name, value string) { o.Facts = append(o.Facts, Fact{name, value}) }

// Moved is one figure then and now.
type Moved struct{ Name, Was, Is string }

// Same reports whether nothing moved.
func (m Moved) Same() bool { return m.Was == m.Is }

// Against lays the figures of today beside those that were kept, in the order of
// today; what is no longer counted comes last.
func (o *Output) Against(kept *Output) []Moved {
	at := func(list []Fact, name string) (string, bool) {
		i := slices.IndexFunc(list, func(f Fact) bool { return f.Name == name })
		if i < 0 {
			return "", false
		}
		return list[i].Value, true
	}
	var out []Moved
	for _, f := range o.Facts {
		was, _ := at(kept.Facts, f.Name)
		out = append(out, Moved{f.Name, was, f.Value})
	}
	for _, f := range kept.Facts {
		if _, ok := at(o.Facts, f.Name); !ok {
			out = append(out, Moved{f.Name, f.Value, ""})
		}
	}
	return out
}

// Held is a control as the inventory looks at it.
type Held struct {
	Code, Title string
	Owner       string // name; empty: nobody
	Frequency   string // in words; empty: nobody said
	Kind        control.Kind
	Evidence    []string // kinds it is to leave
	Status      control.Status
	Filed       int  // items of evidence that stand
	Tested      bool // results of tests say how it operates
	Tagged      bool // counts for the source framework
}

// flags are what is amiss with a control of the inventory, in words.
func (h Held) flags() []string {
	var out []string
	switch {
	case h.Status == control.OnPaper:
		out = append(out, "on paper only")
	case h.Status == control.Operated && !h.shown():
		out = append(out, "said to operate, nothing shows it")
	case h.Status == control.Planned:
		out = append(out, "planned")
	case h.Status == control.Unknown:
		out = append(out, "nobody said whether it runs")
	}
	if h.Owner == "" {
		out = append(out, "no owner")
	}
	if h.Frequency == "" && h.Kind != control.Continuous && h.Kind != control.Event {
		out = append(out, "no frequency")
	}
	if len(h.Evidence) == 0 {
		out = append(out, "no evidence named")
	}
	return out
}

// shown reports whether anything says how the control operates.
func (h Held) shown() bool { return h.Filed > 0 || h.Tested }

// paper reports whether the control is on paper only: nothing of it was ever shown.
func (h Held) paper() bool {
	return h.Status == control.OnPaper || h.Status == control.Operated && !h.shown()
}

// InventoryOf is the output of the first step: the controls of the source framework,
// called short. Controls that count for nothing in it are counted beside.
func InventoryOf(short string, all []Held) Output {
	var o Output
	t := Table{Title: "Controls that count for " + short, Head: []string{"Control", "Title", "Owner", "How often", "Evidence", "Status", "Filed", "Look at"}, None: "No control counts for " + short + " yet."}
	n := map[string]int{}
	untagged := 0
	for _, h := range all {
		if !h.Tagged {
			untagged++
			continue
		}
		n["all"]++
		flags := h.flags()
		if h.paper() {
			n["paper"]++
		}
		for _, f := range flags {
			n[f]++
		}
		if len(flags) == 0 {
			n["whole"]++
		}
		often := h.Frequency
		if often == "" {
			often = string(h.Kind)
		}
		t.Rows = append(t.Rows, []string{h.Code, h.Title, h.Owner, often, strings.Join(h.Evidence, ", "), h.Status.Words(), strconv.Itoa(h.Filed), strings.Join(flags, "; ")})
	}
	if n["all"] == 0 {
		o.say("No control counts for %s yet. Import the list you keep today, or tag the controls there are.", short)
	} else {
		o.say("%d of %d controls are complete: owner, frequency, evidence named, operated and shown.", n["whole"], n["all"])
		if n["paper"] > 0 {
			o.say("%d exist on paper only: nothing that was filed shows that they run.", n["paper"])
		}
	}
	o.count("Controls", n["all"])
	o.count("Complete", n["whole"])
	o.count("On paper only", n["paper"])
	o.count("Without an owner", n["no owner"])
	o.count("Without a frequency", n["no frequency"])
	o.count("Without evidence named", n["no evidence named"])
	o.count("Planned", n["planned"])
	o.count("Count for nothing in "+short, untagged)
	o.Tables = []Table{t}
	return o
}

// RiskLine is a risk as the second step looks at it.
type RiskLine struct {
	Code, Title, State string
	Scored             bool
	Threats            bool // known as a threat to an asset, system or vendor
	Promises           bool // known as a risk to a commitment or criterion
}

// RisksOf is the output of the second step. method names the one in force; drafts
// counts those that wait beside it.
func RisksOf(method string, approved bool, drafts int, risks []RiskLine) Output {
	var o Output
	t := Table{Title: "Risks that one view alone knows, or nobody scored", Head: []string{"Risk", "Title", "State", "Look at"}, None: "Every risk is scored and known to both views."}
	var unscored, threats, promises, neither int
	for _, r := range risks {
		var look []string
		if !r.Scored {
			unscored++
			look = append(look, "not scored by you")
		}
		switch {
		case r.Threats && !r.Promises:
			threats++
			look = append(look, "only a threat to assets: linked to no commitment or criterion")
		case r.Promises && !r.Threats:
			promises++
			look = append(look, "only a risk to commitments: linked to no asset, system or vendor")
		case !r.Promises && !r.Threats:
			neither++
			look = append(look, "linked to neither")
		}
		if len(look) > 0 {
			t.Rows = append(t.Rows, []string{r.Code, r.Title, r.State, strings.Join(look, "; ")})
		}
	}
	if method == "" {
		o.say("No risk method is in force.")
	} else if !approved {
		o.say("The method in force is %s, as it ships: nobody has approved one for this organisation.", method)
	} else {
		o.say("The method in force is %s.", method)
	}
	switch {
	case len(risks) == 0:
		o.say("The register holds no risk yet.")
	case unscored > 0:
		o.say("%d of %d risks are not scored by this method.", unscored, len(risks))
	default:
		o.say("All %d risks are scored by one method.", len(risks))
	}
	o.fact("Method in force", dash(method))
	o.count("Methods that wait for approval", drafts)
	o.count("Risks", len(risks))
	o.count("Not scored", unscored)
	o.count("Only threats to assets", threats)
	o.count("Only risks to commitments", promises)
	o.count("Linked to neither", neither)
	o.Tables = []Table{t}
	return o
}

func dash(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Contradiction is two documents that do not go together, as the third step looks at it.
type Contradiction struct {
	First, Second string // titles
	Topic         string
	Subject       string
	Values        [2]string
	Why           string
	TwoGovern     bool   // both are in force, and nothing says which governs
	Decision      string // in words; empty: nobody decided
}

// DocumentsOf is the output of the third step; inForce counts the documents looked at.
func DocumentsOf(inForce int, list []Contradiction) Output {
	var o Output
	t := Table{Title: "Contradictions", Head: []string{"Subject", "One says", "The other says", "Why they clash", "Decision"}, None: "No two documents in force contradict each other."}
	open, both, decided := 0, 0, 0
	for _, c := range list {
		decision := c.Decision
		if decision == "" {
			decision = "none yet"
			if open++; c.TwoGovern {
				both++
			}
		} else {
			decided++
		}
		t.Rows = append(t.Rows, []string{c.Subject, c.First + ": " + c.Values[0], c.Second + ": " + c.Values[1], c.Why, decision})
	}
	switch {
	case inForce < 2:
		o.say("Fewer than two policies are in force, so nothing can contradict anything.")
	case len(list) == 0:
		o.say("None of the %d policies in force contradicts another.", inForce)
	case open == 0:
		o.say("All %d contradictions between the %d policies in force are decided.", decided, inForce)
	default:
		o.say("%d of %d contradictions between the %d policies in force are not decided.", open, len(list), inForce)
	}
	if both > 0 {
		o.say("%d times two documents are in force for one topic, and nothing says which of them governs.", both)
	}
	o.count("Policies in force", inForce)
	o.count("Contradictions", len(list))
	o.count("Decided", decided)
	o.count("Not decided", open)
	o.count("Two in force without authority", both)
	o.Tables = []Table{t}
	return o
}

// Misfit is one thing in which the two scopes do not go together, as the fourth step
// looks at it.
type Misfit struct {
	Title, Consequence string
	Pitfall            bool
	Decision           string // in words; empty: nobody decided
}

// ScopesOf is the output of the fourth step; isms and soc2 name what is in force.
func ScopesOf(isms, soc2, summary string, list []Misfit) Output {
	var o Output
	t := Table{Title: "Where the two do not go together", Head: []string{"What", "What follows", "Decision"}, None: "The two go together."}
	if isms == "" || soc2 == "" {
		t.None = "There is nothing to compare until both are in force."
	}
	open, pitfall := 0, false
	for _, m := range list {
		decision := m.Decision
		if decision == "" {
			decision = "none yet"
			open++
		}
		pitfall = pitfall || m.Pitfall && m.Decision == ""
		t.Rows = append(t.Rows, []string{m.Title, m.Consequence, decision})
	}
	if summary != "" {
		o.say("%s", summary)
	}
	if pitfall {
		o.say("The pitfall is here: a narrow SOC 2 boundary quietly became the assumed scope of the ISMS.")
	}
	if open == 0 && len(list) > 0 {
		o.say("Every difference is decided on purpose.")
	}
	o.fact("Scope of the ISMS", dash(isms))
	o.fact("Boundary of SOC 2", dash(soc2))
	o.count("Differences", len(list))
	o.count("Decided", len(list)-open)
	o.count("Not decided", open)
	o.Tables = []Table{t}
	return o
}

// Planned is work that was handed out for a requirement.
type Planned struct {
	Action, Title, Owner, Due, State string
}

// UnifiedOf is the output of the fifth step: what the analysis of today says, and
// which of it was handed out, by requirement.
func UnifiedOf(r *Report, planned map[string][]Planned) Output {
	var o Output
	t := Table{Title: "What " + r.ToTitle + " still asks", Head: []string{"Requirement", "Topic", "Coverage", "First task", "Handed out"}, None: "Nothing is left open."}
	open, handed := 0, 0
	for _, q := range r.Requirements {
		if !q.Open() {
			continue
		}
		open++
		var words []string
		for _, p := range planned[q.ID] {
			words = append(words, strings.TrimSpace(p.Owner+" by "+dash(p.Due)+" ("+p.State+")"))
		}
		if len(words) > 0 {
			handed++
		}
		coverage := q.Coverage.Words()
		if q.NetNew {
			coverage += ", net new"
		}
		t.Rows = append(t.Rows, []string{q.ID, q.Label, coverage, q.FirstTask, strings.Join(words, "; ")})
	}
	o.say("%s", r.Overlap.Sentence)
	o.say("%d of %d requirements are left open; %d of them are handed out as work.", open, r.Totals.Requirements-r.Totals.NotApplicable, handed)
	o.say("%s", r.Assumption)
	o.count("Requirements", r.Totals.Requirements)
	for _, f := range []struct {
		name string
		c    posture.Coverage
	}{{"Covered in full", posture.Full}, {"Covered by a union", posture.FullUnion}, {"Attested", posture.FullAttested}, {"Covered in part", posture.Partial},
		{"Only suggested", posture.Candidate}, {"Not covered", posture.None}, {"Not applicable", posture.NotApplicable}} {
		o.count(f.name, r.Totals.of(f.c))
	}
	o.count("Net new", r.Totals.NetNew)
	o.count("Left open", open)
	o.count("Handed out as work", handed)
	o.Tables = []Table{t}
	return o
}

// Open reports whether something is left to do for the requirement.
func (r Requirement) Open() bool {
	return !r.Coverage.Closed() && r.Coverage != posture.NotApplicable
}
