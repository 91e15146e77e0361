package device

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/db"
)

// put writes the rows of devices and their sources as they are now.
func (s *Store) put(ctx context.Context, tx *db.Tx, org string, list []*facts) error {
	devices := &update{
		table: "device", set: "owner = v.column2, state = v.column3, state_at = v.column4, reason = v.column5, told = v.column6, owned = v.column7, lapses_at = v.column8, name = v.column9, touched_at = v.column10",
		where: "device.id = v.column1", types: []string{"TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "TEXT", "TEXT", "BIGINT", "TEXT", "BIGINT"},
	}
	sources := &update{
		table: "device_source", set: "seen_at = v.column4, filed_at = v.column5, sent_at = v.column6, seq = v.column7, hash = v.column8, batch = v.column9, build = v.column10, skew = v.column11, gaps = v.column12, trouble = v.column13, verdicts = v.column14",
		where: "device_source.device = v.column1 AND device_source.kind = v.column2 AND device_source.connection = v.column3",
		types: []string{"TEXT", "TEXT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "TEXT"},
	}
	fresh := db.Into(`device_source (org, device, ` + sourceColumns + `)`)
	for _, f := range list {
		devices.add(f.id, null(f.owner), string(f.state), f.stateAt, f.reason, formatTold(f.told), f.ownedToken(), f.lapsesAt, f.name, f.now)
		for _, x := range f.sources {
			switch {
			case x.isNew:
				fresh.Add(org, f.id, string(x.kind), x.connection, x.ref, x.seen, x.filed, x.sent, int64(x.seq), string(x.hash), x.batch, int64(x.build), x.skew, x.gaps, string(x.trouble), formatWords(x.words))
			case x.isChanged:
				sources.add(f.id, string(x.kind), x.connection, x.seen, x.filed, x.sent, int64(x.seq), string(x.hash), x.batch, int64(x.build), x.skew, x.gaps, string(x.trouble), formatWords(x.words))
			}
		}
	}
	if err := devices.run(ctx, tx, org); err != nil {
		return err
	}
	if err := sources.run(ctx, tx, org); err != nil {
		return err
	}
	return fresh.Insert(ctx, tx)
}

// ownedToken is what was told of the owner, as the job searches for it.
func (f *facts) ownedToken() string {
	t := f.told[owned]
	if t.reason == "" {
		return string(t.state)
	}
	return t.reason
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// update changes many rows of a table, some hundred a statement.
type update struct {
	table, set, where string
	types             []string
	args              []any
}

func (u *update) add(values ...any) { u.args = append(u.args, values...) }

func (u *update) run(ctx context.Context, tx *db.Tx, org string) error {
	width := len(u.types)
	for part := range slices.Chunk(u.args, chunk*width) {
		var b strings.Builder
		for i := range part {
			switch {
			case i > 0 && i%width == 0:
				b.WriteString("), (")
			case i > 0:
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "CAST($%d AS %s)", i+2, u.types[i%width])
		}
		_, err := tx.Exec(ctx, `UPDATE `+u.table+` SET `+u.set+` FROM (VALUES (`+b.String()+`)) AS v WHERE `+u.table+`.org = $1 AND `+u.where, append([]any{org}, part...)...)
		if err != nil {
			return err
		}
	}
	return nil
}
