package isms

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
)

// ScopePicture is the two scopes beside each other, and everything that could be in
// them.
type ScopePicture struct {
	ISMS, SOC2 *ScopeVersion // in force; nil: there is none
	Things     []ScopeThing  // by sort and code; the retired ones too
	Decisions  []ScopeDecision
	Today      cadence.Date
	Zone       *time.Location
}

// ScopePitfall is how the guide calls the trap of those who come from SOC 2.
const ScopePitfall = "A narrow SOC 2 boundary quietly becomes the assumed ISMS scope"

// Kinds of mismatches, in the order of how much hangs on them.
const (
	MismatchNoScope  = "no-scope"      // a boundary, and no scope
	MismatchAssumed  = "assumed"       // the scope is the boundary, or a part of it
	MismatchBoundary = "only-boundary" // described to customers, and not managed
	MismatchDepends  = "depends"       // a vendor serves what is in scope, and the scope does not speak of it
	MismatchRetired  = "retired"
	MismatchScope    = "only-scope"
	MismatchNeither  = "neither"
	MismatchOwner    = "no-owner"
	MismatchUnsaid   = "undescribed" // in the boundary, and its description does not name it
	MismatchNoSOC2   = "no-boundary"
)

var mismatchOrder = []string{MismatchNoScope, MismatchAssumed, MismatchBoundary, MismatchDepends, MismatchRetired, MismatchScope, MismatchNeither, MismatchOwner, MismatchUnsaid, MismatchNoSOC2}

// ScopeMismatch is one thing in which the two scopes do not fit together, or do not
// fit what the company has.
type ScopeMismatch struct {
	Key         string // finds it again: kind and thing
	Kind        string
	Thing       ScopeThing // none for what is about a scope as a whole
	Title       string
	Consequence string // what follows if nobody decides, in plain words
	Pitfall     bool   // it is ScopePitfall
	Fingerprint string // of both sides; a decision holds while it stays
	Decision    *ScopeDecision
	Last        *ScopeDecision // the newest, whether it holds or not
	Why         string         // about the decision: until when it holds, or why the last one does not any more
}

// Open reports whether no decision holds.
func (m ScopeMismatch) Open() bool { return m.Decision == nil }

// ScopeChoice is what was decided about a mismatch.
type ScopeChoice string

const (
	ScopeDeliberate ScopeChoice = "deliberate" // it is meant to be so
	ScopeAlign      ScopeChoice = "align"      // it is to be put right
)

// ScopeDecision is what somebody decided about a mismatch. It holds while both sides
// stay as they were, and until its last day.
type ScopeDecision struct {
	ID          string
	Mismatch    string
	Fingerprint string
	Choice      ScopeChoice
	Reason      string
	Until       cadence.Date // last day; none: as long as both sides stay
	Action      string       // id of what is to be done, when it is to be put right
	Over        bool         // the action has ended: whether it put it right shows in the scopes
	At          time.Time
	By          string
	ByName      string
}

// addGone adds what a scope in force names and the registers do not know any more, such
// as a team in which nobody works: it is retired, under the name it had.
func (p *ScopePicture) addGone() {
	known := map[string]bool{}
	for _, t := range p.Things {
		known[ScopeItem{Sort: t.Sort, ID: t.ID}.key()] = true
	}
	for _, v := range []*ScopeVersion{p.ISMS, p.SOC2} {
		if v == nil {
			continue
		}
		for _, i := range v.Content.Items {
			if !known[i.key()] {
				known[i.key()] = true
				p.Things = append(p.Things, ScopeThing{Sort: i.Sort, ID: i.ID, Name: i.Words, About: "not there any more", Weighty: true, Retired: true})
			}
		}
	}
}

// Mismatches lists what does not fit, what weighs most first, each with the decision
// that holds. It reads nothing: the same picture gives the same answer.
func (p *ScopePicture) Mismatches() []ScopeMismatch {
	var out []ScopeMismatch
	whole := p.whole()
	for _, t := range p.Things {
		out = append(out, p.about(t)...)
	}
	out = append(whole, out...)
	slices.SortStableFunc(out, func(a, b ScopeMismatch) int {
		return cmp.Compare(slices.Index(mismatchOrder, a.Kind), slices.Index(mismatchOrder, b.Kind))
	})
	for i := range out {
		p.decide(&out[i])
	}
	return out
}

// whole looks at the scopes as wholes.
func (p *ScopePicture) whole() []ScopeMismatch {
	switch {
	case p.SOC2 != nil && p.ISMS == nil:
		return []ScopeMismatch{{Key: MismatchNoScope, Kind: MismatchNoScope, Pitfall: true, Fingerprint: prints(p.inside(p.SOC2)),
			Title:       "There is a SOC 2 boundary and no ISMS scope",
			Consequence: ScopePitfall + ": as long as nobody decides, everybody takes the report's boundary for the scope of the certificate. A certification body asks for a scope that was decided, with its surroundings in view (4.3)."}}
	case p.SOC2 == nil && p.ISMS != nil:
		return []ScopeMismatch{{Key: MismatchNoSOC2, Kind: MismatchNoSOC2, Fingerprint: "none",
			Title:       "There is no SOC 2 boundary to lay beside the ISMS scope",
			Consequence: "Nobody can tell what the report and the certificate share. If you have no SOC 2 report and plan none, say so; otherwise enter the boundary as the report's system description gives it."}}
	case p.SOC2 == nil:
		return nil
	}
	scope, boundary := p.inside(p.ISMS), p.inside(p.SOC2)
	if len(boundary) == 0 || len(scope) > len(boundary) {
		return nil
	}
	for _, k := range scope {
		if !slices.Contains(boundary, k) {
			return nil
		}
	}
	m := ScopeMismatch{Key: MismatchAssumed, Kind: MismatchAssumed, Pitfall: true, Fingerprint: prints(scope) + prints(boundary)}
	m.Title = "The ISMS scope is exactly the SOC 2 boundary"
	if len(scope) < len(boundary) {
		m.Title = "Everything in the ISMS scope is in the SOC 2 boundary, and nothing else"
	}
	m.Consequence = ScopePitfall + ". A boundary follows one service sold to customers; a scope follows the organisation: its people, offices, back office and suppliers belong to it unless somebody decided otherwise. It can be right, and then it says who decided so and why."
	return []ScopeMismatch{m}
}

// inside are the keys of what a version takes in.
func (p *ScopePicture) inside(v *ScopeVersion) []string {
	var out []string
	for _, i := range v.Content.Items {
		if i.In {
			out = append(out, i.key())
		}
	}
	slices.Sort(out)
	return out
}

// prints is a short mark of a set.
func prints(keys []string) string {
	sum := sha256.Sum256([]byte(strings.Join(keys, "\n")))
	return hex.EncodeToString(sum[:8])
}

// stances are what the two sides say of a thing.
func (p *ScopePicture) stances(t ScopeThing) (isms, soc2 ScopeStance) {
	isms, soc2 = ScopeUnnamed, ScopeUnnamed
	if p.ISMS != nil {
		isms, _ = p.ISMS.Content.Stance(t)
	}
	if p.SOC2 != nil {
		soc2, _ = p.SOC2.Content.Stance(t)
	}
	return isms, soc2
}

// about looks at one thing.
func (p *ScopePicture) about(t ScopeThing) []ScopeMismatch {
	isms, soc2 := p.stances(t)
	at := func(kind, title, consequence string) ScopeMismatch {
		return ScopeMismatch{Key: kind + ":" + t.key(), Kind: kind, Thing: t, Title: t.Words() + " " + title, Consequence: consequence,
			Fingerprint: fmt.Sprintf("isms=%s soc2=%s retired=%t owner=%t", isms, soc2, t.Retired, t.Owner != "")}
	}
	in := isms == ScopeIn || soc2 == ScopeIn
	if t.Retired {
		if in {
			return []ScopeMismatch{at(MismatchRetired, "is retired and still in "+where(isms, soc2), "A document that names what is gone is the first thing an auditor finds. Write a new version without it, and say what took its place.")}
		}
		return nil
	}
	var out []ScopeMismatch
	both := p.ISMS != nil && p.SOC2 != nil
	switch {
	case both && soc2 == ScopeIn && isms != ScopeIn:
		out = append(out, at(MismatchBoundary, "is in the SOC 2 boundary, not in the ISMS scope", onlyBoundary[t.Sort]))
	case both && isms == ScopeIn && soc2 != ScopeIn:
		out = append(out, at(MismatchScope, "is in the ISMS scope, not in the SOC 2 boundary", onlyScope[t.Sort]))
	case p.ISMS != nil && isms == ScopeUnnamed && soc2 != ScopeIn && t.Weighty:
		if served := p.served(t); served != "" {
			out = append(out, at(MismatchDepends, "serves "+served+", and the ISMS scope does not speak of it", "Who depends on somebody outside names it: as part of the scope, or as an interface with the agreement that governs it (4.3 c). Otherwise nobody assesses the risk it brings."))
			break
		}
		out = append(out, at(MismatchNeither, "is in neither", neither[t.Sort]))
	}
	if in && t.Owned && t.Owner == "" {
		out = append(out, at(MismatchOwner, "is in "+where(isms, soc2)+" and nobody owns it", "Nobody answers for it: its risks have no owner, its controls nobody to ask, and an auditor nobody to talk to."))
	}
	if soc2 == ScopeIn && t.Sort == ScopeSystem && p.SOC2 != nil && p.SOC2.Content.Statement != "" && !names(p.SOC2.Content.Statement, t) {
		out = append(out, at(MismatchUnsaid, "is in the SOC 2 boundary, and the description does not name it", "The service auditor compares what is examined with what the system description says. Name it there, or take it out of the boundary."))
	}
	return out
}

// names reports whether a text speaks of a thing.
func names(text string, t ScopeThing) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(t.Name)) || t.Code != "" && strings.Contains(text, t.Code)
}

func where(isms, soc2 ScopeStance) string {
	switch {
	case isms == ScopeIn && soc2 == ScopeIn:
		return "both"
	case isms == ScopeIn:
		return "the ISMS scope"
	}
	return "the SOC 2 boundary"
}

// served names what is in the scope that a vendor serves.
func (p *ScopePicture) served(t ScopeThing) string {
	for _, id := range t.Serves {
		for _, s := range p.Things {
			if s.Sort == ScopeSystem && s.ID == id && !s.Retired {
				if isms, _ := p.stances(s); isms == ScopeIn {
					return s.Words()
				}
			}
		}
	}
	return ""
}

var (
	onlyBoundary = map[ScopeSort]string{
		ScopeSystem: "The report tells customers that it is controlled, and the management system does not manage it: no risk assessment, no internal audit and no management review looks at it, and its evidence counts for nothing on the certificate.",
		ScopeSite:   "The report describes it, and the certificate does not cover what happens there. Physical and environmental controls tested for the report prove nothing for the certificate.",
		ScopeTeam:   "These people operate controls the report rests on, and the management system does not reach them: their awareness, competence and roles are nobody's business there (7.2, 7.3).",
		ScopeVendor: "The report relies on it as a subservice organisation or a supplier, and the management system does not govern it: supplier controls (A.5.19 to A.5.23) leave it out.",
	}
	onlyScope = map[ScopeSort]string{
		ScopeSystem: "The certificate covers it, and the report is silent: customers cannot rely on the report for it, and what the service auditor tested was not tested there. Controls have to be operated and evidenced for it separately.",
		ScopeSite:   "The certificate covers it, and the service auditor never looked at it. The certification body may want to visit it; plan evidence of its own.",
		ScopeTeam:   "The management system binds these people, and none of the evidence gathered for the report speaks of them. Training, access reviews and screening need populations that include them.",
		ScopeVendor: "The management system governs it, and the report does not mention it. Reviews of this vendor are needed for the certificate alone.",
	}
	neither = map[ScopeSort]string{
		ScopeSystem: "Nobody decided about it. Take it in, or leave it out with the reason: a scope shows that what is missing is missing on purpose.",
		ScopeSite:   "Nobody decided about it. A place where people work or where information is kept is in, or out with a reason; home working counts.",
		ScopeTeam:   "Nobody decided about these people. Whoever handles information of the scope belongs to it, or works behind an interface that is named.",
		ScopeVendor: "Nobody decided about it, and much hangs on it or it holds data. Take it in, leave it out with a reason, or name it as a dependency.",
	}
)

// decide finds the decision that holds about a mismatch.
func (p *ScopePicture) decide(m *ScopeMismatch) {
	for i := range p.Decisions { // the newest first
		d := &p.Decisions[i]
		if d.Mismatch != m.Key {
			continue
		}
		zone := p.Zone
		if zone == nil {
			zone = time.UTC
		}
		m.Last = d
		on, until := statementDay(cadence.DateOf(d.At, zone)), statementDay(d.Until)
		switch {
		case d.Fingerprint != m.Fingerprint:
			m.Why = "A decision of " + on + " does not hold any more: what it was about has changed since."
		case d.Choice == ScopeAlign && d.Over:
			m.Why = "On " + on + " it was to be put right, and what was to be done has ended. The scopes still differ: decide again."
		case d.Until.Known() && d.Until < p.Today:
			m.Why = fmt.Sprintf("A decision of %s held until %s. Decide again.", on, until)
		case d.Until.Known():
			m.Decision, m.Why = d, fmt.Sprintf("Decided on %s. It holds until %s, while both sides stay as they are.", on, until)
		default:
			m.Decision, m.Why = d, fmt.Sprintf("Decided on %s. It holds while both sides stay as they are.", on)
		}
		return
	}
}
