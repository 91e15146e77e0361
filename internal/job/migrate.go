package job

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/rivermigrate"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

// byOrg finds the jobs of an organisation, the newest first. River does not know
// organisations, and its own steps may rebuild the table, so it is seen to after them.
const byOrg = `CREATE INDEX IF NOT EXISTS river_job_by_org ON river_job ((args ->> 'org'), id)`

// turn is the number under which servers that start at once on one PostgreSQL
// take turns; River's steps are not made for two at a time.
const turn = 7_203_318_551

// Migrate brings River's tables up to date. They come after ours, in the same
// schema, and doing it again changes nothing.
func Migrate(ctx context.Context, d *db.DB) error {
	writer, _ := d.Pools()
	if d.Engine() == sqlite {
		return steps(ctx, d.Engine(), writer)
	}
	conn, err := writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("preparing the tables of the jobs: %w", err)
	}
	defer conn.Close()
	if err := takeTurn(ctx, conn); err != nil {
		return err
	}
	err = steps(ctx, d.Engine(), writer)
	if _, left := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(turn)); left != nil {
		return errors.Join(err, fmt.Errorf("preparing the tables of the jobs: %w", left))
	}
	return err
}

// takeTurn waits until no other server is at it.
func takeTurn(ctx context.Context, conn *sql.Conn) error {
	for range 600 {
		var mine bool
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(turn)).Scan(&mine); err != nil {
			return fmt.Errorf("preparing the tables of the jobs: %w", err)
		}
		if mine {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return problem.New(problem.Busy, "Another server has been preparing the tables of the jobs for a minute. Look at its log, then start this one again.")
}

func steps(ctx context.Context, engine string, pool *sql.DB) error {
	m, err := rivermigrate.New(driver(engine, pool), &rivermigrate.Config{Logger: quiet(nil)})
	if err != nil {
		return err
	}
	have, err := m.ExistingVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the version of the tables of the jobs: %w", err)
	}
	all := m.AllVersions()
	if n := len(have); n > 0 && have[n-1].Version > all[len(all)-1].Version {
		return problem.New(problem.Invalid, "The jobs of this database were written by a newer Toucan. Start the newer one, or restore a backup taken before the upgrade.")
	}
	if len(have) < len(all) {
		if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return errors.Join(errors.New("bringing the tables of the jobs up to date"), err)
		}
	}
	if _, err := pool.ExecContext(ctx, byOrg); err != nil {
		return fmt.Errorf("preparing the tables of the jobs: %w", err)
	}
	return nil
}
