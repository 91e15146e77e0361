package isms

import (
	"fmt"
	"io"
	"strings"

	"github.com/toucan-grc/toucan/internal/oscal"
)

// implementation is a row in the words of OSCAL: what is claimed, or that it does
// not apply. What is derived stands beside it in properties of ours.
func (e StatementEntry) implementation() string {
	switch {
	case !e.Included:
		return "not-applicable"
	case e.Claim == ClaimDone:
		return "implemented"
	case e.Claim == ClaimPartly:
		return "partial"
	}
	return "planned" // OSCAL has no word for what nobody plans; the claim stands in a property
}

// WriteOSCAL writes the statement as an OSCAL system security plan: the model whose
// controls can be not applicable, with the reason. It refers to the profile of the
// controls that are included, which it lists in its back matter.
func (p StatementPaper) WriteOSCAL(w io.Writer) error {
	f := p.Framework
	e := p.edition()
	tokens := f.Tokens()
	profile, system := e.ID("statement", "profile"), e.ID("statement", "system")
	plan := &oscal.SecurityPlan{
		Metadata:      e.Metadata(p.Title()+", "+p.Organisation, oscal.Own("document", "statement-of-applicability"), oscal.Own("framework", f.ID)),
		ImportProfile: oscal.ImportProfile{Href: "#" + profile},
		Characteristics: oscal.SystemProfile{IDs: []oscal.SystemID{{ID: e.ID("statement", "isms")}}, Name: oscal.Line(p.Organisation, "The organisation"),
			Description: "The management system of the organisation, whose scope is a document of its own.",
			Information: oscal.SystemInformation{Types: []oscal.InformationType{{UUID: e.ID("statement", "information"), Title: "Information in scope", Description: "All information within the scope of the management system."}}},
			Status:      oscal.PlanState{State: "operational"}, Boundary: oscal.PlanText{Description: "The scope of the management system."}},
		System: oscal.SystemImplementation{Users: []oscal.SystemUser{{UUID: e.ID("statement", "people"), Title: "People of the organisation"}},
			Components: []oscal.SystemComponent{{UUID: system, Type: "this-system", Title: oscal.Line(p.Organisation, "The organisation"), Description: "The organisation as a whole.", Status: oscal.PlanState{State: "operational"}}}},
		Controls: oscal.PlanImplementation{Description: "One entry for each control of Annex A, and for each control of the organisation's own. The state is what the organisation claims; what is derived from coverage and operation stands in properties, as two answers."},
	}
	var included []string
	for _, x := range p.Entries {
		token := tokens[x.Code]
		if token == "" {
			token = oscal.Slug(x.Code)
		}
		if x.Included && !x.Custom {
			included = append(included, token)
		}
		c := oscal.PlanControl{UUID: e.ID("statement", "row", x.Code), ControlID: token, Props: p.props(x)}
		about := x.ReasonWords()
		if x.Note != "" {
			about = strings.TrimSpace(about + "\n\n" + x.Note)
		}
		if about == "" {
			about = "No reason is given."
		}
		c.Components = []oscal.PlanComponent{{Component: system, UUID: e.ID("statement", "by", x.Code), Description: about, Status: oscal.PlanState{State: x.implementation(), Remarks: x.WhyOut}}}
		plan.Controls.Requirements = append(plan.Controls.Requirements, c)
	}
	plan.BackMatter = &oscal.BackMatter{Resources: []oscal.Resource{{UUID: profile, Title: "Controls of " + f.Short + " that are included",
		Description: strings.Join(included, " "), Props: oscal.Props(oscal.Own("framework", f.ID), oscal.Own("included", fmt.Sprint(len(included))))}}}
	d := &oscal.Document{Plan: plan}
	if err := oscal.Seal(d); err != nil {
		return err
	}
	return oscal.Write(w, d)
}

// props are what OSCAL has no field for.
func (p StatementPaper) props(e StatementEntry) []oscal.Property {
	all := []oscal.Property{{Name: "label", Value: e.Code}, oscal.Own("title", e.Title), oscal.Own("claim", string(e.Claim)), oscal.Own("derived", string(e.State)), oscal.Own("design", string(e.Coverage)), oscal.Own("why-design", e.Design)}
	if e.Included {
		all = append(all, oscal.Own("operation", string(e.Operated)), oscal.Own("why-operation", e.Operation), oscal.Own("current-evidence", fmt.Sprint(e.Evidence)))
	}
	if e.Custom {
		all = append(all, oscal.Own("custom", "yes"), oscal.Own("source", e.Source))
	}
	if e.On.Known() {
		all = append(all, oscal.Own("claimed-for", e.On.String()))
	}
	for _, r := range e.Reasons {
		text := r.Text
		if text == "" {
			text = r.Kind.Words()
		}
		x := oscal.Own("reason", text)
		x.Class = strings.ReplaceAll(string(r.Kind), "_", "-")
		all = append(all, x)
	}
	for _, code := range e.Risks {
		all = append(all, oscal.Own("risk", code))
	}
	for _, code := range e.Controls {
		all = append(all, oscal.Own("control", code))
	}
	all = append(all, oscal.Own("owner", p.name(e.Owner)))
	return oscal.Props(all...)
}
