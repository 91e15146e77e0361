package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Properties are all kinds of value, in the order in which lists show them.
var Properties = []Property{Frequency, Deadline, Retention, Threshold, Role, Definition, Scope, Governs}

// Known reports whether p is one of the properties.
func (p Property) Known() bool { return slices.Contains(Properties, p) }

// Length is a stretch of time as policies state it. Hours, days and months are
// never turned into each other: 90 days are not three months.
type Length struct {
	N        int
	Unit     byte // 'H' hours, 'D' days, 'M' months
	Business bool // the days are working days
}

var isoLength = regexp.MustCompile(`^P(?:(\d{1,4})([DWMY])|T(\d{1,4})([HM]))( business)?$`)

// ParseLength reads an ISO 8601 duration of one unit, such as "P3M" or "PT48H". Days
// that are working days carry the word "business" behind: "P2D business".
func ParseLength(s string) (Length, bool) {
	p := isoLength.FindStringSubmatch(s)
	if p == nil {
		return Length{}, false
	}
	number, unit := p[1], p[2]
	if number == "" {
		if number, unit = p[3], p[4]; unit == "M" {
			return Length{}, false // minutes: nobody undertakes them
		}
	}
	n, _ := strconv.Atoi(number)
	l := Length{N: n, Unit: unit[0], Business: p[5] != ""}
	switch unit {
	case "W":
		l = Length{N: 7 * n, Unit: 'D', Business: l.Business}
	case "Y":
		l = Length{N: 12 * n, Unit: 'M'}
	}
	return l, n > 0 && (!l.Business || l.Unit == 'D')
}

// As writes the length as values of a property stand: whole years for twelve
// months, and deadlines of up to three days in hours.
func (l Length) As(p Property) string {
	if l.Business {
		return "P" + strconv.Itoa(l.N) + "D business"
	}
	if l.Unit == 'D' && (l.N == 365 || l.N == 366) {
		l = Length{N: 12, Unit: 'M'} // whoever writes 365 days means a year
	}
	if p == Deadline && l.Unit == 'D' && l.N <= 3 {
		l = Length{N: 24 * l.N, Unit: 'H'}
	}
	if l.Unit == 'H' && l.N%24 == 0 && (p != Deadline || l.N > 72) {
		l = Length{N: l.N / 24, Unit: 'D'}
	}
	switch {
	case l.Unit == 'H':
		return "PT" + strconv.Itoa(l.N) + "H"
	case l.Unit == 'M' && l.N%12 == 0:
		return "P" + strconv.Itoa(l.N/12) + "Y"
	}
	return "P" + strconv.Itoa(l.N) + string(l.Unit)
}

// longest is how many days the length has at most: a working week is seven days,
// a month at most 31, a quarter at most 92, a year at most 366.
func (l Length) longest() float64 {
	switch {
	case l.Unit == 'H':
		return float64(l.N) / 24
	case l.Unit == 'D' && l.Business:
		return float64((l.N+4)/5*2 + l.N)
	case l.Unit == 'D':
		return float64(l.N)
	}
	years, rest := l.N/12, l.N%12
	inYear := [12]int{0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337}
	return float64(365*years + b2i(years > 0) + inYear[rest])
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

var thresholdValue = regexp.MustCompile(`^(>=|<=|=)\s*(\d[\d,]*(?:\.\d+)?)\s+(\S.*)$`)

// Normal returns a value as values of its property are written, so that equal
// values are equal texts, or an Invalid problem that says how to write it.
func Normal(p Property, value string) (string, error) {
	value = strings.TrimSpace(value)
	switch {
	case value == "":
		return "", problem.Field("value", "The value is missing. Write what the document binds us to.")
	case len(value) > 600:
		return "", problem.Field("value", "The value is longer than 600 characters. Shorten it to what it binds us to.")
	}
	switch p {
	case Frequency, Deadline, Retention:
		l, ok := ParseLength(value)
		if !ok {
			return "", problem.Field("value", "“"+brief(value)+"” is no stretch of time of one unit. Write it like P3M, P7D, P1Y or PT48H, and P2D business for working days.")
		}
		return l.As(p), nil
	case Threshold:
		m := thresholdValue.FindStringSubmatch(value)
		if m == nil {
			return "", problem.Field("value", "“"+brief(value)+"” is no limit. Write a sign, a number and a unit, like >=14 characters or <=45 days.")
		}
		return m[1] + strings.ReplaceAll(m[2], ",", "") + " " + m[3], nil
	case Scope:
		tokens := strings.FieldsFunc(value, func(r rune) bool { return r == '+' })
		for i, t := range tokens {
			if tokens[i] = slugOf(t); tokens[i] == "" {
				return "", problem.Field("value", "“"+brief(value)+"” is no scope. Write words joined by +, like contractors+employees.")
			}
		}
		slices.Sort(tokens)
		return strings.Join(slices.Compact(tokens), "+"), nil
	case Role, Governs:
		if value != slugOf(value) {
			return "", problem.Field("value", "“"+brief(value)+"” is no id. Use lower-case letters, figures and hyphens, like "+slugOf(value)+".")
		}
		return value, nil
	case Definition:
		return meaning(value), nil
	}
	return "", problem.Field("property", "“"+brief(string(p))+"” is no property. Choose frequency, deadline, retention, threshold, role, definition, scope or governs.")
}

// meaning folds spaces, case and the final full stop of a definition.
func meaning(s string) string {
	return strings.TrimRight(strings.ToLower(strings.Join(strings.Fields(s), " ")), ".")
}

// corrected checks undertakings that a person changed or added; those that stand in
// the version already are taken as they are.
func corrected(list []Undertaking, v Version) ([]Undertaking, error) {
	out := []Undertaking{}
	for _, u := range list {
		if slices.Contains(v.Undertakings, u) {
			out = append(out, u)
			continue
		}
		was := slices.IndexFunc(v.Undertakings, func(o Undertaking) bool { return o.ID == u.ID && u.ID != "" })
		u, err := u.checked(was >= 0 && v.Undertakings[was].Sentence == u.Sentence || strings.Contains(v.Body, u.Sentence) || strings.Contains(v.Reading(), u.Sentence))
		if err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// checked returns the undertaking as it is kept, or the problem with it; stands says
// that its sentence is one of the text. A value that was taken out stays empty.
func (u Undertaking) checked(stands bool) (Undertaking, error) {
	u.Sentence = strings.TrimSpace(u.Sentence)
	if u.ID == "" {
		u.ID = newID()
	}
	if s, ok := Words().Subject(u.Subject); ok {
		if u.Topic = s.Topic; u.Property == "" {
			u.Property = s.Property
		}
		if s.Property != u.Property {
			return u, problem.Field("property", "“"+s.Label+"” is a "+string(s.Property)+". Choose that, or another subject.")
		}
	}
	switch {
	case u.Subject == "" || u.Subject != slugOf(u.Subject) || len(u.Subject) > 100:
		return u, problem.Field("subject", "Choose a subject of the list, or name one of your own in lower-case words joined by hyphens.")
	case u.Topic != "" && u.Topic != slugOf(u.Topic):
		return u, problem.Field("topic", "Choose a topic of the list.")
	case u.Sentence == "" || len(u.Sentence) > 2000 || !stands:
		return u, problem.Field("sentence", "This sentence does not stand in the text. Copy it letter for letter.")
	case !u.Property.Known():
		return u, problem.Field("property", "Choose what kind of value it is.")
	case u.Value == "":
		return u, nil
	}
	value, err := Normal(u.Property, u.Value)
	u.Value = value
	return u, err
}
