package blob

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

func zipOf(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		name, content, _ := strings.Cut(n, "=")
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		must(t, err)
		_, err = f.Write([]byte(content))
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

func TestSniffAndInline(t *testing.T) {
	const office = "application/vnd.openxmlformats-officedocument."
	for _, x := range []struct {
		name string
		head []byte
		want string
		as   string // empty: saved, not shown
	}{
		{"PNG", []byte("\x89PNG\x0d\x0a\x1a\x0a...."), "image/png", "image/png"},
		{"JPEG", []byte("\xff\xd8\xff\xe0...."), "image/jpeg", "image/jpeg"},
		{"GIF", []byte("GIF89a...."), "image/gif", "image/gif"},
		{"WebP", []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), "image/webp", "image/webp"},
		{"PDF", []byte("%PDF-1.7\n"), "application/pdf", "application/pdf"},
		{"text", []byte("We reviewed the access of 12 people.\nAll is well.\n"), "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
		{"text with an umlaut cut in two", []byte("Zugriffe gepr\xc3"), "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
		{"text with commas", []byte("First, we looked.\nThen, having looked, we left, all of us.\n"), "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
		{"CSV", []byte("user,last login\nada,2026-01-02\n"), "text/csv; charset=utf-8", "text/plain; charset=utf-8"},
		{"CSV with semicolons and a byte order mark", []byte("\ufeffNutzer;Datum\nada;2026-01-02\n"), "text/csv; charset=utf-8", "text/plain; charset=utf-8"},
		{"long CSV, cut off in a row", []byte(strings.Repeat("user,last login,\"a, b\"\n", 1000)), "text/csv; charset=utf-8", "text/plain; charset=utf-8"},
		{"JSON", []byte(`{"users": [1, 2`), "application/json", "text/plain; charset=utf-8"},
		{"text in brackets", []byte("[draft] We reviewed it.\n"), "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
		{"HTML", []byte("<!DOCTYPE html><script>alert(1)</script>"), "text/html; charset=utf-8", ""},
		{"HTML after blank lines", []byte("\n\n  <script>alert(1)</script>"), "text/html; charset=utf-8", ""},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "image/svg+xml", ""},
		{"XML", []byte("<?xml version=\"1.0\"?><x/>"), "text/xml; charset=utf-8", ""},
		{"markup of some kind", []byte("<x:thing xmlns:x='y'/>"), "application/xml", ""},
		{"script", []byte("#!/bin/sh\nrm -rf /\n"), "text/x-script", ""},
		{"Word", zipOf(t, "[Content_Types].xml", "_rels/.rels", "word/document.xml"), office + "wordprocessingml.document", ""},
		{"Excel", zipOf(t, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), office + "spreadsheetml.sheet", ""},
		{"PowerPoint", zipOf(t, "[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml"), office + "presentationml.presentation", ""},
		{"OpenDocument", zipOf(t, "mimetype=application/vnd.oasis.opendocument.text", "content.xml"), "application/vnd.oasis.opendocument.text", ""},
		{"ZIP", zipOf(t, "word/in-an-archive.txt"), "application/zip", ""},
		{"Word of 2003", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."), "application/x-ole-storage", ""},
		{"program", []byte("MZ\x90\x00\x03\x00\x00\x00"), "application/octet-stream", ""},
		{"nothing", nil, "text/plain; charset=utf-8", "text/plain; charset=utf-8"},
	} {
		if got := Sniff(x.head); got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
		as, ok := Inline(x.want)
		if ok != (x.as != "") || ok && as != x.as {
			t.Errorf("%s: shown as %q, %t; want %q", x.name, as, ok, x.as)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"", "<svg", "a,b\nc,d\n", "{\"a\":", "PK\x03\x04", "\xff\xfe<", "#!", "[1,"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		media := Sniff(data)
		as, ok := Inline(media)
		text := bytes.TrimLeft(data[:min(len(data), sniffLen)], "\t\n\x0c\r ")
		if ok && bytes.HasPrefix(text, []byte("<")) {
			t.Errorf("%q is shown as %q", data, as)
		}
	})
}
