package ledger_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/ledger"
)

// tree is a log in memory, built by tlog alone.
type tree struct {
	leaves [][]byte
	stored []tlog.Hash
}

func (t *tree) ReadHashes(idx []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range idx {
		out = append(out, t.stored[i])
	}
	return out, nil
}

func treeOf(tb testing.TB, n int) *tree {
	tb.Helper()
	t := &tree{}
	for i := range n {
		data := []byte(fmt.Sprintf("leaf %d", i))
		h, err := tlog.StoredHashes(int64(i), data, t)
		if err != nil {
			tb.Fatal(err)
		}
		t.leaves, t.stored = append(t.leaves, data), append(t.stored, h...)
	}
	return t
}

// keyFrom is a key that is the same in every run.
func keyFrom(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(b), ed25519.SeedSize)))
}

func signed(tb testing.TB, t *tree, key ed25519.PrivateKey, origin string) (ledger.Checkpoint, note.Verifiers) {
	tb.Helper()
	root, err := tlog.TreeHash(int64(len(t.leaves)), t)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := ledger.NewSigner(key, origin)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := ledger.SignCheckpoint(s, int64(len(t.leaves)), root)
	if err != nil {
		tb.Fatal(err)
	}
	vkey, err := ledger.VerifierKey(key.Public().(ed25519.PublicKey), origin)
	if err != nil {
		tb.Fatal(err)
	}
	known, err := ledger.Policy{Logs: []string{vkey}}.Verifiers()
	if err != nil {
		tb.Fatal(err)
	}
	return c, known
}

func TestACheckpointIsTrustedByItsKeyAlone(t *testing.T) {
	origin := ledger.Origin("o1", 1)
	c, known := signed(t, treeOf(t, 7), keyFrom('a'), origin)
	if want := "toucan/log/o1/1\n7\n" + c.Root.String() + "\n\n— toucan/log/o1/1 "; !strings.HasPrefix(c.Note, want) {
		t.Errorf("the note is\n%s", c.Note)
	}
	got, err := ledger.OpenCheckpoint(c.Note, known)
	if err != nil || got != c {
		t.Fatalf("opened %+v, %v", got, err)
	}
	_, others := signed(t, treeOf(t, 7), keyFrom('b'), origin)
	if _, err := ledger.OpenCheckpoint(c.Note, others); err == nil {
		t.Error("another key of the same name was enough")
	}
	if _, err := ledger.OpenCheckpoint(strings.Replace(c.Note, "\n7\n", "\n8\n", 1), known); err == nil {
		t.Error("a changed size was not noticed")
	}
	// A key of the policy that signs for another log than its own is not believed.
	s, err := ledger.NewSigner(keyFrom('a'), origin)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := note.Sign(&note.Note{Text: strings.Replace(strings.SplitAfter(c.Note, "\n\n")[0], "/o1/", "/o2/", 1)[:len(strings.SplitAfter(c.Note, "\n\n")[0])-1]}, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenCheckpoint(string(foreign), known); err == nil || !strings.Contains(err.Error(), "o2") {
		t.Errorf("a checkpoint for another log: %v", err)
	}
}

func TestAProofLeadsFromOneLeafToTheRoot(t *testing.T) {
	for _, size := range []int{1, 2, 7, 8, 100} {
		tr := treeOf(t, size)
		c, known := signed(t, tr, keyFrom('a'), "toucan/log/o1/1")
		for n := range size {
			hashes, err := tlog.ProveRecord(int64(size), int64(n), tr)
			if err != nil {
				t.Fatal(err)
			}
			text := ledger.Proof{Index: int64(n), Hashes: hashes, Checkpoint: c.Note}.String()
			p, err := ledger.ParseProof(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Check(tr.leaves[n], known); err != nil || got.Size != int64(size) {
				t.Fatalf("leaf %d of %d: %v", n, size, err)
			}
			if size > 1 {
				if _, err := p.Check(tr.leaves[(n+1)%size], known); err == nil {
					t.Errorf("the proof of leaf %d of %d also fits its neighbour", n, size)
				}
			}
		}
	}
}

func TestEveryFlippedBitOfAProofIsNoticed(t *testing.T) {
	tr := treeOf(t, 11)
	c, known := signed(t, tr, keyFrom('a'), "toucan/log/o1/1")
	hashes, err := tlog.ProveRecord(11, 4, tr)
	if err != nil {
		t.Fatal(err)
	}
	text := ledger.Proof{Index: 4, Hashes: hashes, Checkpoint: c.Note}.String()
	for i := range len(text) * 8 {
		b := []byte(text)
		b[i/8] ^= 1 << (i % 8)
		p, err := ledger.ParseProof(string(b))
		if err != nil {
			continue
		}
		if _, err := p.Check(tr.leaves[4], known); err == nil {
			t.Errorf("bit %d of byte %d (%q) can be flipped", i%8, i/8, text[i/8])
		}
	}
}

func TestAPolicySaysWhomToTrust(t *testing.T) {
	a, err := ledger.VerifierKey(keyFrom('a').Public().(ed25519.PublicKey), "toucan/log/o1/1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := ledger.VerifierKey(keyFrom('a').Public().(ed25519.PublicKey), "toucan/log/o1/2")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ledger.ParsePolicy([]byte(ledger.Policy{Logs: []string{a}}.String()))
	if err != nil || len(p.Logs) != 1 || p.Logs[0] != a {
		t.Fatalf("read %+v, %v", p, err)
	}
	for name, text := range map[string]string{
		"empty":                     "",
		"no quorum":                 "log " + a + "\n",
		"no log":                    "quorum none\n",
		"witnesses":                 "log " + a + "\nwitness w " + again + "\nquorum w\n",
		"two quorums":               "log " + a + "\nquorum none\nquorum none\n",
		"one key under two names":   "log " + a + "\nlog " + again + "\nquorum none\n",
		"a key with a wrong number": "log " + strings.Replace(a, "+", "+0", 1) + "\nquorum none\n",
		"some other line":           "log " + a + "\ntrust everybody\nquorum none\n",
	} {
		if _, err := ledger.ParsePolicy([]byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestADisclosureOpensItsLeafAlone(t *testing.T) {
	l := leaf("o1", "v1")
	d, err := l.Disclose()
	if err != nil {
		t.Fatal(err)
	}
	sum, err := ledger.Hash(l.Salt, l.Payload)
	if err != nil {
		t.Fatal(err)
	}
	r := ledger.Record{Kind: l.Kind, ID: l.ID, SHA256: sum}
	if !d.Opens(r) {
		t.Fatal("the disclosure does not open its own leaf")
	}
	other := d
	other.Payload = []byte(strings.Replace(string(d.Payload), "Access", "access", 1))
	moved := r
	moved.ID = "v2"
	if other.Opens(r) || d.Opens(moved) {
		t.Error("it opens what it is not the content of")
	}
}

func FuzzParseProof(f *testing.F) {
	tr := treeOf(f, 5)
	c, _ := signed(f, tr, keyFrom('a'), "toucan/log/o1/1")
	hashes, err := tlog.ProveRecord(5, 2, tr)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ledger.Proof{Index: 2, Hashes: hashes, Checkpoint: c.Note, Extra: []byte("x")}.String())
	f.Add("c2sp.org/tlog-proof@v1\nindex 0\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ledger.ParseProof(text)
		if err == nil && p.String() != text {
			t.Errorf("%q reads as a proof and is written back as %q", text, p.String())
		}
		ledger.ReadCheckpoint(text) //nolint:errcheck // must not panic
	})
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("# x\nlog a+1+b\nquorum none\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ledger.ParsePolicy(text)
		if err != nil {
			return
		}
		if _, err := p.Verifiers(); err != nil {
			t.Errorf("%q is a policy without keys: %v", text, err)
		}
	})
}
