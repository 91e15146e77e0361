package conformance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
)

// contents returns the rows of every table of an organisation as text.
func (h *house) contents(t testing.TB, org string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, h.d.Read(t.Context(), org, func(tx *db.Tx) error {
		for _, table := range tenantTables {
			if strings.HasPrefix(table, "log_") || table == "written" {
				continue
			}
			rows, err := tx.Query(t.Context(), `SELECT * FROM `+table+` WHERE org = $1`, org)
			if err != nil {
				return err
			}
			defer rows.Close()
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			var lines []string
			for rows.Next() {
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				lines = append(lines, fmt.Sprint(values...))
			}
			if err := rows.Err(); err != nil {
				return err
			}
			slices.Sort(lines)
			out[table] = strings.Join(lines, "\n")
		}
		return nil
	}))
	return out
}

// Whoever keeps what was read from a table is told when any method of any store
// changes it.
func TestEveryChangeSaysWhichTablesItWrote(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		seen, before := map[string]bool{}, h.contents(t, who.Org())
		try := func(name string, do func() error) {
			t.Helper()
			then, err := h.d.Written(ctx, who.Org())
			must(t, err)
			_ = do()
			now, err := h.d.Written(ctx, who.Org())
			must(t, err)
			after := h.contents(t, who.Org())
			for table, content := range after {
				changed, told := content != before[table], now.Since(then, table)
				if changed && !told {
					t.Errorf("%s changed %s, and nobody is told", name, table)
				}
				if changed {
					seen[table] = true
				}
			}
			before = after
			if strings.HasPrefix(name, "crosswalk.Decide") && now.Since(then, "control", "link", "person") {
				t.Errorf("%s says that it wrote controls, links or people", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			try(name, func() error { return calls[name].do(ctx, h, who) })
		}
		c, err := h.controls.Find(ctx, who, "C-administrator")
		must(t, err)
		try("editing a control", func() error { c.Domain = "Other"; _, err := h.controls.Edit(ctx, who, c, now); return err })
		try("linking a control", func() error { return h.links.SetLinks(ctx, who, c.ID, []crosswalk.Link{{Ref: annexA}}, now) })
		try("unlinking a control", func() error { return h.links.SetLinks(ctx, who, c.ID, nil, at(1)) })
		for _, table := range []string{"control", "control_version", "link", "person", "member", "invitation", "framework_change", "stack_change", "edge_decision", "attestation", "import_run"} {
			if !seen[table] {
				t.Errorf("nothing changed %s, so it was not tried", table)
			}
		}
	})
}

// A change of a Toucan that does not write down what it wrote is not overlooked.
func TestAChangeOfAnEarlierToucanIsNotOverlooked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		who, ctx := h.actors[access.Administrator], t.Context()
		then, err := h.d.Written(ctx, who.Org())
		must(t, err)
		must(t, h.d.Write(ctx, "", db.People, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE organisation SET revision = revision + 1 WHERE id = $1`, who.Org())
			return err
		}))
		_, err = h.controls.Create(ctx, who, control.Control{Code: "W-1", Title: "x"}, now)
		must(t, err)
		is, err := h.d.Written(ctx, who.Org())
		must(t, err)
		if !is.Since(then, "person") {
			t.Error("the change did not say what it wrote, so everything may have changed")
		}
	})
}
