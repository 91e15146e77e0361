package web

import "github.com/toucan-grc/toucan/internal/access"

// door says who may come as far as a handler.
type door string

const (
	public   door = "public"    // anybody
	signedIn door = "signed in" // an account, whatever its organisations
	member   door = "member"    // a member of the organisation whose role allows the action
)

// route is one line of the table of routes.
type route struct {
	Method, Path string
	Door         door
	Action       access.Action // for members: what the role must allow
	Body         int64         // limit of the request body; 0 means formLimit
	Handle       handler
}

const (
	formLimit   = 1 << 20   // a form of text
	uploadLimit = 128 << 20 // a file; document refuses what is too large with a better sentence
)

// routes is the whole site in one sitting. A test walks it with every role.
func routes() []route {
	return []route{
		{"GET", "/healthz", public, "", 0, (*Server).getHealth},
		{"GET", "/readyz", public, "", 0, (*Server).getReady},
		{"GET", "/metrics", public, "", 0, (*Server).getMetrics},
		{"GET", "/static/{file}", public, "", 0, (*Server).getStatic},
		{"POST", "/theme", public, "", 0, (*Server).postTheme},

		{"GET", "/first-run", public, "", 0, (*Server).getFirstRun},
		{"POST", "/first-run", public, "", 0, (*Server).postFirstRun},
		{"GET", "/sign-in", public, "", 0, (*Server).getSignIn},
		{"POST", "/sign-in", public, "", 0, (*Server).postSignIn},
		{"GET", "/sign-in/link", public, "", 0, (*Server).getSignInLink},
		{"POST", "/sign-out", public, "", 0, (*Server).postSignOut},
		{"GET", "/invitation", public, "", 0, (*Server).getInvitation},
		{"POST", "/invitation", public, "", 0, (*Server).postInvitation},

		{"GET", "/certificates", public, "", 0, (*Server).getCertificates},
		{"GET", "/certificates/{code}", public, "", 0, (*Server).getCertificate},

		{"GET", "/{$}", signedIn, "", 0, (*Server).getHome},
		{"GET", "/organisations", signedIn, "", 0, (*Server).getOrganisations},
		{"POST", "/organisations", signedIn, "", 0, (*Server).postOrganisation},

		{"GET", "/o/{org}", member, access.ViewPosture, 0, (*Server).getOverview},
		{"GET", "/o/{org}/keys", member, access.OwnTasks, 0, (*Server).getKeys},
		{"GET", "/o/{org}/search", member, access.ViewPosture, 0, (*Server).getSearch},

		{"GET", "/o/{org}/frameworks", member, access.ViewPosture, 0, (*Server).getFrameworks},
		{"GET", "/o/{org}/frameworks/{framework}", member, access.ViewPosture, 0, (*Server).getFramework},
		{"GET", "/o/{org}/frameworks/{framework}/{id}", member, access.ViewPosture, 0, (*Server).getRequirement},
		{"GET", "/o/{org}/frameworks/{framework}/switch", member, access.ViewPosture, 0, (*Server).getSwitch},
		{"GET", "/o/{org}/frameworks/{framework}/readiness", member, access.ViewPosture, 0, (*Server).getReadiness},
		{"GET", "/o/{org}/frameworks/{framework}/bundle", member, access.ExportReports, 0, (*Server).getBundle},
		{"POST", "/o/{org}/frameworks/{framework}/enable", member, access.ManageFrameworks, 0, (*Server).postEnable},
		{"POST", "/o/{org}/frameworks/{framework}/disable", member, access.ManageFrameworks, 0, (*Server).postDisable},
		{"POST", "/o/{org}/frameworks/{framework}/categories", member, access.ManageFrameworks, 0, (*Server).postCategories},
		{"POST", "/o/{org}/frameworks/{framework}/{id}/scope", member, access.ManageFrameworks, 0, (*Server).postScope},
		{"POST", "/o/{org}/frameworks/{framework}/{id}/attest", member, access.Attest, 0, (*Server).postAttest},
		{"POST", "/o/{org}/frameworks/{framework}/{id}/attest/decide", member, access.Attest, 0, (*Server).postDecideAttestation},
		{"POST", "/o/{org}/frameworks/{framework}/{id}/attest/end", member, access.Attest, 0, (*Server).postEndAttestation},

		{"GET", "/o/{org}/editions", member, access.ViewPosture, 0, (*Server).getEditions},
		{"GET", "/o/{org}/editions/import", member, access.ManageFrameworks, 0, (*Server).getBring},
		{"POST", "/o/{org}/editions/import", member, access.ManageFrameworks, uploadLimit, (*Server).postBring},
		{"GET", "/o/{org}/editions/import/{upload}", member, access.ManageFrameworks, 0, (*Server).getBringPreview},
		{"POST", "/o/{org}/editions/import/{upload}/confirm", member, access.ManageFrameworks, 0, (*Server).postBringConfirm},
		{"POST", "/o/{org}/editions/import/{upload}/drop", member, access.ManageFrameworks, 0, (*Server).postBringDrop},
		{"GET", "/o/{org}/editions/upgrade", member, access.ViewPosture, 0, (*Server).getUpgrade},
		{"POST", "/o/{org}/editions/upgrade", member, access.ManageFrameworks, 0, (*Server).postUpgrade},
		{"GET", "/o/{org}/editions/upgrades/{upgrade}", member, access.ViewPosture, 0, (*Server).getUpgraded},
		{"POST", "/o/{org}/editions/upgrades/{upgrade}/undo", member, access.ManageFrameworks, 0, (*Server).postUndo},
		{"GET", "/o/{org}/editions/{edition}", member, access.ViewPosture, 0, (*Server).getEdition},

		{"GET", "/o/{org}/controls", member, access.ViewControls, 0, (*Server).getControls},
		{"GET", "/o/{org}/controls/new", member, access.EditControls, 0, (*Server).getNewControl},
		{"GET", "/o/{org}/controls/frequencies", member, access.ViewControls, 0, (*Server).getFrequencies},
		{"GET", "/o/{org}/controls/duplicates", member, access.ViewControls, 0, (*Server).getDuplicates},
		{"POST", "/o/{org}/controls/duplicates", member, access.MergeControls, 0, (*Server).postDuplicates},
		{"POST", "/o/{org}/controls", member, access.EditControls, 0, (*Server).postControl},
		{"GET", "/o/{org}/control/{code}", member, access.ViewControls, 0, (*Server).getControl},
		{"GET", "/o/{org}/control/{code}/edit", member, access.EditControls, 0, (*Server).getEditControl},
		{"POST", "/o/{org}/control/{code}", member, access.EditControls, 0, (*Server).postEditControl},
		{"POST", "/o/{org}/control/{code}/links", member, access.EditLinks, 0, (*Server).postLinks},
		{"POST", "/o/{org}/control/{code}/approve", member, access.ApproveControls, 0, (*Server).postApprove},
		{"POST", "/o/{org}/control/{code}/reject", member, access.ApproveControls, 0, (*Server).postReject},
		{"POST", "/o/{org}/control/{code}/withdraw", member, access.EditControls, 0, (*Server).postWithdraw},

		{"GET", "/o/{org}/window", member, access.ViewPosture, 0, (*Server).getWindow},
		{"GET", "/o/{org}/window/export", member, access.ExportReports, 0, (*Server).getWindowExport},
		{"GET", "/o/{org}/evidence", member, access.ViewEvidence, 0, (*Server).getEvidence},
		{"POST", "/o/{org}/evidence", member, access.FileEvidence, evidenceLimit, (*Server).postEvidence},
		{"GET", "/o/{org}/evidence/new", member, access.FileEvidence, 0, (*Server).getNewEvidence},
		{"POST", "/o/{org}/evidence/bulk", member, access.TagEvidence, 0, (*Server).postBulk},
		{"POST", "/o/{org}/evidence/reuse", member, access.TagEvidence, 0, (*Server).postReuse},
		{"GET", "/o/{org}/requests", member, access.AnswerRequests, 0, (*Server).getRequests},
		{"POST", "/o/{org}/requests", member, access.RequestEvidence, 0, (*Server).postRequest},
		{"GET", "/o/{org}/requests/new", member, access.RequestEvidence, 0, (*Server).getNewRequest},
		{"GET", "/o/{org}/requests/{request}", member, access.AnswerRequests, 0, (*Server).getRequest},
		{"POST", "/o/{org}/requests/{request}/answer", member, access.AnswerRequests, evidenceLimit, (*Server).postAnswer},
		{"POST", "/o/{org}/requests/{request}/settle", member, access.RequestEvidence, 0, (*Server).postSettle},
		{"POST", "/o/{org}/requests/{request}/cancel", member, access.RequestEvidence, 0, (*Server).postCancelRequest},
		{"GET", "/o/{org}/evidence/{item}", member, access.ViewEvidence, 0, (*Server).getItem},
		{"GET", "/o/{org}/evidence/{item}/files/{n}", member, access.ViewEvidence, 0, (*Server).getFile},
		{"POST", "/o/{org}/evidence/{item}/review", member, access.ReviewEvidence, 0, (*Server).postReview},
		{"POST", "/o/{org}/evidence/{item}/tag", member, access.TagEvidence, 0, (*Server).postTag},
		{"POST", "/o/{org}/evidence/{item}/untag", member, access.TagEvidence, 0, (*Server).postUntag},
		{"GET", "/o/{org}/evidence/{item}/erase", member, access.EraseEvidence, 0, (*Server).getErase},
		{"POST", "/o/{org}/evidence/{item}/erase", member, access.EraseEvidence, 0, (*Server).postErase},
		{"POST", "/o/{org}/evidence/{item}/hold", member, access.HoldEvidence, 0, (*Server).postHold},

		{"GET", "/o/{org}/training/{track}", member, access.OwnTasks, 0, (*Server).getCourse},
		{"POST", "/o/{org}/training/{track}/begin", member, access.OwnTasks, 0, (*Server).postBegin},
		{"GET", "/o/{org}/training/{track}/lessons/{lesson}", member, access.OwnTasks, 0, (*Server).getLesson},
		{"POST", "/o/{org}/training/{track}/lessons/{lesson}/read", member, access.OwnTasks, 0, (*Server).postRead},
		{"GET", "/o/{org}/training/{track}/lessons/{lesson}/{n}", member, access.OwnTasks, 0, (*Server).getQuestion},
		{"POST", "/o/{org}/training/{track}/lessons/{lesson}/{n}", member, access.OwnTasks, 0, (*Server).postQuestion},
		{"GET", "/o/{org}/training/{track}/result", member, access.OwnTasks, 0, (*Server).getCourseResult},
		{"POST", "/o/{org}/training/{track}/certificate", member, access.OwnTasks, paperLimit, (*Server).postPaper},
		{"GET", "/o/{org}/training/{track}/certificates/{completion}", member, access.OwnTasks, 0, (*Server).getCoursePaper},

		{"GET", "/o/{org}/library", member, access.ViewControls, 0, (*Server).getLibrary},
		{"POST", "/o/{org}/library", member, access.EditControls, 0, (*Server).postLibrary},
		{"GET", "/o/{org}/library/adopt", member, access.AdoptControls, 0, (*Server).getAdopt},
		{"POST", "/o/{org}/library/adopt", member, access.AdoptControls, 0, (*Server).postAdopt},
		{"GET", "/o/{org}/library/plan", member, access.ViewControls, 0, (*Server).getPlan},
		{"GET", "/o/{org}/library/{code}", member, access.ViewControls, 0, (*Server).getEntry},
		{"POST", "/o/{org}/library/{code}/update", member, access.AdoptControls, 0, (*Server).postUpdate},
		{"POST", "/o/{org}/library/{code}/decline", member, access.AdoptControls, 0, (*Server).postDecline},

		{"GET", "/o/{org}/import", member, access.ImportInventory, 0, (*Server).getImport},
		{"POST", "/o/{org}/import", member, access.ImportInventory, uploadLimit, (*Server).postImport},
		{"GET", "/o/{org}/import/{upload}", member, access.ImportInventory, 0, (*Server).getPreview},
		{"POST", "/o/{org}/import/{upload}/confirm", member, access.ImportInventory, 0, (*Server).postConfirm},
		{"POST", "/o/{org}/import/{upload}/drop", member, access.ImportInventory, 0, (*Server).postDropUpload},

		{"GET", "/o/{org}/gap", member, access.ViewPosture, 0, (*Server).getGap},
		{"GET", "/o/{org}/gap/export", member, access.ExportReports, 0, (*Server).getGapExport},

		{"GET", "/o/{org}/crosswalk/edges", member, access.ViewPosture, 0, (*Server).getEdges},
		{"GET", "/o/{org}/crosswalk/edge", member, access.ViewPosture, 0, (*Server).getEdge},
		{"POST", "/o/{org}/crosswalk/edge", member, access.DecideEdges, 0, (*Server).postEdge},
		{"GET", "/o/{org}/export/frameworks/{framework}", member, access.ExportReports, 0, (*Server).getExportFramework},
		{"GET", "/o/{org}/export/sets/{set}", member, access.ExportReports, 0, (*Server).getExportSet},
		{"GET", "/o/{org}/export/library", member, access.ExportReports, 0, (*Server).getExportLibrary},

		{"GET", "/o/{org}/crosswalk", member, access.ViewPosture, 0, (*Server).getHeat},
		{"GET", "/o/{org}/crosswalk/cell", member, access.ViewPosture, 0, (*Server).getCell},
		{"GET", "/o/{org}/crosswalk/compare", member, access.ViewPosture, 0, (*Server).getCompare},
		{"GET", "/o/{org}/crosswalk/contradictions", member, access.ViewPosture, 0, (*Server).getContradictions},

		{"GET", "/o/{org}/samples", member, access.ViewSamples, 0, (*Server).getSamples},
		{"GET", "/o/{org}/samples/sizes", member, access.ViewSamples, 0, (*Server).getSizes},
		{"POST", "/o/{org}/samples/sizes", member, access.ManagePopulations, 0, (*Server).postSizes},
		{"GET", "/o/{org}/samples/new", member, access.ManagePopulations, 0, (*Server).getNewPopulation},
		{"POST", "/o/{org}/samples", member, access.ManagePopulations, 0, (*Server).postPopulation},
		{"GET", "/o/{org}/samples/{population}", member, access.ViewSamples, 0, (*Server).getPopulation},
		{"GET", "/o/{org}/samples/{population}/edit", member, access.ManagePopulations, 0, (*Server).getEditPopulation},
		{"POST", "/o/{org}/samples/{population}", member, access.ManagePopulations, 0, (*Server).postEditPopulation},
		{"POST", "/o/{org}/samples/{population}/rows", member, access.ManagePopulations, uploadLimit, (*Server).postRows},
		{"GET", "/o/{org}/samples/{population}/rows/{upload}", member, access.ManagePopulations, 0, (*Server).getRows},
		{"POST", "/o/{org}/samples/{population}/rows/{upload}", member, access.ManagePopulations, 0, (*Server).postRowsConfirm},
		{"POST", "/o/{org}/samples/{population}/fix", member, access.ManagePopulations, 0, (*Server).postFix},
		{"POST", "/o/{org}/samples/{population}/drop", member, access.ManagePopulations, 0, (*Server).postDropPopulation},
		{"POST", "/o/{org}/samples/{population}/erase", member, access.ManagePopulations, 0, (*Server).postErasePopulation},
		{"POST", "/o/{org}/samples/{population}/attributes", member, access.DrawSamples, 0, (*Server).postAttributes},
		{"POST", "/o/{org}/samples/{population}/draw", member, access.DrawSamples, 0, (*Server).postDraw},
		{"POST", "/o/{org}/samples/{population}/judge", member, access.JudgeSamples, 0, (*Server).postJudge},
		{"GET", "/o/{org}/samples/{population}/items/{item}", member, access.ViewSamples, 0, (*Server).getPicked},
		{"POST", "/o/{org}/samples/{population}/items/{item}", member, access.JudgeSamples, 0, (*Server).postPicked},
		{"POST", "/o/{org}/samples/{population}/items/{item}/replace", member, access.DrawSamples, 0, (*Server).postReplace},
		{"GET", "/o/{org}/samples/{population}/again", member, access.ViewSamples, 0, (*Server).getAgain},
		{"GET", "/o/{org}/samples/{population}/export", member, access.ExportReports, 0, (*Server).getSampleExport},

		{"GET", "/o/{org}/people", member, access.ViewPeople, 0, (*Server).getPeople},
		{"GET", "/o/{org}/people/new", member, access.ManagePeople, 0, (*Server).getNewPerson},
		{"POST", "/o/{org}/people", member, access.ManagePeople, 0, (*Server).postPerson},
		{"GET", "/o/{org}/people/import", member, access.ManagePeople, 0, (*Server).getPeopleImport},
		{"POST", "/o/{org}/people/import", member, access.ManagePeople, uploadLimit, (*Server).postPeopleImport},
		{"POST", "/o/{org}/people/import/confirm", member, access.ManagePeople, 0, (*Server).postPeopleConfirm},
		{"GET", "/o/{org}/people/missing.csv", member, access.ExportReports, 0, (*Server).getPeopleMissing},
		{"GET", "/o/{org}/people/exclude", member, access.ExcludePeople, 0, (*Server).getExclude},
		{"POST", "/o/{org}/people/exclude", member, access.ExcludePeople, 0, (*Server).postExclude},
		{"GET", "/o/{org}/people/checks", member, access.ViewPeople, 0, (*Server).getChecks},
		{"POST", "/o/{org}/people/checks", member, access.AssignTests, 0, (*Server).postChecks},
		{"GET", "/o/{org}/people/sample", member, access.ViewPeople, 0, (*Server).getPeopleSample},
		{"GET", "/o/{org}/people/{id}", member, access.ViewPeople, 0, (*Server).getPersonSheet},
		{"GET", "/o/{org}/people/{id}/edit", member, access.ManagePeople, 0, (*Server).getPerson},
		{"POST", "/o/{org}/people/{id}/exclusions/{exclusion}/end", member, access.ExcludePeople, 0, (*Server).postEndExclusion},
		{"POST", "/o/{org}/people/{id}/account", member, access.ManagePeople, 0, (*Server).postPersonAccount},
		{"POST", "/o/{org}/people/{id}", member, access.ManagePeople, 0, (*Server).postEditPerson},

		{"GET", "/o/{org}/tasks", member, access.OwnTasks, 0, (*Server).getTasks},
		{"POST", "/o/{org}/tasks", member, access.ManageTasks, 0, (*Server).postAskTask},
		{"POST", "/o/{org}/tasks/mail", member, access.OwnTasks, 0, (*Server).postTaskMail},
		{"GET", "/o/{org}/tasks/all", member, access.ViewTasks, 0, (*Server).getAllTasks},
		{"GET", "/o/{org}/tasks/new", member, access.ManageTasks, 0, (*Server).getAskTask},
		{"GET", "/o/{org}/tasks/{task}", member, access.OwnTasks, 0, (*Server).getTask},
		{"POST", "/o/{org}/tasks/{task}/done", member, access.OwnTasks, 0, (*Server).postTaskDone},
		{"POST", "/o/{org}/tasks/{task}/cancel", member, access.ManageTasks, 0, (*Server).postTaskCancel},
		{"POST", "/o/{org}/tasks/{task}/assign", member, access.ManageTasks, 0, (*Server).postTaskAssign},

		{"GET", "/o/{org}/settings/approvals", member, access.ViewPosture, 0, (*Server).getApprovals},
		{"POST", "/o/{org}/settings/approvals/{kind}", member, access.ManageApprovals, 0, (*Server).postApprovals},
		{"GET", "/o/{org}/settings/mail", member, access.ManageMail, 0, (*Server).getMail},
		{"POST", "/o/{org}/settings/mail", member, access.ManageMail, 0, (*Server).postMail},
		{"POST", "/o/{org}/settings/mail/test", member, access.ManageMail, 0, (*Server).postMailTest},
		{"POST", "/o/{org}/settings/mail/{notice}/retry", member, access.ManageMail, 0, (*Server).postMailRetry},
		{"GET", "/o/{org}/settings", member, access.ViewPosture, 0, (*Server).getSettings},
		{"POST", "/o/{org}/settings", member, access.ManageOrganisation, 0, (*Server).postSettings},
		{"GET", "/o/{org}/settings/members", member, access.ViewMembers, 0, (*Server).getMembers},
		{"POST", "/o/{org}/settings/members/invite", member, access.ManageMembers, 0, (*Server).postInvite},
		{"POST", "/o/{org}/settings/members/{account}/role", member, access.ManageMembers, 0, (*Server).postRole},
		{"POST", "/o/{org}/settings/members/{account}/remove", member, access.ManageMembers, 0, (*Server).postRemoveMember},
		{"POST", "/o/{org}/settings/invitations/{id}/revoke", member, access.ManageMembers, 0, (*Server).postRevokeInvitation},
		{"GET", "/o/{org}/settings/frameworks", member, access.ViewPosture, 0, (*Server).getFrameworkSettings},
		{"GET", "/o/{org}/settings/points", member, access.ViewPosture, 0, (*Server).getPoints},
		{"POST", "/o/{org}/settings/points", member, access.ManageFrameworks, uploadLimit, (*Server).postPoints},
		{"POST", "/o/{org}/settings/points/confirm", member, access.ManageFrameworks, 0, (*Server).postPointsConfirm},
		{"POST", "/o/{org}/settings/points/erase", member, access.ManageFrameworks, 0, (*Server).postPointsErase},
		{"GET", "/o/{org}/settings/stack", member, access.ViewPosture, 0, (*Server).getStack},
		{"POST", "/o/{org}/settings/stack", member, access.ManageFrameworks, 0, (*Server).postStack},

		{"GET", "/o/{org}/settings/retention", member, access.ViewEvidence, 0, (*Server).getRetention},
		{"POST", "/o/{org}/settings/retention", member, access.ManageRetention, 0, (*Server).postRetention},
		{"POST", "/o/{org}/settings/retention/holds", member, access.HoldEvidence, 0, (*Server).postHolds},
		{"POST", "/o/{org}/settings/retention/holds/{hold}/release", member, access.HoldEvidence, 0, (*Server).postRelease},
		{"GET", "/o/{org}/log", member, access.ViewLog, 0, (*Server).getLog},
		{"POST", "/o/{org}/log/sign", member, access.SignCheckpoints, 0, (*Server).postSign},
		{"GET", "/o/{org}/log/checkpoints", member, access.ViewLog, 0, (*Server).getCheckpoints},
		{"GET", "/o/{org}/log/checkpoints/{epoch}/{size}/{what}", member, access.ViewLog, 0, (*Server).getCheckpointFile},
		{"GET", "/o/{org}/log/keys", member, access.ViewLog, 0, (*Server).getLogKeys},
		{"GET", "/o/{org}/log/keys/policy", member, access.ViewLog, 0, (*Server).getLogPolicy},
		{"POST", "/o/{org}/log/epochs", member, access.ManageLog, 0, (*Server).postEpoch},
		{"GET", "/o/{org}/log/anchors", member, access.ViewLog, 0, (*Server).getAnchors},
		{"POST", "/o/{org}/log/anchors", member, access.ManageLog, 0, (*Server).postAnchor},
		{"POST", "/o/{org}/log/anchors/{anchor}/remove", member, access.ManageLog, 0, (*Server).postRemoveAnchor},
		{"POST", "/o/{org}/log/anchors/{anchor}/send", member, access.ManageLog, 0, (*Server).postSendAnchor},
		{"GET", "/o/{org}/log/{n}", member, access.ViewLog, 0, (*Server).getLeaf},
		{"GET", "/o/{org}/log/{n}/proof", member, access.ViewLog, 0, (*Server).getLeafProof},
		{"GET", "/o/{org}/log/{n}/data", member, access.ViewLog, 0, (*Server).getLeafData},

		{"GET", "/o/{org}/jobs", member, access.ViewJobs, 0, (*Server).getJobs},
		{"GET", "/o/{org}/jobs/{job}", member, access.ViewJobs, 0, (*Server).getJob},
		{"POST", "/o/{org}/jobs/{job}/retry", member, access.ManageJobs, 0, (*Server).postRetryJob},
		{"POST", "/o/{org}/jobs/{job}/cancel", member, access.ManageJobs, 0, (*Server).postCancelJob},

		{"GET", "/o/{org}/account", member, "", 0, (*Server).getAccount},
		{"GET", "/o/{org}/account/tokens", member, "", 0, (*Server).getTokens},
		{"POST", "/o/{org}/account/tokens", member, "", 0, (*Server).postToken},
		{"POST", "/o/{org}/account/tokens/{token}/revoke", member, "", 0, (*Server).postRevokeToken},
		{"POST", "/o/{org}/account/name", member, "", 0, (*Server).postAccountName},
		{"POST", "/o/{org}/account/passphrase", member, "", 0, (*Server).postPassphrase},
		{"POST", "/o/{org}/account/second-factor", member, "", 0, (*Server).postEnrol},
		{"POST", "/o/{org}/account/second-factor/confirm", member, "", 0, (*Server).postConfirmFactor},
		{"POST", "/o/{org}/account/second-factor/disable", member, "", 0, (*Server).postDisableFactor},
		{"POST", "/o/{org}/account/sessions/{session}/revoke", member, "", 0, (*Server).postRevokeSession},
		{"POST", "/o/{org}/account/sessions/revoke-others", member, "", 0, (*Server).postRevokeOthers},
	}
}
