package check

import (
	"context"
	"errors"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

var onLock = []wire.Check{wire.ScreenLock}

var (
	linuxProfiles = []Read{
		line(Read{
			ID: "linux.dconf-profile", Platform: wire.Linux, Kind: File, Where: "/etc/dconf/profile/user", Max: 64 << 10, For: onLock, Watch: true,
			Why: "From which databases GNOME, Cinnamon and MATE take their settings.",
		}),
		line(Read{
			ID: "linux.dconf-profile-usr", Platform: wire.Linux, Kind: File, Where: "/usr/share/dconf/profile/user", Max: 64 << 10, For: onLock,
			Why: "The same, as the distribution has it.",
		}),
	}
	linuxDconfUser = line(Read{
		ID: "linux.dconf-user", Platform: wire.Linux, Kind: File, Where: "{home}/.config/dconf/{database}", Max: 4 << 20, For: onLock, Watch: true,
		Why: "The settings a user changed. The file holds others too: only those of the screen lock are looked up, and nothing else is decoded.",
	})
	linuxDconfSystem = line(Read{
		ID: "linux.dconf-system", Platform: wire.Linux, Kind: File, Where: "/etc/dconf/db/{database}", Max: 4 << 20, For: onLock, Watch: true,
		Why: "Settings the administrator made, and which of them users may not change.",
	})
	linuxSchemas = line(Read{
		ID: "linux.schemas", Platform: wire.Linux, Kind: File, Where: "/usr/share/glib-2.0/schemas/gschemas.compiled", Max: 8 << 20, For: onLock,
		Why: "What holds where nobody set anything.",
	})
)

// errService is a profile with a kind of database the agent does not read, or a schema
// with values by desktop.
var errService = errors.New("check: settings of a kind that is not read")

// errNoSchema is a setting whose program is not installed.
var errNoSchema = errors.New("check: no such schema")

// dconf is the settings of one user, as the libraries of the desktop would read them.
type dconf struct {
	schemas   gvdb
	databases []gvdb // the user's first; empty ones where there is no file
	locks     []gvdb // of each
}

// openDconf reads the databases of a user.
func openDconf(ctx context.Context, src Source, home string) (dconf, error) {
	var d dconf
	b, err := src.File(ctx, linuxSchemas)
	if err != nil {
		return d, err
	}
	if d.schemas, err = openGVDB(b); err != nil {
		return d, err
	}
	profile := "user-db:user\n"
	for _, r := range linuxProfiles {
		b, err := src.File(ctx, r)
		if err == nil {
			profile = string(b)
			break
		}
		if !absent(err) {
			return d, err
		}
	}
	for l := range strings.Lines(profile) {
		l, _, _ = strings.Cut(l, "#")
		kind, name, ok := strings.Cut(strings.TrimSpace(l), ":")
		switch {
		case strings.TrimSpace(l) == "":
			continue
		case ok && kind == "user-db":
			b, err = src.File(ctx, linuxDconfUser, home, name)
		case ok && kind == "system-db":
			b, err = src.File(ctx, linuxDconfSystem, name)
		default:
			return d, errService
		}
		if err = d.add(b, err); err != nil {
			return d, err
		}
	}
	return d, nil
}

// add adds a database. One that is not there says nothing.
func (d *dconf) add(b []byte, err error) error {
	if absent(err) || (err == nil && len(b) == 0) {
		d.databases, d.locks = append(d.databases, gvdb{}), append(d.locks, gvdb{})
		return nil
	}
	if err != nil {
		return err
	}
	g, err := openGVDB(b)
	if err != nil {
		return err
	}
	locks, _, err := g.table(".locks")
	if err != nil {
		return err
	}
	d.databases, d.locks = append(d.databases, g), append(d.locks, locks)
	return nil
}

// read returns the value of a key that holds: of a lock the database it stands in and
// those behind it, else of the first that has one, else that of the schema.
func (d *dconf) read(schema, key string) (setting, error) {
	t, ok, err := d.schemas.table(schema)
	if err != nil {
		return setting{}, err
	}
	if !ok {
		return setting{}, errNoSchema
	}
	path, ok, err := t.value(".path", false)
	if err != nil || !ok || path.kind != 's' {
		return setting{}, errors.Join(errNoSchema, err)
	}
	usual, ok, err := t.value(key, true)
	if err != nil || !ok {
		return setting{}, errors.Join(errNoSchema, err)
	}
	from := 0
	for i := len(d.locks) - 1; i > 0; i-- {
		if d.locks[i].has(path.text + key) {
			from = i
			break
		}
	}
	for _, g := range d.databases[from:] {
		s, ok, err := g.value(path.text+key, false)
		if err != nil {
			return setting{}, err
		}
		if ok && s.kind == usual.kind { // a value of another kind is passed over by GSettings too
			return s, nil
		}
	}
	if usual.varies {
		return setting{}, errService
	}
	return usual, nil
}
