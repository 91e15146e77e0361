package oscal

// The types hold the fields that are used here, as OSCAL names them. A field of
// type Unread is one that OSCAL knows and we keep nothing of, such as the prose
// of a standard, which is its publisher's.
//
// The tag oscal says what the reader asks of a field: a form (uuid, token, text,
// line, time, uri), "must" where OSCAL requires it, "key" where nothing can be
// made of the object without it, "one" where a single object may stand for a list.

// Unread is a field that is known and not kept.
type Unread struct{}

// At is the line an object starts on, counted from 1; 0 if it was not read.
type At struct {
	Line int `json:"-"`
}

// Metadata is what a document says about itself.
type Metadata struct {
	At           `json:"-"`
	Title        string     `json:"title" oscal:"line,must"`
	Published    *Unread    `json:"published,omitempty"`
	LastModified string     `json:"last-modified" oscal:"time,must"`
	Version      string     `json:"version" oscal:"text,must"`
	OSCALVersion string     `json:"oscal-version" oscal:"text,must"`
	Revisions    *Unread    `json:"revisions,omitempty"`
	DocumentIDs  *Unread    `json:"document-ids,omitempty"`
	Props        []Property `json:"props,omitempty"`
	Links        *Unread    `json:"links,omitempty"`
	Roles        *Unread    `json:"roles,omitempty"`
	Locations    *Unread    `json:"locations,omitempty"`
	Parties      []Party    `json:"parties,omitempty"`
	Responsible  *Unread    `json:"responsible-parties,omitempty"`
	Actions      *Unread    `json:"actions,omitempty"`
	Remarks      string     `json:"remarks,omitempty"`
}

// Party is a person or an organisation.
type Party struct {
	At        `json:"-"`
	UUID      string  `json:"uuid" oscal:"uuid,must"`
	Type      string  `json:"type" oscal:"text,must"`
	Name      string  `json:"name,omitempty" oscal:"text"`
	ShortName *Unread `json:"short-name,omitempty"`
	External  *Unread `json:"external-ids,omitempty"`
	Props     *Unread `json:"props,omitempty"`
	Links     *Unread `json:"links,omitempty"`
	Emails    *Unread `json:"email-addresses,omitempty"`
	Phones    *Unread `json:"telephone-numbers,omitempty"`
	Addresses *Unread `json:"addresses,omitempty"`
	Locations *Unread `json:"location-uuids,omitempty"`
	MemberOf  *Unread `json:"member-of-organizations,omitempty"`
	Remarks   *Unread `json:"remarks,omitempty"`
}

// Property is a name and a value within a namespace.
type Property struct {
	At      `json:"-"`
	UUID    *Unread `json:"uuid,omitempty"`
	Name    string  `json:"name" oscal:"token,must,key"`
	NS      string  `json:"ns,omitempty" oscal:"uri"`
	Value   string  `json:"value" oscal:"text,must,key"`
	Class   string  `json:"class,omitempty" oscal:"token"`
	Group   string  `json:"group,omitempty" oscal:"token"`
	Remarks string  `json:"remarks,omitempty"`
}

// BackMatter holds what a document refers to.
type BackMatter struct {
	At        `json:"-"`
	Resources []Resource `json:"resources,omitempty"`
}

// Resource is one thing referred to, by "#" and its uuid.
type Resource struct {
	At          `json:"-"`
	UUID        string     `json:"uuid" oscal:"uuid,must,key"`
	Title       string     `json:"title,omitempty" oscal:"line"`
	Description string     `json:"description,omitempty"`
	Props       []Property `json:"props,omitempty"`
	DocumentIDs *Unread    `json:"document-ids,omitempty"`
	Citation    *Unread    `json:"citation,omitempty"`
	RLinks      []RLink    `json:"rlinks,omitempty"`
	Base64      *Unread    `json:"base64,omitempty"`
	Remarks     *Unread    `json:"remarks,omitempty"`
}

// RLink is where a resource can be found.
type RLink struct {
	At        `json:"-"`
	Href      string  `json:"href" oscal:"uri,must"`
	MediaType string  `json:"media-type,omitempty"`
	Hashes    *Unread `json:"hashes,omitempty"`
}

// Catalog is a list of controls, which is what OSCAL calls requirements.
type Catalog struct {
	At         `json:"-"`
	UUID       string      `json:"uuid" oscal:"uuid,must"`
	Metadata   Metadata    `json:"metadata" oscal:"must"`
	Params     *Unread     `json:"params,omitempty"`
	Controls   []Control   `json:"controls,omitempty"`
	Groups     []Group     `json:"groups,omitempty"`
	BackMatter *BackMatter `json:"back-matter,omitempty"`
}

// Group is a heading. The schema lets it hold groups or controls, never both.
type Group struct {
	At       `json:"-"`
	ID       string     `json:"id,omitempty" oscal:"token"`
	Class    string     `json:"class,omitempty" oscal:"token"`
	Title    string     `json:"title" oscal:"line,must"`
	Params   *Unread    `json:"params,omitempty"`
	Props    []Property `json:"props,omitempty"`
	Links    *Unread    `json:"links,omitempty"`
	Parts    *Unread    `json:"parts,omitempty"`
	Groups   []Group    `json:"groups,omitempty"`
	Controls []Control  `json:"controls,omitempty"`
}

// Control is one thing a catalogue asks; it may hold more detailed ones.
type Control struct {
	At       `json:"-"`
	ID       string     `json:"id" oscal:"token,must,key"`
	Class    string     `json:"class,omitempty" oscal:"token"`
	Title    string     `json:"title" oscal:"line,must"`
	Params   *Unread    `json:"params,omitempty"`
	Props    []Property `json:"props,omitempty"`
	Links    *Unread    `json:"links,omitempty"`
	Parts    *Unread    `json:"parts,omitempty"`
	Controls []Control  `json:"controls,omitempty"`
}

// Profile selects controls of catalogues.
type Profile struct {
	At         `json:"-"`
	UUID       string      `json:"uuid" oscal:"uuid,must"`
	Metadata   Metadata    `json:"metadata" oscal:"must"`
	Imports    []Import    `json:"imports" oscal:"must,key"`
	Merge      *Merge      `json:"merge,omitempty"`
	Modify     *Unread     `json:"modify,omitempty"`
	BackMatter *BackMatter `json:"back-matter,omitempty"`
}

// Import is what a profile takes from one catalogue.
type Import struct {
	At         `json:"-"`
	Href       string      `json:"href" oscal:"uri,must,key"`
	IncludeAll *IncludeAll `json:"include-all,omitempty"`
	Include    []Select    `json:"include-controls,omitempty"`
	Exclude    []Select    `json:"exclude-controls,omitempty"`
}

// IncludeAll is an empty object that says everything is taken.
type IncludeAll struct {
	At `json:"-"`
}

// Merge says how what was imported is arranged. Only keeping it as it is is written.
type Merge struct {
	At      `json:"-"`
	Combine *Unread `json:"combine,omitempty"`
	Flat    *Unread `json:"flat,omitempty"`
	AsIs    bool    `json:"as-is,omitempty"`
	Custom  *Unread `json:"custom,omitempty"`
}

// Select names controls, by id or by pattern.
type Select struct {
	At           `json:"-"`
	WithChildren string     `json:"with-child-controls,omitempty" oscal:"token"`
	IDs          []string   `json:"with-ids,omitempty" oscal:"token"`
	Matching     []Matching `json:"matching,omitempty"`
}

// Matching is a pattern of ids with * and ?.
type Matching struct {
	At      `json:"-"`
	Pattern string  `json:"pattern,omitempty" oscal:"text"`
	Remarks *Unread `json:"remarks,omitempty"`
}
