package oscal

// MappingCollection relates the controls of catalogues. Every relation is one
// between a set of sources and a set of targets.
type MappingCollection struct {
	At         `json:"-"`
	UUID       string      `json:"uuid" oscal:"uuid,must"`
	Metadata   Metadata    `json:"metadata" oscal:"must"`
	Provenance Provenance  `json:"provenance" oscal:"must"`
	Mappings   []Mapping   `json:"mappings" oscal:"must,key,one"`
	BackMatter *BackMatter `json:"back-matter,omitempty"`
}

// Provenance says how the relations were found.
type Provenance struct {
	At          `json:"-"`
	Method      string      `json:"method" oscal:"text,must"`
	Rationale   string      `json:"matching-rationale" oscal:"text,must"`
	Status      string      `json:"status" oscal:"text,must"`
	Description string      `json:"mapping-description" oscal:"must"`
	Confidence  *Confidence `json:"confidence-score,omitempty"`
	Coverage    *Coverage   `json:"coverage,omitempty"`
	Responsible *Unread     `json:"responsible-parties,omitempty"`
	Props       []Property  `json:"props,omitempty"`
	Links       *Unread     `json:"links,omitempty"`
	Remarks     *Unread     `json:"remarks,omitempty"`
}

// Mapping relates one catalogue to another. Method, Rationale and Status stand
// above those of the collection where they are written.
type Mapping struct {
	At          `json:"-"`
	UUID        string      `json:"uuid" oscal:"uuid,must"`
	Method      string      `json:"method,omitempty" oscal:"text"`
	Rationale   string      `json:"matching-rationale,omitempty" oscal:"text"`
	Status      string      `json:"status,omitempty" oscal:"text"`
	Source      ResourceRef `json:"source-resource" oscal:"must,key"`
	Target      ResourceRef `json:"target-resource" oscal:"must,key"`
	Maps        []Map       `json:"maps" oscal:"must"`
	Description string      `json:"mapping-description,omitempty"`
	SourceGap   *GapSummary `json:"source-gap-summary,omitempty"`
	TargetGap   *GapSummary `json:"target-gap-summary,omitempty"`
	Confidence  *Confidence `json:"confidence-score,omitempty"`
	Coverage    *Coverage   `json:"coverage,omitempty"`
	Props       []Property  `json:"props,omitempty"`
	Links       *Unread     `json:"links,omitempty"`
	Remarks     string      `json:"remarks,omitempty"`
}

// ResourceRef names a catalogue or a profile.
type ResourceRef struct {
	At      `json:"-"`
	NS      string     `json:"ns,omitempty" oscal:"uri"`
	Type    string     `json:"type" oscal:"token,must"`
	Href    string     `json:"href" oscal:"uri,must,key"`
	Props   []Property `json:"props,omitempty"`
	Links   *Unread    `json:"links,omitempty"`
	Remarks *Unread    `json:"remarks,omitempty"`
}

// Map is one relation between two sets.
type Map struct {
	At           `json:"-"`
	UUID         string      `json:"uuid" oscal:"uuid,must"`
	NS           string      `json:"ns,omitempty" oscal:"uri"`
	Rationale    string      `json:"matching-rationale,omitempty" oscal:"text"`
	Relationship string      `json:"relationship" oscal:"token,must,key"`
	Sources      []Item      `json:"sources" oscal:"must,key,whole"`
	Targets      []Item      `json:"targets" oscal:"must,key,whole"`
	Qualifiers   []Qualifier `json:"qualifiers,omitempty"`
	Confidence   *Confidence `json:"confidence-score,omitempty"`
	Coverage     *Coverage   `json:"coverage,omitempty"`
	Props        []Property  `json:"props,omitempty"`
	Links        *Unread     `json:"links,omitempty"`
	Remarks      string      `json:"remarks,omitempty"`
}

// Item is one member of a set: a control or a statement of one.
type Item struct {
	At      `json:"-"`
	Type    string     `json:"type" oscal:"token,must"`
	IDRef   string     `json:"id-ref" oscal:"text,must,key"`
	Props   []Property `json:"props,omitempty"`
	Links   *Unread    `json:"links,omitempty"`
	Remarks *Unread    `json:"remarks,omitempty"`
}

// Qualifier says what must or must not be for the relation to hold.
type Qualifier struct {
	At          `json:"-"`
	Subject     string `json:"subject" oscal:"text,must"`
	Predicate   string `json:"predicate" oscal:"text,must"`
	Category    string `json:"category" oscal:"text,must"`
	Description string `json:"description" oscal:"must"`
	Remarks     string `json:"remarks,omitempty"`
}

// GapSummary lists controls that were not mapped at all.
type GapSummary struct {
	At       `json:"-"`
	UUID     string   `json:"uuid" oscal:"uuid,must"`
	Unmapped []Select `json:"unmapped-controls" oscal:"must"`
}

// Confidence is what the author thinks of a relation: a word or a share, not both.
type Confidence struct {
	At         `json:"-"`
	Category   string   `json:"category,omitempty" oscal:"text"`
	Percentage *float64 `json:"percentage,omitempty"`
}

// Coverage is how much of the targets the sources cover, as the author sees it.
type Coverage struct {
	At     `json:"-"`
	Target float64 `json:"target-coverage" oscal:"must"`
	Method string  `json:"generation-method,omitempty" oscal:"text"`
}

// ComponentDefinition lists what can be put in place and what it implements.
type ComponentDefinition struct {
	At           `json:"-"`
	UUID         string      `json:"uuid" oscal:"uuid,must"`
	Metadata     Metadata    `json:"metadata" oscal:"must"`
	Imports      *Unread     `json:"import-component-definitions,omitempty"`
	Components   []Component `json:"components,omitempty"`
	Capabilities *Unread     `json:"capabilities,omitempty"`
	BackMatter   *BackMatter `json:"back-matter,omitempty"`
}

// Component is one thing that can be put in place.
type Component struct {
	At              `json:"-"`
	UUID            string           `json:"uuid" oscal:"uuid,must"`
	Type            string           `json:"type" oscal:"text,must"`
	Title           string           `json:"title" oscal:"line,must,key"`
	Description     string           `json:"description" oscal:"must"`
	Purpose         *Unread          `json:"purpose,omitempty"`
	Props           []Property       `json:"props,omitempty"`
	Links           *Unread          `json:"links,omitempty"`
	Roles           *Unread          `json:"responsible-roles,omitempty"`
	Protocols       *Unread          `json:"protocols,omitempty"`
	Implementations []Implementation `json:"control-implementations,omitempty"`
	Remarks         *Unread          `json:"remarks,omitempty"`
}

// Implementation is what a component does for one catalogue.
type Implementation struct {
	At            `json:"-"`
	UUID          string                   `json:"uuid" oscal:"uuid,must"`
	Source        string                   `json:"source" oscal:"uri,must,key"`
	Description   string                   `json:"description" oscal:"must"`
	Props         []Property               `json:"props,omitempty"`
	Links         *Unread                  `json:"links,omitempty"`
	SetParameters *Unread                  `json:"set-parameters,omitempty"`
	Requirements  []ImplementedRequirement `json:"implemented-requirements" oscal:"must"`
}

// ImplementedRequirement is what a component does for one control of a catalogue.
type ImplementedRequirement struct {
	At            `json:"-"`
	UUID          string     `json:"uuid" oscal:"uuid,must"`
	ControlID     string     `json:"control-id" oscal:"token,must,key"`
	Description   string     `json:"description" oscal:"must"`
	Props         []Property `json:"props,omitempty"`
	Links         *Unread    `json:"links,omitempty"`
	SetParameters *Unread    `json:"set-parameters,omitempty"`
	Roles         *Unread    `json:"responsible-roles,omitempty"`
	Statements    *Unread    `json:"statements,omitempty"`
	Remarks       *Unread    `json:"remarks,omitempty"`
}
