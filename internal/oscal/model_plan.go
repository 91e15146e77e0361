package oscal

// SecurityPlan is a system security plan: how a system answers the controls of a
// profile. It is written and not read.
type SecurityPlan struct {
	UUID            string               `json:"uuid"`
	Metadata        Metadata             `json:"metadata"`
	ImportProfile   ImportProfile        `json:"import-profile"`
	Characteristics SystemProfile        `json:"system-characteristics"`
	System          SystemImplementation `json:"system-implementation"`
	Controls        PlanImplementation   `json:"control-implementation"`
	BackMatter      *BackMatter          `json:"back-matter,omitempty"`
}

// ImportProfile names the profile a plan answers.
type ImportProfile struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks,omitempty"`
}

// SystemProfile is what a system is.
type SystemProfile struct {
	IDs         []SystemID        `json:"system-ids"`
	Name        string            `json:"system-name"`
	Description string            `json:"description"`
	Information SystemInformation `json:"system-information"`
	Status      PlanState         `json:"status"`
	Boundary    PlanText          `json:"authorization-boundary"`
}

// SystemID is one identifier of a system.
type SystemID struct {
	Scheme string `json:"identifier-type,omitempty"`
	ID     string `json:"id"`
}

// SystemInformation lists what kinds of information a system holds.
type SystemInformation struct {
	Types []InformationType `json:"information-types"`
}

// InformationType is one of them.
type InformationType struct {
	UUID        string `json:"uuid"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// PlanState is a state with what there is to say about it.
type PlanState struct {
	State   string `json:"state"`
	Remarks string `json:"remarks,omitempty"`
}

// PlanText is a text with nothing else.
type PlanText struct {
	Description string `json:"description"`
}

// SystemImplementation is what a system is made of.
type SystemImplementation struct {
	Users      []SystemUser      `json:"users"`
	Components []SystemComponent `json:"components"`
}

// SystemUser is a kind of people who use it.
type SystemUser struct {
	UUID  string `json:"uuid"`
	Title string `json:"title,omitempty"`
}

// SystemComponent is one part of it.
type SystemComponent struct {
	UUID        string    `json:"uuid"`
	Type        string    `json:"type"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Status      PlanState `json:"status"`
}

// PlanImplementation is how the controls are answered.
type PlanImplementation struct {
	Description  string        `json:"description"`
	Requirements []PlanControl `json:"implemented-requirements"`
}

// PlanControl is how one control is answered.
type PlanControl struct {
	UUID       string          `json:"uuid"`
	ControlID  string          `json:"control-id"`
	Props      []Property      `json:"props,omitempty"`
	Components []PlanComponent `json:"by-components,omitempty"`
	Remarks    string          `json:"remarks,omitempty"`
}

// PlanComponent is what one component does for it.
type PlanComponent struct {
	Component   string    `json:"component-uuid"`
	UUID        string    `json:"uuid"`
	Description string    `json:"description"`
	Status      PlanState `json:"implementation-status"`
}
