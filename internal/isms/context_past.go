package isms

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// EntryPast is one line of the history of an entry.
type EntryPast struct {
	No      int
	At      time.Time
	ByName  string
	What    string   // "Entered", "Changed", "Retired", "Taken back", "Confirmed"
	Fields  []string // what changed, in words
	Words   string   // what was said
	Targets string   // of an objective whose target changed: "≥ 98 percent, before ≥ 95 percent"
}

// entryFields are the fields of entries in words, by their names in the stored text.
var entryFields = map[string]string{
	"owner": "owner", "review_every": "review interval", "name": "name", "side": "side", "needs": "needs", "how": "how it is met", "basis": "basis", "climate": "climate",
	"risks": "risks", "requirements": "requirements", "topic": "topic", "text": "issue", "effect": "effect", "response": "response", "scenarios": "scenarios",
	"title": "objective", "metric": "metric", "unit": "unit", "target": "target", "source": "source", "read_from": "where it is read", "measure_every": "interval of measuring", "from": "first day",
	"owner_role": "owner", "plan": "plan",
}

// entryPast writes the versions of one entry as a history, the newest first.
func entryPast[T entryBody](list []T) []EntryPast {
	var out []EntryPast
	var before *T
	for i := range list {
		k := keptOf(&list[i])
		p := EntryPast{No: k.No, At: k.At, ByName: k.ByName, What: "Changed", Words: k.Note}
		switch {
		case before == nil:
			p.What = "Entered"
		case k.Retired != "" && keptOf(before).Retired == "":
			p.What, p.Words = "Retired", k.Retired
		case k.Retired == "" && keptOf(before).Retired != "":
			p.What = "Taken back"
		default:
			if p.Fields = changedEntry(*before, list[i]); len(p.Fields) == 0 {
				p.What = "Confirmed"
			}
			p.Targets = changedTarget(*before, list[i])
		}
		out = append(out, p)
		before = &list[i]
	}
	slices.Reverse(out)
	return out
}

// changedEntry names the fields in which two versions differ. When it was looked at
// last is none of them.
func changedEntry[T entryBody](a, b T) []string {
	was, is := fieldsOf(a), fieldsOf(b)
	var out []string
	for key, word := range entryFields {
		if string(was[key]) != string(is[key]) && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return out
}

func fieldsOf(e any) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	text, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(err) // entries are plain structs
	}
	return out
}

func changedTarget[T entryBody](a, b T) string {
	was, ok := any(a).(Objective)
	if !ok {
		return ""
	}
	is := any(b).(Objective)
	if was.Target == is.Target && was.Unit == is.Unit {
		return ""
	}
	return is.Target.Words(is.Unit) + ", before " + was.Target.Words(was.Unit)
}

// Sentence is the line as a list has it.
func (p EntryPast) Sentence() string {
	s := p.What
	if len(p.Fields) > 0 {
		s += ": " + strings.Join(p.Fields, ", ")
	}
	return s
}

// fieldProblem is an error as something a person can act on.
func fieldProblem(err error) *problem.Error { return problem.Of(err) }
