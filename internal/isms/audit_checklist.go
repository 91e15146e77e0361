package isms

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/policy"
)

// auditMaterial is what a checklist is made of.
type auditMaterial struct {
	Library  *crosswalk.Library
	Linked   map[framework.Ref][]string // ids of controls in use
	Controls map[string]control.Control // by id: code, title, statement, kinds of evidence
	Policies []auditPolicy
}

// auditPolicy is a policy in force, and what it speaks to.
type auditPolicy struct {
	ID, Title string
	Refs      []framework.Ref // as the template it was made from cites them
	Controls  []string        // it governs
}

// checklist makes the lines of an audit: for each requirement the requirement
// itself, then the controls that count for it, then the policies that speak to it.
// A control or a policy that stands under several is asked once.
func (m auditMaterial) checklist(scope []framework.Ref) []AuditLine {
	var out []AuditLine
	seen := map[string]bool{}
	add := func(l AuditLine) {
		l.N = len(out) + 1
		out = append(out, l)
	}
	refs := slices.Clone(scope)
	slices.SortStableFunc(refs, m.compare)
	for _, r := range refs {
		add(AuditLine{AuditSubject: AuditSubject{Ref: r}, Question: m.question(r), Hint: m.hint(r)})
		for _, id := range m.Linked[r] {
			c := m.Controls[id]
			if seen[id] || c.ID == "" {
				continue
			}
			seen[id] = true
			add(AuditLine{AuditSubject: AuditSubject{Ref: r, Control: id}, ControlCode: c.Code, Question: fmt.Sprintf("Does %s, %s, work as it is written?", c.Code, strings.TrimSuffix(c.Title, ".")), Hint: auditControlHint(c)})
		}
		for _, p := range m.Policies {
			if seen[p.ID] || !slices.Contains(p.Refs, r) {
				continue
			}
			seen[p.ID] = true
			add(AuditLine{AuditSubject: AuditSubject{Ref: r, Policy: p.ID}, PolicyTitle: p.Title, Question: fmt.Sprintf("Is “%s” known, followed and current?", p.Title),
				Hint: "Read the version in force. Ask two people it binds what it means for them, and look for one case in which it was followed."})
		}
	}
	return out
}

// compare puts requirements in the order the framework has them.
func (m auditMaterial) compare(a, b framework.Ref) int {
	if a.Framework == b.Framework {
		if f, ok := m.Library.Frameworks.Find(a.Framework); ok {
			x, _ := f.Position(a.ID)
			y, _ := f.Position(b.ID)
			return x - y
		}
	}
	return strings.Compare(a.String(), b.String())
}

func (m auditMaterial) label(r framework.Ref) string {
	if f, ok := m.Library.Frameworks.Find(r.Framework); ok {
		if q, ok := f.Find(r.ID); ok {
			return q.Label
		}
	}
	return ""
}

func (m auditMaterial) question(r framework.Ref) string {
	label := m.label(r)
	if label != "" {
		label = ", " + label
	}
	if auditClause(r) {
		return fmt.Sprintf("Is %s%s, established, done in practice and shown by records?", r.ID, label)
	}
	return fmt.Sprintf("Is %s%s, answered by what is done, as the statement of applicability says?", r.ID, label)
}

func (m auditMaterial) hint(r framework.Ref) string {
	codes := []string{}
	for _, id := range m.Linked[r] {
		codes = append(codes, m.Controls[id].Code)
	}
	if len(codes) == 0 {
		return "No control of the register is linked to it. Ask who does it, and what shows that."
	}
	return "Linked to it: " + strings.Join(codes, ", ") + ". Look first whether they answer it in design, then whether they ran over the whole period."
}

func auditControlHint(c control.Control) string {
	out := c.Statement
	if r := []rune(out); len(r) > 400 {
		out = string(r[:399]) + "…"
	}
	if len(c.Evidence) > 0 {
		out += " It leaves: " + strings.ReplaceAll(strings.Join(c.Evidence, ", "), "-", " ") + "."
	}
	if c.Population != "" {
		out += " Sample from: " + c.Population
	}
	return strings.TrimSpace(out)
}

// readMaterial reads what checklists are made of.
func (s *Store) readMaterial(ctx context.Context, tx *db.Tx, org string, linked map[framework.Ref][]string, now time.Time) (auditMaterial, error) {
	m := auditMaterial{Linked: linked, Controls: map[string]control.Control{}}
	var err error
	if m.Library, err = s.Crosswalk.LibraryIn(ctx, tx, org, now); err != nil {
		return m, err
	}
	rows, err := tx.Query(ctx, `SELECT id, code, title, statement, evidence, population FROM control WHERE org = $1`, org)
	if err = auditEach(rows, err, func(scan func(...any) error) error {
		var c control.Control
		var kinds string
		if err := scan(&c.ID, &c.Code, &c.Title, &c.Statement, &kinds, &c.Population); err != nil {
			return err
		}
		c.Evidence = strings.Fields(strings.ReplaceAll(kinds, ",", " "))
		m.Controls[c.ID] = c
		return nil
	}); err != nil {
		return m, err
	}
	for _, list := range m.Linked {
		slices.SortFunc(list, func(a, b string) int { return control.CompareCodes(m.Controls[a].Code, m.Controls[b].Code) })
	}
	m.Policies, err = readAuditPolicies(ctx, tx, org)
	return m, err
}

// readAuditPolicies reads the policies in force, by title.
func readAuditPolicies(ctx context.Context, tx *db.Tx, org string) ([]auditPolicy, error) {
	cited := map[string][]framework.Ref{}
	for _, t := range policy.Templates() {
		for _, c := range t.Frameworks {
			for _, id := range c.Requirements {
				cited[t.Slug] = append(cited[t.Slug], framework.Ref{Framework: c.Framework, ID: id})
			}
		}
	}
	rows, err := tx.Query(ctx, `SELECT p.id, p.template, s.title, s.controls FROM policy p JOIN policy_setting s ON s.org = p.org AND s.policy = p.id
		WHERE p.org = $1 AND p.archived_at = 0 AND s.id = (SELECT x.id FROM policy_setting x WHERE x.org = s.org AND x.policy = s.policy ORDER BY x.at DESC, x.id DESC LIMIT 1)
		AND EXISTS (SELECT 1 FROM policy_version v WHERE v.org = p.org AND v.policy = p.id AND v.state = 'published') ORDER BY s.title`, org)
	var out []auditPolicy
	err = auditEach(rows, err, func(scan func(...any) error) error {
		var p auditPolicy
		var template, controls string
		if err := scan(&p.ID, &template, &p.Title, &controls); err != nil {
			return err
		}
		if controls != "" {
			if err := json.Unmarshal([]byte(controls), &p.Controls); err != nil {
				return err
			}
		}
		p.Refs = cited[template]
		out = append(out, p)
		return nil
	})
	return out, err
}
