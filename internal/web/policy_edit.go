package web

import (
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// policyEditPage is the editor. What was typed is always shown again, whatever
// went wrong.
type policyEditPage struct {
	policyHead
	Body      string // as typed
	Base      string // stamp of the saved text this one was written on top of
	Change    string
	Reading   string // Markdown, for people to read
	Variables []policyUse
	Against   string // what the comparison is with
	Diff      diffView
	Clash     *policyClash
	Problem   *problem.Error
}

// policyUse is a variable of a text with what it stands for.
type policyUse struct {
	Name, Label, Value string
	Known              bool // the organisation has such a variable
}

// policyClash is told to the second of two people who changed the same draft.
type policyClash struct {
	By, At string
	Diff   diffView // from the text saved meanwhile to the one typed
}

// policySubmitPage asks whether a change is material before somebody approves it.
type policySubmitPage struct {
	policyHead
	Change   string
	Material string // "yes", "no" or not said yet
	First    bool   // the first version is always material
	Ask      int    // people who would be asked to acknowledge it
	Next     [2]string
	Approver string
	Was      string // number of the version in force
	Unfilled []string
	Against  string
	Diff     diffView
	Problem  *problem.Error
}

// policyDecidePage is where the approver says yes or no.
type policyDecidePage struct {
	policyHead
	Review   bool // it is about a review that found nothing to change
	Version  policy.Version
	Number   string
	By, At   string
	Kind     string // material or not, in words
	Stands   string // how the approval stands
	May      bool
	WhyNot   string
	Reading  string // Markdown, for people to read
	Upload   *policyFile
	Against  string
	Diff     diffView
	Approval string // id
	Reason   string
	Problem  *problem.Error
}

// policyPublishPage says what publishing will cause.
type policyPublishPage struct {
	policyHead
	Number  string
	Causes  []string
	Warns   []string
	Against string
	Diff    diffView
	Problem *problem.Error
}

// policyNewPage begins a policy that comes from no template.
type policyNewPage struct {
	frame
	Title   string
	Problem *problem.Error
}

// policyUploadPage takes a document as the text of a version.
type policyUploadPage struct {
	policyHead
	Base     string // stamp of the draft it takes the place of, or empty
	Replaces bool   // there is a draft
	Problem  *problem.Error
}

// policySettingsPage is the form of everything about a policy but its text.
type policySettingsPage struct {
	policyHead
	Form     policyForm
	People   []option
	Groups   []option
	Topics   []option
	Controls []option // code and title, for suggestions
	Months   []option
	CanDrop  bool
	Reason   string // for archiving, as typed
	Problem  *problem.Error
}

// policyForm is what a person typed.
type policyForm struct {
	Title, Owner, Approver string
	Audience               []string
	Acknowledge            bool
	ReviewApproval         bool
	Months                 string
	Topics, Governs        []string
	Controls               string
}
