package demo

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
)

// chart draws a picture such as a system shows it: bars of twelve months.
func chart(k int) []byte {
	m := canvas(640, 360)
	for i := range 4 {
		fill(m, 40, 60+i*70, 600, 61+i*70, grey)
	}
	for i := range 12 {
		h := 60 + (k*(i+3)+i*i*17)%170
		c := teal
		if i == 11 {
			c = amber
		}
		fill(m, 52+i*46, 320-h, 52+i*46+30, 320, c)
	}
	fill(m, 40, 320, 600, 322, ink)
	return encoded(m)
}

// diagram draws boxes in three zones and the lines between them.
func diagram() []byte {
	m := canvas(640, 360)
	for z, c := range []color.RGBA{{226, 240, 238, 255}, {240, 240, 226, 255}, {238, 230, 240, 255}} {
		fill(m, 20+z*205, 20, 210+z*205, 340, c)
	}
	for z, n := range []int{1, 3, 2} {
		for i := range n {
			y := 180 + (2*i-n+1)*50
			if z > 0 {
				fill(m, 160+(z-1)*205, 179, 70+z*205, 181, ink)
				fill(m, 68+z*205, min(y, 180), 70+z*205, max(y, 181), ink)
				fill(m, 68+z*205, y-1, 80+z*205, y+1, ink)
			}
			fill(m, 75+z*205, y-30, 165+z*205, y+30, teal)
		}
	}
	return encoded(m)
}

var (
	ink   = color.RGBA{52, 60, 66, 255}
	grey  = color.RGBA{214, 219, 222, 255}
	teal  = color.RGBA{38, 128, 122, 255}
	amber = color.RGBA{214, 140, 36, 255}
)

func canvas(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	return m
}

func fill(m *image.RGBA, x0, y0, x1, y1 int, c color.Color) {
	draw.Draw(m, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

func encoded(m image.Image) []byte {
	var b bytes.Buffer
	_ = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m) // a buffer takes everything
	return b.Bytes()
}

// portable is a page of text as a PDF.
func portable(lines []string) []byte {
	var page strings.Builder
	page.WriteString("BT /F1 11 Tf 60 770 Td 18 TL\n")
	for i, line := range lines {
		if i == 1 {
			page.WriteString("/F1 9 Tf\n")
		}
		for _, part := range wrapped(line, 84) {
			fmt.Fprintf(&page, "(%s) Tj T*\n", strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(part))
		}
	}
	page.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return b.Bytes()
}

// wrapped breaks a line where it gets too long.
func wrapped(line string, width int) []string {
	var out []string
	now := ""
	for _, w := range strings.Fields(line) {
		if now != "" && len(now)+1+len(w) > width {
			out = append(out, now)
			now = ""
		}
		now = strings.TrimSpace(now + " " + w)
	}
	return append(out, now)
}
