package policy

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// packed is a DOCX with a body, and other parts.
func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range parts {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const wordHead = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="x"><w:body>`

func word(t testing.TB, body string) []byte {
	return packed(t, map[string]string{"word/document.xml": wordHead + body + `</w:body></w:document>`, "[Content_Types].xml": "<Types/>"})
}

func TestReadDOCX(t *testing.T) {
	para := func(s string) string { return "<w:p><w:r><w:t>" + s + "</w:t></w:r></w:p>" }
	for _, tt := range []struct{ name, body, want string }{
		{"paragraphs", para("One.") + para("Two &amp; three."), "One.\nTwo & three."},
		{"a word cut into runs", `<w:p><w:r><w:t>Acc</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>ess</w:t></w:r></w:p>`, "Access"},
		{"an item of a list", `<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr><w:r><w:t>Item</w:t></w:r></w:p>` + para("After"), "- Item\nAfter"},
		{"cells of a table", `<w:tbl><w:tr><w:tc>` + para("Logs") + `</w:tc><w:tc>` + para("12 months") + `</w:tc></w:tr></w:tbl>`, "Logs\n12 months"},
		{"a tab and a break", `<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>`, "a b c"},
		{"what was struck out is left out", `<w:p><w:r><w:t>24 hours</w:t></w:r><w:del><w:r><w:delText>48 hours</w:delText></w:r></w:del><w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom></w:p>`, "24 hours"},
		{"the copy for old programs is left out", `<w:p><mc:AlternateContent><mc:Choice><w:r><w:t>box</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>box</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>`, "box"},
		{"a code of a field is left out", `<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>3</w:t></w:r></w:p>`, "3"},
		{"empty paragraphs", `<w:p/>` + para("x") + `<w:p></w:p>`, "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, note, err := ReadDOCX("x.docx", word(t, tt.body))
			if err != nil || got != tt.want || note != "" {
				t.Errorf("%q, %q, %v; want %q", got, note, err, tt.want)
			}
		})
	}
}

func TestDOCXThatCannotBeRead(t *testing.T) {
	for name, data := range map[string][]byte{
		"no zip":          []byte("PK\x03\x04 nothing"),
		"another zip":     packed(t, map[string]string{"xl/workbook.xml": "<x/>"}),
		"broken XML":      packed(t, map[string]string{"word/document.xml": wordHead + "<w:p>"}),
		"a foreign root":  packed(t, map[string]string{"word/document.xml": "no XML at all <"}),
		"too deep":        word(t, strings.Repeat("<w:x>", 500)+strings.Repeat("</w:x>", 500)),
		"unpacks to much": word(t, "<w:p>"+strings.Repeat(" ", maxXML)+"</w:p>"),
	} {
		if text, _, err := ReadDOCX("rules.docx", data); err == nil || !strings.Contains(err.Error(), "rules.docx") {
			t.Errorf("%s: read as %.40q, %v", name, text, err)
		}
	}
	long := word(t, strings.Repeat("<w:p><w:r><w:t>"+strings.Repeat("a", 999)+"</w:t></w:r></w:p>", 500))
	text, note, err := ReadDOCX("x.docx", long)
	if err != nil || len(text) > maxRead || note == "" {
		t.Errorf("a long document: %d characters, %q, %v", len(text), note, err)
	}
	if text, note, err := ReadDOCX("x.docx", word(t, "")); err != nil || text != "" || note == "" {
		t.Errorf("a document without text: %q, %q, %v", text, note, err)
	}
}

func FuzzReadDOCX(f *testing.F) {
	f.Add(word(f, "<w:p><w:r><w:t>One</w:t></w:r></w:p>"))
	f.Add(packed(f, map[string]string{"word/document.xml": "<w:p>"}))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, _, err := ReadDOCX("x.docx", data)
		if err != nil && text != "" {
			t.Error("a failure came with text")
		}
		if len([]rune(text)) > maxRead {
			t.Errorf("%d characters were read", len(text))
		}
	})
}
