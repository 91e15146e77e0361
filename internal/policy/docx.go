package policy

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Limits of a DOCX file: a few kilobytes can unpack to many gigabytes.
const (
	maxParts = 2000
	maxXML   = 32 << 20 // bytes of the part with the text
	maxRead  = 400_000  // characters that are read out of it
	maxDepth = 200      // elements in elements
)

// ReadDOCX reads the text out of a document of Word: headings, paragraphs, items of
// lists and cells of tables, one a line. note says in a sentence what a reader of
// the text should know: that nothing or not everything could be read. A file that
// is no DOCX is an Invalid problem that names it.
func ReadDOCX(name string, data []byte) (text, note string, err error) {
	broken := func(cause error) error {
		return &problem.Error{Code: problem.Invalid, Field: "file", Err: cause, Text: name + " cannot be read as DOCX. Open it in Word or LibreOffice, save it as DOCX again, or as PDF."}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", "", broken(err)
	}
	if len(z.File) > maxParts {
		return "", "", problem.Field("file", fmt.Sprintf("%s has %d parts, far more than a policy has. Save it anew.", name, len(z.File)))
	}
	var part *zip.File
	for _, f := range z.File {
		if f.Name == "word/document.xml" {
			part = f
			break // of two with the same name the first counts
		}
	}
	if part == nil {
		return "", "", problem.Field("file", name+" is a packed file, but no document of Word. Choose a DOCX or PDF file.")
	}
	if part.UncompressedSize64 > maxXML {
		return "", "", problem.Field("file", fmt.Sprintf("The text of %s unpacks to more than %d MB, which no policy has. Save it anew.", name, maxXML>>20))
	}
	r, err := part.Open()
	if err != nil {
		return "", "", broken(err)
	}
	defer r.Close()
	w := docx{left: maxRead}
	err = w.read(xml.NewDecoder(io.LimitReader(r, maxXML+1)))
	switch {
	case errors.Is(err, errLong):
		note = fmt.Sprintf("Only the first %d characters of the document were read.", maxRead)
	case err != nil:
		return "", "", broken(err)
	}
	if text = strings.TrimSpace(w.out.String()); text == "" {
		return "", "No text could be read out of the document: it may hold pictures only. People open the file to read it.", nil
	}
	return text, note, nil
}

var (
	errLong = errors.New("the text is longer than is read")
	errDeep = errors.New("elements stand too deep in each other")
)

// docx gathers text while the document goes by.
type docx struct {
	out     strings.Builder
	line    strings.Builder
	left    int // characters that still fit
	depth   int
	item    bool // the paragraph is an item of a list
	inText  bool // inside w:t
	dropped int  // depth of an element that is left out, or zero
}

func (d *docx) read(dec *xml.Decoder) error {
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return d.end()
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if d.depth++; d.depth > maxDepth {
				return errDeep
			}
			d.start(t)
		case xml.EndElement:
			if err := d.close(t.Name.Local); err != nil {
				return err
			}
			d.depth--
		case xml.CharData:
			if d.inText && d.dropped == 0 {
				d.line.Write(t)
			}
		}
	}
}

func (d *docx) start(t xml.StartElement) {
	switch t.Name.Local {
	case "del", "moveFrom", "Fallback": // what was struck out, and a second copy for old programs
		if d.dropped == 0 {
			d.dropped = d.depth
		}
	case "t":
		d.inText = true
	case "tab":
		if d.dropped == 0 && d.line.Len() > 0 {
			d.line.WriteByte(' ')
		}
	case "br", "cr":
		if d.dropped == 0 {
			d.line.WriteByte(' ')
		}
	case "numPr":
		d.item = true
	}
}

func (d *docx) close(name string) error {
	if d.dropped == d.depth {
		d.dropped = 0
	}
	switch name {
	case "t":
		d.inText = false
	case "p":
		return d.end()
	}
	return nil
}

// end ends a line.
func (d *docx) end() error {
	line := strings.Join(strings.Fields(strings.ToValidUTF8(d.line.String(), "□")), " ")
	line = strings.ReplaceAll(line, "\x00", "")
	item := d.item
	d.line.Reset()
	d.item = false
	if line == "" {
		return nil
	}
	if item {
		line = "- " + line
	}
	if n := len([]rune(line)) + 1; n > d.left {
		return errLong
	} else {
		d.left -= n
	}
	d.out.WriteString(line)
	d.out.WriteByte('\n')
	return nil
}
