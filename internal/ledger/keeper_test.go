package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

func sign(t *testing.T, k *ledger.Keeper, org string, now time.Time) ledger.Signed {
	t.Helper()
	s, err := k.Sign(t.Context(), org, 0, now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func health(t *testing.T, k *ledger.Keeper, org string) ledger.Health {
	t.Helper()
	h, err := k.Health(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// refuses asks for a signature and wants the log to say no, for this cause.
func refuses(t *testing.T, k *ledger.Keeper, org string, cause ledger.Cause) {
	t.Helper()
	_, err := k.Sign(t.Context(), org, 0, at)
	if err == nil || problem.Of(err).Code != problem.Conflict {
		t.Fatalf("signing: %v, want it refused", err)
	}
	if h := health(t, k, org); h.Refusal == nil || h.Refusal.Cause != cause {
		t.Fatalf("the log says %+v, want %s", h.Refusal, cause)
	}
	if err := k.SignGrown(t.Context(), org, at); err != nil {
		t.Errorf("the schedule fails at a log that refuses: %v", err)
	}
}

// opens checks a checkpoint with the verifier key of its epoch.
func opens(t *testing.T, key string, s ledger.Signed) {
	t.Helper()
	v, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ledger.OpenCheckpoint(s.Note, note.VerifierList(v))
	if err != nil || c.Size != s.Size || c.Root != s.Root || c.Origin != ledger.Origin(s.Org, s.Epoch) {
		t.Errorf("the checkpoint opens as %+v, %v; want %+v", c, err, s.Checkpoint)
	}
}

// grows checks that the tree at next holds the tree at old.
func grows(t *testing.T, d *db.DB, old, next ledger.Signed) {
	t.Helper()
	err := d.Read(t.Context(), old.Org, func(tx *db.Tx) error {
		p, err := ledger.ProveGrowth(t.Context(), tx, old.Org, old.Size, next.Size)
		if err != nil {
			return err
		}
		return tlog.CheckTree(p, next.Size, next.Root, old.Size, old.Root)
	})
	if err != nil {
		t.Errorf("from %d to %d leaves: %v", old.Size, next.Size, err)
	}
}

func checkpoints(t *testing.T, d *db.DB, org string) []ledger.Signed {
	t.Helper()
	var out []ledger.Signed
	err := d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
		out, err = ledger.Checkpoints(t.Context(), tx, org, 0, 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func many(org string, from, n int) []ledger.Leaf {
	var out []ledger.Leaf
	for i := range n {
		out = append(out, leaf(org, fmt.Sprintf("v%d", from+i)))
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestACheckpointCoversWhatIsStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1", "o2")
		k := ledger.NewKeeper(d, t.TempDir())
		must(t, add(d, many("o1", 0, 5)...))
		must(t, add(d, many("o2", 0, 3)...))
		first := sign(t, k, "o1", at)
		if _, root, _ := ledger.New().Root(t.Context(), d, "o1"); first.Size != 5 || first.Root.String() != root {
			t.Errorf("signed %d leaves with root %s, the log has %s", first.Size, first.Root, root)
		}
		if again := sign(t, k, "o1", at.Add(time.Hour)); again.Note != first.Note || !again.At.Equal(first.At) {
			t.Error("a log that has not grown was signed a second time")
		}
		must(t, add(d, many("o1", 5, 8)...))
		second := sign(t, k, "o1", at.Add(time.Hour))
		grows(t, d, first, second)
		other := sign(t, k, "o2", at)
		h1, h2 := health(t, k, "o1"), health(t, k, "o2")
		opens(t, h1.Key, first)
		opens(t, h1.Key, second)
		opens(t, h2.Key, other)
		if strings.SplitN(h1.Key, "+", 3)[2] == strings.SplitN(h2.Key, "+", 3)[2] {
			t.Error("two organisations share one key")
		}
		if h1.Since() != 0 || h1.Epoch != 1 || h1.Refusal != nil || !h1.Stored {
			t.Errorf("health after signing: %+v", h1)
		}
		if got := checkpoints(t, d, "o1"); len(got) != 2 || got[0].Note != second.Note || got[1].Note != first.Note {
			t.Errorf("stored: %+v", got)
		}
	})
}

func TestSigningWhatIsNotThereYet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		k := ledger.NewKeeper(d, t.TempDir())
		if _, err := k.Sign(t.Context(), "o1", 0, at); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("signing an empty log: %v", err)
		}
		must(t, add(d, many("o1", 0, 5)...))
		if _, err := k.Sign(t.Context(), "o1", 6, at); err == nil || problem.Of(err).Code != problem.Conflict {
			t.Errorf("signing six of five leaves: %v", err)
		}
		if s, err := k.Sign(t.Context(), "o1", 5, at); err != nil || s.Size != 5 {
			t.Errorf("signing five of five leaves: %+v, %v", s, err)
		}
	})
}

func TestTheScheduleSignsWhatGrew(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1", "o2")
	k := ledger.NewKeeper(d, t.TempDir())
	must(t, add(d, many("o1", 0, 2)...))
	for range 3 {
		must(t, k.SignGrown(t.Context(), "o1", at))
		must(t, k.SignGrown(t.Context(), "o2", at)) // has no leaf
	}
	if a, b := len(checkpoints(t, d, "o1")), len(checkpoints(t, d, "o2")); a != 1 || b != 0 {
		t.Errorf("%d and %d checkpoints, want 1 and 0", a, b)
	}
	must(t, add(d, leaf("o1", "more")))
	if h := health(t, k, "o1"); h.Since() != 1 || !h.Oldest.Equal(at.Truncate(time.Microsecond)) {
		t.Errorf("before the schedule: %d leaves since, the oldest of %v", h.Since(), h.Oldest)
	}
	must(t, k.SignGrown(t.Context(), "o1", at))
	if n := len(checkpoints(t, d, "o1")); n != 2 {
		t.Errorf("%d checkpoints, want 2", n)
	}
}

// TestTheFileComesBeforeTheRow stops the server between the two: the signature is
// in the folder and the row is not there. The next signature mends it.
func TestTheFileComesBeforeTheRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		dir := t.TempDir()
		k := ledger.NewKeeper(d, dir)
		must(t, add(d, many("o1", 0, 3)...))
		lost := errors.New("the power went")
		for _, step := range []int{3, 5} { // before the first epoch's row was written, and later
			must(t, add(d, many("o1", step, 2)...))
			err := d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
				if _, err := ledger.SignIn(k, ctx, tx, "o1", at); err != nil {
					return err
				}
				return lost
			})
			if !errors.Is(err, lost) {
				t.Fatal(err)
			}
			before, err := os.ReadFile(filepath.Join(dir, "o1.checkpoint"))
			must(t, err)
			if h := health(t, k, "o1"); h.Refusal != nil || h.Last == nil || h.Stored && h.Epoch > 0 {
				t.Fatalf("after the crash: %+v", h)
			}
			must(t, k.SignGrown(t.Context(), "o1", at.Add(time.Minute)))
			stored := checkpoints(t, d, "o1")
			if len(stored) == 0 || !strings.HasSuffix(string(before), stored[0].Note) {
				t.Errorf("the signature of before the crash is not the one stored: %+v", stored)
			}
		}
		if h := health(t, k, "o1"); !h.Stored || h.Since() != 0 {
			t.Errorf("health at the end: %+v", h)
		}
	})
}

// TestACrashDoesNotLoseACheckpointThatWasPassed grows the log between the crash
// and the next signature: both checkpoints are stored in the end.
func TestACrashDoesNotLoseACheckpointThatWasPassed(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	k := ledger.NewKeeper(d, t.TempDir())
	must(t, add(d, many("o1", 0, 3)...))
	sign(t, k, "o1", at)
	must(t, add(d, many("o1", 3, 3)...))
	d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
		_, err := ledger.SignIn(k, ctx, tx, "o1", at)
		return errors.Join(err, errors.New("the power went"))
	})
	must(t, add(d, many("o1", 6, 3)...))
	sign(t, k, "o1", at)
	var sizes []int64
	for _, c := range checkpoints(t, d, "o1") {
		sizes = append(sizes, c.Size)
	}
	if fmt.Sprint(sizes) != "[9 6 3]" {
		t.Errorf("stored checkpoints over %v leaves, want 9, 6 and 3", sizes)
	}
}

// TestWhatIsAppendedBesideASignatureIsNotSigned: the leaf of a change that shares
// the transaction may still be rolled back.
func TestWhatIsAppendedBesideASignatureIsNotSigned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		k := ledger.NewKeeper(d, t.TempDir())
		must(t, add(d, many("o1", 0, 3)...))
		must(t, d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
			if err := ledger.New().Append(ctx, tx, leaf("o1", "beside")); err != nil {
				return err
			}
			s, err := ledger.SignIn(k, ctx, tx, "o1", at)
			if err == nil && s.Size != 3 {
				t.Errorf("%d leaves were signed, 3 were stored", s.Size)
			}
			return err
		}))
	})
}

// restored is a database as it was after n leaves, and the folder of keys as it
// is after more.
type restored struct {
	d    *db.DB
	k    *ledger.Keeper
	dir  string
	last ledger.Signed // signed before the restore
}

// restore signs 4 leaves, takes a backup, appends and signs 3 more, and goes
// back to the backup. With before set, the backup is of before the first signature.
func restore(t *testing.T, before bool) restored {
	t.Helper()
	old, dir := dbtest.SQLite(t), t.TempDir()
	organisation(t, old, "o1", "o2")
	k := ledger.NewKeeper(old, dir)
	must(t, add(old, many("o1", 0, 4)...))
	must(t, add(old, many("o2", 0, 2)...))
	var archive bytes.Buffer
	if !before {
		sign(t, k, "o1", at)
		sign(t, k, "o2", at)
	}
	must(t, old.Backup(t.Context(), &archive, at))
	must(t, add(old, many("o1", 4, 3)...))
	last := sign(t, k, "o1", at)
	data := filepath.Join(t.TempDir(), "restored")
	_, _, err := db.Restore(t.Context(), data, &archive)
	must(t, err)
	d, err := db.Open(t.Context(), db.Config{DataDir: data})
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return restored{d, ledger.NewKeeper(d, dir), dir, last}
}

// TestNoForkAfterARestore is the promise of an epoch: no name ever signs two histories.
func TestNoForkAfterARestore(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before bool // the backup is older than the first signature
		grow   int  // leaves appended before anybody notices
		cause  ledger.Cause
	}{
		{"shorter than what was signed", false, 0, ledger.Restored},
		{"as long as what was signed, and different", false, 3, ledger.Rewrote},
		{"longer than what was signed, and different", false, 9, ledger.Rewrote},
		{"older than the first signature", true, 0, ledger.Restored},
		{"older than the first signature, and grown", true, 5, ledger.Rewrote},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := restore(t, tt.before)
			if tt.grow > 0 {
				must(t, add(r.d, many("o1", 100, tt.grow)...))
			}
			refuses(t, r.k, "o1", tt.cause)
			sign(t, r.k, "o2", at) // the other organisation lost nothing
			must(t, add(r.d, leaf("o1", "still")))

			e, err := r.k.Begin(t.Context(), "o1", "a1", "The disk failed; we went back to Friday.", at)
			must(t, err)
			if e.Epoch != 2 || e.OldNote != r.last.Note {
				t.Errorf("the epoch is %+v, want the second, naming the last checkpoint of the first", e)
			}
			s := sign(t, r.k, "o1", at)
			opens(t, e.Key, s)
			if s.Epoch != 2 || s.Origin == r.last.Origin {
				t.Errorf("signed as %s after %s", s.Origin, r.last.Origin)
			}
			leaves, err := ledger.New().Records(t.Context(), r.d, "o1", s.Size-1, 1)
			must(t, err)
			x, err := e.Leaf().Disclose()
			must(t, err)
			if len(leaves) != 1 || !x.Opens(leaves[0]) || !strings.Contains(string(x.Payload), r.last.Root.String()) {
				t.Errorf("the leaf of the epoch does not name the old root: %s", x.Payload)
			}
			if h := health(t, r.k, "o1"); h.Refusal != nil || h.Epoch != 2 || h.Since() != 0 {
				t.Errorf("health in the new epoch: %+v", h)
			}
			must(t, add(r.d, leaf("o1", "on")))
			grows(t, r.d, s, sign(t, r.k, "o1", at))
			if _, err := r.k.Begin(t.Context(), "o1", "a1", "Again.", at); err == nil || problem.Of(err).Code != problem.Conflict {
				t.Errorf("a log that is well began another epoch: %v", err)
			}
		})
	}
}

// TestARestoreOfWhatWasSignedGoesOn puts back a backup that nothing was signed after.
func TestARestoreOfWhatWasSignedGoesOn(t *testing.T) {
	r := restore(t, false)
	must(t, os.Remove(filepath.Join(r.dir, "o1.checkpoint"))) // let o2 be the one looked at
	if h := health(t, r.k, "o2"); h.Refusal != nil {
		t.Errorf("the backup holds all that was signed and the log refuses: %+v", h.Refusal)
	}
}

// TestAnEpochOutlivesARestoreOfTheTimeBeforeIt: numbers are never used twice.
func TestAnEpochOutlivesARestoreOfTheTimeBeforeIt(t *testing.T) {
	r := restore(t, false)
	var archive bytes.Buffer
	must(t, r.d.Backup(t.Context(), &archive, at))
	_, err := r.k.Begin(t.Context(), "o1", "a1", "Once.", at)
	must(t, err)
	sign(t, r.k, "o1", at)
	data := filepath.Join(t.TempDir(), "again")
	_, _, err = db.Restore(t.Context(), data, &archive)
	must(t, err)
	d, err := db.Open(t.Context(), db.Config{DataDir: data})
	must(t, err)
	defer d.Close()
	k := ledger.NewKeeper(d, r.dir)
	refuses(t, k, "o1", ledger.Restored)
	e, err := k.Begin(t.Context(), "o1", "a1", "Twice.", at)
	if err != nil || e.Epoch != 3 {
		t.Errorf("the next epoch is %d, %v; want 3", e.Epoch, err)
	}
}

func TestALostFolderOfKeys(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lose  func(t *testing.T, dir string)
		cause ledger.Cause
	}{
		{"all of it", func(t *testing.T, dir string) { must(t, os.RemoveAll(dir)) }, ledger.LostKey},
		{"the key", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "checkpoint.key"))) }, ledger.LostKey},
		{"what was signed last", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "o1.checkpoint"))) }, ledger.LostLast},
		{"the words of what was signed last", func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "o1.checkpoint"), []byte("at noon"), 0o600))
		}, ledger.LostLast},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				organisation(t, d, "o1", "o2")
				dir := filepath.Join(t.TempDir(), "keys")
				k := ledger.NewKeeper(d, dir)
				must(t, add(d, many("o1", 0, 4)...))
				must(t, add(d, many("o2", 0, 4)...))
				first := sign(t, k, "o1", at)
				was := health(t, k, "o1").Key
				tt.lose(t, dir)
				refuses(t, k, "o1", tt.cause)
				sign(t, k, "o2", at) // never signed: begins with whatever key there is, or a new one
				refuses(t, k, "o1", tt.cause)
				e, err := k.Begin(t.Context(), "o1", "a1", "The folder was lost.", at)
				must(t, err)
				s := sign(t, k, "o1", at)
				opens(t, e.Key, s)
				if e.Key == was || s.Epoch != 2 || e.OldNote != first.Note {
					t.Errorf("the new epoch: %+v", e)
				}
				opens(t, was, first) // what was signed stays good
			})
		})
	}
}

// TestAFolderOfAnEarlierDay is also what a second server looks like that has a
// folder of its own: the database knows of checkpoints the folder does not.
func TestAFolderOfAnEarlierDay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		dir, copied := t.TempDir(), t.TempDir()
		k := ledger.NewKeeper(d, dir)
		must(t, add(d, many("o1", 0, 4)...))
		sign(t, k, "o1", at)
		must(t, os.CopyFS(copied, os.DirFS(dir)))
		second := ledger.NewKeeper(d, copied)
		if h := health(t, second, "o1"); h.Refusal != nil {
			t.Errorf("a copy that is up to date: %+v", h.Refusal)
		}
		must(t, add(d, leaf("o1", "more")))
		sign(t, k, "o1", at)
		refuses(t, second, "o1", ledger.LostLast)
		if h := health(t, k, "o1"); h.Refusal != nil {
			t.Errorf("the folder that is up to date: %+v", h.Refusal)
		}
	})
}

// TestTwoServersOneFolder lets two keepers sign while leaves are appended.
func TestTwoServersOneFolder(t *testing.T) {
	address, dir := dbtest.Schema(t), t.TempDir()
	var dbs []*db.DB
	for range 2 {
		d, err := db.Open(t.Context(), db.Config{URL: address, DataDir: t.TempDir()})
		must(t, err)
		t.Cleanup(func() { must(t, d.Close()) })
		dbs = append(dbs, d)
	}
	organisation(t, dbs[0], "o1")
	must(t, add(dbs[0], leaf("o1", "first")))
	done := make(chan error)
	for i, d := range dbs {
		k := ledger.NewKeeper(d, dir)
		go func() {
			var errs []error
			for j := range 20 {
				errs = append(errs, add(d, leaf("o1", fmt.Sprintf("%d-%d", i, j))))
				_, err := k.Sign(context.Background(), "o1", 0, at)
				errs = append(errs, err)
			}
			done <- errors.Join(errs...)
		}()
	}
	for range dbs {
		must(t, <-done)
	}
	all := checkpoints(t, dbs[0], "o1")
	for i := 1; i < len(all); i++ {
		grows(t, dbs[0], all[i], all[i-1])
	}
	if len(all) < 20 {
		t.Errorf("%d checkpoints of 40 signatures", len(all))
	}
}

// TestAClockSetBack: the order of checkpoints is that of the tree; their times
// stand still until the clock has caught up, and say by how much it was behind.
func TestAClockSetBack(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	k := ledger.NewKeeper(d, t.TempDir())
	for i, tt := range []struct {
		clock, at time.Duration // since at
	}{{0, 0}, {-2 * time.Hour, 0}, {-time.Hour, 0}, {time.Hour, time.Hour}} {
		must(t, add(d, leaf("o1", fmt.Sprint(i))))
		s := sign(t, k, "o1", at.Add(tt.clock))
		want := at.Truncate(time.Microsecond).Add(tt.at)
		if !s.At.Equal(want) || s.Behind != tt.at-tt.clock {
			t.Errorf("with the clock at %v: time %v, behind %v; want %v and %v", tt.clock, s.At, s.Behind, want, tt.at-tt.clock)
		}
	}
	if got := checkpoints(t, d, "o1"); got[2].Behind != 2*time.Hour {
		t.Errorf("stored: the clock was behind by %v, want 2 h", got[2].Behind)
	}
}

func TestAFolderNobodyMayWrite(t *testing.T) {
	d := dbtest.SQLite(t)
	organisation(t, d, "o1")
	must(t, add(d, leaf("o1", "v1")))
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	_, err := ledger.NewKeeper(d, filepath.Join(file, "keys")).Sign(t.Context(), "o1", 0, at)
	if err == nil || !strings.Contains(problem.Of(err).Text, "cannot be") {
		t.Errorf("err = %v, want a sentence about the folder", err)
	}
	if n := len(checkpoints(t, d, "o1")); n != 0 {
		t.Errorf("%d checkpoints without a folder to remember them", n)
	}
}

func TestCheckpointsAreNeverChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		must(t, add(d, leaf("o1", "v1")))
		sign(t, ledger.NewKeeper(d, t.TempDir()), "o1", at)
		for _, s := range []string{
			`UPDATE log_checkpoint SET note = ''`, `DELETE FROM log_checkpoint`, `UPDATE log_epoch SET vkey = ''`, `DELETE FROM log_epoch`,
		} {
			err := d.Write(t.Context(), "o1", db.People, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, s)
				return err
			})
			if err == nil {
				t.Errorf("%s was allowed", s)
			}
		}
	})
}

func TestEveryLeafHasItsProof(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		organisation(t, d, "o1")
		k := ledger.NewKeeper(d, t.TempDir())
		must(t, add(d, many("o1", 0, 13)...))
		sign(t, k, "o1", at)
		must(t, add(d, many("o1", 13, 4)...))
		newest := sign(t, k, "o1", at)
		must(t, add(d, leaf("o1", "uncovered")))
		v, err := note.NewVerifier(health(t, k, "o1").Key)
		must(t, err)
		all, err := ledger.New().Records(t.Context(), d, "o1", 0, 100)
		must(t, err)
		must(t, d.Read(t.Context(), "o1", func(tx *db.Tx) error {
			for _, r := range all[:17] {
				p, c, err := ledger.Prove(t.Context(), tx, "o1", r.N)
				if err != nil {
					return err
				}
				if c.Size != newest.Size {
					t.Errorf("leaf %d is proved against %d leaves, want the newest checkpoint", r.N, c.Size)
				}
				read, err := ledger.ParseProof(p.String())
				if err != nil {
					return err
				}
				if _, err := read.Check([]byte(r.Data), note.VerifierList(v)); err != nil {
					t.Errorf("leaf %d: %v", r.N, err)
				}
				if _, err := read.Check([]byte(r.Data+" "), note.VerifierList(v)); err == nil {
					t.Errorf("leaf %d: other bytes are proved too", r.N)
				}
			}
			if _, _, err := ledger.Prove(t.Context(), tx, "o1", 17); err == nil || problem.Of(err).Code != problem.Conflict {
				t.Errorf("a leaf that no checkpoint covers: %v", err)
			}
			for _, pair := range [][2]int64{{0, 5}, {6, 5}, {5, 99}} {
				if _, err := ledger.ProveGrowth(t.Context(), tx, "o1", pair[0], pair[1]); err == nil || problem.Of(err).Code != problem.Invalid {
					t.Errorf("growth %v: %v", pair, err)
				}
			}
			return nil
		}))
	})
}
