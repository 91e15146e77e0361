package register

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/sheet"
)

// Names are what stands in a file for the ids of other entries: codes, addresses of
// people, names.
type Names struct {
	shown map[string]map[string]string   // by noun and id
	ids   map[string]map[string][]string // by noun and text as it is compared
}

// What Names knows.
const (
	Person  = "person"
	Control = "control"
)

// sources say where the names of a noun are: id, what is shown, what else it is
// known by, and when it was retired: then only its code names it.
var sources = map[string]string{
	Person:   `SELECT id, CASE WHEN email = '' THEN name ELSE email END, name, 0 FROM person WHERE org = $1`,
	Control:  `SELECT id, code, title, 0 FROM control WHERE org = $1`,
	"system": `SELECT id, 'SYS-' || number, name, retired_at FROM system WHERE org = $1 ORDER BY retired_at`,
	"site":   `SELECT id, 'SITE-' || number, name, retired_at FROM site WHERE org = $1 ORDER BY retired_at`,
}

// labels are what a sentence calls them, and how to name one.
var labels = map[string][2]string{
	Person: {"the people register", "Write the e-mail address, or the full name."}, Control: {"the controls", "Write the code of the control."},
	"system": {"the register of systems", "Write the code or the name of the system, or enter it first."}, "site": {"the register of sites", "Write the code or the name of the site, or enter it first."},
}

// ReadNames reads the names of some nouns in the caller's transaction.
func ReadNames(ctx context.Context, tx *db.Tx, org string, nouns ...string) (*Names, error) {
	n := &Names{map[string]map[string]string{}, map[string]map[string][]string{}}
	for _, noun := range nouns {
		if err := n.read(ctx, tx, org, noun); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Names) read(ctx context.Context, tx *db.Tx, org, noun string) error {
	rows, err := tx.Query(ctx, sources[noun], org)
	if err != nil {
		return err
	}
	defer rows.Close()
	n.shown[noun], n.ids[noun] = map[string]string{}, map[string][]string{}
	for rows.Next() {
		var id, shown, also string
		var retired int64
		if err := rows.Scan(&id, &shown, &also, &retired); err != nil {
			return err
		}
		n.shown[noun][id] = shown
		for i, key := range []string{sheet.Key(shown), sheet.Key(also)} {
			if retired != 0 && i > 0 {
				continue // its code is its own, its name may be another's by now
			}
			if key != "" && !slices.Contains(n.ids[noun][key], id) {
				n.ids[noun][key] = append(n.ids[noun][key], id)
			}
		}
	}
	return rows.Err()
}

// Text is what stands in a file for an id; nothing for one that is not known.
func (n *Names) Text(noun, id string) string { return n.shown[noun][id] }

// List is what stands in a file for several.
func (n *Names) List(noun string, ids []string) string {
	var out []string
	for _, id := range ids {
		if text := n.shown[noun][id]; text != "" {
			out = append(out, text)
		}
	}
	return join(out)
}

func join(list []string) string { return strings.Join(list, "; ") }

// parts takes codes apart that stand with spaces or commas between, as people write
// those of controls; what is known as it stands is left alone.
func (n *Names) parts(noun string, list []string) []string {
	if noun != Control {
		return list
	}
	var out []string
	for _, text := range list {
		if len(n.ids[noun][sheet.Key(text)]) > 0 {
			out = append(out, text)
			continue
		}
		out = append(out, strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })...)
	}
	return out
}

// ID is the id a text of a file stands for, or what is wrong with it. No text is no id.
func (n *Names) ID(noun, text string) (id, fault string) {
	if strings.TrimSpace(text) == "" {
		return "", ""
	}
	if r := []rune(text); len(r) > 80 {
		text = string(r[:80]) + "…"
	}
	switch ids := n.ids[noun][sheet.Key(text)]; len(ids) {
	case 1:
		return ids[0], ""
	case 0:
		return "", fmt.Sprintf("“%s” is not in %s. %s", text, labels[noun][0], labels[noun][1])
	default:
		return "", fmt.Sprintf("“%s” is the name of %d entries of %s. %s", text, len(ids), labels[noun][0], labels[noun][1])
	}
}
