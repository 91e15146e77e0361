package posture

import (
	"strconv"
	"strings"
)

// why says in a sentence or two what a verdict rests on.
func why(v Verdict, q Design) string {
	var s strings.Builder
	if v.Own != nil {
		s.WriteString(v.Own.Why + " ")
	}
	if v.ByOwn {
		if len(v.Also) > 0 {
			s.WriteString("Through " + q.From.Short + ", " + ids(v.Also) + plural(len(v.Also), " shares", " share") + " ground with it. ")
		}
		return strings.TrimSuffix(s.String(), " ") + tail(v)
	}
	switch v.Coverage {
	case Full:
		s.WriteString(ids(v.By[:1]) + " holds all of it, so meeting " + ids(v.By[:1]) + " meets it.")
	case FullUnion:
		names := make([]string, len(v.Union.Sources))
		for i, r := range v.Union.Sources {
			names[i] = r.ID
		}
		s.WriteString(list(names) + " are all met and together hold all of it.")
	case FullAttested:
		s.WriteString(v.Attestation.By + " attests that " + list(v.Attestation.Sources) + " suffice, until " +
			v.Attestation.Until.UTC().Format("2 January 2006") + ".")
	case Partial:
		s.WriteString(ids(v.By) + plural(len(v.By), " shares", " share") + " ground with it; no source holds all of it.")
	case Candidate:
		if len(v.By) > 0 {
			s.WriteString(strconv.Itoa(len(v.By)) + plural(len(v.By), " met source reaches", " met sources reach") +
				" it through other frameworks, but nothing follows from that. A suggestion, not counted.")
		} else {
			s.WriteString("Only sets outside the stack point here. A suggestion, not counted.")
		}
	case None:
		if len(v.Waiting) > 0 {
			s.WriteString("Nothing met bears on it. " + ids(v.Waiting) + " would, but " +
				plural(len(v.Waiting), "is", "are") + " not met.")
		} else {
			s.WriteString("Nothing in " + q.From.Short + " that is met bears on it.")
		}
	}
	return s.String() + tail(v)
}

// tail is what is said of a verdict whatever its coverage.
func tail(v Verdict) string {
	var s strings.Builder
	if len(v.Disputed) > 0 {
		s.WriteString(" The stack contradicts itself about " + ids(v.Disputed) + ", so nothing is inferred from " +
			plural(len(v.Disputed), "it", "them") + ".")
	}
	if v.NetNew != nil && !v.Coverage.Closed() {
		s.WriteString(" Net new: " + v.NetNew.Reason)
	}
	return s.String()
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
