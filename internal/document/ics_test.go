package document

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/cadence"
)

func ics(t testing.TB, events ...Event) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteICS(&b, "Meridian; audits, and more", events, time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC), 12*time.Hour); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unfold joins broken lines again, as a reader does (RFC 5545, 3.1).
func unfold(s string) []string {
	return strings.Split(strings.TrimSuffix(strings.ReplaceAll(s, "\r\n ", ""), "\r\n"), "\r\n")
}

func TestACalendarKeepsTheRulesOfItsFormat(t *testing.T) {
	long := strings.Repeat("Überprüfung der Zugänge – 漢字 🗓 ", 12)
	out := ics(t,
		Event{UID: "obligation:1:2026-12-31@o.toucan", Title: "Review, of; access\\ rights", Text: "Line one\nLine two\r\nthree\x00\x07", URL: "https://toucan.test/o/x?a=1,2;b\r\nX-EVIL:1", Kind: "Obligations", From: cadence.On(2026, 12, 31), To: cadence.On(2026, 12, 31), Status: Confirmed},
		Event{UID: "e2", Title: long, From: cadence.On(2028, 2, 28), To: cadence.On(2028, 2, 29), Status: Tentative})

	if strings.Count(out, "\n") != strings.Count(out, "\r\n") || strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\r") {
		t.Error("a line does not end with CRLF")
	}
	for _, l := range strings.Split(out, "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) {
			t.Errorf("%d octets, valid %t: %q", len(l), utf8.ValidString(l), l)
		}
	}
	lines := unfold(out)
	if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-1] != "END:VCALENDAR" {
		t.Errorf("it begins with %q and ends with %q", lines[0], lines[len(lines)-1])
	}
	have := func(l string) {
		t.Helper()
		for _, x := range lines {
			if x == l {
				return
			}
		}
		t.Errorf("no line %q in\n%s", l, strings.Join(lines, "\n"))
	}
	for _, l := range []string{"VERSION:2.0", "METHOD:PUBLISH", `X-WR-CALNAME:Meridian\; audits\, and more`, "REFRESH-INTERVAL;VALUE=DURATION:PT12H", "DTSTAMP:20261126T093000Z",
		"DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101", "DTSTART;VALUE=DATE:20280228", "DTEND;VALUE=DATE:20280301",
		`SUMMARY:Review\, of\; access\\ rights`, `DESCRIPTION:Line one\nLine two\nthree`, "URL:https://toucan.test/o/x?a=1,2;bX-EVIL:1", "STATUS:TENTATIVE"} {
		have(l)
	}
	have("SUMMARY:" + long)
	name := regexp.MustCompile(`^[A-Z-]+(;[A-Z-]+=[A-Z]+)?:`)
	depth := 0
	for _, l := range lines {
		if !name.MatchString(l) {
			t.Errorf("no name of a property: %q", l)
		}
		if strings.HasPrefix(l, "BEGIN:") {
			depth++
		}
		if strings.HasPrefix(l, "END:") {
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d components are not closed", depth)
	}
	for _, required := range []string{"UID:", "DTSTAMP:", "DTSTART"} { // RFC 5545, 3.6.1
		if n := strings.Count("\n"+strings.Join(lines, "\n"), "\n"+required); n != 2 {
			t.Errorf("%d of %s in two events", n, required)
		}
	}
}

func TestAnEmptyCalendarIsOne(t *testing.T) {
	if l := unfold(ics(t)); l[len(l)-1] != "END:VCALENDAR" || strings.Contains(strings.Join(l, ""), "VEVENT") {
		t.Errorf("%q", l)
	}
}
