package web

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/policy"
)

// getPolicy shows the text: GET /o/{org}/policy/{policy}.
func (s *Server) getPolicy(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, b, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	return s.showPolicy(w, r, who, http.StatusOK, o, b, s.policyHead(w, r, who, o, "text", ""))
}

func (s *Server) showPolicy(w http.ResponseWriter, r *http.Request, who visitor, status int, o policyOpen, b *book, head policyHead) error {
	groups, err := s.policyGroups(r.Context(), who)
	if err != nil {
		return err
	}
	clashes, err := s.policyClashes(r.Context(), who)
	if err != nil {
		return err
	}
	p := policyTextPage{policyHead: head, Acked: o.acked(), Conflicts: clashes.Of[o.ID], Clashes: clashes.To}
	v, ok := o.reading()
	if ok {
		_, state := policyState(v.State)
		p.Shown = "Version " + v.Number() + ", " + state
		p.Unfilled = v.Unfilled
		if v.Uploaded() {
			p.Upload = policyFileOf(p.frame, o, v)
		} else {
			text := policyTitle(policyBody(v, true), o.Title)
			p.Reading = text
			for _, h := range document.Outline(text) {
				if h.Level == 2 || h.Level == 3 {
					p.Outline = append(p.Outline, policyOutlineLine{h.Level, h.Text, h.ID})
				}
			}
		}
		if v.PDF != "" {
			p.PDF = p.path("policy", o.Slug, "versions", v.ID, "pdf")
		}
	} else {
		p.Shown = "No text yet"
	}
	p.Facts = o.facts(groups)
	for _, id := range o.Controls {
		if c := b.control(id); c.Title != "" {
			p.Controls = append(p.Controls, option{c.Code, c.Title})
		}
	}
	return s.render(w, r, status, policyText(p))
}

// acked is how far the acknowledgement of the version in force is.
func (o policyOpen) acked() policyLine {
	_, ok := o.InForce()
	return policyLine{Asks: ok && o.Acknowledge, Done: o.Acknowledging.Done, Of: policyAsked(o.Acknowledging)}
}

// facts are the lines of the card beside the text.
func (o policyOpen) facts(groups policyGroups) []policyFact {
	out := []policyFact{{"Owner", o.OwnerName, true}, {"Approver", o.ApproverName, true}, {"Binds", groups.words(o.Audience), false}}
	if v, ok := o.InForce(); ok {
		out = append(out, policyFact{"In force since", o.day(v.PublishedAt), false})
	}
	switch words, _ := policyReviewWords(o.Review, o.ReviewDue); {
	case words != "":
		out = append(out, policyFact{"Next review", upperFirst(words), false})
	case o.ReviewEvery == 0:
		out = append(out, policyFact{"Next review", "none is asked for", false})
	}
	if o.Template != "" {
		out = append(out, policyFact{"Made from", "a template of Toucan", false})
	}
	return out
}

// policyFileOf is the uploaded document of a version.
func policyFileOf(f frame, o policyOpen, v policy.Version) *policyFile {
	kind := "PDF"
	if !strings.Contains(v.File.Media, "pdf") {
		kind = "DOCX"
	}
	return &policyFile{Name: v.File.Name, Kind: kind, Size: bytesWords(v.File.Bytes), To: f.path("policy", o.Slug, "versions", v.ID, "document"), Text: v.File.Text, Note: v.File.Note}
}

// getPolicyVersions lists the versions and compares two:
// GET /o/{org}/policy/{policy}/versions?from=&to=.
func (s *Server) getPolicyVersions(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	p := policyVersionsPage{policyHead: s.policyHead(w, r, who, o, "versions", "Versions"), From: r.FormValue("from"), To: r.FormValue("to"), Heading: "What changed"}
	at := map[string]policy.Version{}
	for i, v := range o.Versions {
		at[v.ID] = v
		_, state := policyState(v.State)
		p.Choices = append(p.Choices, option{v.ID, v.Number() + ", " + state})
		row := o.versionRow(p.frame, v)
		if i+1 < len(o.Versions) {
			row.Compare = query(p.path("policy", o.Slug, "versions"), "from", o.Versions[i+1].ID, "to", v.ID)
		}
		signed, err := s.Approvals.Of(r.Context(), who.Actor, approval.PolicyVersion, v.ID)
		if err != nil {
			return err
		}
		for _, a := range signed {
			row.Signed = append(row.Signed, policySignedOf(a, o)...)
		}
		p.Rows = append(p.Rows, row)
	}
	if _, ok := at[p.To]; !ok && len(o.Versions) > 0 {
		p.To = o.Versions[0].ID
	}
	if _, ok := at[p.From]; !ok && len(o.Versions) > 1 {
		p.From = o.Versions[1].ID
	}
	if len(o.Versions) > 1 {
		was, is := at[p.From], at[p.To]
		p.Heading = fmt.Sprintf("From version %s to %s", was.Number(), is.Number())
		d := diffOf(p.Heading, "These two say the same, word for word.", policyBody(was, true), policyBody(is, true))
		p.Diff = &d
	}
	return s.render(w, r, http.StatusOK, policyVersions(p))
}

// versionRow is a version as the list shows it.
func (o policyOpen) versionRow(f frame, v policy.Version) policyVersionRow {
	row := policyVersionRow{Number: v.Number(), ID: v.ID, Change: v.Change, Kind: policyKind(v, o)}
	row.Mark, row.State = policyState(v.State)
	if v.State == policy.Archived && !v.PublishedAt.IsZero() {
		row.State = "ended"
	}
	row.Lines = append(row.Lines, "Written by "+o.name(v.WrittenBy)+", "+o.day(v.WrittenAt))
	switch {
	case !v.PublishedAt.IsZero() && !v.EndedAt.IsZero():
		row.Lines = append(row.Lines, fmt.Sprintf("In force from %s to %s, published by %s", o.day(v.PublishedAt), o.day(v.EndedAt), o.name(v.PublishedBy)))
	case !v.PublishedAt.IsZero():
		row.Lines = append(row.Lines, fmt.Sprintf("In force since %s, published by %s", o.day(v.PublishedAt), o.name(v.PublishedBy)))
	}
	for _, rv := range o.Reviews {
		if rv.Version == v.ID && rv.State == policy.ReviewCounts {
			row.Lines = append(row.Lines, "Reviewed on "+dayWords(rv.On)+" by "+o.name(rv.By)+", nothing to change"+policyNote(rv.Note))
		}
	}
	if v.PDF != "" {
		row.PDF = f.path("policy", o.Slug, "versions", v.ID, "pdf")
	}
	if v.Uploaded() {
		row.File = policyFileOf(f, o, v)
	}
	return row
}

func policyNote(note string) string {
	if note == "" {
		return ""
	}
	return ": " + note
}

// policySignedOf are the decisions of one approval.
func policySignedOf(a approval.Waiting, o policyOpen) []policySigned {
	var out []policySigned
	for _, d := range a.Decisions {
		mark, word := "good", "Approved"
		if !d.Yes {
			mark, word = "bad", "Rejected"
		}
		out = append(out, policySigned{mark, word + " by " + d.Name + ", " + momentWords(d.At, o.zone), d.Reason})
	}
	return out
}

// policyKind says what kind of change a version is.
func policyKind(v policy.Version, o policyOpen) string {
	switch {
	case len(o.Versions) > 0 && o.Versions[len(o.Versions)-1].ID == v.ID:
		return "First version"
	case v.Material:
		return "Material change: approved, and acknowledged anew"
	}
	return "Not a material change"
}

// getPolicyHistory lists what was recorded: GET /o/{org}/policy/{policy}/history.
func (s *Server) getPolicyHistory(w http.ResponseWriter, r *http.Request, who visitor) error {
	o, _, err := s.openPolicy(r, who)
	if err != nil {
		return err
	}
	acts, err := s.Policies.History(r.Context(), who.Actor, o.ID)
	if err != nil {
		return err
	}
	p := policyHistoryPage{policyHead: s.policyHead(w, r, who, o, "history", "History")}
	for _, a := range acts {
		title := leafTitle(a.Kind)
		if a.Version != "" {
			title += ", version " + a.Version
		}
		by := a.ByName
		if by == "" {
			by = "Toucan"
		}
		p.Rows = append(p.Rows, policyLeaf{Title: title, By: by, At: momentWords(a.At, o.zone), Words: a.Words})
	}
	if who.Can(access.ViewLog) {
		p.More = query(p.path("log"), "kind", "policy.")
	}
	return s.render(w, r, http.StatusOK, policyHistory(p))
}
