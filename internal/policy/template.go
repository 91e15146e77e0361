package policy

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/toucan-grc/toucan/internal/people"
)

// shipped is what comes with Toucan: the templates and the closed lists they use.
//
//go:embed data/templates data/variables.csv data/topics.csv
var shipped embed.FS

// Template is a shipped text from which a policy can be made.
type Template struct {
	Document
	About  string   // its first sentence: what the policy is for
	Needs  []string // one of these frameworks has to be followed; empty: it suits everybody
	Offers bool     // it suits an organisation that follows what it follows
	Policy string   // id of the policy made from it, or empty
}

// needs says which templates are for those who follow a framework.
var needs = map[string][]string{
	"hipaa-safeguards": {"hipaa-security"},
	"ai-governance":    {"nist-ai-rmf-1.0", "iso42001-2023"},
}

// Templates returns the shipped templates by title. What ships is checked by a
// test, so that it can always be read.
func Templates() []Template { return slices.Clone(templates()) }

var templates = sync.OnceValue(func() []Template {
	names, err := fs.Glob(shipped, "data/templates/*.md")
	if err != nil || len(names) == 0 {
		panic(fmt.Sprintf("policy: no templates: %v", err))
	}
	var out []Template
	for _, name := range names {
		text, err := shipped.ReadFile(name)
		if err != nil {
			panic(err)
		}
		d, err := ReadDocument(path.Base(name), text)
		if err != nil {
			panic(err)
		}
		d.Body = withoutTitle(d.Body, d.Title)
		out = append(out, Template{Document: d, About: purpose(d.Body), Needs: needs[d.Slug]})
	}
	slices.SortFunc(out, func(a, b Template) int { return strings.Compare(a.Title, b.Title) })
	return out
})

// withoutTitle drops the first heading when it only repeats the title, which pages
// and the PDF write themselves.
func withoutTitle(body, title string) string {
	body = strings.TrimSpace(body)
	if rest, ok := strings.CutPrefix(body, "# "+title+"\n"); ok {
		return strings.TrimSpace(rest) + "\n"
	}
	return body + "\n"
}

// purpose is the first sentence of a text.
func purpose(body string) string {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		first, _, _ := strings.Cut(line, ". ")
		return strings.TrimSuffix(first, ".") + "."
	}
	return ""
}

// Named is an id of a closed list and what it is called.
type Named struct{ ID, Label, About string }

// list reads a shipped CSV file of three columns.
func list(name string) func() []Named {
	return sync.OnceValue(func() []Named {
		f, err := shipped.Open("data/" + name)
		if err != nil {
			panic(err)
		}
		defer func() { _ = f.Close() }()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			panic(err)
		}
		var out []Named
		for _, r := range rows[1:] {
			out = append(out, Named{r[0], r[1], r[2]})
		}
		return out
	})
}

var topics, variables = list("topics.csv"), list("variables.csv")

// roles are the roles of the programme as policies name them.
func roles() []Named {
	var out []Named
	for _, r := range people.DutyRoles() {
		out = append(out, Named{r.ID, r.Label, r.About})
	}
	return out
}

// Roles returns the roles that policies name.
func Roles() []Named { return roles() }

// Topics returns the topics that policies touch; each is governed by one policy.
func Topics() []Named { return slices.Clone(topics()) }

func roleLabel(id string) string { return labelOf(roles(), id) }

func labelOf(list []Named, id string) string {
	for _, n := range list {
		if n.ID == id {
			return n.Label
		}
	}
	return id
}
