package report_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/ledger/tsatest"
	"github.com/toucan-grc/toucan/internal/report"
)

var made = time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC)

const origin = "toucan/log/o1/1"

// logged is a log in memory, as an attacker with the database and the program in
// hand could make one: everything but the key is at the test's command.
type logged struct {
	t      testing.TB
	key    ed25519.PrivateKey
	leaves []string
	stored []tlog.Hash
}

func newLog(t testing.TB, seed byte) *logged {
	return &logged{t: t, key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))}
}

func (l *logged) ReadHashes(idx []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range idx {
		out = append(out, l.stored[i])
	}
	return out, nil
}

const salt = "000102030405060708090a0b0c0d0e0f"

func (l *logged) raw(data string) int64 {
	l.t.Helper()
	n := int64(len(l.leaves))
	h, err := tlog.StoredHashes(n, []byte(data), l)
	if err != nil {
		l.t.Fatal(err)
	}
	l.leaves, l.stored = append(l.leaves, data), append(l.stored, h...)
	return n
}

// append records a payload and returns what a bundle shows of it.
func (l *logged) append(kind, id string, payload any) report.Shown {
	l.t.Helper()
	sum, err := ledger.Hash(salt, payload)
	if err != nil {
		l.t.Fatal(err)
	}
	content, err := json.Marshal(payload)
	if err != nil {
		l.t.Fatal(err)
	}
	n := l.raw(fmt.Sprintf(`{"v":1,"kind":%q,"id":%q,"at":"2026-06-01T09:00:00.000000Z","actor":"a1","sha256":%q}`, kind, id, sum))
	return report.Shown{Leaf: n, Kind: kind, ID: id, Salt: salt, Payload: content}
}

func (l *logged) checkpoint() ledger.Checkpoint {
	l.t.Helper()
	root, err := tlog.TreeHash(int64(len(l.leaves)), l)
	if err != nil {
		l.t.Fatal(err)
	}
	s, err := ledger.NewSigner(l.key, origin)
	if err != nil {
		l.t.Fatal(err)
	}
	c, err := ledger.SignCheckpoint(s, int64(len(l.leaves)), root)
	if err != nil {
		l.t.Fatal(err)
	}
	return c
}

func (l *logged) policy() []byte {
	l.t.Helper()
	vkey, err := ledger.VerifierKey(l.key.Public().(ed25519.PublicKey), origin)
	if err != nil {
		l.t.Fatal(err)
	}
	return []byte(ledger.Policy{Logs: []string{vkey}}.String())
}

func (l *logged) Seal(_ context.Context, p report.Seal) (int64, string, string, ledger.Checkpoint, error) {
	s := l.append(report.SealKind, "b1", p)
	return s.Leaf, s.ID, s.Salt, l.checkpoint(), nil
}

func (l *logged) Leaves(_ context.Context, size int64, yield func(string) error) error {
	for _, data := range l.leaves[:size] {
		if err := yield(data); err != nil {
			return err
		}
	}
	return nil
}

func (l *logged) Prove(_ context.Context, size, n int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, n, l)
}

type item struct {
	Title string `json:"title"`
	Files []file `json:"files"`
}

type file struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func member(path, content string) report.Member {
	return report.Member{Path: path, Bytes: int64(len(content)), SHA256: digest(content), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(content)), nil
	}}
}

// write makes a bundle with two items of evidence shown and one withheld, an
// earlier checkpoint, and a page of findings.
func write(t testing.TB, l *logged) []byte {
	t.Helper()
	const review, scan = "accounts,decision\nada,keep\n", "no findings"
	l.append("control.version", "c1", map[string]string{"title": "Access review"})
	one := l.append("evidence.filed", "e1", item{"Access review, Q1", []file{{"q1.csv", digest(review)}}})
	secret := l.append("evidence.filed", "e2", item{"Board minutes", nil})
	before := l.checkpoint()
	two := l.append("evidence.filed", "e3", item{"Scan", []file{{"scan.txt", digest(scan)}}})
	b := report.Bundle{
		Manifest: report.Manifest{Organisation: "Meridian", Framework: "soc2-2017", From: "2026-01-01", To: "2026-06-30", MadeAt: made, Origin: origin,
			Withheld: []report.Withheld{{Why: "Not evidence for this framework", Leaves: []int64{secret.Leaf}}}},
		Shown:       []report.Shown{two, one},
		Checkpoints: []report.Stamped{{At: made, Note: before.Note}},
		Members:     []report.Member{member("readiness.html", "<p>ready</p>"), member("evidence/"+digest(review), review), member("evidence/"+digest(scan), scan)},
	}
	if err := b.Prepare(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Write(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(bundle []byte, c report.Check) report.Findings {
	return report.Verify(bytes.NewReader(bundle), int64(len(bundle)), c)
}

// content is what a bundle holds, in the order it stands there.
type content struct {
	names []string
	of    map[string][]byte
}

func unpack(t testing.TB, bundle []byte) content {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	if err != nil {
		t.Fatal(err)
	}
	c := content{of: map[string][]byte{}}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		c.names, c.of[f.Name] = append(c.names, f.Name), data
	}
	return c
}

func (c content) pack(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range c.names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(c.of[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestABundleHoldsByItself(t *testing.T) {
	l := newLog(t, 'k')
	f := verify(write(t, l), report.Check{Policy: l.policy()})
	if len(f.Failures) > 0 {
		t.Fatalf("failures: %q", f.Failures)
	}
	if f.Leaves != 5 || f.Shown != 2 || f.Files != 2 || f.Manifest.Framework != "soc2-2017" {
		t.Errorf("%d leaves, %d shown, %d files, %s", f.Leaves, f.Shown, f.Files, f.Manifest.Framework)
	}
	if !slices.ContainsFunc(f.Notes, func(n string) bool {
		return strings.HasPrefix(n, "In the log but not in the bundle, 1 of evidence: ")
	}) {
		t.Errorf("what was withheld is not said: %q", f.Notes)
	}
}

func TestEveryFlippedBitOfAMemberIsFound(t *testing.T) {
	l := newLog(t, 'k')
	whole := unpack(t, write(t, l))
	for _, name := range whole.names {
		for i := range whole.of[name] {
			changed := slices.Clone(whole.of[name])
			changed[i] ^= 1 << (i % 8)
			forged := content{whole.names, map[string][]byte{}}
			for n, data := range whole.of {
				forged.of[n] = data
			}
			forged.of[name] = changed
			if f := verify(forged.pack(t), report.Check{Policy: l.policy()}); len(f.Failures) == 0 {
				t.Errorf("%s: bit %d of byte %d (%q) can be flipped", name, i%8, i, whole.of[name][i])
			}
		}
	}
}

func TestEveryFlippedByteOfTheFileIsFoundOrHarmless(t *testing.T) {
	l := newLog(t, 'k')
	bundle := write(t, l)
	want := unpack(t, bundle)
	for i := range bundle {
		changed := slices.Clone(bundle)
		changed[i] ^= 1 << (i % 8)
		if f := verify(changed, report.Check{Policy: l.policy()}); len(f.Failures) > 0 {
			continue
		}
		got := unpack(t, changed)
		for name, data := range want.of {
			if !bytes.Equal(got.of[name], data) {
				t.Errorf("byte %d can be changed, and %s with it", i, name)
			}
		}
	}
}

func TestForgeriesAreFound(t *testing.T) {
	l := newLog(t, 'k')
	whole := unpack(t, write(t, l))
	stranger := newLog(t, 'x')
	for _, tt := range []struct {
		name  string
		forge func(c *content)
		want  string // in one of the failures
	}{
		{"a leaf removed", func(c *content) {
			c.lines("leaves.jsonl", func(l []string) []string { return append(l[:1:1], l[2:]...) })
		}, "removed or reordered"},
		{"the last leaf removed", func(c *content) { c.lines("leaves.jsonl", func(l []string) []string { return l[:len(l)-1] }) }, "has 4 leaves, the checkpoint speaks of 5"},
		{"leaves reordered", func(c *content) {
			c.lines("leaves.jsonl", func(l []string) []string { l[1], l[2] = l[2], l[1]; return l })
		}, "removed or reordered"},
		{"a leaf added", func(c *content) { c.lines("leaves.jsonl", func(l []string) []string { return append(l, l[0]) }) }, "has 6 leaves"},
		{"proofs swapped", func(c *content) {
			c.of["proofs/1.tlog-proof"], c.of["proofs/3.tlog-proof"] = c.of["proofs/3.tlog-proof"], c.of["proofs/1.tlog-proof"]
		}, "proofs/1.tlog-proof: proves leaf 3"},
		{"a proof missing", func(c *content) { c.drop("proofs/1.tlog-proof") }, "proofs/1.tlog-proof: is missing"},
		{"a member missing", func(c *content) { c.drop("readiness.html") }, "readiness.html: is missing"},
		{"a member added", func(c *content) { c.add("evidence/extra", "x") }, "evidence/extra: is not listed"},
		{"the manifest missing", func(c *content) { c.drop("manifest.json") }, "manifest.json: is missing"},
		{"the leaves missing", func(c *content) { c.drop("leaves.jsonl") }, "leaves.jsonl: is missing"},
		{"the checkpoint missing", func(c *content) { c.drop("checkpoint") }, "checkpoint: is missing"},
		{"evidence changed", func(c *content) { c.of["evidence/"+digest("no findings")] = []byte("two finding") }, "was changed"},
		{"evidence changed and the manifest with it", func(c *content) {
			old := digest("no findings")
			c.of["evidence/"+old] = []byte("two finding")
			c.swap("manifest.json", `"sha256": "`+old, `"sha256": "`+digest("two finding"))
		}, "does not vouch for this manifest"},
		{"an older checkpoint of the log", func(c *content) {
			var s report.Stamped
			if err := json.Unmarshal(c.of["checkpoints.jsonl"], &s); err != nil {
				t.Fatal(err)
			}
			c.of["checkpoint"] = []byte(s.Note)
		}, "has 5 leaves, the checkpoint speaks of 3"},
		{"an older checkpoint with the leaves it covers", func(c *content) {
			var s report.Stamped
			if err := json.Unmarshal(c.of["checkpoints.jsonl"], &s); err != nil {
				t.Fatal(err)
			}
			c.of["checkpoint"] = []byte(s.Note)
			c.lines("leaves.jsonl", func(l []string) []string { return l[:3] })
		}, "seal.json: leaf 4 is not in the log"},
		{"a title changed in what is shown", func(c *content) { c.swap("records.jsonl", "Q1", "Q2") }, "is not what was recorded"},
		{"signed by somebody else", func(c *content) {
			stranger.leaves, stranger.stored = l.leaves, l.stored
			c.of["checkpoint"] = []byte(stranger.checkpoint().Note)
		}, "not signed by a key of the policy"},
		{"a policy inside", func(c *content) { c.add("trust.policy", string(l.policy())) }, "is a trust policy inside the bundle"},
		{"a policy under the name of evidence", func(c *content) { c.of["readiness.html"] = stranger.policy() }, "is a trust policy inside the bundle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := content{slices.Clone(whole.names), map[string][]byte{}}
			for n, data := range whole.of {
				c.of[n] = slices.Clone(data)
			}
			tt.forge(&c)
			f := verify(c.pack(t), report.Check{Policy: l.policy()})
			if !slices.ContainsFunc(f.Failures, func(s string) bool { return strings.Contains(s, tt.want) }) {
				t.Errorf("failures %q, want one with %q", f.Failures, tt.want)
			}
		})
	}
}

func (c *content) drop(name string) {
	c.names = slices.DeleteFunc(c.names, func(n string) bool { return n == name })
}

func (c *content) add(name, data string) {
	c.names, c.of[name] = append(c.names, name), []byte(data)
}

func (c *content) swap(name, old, new string) {
	c.of[name] = bytes.ReplaceAll(c.of[name], []byte(old), []byte(new))
}

func (c *content) lines(name string, change func([]string) []string) {
	list := strings.Split(strings.TrimSuffix(string(c.of[name]), "\n"), "\n")
	c.of[name] = []byte(strings.Join(change(list), "\n") + "\n")
}

// Whoever runs the server can write a whole new log and sign it. Only a checkpoint
// that somebody kept shows it.
func TestARewrittenLogIsFoundByACheckpointKeptBefore(t *testing.T) {
	honest := newLog(t, 'k')
	write(t, honest)
	kept := honest.checkpoint().Note

	forged := newLog(t, 'k') // the same key
	forged.append("control.version", "c0", map[string]string{"title": "Slipped in before"})
	bundle := write(t, forged)
	if f := verify(bundle, report.Check{Policy: honest.policy()}); len(f.Failures) > 0 {
		t.Fatalf("without a kept checkpoint nothing can be seen, yet: %q", f.Failures)
	}
	f := verify(bundle, report.Check{Policy: honest.policy(), Since: kept})
	if len(f.Failures) != 1 || !strings.Contains(f.Failures[0], "--since") {
		t.Errorf("failures %q", f.Failures)
	}

	longer := newLog(t, 'k')
	write(t, longer)
	longer.append("control.version", "c9", map[string]string{"title": "Later"})
	if f := verify(write(t, newLog(t, 'k')), report.Check{Policy: honest.policy(), Since: longer.checkpoint().Note}); len(f.Failures) != 1 || !strings.Contains(f.Failures[0], "leaves were removed") {
		t.Errorf("a bundle shorter than what is known: %q", f.Failures)
	}
	if f := verify(write(t, newLog(t, 'k')), report.Check{Policy: honest.policy(), Since: kept}); len(f.Failures) > 0 {
		t.Errorf("an honest log fails its own old checkpoint: %q", f.Failures)
	}
}

// batchOf records a batch of three results and returns its leaf, and the line that shows
// the one in the middle.
func batchOf(l *logged) (report.Shown, string) {
	l.t.Helper()
	tree, err := ledger.FactsBehind([]any{map[string]string{"state": "pass"}, map[string]string{"state": "fail"}, map[string]string{"state": "pass"}}, strings.Repeat("7", 32), "")
	if err != nil {
		l.t.Fatal(err)
	}
	root, err := tree.Root()
	if err != nil {
		l.t.Fatal(err)
	}
	f, err := tree.Prove(1)
	if err != nil {
		l.t.Fatal(err)
	}
	shown := l.append("result.batch", "r1", map[string]any{"reports": 3, "changes": 3, "root": root})
	line, err := json.Marshal(struct {
		Leaf int64 `json:"leaf"`
		ledger.Fact
	}{shown.Leaf, f})
	if err != nil {
		l.t.Fatal(err)
	}
	return shown, string(line) + "\n"
}

func TestAResultIsShownWithoutTheOthersOfItsBatch(t *testing.T) {
	l := newLog(t, 'k')
	shown, line := batchOf(l)
	b := report.Bundle{Manifest: report.Manifest{Origin: origin, MadeAt: made, Unproven: 2}, Shown: []report.Shown{shown}, Members: []report.Member{member("changes.jsonl", line)}}
	if err := b.Prepare(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Write(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	f := verify(out.Bytes(), report.Check{Policy: l.policy()})
	if len(f.Failures) != 0 || f.Changes != 1 || !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.HasPrefix(n, "2 results of automated tests") }) {
		t.Errorf("%+v", f)
	}
}

// A dishonest maker can seal anything. What cannot be done is to leave evidence
// out without a word, or to show another content than was recorded.
func TestADishonestMakerIsFound(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(l *logged) report.Bundle
		want string
	}{
		{"evidence left out in silence", func(l *logged) report.Bundle {
			l.append("evidence.filed", "e1", item{"Embarrassing", nil})
			return report.Bundle{}
		}, "neither shown nor said to be withheld"},
		{"bytes of an item left out", func(l *logged) report.Bundle {
			return report.Bundle{Shown: []report.Shown{l.append("evidence.filed", "e1", item{"Scan", []file{{"scan.txt", digest("x")}}})}}
		}, "is missing; the evidence of leaf 0 names it"},
		{"bytes of no item put in", func(*logged) report.Bundle {
			return report.Bundle{Members: []report.Member{member("evidence/"+digest("x"), "x")}}
		}, "no evidence that is shown names it"},
		{"a leaf withheld that files nothing", func(l *logged) report.Bundle {
			return report.Bundle{Manifest: report.Manifest{Withheld: []report.Withheld{{Why: "x", Leaves: []int64{l.append("control.version", "c1", 1).Leaf}}}}}
		}, "files no evidence"},
		{"a result that was not recorded", func(l *logged) report.Bundle {
			shown, line := batchOf(l)
			return report.Bundle{Shown: []report.Shown{shown}, Members: []report.Member{member("changes.jsonl", strings.Replace(line, "fail", "pass", 1))}}
		}, "line 1, of leaf 0: it is not what was recorded"},
		{"a result in the place of another", func(l *logged) report.Bundle {
			shown, line := batchOf(l)
			return report.Bundle{Shown: []report.Shown{shown}, Members: []report.Member{member("changes.jsonl", strings.Replace(line, `"place":1`, `"place":2`, 1))}}
		}, "line 1, of leaf 0: it is not what was recorded"},
		{"a result of a batch that is not shown", func(l *logged) report.Bundle {
			_, line := batchOf(l)
			return report.Bundle{Members: []report.Member{member("changes.jsonl", line)}}
		}, "names leaf 0, and no batch of results is shown for it"},
		{"another log's name", func(*logged) report.Bundle {
			return report.Bundle{Manifest: report.Manifest{Origin: "toucan/log/o2/1"}}
		}, "speaks for toucan/log/o1/1, the manifest for toucan/log/o2/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLog(t, 'k')
			b := tt.make(l)
			if b.Manifest.Origin == "" {
				b.Manifest.Origin = origin
			}
			b.Manifest.MadeAt = made
			if err := b.Prepare(); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := b.Write(t.Context(), &out, l); err != nil {
				t.Fatal(err)
			}
			f := verify(out.Bytes(), report.Check{Policy: l.policy()})
			if len(f.Failures) != 1 || !strings.Contains(f.Failures[0], tt.want) {
				t.Errorf("failures %q, want %q", f.Failures, tt.want)
			}
		})
	}
}

func TestAFileThatChangedSinceItWasFiledStopsTheBundle(t *testing.T) {
	l := newLog(t, 'k')
	m := member("evidence/"+digest("x"), "y")
	m.SHA256 = digest("x")
	b := report.Bundle{Manifest: report.Manifest{Origin: origin, MadeAt: made}, Members: []report.Member{m}}
	if err := b.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := b.Write(t.Context(), io.Discard, l); err == nil || !strings.Contains(err.Error(), "is not what was filed") {
		t.Errorf("err = %v", err)
	}
}

func FuzzVerify(f *testing.F) {
	l := newLog(f, 'k')
	f.Add(write(f, l))
	f.Add([]byte("PK"))
	policy := l.policy()
	f.Fuzz(func(t *testing.T, bundle []byte) {
		if got := verify(bundle, report.Check{Policy: policy}); len(got.Failures) == 0 && got.Leaves != 5 {
			t.Errorf("another bundle passes: %+v", got)
		}
	})
}

// stamping makes a bundle with an earlier checkpoint that a real authority stamped.
func stamping(t *testing.T, l *logged, authority *ledger.Authority) []byte {
	t.Helper()
	l.append("control.version", "c1", map[string]string{"title": "Access review"})
	before := l.checkpoint()
	token, _, err := authority.Stamp(t.Context(), before.Note)
	if err != nil {
		t.Fatal(err)
	}
	b := report.Bundle{Manifest: report.Manifest{Origin: origin, MadeAt: made}, Checkpoints: []report.Stamped{{At: made, Note: before.Note, Token: token}}}
	if err := b.Prepare(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Write(t.Context(), &out, l); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestATimeStampInABundleIsBelievedFromWhomTheAuditorBelieves(t *testing.T) {
	tsa := tsatest.New(t, tsatest.Stamps, time.Now().Add(time.Hour))
	other := tsatest.New(t, tsatest.Stamps, time.Now().Add(time.Hour))
	authority, err := ledger.NewAuthority(tsa.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := newLog(t, 'k')
	bundle := stamping(t, l, authority)
	believe := func(roots *x509.CertPool) report.Check {
		return report.Check{Policy: l.policy(), Stamp: func(note string, token []byte) (time.Time, error) {
			s, err := ledger.VerifyStamp(note, token, roots)
			return s.At, err
		}}
	}
	if f := verify(bundle, believe(tsa.Pool)); len(f.Failures) > 0 || !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "says the time-stamping authority") }) {
		t.Errorf("believed: %q, %q", f.Failures, f.Notes)
	}
	if f := verify(bundle, believe(other.Pool)); len(f.Failures) != 1 || !strings.Contains(f.Failures[0], "time stamp") {
		t.Errorf("of somebody else: %q", f.Failures)
	}
	if f := verify(bundle, report.Check{Policy: l.policy()}); len(f.Failures) > 0 || !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "were not checked") }) {
		t.Errorf("not asked: %q, %q", f.Failures, f.Notes)
	}
}
