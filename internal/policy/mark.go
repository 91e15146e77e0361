package policy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// mark is how a person stands with one policy: since when they are asked, and what
// they acknowledged last. All marks of a person are one text in one row, so that
// fifty thousand people with thirty policies each are fifty thousand short rows;
// the acknowledgements themselves stand in rows of their own.
type mark struct {
	num   int          // of the policy
	asked int          // major version they are asked to acknowledge; zero: not asked
	since cadence.Date // when they were asked
	due   cadence.Date // the last day they were given
	acked int          // major version they acknowledged last; zero: none
	at    int64        // when, in microseconds
}

// marks are those of one person, by number of policy.
type marks []mark

// find returns the mark of a policy, or the zero mark.
func (m marks) find(num int) mark {
	if i, ok := slices.BinarySearchFunc(m, num, func(x mark, n int) int { return x.num - n }); ok {
		return m[i]
	}
	return mark{num: num}
}

// put sets the mark of a policy.
func (m *marks) put(x mark) {
	i, ok := slices.BinarySearchFunc(*m, x.num, func(y mark, n int) int { return y.num - n })
	if ok {
		(*m)[i] = x
	} else {
		*m = slices.Insert(*m, i, x)
	}
}

// String is the marks as the table holds them: numbers to base 36.
func (m marks) String() string {
	b := make([]byte, 0, 20*len(m))
	for i, x := range m {
		if i > 0 {
			b = append(b, ';')
		}
		for k, n := range [...]int64{int64(x.num), int64(x.asked), int64(x.since), int64(x.due), int64(x.acked), x.at} {
			if k > 0 {
				b = append(b, '.')
			}
			if n != 0 {
				b = strconv.AppendInt(b, n, 36)
			}
		}
	}
	return string(b)
}

// readMarks adds the marks of a text to into, which may be used again. Text nobody
// here wrote has none.
func readMarks(text string, into marks) marks {
	for len(text) > 0 {
		var part string
		part, text, _ = strings.Cut(text, ";")
		var n [6]int64
		ok := true
		for k := range n {
			var field string
			field, part, _ = strings.Cut(part, ".")
			if n[k], ok = base36(field); !ok {
				break
			}
		}
		if ok {
			into = append(into, mark{int(n[0]), int(n[1]), cadence.Date(n[2]), cadence.Date(n[3]), int(n[4]), n[5]})
		}
	}
	return into
}

func base36(s string) (int64, bool) {
	var n int64
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			n = n*36 + int64(c-'0')
		case 'a' <= c && c <= 'z':
			n = n*36 + int64(c-'a') + 10
		default:
			return 0, false
		}
	}
	return n, true
}
