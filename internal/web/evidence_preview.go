package web

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// fileView is one file of an item, and how much of it a page shows.
type fileView struct {
	File  evidence.File
	To    string // address of its bytes
	Shown bool   // a browser can show it without running anything
	As    string // "picture", "pdf", "table", "text", or empty
	Text  string
	Table [][]string
	Said  string // what is left out, or why nothing is shown
}

const (
	previewBytes   = 64 << 10 // of a text
	tableRows      = 60
	previewColumns = 24
	sendWithin     = 30 * time.Minute // two gigabytes over a slow line
)

// itemFiles fills in the files, and opens the one that is asked for or the first
// that can be shown.
func (s *Server) itemFiles(r *http.Request, who visitor, p *itemPage) error {
	p.Open = -1
	var sum int64
	for n, f := range p.Item.Files {
		v := fileView{File: f, To: orgPath(who.Slug(), "evidence", p.Item.ID, "files", strconv.Itoa(n)), As: shownAs(f)}
		v.Shown = v.As != ""
		sum += f.Bytes
		if p.Open < 0 && v.Shown {
			p.Open = n
		}
		p.Files = append(p.Files, v)
	}
	if len(p.Files) > 0 {
		p.FileSum = plural(len(p.Files), "file", "files") + ", " + bytesWords(sum)
	}
	if n, err := strconv.Atoi(r.FormValue("file")); err == nil && n >= 0 && n < len(p.Files) && p.Files[n].Shown {
		p.Open = n
	}
	if p.Open < 0 {
		return nil
	}
	return s.previewText(r, who, p.Item.ID, p.Open, &p.Files[p.Open])
}

// shownAs says how a page shows a file. Only what package blob lets a browser
// show is shown at all.
func shownAs(f evidence.File) string {
	as, ok := blob.Inline(f.Media)
	kind, _, _ := strings.Cut(f.Media, ";")
	switch {
	case !ok:
		return ""
	case strings.HasPrefix(as, "image/"):
		return "picture"
	case as == "application/pdf":
		return "pdf"
	case kind == "text/csv":
		return "table"
	}
	return "text"
}

// previewText reads the beginning of a text or a table. That the bytes are gone or
// damaged is said in their place: the rest of the page is as useful as ever.
func (s *Server) previewText(r *http.Request, who visitor, id string, n int, v *fileView) error {
	if v.As != "text" && v.As != "table" {
		return nil
	}
	_, body, err := s.Evidence.Open(r.Context(), who.Actor, id, n)
	if err != nil {
		if p := problem.Of(err); p.Code != problem.Internal {
			v.As, v.Said = "", p.Text
			return nil
		}
		return err
	}
	defer body.Close()
	head, err := io.ReadAll(io.LimitReader(body, previewBytes))
	if err != nil {
		v.As, v.Said = "", problem.Of(err).Text
		return nil
	}
	more := v.File.Bytes > int64(len(head))
	if v.As == "table" {
		if v.Table, v.Said = firstRows(head, more); v.Table != nil {
			return nil
		}
		v.As = "text"
	}
	v.Text = strings.ToValidUTF8(strings.ReplaceAll(string(head), "\x00", ""), "\uFFFD")
	if more {
		v.Said = "The first " + bytesWords(int64(len(head))) + " of " + bytesWords(v.File.Bytes) + ". Download it for the rest."
	}
	return nil
}

// firstRows reads the beginning of a table; nil when it is none.
func firstRows(head []byte, more bool) (rows [][]string, said string) {
	if more { // the last line may be cut
		if i := bytes.LastIndexByte(head, '\n'); i > 0 {
			head = head[:i+1]
		}
	}
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(head) {
		return nil, ""
	}
	table := csv.NewReader(bytes.NewReader(head))
	table.Comma, table.FieldsPerRecord, table.LazyQuotes = separator(head), -1, true
	wide := false
	for len(rows) < tableRows {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, ""
		}
		if len(row) > previewColumns {
			row, wide = row[:previewColumns], true
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, ""
	}
	if more || len(rows) == tableRows || wide {
		said = "The first " + plural(len(rows), "row", "rows") + ". Download it for the rest."
	}
	return rows, said
}

// separator is the one that the first line has most of.
func separator(head []byte) rune {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	best := ','
	for _, c := range []rune{';', '\t'} {
		if bytes.Count(first, []byte(string(c))) > bytes.Count(first, []byte(string(best))) {
			best = c
		}
	}
	return best
}

// The policies of files that people sent. They can run nothing and reach nothing;
// the viewer of PDF in a browser does not start in a sandbox, and needs none.
const (
	filePolicy = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
	pdfPolicy  = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

// getFile sends the bytes of a file: GET /o/{org}/evidence/{item}/files/{n}?download=.
// The store checks the permission; ranges are served.
func (s *Server) getFile(w http.ResponseWriter, r *http.Request, who visitor) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil {
		return problem.New(problem.NotFound, "There is no such file. Open the evidence and choose one there.")
	}
	f, body, err := s.Evidence.Open(r.Context(), who.Actor, r.PathValue("item"), n)
	if err != nil {
		return err
	}
	defer body.Close()
	as, inline := blob.Inline(f.Media)
	how := "inline"
	if !inline || r.FormValue("download") != "" {
		how = "attachment"
	}
	h := w.Header()
	h.Set("Content-Type", as)
	h.Set("Content-Disposition", disposition(how, f.Name))
	h.Set("Content-Security-Policy", filePolicy)
	if how == "inline" && as == "application/pdf" {
		h.Set("Content-Security-Policy", pdfPolicy)
	}
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache") // asked again each time, so that what was erased is gone
	h.Set("ETag", `"`+f.SHA256+`"`)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendWithin))
	http.ServeContent(w, r, "", time.Time{}, body)
	return nil
}

// disposition writes the name so that every browser reads it.
func disposition(how, name string) string {
	if d := mime.FormatMediaType(how, map[string]string{"filename": name}); d != "" {
		return d
	}
	return how
}
