package isms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// ScopeSide says what a scope is the scope of: the management system (ISO/IEC
// 27001:2022, 4.3), or the system a SOC 2 report describes. Both are kept in the same shape,
// so that they can be laid beside each other.
type ScopeSide string

const (
	ScopeISMS ScopeSide = "isms"
	ScopeSOC2 ScopeSide = "soc2"
)

// Label is what a page calls a side.
func (s ScopeSide) Label() string {
	if s == ScopeSOC2 {
		return "SOC 2 boundary"
	}
	return "ISMS scope"
}

// ScopeSort is a sort of thing that can be in scope.
type ScopeSort string

const (
	ScopeSystem ScopeSort = "system"
	ScopeSite   ScopeSort = "site"
	ScopeTeam   ScopeSort = "team"
	ScopeVendor ScopeSort = "vendor"
)

// ScopeSorts lists them in the order a page shows them.
func ScopeSorts() []ScopeSort { return []ScopeSort{ScopeSystem, ScopeTeam, ScopeSite, ScopeVendor} }

// Label is what a page calls things of a sort.
func (s ScopeSort) Label() string {
	return map[ScopeSort]string{ScopeSystem: "Systems and processes", ScopeSite: "Sites", ScopeTeam: "Teams", ScopeVendor: "Vendors"}[s]
}

// ScopeThing is something the company has that can be in scope or out of it.
type ScopeThing struct {
	Sort    ScopeSort
	ID      string
	Code    string // such as "SYS-1"; teams have none
	Name    string
	About   string // its kind, in a word
	Owner   string // person, or empty
	Owned   bool   // things of this sort have an owner
	Weighty bool   // somebody has to decide about it; nobody asks about the coffee supplier
	Retired bool
	Serves  []string // of a vendor: ids of the systems it serves
}

// Words is the thing as a sentence names it.
func (t ScopeThing) Words() string { return strings.TrimSpace(t.Code + " " + t.Name) }

func (t ScopeThing) key() string { return string(t.Sort) + ":" + t.ID }

// ScopeItem is what a scope says of one thing.
type ScopeItem struct {
	Sort   ScopeSort `json:"sort"`
	ID     string    `json:"id"`
	Words  string    `json:"words"` // what it was called when the scope was written
	In     bool      `json:"in"`
	Reason string    `json:"reason"` // why it is out; empty for what is in
}

func (i ScopeItem) key() string { return string(i.Sort) + ":" + i.ID }

// ScopeLine is something a scope says beside the registers: what is excluded and
// why, or where the scope meets what is outside and how that is governed.
type ScopeLine struct {
	What string `json:"what"`
	How  string `json:"how"`
}

// ScopeContent is what a scope says.
type ScopeContent struct {
	Statement  string      `json:"statement"`
	Items      []ScopeItem `json:"items"`
	Exclusions []ScopeLine `json:"exclusions"`
	Interfaces []ScopeLine `json:"interfaces"` // interfaces and dependencies (4.3 c)
}

// ScopeStance is what a scope says of one thing.
type ScopeStance string

const (
	ScopeIn      ScopeStance = "in"
	ScopeOut     ScopeStance = "out"
	ScopeUnnamed ScopeStance = "unnamed" // it does not speak of it
)

// Stance returns what the content says of a thing, and the reason it gives.
func (c ScopeContent) Stance(t ScopeThing) (ScopeStance, string) {
	for _, i := range c.Items {
		if i.key() == t.key() {
			if i.In {
				return ScopeIn, ""
			}
			return ScopeOut, i.Reason
		}
	}
	return ScopeUnnamed, ""
}

// ScopeState says how far a version has come.
type ScopeState string

const (
	ScopeDraft      ScopeState = "draft"
	ScopeWaiting    ScopeState = "waiting"  // sent for approval
	ScopeInForce    ScopeState = "in_force" // approved: it never changes any more
	ScopeSuperseded ScopeState = "superseded"
)

// ScopeVersion is one version of a scope. From approval on it stays as it is.
type ScopeVersion struct {
	ID         string
	Side       ScopeSide
	Number     int
	State      ScopeState
	Change     string // in the words of who wrote it
	Content    ScopeContent
	Digest     string // of the content, hex SHA-256
	Stamp      string // changes with every write: what a form was made from
	WrittenBy  string // account
	WriterName string
	WrittenAt  time.Time
	SentBy     string
	ApprovedAt time.Time // from then on it is in force
	EndedAt    time.Time

	round int // how often its approval was asked for
}

// Words is the version as a task names it.
func (v ScopeVersion) Words() string {
	if v.Side == ScopeSOC2 {
		return fmt.Sprintf("SOC 2 boundary, version %d", v.Number)
	}
	return fmt.Sprintf("ISMS scope, version %d", v.Number)
}

// Open reports whether the version is still on its way.
func (v ScopeVersion) Open() bool { return v.State == ScopeDraft || v.State == ScopeWaiting }

// ask is what others are asked to agree to.
func (v ScopeVersion) ask() approval.Ask {
	number := fmt.Sprint(v.Number)
	if v.round > 1 {
		number += fmt.Sprintf(", round %d", v.round)
	}
	return approval.Ask{Author: v.WrittenBy, Subject: approval.Subject{Kind: approval.ScopeVersion, ID: v.ID, Version: number, Digest: v.Digest, Words: "the " + v.Words()}}
}

// digest is the hash of what a version says.
func (c ScopeContent) digest() string {
	data, _ := json.Marshal(c) // strings and truths: it cannot fail
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

const (
	maxScopeText  = 8000
	maxScopeLine  = 1000
	maxScopeLines = 100
	maxScopeItems = 6000
)

// checked returns the content as it is kept, with the things called what they are
// called now, or says what is wrong with it. What was not decided about stays out of it.
func (c ScopeContent) checked(things []ScopeThing) (ScopeContent, error) {
	known := map[string]ScopeThing{}
	for _, t := range things {
		known[t.key()] = t
	}
	var err error
	if c.Statement, err = db.Prose("statement", "The statement", c.Statement, maxScopeText); err != nil {
		return c, err
	}
	if len(c.Items) > maxScopeItems {
		return c, problem.Field("items", fmt.Sprintf("A scope names %d things at most.", maxScopeItems))
	}
	seen := map[string]bool{}
	items := []ScopeItem{}
	for _, i := range c.Items {
		t, ok := known[i.key()]
		if !ok || seen[i.key()] {
			return c, problem.Field("items", "Something you chose is not in the registers, or twice. Load the page again and choose from what it shows.")
		}
		seen[i.key()] = true
		if i.Words = t.Words(); i.In {
			i.Reason = ""
		}
		if i.Reason, err = db.Prose("reason-"+i.key(), "The reason for "+t.Words(), i.Reason, maxScopeLine); err != nil {
			return c, err
		}
		items = append(items, i)
	}
	slices.SortFunc(items, func(a, b ScopeItem) int { return strings.Compare(a.key(), b.key()) })
	c.Items = items
	if c.Exclusions, err = scopeLines("exclusions", "exclusion", c.Exclusions); err != nil {
		return c, err
	}
	c.Interfaces, err = scopeLines("interfaces", "interface", c.Interfaces)
	return c, err
}

func scopeLines(field, label string, lines []ScopeLine) ([]ScopeLine, error) {
	out := []ScopeLine{}
	if len(lines) > maxScopeLines {
		return nil, problem.Field(field, fmt.Sprintf("%d lines fit. Say several things in one.", maxScopeLines))
	}
	for _, l := range lines {
		var err [2]error
		l.What, err[0] = db.Line(field, "An "+label, l.What, maxScopeLine)
		l.How, err[1] = db.Prose(field, "The text of an "+label, l.How, maxScopeLine)
		for _, e := range err {
			if e != nil {
				return nil, e
			}
		}
		if l.What != "" {
			out = append(out, l)
		}
	}
	return out, nil
}

// ready says what is missing before others can be asked to agree.
func (v ScopeVersion) ready() error {
	c := v.Content
	if c.Statement == "" {
		return problem.Field("statement", "Write the statement first: what the "+v.Side.Label()+" is, in sentences an outsider understands.")
	}
	if !slices.ContainsFunc(c.Items, func(i ScopeItem) bool { return i.In }) {
		return problem.Field("items", "Nothing is in it yet. Choose the systems, teams, sites and vendors it covers.")
	}
	for _, i := range c.Items {
		if !i.In && i.Reason == "" {
			return problem.Field("reason-"+i.key(), i.Words+" is left out without a reason. Say why, or take it in.")
		}
	}
	for _, l := range c.Exclusions {
		if l.How == "" {
			return problem.Field("exclusions", "“"+l.What+"” is excluded without a reason. Write the reason behind a colon.")
		}
	}
	if v.Side == ScopeISMS && len(c.Interfaces) == 0 {
		return problem.Field("interfaces", "Name the interfaces and dependencies: where what you do meets what others do for you (4.3 c). One line is enough when there is one.")
	}
	return nil
}

// ScopeChange is one thing in which two versions differ.
type ScopeChange struct{ What, From, To string }

// ScopeDiff says in which things two versions differ; the statements are compared
// by whoever shows them, word by word.
func ScopeDiff(before, after ScopeContent) []ScopeChange {
	var out []ScopeChange
	say := func(i ScopeItem, ok bool) string {
		switch {
		case !ok:
			return "not named"
		case i.In:
			return "in"
		}
		return "out: " + i.Reason
	}
	was, is := map[string]ScopeItem{}, map[string]ScopeItem{}
	for _, i := range before.Items {
		was[i.key()] = i
	}
	for _, i := range after.Items {
		is[i.key()] = i
		a, ok := was[i.key()]
		if from, to := say(a, ok), say(i, true); from != to {
			out = append(out, ScopeChange{i.Words, from, to})
		}
	}
	for _, i := range before.Items {
		if _, still := is[i.key()]; !still {
			out = append(out, ScopeChange{i.Words, say(i, true), "not named"})
		}
	}
	out = append(out, diffLines("Exclusion", before.Exclusions, after.Exclusions)...)
	return append(out, diffLines("Interface", before.Interfaces, after.Interfaces)...)
}

func diffLines(label string, before, after []ScopeLine) []ScopeChange {
	var out []ScopeChange
	for _, l := range after {
		i := slices.IndexFunc(before, func(b ScopeLine) bool { return b.What == l.What })
		switch {
		case i < 0:
			out = append(out, ScopeChange{label + ": " + l.What, "", l.How})
		case before[i].How != l.How:
			out = append(out, ScopeChange{label + ": " + l.What, before[i].How, l.How})
		}
	}
	for _, l := range before {
		if !slices.ContainsFunc(after, func(a ScopeLine) bool { return a.What == l.What }) {
			out = append(out, ScopeChange{label + ": " + l.What, l.How, "taken out"})
		}
	}
	return out
}
