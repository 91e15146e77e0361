package web

import (
	"net/http"
	"strings"

	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/framework"
)

// reportPage is a report as a page that can be read aloud and printed.
type reportPage struct {
	frame
	Report document.Report
	PDF    string        // address of the same as PDF
	More   []registerAct // other forms it leaves in
}

// showReport shows a report as a page, or hands it out as PDF when the address ends
// in format=pdf: the same words either way. more are other forms it leaves in.
func (s *Server) showReport(w http.ResponseWriter, r *http.Request, f frame, report document.Report, more ...registerAct) error {
	if r.FormValue("format") == "pdf" {
		data, err := report.PDF()
		if err != nil {
			return err
		}
		return sendFile(w, "application/pdf", f.Slug+"-"+framework.IDFrom(report.Title)+".pdf", data)
	}
	q := r.URL.Query()
	q.Set("format", "pdf")
	return s.render(w, r, http.StatusOK, showReport(reportPage{f, report, r.URL.EscapedPath() + "?" + q.Encode(), more}))
}

// headingTag is the element of a heading of a report: h2 below the title, and down.
func headingTag(level int) string {
	return "h" + string(rune('1'+min(max(level, 1), 4)))
}

func reportParagraphs(text string) []string { return strings.Split(text, "\n\n") }
