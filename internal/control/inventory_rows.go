package control

import "github.com/toucan-grc/toucan/internal/framework"

// Field is what a column of an inventory holds.
type Field string

const (
	FieldIgnored    Field = ""
	FieldCode       Field = "code"
	FieldTitle      Field = "title"
	FieldStatement  Field = "statement"
	FieldDomain     Field = "domain"
	FieldOwner      Field = "owner"
	FieldKind       Field = "kind"
	FieldFrequency  Field = "frequency"
	FieldEvidence   Field = "evidence"
	FieldPopulation Field = "population"
	FieldReferences Field = "references" // the only field several columns may hold
	FieldStatus     Field = "status"
	FieldSince      Field = "in operation since"
)

// Fields lists every field a column may be given, in the order people think of them.
var Fields = []Field{FieldCode, FieldTitle, FieldStatement, FieldDomain, FieldOwner, FieldKind, FieldFrequency,
	FieldEvidence, FieldPopulation, FieldReferences, FieldStatus, FieldSince}

// Column is one column of an inventory and what it was taken for.
type Column struct {
	Index  int    // zero-based; Index 0 is column A
	Header string // as written, or empty
	Field  Field
	Why    string // one sentence: what made it so
}

// Layout says where the controls stand in a file. A person may change any of it
// and pass it back to ReadInventory.
type Layout struct {
	Sheet     string
	HeaderRow int // 1-based; 0 when the sheet has no header row
	Columns   []Column
}

// Parse finds requirement references in a cell; header is the heading of its
// column, which may tell the framework. Each unknown is the text as written,
// a colon and the reason.
type Parse func(text, header string) (refs []framework.Ref, unknown []string)

// Row is one control as read. Control.Owner stays empty: whom OwnerText names
// is for the people register to say.
type Row struct {
	Row           int // 1-based, as the spreadsheet numbers it
	Control       Control
	OwnerText     string
	StatusText    string // as written
	FrequencyText string // as written
	References    []framework.Ref
	Serves        []Service // what a component definition states of References; nil for lists
	Unknown       []string  // references that could not be resolved, with the reason
	Notes         []string  // everything a person should know about how the row was read
}

// Skipped is a row that gave no control of its own, and why.
type Skipped struct {
	Row    int
	Text   string // what stands there, shortened
	Reason string
}

// Inventory is a file read as a list of controls. Every row of the chosen sheet
// that is not blank is a Row, a Skipped, or the header.
type Inventory struct {
	File                string
	Layout              Layout
	Encoding, Delimiter string
	Rows                []Row
	Skipped             []Skipped
	Problems            []Skipped // those of Skipped that were probably meant as controls: somebody should correct the file
	Notes               []string  // about the file as a whole
	Alternatives        []Layout  // other sheets or header rows that look like lists of controls
}
