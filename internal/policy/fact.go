package policy

// The kinds of leaf that policies write. They are stored for ever.
const (
	createdKind      = "policy.created"
	settingsKind     = "policy.settings"
	writtenKind      = "policy.written"
	discardedKind    = "policy.discarded"
	sentKind         = "policy.sent"
	withdrawnKind    = "policy.withdrawn"
	approvedKind     = "policy.approved"
	rejectedKind     = "policy.rejected"
	publishedKind    = "policy.published"
	archivedKind     = "policy.archived"
	reviewedKind     = "policy.reviewed"
	correctedKind    = "policy.undertakings"
	acknowledgedKind = "policy.acknowledged"
	variablesKind    = "policy.variables"
	ruleKind         = "policy.rule"
)

// versionFact is what the log says of a version. Lines and Removed count the lines
// of the text that are new and gone as against the version in force: the texts
// themselves are kept, and their digests are here.
type versionFact struct {
	Policy   string `json:"policy"`
	Title    string `json:"title"`
	Version  string `json:"version"`
	Material bool   `json:"material"`
	Change   string `json:"change"`
	Digest   string `json:"digest"` // of the text or the file
	Before   string `json:"before"` // digest of the version in force before it, or empty
	Added    int    `json:"added"`
	Removed  int    `json:"removed"`
	PDF      string `json:"pdf,omitempty"`
}

// createdFact is what the log says of a policy that was begun.
type createdFact struct {
	Policy   string `json:"policy"`
	Slug     string `json:"slug"`
	Template string `json:"template"`
}

// settingsFact is what the log says of the settings of a policy.
type settingsFact struct {
	Policy         string   `json:"policy"`
	Title          string   `json:"title"`
	Owner          string   `json:"owner"`
	Approver       string   `json:"approver"`
	Audience       []string `json:"audience"`
	Acknowledge    bool     `json:"acknowledge"`
	ReviewEvery    int      `json:"review_every"`
	ReviewApproval bool     `json:"review_approval"`
	Governs        []string `json:"governs"`
	Topics         []string `json:"topics"`
	Controls       []string `json:"controls"`
}

// archivedFact is what the log says of a policy that ended.
type archivedFact struct {
	Policy string `json:"policy"`
	Change string `json:"change"` // the reason
}

// reviewFact is what the log says of a review without new text.
type reviewFact struct {
	Policy  string      `json:"policy"`
	Version string      `json:"version"`
	On      string      `json:"on"`
	Change  string      `json:"change"` // the note
	State   ReviewState `json:"state"`
}

// acknowledgement is what the log says of an acknowledgement. The account that
// made it is the actor of the leaf.
type acknowledgement struct {
	Policy  string `json:"policy"`
	Version string `json:"version"`
	Digest  string `json:"digest"` // of the text that was read
	Person  string `json:"person"`
}

// correctedFact is what the log says of undertakings that a person corrected.
type correctedFact struct {
	Policy       string        `json:"policy"`
	Version      string        `json:"version"`
	Undertakings []Undertaking `json:"undertakings"`
}
