package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/joiner"
	"github.com/toucan-grc/toucan/internal/problem"
)

// joinerStepsPage is the two checklists as they are asked.
type joinerStepsPage struct {
	frame
	List      joiner.List
	Rows      []joinerEntry
	Retired   []joinerEntry
	Pills     []pill
	CanManage bool
}

// joinerEntry is a step of a checklist in the list of them.
type joinerEntry struct {
	joiner.Entry
	When, For, Kind, Coming string
	Origin                  string
}

// getJoinerSteps lists them: GET /o/{org}/joiners/steps?list=.
func (s *Server) getJoinerSteps(w http.ResponseWriter, r *http.Request, who visitor) error {
	all, err := s.Joiners.Checklist(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	labels, err := s.joinerGroups(r, who)
	if err != nil {
		return err
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	p := joinerStepsPage{List: joiner.List(r.FormValue("list")), CanManage: who.Can(access.ManageJoiners)}
	if p.List != joiner.Leaving {
		p.List = joiner.Joining
	}
	p.frame = s.frame(w, r, who, "joiners", "Checklists", crumb{"Joiners and leavers", orgPath(who.Slug(), "joiners")})
	n := map[joiner.List]int{}
	for _, e := range all {
		if !e.Retired {
			n[e.List]++
		}
		if e.List != p.List {
			continue
		}
		row := joinerEntryOf(e, labels, b.Zone)
		if e.Retired {
			p.Retired = append(p.Retired, row)
		} else {
			p.Rows = append(p.Rows, row)
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b joinerEntry) int { return a.Days - b.Days })
	for _, l := range joiner.Lists() {
		p.Pills = append(p.Pills, pill{Text: upperFirst(string(l)), N: n[l], On: l == p.List, To: query(p.path("joiners", "steps"), "list", string(l))})
	}
	return s.render(w, r, http.StatusOK, listJoinerSteps(p))
}

func joinerEntryOf(e joiner.Entry, labels map[string]string, zone *time.Location) joinerEntry {
	row := joinerEntry{Entry: e, When: joinerDays(e.List, e.Days), For: "everybody", Origin: "changed here"}
	switch {
	case e.Shipped:
		row.Origin = "as shipped"
	case e.Own:
		row.Origin = "your own"
	}
	var groups []string
	for _, g := range e.Groups {
		groups = append(groups, joinerGroupLabel(labels, g))
	}
	if len(groups) > 0 {
		row.For = strings.Join(groups, ", ")
	}
	if k, ok := control.Shipped().Kind(e.Evidence); ok {
		row.Kind = k.Label
	}
	if c := e.Coming; c != nil {
		row.Coming = "changes on " + dayWords(dateIn(c.From, zone))
		if c.Retired {
			row.Coming = strings.Replace(row.Coming, "changes", "is retired", 1)
		}
	}
	return row
}

func joinerGroupLabel(labels map[string]string, key string) string {
	switch key {
	case joiner.WithHIPAA:
		return "where HIPAA is followed"
	case joiner.WithAI:
		return "where an AI framework is followed"
	}
	if l := labels[key]; l != "" {
		return l
	}
	return key
}

// joinerGroups names the groups there are.
func (s *Server) joinerGroups(r *http.Request, who visitor) (map[string]string, error) {
	list, err := s.Joiners.Groups(r.Context(), who.Actor)
	out := map[string]string{}
	for _, g := range list {
		out[g.Key] = g.Label
	}
	return out, err
}

// joinerStepPage is the form of one step.
type joinerStepPage struct {
	frame
	Step    joiner.Step
	New     bool
	Shipped bool
	Retired bool
	From    string
	Running bool
	Days    string // as typed
	Groups  []option
	Kinds   []option
	Doers   []option
	Problem *problem.Error
}

// getJoinerStep shows it: GET /o/{org}/joiners/steps/{entry}?list=; the entry "new" is an empty form.
func (s *Server) getJoinerStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := joinerStepPage{New: r.PathValue("entry") == "new", Step: joiner.Step{List: joiner.List(r.FormValue("list")), Doer: joiner.Line}}
	if p.Step.List != joiner.Leaving {
		p.Step.List = joiner.Joining
	}
	if !p.New {
		e, err := s.joinerEntry(r, who)
		if err != nil {
			return err
		}
		p.Step, p.Shipped, p.Retired = e.Step, e.Shipped, e.Retired
	}
	p.Days = strconv.Itoa(p.Step.Days)
	return s.showJoinerStep(w, r, who, http.StatusOK, p)
}

func (s *Server) joinerEntry(r *http.Request, who visitor) (joiner.Entry, error) {
	all, err := s.Joiners.Checklist(r.Context(), who.Actor, s.Now())
	if err != nil {
		return joiner.Entry{}, err
	}
	i := slices.IndexFunc(all, func(e joiner.Entry) bool { return e.Step.ID == r.PathValue("entry") })
	if i < 0 {
		return joiner.Entry{}, problem.New(problem.NotFound, "There is no such step. Look in the checklists.")
	}
	return all[i], nil
}

func (s *Server) showJoinerStep(w http.ResponseWriter, r *http.Request, who visitor, status int, p joinerStepPage) error {
	groups, err := s.Joiners.Groups(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if !g.Everyone {
			p.Groups = append(p.Groups, option{g.Key, g.Label})
		}
	}
	p.Groups = append(p.Groups, option{joiner.WithHIPAA, "Where HIPAA is followed"}, option{joiner.WithAI, "Where an AI framework is followed"})
	for _, d := range joiner.Doers() {
		p.Doers = append(p.Doers, option{string(d), d.Label()})
	}
	p.Kinds = []option{{"", "None"}}
	for _, k := range control.Shipped().Kinds {
		p.Kinds = append(p.Kinds, option{k.Kind, k.Label})
	}
	slices.SortFunc(p.Kinds[1:], func(a, b option) int { return strings.Compare(strings.ToLower(a.Text), strings.ToLower(b.Text)) })
	title := p.Step.Title
	if p.New {
		title = "New step"
	}
	p.frame = s.frame(w, r, who, "joiners", title, crumb{"Joiners and leavers", orgPath(who.Slug(), "joiners")}, crumb{"Checklists", query(orgPath(who.Slug(), "joiners", "steps"), "list", string(p.Step.List))})
	return s.render(w, r, status, editJoinerStep(p))
}

// joinerEffect reads from when a change holds, and for whom.
func joinerEffect(r *http.Request) (joiner.Effect, error) {
	e := joiner.Effect{Running: r.FormValue("running") == "yes"}
	if from := strings.TrimSpace(r.FormValue("from")); from != "" {
		var err error
		if e.From, err = cadence.ParseDate(from); err != nil {
			return e, problem.Field("from", "This is not a date. It looks like 2026-03-01.")
		}
	}
	return e, nil
}

// postJoinerStepText saves it: POST /o/{org}/joiners/steps/{entry}.
func (s *Server) postJoinerStepText(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p := joinerStepPage{New: r.PathValue("entry") == "new", From: r.FormValue("from"), Running: r.FormValue("running") == "yes", Days: r.FormValue("days")}
	if !p.New {
		e, err := s.joinerEntry(r, who)
		if err != nil {
			return err
		}
		p.Step, p.Shipped, p.Retired = e.Step, e.Shipped, e.Retired
	} else {
		p.Step.List = joiner.List(r.FormValue("list"))
	}
	x := &p.Step
	x.Title, x.Detail, x.Doer, x.Evidence = r.FormValue("title"), r.FormValue("detail"), joiner.Doer(r.FormValue("doer")), r.FormValue("evidence")
	x.Groups, x.Removal = slices.Clone(r.Form["groups"]), r.FormValue("removal") == "yes" && x.List == joiner.Leaving
	e, err := joinerEffect(r)
	if n, fault := strconv.Atoi(strings.TrimSpace(p.Days)); fault != nil && err == nil {
		err = problem.Field("days", "This is not a number of days. 0 is the day itself; a minus puts it before.")
	} else {
		x.Days = n
	}
	if err == nil {
		_, err = s.Joiners.SaveStep(r.Context(), who.Actor, *x, e, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return err
		}
		return s.showJoinerStep(w, r, who, statusOf(p.Problem.Code), p)
	}
	said := "Saved for checklists that begin from then on."
	if e.Running {
		said = "Saved, also for the checklists that are under way."
	}
	return back(w, r, query(orgPath(who.Slug(), "joiners", "steps"), "list", string(x.List)), said)
}

// postRetireJoinerStep takes a step off its list: POST /o/{org}/joiners/steps/{entry}/retire.
func (s *Server) postRetireJoinerStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	was, err := s.joinerEntry(r, who)
	if err != nil {
		return err
	}
	e, err := joinerEffect(r)
	if err == nil {
		err = s.Joiners.RetireStep(r.Context(), who.Actor, was.Step.ID, e, s.Now())
	}
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showJoinerStep(w, r, who, statusOf(p.Code), joinerStepPage{Step: was.Step, Days: strconv.Itoa(was.Days), From: r.FormValue("from"), Running: e.Running, Problem: p})
	}
	return back(w, r, query(orgPath(who.Slug(), "joiners", "steps"), "list", string(was.List)), "Retired. What is done stays as it is.")
}

// joinerSettingPage is how checklists are run.
type joinerSettingPage struct {
	frame
	Setting            joiner.Setting
	Begins, Background string // as typed
	Ahead, Hours       string
	People             []option
	CanManage          bool
	Preview            string // what would happen
	Problem            *problem.Error
}

// office is who is named for a part of the company.
func (p joinerSettingPage) office(d joiner.Doer) string { return p.Setting.Offices[d] }

// getJoinerSetting shows it: GET /o/{org}/joiners/settings.
func (s *Server) getJoinerSetting(w http.ResponseWriter, r *http.Request, who visitor) error {
	x, err := s.Joiners.Setting(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := joinerSettingPage{Setting: x, Begins: x.Begins.String(), Background: x.Background.String(), Ahead: strconv.Itoa(x.Ahead), Hours: strconv.Itoa(x.Hours)}
	return s.showJoinerSetting(w, r, who, http.StatusOK, p)
}

func (s *Server) showJoinerSetting(w http.ResponseWriter, r *http.Request, who visitor, status int, p joinerSettingPage) error {
	p.CanManage = who.Can(access.ManageJoiners)
	kept, err := s.Joiners.Setting(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p.Setting.Policy = kept.Policy
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	today := dateIn(s.Now(), b.Zone)
	if p.People, err = s.joinerPeople(r, who, today); err != nil {
		return err
	}
	p.People[0].Text = "Nobody"
	p.frame = s.frame(w, r, who, "joiners", "Settings", crumb{"Joiners and leavers", orgPath(who.Slug(), "joiners")})
	return s.render(w, r, status, editJoinerSetting(p))
}

// postJoinerSetting saves it, or says what it would do: POST /o/{org}/joiners/settings.
func (s *Server) postJoinerSetting(w http.ResponseWriter, r *http.Request, who visitor) error {
	line := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	p := joinerSettingPage{Begins: line("begins"), Background: line("background"), Ahead: line("ahead"), Hours: line("hours")}
	x := joiner.Setting{Offices: map[joiner.Doer]string{}}
	for _, d := range joiner.Offices() {
		x.Offices[d] = line(string(d))
	}
	err := p.read(&x)
	p.Setting = x
	if err == nil && r.FormValue("do") == "preview" {
		var joining, leaving, changed int
		if joining, leaving, changed, err = s.Joiners.Preview(r.Context(), who.Actor, x, s.Now()); err == nil {
			p.Preview = plural(joining, "person", "people") + " would get a checklist of joining, " + group(leaving) + " one of leaving; " + plural(changed, "checklist", "checklists") + " under way would change."
			return s.showJoinerSetting(w, r, who, http.StatusOK, p)
		}
	} else if err == nil {
		err = s.Joiners.SetSetting(r.Context(), who.Actor, x, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showJoinerSetting(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "joiners"), "Saved. Checklists follow from now on.")
}

// read turns what was typed into a setting.
func (p joinerSettingPage) read(x *joiner.Setting) error {
	var err error
	for _, d := range []struct {
		field, typed string
		to           *cadence.Date
	}{{"begins", p.Begins, &x.Begins}, {"background", p.Background, &x.Background}} {
		if d.typed == "" {
			continue
		}
		if *d.to, err = cadence.ParseDate(d.typed); err != nil {
			return problem.Field(d.field, "This is not a date. It looks like 2026-03-01.")
		}
	}
	if x.Ahead, err = strconv.Atoi(p.Ahead); err != nil {
		return problem.Field("ahead", "This is not a number of days.")
	}
	if x.Hours, err = strconv.Atoi(p.Hours); err != nil {
		return problem.Field("hours", "This is not a number of hours.")
	}
	return nil
}

// joinerBackgroundPage is the record of the background checks of one person.
type joinerBackgroundPage struct {
	frame
	View      joiner.View
	Record    joiner.Background
	Value     map[string]string
	Older     []joiner.Background
	CanRecord bool
	Problem   *problem.Error
}

var joinerBackgroundFields = []string{"role", "provider", "reference", "notice_on", "form", "ordered_on", "completed_on", "outcome", "decided_by", "decided_on", "waiver", "substitute", "delete_by"}

// getJoinerBackground shows it: GET /o/{org}/joiner/{run}/background?again=.
func (s *Server) getJoinerBackground(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showJoinerBackground(w, r, who, http.StatusOK, joinerBackgroundPage{})
}

func (s *Server) showJoinerBackground(w http.ResponseWriter, r *http.Request, who visitor, status int, p joinerBackgroundPage) error {
	v, err := s.Joiners.Find(r.Context(), who.Actor, r.PathValue("run"), s.Now())
	if err != nil {
		return err
	}
	list, err := s.Joiners.Records(r.Context(), who.Actor, v.Person)
	if err != nil {
		return err
	}
	p.View, p.CanRecord = v, who.Can(access.RecordBackground)
	p.Older = slices.DeleteFunc(list, func(b joiner.Background) bool { return !b.ErasedAt.IsZero() })
	if n := len(p.Older); n > 0 && r.FormValue("again") == "" && p.Value == nil {
		p.Record, p.Older = p.Older[n-1], p.Older[:n-1]
	}
	if p.Value == nil {
		p.Value = joinerBackgroundValues(p.Record)
		if p.Record.ID == "" {
			p.Value["role"] = v.Title
		}
	}
	p.frame = s.frame(w, r, who, "joiners", "Background check", crumb{"Joiners and leavers", orgPath(who.Slug(), "joiners")}, crumb{v.Name, orgPath(who.Slug(), "joiner", v.ID)})
	return s.render(w, r, status, editJoinerBackground(p))
}

func joinerBackgroundValues(b joiner.Background) map[string]string {
	return map[string]string{"role": b.Role, "provider": b.Provider, "reference": b.Reference, "notice_on": b.NoticeOn.String(), "form": b.Form, "ordered_on": b.OrderedOn.String(),
		"completed_on": b.Completed.String(), "outcome": string(b.Outcome), "decided_by": b.DecidedBy, "decided_on": b.Decided.String(), "waiver": b.Waiver, "substitute": b.Instead, "delete_by": b.DeleteBy.String()}
}

// postJoinerBackground records it: POST /o/{org}/joiner/{run}/background.
func (s *Server) postJoinerBackground(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v, err := s.Joiners.Find(r.Context(), who.Actor, r.PathValue("run"), s.Now())
	if err != nil {
		return err
	}
	p := joinerBackgroundPage{Value: map[string]string{}}
	for _, f := range joinerBackgroundFields {
		p.Value[f] = strings.TrimSpace(r.FormValue(f))
	}
	b := joiner.Background{ID: r.FormValue("record"), Person: v.Person, Role: p.Value["role"], Kinds: slices.Clone(r.Form["kinds"]), Provider: p.Value["provider"], Reference: p.Value["reference"],
		Form: p.Value["form"], Outcome: joiner.Outcome(p.Value["outcome"]), DecidedBy: p.Value["decided_by"], Waiver: p.Value["waiver"], Instead: p.Value["substitute"]}
	for field, to := range map[string]*cadence.Date{"notice_on": &b.NoticeOn, "ordered_on": &b.OrderedOn, "completed_on": &b.Completed, "decided_on": &b.Decided, "delete_by": &b.DeleteBy} {
		if p.Value[field] == "" {
			continue
		}
		if *to, err = cadence.ParseDate(p.Value[field]); err != nil {
			err = problem.Field(field, "This is not a date. It looks like 2026-03-01.")
			break
		}
	}
	if err == nil {
		_, err = s.Joiners.Record(r.Context(), who.Actor, b, s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		p.Record = b
		return s.showJoinerBackground(w, r, who, statusOf(p.Problem.Code), p)
	}
	return back(w, r, orgPath(who.Slug(), "joiner", v.ID), "Recorded.")
}

// postEraseBackground empties a record: POST /o/{org}/joiner/{run}/background/erase.
func (s *Server) postEraseBackground(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Joiners.EraseRecord(r.Context(), who.Actor, r.FormValue("record"), r.FormValue("reason"), s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showJoinerBackground(w, r, who, statusOf(p.Code), joinerBackgroundPage{Problem: p})
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "joiner", r.PathValue("run"), "background"), "Erased. That there was a record stays in the log, without what it said.")
}

// hasKind reports whether a kind of check is ticked.
func (p joinerBackgroundPage) hasKind(key string) bool { return slices.Contains(p.Record.Kinds, key) }

// groupChosen reports whether a step is asked of a group.
func (p joinerStepPage) groupChosen(key string) bool { return slices.Contains(p.Step.Groups, key) }

// outcomeOptions are what can be decided.
func outcomeOptions() []option {
	out := []option{{"", "Not decided yet"}}
	for _, o := range joiner.Outcomes() {
		out = append(out, option{string(o), o.Label()})
	}
	return out
}
