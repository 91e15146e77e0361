package blob

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// sniffLen is how much of a file Sniff looks at: the first entries of an office
// document are within it.
const sniffLen = 8 << 10

// Sniff says what a file is by its first bytes, whatever its name or its sender
// claims. It knows a little more than browsers do: office documents, CSV and JSON;
// and it takes text that begins with a tag for markup, which is never shown.
func Sniff(head []byte) string {
	head = head[:min(len(head), sniffLen)]
	media := http.DetectContentType(head)
	switch {
	case media == "application/zip":
		return sniffZip(head)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return "application/x-ole-storage" // Word, Excel and Outlook of before 2007
	case media == "text/plain; charset=utf-8": // or an older encoding of it
		return sniffText(head)
	}
	return media
}

// whole cuts off the last character if the end of head may have torn it apart.
func whole(head []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(head)); i++ {
		if c := head[len(head)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(head[len(head)-i:]) {
				return head[:len(head)-i]
			}
			break
		}
	}
	return head
}

// sniffZip tells office documents from other archives by what lies in them.
func sniffZip(head []byte) string {
	if len(head) > 30 { // OpenDocument: the first entry is the media type, not compressed
		if _, rest, ok := bytes.Cut(head[30:min(len(head), 200)], []byte("mimetype")); ok {
			for _, m := range []string{"text", "spreadsheet", "presentation"} {
				if bytes.HasPrefix(rest, []byte("application/vnd.oasis.opendocument."+m)) {
					return "application/vnd.oasis.opendocument." + m
				}
			}
		}
	}
	if !bytes.Contains(head, []byte("[Content_Types].xml")) && !bytes.Contains(head, []byte("_rels/.rels")) {
		return "application/zip"
	}
	const office = "application/vnd.openxmlformats-officedocument."
	for _, x := range []struct{ folder, media string }{
		{"word/", office + "wordprocessingml.document"},
		{"xl/", office + "spreadsheetml.sheet"},
		{"ppt/", office + "presentationml.presentation"},
	} {
		if bytes.Contains(head, []byte(x.folder)) {
			return x.media
		}
	}
	return "application/zip"
}

func sniffText(head []byte) string {
	text := bytes.TrimSpace(bytes.TrimPrefix(whole(head), []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(text, []byte("<")):
		if bytes.Contains(bytes.ToLower(text), []byte("<svg")) {
			return "image/svg+xml"
		}
		return "application/xml"
	case bytes.HasPrefix(text, []byte("#!")):
		return "text/x-script"
	case bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")):
		if isJSON(text) {
			return "application/json"
		}
	case isCSV(text, len(head) == sniffLen):
		return "text/csv; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// isJSON reports whether text is JSON, or its beginning.
func isJSON(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	n := 0
	for ; ; n++ {
		_, err := d.Token()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return n > 1
		}
		if err != nil {
			return false
		}
	}
}

// isCSV reports whether text is a table: two lines at least, each with the same
// number of fields, and more than one of them. cut says that the text goes on.
func isCSV(text []byte, cut bool) bool {
	if cut {
		text = text[:max(0, bytes.LastIndexByte(text, '\n'))]
	}
	for _, comma := range []rune{',', ';', '\t'} {
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma = comma
		rows, fields := 0, 0
		for {
			row, err := r.Read() // a row with more or fewer fields than the first is an error
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				rows = 0
				break
			}
			rows, fields = rows+1, len(row)
		}
		if rows > 1 && fields > 1 {
			return true
		}
	}
	return false
}

// Inline says whether a file of a sniffed media type may be shown in the page
// instead of being saved, and the media type to send it as. Raster images, PDF and
// plain text may; CSV and JSON may as plain text. Everything else can carry
// programs, or is not known, and may not: HTML, SVG, XML, scripts, office
// documents, archives. Whoever sends it still says nosniff and a sandbox.
func Inline(media string) (as string, ok bool) {
	kind, _, _ := strings.Cut(media, ";")
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "application/pdf":
		return kind, true
	case "text/csv", "application/json":
		return "text/plain; charset=utf-8", true
	case "text/plain":
		return media, true
	}
	return "application/octet-stream", false
}
