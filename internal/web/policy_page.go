package web

import (
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// policyHead is what stands above every page of one policy.
type policyHead struct {
	frame
	Policy      policy.Policy
	Mark, State string // of the chip
	Sub         string
	Step        policyStep
	Acts        []policyStepLink
	MayWrite    bool
	MayManage   bool
}

// policyStep says what happens next with a policy, and what the reader can do about it.
type policyStep struct {
	Late     bool
	Icon     string
	Text     string
	Soft     string // a second, smaller sentence
	Links    []policyStepLink
	Withdraw bool // offer to take the text back
	Discard  bool // offer to drop the draft
	Reviewed bool // offer to say that it was reviewed
	Since    string
	Today    string
	On, Note string // as typed
	Problem  *problem.Error
}

// policyStepLink is a button that leads on; the first is the main one.
type policyStepLink struct{ Text, To, Icon string }

// policyTextPage shows the text in force, or the text in the making while nothing is.
type policyTextPage struct {
	policyHead
	Shown     string // heading above the text
	Reading   string // Markdown, for people to read
	Outline   []policyOutlineLine
	Upload    *policyFile
	Facts     []policyFact
	Controls  []option // code and title of what it governs
	Unfilled  []string // variables without a value
	Acked     policyLine
	PDF       string // address, or empty
	Conflicts int
	Clashes   string // address of the conflicts
	Employee  string // address at which people read it
}

// policyOutlineLine is a heading of the text.
type policyOutlineLine struct {
	Level  int
	Text   string
	Anchor string
}

// policyFile is an uploaded document on a page.
type policyFile struct {
	Name, Kind, Size, To string
	Text                 string // what could be read out of it
	Note                 string // a sentence when that is nothing, or not all
}

// policyFact is a line of the card beside the text.
type policyFact struct {
	Term, Words string
	Person      bool
}

// policyVersionsPage lists the versions and compares two of them.
type policyVersionsPage struct {
	policyHead
	Rows    []policyVersionRow
	From    string
	To      string
	Choices []option
	Diff    *diffView // nil: nothing to compare
	Heading string
}

// policyVersionRow is one version with who did what to it.
type policyVersionRow struct {
	Number      string // "2.1"
	ID          string
	Mark, State string
	Change      string
	Kind        string // material or not, in words
	Lines       []string
	Signed      []policySigned
	File        *policyFile
	PDF         string
	Compare     string // address, or empty
}

// policySigned is a decision about a version.
type policySigned struct{ Mark, Words, Reason string }

// policyPeoplePage is how far the acknowledgement of a policy is.
type policyPeoplePage struct {
	policyHead
	Asks    bool // it is in force and has to be acknowledged
	Line    policyLine
	Pills   []pill
	Show    string
	Text    string
	Rows    []policyAckRow
	Pager   pager
	Export  string
	Why     string // who is asked, in a sentence
	Days    string // how long people have
	Nothing string
}

// policyAckRow is a person of the audience.
type policyAckRow struct {
	Name, To    string
	Mark, State string
	Version     string
	On          string // day and time of the acknowledgement
	Since       string // since when it is asked for
	Due         string
	Why         string
}

// policyHistoryPage is what the log says about a policy.
type policyHistoryPage struct {
	policyHead
	Rows []policyLeaf
	More string // address of the log
}

// policyLeaf is an entry of the log about a policy.
type policyLeaf struct {
	Title, By, At string
	Words         string // what was said
}
