package api

import (
	"slices"

	"github.com/toucan-grc/toucan/internal/access"
)

// cycleOperations are the lines of the table about the management system and its year.
func cycleOperations() []operation {
	return slices.Concat(scopeOperations(), statementOperations(), contextOperations(), yearOperations(), auditOperations(), reviewOperations(), lookOperations())
}

const (
	see    = access.ViewISMS
	change = access.ManageISMS
)

func scopeOperations() []operation {
	const tag = "Scope"
	return []operation{
		{"get-management-system", "GET", "/isms", see, tag, "Show how the management system stands", "Each part with its state and the reason, and what to do next.", 0, in(getHome)},
		{"get-isms-scope", "GET", "/isms/scope", see, tag, "Show the scope and the SOC 2 boundary", "The versions in force, and how many things do not fit.", 0, in(getSystemScope)},
		{"list-scope-things", "GET", "/isms/scope/things", see, tag, "List what can be in scope", "Systems, sites, teams and vendors, with what the versions in force say of each.", 0, in(listScopeThings)},
		{"list-scope-mismatches", "GET", "/isms/scope/mismatches", see, tag, "List where scope and boundary do not fit", "What weighs most first, each with its consequence and the decision that holds.", 0, in(listScopeMismatches)},
		{"list-scope-versions", "GET", "/isms/scope/{side}/versions", see, tag, "List the versions of a scope", "The newest first.", 0, in(listScopeVersions)},
		{"get-scope-version", "GET", "/isms/scope/{side}/versions/{number}", see, tag, "Show a version of a scope", "What it says, and what became of it.", 0, in(getScopeVersion)},
		{"write-scope", "POST", "/isms/scope/{side}/draft", change, tag, "Write the next version of a scope", "A new draft, or the text of the one there is.", 0, in(writeScope)},
		{"send-scope", "POST", "/isms/scope/{side}/send", change, tag, "Ask for the approval of the draft", "Where nobody has to agree it is in force at once.", 0, in(sendScope)},
		{"withdraw-scope", "POST", "/isms/scope/{side}/withdraw", change, tag, "Take a scope back that waits", "It is a draft again.", 0, in(withdrawScope)},
		{"decide-scope", "POST", "/isms/scope/{side}/decide", access.ApproveISMS, tag, "Agree to a scope that waits, or not", "In the name of the member the token acts for. The last yes brings it into force; one no makes it a draft again.", 0, in(decideScope)},
		{"rule-scope", "POST", "/isms/scope/decisions", change, tag, "Decide about mismatches", "That they are meant to be so, or that somebody puts them right.", 0, in(ruleScope)},
	}
}

func statementOperations() []operation {
	const tag = "Statement of applicability"
	return []operation{
		{"get-statement", "GET", "/isms/statement", see, tag, "Show the statement in figures", "", 0, in(getStatement)},
		{"list-statement-rows", "GET", "/isms/statement/rows", see, tag, "List the rows of the statement", "What people say beside what is derived from design and operation.", 0, in(listStatementRows)},
		{"get-statement-row", "GET", "/isms/statement/rows/{row}", see, tag, "Show a row", "", 0, in(getStatementRow)},
		{"list-statement-history", "GET", "/isms/statement/rows/{row}/history", see, tag, "List what became of a row", "The newest first.", 0, in(listStatementHistory)},
		{"list-statement-remarks", "GET", "/isms/statement/remarks", see, tag, "List what is wrong with the statement", "The most serious first, each with its cure.", 0, in(listStatementRemarks)},
		{"list-statement-versions", "GET", "/isms/statement/versions", see, tag, "List the versions of the statement", "The newest first.", 0, in(listStatementVersions)},
		{"get-statement-version", "GET", "/isms/statement/versions/{version}", see, tag, "Show a version with its rows", "", 0, in(getStatementVersion)},
		{"export-statement", "GET", "/isms/statement/export", see, tag, "Take the statement as a file", "CSV, XLSX, OSCAL or PDF; as it stands, or a version.", 0, handsOut(in(exportStatement), "The statement, as a download.", "text/csv", xlsxType, "application/json", "application/pdf")},
		{"import-statement", "POST", "/isms/statement/import", change, tag, "Import a statement of applicability", "A CSV or XLSX file of up to 5,000 rows, all or none. With dry_run, nothing is written and the answer says what would be.", uploadLimit, in(statementFile.take)},
		{"create-statement-row", "POST", "/isms/statement/rows", change, tag, "Add a control of the organisation's own", "Which Annex A does not have, and which it finds necessary.", 0, in(createStatementRow)},
		{"put-statement-row", "PUT", "/isms/statement/rows/{row}", change, tag, "Say what a row says", "Whether it is included goes to the scope of the framework.", 0, in(putStatementRow)},
		{"retire-statement-row", "POST", "/isms/statement/rows/{row}/retire", change, tag, "Take a row of the organisation's own out", "What was said of it stays in its history.", 0, in(retireStatementRow)},
		{"change-statement", "POST", "/isms/statement/many", change, tag, "Change several rows at once", "All of them or none.", 0, in(changeStatement)},
		{"send-statement", "POST", "/isms/statement/versions", change, tag, "Send the statement for approval", "As it stands now. While a remark stops it, it is refused.", 0, in(sendStatement)},
		{"decide-statement", "POST", "/isms/statement/versions/{version}/decide", access.ApproveISMS, tag, "Agree to a statement that waits, or not", "In the name of the member the token acts for. An approved version is kept as evidence.", 0, in(decideStatement)},
		{"withdraw-statement", "POST", "/isms/statement/versions/{version}/withdraw", change, tag, "Take a statement back that waits", "", 0, in(withdrawStatement)},
	}
}

func contextOperations() []operation {
	const tag = "Surroundings and objectives"
	return []operation{
		{"list-shipped", "GET", "/isms/shipped/{register}", see, tag, "List what ships for a register", "Starting points, with what was adopted of them.", 0, in(listShipped)},
		{"list-parties", "GET", "/isms/parties", see, tag, "List interested parties", "By code.", 0, in(listParties)},
		{"get-party", "GET", "/isms/parties/{party}", see, tag, "Show an interested party", "", 0, in(getParty)},
		{"list-party-history", "GET", "/isms/parties/{party}/history", see, tag, "List what became of an interested party", "The newest first.", 0, in(listPartyHistory)},
		{"list-issues", "GET", "/isms/issues", see, tag, "List issues", "By code.", 0, in(listIssues)},
		{"get-issue", "GET", "/isms/issues/{issue}", see, tag, "Show an issue", "", 0, in(getIssue)},
		{"list-issue-history", "GET", "/isms/issues/{issue}/history", see, tag, "List what became of an issue", "The newest first.", 0, in(listIssueHistory)},
		{"get-climate", "GET", "/isms/climate", see, tag, "Show the decision on climate change", "", 0, in(getClimate)},
		{"list-objectives", "GET", "/isms/objectives", see, tag, "List objectives and how they went", "By code.", 0, in(listObjectives)},
		{"get-objective", "GET", "/isms/objectives/{objective}", see, tag, "Show an objective", "", 0, in(getObjective)},
		{"list-objective-periods", "GET", "/isms/objectives/{objective}/periods", see, tag, "List the periods of an objective", "The latest first, each held against the target it had.", 0, in(listObjectivePeriods)},
		{"list-objective-history", "GET", "/isms/objectives/{objective}/history", see, tag, "List what became of an objective", "The newest first.", 0, in(listObjectiveHistory)},
		{"export-parties", "GET", "/isms/parties/export", see, tag, "Take interested parties out as a file", "As CSV or XLSX, with the columns an import reads.", 0, withSheet(in(partyFile.export))},
		{"export-issues", "GET", "/isms/issues/export", see, tag, "Take issues out as a file", "As CSV or XLSX, with the columns an import reads.", 0, withSheet(in(issueFile.export))},
		{"export-objectives", "GET", "/isms/objectives/export", see, tag, "Take objectives out as a file", "As CSV or XLSX.", 0, withSheet(in(objectiveFile.export))},
		{"import-parties", "POST", "/isms/parties/import", change, tag, "Import interested parties", "A CSV or XLSX file of up to 5,000 rows, all or none. With dry_run, nothing is written and the answer says what would be.", uploadLimit, in(partyFile.take)},
		{"import-issues", "POST", "/isms/issues/import", change, tag, "Import issues", "A CSV or XLSX file of up to 5,000 rows, all or none. With dry_run, nothing is written and the answer says what would be.", uploadLimit, in(issueFile.take)},
		{"adopt-shipped", "POST", "/isms/shipped/{register}/adopt", change, tag, "Adopt what ships for a register", "What was adopted before stays as it is.", 0, in(adoptShipped)},
		{"create-party", "POST", "/isms/parties", change, tag, "Enter an interested party", "", 0, in(createParty)},
		{"put-party", "PUT", "/isms/parties/{party}", change, tag, "Change an interested party", "Counts as looking at it.", 0, in(putParty)},
		{"create-issue", "POST", "/isms/issues", change, tag, "Enter an issue", "", 0, in(createIssue)},
		{"put-issue", "PUT", "/isms/issues/{issue}", change, tag, "Change an issue", "Counts as looking at it.", 0, in(putIssue)},
		{"create-objective", "POST", "/isms/objectives", change, tag, "Enter an objective", "", 0, in(createObjective)},
		{"put-objective", "PUT", "/isms/objectives/{objective}", change, tag, "Change an objective", "A new target holds from now on.", 0, in(putObjective)},
		{"create-measure", "POST", "/isms/objectives/{objective}/measures", change, tag, "Enter the value of a period by hand", "A period measured before keeps that measure in its history.", 0, in(createMeasure)},
		{"take-measure", "POST", "/isms/objectives/{objective}/take", change, tag, "Take the live figure of the last period", "", 0, in(takeMeasure)},
		{"retire-entry", "POST", "/isms/{register}/{entry}/retire", change, tag, "End a party, an issue or an objective", "It keeps its code and its history.", 0, in(retireEntry)},
		{"return-entry", "POST", "/isms/{register}/{entry}/return", change, tag, "Take a retired one back", "", 0, in(returnEntry)},
		{"confirm-entry", "POST", "/isms/{register}/{entry}/confirm", change, tag, "Say that a party or an issue is still right", "Objectives are measured, not confirmed.", 0, in(confirmEntry)},
		{"decide-climate", "POST", "/isms/climate", change, tag, "Decide whether climate change is a relevant issue", "It is asked for again a year later.", 0, in(decideClimate)},
	}
}

func yearOperations() []operation {
	const tag = "Obligations and calendar"
	return []operation{
		{"list-obligations", "GET", "/isms/obligations", see, tag, "List obligations", "With the interval that holds, who does them, and how the present period stands.", 0, in(listObligations)},
		{"get-obligation", "GET", "/isms/obligations/{obligation}", see, tag, "Show an obligation", "", 0, in(getObligation)},
		{"list-occurrences", "GET", "/isms/obligations/{obligation}/occurrences", see, tag, "List the occurrences of an obligation", "The latest first, a few of those to come among them.", 0, in(listOccurrences)},
		{"list-obligation-acts", "GET", "/isms/obligations/{obligation}/acts", see, tag, "List who said that an obligation was met", "The newest first.", 0, in(listObligationActs)},
		{"export-obligations", "GET", "/isms/obligations/export", see, tag, "Take obligations out as a file", "As CSV or XLSX, with the columns an import reads.", 0, withSheet(in(obligationFile.export))},
		{"import-obligations", "POST", "/isms/obligations/import", change, tag, "Import obligations", "A CSV or XLSX file of up to 5,000 rows, all or none. With dry_run, nothing is written and the answer says what would be.", uploadLimit, in(obligationFile.take)},
		{"create-obligation", "POST", "/isms/obligations", change, tag, "Begin an obligation", "From a day on; nothing is asked of the past.", 0, in(createObligation)},
		{"put-obligation", "PUT", "/isms/obligations/{obligation}", change, tag, "Change an obligation", "From a day on; the days before keep what they had.", 0, in(putObligation)},
		{"end-obligation", "POST", "/isms/obligations/{obligation}/end", change, tag, "Ask an obligation no more", "From today on.", 0, in(endObligation)},
		{"done-obligation", "POST", "/isms/obligations/{obligation}/done", access.FileEvidence, tag, "Say that an obligation was met", "With evidence. Only for whoever has to do it, and whoever keeps the management system; needs view_isms as well.", 0, in(doneObligation)},
		{"undone-obligation", "POST", "/isms/obligation-acts/{act}/undone", change, tag, "Take such a word back", "", 0, in(undoneObligation)},
		{"list-calendar", "GET", "/calendar", see, tag, "List the entries of the calendar", "That touch a span, by first day; only of what the member may see.", 0, in(listCalendar)},
		{"list-audit-dates", "GET", "/isms/plan", see, tag, "List the dates of the external audits", "With what is wrong with them.", 0, in(listAuditDates)},
		{"get-audit-date", "GET", "/isms/plan/{date}", see, tag, "Show a date of the external audits", "", 0, in(getAuditDate)},
		{"create-audit-date", "POST", "/isms/plan", change, tag, "Enter a date of the external audits", "What cannot be is refused with the reason; what a rule warns of is stored, and the remark stays with it.", 0, in(createAuditDate)},
		{"put-audit-date", "PUT", "/isms/plan/{date}", change, tag, "Change a date of the external audits", "", 0, in(putAuditDate)},
		{"list-gates", "GET", "/isms/gates", see, tag, "Show whether the trail is old enough for the audits that are planned", "For every date that lies ahead: each line with its reason, and the earliest honest day.", 0, in(listGates)},
		{"ask-gate", "GET", "/isms/gate", see, tag, "Ask whether the trail would be old enough on a day", "For an audit that is not in the plan; nothing is stored.", 0, in(askGate)},
		{"get-documents", "GET", "/isms/documents/{framework}", see, tag, "Run a dry stage 1 over required documents", "", 0, in(getDocuments)},
	}
}

func auditOperations() []operation {
	const tag = "Internal audit"
	return []operation{
		{"get-programme", "GET", "/isms/programme", see, tag, "Show the programme of internal audits", "", 0, in(getProgramme)},
		{"list-programme-entries", "GET", "/isms/programme/entries", see, tag, "List the entries of the programme", "By quarter.", 0, in(listProgrammeEntries)},
		{"get-programme-entry", "GET", "/isms/programme/entries/{planned}", see, tag, "Show an entry of the programme", "", 0, in(getProgrammeEntry)},
		{"list-coverage", "GET", "/isms/programme/coverage", see, tag, "List what the programme covers", "Each requirement, year by year.", 0, in(listCoverage)},
		{"begin-programme", "POST", "/isms/programme", change, tag, "Begin a programme of three years", "From the entries that ship. An earlier one ends; its audits stay.", 0, in(beginProgramme)},
		{"create-programme-entry", "POST", "/isms/programme/entries", change, tag, "Add an entry to the programme", "", 0, in(createProgrammeEntry)},
		{"put-programme-entry", "PUT", "/isms/programme/entries/{planned}", change, tag, "Move an entry, or change what it covers", "With a reason.", 0, in(putProgrammeEntry)},
		{"drop-programme-entry", "POST", "/isms/programme/entries/{planned}/drop", change, tag, "Drop an entry from the programme", "What it covered shows as not covered, unless something else covers it.", 0, in(dropProgrammeEntry)},
		{"list-audits", "GET", "/isms/audits", see, tag, "List internal audits", "The newest first.", 0, in(listAudits)},
		{"get-audit", "GET", "/isms/audits/{audit}", see, tag, "Show an internal audit", "With its team, what is missing before the next step, and what became of it.", 0, in(getAudit)},
		{"list-audit-lines", "GET", "/isms/audits/{audit}/lines", see, tag, "List the checklist of an audit", "With who may not look at a line, and why.", 0, in(listAuditLines)},
		{"create-audit", "POST", "/isms/audits", change, tag, "Plan an internal audit", "Its checklist follows from its scope.", 0, in(createAudit)},
		{"put-audit", "PUT", "/isms/audits/{audit}", change, tag, "Change the plan of an audit that has not begun", "", 0, in(putAudit)},
		{"begin-audit", "POST", "/isms/audits/{audit}/begin", access.AuditInternally, tag, "Begin an audit", "Every line needs somebody of the team who is independent of it.", 0, in(beginAudit)},
		{"answer-line", "POST", "/isms/audits/{audit}/lines/{line}/answer", access.AuditInternally, tag, "Answer a line of the checklist", "Who looked must be independent of what the line is about, over the whole audited period.", 0, in(answerLine)},
		{"raise-audit-finding", "POST", "/isms/audits/{audit}/lines/{line}/findings", access.AuditInternally, tag, "Raise a finding from a line", "", 0, in(raiseFinding)},
		{"report-audit", "POST", "/isms/audits/{audit}/report", access.AuditInternally, tag, "Report an audit", "The report is frozen as evidence.", 0, in(reportAudit)},
		{"close-audit", "POST", "/isms/audits/{audit}/close", change, tag, "Close an audit that was reported", "", 0, in(closeAudit)},
		{"cancel-audit", "POST", "/isms/audits/{audit}/cancel", change, tag, "Give an audit up that was not reported", "", 0, in(cancelAudit)},
	}
}

func reviewOperations() []operation {
	const tag = "Management review"
	return []operation{
		{"list-agenda", "GET", "/isms/agenda", see, tag, "List the agenda of a management review", "What the minutes have to speak of, and what asks for a decision.", 0, in(listAgenda)},
		{"list-reviews", "GET", "/isms/reviews", see, tag, "List management reviews", "The latest meeting first.", 0, in(listReviews)},
		{"get-review", "GET", "/isms/reviews/{review}", see, tag, "Show a management review", "With what was brought, written and decided, and what the minutes lack.", 0, in(getReview)},
		{"get-review-pack", "GET", "/isms/reviews/{review}/pack", see, tag, "Show the frozen pack of a management review", "One section for each input of 9.3.2, as it was on the table.", 0, in(getPack)},
		{"get-review-minutes", "GET", "/isms/reviews/{review}/minutes", see, tag, "Show approved minutes", "", 0, in(getMinutes)},
		{"create-review", "POST", "/isms/reviews", change, tag, "Plan a management review", "", 0, in(createReview)},
		{"put-review", "PUT", "/isms/reviews/{review}", change, tag, "Change title, day and participants", "Until the minutes are sent.", 0, in(putReview)},
		{"bring-review", "POST", "/isms/reviews/{review}/bring", change, tag, "Bring something to points of the agenda by hand", "Until the pack is frozen.", 0, in(bringReview)},
		{"preview-pack", "POST", "/isms/reviews/{review}/preview", change, tag, "Show the pack as it would be frozen now", "Nothing is stored.", 0, in(previewPack)},
		{"freeze-pack", "POST", "/isms/reviews/{review}/freeze", change, tag, "Freeze the pack", "It is kept as evidence of what was on the table.", 0, in(freezePack)},
		{"write-minutes", "POST", "/isms/reviews/{review}/minutes", change, tag, "Write minutes", "What is not named stays.", 0, in(writeMinutes)},
		{"create-review-decision", "POST", "/isms/reviews/{review}/decisions", change, tag, "Add a decision", "It becomes a line of the backlog when the minutes are approved.", 0, in(createReviewDecision)},
		{"change-review-decision", "POST", "/isms/reviews/{review}/decisions/{decision}", change, tag, "Change a decision of minutes that are being written", "", 0, in(changeReviewDecision)},
		{"drop-review-decision", "POST", "/isms/reviews/{review}/decisions/{decision}/drop", change, tag, "Take a decision out of minutes that are being written", "", 0, in(dropReviewDecision)},
		{"send-minutes", "POST", "/isms/reviews/{review}/send", change, tag, "Ask top management to approve the minutes", "They cannot be changed meanwhile.", 0, in(sendMinutes)},
		{"withdraw-minutes", "POST", "/isms/reviews/{review}/withdraw", change, tag, "Take minutes back that wait", "", 0, in(withdrawMinutes)},
		{"decide-minutes", "POST", "/isms/reviews/{review}/decide", access.ApproveISMS, tag, "Agree to minutes that wait, or not", "In the name of the member the token acts for. The last yes freezes them as evidence.", 0, in(decideMinutes)},
		{"cancel-review", "POST", "/isms/reviews/{review}/cancel", change, tag, "Cancel a review that will not be held", "", 0, in(cancelReview)},
	}
}

func lookOperations() []operation {
	const gaps, mapping = "Gap analyses", "Crosswalk reviews"
	return []operation{
		{"list-analyses", "GET", "/gap/analyses", access.ViewPosture, gaps, "List gap analyses that are kept", "The newest first.", 0, in(listAnalyses)},
		{"get-analysis", "GET", "/gap/analyses/{analysis}", access.ViewPosture, gaps, "Show a gap analysis", "How far each of its five steps is.", 0, in(getAnalysis)},
		{"get-analysis-step", "GET", "/gap/analyses/{analysis}/steps/{step}", access.ViewPosture, gaps, "Show a step of a gap analysis", "What it comes to today, what was kept, and what was said.", 0, in(getAnalysisStep)},
		{"create-analysis", "POST", "/gap/analyses", change, gaps, "Begin a gap analysis", "", 0, in(createAnalysis)},
		{"move-analysis-step", "POST", "/gap/analyses/{analysis}/steps/{step}", change, gaps, "Begin, note, complete or open a step again", "", 0, in(moveStep)},
		{"create-gap-work", "POST", "/gap/analyses/{analysis}/work", change, gaps, "Hand out work for open requirements", "One line of the backlog for each.", 0, in(createGapWork)},
		{"list-crosswalk-reviews", "GET", "/crosswalk/reviews", access.ViewPosture, mapping, "List reviews of the crosswalk", "The open one first, then the newest.", 0, in(listMappingReviews)},
		{"get-crosswalk-review", "GET", "/crosswalk/reviews/{look}", access.ViewPosture, mapping, "Show a review of the crosswalk", "With every line it names.", 0, in(getMappingReview)},
		{"list-crosswalk-pairs", "GET", "/crosswalk/pairs", access.ViewPosture, mapping, "List when pairs of frameworks are due for review", "", 0, in(listMappingPairs)},
		{"create-crosswalk-review", "POST", "/crosswalk/reviews", access.ReviewCrosswalk, mapping, "Begin the review of the rows between two frameworks", "They join the review that is open, if one is.", 0, in(createMappingReview)},
		{"answer-crosswalk-review", "POST", "/crosswalk/reviews/{look}/answer", access.ReviewCrosswalk, mapping, "Say of lines whether they are still true", "An answer can be given anew while the review is open.", 0, in(answerMappingReview)},
		{"close-crosswalk-review", "POST", "/crosswalk/reviews/{look}/close", access.ReviewCrosswalk, mapping, "Close a review whose every line is answered", "", 0, in(closeMappingReview)},
		{"list-confirmations", "GET", "/confirmations", access.ViewControls, mapping, "List how controls stand with those who do the work", "Every control that counts for something.", 0, in(listBackings)},
		{"list-confirmation-rounds", "GET", "/confirmation-rounds", access.ViewControls, mapping, "List rounds of questions to owners", "The newest first.", 0, in(listRounds)},
		{"get-confirmation-round", "GET", "/confirmation-rounds/{round}", access.ViewControls, mapping, "Show a round", "", 0, in(getRound)},
		{"list-confirmation-questions", "GET", "/confirmation-rounds/{round}/questions", access.ViewControls, mapping, "List what a round asked", "With the answers.", 0, in(listQuestions)},
		{"create-confirmation-round", "POST", "/confirmation-rounds", access.ReviewCrosswalk, mapping, "Ask owners whether controls are what happens", "One question for each control. What its owner is asked already is left alone.", 0, in(createRound)},
		{"set-confirmation-due", "POST", "/confirmation-rounds/{round}/due", access.ReviewCrosswalk, mapping, "Set another last day for what a round waits for", "", 0, in(hastenRound)},
		{"answer-confirmation-question", "POST", "/confirmation-questions/{question}/answer", access.ConfirmControls, mapping, "Answer a question", "In the name of the member the token acts for, who was asked. A no opens a finding.", 0, in(answerQuestion)},
		{"hand-confirmation-question", "POST", "/confirmation-questions/{question}/hand", access.ReviewCrosswalk, mapping, "Ask somebody else", "", 0, in(handQuestion)},
	}
}
