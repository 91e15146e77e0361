package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
)

// TestALongWriteTurnsNobodyAway lets an import hold the writer while somebody
// opens a page. If opening it waited for the import, this would never end.
func TestALongWriteTurnsNobodyAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		in := first(t, s)
		began, release := make(chan struct{}), make(chan struct{})
		long := make(chan error, 1)
		go func() {
			long <- d.Write(context.Background(), "", db.Jobs, func(context.Context, *db.Tx) error {
				close(began)
				<-release
				return nil
			})
		}()
		<-began
		if a, err := s.Authenticate(t.Context(), in.Token, now.Add(2*time.Minute)); err != nil || a.ID != in.Account.ID {
			t.Errorf("while an import writes: %+v, %v", a, err)
		}
		close(release)
		must(t, <-long)
		if _, err := s.Authenticate(t.Context(), in.Token, now.Add(2*time.Minute)); err != nil {
			t.Errorf("after it: %v", err)
		}
	})
}
