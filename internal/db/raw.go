package db

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/toucan-grc/toucan/internal/problem"
)

// What follows is for package job alone, whose queue keeps tables of its own
// beside ours and brings its own statements. Stores use Write and Read.

// Raw returns the transaction underneath, so that a job can be queued in it.
func (t *Tx) Raw() *sql.Tx { return t.tx }

// Pools returns the pool that writes and the pool that reads. The embedded
// database has one connection that writes; whoever uses it takes turns with the
// write queue, so two writers never meet and nothing is ever "locked".
func (d *DB) Pools() (writer, reader *sql.DB) { return d.writer, d.reader }

// Listener opens a pool of one connection that waits for notifications of
// PostgreSQL, in the same schema as everything else. The caller closes it.
func (d *DB) Listener(ctx context.Context) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(d.url)
	if err != nil {
		return nil, problem.New(problem.Invalid, "The address given to --database is not one PostgreSQL understands.")
	}
	cfg.MinConns, cfg.MaxConns = 0, 1
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "toucan"
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", withoutAddress(err))
	}
	return pool, nil
}
