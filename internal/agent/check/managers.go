package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

// managersOf looks for a password manager of everybody, then of each user: programs gets
// nil for everybody.
func managersOf(ctx context.Context, src Source, in Input, browsers shelf, programs func(*User) sighting) Answer {
	p := newProbe(ctx, src, in)
	everybody := programs(nil)
	if everybody.found != "" {
		p.detail = append(p.detail, "for everybody: "+everybody.found)
		return p.pass()
	}
	users, err := src.Users(ctx)
	if err != nil {
		return p.because(err)
	}
	if len(users) == 0 {
		return p.unknown(wire.NoSession)
	}
	var all []finding
	for _, u := range users {
		s := programs(&u)
		if s.found == "" {
			b := browsers.look(ctx, src, u.Home)
			s.found, s.builtIn = b.found, s.builtIn || b.builtIn
			if s.err == nil {
				s.err = b.err
			}
		}
		s.builtIn = s.builtIn || everybody.builtIn
		if s.err == nil {
			s.err = everybody.err
		}
		r := s.judge(in)
		p.detail = append(p.detail, fmt.Sprintf("%s: %s %s %s", u.Name, s.found, r.Verdict, r.Reason))
		all = append(all, finding{r.Verdict, r.Reason})
	}
	slices.SortStableFunc(all, func(a, b finding) int { return strings.Compare(string(b.reason), string(a.reason)) }) // a pass with a reason before one without
	w := worst(all)
	return p.answer(w.verdict, w.reason)
}
