package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// readingPage is a policy as its reader has it.
type readingPage struct {
	frame
	policy.Page
	Problem  *problem.Error
	Sub      string
	Contents []document.Heading
	Lines    []string // of a document that was uploaded, as far as it could be read
	Due      string   // "by 31 Mar 2026"
	Late     bool
	Done     string // when the reader acknowledged it
	Signed   string // who approved it, and when
}

// getReading shows it: GET /o/{org}/policies/{policy}/read.
func (s *Server) getReading(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.reading(w, r, who, http.StatusOK, nil)
}

func (s *Server) reading(w http.ResponseWriter, r *http.Request, who visitor, status int, wrong *problem.Error) error {
	page, err := s.Policies.Read(r.Context(), who.Actor, r.PathValue("policy"), s.Now())
	if err != nil {
		return err
	}
	p := readingPage{Page: page, Problem: wrong}
	v, zone := page.Version, page.Zone
	p.Sub = readingSub(page, zone)
	if v.Uploaded() {
		p.Lines = linesOf(page.Text)
	} else {
		for _, h := range document.Outline(page.Text) {
			if h.Level <= 2 {
				p.Contents = append(p.Contents, h)
			}
		}
	}
	if page.Asked() {
		p.Due, p.Late = dayWords(page.Due), page.State == people.Missing
	}
	p.Done = momentWords(page.At, zone)
	p.Signed = signedWords(page, zone)
	p.frame = s.frame(w, r, who, "reading", page.Title)
	p.Crumbs = []crumb{{"My policies", p.path("policies", "mine")}, {page.Title, ""}}
	return s.render(w, r, status, readPolicy(p))
}

// readingSub is the line under the title.
func readingSub(p policy.Page, zone *time.Location) string {
	parts := []string{"Version " + p.Version.Number(), "in force since " + dayWords(dateIn(p.Version.PublishedAt, zone))}
	if p.Owner != "" {
		parts = append(parts, "kept by "+p.Owner)
	}
	if p.Text != "" {
		parts = append(parts, "about "+plural(p.Version.Minutes(), "minute", "minutes"))
	}
	return strings.Join(parts, " · ")
}

// signedWords says who approved the version.
func signedWords(p policy.Page, zone *time.Location) string {
	var names []string
	for _, s := range p.Approved {
		if s.Yes {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 || p.Version.ApprovedAt.IsZero() {
		return ""
	}
	return "Approved by " + strings.Join(names, " and ") + " on " + dayWords(dateIn(p.Version.ApprovedAt, zone)) + "."
}

// linesOf are the lines that could be read out of a document.
func linesOf(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// postAcknowledge records that its reader has read a policy: POST
// /o/{org}/policies/{policy}/acknowledge.
func (s *Server) postAcknowledge(w http.ResponseWriter, r *http.Request, who visitor) error {
	err := s.Policies.Acknowledge(r.Context(), who.Actor, r.PathValue("policy"), r.FormValue("version"), s.Now())
	if err != nil {
		if p := problem.Of(err); p.Code == problem.Conflict {
			return s.reading(w, r, who, http.StatusConflict, p)
		}
		return err
	}
	http.Redirect(w, r, orgPath(who.Slug(), "policies", r.PathValue("policy"), "read")+"#acknowledge", http.StatusSeeOther)
	return nil
}

// getReadingPDF sends the version in force as PDF: GET /o/{org}/policies/{policy}/read/pdf.
func (s *Server) getReadingPDF(w http.ResponseWriter, r *http.Request, who visitor) error {
	page, err := s.Policies.Read(r.Context(), who.Actor, r.PathValue("policy"), s.Now())
	if err != nil {
		return err
	}
	name, data, err := s.Policies.PDF(r.Context(), who.Actor, page.Version.ID, s.Now())
	if err != nil {
		return err
	}
	return sendPaper(w, r, name, "application/pdf", data)
}

// getReadingFile sends the uploaded document: GET /o/{org}/policies/{policy}/read/document.
func (s *Server) getReadingFile(w http.ResponseWriter, r *http.Request, who visitor) error {
	page, err := s.Policies.Read(r.Context(), who.Actor, r.PathValue("policy"), s.Now())
	if err != nil {
		return err
	}
	f, data, err := s.Policies.File(r.Context(), who.Actor, page.Version.ID, s.Now())
	if err != nil {
		return err
	}
	return sendPaper(w, r, f.Name, f.Media, data)
}

// sendPaper sends a document: a PDF opens in the browser, anything else is saved.
func sendPaper(w http.ResponseWriter, r *http.Request, name, media string, data []byte) error {
	as, inline := blob.Inline(media)
	how := "attachment"
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	if inline && as == "application/pdf" {
		how = "inline"
		h.Set("Content-Security-Policy", pdfPolicy)
	}
	h.Set("Content-Type", as)
	h.Set("Content-Disposition", disposition(how, name))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	return nil
}

// shelfPage is what binds its reader.
type shelfPage struct {
	frame
	Linked bool
	Asked  []shelfRow
	Rest   []shelfRow
}

// shelfRow is one policy on it.
type shelfRow struct {
	policy.Item
	To, Sub   string
	Mark, Due string
}

// getShelf shows it: GET /o/{org}/policies/mine.
func (s *Server) getShelf(w http.ResponseWriter, r *http.Request, who visitor) error {
	shelf, err := s.Policies.Mine(r.Context(), who.Actor, s.Now())
	if err != nil {
		return err
	}
	p := shelfPage{Linked: shelf.Person != ""}
	for _, i := range shelf.Items {
		row := shelfRow{Item: i, To: orgPath(who.Slug(), "policies", i.Slug, "read"), Sub: fmt.Sprintf("Version %s · about %s", i.Version.Number(), plural(i.Version.Minutes(), "minute", "minutes"))}
		switch i.State {
		case people.Missing:
			row.Mark, row.Due = "bad", "was due "+dayWords(i.Due)
		case people.Due:
			row.Mark, row.Due = "info", "by "+dayWords(i.Due)
		case people.Done:
			row.Mark, row.Due = "ok", "acknowledged "+dayWords(dateIn(i.At, shelf.Zone))
		default:
			row.Mark, row.Due = "unknown", "to read"
		}
		if i.Asked() {
			p.Asked = append(p.Asked, row)
		} else {
			p.Rest = append(p.Rest, row)
		}
	}
	p.frame = s.frame(w, r, who, "reading", "My policies")
	return s.render(w, r, http.StatusOK, myPolicies(p))
}

func (p shelfPage) sub() string {
	switch n := len(p.Asked); {
	case len(p.Rest)+n == 0:
		return "What the company asks everybody to know and to follow."
	case n == 0:
		return "You have acknowledged everything that was asked of you."
	default:
		return plural(n, "policy waits", "policies wait") + " for you."
	}
}
