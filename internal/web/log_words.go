package web

import (
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/ledger"
)

// leafWords says what each kind of entry of the log records. The kinds are stored
// for ever; a test finds every kind in the source here.
var leafWords = map[string]string{
	"asset.changed":          "Asset entered, changed or retired",
	"commitment.changed":     "Commitment entered, changed or retired",
	"site.changed":           "Site entered, changed or retired",
	"system.changed":         "System entered, changed or retired",
	"vendor.changed":         "Vendor entered, changed or retired",
	"approval.decided":       "Approval given or refused",
	"approval.policy":        "Rule of approval changed",
	"attestation.ended":      "Attestation ended",
	"attestation.made":       "Attestation made",
	"bundle.made":            "Bundle of evidence taken out",
	"control.adopted":        "Control of the library adopted",
	"control.approved":       "Text of a control approved",
	"control.declined":       "Update of a library control declined",
	"control.rejected":       "Text of a control rejected",
	"control.restored":       "Control brought back",
	"control.retired":        "Control retired",
	"control.updated":        "Update of a library control taken",
	"control.version":        "Version of a control written",
	"control.withdrawn":      "Text of a control withdrawn",
	"crosswalk.answered":     "Lines of the crosswalk answered in a review",
	"crosswalk.doubted":      "Something put lines of the crosswalk in doubt",
	"crosswalk.review":       "Review of the crosswalk opened",
	"crosswalk.reviewed":     "Review of the crosswalk closed",
	"confirmation.answered":  "Owner said whether a control is what happens",
	"confirmation.asked":     "Owners asked about their controls",
	"confirmation.handed":    "Question about a control handed over",
	"confirmation.hastened":  "Last day of a round of questions set",
	"analysis.opened":        "Gap analysis opened",
	"analysis.step":          "Step of a gap analysis moved",
	"duty.ended":             "Role of the programme ended",
	"duty.given":             "Role of the programme given",
	"duplicate.judged":       "Similar controls judged",
	"background.erased":      "Record of a background check erased",
	"background.recorded":    "Background check recorded",
	"duplicate.reconsidered": "Judgement on similar controls taken back",
	"edge.decided":           "Decision on a row of the crosswalk",
	"edition.kept":           "Edition brought in",
	"edition.pinned":         "Edition pinned",
	"edition.restored":       "Edition put back",
	"edition.upgraded":       "Edition upgraded",
	"evidence.agreed":        "One of several agreed to evidence",
	"evidence.answered":      "Request for evidence answered",
	"evidence.cancelled":     "Request for evidence cancelled",
	"evidence.carried":       "Tags of evidence carried to a new edition",
	"evidence.erased":        "Evidence erased",
	"evidence.filed":         "Evidence filed",
	"evidence.held":          "Legal hold placed",
	"evidence.released":      "Legal hold lifted",
	"evidence.requested":     "Evidence asked for",
	"evidence.retention":     "Retention of evidence changed",
	"evidence.reviewed":      "Evidence reviewed",
	"evidence.settled":       "Request for evidence settled",
	"evidence.tagged":        "Evidence tagged",
	"evidence.untagged":      "Tag taken off evidence",
	"framework.enabled":      "Framework followed or left",
	"import.applied":         "List of controls imported",
	"invitation.put":         "Invitation sent or withdrawn",
	"isms.scope_approved":    "Scope came into force",
	"isms.scope_decided":     "Mismatch of the scopes decided",
	"isms.scope_rejected":    "Scope not approved",
	"isms.scope_sent":        "Approval of a scope asked for",
	"isms.scope_withdrawn":   "Scope withdrawn from approval",
	"calendar.feed":          "Calendar address made or taken back",
	"engagement.set":         "Date of an audit entered or changed",
	"obligation.done":        "Obligation said to be met",
	"obligation.set":         "Obligation adopted or changed",
	"obligation.undone":      "Word on an obligation taken back",
	"isms.scope_written":     "Draft of a scope written",
	"joiner.attached":        "Evidence attached to a step of joining or leaving",
	"joiner.began":           "Checklist of joining or leaving begun",
	"joiner.changed":         "Checklist of joining or leaving changed",
	"joiner.checklist":       "Step of joining or leaving changed for all",
	"joiner.ended":           "Checklist of joining or leaving ended",
	"joiner.setting":         "Setting of joining and leaving changed",
	"joiner.step":            "Step of joining or leaving settled",
	"link.set":               "Links of a control changed",
	"log.anchor":             "Address for checkpoints set or removed",
	ledger.KindEpoch:         "New epoch of the log begun",
	"member.role":            "Role of a member changed",
	"organisation.put":       "Organisation changed",
	"organisation.zone":      "Time zone changed",
	"person.account":         "Account linked to a person",
	"people.group":           "Group changed",
	"people.member":          "Member of a group changed",
	"person.erased":          "Name and address of a person erased",
	"person.exclusion":       "Exclusion from a check changed",
	"person.put":             "Entry of the people register changed",
	"person.span":            "Leave, scope or earlier stint of a person changed",
	"points.erased":          "Points of focus erased",
	"points.imported":        "Points of focus imported",
	"statement.approved":     "Statement of applicability approved",
	"statement.rejected":     "Statement of applicability not approved",
	"statement.row":          "Row of the statement of applicability changed",
	"statement.rows":         "Rows of the statement of applicability changed",
	"statement.sent":         "Approval of the statement of applicability asked for",
	"statement.withdrawn":    "Statement of applicability withdrawn",
	"policy.acknowledged":    "Policy acknowledged",
	"policy.approved":        "Policy approved",
	"policy.archived":        "Policy archived",
	"policy.conflict":        "Contradiction between policies settled",
	"policy.created":         "Policy begun",
	"policy.discarded":       "Draft of a policy discarded",
	"policy.published":       "Policy published",
	"policy.rejected":        "Policy not approved",
	"policy.reviewed":        "Policy reviewed and left as it is",
	"policy.rule":            "Time to acknowledge policies changed",
	"policy.sent":            "Approval of a policy asked for",
	"policy.settings":        "Settings of a policy changed",
	"policy.undertakings":    "What a policy binds us to corrected",
	"policy.variables":       "Values for the texts of policies changed",
	"policy.withdrawn":       "Policy withdrawn from approval",
	"policy.written":         "Draft of a policy written",
	"population.drafted":     "Population drafted",
	"population.dropped":     "Population dropped",
	"population.erased":      "Rows of a population erased",
	"population.fixed":       "Population fixed",
	"reminder.setting":       "Reminders changed",
	"result.assigned":        "Test assigned to a control",
	"result.batch":           "Results of tests received",
	"result.unassigned":      "Test no longer feeds a control",
	"sample.attributes":      "Attributes of a sample set",
	"sample.band":            "Sample sizes changed",
	"sample.drawn":           "Sample drawn",
	"sample.judged":          "Item of a sample judged",
	"scope.set":              "Scope changed",
	"stack.selected":         "Mapping sets chosen",
	"task.assigned":          "Task given",
	"task.cancelled":         "Task cancelled",
	"task.done":              "Task done",
	"training.campaigns":     "Campaigns of a training selected",
	"training.connection":    "Training provider connected or removed",
	"training.completed":     "Training completed",
	"training.reset":         "People asked for a training again",
	"training.setting":       "Way of a training changed",
	"training.sync":          "Completions of a training received",
	"token.put":              "Token made or revoked",
}

// leafTitle is a kind in plain words; one that is not known keeps its own.
func leafTitle(kind string) string {
	if words, ok := leafWords[kind]; ok {
		return words
	}
	return upperFirst(strings.NewReplacer(".", " ", "_", " ").Replace(kind))
}

// leafAreas are what the log can be narrowed to: the kinds that begin alike.
func leafAreas() []option {
	names := map[string]string{
		"approval": "Approvals", "asset": "Assets", "commitment": "Commitments", "site": "Sites", "system": "Systems", "vendor": "Vendors", "attestation": "Attestations", "background": "Background checks", "joiner": "Joiners and leavers", "bundle": "Bundles", "control": "Controls", "crosswalk": "Reviews of the crosswalk", "confirmation": "Confirmations", "analysis": "Gap analyses", "duplicate": "Similar controls", "duty": "Roles of the programme", "edge": "Crosswalk", "edition": "Editions",
		"evidence": "Evidence", "framework": "Frameworks", "import": "Imports", "invitation": "Invitations", "isms": "Management system", "link": "Links", "log": "The log itself", "member": "Members",
		"organisation": "Organisation", "people": "Groups and lists of people", "person": "People", "points": "Points of focus", "policy": "Policies", "population": "Populations", "reminder": "Reminders", "result": "Results of tests", "sample": "Samples",
		"scope": "Scope", "stack": "Mapping sets", "task": "Tasks", "training": "Training", "token": "Tokens",
	}
	var out []option
	for kind := range leafWords {
		area, _, _ := strings.Cut(kind, ".")
		o := option{area + ".", names[area]}
		if o.Text == "" {
			o.Text = upperFirst(area)
		}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b option) int { return strings.Compare(a.Text, b.Text) })
	return append([]option{{"", "Everything"}}, out...)
}
