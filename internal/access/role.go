// Package access says who may do what: organisations, accounts, memberships,
// sessions, and the one table of roles and actions. It alone makes an Actor, and
// every store asks the Actor before it reads or writes.
package access

import (
	"slices"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Role is what a member is in an organisation. The values are stored.
type Role string

const (
	Administrator Role = "administrator"
	Manager       Role = "manager"
	Contributor   Role = "contributor"
	Employee      Role = "employee"
	Auditor       Role = "auditor"
	Viewer        Role = "viewer"
)

// roles in the order a page shows them, with what each is for.
var roles = []struct {
	role         Role
	label, about string
}{
	{Administrator, "Administrator", "Runs the organisation: members, settings, and everything a manager does."},
	{Manager, "Manager", "Runs compliance: frameworks, controls, imports, people, approvals."},
	{Contributor, "Contributor", "Owns controls: may change them; new text waits for a second person."},
	{Employee, "Employee", "Has tasks of their own and sees nothing of the programme."},
	{Auditor, "Auditor", "Reads controls, coverage and the log; changes none of it, but records their own judgement of the mappings, which holds over the organisation's, draws samples and says what was found."},
	{Viewer, "Viewer", "Reads controls and coverage; changes nothing."},
}

// Roles returns all roles, the most powerful first.
func Roles() []Role {
	out := make([]Role, len(roles))
	for i, r := range roles {
		out[i] = r.role
	}
	return out
}

// Label is the role as a page writes it.
func (r Role) Label() string {
	for _, x := range roles {
		if x.role == r {
			return x.label
		}
	}
	return string(r)
}

// About says in one sentence what the role is for.
func (r Role) About() string {
	for _, x := range roles {
		if x.role == r {
			return x.about
		}
	}
	return ""
}

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Action is something a store lets some roles do.
type Action string

const (
	ViewControls       Action = "view_controls"
	EditControls       Action = "edit_controls"
	ApproveControls    Action = "approve_controls"
	ImportInventory    Action = "import_inventory"
	EditLinks          Action = "edit_links"
	AdoptControls      Action = "adopt_controls"
	MergeControls      Action = "merge_controls"
	ViewPosture        Action = "view_posture"
	ViewEvidence       Action = "view_evidence"
	FileEvidence       Action = "file_evidence"
	TagEvidence        Action = "tag_evidence"
	ReviewEvidence     Action = "review_evidence"
	EraseEvidence      Action = "erase_evidence"
	HoldEvidence       Action = "hold_evidence"
	ManageRetention    Action = "manage_retention"
	RequestEvidence    Action = "request_evidence"
	AnswerRequests     Action = "answer_requests"
	ExportReports      Action = "export_reports"
	ManageFrameworks   Action = "manage_frameworks"
	DecideEdges        Action = "decide_edges"
	OverrideEdges      Action = "override_edges"
	Attest             Action = "attest"
	ViewPeople         Action = "view_people"
	ManagePeople       Action = "manage_people"
	ExcludePeople      Action = "exclude_people"
	ErasePeople        Action = "erase_people"
	ViewMembers        Action = "view_members"
	ManageMembers      Action = "manage_members"
	ManageOrganisation Action = "manage_organisation"
	ViewLog            Action = "view_log"
	SignCheckpoints    Action = "sign_checkpoints"
	ManageLog          Action = "manage_log"
	ViewJobs           Action = "view_jobs"
	ManageJobs         Action = "manage_jobs"
	UseTokens          Action = "use_tokens"
	PushResults        Action = "push_results"
	ViewResults        Action = "view_results"
	AssignTests        Action = "assign_tests"
	ViewSamples        Action = "view_samples"
	ManagePopulations  Action = "manage_populations"
	DrawSamples        Action = "draw_samples"
	JudgeSamples       Action = "judge_samples"
	OwnTasks           Action = "own_tasks"
	ViewTasks          Action = "view_tasks"
	ManageTasks        Action = "manage_tasks"
	ManageApprovals    Action = "manage_approvals"
	ViewPolicies       Action = "view_policies"
	WritePolicies      Action = "write_policies"
	ApprovePolicies    Action = "approve_policies"
	ManagePolicies     Action = "manage_policies"
	OwnPolicies        Action = "own_policies"
	DecideConflicts    Action = "decide_conflicts"
	ManageMail         Action = "manage_mail"
	ViewJoiners        Action = "view_joiners"
	ManageJoiners      Action = "manage_joiners"
	ViewBackground     Action = "view_background"
	RecordBackground   Action = "record_background"
	ViewTraining       Action = "view_training"
	RecordTraining     Action = "record_training"
	ManageTraining     Action = "manage_training"
	ViewSystems        Action = "view_systems"
	ManageSystems      Action = "manage_systems"
	ViewVendors        Action = "view_vendors"
	ManageVendors      Action = "manage_vendors"
	ViewRisks          Action = "view_risks"
	ManageRisks        Action = "manage_risks"
	DecideRisks        Action = "decide_risks"
	ManageRiskMethod   Action = "manage_risk_method"
	ViewFindings       Action = "view_findings"
	ReportFindings     Action = "report_findings"
	ManageFindings     Action = "manage_findings"
	ViewISMS           Action = "view_isms"
	ManageISMS         Action = "manage_isms"
	ApproveISMS        Action = "approve_isms"
	AuditInternally    Action = "audit_internally"
	UseDevices         Action = "use_devices"
	ViewDevices        Action = "view_devices"
	ManageDevices      Action = "manage_devices"
	ReportDevices      Action = "report_devices"
	ConfirmControls    Action = "confirm_controls"
	ReviewCrosswalk    Action = "review_crosswalk"
)

// Rule is one line of the table: an action, what it is, and who may do it.
type Rule struct {
	Action Action
	Doc    string // completes "may ..."
	Roles  []Role
}

// table is the only place that says who may do what.
var table = []Rule{
	{ViewControls, "see controls, their versions and what they are linked to", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{EditControls, "add and change controls; new text of an existing one waits for a second person", []Role{Administrator, Manager, Contributor}},
	{ApproveControls, "approve the text somebody else wrote", []Role{Administrator, Manager}},
	{ImportInventory, "import an inventory of controls", []Role{Administrator, Manager}},
	{EditLinks, "say which requirements a control counts for", []Role{Administrator, Manager}},
	{AdoptControls, "adopt controls of the library, and take or decline its updates", []Role{Administrator, Manager}},
	{MergeControls, "say which controls are the same, and merge them", []Role{Administrator, Manager}},
	{ViewPosture, "see frameworks, coverage and the gap analysis", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{ViewEvidence, "see evidence, its files and what became of it", []Role{Administrator, Manager, Contributor, Auditor}},
	{FileEvidence, "file evidence", []Role{Administrator, Manager, Contributor}},
	{TagEvidence, "say what filed evidence is offered for", []Role{Administrator, Manager, Contributor}},
	{ReviewEvidence, "accept or reject the evidence somebody else filed", []Role{Administrator, Manager}},
	{EraseEvidence, "erase the content of evidence, with a reason", []Role{Administrator, Manager}},
	{HoldEvidence, "hold evidence back from erasure, and release it", []Role{Administrator, Manager}},
	{ManageRetention, "say how long each kind of evidence is kept", []Role{Administrator, Manager}},
	{RequestEvidence, "ask people for evidence", []Role{Administrator, Manager}},
	{AnswerRequests, "answer the requests for evidence that are addressed to them", []Role{Administrator, Manager, Contributor, Employee}},
	{ExportReports, "take reports out of Toucan", []Role{Administrator, Manager, Auditor}},
	{ManageFrameworks, "enable frameworks, set their scope and choose the mapping sets", []Role{Administrator, Manager}},
	{DecideEdges, "confirm, challenge and propose rows of the crosswalk", []Role{Administrator, Manager, Contributor, Auditor}},
	{OverrideEdges, "override what the mapping sets say about a pair", []Role{Administrator, Manager, Auditor}},
	{Attest, "attest that listed requirements suffice for another", []Role{Administrator, Manager}},
	{ViewPeople, "see the people register", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{ManagePeople, "change the people register and its groups", []Role{Administrator, Manager}},
	{ExcludePeople, "let people off what is asked of them, with a reason", []Role{Administrator, Manager}},
	{ErasePeople, "erase name and address of somebody who has left", []Role{Administrator, Manager}},
	{ViewMembers, "see who has access and with which role", []Role{Administrator, Manager, Auditor}},
	{ManageMembers, "invite members, change their roles and remove them", []Role{Administrator}},
	{ManageOrganisation, "change the organisation's name and time zone", []Role{Administrator}},
	{ViewLog, "read the log of what was recorded", []Role{Administrator, Manager, Auditor}},
	{SignCheckpoints, "have a checkpoint of the log signed at once", []Role{Administrator, Manager, Auditor}},
	{ManageLog, "begin a new epoch of the log and say where its checkpoints are sent", []Role{Administrator}},
	{ViewJobs, "see the work that runs in the background", []Role{Administrator, Manager}},
	{ManageJobs, "try a job again or cancel it", []Role{Administrator, Manager}},
	{ViewSamples, "see populations, the samples drawn from them and what was found", []Role{Administrator, Manager, Contributor, Auditor}},
	{ManagePopulations, "enter populations, fix them, erase their rows and set the customary sizes", []Role{Administrator, Manager}},
	{DrawSamples, "draw samples and extend them", []Role{Administrator, Manager, Auditor}},
	{JudgeSamples, "say what was found item by item", []Role{Administrator, Manager, Auditor}},
	{OwnTasks, "see and finish what they were asked to do", []Role{Administrator, Manager, Contributor, Employee, Auditor, Viewer}},
	{ViewTasks, "see who has been asked to do what", []Role{Administrator, Manager}},
	{ManageTasks, "ask people to do things, and hand their tasks to others", []Role{Administrator, Manager}},
	{ManageApprovals, "say how many people sign off what", []Role{Administrator}},
	{ManageMail, "see what was sent by mail and webhook, and when reminders go out", []Role{Administrator}},
	{ViewJoiners, "see who begins and who leaves, and how far their checklists are", []Role{Administrator, Manager, Auditor}},
	{ManageJoiners, "run the checklists of joining and leaving, and say what is on them", []Role{Administrator, Manager}},
	{ViewBackground, "see the record of background checks: what was done and decided, never what was found", []Role{Administrator, Manager, Auditor}},
	{RecordBackground, "record background checks, and erase the record", []Role{Administrator, Manager}},
	{ViewPolicies, "see all policies, their versions and who acknowledged them", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{WritePolicies, "write and upload policies, and ask for their approval", []Role{Administrator, Manager, Contributor}},
	{ApprovePolicies, "approve the policies somebody else wrote", []Role{Administrator, Manager}},
	{ManagePolicies, "publish and archive policies, say whom they bind, and fill in what all of them share", []Role{Administrator, Manager}},
	{OwnPolicies, "read the policies that bind them and acknowledge them", []Role{Administrator, Manager, Contributor, Employee, Auditor, Viewer}},
	{DecideConflicts, "say which of two policies that contradict each other holds, and who makes them one", []Role{Administrator, Manager}},
	{ViewSystems, "see systems, sites, assets and what was promised to customers", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{ManageSystems, "keep the registers of systems, sites, assets and commitments", []Role{Administrator, Manager, Contributor}},
	{ViewVendors, "see the register of vendors", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{ManageVendors, "keep the register of vendors", []Role{Administrator, Manager, Contributor}},
	{ViewRisks, "see risks, their scores and what was decided about them", []Role{Administrator, Manager, Contributor, Auditor}},
	{ManageRisks, "enter risks, score them and plan their treatment", []Role{Administrator, Manager, Contributor}},
	{DecideRisks, "accept risks, where their own role in the company allows it, and approve plans", []Role{Administrator, Manager, Contributor}},
	{ManageRiskMethod, "change the method risks are scored by, and freeze the register", []Role{Administrator, Manager}},
	{ViewFindings, "see findings and what is done about them", []Role{Administrator, Manager, Contributor, Auditor}},
	{ReportFindings, "report what they found, and work on what they own", []Role{Administrator, Manager, Contributor}},
	{ManageFindings, "grade findings, check that cures worked, close and re-open them", []Role{Administrator, Manager}},
	{ViewISMS, "see the management system: scope, surroundings, statement of applicability, audits and reviews", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{ManageISMS, "keep the management system: scope, surroundings, statement of applicability, objectives, programme and calendar", []Role{Administrator, Manager}},
	{ApproveISMS, "approve the scope, the statement of applicability and the minutes of reviews", []Role{Administrator, Manager}},
	{AuditInternally, "carry out internal audits of what they neither own nor run", []Role{Administrator, Manager, Contributor}},
	{UseDevices, "register devices of their own and see what these report", []Role{Administrator, Manager, Contributor, Employee, Auditor, Viewer}},
	{ViewDevices, "see all devices and their verdicts", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{ManageDevices, "give devices to people, take them out, decide exceptions and set the rules", []Role{Administrator, Manager}},
	{ReportDevices, "hand in what devices found; only the devices themselves and systems that watch them do", nil},
	{ConfirmControls, "say whether a control is what really happens", []Role{Administrator, Manager, Contributor}},
	{ReviewCrosswalk, "review the crosswalk, once a year and when something changes", []Role{Administrator, Manager}},
	{UseTokens, "make tokens for programs that act for them", []Role{Administrator, Manager, Contributor, Auditor, Viewer}},
	{PushResults, "push results of automated tests", []Role{Administrator, Manager, Contributor}},
	{ViewResults, "see the results of automated tests, and whom or what they are about", []Role{Administrator, Manager, Contributor, Auditor}},
	{AssignTests, "say which test feeds which control", []Role{Administrator, Manager}},
	{ViewTraining, "see who has completed which training", []Role{Administrator, Manager, Contributor, Auditor}},
	{RecordTraining, "file a certificate on behalf of somebody, and ask people to do a training again", []Role{Administrator, Manager}},
	{ManageTraining, "say how each training is completed and renewed", []Role{Administrator}},
}

// Rules returns the table of who may do what.
func Rules() []Rule { return slices.Clone(table) }

// Allowed reports whether a role may do an action. An unknown role or action is
// never allowed.
func Allowed(r Role, a Action) bool {
	for _, rule := range table {
		if rule.Action == a {
			return slices.Contains(rule.Roles, r)
		}
	}
	return false
}

// Actor is an account at work in an organisation, with the role it has there.
// Only this package makes one; the zero Actor may do nothing.
type Actor struct {
	org, slug, account, name string
	role                     Role
	token                    *Token // nil: a person, who may do everything the role allows
	machine                  bool   // no account: a device, which may report and nothing else
}

// Org returns the id of the organisation the actor works in.
func (a Actor) Org() string { return a.org }

// Slug returns the organisation as it stands in addresses.
func (a Actor) Slug() string { return a.slug }

// Account returns the id of the account.
func (a Actor) Account() string { return a.account }

// Name returns what the person is called.
func (a Actor) Name() string { return a.name }

// Role returns the role in the organisation.
func (a Actor) Role() Role { return a.role }

// Token returns the id of the token the actor came with, or "" for a person.
func (a Actor) Token() string {
	if a.token == nil {
		return ""
	}
	return a.token.ID
}

// Can reports whether the actor may do the action, for pages that leave out what
// would be refused. A token must cover it, and the role must allow it as well.
func (a Actor) Can(action Action) bool {
	if a.machine {
		return a.org != "" && action == ReportDevices
	}
	return a.org != "" && a.account != "" && Allowed(a.role, action) && (a.token == nil || slices.Contains(a.token.Scope, action))
}

// May returns nil if the actor may do the action, and a Forbidden problem that
// says who can help otherwise.
func (a Actor) May(action Action) error {
	if a.Can(action) {
		return nil
	}
	if a.account == "" {
		return problem.New(problem.Forbidden, "Sign in first.")
	}
	what := string(action)
	for _, rule := range table {
		if rule.Action == action {
			what = rule.Doc
		}
	}
	if Allowed(a.role, action) {
		return problem.New(problem.Forbidden, "This token may not %s. Make a token with a wider scope if the program has to.", what)
	}
	return problem.New(problem.Forbidden, "Your role here, %s, may not %s. Ask an administrator of the organisation if you need to.", a.role, what)
}
