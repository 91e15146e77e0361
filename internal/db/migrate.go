package db

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/toucan-grc/toucan/internal/problem"
)

// migrations holds one text for both engines in all/, and the little that must
// differ in a folder for each. Numbers are shared by the three.
//
//go:embed migrations
var migrations embed.FS

// steps is all/ and one engine's folder seen as a single folder.
type steps struct{ engine string }

func (s steps) Open(name string) (fs.File, error) {
	if f, err := migrations.Open("migrations/" + s.engine + "/" + name); err == nil && name != "." {
		return f, nil
	}
	return migrations.Open("migrations/all/" + name)
}

func (s steps) ReadDir(name string) ([]fs.DirEntry, error) {
	both, err := migrations.ReadDir("migrations/all")
	if err != nil {
		return nil, err
	}
	own, err := migrations.ReadDir("migrations/" + s.engine)
	if err != nil {
		return nil, err
	}
	both = append(both, own...)
	slices.SortFunc(both, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return both, nil
}

// Fingerprint tells the steps of one Toucan from those of another: it is the same
// as long as no step is added or changed, on either engine.
func Fingerprint() ([]byte, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := migrations.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	return h.Sum(nil), err
}

// migrate brings the tables up to date. Two servers that start at once on one
// PostgreSQL take turns. A database of a newer Toucan is refused.
func (d *DB) migrate(ctx context.Context) error {
	dialect := goose.DialectSQLite3
	var opts []goose.ProviderOption
	if d.engine == postgresName {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.writer, steps{d.engine}, opts...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the version of the tables: %w", err)
	}
	if current > target {
		return problem.New(problem.Invalid, "This database was written by a newer Toucan (tables at step %d, this one knows %d). Start the newer one, or restore a backup taken before the upgrade.", current, target)
	}
	if current == target {
		return nil
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("bringing the tables up to date: %w", err)
	}
	for _, r := range done {
		d.log.Info("migrated", "step", filepath.Base(r.Source.Path), "took", r.Duration)
	}
	return nil
}

// inUse is the problem of a folder that another server holds.
func inUse(path string) error {
	return problem.New(problem.Conflict, "Another Toucan is running on the data folder %s. Stop it first, or choose another folder with --data-dir.", filepath.Dir(path))
}
