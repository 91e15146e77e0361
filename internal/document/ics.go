package document

import (
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Event is one entry of a calendar that takes whole days.
type Event struct {
	UID      string // the same for the same entry, for ever and everywhere
	Title    string
	Text     string // several lines, or empty
	URL      string // where it stands, or empty
	Kind     string // one category
	From, To cadence.Date
	Status   EventStatus
}

// EventStatus is how sure the entry is.
type EventStatus string

const (
	Confirmed EventStatus = "CONFIRMED"
	Tentative EventStatus = "TENTATIVE"
	Cancelled EventStatus = "CANCELLED"
)

// WriteICS writes a calendar as iCalendar (RFC 5545): whole days without a zone, so
// that they stay on their day wherever they are read. stamp is when it was made;
// every is how often a program should ask again.
func WriteICS(w io.Writer, name string, events []Event, stamp time.Time, every time.Duration) error {
	var b strings.Builder
	line := func(key, value string) { fold(&b, key+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Toucan//Toucan//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("NAME", escaped(name))
	line("X-WR-CALNAME", escaped(name))
	if every > 0 {
		wait := "PT" + strings.TrimSuffix(strings.ToUpper(every.Round(time.Hour).String()), "0M0S")
		line("REFRESH-INTERVAL;VALUE=DURATION", wait)
		line("X-PUBLISHED-TTL", wait)
	}
	at := stamp.UTC().Format("20060102T150405Z")
	for _, e := range events {
		line("BEGIN", "VEVENT")
		line("UID", escaped(e.UID))
		line("DTSTAMP", at)
		line("DTSTART;VALUE=DATE", icsDay(e.From))
		line("DTEND;VALUE=DATE", icsDay(max(e.From, e.To)+1)) // the day after the last
		line("SUMMARY", escaped(e.Title))
		if e.Text != "" {
			line("DESCRIPTION", escaped(e.Text))
		}
		if e.URL != "" {
			line("URL", oneLine(e.URL))
		}
		if e.Kind != "" {
			line("CATEGORIES", escaped(e.Kind))
		}
		if e.Status != "" {
			line("STATUS", string(e.Status))
		}
		line("TRANSP", "TRANSPARENT") // a day with a date in it is not a busy day
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	_, err := io.WriteString(w, b.String())
	return err
}

func icsDay(d cadence.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// escaped is a value of type TEXT: RFC 5545, 3.3.11. What is no text is left out.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n") {
		switch {
		case r == '\\' || r == ';' || r == ',':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteByte(' ')
		case r < ' ' || r == 0x7f:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// oneLine leaves out what would end a line: a URI is not escaped.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// icsOctets is how long a line may be, without its end (RFC 5545, 3.1).
const icsOctets = 75

// fold writes a line, broken where it is too long and never within a character.
func fold(b *strings.Builder, s string) {
	room := icsOctets
	for len(s) > room {
		n := room
		for !utf8.RuneStart(s[n]) {
			n--
		}
		b.WriteString(s[:n])
		b.WriteString("\r\n ")
		s, room = s[n:], icsOctets-1 // the space counts
	}
	b.WriteString(s)
	b.WriteString("\r\n")
}
