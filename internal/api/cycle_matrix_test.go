package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/isms"
)

// keepsCycle begins one of everything in the management system.
func (s *site) keepsCycle() {
	s.t.Helper()
	ctx := s.t.Context()
	party, err := s.ISMS.PutParty(ctx, s.boss, isms.Party{Name: "Customers", Side: "external", Needs: "Their data stays theirs."}, s.now)
	s.must(err)
	issue, err := s.ISMS.PutIssue(ctx, s.boss, isms.Issue{Side: "internal", Topic: "Growth", Text: "Many join within a year."}, s.now)
	s.must(err)
	goal, err := s.ISMS.PutObjective(ctx, s.boss, isms.Objective{Title: "Everybody is trained", Metric: "Share of people trained", Unit: "percent", Target: isms.ObjectiveTarget{Op: ">=", Number: 95}, MeasureEvery: "P3M", Owner: s.ann.ID}, s.now)
	s.must(err)
	_, err = s.ISMS.ObligationAdopt(ctx, s.boss, []string{"OBL-01"}, s.now)
	s.must(err)
	today := cadence.DateOf(s.now, s.now.Location())
	date, err := s.ISMS.EngagementPut(ctx, s.boss, isms.Engagement{Kind: isms.StageOne, From: today + 120, To: today + 121, State: isms.Planned}, s.now)
	s.must(err)
	s.must(s.ISMS.BeginProgramme(ctx, s.boss, isms.QuarterOf(today), s.now))
	audit, err := s.ISMS.PlanAudit(ctx, s.boss, "", isms.AuditDraft{Title: "Access", Outside: []string{"Eva Extern"}, Scope: refsSaid([]Ref{{"iso27001-2022", "9.2.1"}}),
		Period: cadence.Days{From: today - 90, To: today - 1}, Days: cadence.Days{From: today, To: today + 5}}, s.now)
	s.must(err)
	review, err := s.ISMS.PlanReview(ctx, s.boss, isms.NewReview{Title: "First review", On: today + 30, Participants: []string{s.ann.ID}}, s.now)
	s.must(err)
	gap, err := s.Gaps.Open(ctx, s.boss, "First certification", "soc2-2017", "iso27001-2022", s.now)
	s.must(err)
	_, err = s.ISMS.WriteScope(ctx, s.boss, isms.ScopeISMS, isms.ScopeContent{}, "", "", s.now)
	s.must(err)
	s.cycle = map[string]string{"{side}": "isms", "{row}": "A.5.15", "{party}": party.Code, "{issue}": issue.Code, "{objective}": goal.Code, "{obligation}": "OBL-01", "{date}": date, "{audit}": audit.ID,
		"{line}": "none", "{review}": review.Code, "{decision}": "none", "{analysis}": gap.ID, "{step}": "1", "{look}": "none", "{round}": "none", "{question}": "none", "{act}": "none", "{register}": "parties"}
}

// cycleSample fills in what a request about the management system names and says.
func (s *site) cycleSample(o operation, n int, c *call) {
	switch o.ID {
	case "end-obligation", "done-obligation", "begin-audit", "report-audit", "close-audit", "cancel-audit", "freeze-pack", "write-minutes", "create-review-decision", "send-minutes", "withdraw-minutes",
		"decide-minutes", "cancel-review", "drop-programme-entry", "retire-statement-row", "change-review-decision", "drop-review-decision", "raise-audit-finding": // what it names would be another thing afterwards
		for name := range s.cycle {
			c.path = strings.ReplaceAll(c.path, name, "none")
		}
		c.path = strings.ReplaceAll(c.path, "{planned}", "none")
	case "confirm-entry":
		c.path = "/isms/parties/" + s.cycle["{party}"] + "/confirm"
	case "list-calendar":
		c.path += "?from=2026-03-01&to=2026-12-31"
	case "ask-gate":
		c.path += "?kind=stage_2&from=2026-09-01"
	}
	if file := cycleFiles[o.ID]; file != "" {
		c.path += "?dry_run=true"
		c.body = &upload{"list.csv", file}
	}
	for name, value := range s.cycle {
		c.path = strings.ReplaceAll(c.path, name, value)
	}
	if strings.Contains(c.path, "{planned}") { // every programme has entries of its own
		p, err := s.ISMS.Programme(s.t.Context(), s.boss, s.now)
		s.must(err)
		c.path = strings.ReplaceAll(c.path, "{planned}", p.Entries[0].ID)
	}
	if body, ok := s.cycleBody(o.ID, n); ok {
		c.body = body
	}
}

func (s *site) cycleBody(id string, n int) (any, bool) {
	fresh := fmt.Sprint("Number ", n)
	p, err := s.ISMS.Programme(s.t.Context(), s.boss, s.now)
	s.must(err)
	entry := Replanned{ProgrammeEntryText{Quarter: (p.From + 2).String(), Title: "Suppliers", Scope: []Ref{{"iso27001-2022", "A.5.19"}}, Method: fresh}, "It fits better."}
	duty := ObligationText{Title: "Look at access", Detail: fresh, Every: "P3M", Basis: "own", Kind: "access-review-record", Role: "security-officer", Closes: "item"}
	goal := ObjectiveText{Title: fresh, Metric: "Share of people trained", Unit: "percent", Target: ">=95", MeasureEvery: "P3M", Owner: s.ann.ID}
	look := AuditText{Title: "Access", Outside: []string{"Eva Extern"}, Scope: []Ref{{"iso27001-2022", "9.2.1"}}, Method: fresh}
	body, ok := map[string]any{
		"write-scope": ScopeDraft{ScopeText: ScopeText{Items: []ScopeItem{}, Exclusions: []ScopeLine{}, Interfaces: []ScopeLine{}}}, "decide-scope": Verdict{Yes: true},
		"rule-scope":           ScopeRuling{Mismatches: []ScopeShown{{"neither:vendor:none", "none"}}, Choice: "deliberate", Reason: "It is a coffee supplier."},
		"create-statement-row": StatementText{Included: true, Title: fresh, Source: "A contract", Reasons: []StatementReason{{"contractual", "Northwind"}}},
		"put-statement-row":    StatementText{Included: true, Claim: "planned", On: "2026-09-30", Note: fresh, Reasons: []StatementReason{{"business", ""}}},
		"retire-statement-row": Reason{"Gone."}, "change-statement": StatementMany{Rows: []string{"A.5.16"}, Claim: "planned", On: "2026-09-30"},
		"send-statement": Note{"The first."}, "decide-statement": Verdict{Yes: true},
		"adopt-shipped": Codes{[]string{isms.ShippedParties()[0].Seed}}, "decide-climate": NewClimate{true, "Heat waves reach our server rooms."},
		"create-party": PartyText{Name: fresh, Side: "external", Needs: "Answers."}, "put-party": PartyText{Name: fresh, Side: "external", Needs: "Answers."},
		"create-issue": IssueText{Side: "internal", Topic: fresh, Text: "It is so."}, "put-issue": IssueText{Side: "internal", Topic: fresh, Text: "It is so."},
		"create-objective": goal, "put-objective": goal, "create-measure": NewMeasure{On: "2026-02-28", Known: "none", Words: "Nobody counted."},
		"retire-entry": Reason{"Gone."}, "confirm-entry": Note{}, "create-obligation": duty, "put-obligation": ObligationChange{duty, "It fits better."}, "end-obligation": Why{"Another one asks it."},
		"done-obligation": Doing{Due: "2026-06-30"}, "undone-obligation": Why{"It was another system."},
		"create-audit-date": AuditDateText{Kind: "other", Title: fresh, From: "2026-10-01", To: "2026-10-02", State: "planned"},
		"put-audit-date":    AuditDateChange{AuditDateText{Kind: "stage_1", From: "2026-07-01", To: "2026-07-02", State: "planned", Note: fresh}, "It suits both."},
		"begin-programme":   Quarter{fmt.Sprintf("%d Q%d", 2027+n/4%70, n%4+1)}, "create-programme-entry": entry, "put-programme-entry": entry, "drop-programme-entry": Reason{"Gone."},
		"create-audit": look, "put-audit": look, "answer-line": LineAnswer{Answer: "conforms", Note: "Seen."}, "raise-audit-finding": AuditFinding{Kind: "observation", Title: "Late"},
		"report-audit": AuditReport{"All was seen.", "It works."}, "cancel-audit": Reason{"Gone."},
		"create-review": ReviewText{Title: fresh, On: "2026-06-15", Participants: []string{s.ann.ID}}, "put-review": ReviewText{Title: fresh, On: "2026-06-15", Participants: []string{s.ann.ID}},
		"bring-review": AgendaWords{map[string]string{"MR-09": fresh}}, "write-minutes": AgendaWords{map[string]string{"MR-09": "Heard."}},
		"create-review-decision": ReviewDecisionText{Item: "MR-18", Unchanged: true}, "change-review-decision": ReviewDecisionText{Item: "MR-18", Unchanged: true}, "decide-minutes": Verdict{Yes: true},
		"cancel-review": Reason{"Gone."}, "create-analysis": NewAnalysis{fresh, "soc2-2017", "iso27001-2022"}, "move-analysis-step": StepMove{"note", fresh},
		"create-gap-work": GapWork{[]string{"9.2.1"}, s.ann.ID, "2026-09-30"}, "create-crosswalk-review": NewLook{"soc2-2017", "iso27001-2022"},
		"answer-crosswalk-review": LookAnswer{Items: []string{"none"}, Answer: "true"}, "close-crosswalk-review": Words{"All is as it was."},
		"create-confirmation-round": NewRound{Due: "2026-06-30"}, "set-confirmation-due": Day{"2026-07-31"},
		"answer-confirmation-question": Saying{Version: 1, Reply: "yes"}, "hand-confirmation-question": HandOver{s.ann.ID},
	}[id]
	return body, ok
}

// cycleFiles is a right file for each import.
var cycleFiles = map[string]string{
	"import-parties": "Party,Side,Needs\nRegulator,external,Answers\n", "import-issues": "Side,Topic,Issue\ninternal,Growth,Many join.\n",
	"import-obligations": "Code,Title\nOBL-01,Look at risks\n", "import-statement": "Control,Applies\nA.5.17,yes\n",
}

// expectedCycle is what an operation about the management system answers to its
// sample; of all others it is that they succeed.
func expectedCycle(o operation) int {
	switch o.ID {
	case "create-statement-row", "create-party", "create-issue", "create-objective", "create-obligation", "create-audit-date", "create-programme-entry", "create-audit", "create-review", "create-analysis":
		return http.StatusCreated
	case "end-obligation", "done-obligation", "undone-obligation", "begin-audit", "answer-line", "raise-audit-finding", "report-audit", "close-audit", "cancel-audit", "freeze-pack", "write-minutes",
		"create-review-decision", "change-review-decision", "drop-review-decision", "send-minutes", "withdraw-minutes", "decide-minutes", "cancel-review", "drop-programme-entry", "retire-statement-row",
		"get-statement-version", "decide-statement", "withdraw-statement", "retire-entry", "return-entry", "get-crosswalk-review", "answer-crosswalk-review", "close-crosswalk-review",
		"get-confirmation-round", "list-confirmation-questions", "set-confirmation-due", "answer-confirmation-question", "hand-confirmation-question",
		"get-review-pack", "get-review-minutes", "create-crosswalk-review": // the sample names none that is there, or nothing is frozen yet
		return http.StatusNotFound
	case "withdraw-scope", "decide-scope", "rule-scope", "take-measure", "send-statement", "create-confirmation-round": // nothing waits, no period is over, remarks stop it, nobody owns a control
		return http.StatusConflict
	case "send-scope", "create-measure": // the draft is empty, and the period still runs
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
