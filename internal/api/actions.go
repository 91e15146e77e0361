package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/finding"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// ActionPlan is what somebody is to do.
type ActionPlan struct {
	Title  string `json:"title" maxLength:"200" doc:"One line: what there is to do."`
	Detail string `json:"detail,omitempty" maxLength:"8000"`
	Owner  string `json:"owner,omitempty" maxLength:"100" doc:"Id in the register of persons; left out: nobody yet."`
	Due    string `json:"due,omitempty" maxLength:"10" doc:"The last day." example:"2026-06-30"`
}

// NewAction is an action that nothing else stands behind.
type NewAction struct {
	ActionPlan
	From         string   `json:"from,omitempty" maxLength:"200" doc:"What it comes from, in words."`
	Controls     []string `json:"controls,omitempty" maxItems:"200" doc:"Controls it is about, by code or id; answered as ids."`
	Requirements []Ref    `json:"requirements,omitempty" maxItems:"200"`
}

// ActionChange is an action as it is to be.
type ActionChange struct {
	ActionPlan
	Why string `json:"why,omitempty" maxLength:"200" doc:"Why the day moves; asked for when it does."`
}

// Action is one line of the one backlog of all frameworks.
type Action struct {
	ID   string `json:"id"`
	Code string `json:"code" doc:"What people call it."`
	ActionPlan
	Source       ActionSource `json:"source"`
	Controls     []string     `json:"controls" doc:"Ids."`
	Requirements []Ref        `json:"requirements"`
	State        string       `json:"state" enum:"open,done,dropped"`
	Overdue      bool         `json:"overdue"`
	Standing     string       `json:"standing" doc:"How it stands, in a sentence."`
	Outcome      string       `json:"outcome,omitempty" doc:"What was done, or why it was given up."`
	Evidence     []string     `json:"evidence" doc:"Ids of the evidence that it was done."`
	Moved        int          `json:"moved" doc:"How often its day was moved."`
	DoneOn       string       `json:"done_on,omitempty"`
	CreatedAt    time.Time    `json:"created_at"`
	EndedAt      time.Time    `json:"ended_at,omitzero"`
}

// ActionSource is what an action comes from.
type ActionSource struct {
	Kind  string `json:"kind" example:"finding"`
	ID    string `json:"id,omitempty"`
	Words string `json:"words,omitempty" example:"R-004 Lost laptop"`
}

func actionOf(a finding.Action, today cadence.Date) Action {
	return Action{ID: a.ID, Code: a.Code(), ActionPlan: ActionPlan{a.Title, a.Detail, a.Owner, a.Due.String()}, Source: ActionSource{a.Source.Kind, a.Source.ID, a.Source.Words},
		Controls: nonNil(a.Controls), Requirements: refsOf(a.Requirements), State: string(a.State), Overdue: a.Overdue(today), Standing: a.Standing(today), Outcome: a.Outcome, Evidence: nonNil(a.Items),
		Moved: a.Moved, DoneOn: a.DoneOn.String(), CreatedAt: a.CreatedAt, EndedAt: a.EndedAt}
}

// actionTold is an action as a token hears of it that may write and not read: what
// is known without reading it.
func actionTold(a finding.Action) Action {
	out := actionOf(a, 0)
	out.Code, out.Standing = "", ""
	return out
}

// urgency orders actions as the backlog does: open ones first, the earliest day in
// front and those without one behind; then what ended, the newest first.
func urgency(a finding.Action) string {
	switch {
	case a.State != finding.Open:
		return fmt.Sprintf("2 %08d", 99_999_999-a.N)
	case !a.Due.Known():
		return fmt.Sprintf("1 %08d", a.N)
	}
	return fmt.Sprintf("0 %s %08d", a.Due, a.N)
}

func listActions(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	Text      string `query:"text" maxLength:"200" doc:"Only those with this in code, title, detail or what they come from."`
	State     string `query:"state" enum:"open,overdue,free,done,dropped,all" default:"open" doc:"free: open, and nobody has it."`
	Owner     string `query:"owner" maxLength:"100" doc:"Id in the register of persons; nobody: those nobody has."`
	Framework string `query:"framework" maxLength:"100" doc:"Only those that count for it."`
	Source    string `query:"source" maxLength:"40" doc:"Only those that come from this kind, such as finding, risk, review, gap or self."`
}) (*listOut[Action], error) {
	r, err := s.Findings.All(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	var list []finding.Action
	for _, a := range r.Actions {
		open := a.State == finding.Open
		switch {
		case (in.State == "" || in.State == "open") && !open, in.State == "overdue" && !a.Overdue(r.Today), in.State == "free" && (!open || a.Owner != ""),
			in.State == "done" && a.State != finding.Done, in.State == "dropped" && a.State != finding.Dropped, in.Source != "" && a.Source.Kind != in.Source,
			in.Framework != "" && !slices.Contains(r.FrameworksOf(a), in.Framework), !owned(in.Owner, a.Owner), !said(in.Text, a.Code(), a.Title, a.Detail, a.Source.Words):
			continue
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b finding.Action) int { return strings.Compare(urgency(a), urgency(b)) })
	which := strings.Join([]string{in.Text, in.State, in.Owner, in.Framework, in.Source}, "\x00")
	page, err := paged(in.InPage, list, "actions "+fingerprint([]byte(which)), urgency, strings.Compare)
	if err != nil {
		return nil, err
	}
	return shown(page, func(a finding.Action) Action { return actionOf(a, r.Today) }), nil
}

// InAction names an action in the path.
type InAction struct {
	InOrg
	Action string `path:"action" maxLength:"100" doc:"Its code or its id."`
}

// actionID is the id of an action that is named by code or id.
func (s *Server) actionID(ctx context.Context, who access.Actor, name string) (string, error) {
	if !who.Can(access.ViewFindings) {
		return name, nil
	}
	r, err := s.Findings.All(ctx, who, s.Now())
	if err != nil {
		return "", err
	}
	for _, a := range r.Actions {
		if strings.EqualFold(a.Code(), name) {
			return a.ID, nil
		}
	}
	return name, nil
}

func (s *Server) action(ctx context.Context, who access.Actor, name string) (Action, error) {
	id, err := s.actionID(ctx, who, name)
	if err != nil {
		return Action{}, err
	}
	v, _, err := s.Findings.Action(ctx, who, id, s.Now())
	return actionOf(v.Action, v.Today), err
}

func getAction(s *Server, ctx context.Context, who access.Actor, in *InAction) (*oneOut[Action], error) {
	return single(s.action(ctx, who, in.Action))
}

func getActionHistory(s *Server, ctx context.Context, who access.Actor, in *InAction) (*oneOut[List[History]], error) {
	id, err := s.actionID(ctx, who, in.Action)
	if err != nil {
		return nil, err
	}
	_, past, err := s.Findings.Action(ctx, who, id, s.Now())
	return single(pastOf(past), err)
}

func createAction(s *Server, ctx context.Context, who access.Actor, in *inEntryText[NewAction]) (*createdOut[Action], error) {
	b := in.Body
	a := finding.Action{Title: b.Title, Detail: b.Detail, Owner: b.Owner, Source: finding.Source{Words: b.From}, Requirements: refs(b.Requirements)}
	var err error
	if a.Due, err = dayOf("due", b.Due); err != nil {
		return nil, err
	}
	if a.Controls, err = s.controlIDs(ctx, who, "controls", b.Controls); err != nil {
		return nil, err
	}
	if a.ID, err = s.Findings.AddAction(ctx, who, a, s.Now()); err != nil {
		return nil, err
	}
	made, err := s.action(ctx, who, a.ID)
	if !who.Can(access.ViewFindings) {
		a.State = finding.Open
		made, err = actionTold(a), nil
	}
	return fresh(made, address(who, "actions", a.ID), err)
}

func putAction(s *Server, ctx context.Context, who access.Actor, in *struct {
	InAction
	InMatch
	Body ActionChange
}) (*oneOut[Action], error) {
	due, err := dayOf("due", in.Body.Due)
	if err != nil {
		return nil, err
	}
	read := func() (Action, error) { return s.action(ctx, who, in.Action) }
	return replace(s, ctx, who, in.InMatch, read, func(ctx context.Context, now Action) error {
		b := in.Body
		return s.Findings.ChangeAction(ctx, who, finding.Action{ID: now.ID, Title: b.Title, Detail: b.Detail, Owner: b.Owner, Due: due, Why: b.Why}, s.Now())
	})
}

// inActing is an act about an action.
type inActing[T any] struct {
	InAction
	InOnce
	Body T
}

// doAction brings an action into a state and returns how it stands then.
func (s *Server) doAction(ctx context.Context, who access.Actor, name string, to finding.State, do func(id string) error) (*oneOut[Action], error) {
	id, err := s.actionID(ctx, who, name)
	if err == nil {
		err = do(id)
	}
	if err != nil || !who.Can(access.ViewFindings) {
		return single(actionTold(finding.Action{ID: id, State: to}), err)
	}
	return single(s.action(ctx, who, id))
}

// ActionDone says how an action was done.
type ActionDone struct {
	Outcome  string   `json:"outcome" maxLength:"8000" doc:"What was done."`
	On       string   `json:"on,omitempty" maxLength:"10" doc:"Left out: today." example:"2026-03-01"`
	Evidence []string `json:"evidence,omitempty" maxItems:"50" doc:"Ids of evidence of it."`
}

func completeAction(s *Server, ctx context.Context, who access.Actor, in *inActing[ActionDone]) (*oneOut[Action], error) {
	return s.doAction(ctx, who, in.Action, finding.Done, func(id string) error {
		on, err := dayOf("on", in.Body.On)
		if err != nil {
			return err
		}
		return renamed(s.Findings.CompleteAction(ctx, who, id, finding.Completion{Outcome: in.Body.Outcome, On: on, Items: in.Body.Evidence}, s.Now()), "items", "evidence")
	})
}

func dropAction(s *Server, ctx context.Context, who access.Actor, in *inActing[Because]) (*oneOut[Action], error) {
	return s.doAction(ctx, who, in.Action, finding.Dropped, func(id string) error {
		return renamed(s.Findings.DropAction(ctx, who, id, in.Body.Reason, s.Now()), "outcome", "reason")
	})
}

func reopenAction(s *Server, ctx context.Context, who access.Actor, in *inActing[Because]) (*oneOut[Action], error) {
	return s.doAction(ctx, who, in.Action, finding.Open, func(id string) error {
		return s.Findings.ReopenAction(ctx, who, id, in.Body.Reason, s.Now())
	})
}

// ActionsHanded gives open actions to somebody else.
type ActionsHanded struct {
	Actions []string `json:"actions" minItems:"1" maxItems:"500" doc:"Codes or ids; all of them are handed over, or none."`
	Owner   string   `json:"owner" maxLength:"100" doc:"Id in the register of persons."`
}

// ActionsMoved moves the day of open actions.
type ActionsMoved struct {
	Actions []string `json:"actions" minItems:"1" maxItems:"500" doc:"Codes or ids; all of them are moved, or none."`
	Due     string   `json:"due" maxLength:"10" example:"2026-09-30"`
	Why     string   `json:"why" maxLength:"200" doc:"It stays in the history of each."`
}

func (s *Server) actionIDs(ctx context.Context, who access.Actor, names []string) ([]string, error) {
	var out []string
	for _, n := range names {
		id, err := s.actionID(ctx, who, n)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

func handActions(s *Server, ctx context.Context, who access.Actor, in *inEntryText[ActionsHanded]) (*oneOut[Done], error) {
	ids, err := s.actionIDs(ctx, who, in.Body.Actions)
	if err == nil {
		err = s.Findings.HandActions(ctx, who, ids, in.Body.Owner, s.Now())
	}
	return single(Done{true}, err)
}

func moveActions(s *Server, ctx context.Context, who access.Actor, in *inEntryText[ActionsMoved]) (*oneOut[Done], error) {
	ids, err := s.actionIDs(ctx, who, in.Body.Actions)
	if err != nil {
		return nil, err
	}
	due, err := dayOf("due", in.Body.Due)
	if err == nil {
		err = s.Findings.MoveActions(ctx, who, ids, due, in.Body.Why, s.Now())
	}
	return single(Done{true}, err)
}

var actionFile = sheetFile{"Actions", finding.ActionColumns,
	func(s *Server, ctx context.Context, who access.Actor) ([][]string, error) {
		return s.Findings.ExportActions(ctx, who, s.Now())
	},
	func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
		return s.Findings.PlanImportActions(ctx, who, sh, s.Now())
	},
	func(s *Server, ctx context.Context, who access.Actor, sh *sheet.Sheet) (sheet.Plan, error) {
		return s.Findings.ImportActions(ctx, who, sh, s.Now())
	}}
