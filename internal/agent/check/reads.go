package check

import (
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/wire"
)

// tables are the parts of the table, one a platform and area, registered by the files of
// each platform.
var tables [][]Read

// line puts a line into the table and returns it, so that a check names what it reads by
// a variable: var osRelease = line(Read{...}).
func line(r Read) Read {
	tables = append(tables, []Read{r})
	return r
}

// Reads is everything the agent can look at on a platform, in the order of the checks.
func Reads(p wire.Platform) []Read {
	var out []Read
	for _, t := range tables {
		for _, r := range t {
			if r.Platform == p {
				out = append(out, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Read) int { return place(a) - place(b) })
	return out
}

// place is where a read stands among the checks.
func place(r Read) int {
	for i, c := range wire.Checks() {
		if slices.Contains(r.For, c) {
			return i
		}
	}
	return len(wire.Checks())
}

// byID is the whole table, for Allowed; it is complete when the program begins.
var byID = sync.OnceValue(func() map[string]Read {
	out := map[string]Read{}
	for _, t := range tables {
		for _, r := range t {
			out[r.ID] = r
		}
	}
	return out
})

// Allowed reports whether r is a line of the table, unchanged.
func Allowed(r Read) bool {
	x, ok := byID()[r.ID]
	return ok && x.Platform == r.Platform && x.Kind == r.Kind && x.Where == r.Where && slices.Equal(x.Args, r.Args) && x.Max == r.Max && x.AsUser == r.AsUser
}

// Fill puts values into the {names} of a pattern, in their order. It refuses a value
// that is empty, climbs ("..") or holds a NUL, too many values and too few. Only {home}
// and {path} may hold separators: every other value is one name in a folder.
func Fill(pattern string, fill []string) (string, error) {
	var b strings.Builder
	for {
		i := strings.IndexByte(pattern, '{')
		if i < 0 {
			break
		}
		j := strings.IndexByte(pattern[i:], '}')
		if j < 0 || len(fill) == 0 || !harmless(fill[0]) {
			return "", ErrRefused
		}
		if name := pattern[i+1 : i+j]; name != "home" && name != "path" && strings.ContainsAny(fill[0], `/\`) {
			return "", ErrRefused
		}
		b.WriteString(pattern[:i])
		b.WriteString(fill[0])
		pattern, fill = pattern[i+j+1:], fill[1:]
	}
	if len(fill) > 0 {
		return "", ErrRefused
	}
	b.WriteString(pattern)
	return b.String(), nil
}

func harmless(s string) bool {
	return s != "" && !strings.ContainsRune(s, 0) && !slices.Contains(strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '\\' }), "..")
}
