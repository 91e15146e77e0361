package risk

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// Span is a length of time as the method writes it: "P12M", "P1Y" or "P30D".
type Span struct{ Months, Days int }

var spanPattern = regexp.MustCompile(`^P(?:(\d{1,2})Y)?(?:(\d{1,3})M)?(?:(\d{1,2})W)?(?:(\d{1,4})D)?$`)

// ParseSpan reads a span; it is longer than nothing.
func ParseSpan(text string) (Span, error) {
	m := spanPattern.FindStringSubmatch(text)
	if m == nil {
		return Span{}, fmt.Errorf("%q is not a length of time such as P12M or P30D", text)
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	s := Span{Months: 12*n(1) + n(2), Days: 7*n(3) + n(4)}
	if s == (Span{}) {
		return s, fmt.Errorf("%q is no time at all", text)
	}
	return s, nil
}

// After is the day a span after another.
func (s Span) After(d cadence.Date) cadence.Date {
	if s.Months > 0 {
		d = d.AddMonths(s.Months)
	}
	return d + cadence.Date(s.Days)
}

// Known reports whether s is a length of time at all.
func (s Span) Known() bool { return s != Span{} }

// Words is the span as a person says it: "12 months", "30 days".
func (s Span) Words() string {
	switch {
	case s.Months > 0 && s.Days > 0:
		return counted(s.Months, "month") + " and " + counted(s.Days, "day")
	case s.Months > 0:
		return counted(s.Months, "month")
	case s.Days > 0:
		return counted(s.Days, "day")
	}
	return "no time"
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSpan(string(text))
	return err
}

// String is the span as the method writes it; empty for none.
func (s Span) String() string {
	switch {
	case !s.Known():
		return ""
	case s.Months == 0:
		return fmt.Sprintf("P%dD", s.Days)
	case s.Days == 0:
		return fmt.Sprintf("P%dM", s.Months)
	}
	return fmt.Sprintf("P%dM%dD", s.Months, s.Days)
}

func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
