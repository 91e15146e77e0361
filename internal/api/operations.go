package api

import (
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/toucan-grc/toucan/internal/access"
)

// operation is one line of the table: what can be asked, and who may.
type operation struct {
	ID, Method, Path string // the path is below /api/v1/o/{org}
	Action           access.Action
	Tag, Summary     string
	About            string
	Body             int64 // limit of the request body; 0 means textLimit
	register         func(*Server, operation)
}

const (
	textLimit   = 1 << 20
	uploadLimit = 128 << 20 // package document refuses what is too large with a better sentence
)

// operations is the whole API in one sitting. A test walks it with every role, on
// the organisation itself and on another one.
func operations() []operation {
	return slices.Concat([]operation{
		{"get-organisation", "GET", "", "", "Organisation", "Show the organisation", "Name and time zone, and what the token may do here.", 0, in(getOrganisation)},

		{"list-frameworks", "GET", "/frameworks", access.ViewPosture, "Frameworks", "List frameworks", "All that are at hand, with whether the organisation follows them.", 0, in(listFrameworks)},
		{"get-framework", "GET", "/frameworks/{framework}", access.ViewPosture, "Frameworks", "Show a framework", "", 0, in(getFramework)},
		{"put-framework", "PUT", "/frameworks/{framework}", access.ManageFrameworks, "Frameworks", "Follow a framework or not", "Also chooses the categories in scope. Earlier days stay as they were.", 0, in(putFramework)},
		{"list-requirements", "GET", "/frameworks/{framework}/requirements", access.ViewPosture, "Frameworks", "List requirements", "In the order of the standard, headings left out. With via, each says how far it is covered through that framework.", 0, in(listRequirements)},
		{"get-requirement", "GET", "/frameworks/{framework}/requirements/{requirement}", access.ViewPosture, "Frameworks", "Show a requirement", "With via, it says how far it is covered, by what, why, and what is left.", 0, in(getRequirement)},
		{"get-scope", "GET", "/frameworks/{framework}/requirements/{requirement}/scope", access.ViewPosture, "Frameworks", "Show whether a requirement applies", "", 0, in(getScope)},
		{"put-scope", "PUT", "/frameworks/{framework}/requirements/{requirement}/scope", access.ManageFrameworks, "Frameworks", "Scope a requirement out, or back in", "What a standard does not allow to be left out is refused.", 0, in(putScope)},

		{"list-sets", "GET", "/sets", access.ViewPosture, "Crosswalk", "List mapping sets", "", 0, in(listSets)},
		{"get-stack", "GET", "/stack", access.ViewPosture, "Crosswalk", "Show the stack", "The ordered choice of mapping sets that everything rests on.", 0, in(getStack)},
		{"put-stack", "PUT", "/stack", access.ManageFrameworks, "Crosswalk", "Choose the stack", "An empty list means the default stack.", 0, in(putStack)},
		{"list-edges", "GET", "/edges", access.ViewPosture, "Crosswalk", "List the rows between two frameworks", "As their authors wrote them, whichever way round.", 0, in(listEdges)},
		{"get-relation", "GET", "/relation", access.ViewPosture, "Crosswalk", "Show what follows about two requirements", "The relations that can still hold, the rows between the two, and every path as a sentence.", 0, in(getRelation)},

		{"list-decisions", "GET", "/decisions", access.ViewPosture, "Crosswalk", "List decisions about rows", "Those in force, the newest first.", 0, in(listDecisions)},
		{"create-decision", "POST", "/decisions", access.DecideEdges, "Crosswalk", "Decide about a row or a pair", "Holds from now on, and changes coverage at once. An override needs override_edges as well. Saying again what holds changes nothing.", 0, in(createDecision)},
		{"list-attestations", "GET", "/attestations", access.ViewPosture, "Crosswalk", "List attestations", "Those that hold, the newest first.", 0, in(listAttestations)},
		{"create-attestation", "POST", "/attestations", access.Attest, "Crosswalk", "Attest that requirements suffice for another", "In the name of the member the token acts for.", 0, in(createAttestation)},
		{"end-attestation", "POST", "/attestations/{attestation}/end", access.Attest, "Crosswalk", "End an attestation before it lapses", "Earlier days keep it.", 0, in(endAttestation)},

		{"list-library", "GET", "/library", access.ViewControls, "Library", "List the control library", "The controls that ship, with what was adopted.", 0, in(listEntries)},
		{"get-plan", "GET", "/library/plan", access.ViewPosture, "Library", "Plan what to adopt for a framework", "The order in which entries close most of it, with what running them takes.", 0, in(getPlan)},
		{"get-entry", "GET", "/library/{entry}", access.ViewControls, "Library", "Show an entry of the library", "With what it counts for, and how the adopted control differs.", 0, in(getEntry)},
		{"adopt-entries", "POST", "/library/adopt", access.AdoptControls, "Library", "Adopt entries as controls", "Nothing the organisation wrote is overwritten. With dry_run, nothing is written.", 0, in(adoptEntries)},
		{"update-entry", "POST", "/library/{entry}/update", access.AdoptControls, "Library", "Take or decline a newer wording", "New title and statement wait for a second person, where there is one.", 0, in(updateEntry)},

		{"list-controls", "GET", "/controls", access.ViewControls, "Controls", "List controls", "By code, AC-2 before AC-10.", 0, in(listControls)},
		{"create-control", "POST", "/controls", access.EditControls, "Controls", "Add a control", "", 0, in(createControl)},
		{"get-control", "GET", "/controls/{code}", access.ViewControls, "Controls", "Show a control", "", 0, in(getControl)},
		{"put-control", "PUT", "/controls/{code}", access.EditControls, "Controls", "Change a control", "Fields apply at once. New text waits for a second person, where there is one: pending then holds it.", 0, in(putControl)},
		{"list-versions", "GET", "/controls/{code}/versions", access.ViewControls, "Controls", "List the versions of a control", "The newest first.", 0, in(listVersions)},
		{"approve-version", "POST", "/controls/{code}/versions/{number}/approve", access.ApproveControls, "Controls", "Approve text that waits", "Its author cannot.", 0, in(approveVersion)},
		{"withdraw-version", "POST", "/controls/{code}/versions/{number}/withdraw", access.EditControls, "Controls", "Drop text that waits", "Its author may, and whoever may approve.", 0, in(withdrawVersion)},
		{"get-links", "GET", "/controls/{code}/links", access.ViewControls, "Controls", "Show what a control counts for", "", 0, in(getLinks)},
		{"put-links", "PUT", "/controls/{code}/links", access.EditLinks, "Controls", "Say what a control counts for", "Replaces all links of the control, from now on.", 0, in(putLinks)},

		{"list-evidence", "GET", "/evidence", access.ViewEvidence, "Evidence", "List evidence", "The newest filed first. What was superseded or erased is left out unless asked for.", 0, in(listEvidence)},
		{"create-evidence", "POST", "/evidence", access.FileEvidence, "Evidence", "File evidence", "A form with the part item, which is JSON, and a part file for each file. Files are streamed; all of it is filed or nothing.", filesLimit, withForm(in(createEvidence))},
		{"tag-evidence", "POST", "/evidence/tags", access.TagEvidence, "Evidence", "Say what evidence is offered for", "Of many at once, from now on; or take it back.", 0, in(tagEvidence)},
		{"get-evidence", "GET", "/evidence/{item}", access.ViewEvidence, "Evidence", "Show a piece of evidence", "What is left of it, if it was erased.", 0, in(getEvidence)},
		{"get-evidence-file", "GET", "/evidence/{item}/files/{n}", access.ViewEvidence, "Evidence", "Download a file of evidence", "Always a download, never a page. Content that is missing or damaged is a problem that says so.", 0, withFile(in(getEvidenceFile))},
		{"review-evidence", "POST", "/evidence/{item}/review", access.ReviewEvidence, "Evidence", "Accept or reject evidence", "Not for who filed it.", 0, in(reviewEvidence)},
		{"list-requests", "GET", "/requests", access.ViewEvidence, "Evidence", "List requests for evidence", "Those due first in front.", 0, in(listRequests)},
		{"create-request", "POST", "/requests", access.RequestEvidence, "Evidence", "Ask a person for evidence", "", 0, in(createRequest)},

		{"list-results", "GET", "/results", access.ViewResults, "Results", "List the latest results of tests", "Of each test and subject, as it is now.", 0, in(listResults)},
		{"push-results", "POST", "/results", access.PushResults, "Results", "Push results of tests", "Up to 1,000, all or none. The same again changes nothing, and the order in which they come does not matter.", resultsLimit, in(pushResults)},
		{"get-timeline", "GET", "/results/timeline", access.ViewResults, "Results", "Show what a test found over time", "", 0, in(getTimeline)},

		{"list-devices", "GET", "/devices", access.ViewDevices, "Devices", "List devices", "By code, with the verdict of each check over all sources.", 0, in(listDevices)},
		{"get-device-summary", "GET", "/device-summary", access.ViewDevices, "Devices", "Count verdicts over all devices", "Who is silent and what could not be told stay in the total.", 0, in(getDeviceSummary)},
		{"get-device", "GET", "/devices/{device}", access.ViewDevices, "Devices", "Show a device", "Its owner sees that somebody looked.", 0, in(getDevice)},
		{"get-device-history", "GET", "/devices/{device}/history", access.ViewDevices, "Devices", "Show what was known of a device over time", "Its owner sees that somebody looked.", 0, in(getDeviceHistory)},
		{"set-device-owner", "POST", "/devices/{device}/owner", access.ManageDevices, "Devices", "Give a device to somebody", "", 0, in(setDeviceOwner)},
		{"set-device-state", "POST", "/devices/{device}/state", access.UseDevices, "Devices", "Take a device out, or back", "Its owner may report it lost, and found again; retiring it, and bringing back what is retired, takes the right to manage devices. Its history stays. An agent of a lost or retired device is told so, signed, when it next reports.", 0, in(setDeviceState)},
		{"create-waiver", "POST", "/devices/{device}/waivers", access.ManageDevices, "Devices", "Except a device from a check until a day", "A fail counts as not applicable until then, and is shown as waived.", 0, in(createWaiver)},
		{"end-waiver", "POST", "/waivers/{waiver}/end", access.ManageDevices, "Devices", "End an exception before its day", "", 0, in(endWaiver)},
		{"get-device-settings", "GET", "/device-settings", access.ViewDevices, "Devices", "Show by which rules devices are judged", "", 0, in(getDeviceSettings)},
		{"set-device-settings", "POST", "/device-settings", access.ManageDevices, "Devices", "Choose by which rules devices are judged", "Agents hear of it with their next receipt.", 0, in(setDeviceSettings)},
		{"list-osquery-secrets", "GET", "/osquery-secrets", access.ViewDevices, "Devices", "List the secrets that machines with osquery enrol with", "Never their text, which was shown once.", 0, in(listOsquerySecrets)},
		{"set-osquery-secret", "POST", "/osquery-secrets/{secret}", access.ManageDevices, "Devices", "Say for how many machines a secret is", "Machines that are known may enrol anew whatever it says.", 0, in(setOsquerySecret)},

		{"list-imports", "GET", "/imports", access.ViewControls, "Imports", "List imports", "The 200 newest, the newest first.", 0, in(listImports)},
		{"create-import", "POST", "/imports", access.ImportInventory, "Imports", "Import an inventory", "A CSV or XLSX file in any layout. With dry_run, nothing is written and the answer says what would be.", uploadLimit, in(createImport)},

		{"get-gap", "GET", "/gap", access.ExportReports, "Gap analysis", "Show the gap analysis", "What one framework still asks of the organisation, read through another. The same report as toucan gap --format json.", 0, in(getGap)},

		{"get-readiness", "GET", "/frameworks/{framework}/readiness", access.ViewPosture, "Readiness", "Show how a framework stands", "Over an observation window, or today: what is covered in design, how the controls behind it operated, and what to do next.", 0, in(getReadiness)},
		{"get-bundle", "GET", "/frameworks/{framework}/bundle", access.ExportReports, "Readiness", "Take a bundle for an auditor", "A ZIP file with evidence, findings and the leaves of the log, for toucan verify. That it was made is recorded in the log.", 0, in(getBundle)},
		{"get-policy", "GET", "/log/policy", access.ViewLog, "Readiness", "Take the trust policy of the log", "The public keys of the log. Hand it to an auditor once, by another way than the bundles to be checked with it.", 0, in(getPolicy)},

		{"list-people", "GET", "/people", access.ViewPeople, "People", "List people", "The register of persons, by name.", 0, in(listPeople)},
		{"create-person", "POST", "/people", access.ManagePeople, "People", "Add a person", "", 0, in(createPerson)},
		{"get-person", "GET", "/people/{person}", access.ViewPeople, "People", "Show a person", "", 0, in(getPerson)},
		{"list-standings", "GET", "/standings", access.ViewPeople, "People", "List who is missing what", "Every person with the state of each check of the programme and the reason: policies, training, background check, joining and leaving.", 0, in(listStandings)},
		{"get-standing", "GET", "/standings/{person}", access.ViewPeople, "People", "Show how a person stands", "", 0, in(getStanding)},
		{"put-person", "PUT", "/people/{person}", access.ManagePeople, "People", "Change a person", "What changes counts as set by hand, and no list changes it until it is handed back.", 0, in(putPerson)},
		{"get-person-record", "GET", "/people/{person}/record", access.ViewPeople, "People", "Show what is kept of a person", "Earlier times here, leaves, times out of scope, where each value comes from, and exclusions.", 0, in(getPersonRecord)},
		{"end-person", "POST", "/people/{person}/end", access.ManagePeople, "People", "Say which day is the last of a person", "", 0, in(endPerson)},
		{"return-person", "POST", "/people/{person}/return", access.ManagePeople, "People", "Begin a new time of somebody who left", "The old one is kept.", 0, in(returnPerson)},
		{"create-span", "POST", "/people/{person}/spans", access.ManagePeople, "People", "Say that a person is on leave or out of scope", "From one day to another, or open.", 0, in(createSpan)},
		{"end-span", "POST", "/spans/{span}/end", access.ManagePeople, "People", "Say which day is the last of a leave or of a time out of scope", "A day before the first takes it back altogether.", 0, in(endSpan)},
		{"hand-back", "POST", "/people/{person}/hand-back", access.ManagePeople, "People", "Let the lists decide a field again", "", 0, in(handBack)},
		{"erase-person", "POST", "/people/{person}/erase", access.ErasePeople, "People", "Erase the name and the address of somebody who left", "Cannot be taken back. What was recorded stays under an opaque id.", 0, in(erasePerson)},
		{"import-people", "POST", "/people/import", access.ManagePeople, "People", "Import a list of people", "A CSV or XLSX file, up to 50,000 people, all or none. With dry_run, nothing is written and the answer says what would be.", uploadLimit, in(importPeople)},
		{"list-exclusions", "GET", "/exclusions", access.ViewPeople, "People", "List exclusions", "Who is let off what, and why; the newest first.", 0, in(listExclusions)},
		{"create-exclusion", "POST", "/exclusions", access.ExcludePeople, "People", "Let people off a check", "Each gets an exclusion of their own. Of several the newest in force counts.", 0, in(createExclusion)},
		{"end-exclusions", "POST", "/exclusions/end", access.ExcludePeople, "People", "End exclusions", "An older one that still holds counts again.", 0, in(endExclusions)},
		{"list-groups", "GET", "/groups", access.ViewPeople, "People", "List groups", "Those that are always there first.", 0, in(listGroups)},
		{"create-group", "POST", "/groups", access.ManagePeople, "People", "Make a group", "", 0, in(createGroup)},
		{"get-group", "GET", "/groups/{group}", access.ViewPeople, "People", "Show a group", "", 0, in(getGroup)},
		{"put-group", "PUT", "/groups/{group}", access.ManagePeople, "People", "Change a group made here", "", 0, in(putGroup)},
		{"close-group", "POST", "/groups/{group}/close", access.ManagePeople, "People", "Close a group made here", "An audience that names it then concerns nobody.", 0, in(closeGroup)},
		{"set-members", "POST", "/groups/{group}/members", access.ManagePeople, "People", "Put people into a group, or take them out", "", 0, in(setMembers)},
		{"list-trainings", "GET", "/training", access.ViewTraining, "Training", "List the trainings", "How each is completed and renewed.", 0, in(listTrainings)},
		{"list-training", "GET", "/training/{track}/people", access.ViewTraining, "Training", "List who has completed a training", "Everybody who is asked, with the state and its reason.", 0, in(listTraining)},
		{"create-completion", "POST", "/training/{track}/completions", access.RecordTraining, "Training", "File a certificate on behalf of somebody", "It counts from the day it names, which lies in the present round.", paperLimit, in(fileTraining)},
		{"reset-training", "POST", "/training/{track}/resets", access.RecordTraining, "Training", "Ask people again", "What they completed stays in the history.", 0, in(resetTraining)},
		{"get-training", "GET", "/people/{person}/training", access.ViewTraining, "Training", "Show the training of a person", "How they stand, everything they completed, and each time they were asked again.", 0, in(getTraining)},
		{"list-policies", "GET", "/policies", access.ViewPolicies, "Policies", "List policies", "By title, with the version in force, the one on its way, the next review and how the audience stands.", 0, in(listPolicies)},
		{"get-policy-document", "GET", "/policies/{policy}", access.ViewPolicies, "Policies", "Show a policy", "", 0, in(getPolicyDocument)},
		{"list-policy-versions", "GET", "/policies/{policy}/versions", access.ViewPolicies, "Policies", "List the versions of a policy", "The newest number first, drafts among them.", 0, in(listPolicyVersions)},
		{"get-policy-version", "GET", "/policies/{policy}/versions/{version}", access.ViewPolicies, "Policies", "Show the text of a version", "With what it binds the organisation to.", 0, in(getPolicyVersion)},
		{"list-acknowledgements", "GET", "/policies/{policy}/acknowledgements", access.ViewPolicies, "Policies", "List who acknowledged a policy", "The newest first, those of earlier versions among them.", 0, in(listAcknowledgements)},
		{"acknowledge-policy", "POST", "/policies/{policy}/acknowledge", access.OwnPolicies, "Policies", "Acknowledge a policy", "In the name of the member the token acts for, who has read the version; nobody can do it for somebody else. A second time changes nothing.", 0, in(acknowledgePolicy)},
	}, registerOperations(), cycleOperations())
}

func (o operation) limit() int64 {
	if o.Body > 0 {
		return o.Body
	}
	return textLimit
}

// streams reports whether the body is larger than anything that is kept to be
// compared; such an operation sees to its Idempotency-Key itself.
func (o operation) streams() bool { return o.Body > uploadLimit }

// creates reports whether the answer says where something new is.
func (o operation) creates() bool {
	return slices.Contains([]string{"create-evidence", "create-control", "create-person", "create-completion",
		"create-system", "create-site", "create-asset", "create-commitment", "create-vendor", "create-risk", "create-finding", "create-action",
		"create-statement-row", "create-party", "create-issue", "create-objective", "create-obligation", "create-audit-date", "create-programme-entry", "create-audit", "create-review", "create-analysis"}, o.ID)
}

// describe is the operation as huma and the document want it.
func (o operation) describe() huma.Operation {
	op := huma.Operation{
		OperationID: o.ID, Method: o.Method, Path: base + o.Path, Tags: []string{o.Tag}, Summary: o.Summary, Description: o.About,
		MaxBodyBytes: o.limit(), RejectUnknownQueryParameters: true,
		Security: []map[string][]string{{"token": {}}},
		Metadata: map[string]any{"operation": o},
		Errors:   []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests},
	}
	if o.Action != "" {
		op.Extensions = map[string]any{"x-action": string(o.Action)}
	}
	switch o.Method {
	case http.MethodPost:
		op.Errors = append(op.Errors, http.StatusConflict)
		op.DefaultStatus = http.StatusOK
		if o.creates() {
			op.DefaultStatus = http.StatusCreated
		}
	case http.MethodPut:
		op.Errors = append(op.Errors, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	return op
}

// operationOf is the line of the table that a request is about.
func operationOf(ctx huma.Context) operation {
	o, _ := ctx.Operation().Metadata["operation"].(operation)
	return o
}
