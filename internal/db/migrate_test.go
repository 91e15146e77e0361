package db_test

import (
	"context"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
)

func TestADatabaseOfANewerToucanIsRefused(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), "", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = db.Open(t.Context(), db.Config{DataDir: dir})
	if err == nil || problem.Of(err).Code != problem.Invalid || !strings.Contains(problem.Of(err).Text, "newer Toucan") {
		t.Errorf("err = %v, want it refused with what to do", err)
	}
}
