package report

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/ledger"
)

// Limits of what Verify takes into memory. Evidence and leaves are streamed.
const (
	maxManifest = 256 << 20
	maxSmall    = 1 << 20
	maxLine     = 16 << 20
)

// Check is what somebody holds who checks a bundle.
type Check struct {
	Policy []byte // the trust policy, got by another way than the bundle
	Since  string // a checkpoint kept from before, or empty
	// Stamp says when a time-stamping authority saw a checkpoint, if it is one to
	// believe; nil: time stamps are not checked.
	Stamp func(note string, token []byte) (time.Time, error)
}

// Findings is the outcome of a check. No failure means that all of it held.
type Findings struct {
	Manifest Manifest
	Leaves   int64
	Shown    int
	Files    int
	Changes  int      // results of tests that are in the batch of their leaf
	Failures []string // one line each
	Notes    []string // what held, and what was not checked
}

func (f *Findings) fail(format string, args ...any) {
	f.Failures = append(f.Failures, fmt.Sprintf(format, args...))
}

func (f *Findings) note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

// verifier is one check under way.
type verifier struct {
	Findings
	check   Check
	known   note.Verifiers
	members map[string]*zip.File
	shown   map[int64]Shown
	leaf    map[int64]ledger.Record // those that are shown, and the seal
	roots   map[int64]tlog.Hash     // by size, of the sizes asked for
	filed   []int64                 // leaves of evidence
}

// Verify checks a bundle of size bytes: that the checkpoint is signed by a log
// the policy trusts, that the leaves give its root, that the leaf of the bundle
// names its manifest, that every member is as the manifest lists it, and that
// what is shown is what the leaves recorded. It reads nothing but r.
func Verify(r io.ReaderAt, size int64, c Check) Findings {
	v := &verifier{check: c, members: map[string]*zip.File{}, shown: map[int64]Shown{}, leaf: map[int64]ledger.Record{}, roots: map[int64]tlog.Hash{}}
	if v.trust() && v.open(r, size) {
		v.all()
	}
	return v.Findings
}

func (v *verifier) trust() bool {
	p, err := ledger.ParsePolicy(v.check.Policy)
	if err != nil {
		v.fail("policy: %v", err)
		return false
	}
	if v.known, err = p.Verifiers(); err != nil {
		v.fail("policy: %v", err)
		return false
	}
	return true
}

func (v *verifier) open(r io.ReaderAt, size int64) bool {
	z, err := zip.NewReader(r, size)
	if err != nil {
		v.fail("the bundle is no readable ZIP file: %v", err)
		return false
	}
	for _, f := range z.File {
		if v.members[f.Name] != nil {
			v.fail("%s: is there twice", f.Name)
			continue
		}
		v.members[f.Name] = f
	}
	return true
}

func (v *verifier) all() {
	manifest, ok := v.read(manifestName, maxManifest)
	if !ok {
		return
	}
	if err := json.Unmarshal(manifest, &v.Manifest); err != nil || v.Manifest.Format != bundleFormat {
		v.fail("%s: is no manifest of a bundle this version can read", manifestName)
		return
	}
	listed := v.listed()
	v.strangers(listed)
	v.refuseOwnPolicy()
	v.records()
	var seal sealed
	if raw, ok := v.read(sealName, maxSmall); ok {
		if err := strictly(raw, &seal); err != nil {
			v.fail("%s: cannot be read: %v", sealName, err)
		}
	}
	head, ok := v.checkpoint()
	if !ok {
		return
	}
	since := v.since(head)
	earlier := v.earlier(head)
	v.leaves(head, seal)
	v.root(checkpointName, head)
	if since != nil {
		v.root("the checkpoint given with --since", *since)
	}
	for i, c := range earlier {
		v.root(fmt.Sprintf("%s line %d", checkpointsName, i+1), c)
	}
	v.seal(manifest, seal)
	v.opened()
	v.proofs(head)
	v.files(listed)
	v.changes()
	v.complete()
}

// strictly decodes JSON that must be written exactly as we write it.
func strictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	again, err := json.Marshal(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) {
		return fmt.Errorf("it is not written as the format has it")
	}
	return nil
}

// read returns a small member whole.
func (v *verifier) read(name string, limit int64) ([]byte, bool) {
	f := v.members[name]
	if f == nil {
		v.fail("%s: is missing", name)
		return nil, false
	}
	r, err := f.Open()
	if err != nil {
		v.fail("%s: cannot be read: %v", name, err)
		return nil, false
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		v.fail("%s: cannot be read: %v", name, err)
		return nil, false
	}
	if int64(len(data)) > limit {
		v.fail("%s: is larger than %d bytes", name, limit)
		return nil, false
	}
	return data, true
}

// listed checks every member of the manifest and returns them by path.
func (v *verifier) listed() map[string]Listed {
	out := map[string]Listed{}
	for _, l := range v.Manifest.Members {
		if _, twice := out[l.Path]; twice {
			v.fail("%s: is listed twice", l.Path)
		}
		out[l.Path] = l
		f := v.members[l.Path]
		if f == nil {
			v.fail("%s: is missing", l.Path)
			continue
		}
		r, err := f.Open()
		if err != nil {
			v.fail("%s: cannot be read: %v", l.Path, err)
			continue
		}
		h := sha256.New()
		n, err := io.Copy(h, io.LimitReader(r, l.Bytes+1))
		r.Close()
		switch {
		case err != nil:
			v.fail("%s: cannot be read: %v", l.Path, err)
		case n != l.Bytes:
			v.fail("%s: has not the %d bytes the manifest says", l.Path, l.Bytes)
		case hex.EncodeToString(h.Sum(nil)) != l.SHA256:
			v.fail("%s: was changed: its hash is not the manifest's", l.Path)
		}
	}
	for _, name := range []string{recordsName, checkpointsName} {
		if _, ok := out[name]; !ok {
			v.fail("%s: is not listed in the manifest", name)
		}
	}
	return out
}

// strangers finds members nobody vouches for.
func (v *verifier) strangers(listed map[string]Listed) {
	fixed := []string{manifestName, sealName, checkpointName, leavesName}
	for _, name := range sorted(v.members) {
		if _, ok := listed[name]; !ok && !slices.Contains(fixed, name) && !strings.HasPrefix(name, proofFolder) {
			v.fail("%s: is not listed in the manifest", name)
		}
	}
}

func sorted(m map[string]*zip.File) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// refuseOwnPolicy fails if the policy came with the bundle: whoever forged the one
// could have forged the other.
func (v *verifier) refuseOwnPolicy() {
	for _, name := range sorted(v.members) {
		f := v.members[name]
		if f.UncompressedSize64 > maxSmall || strings.HasPrefix(name, proofFolder) {
			continue
		}
		data, ok := v.read(name, maxSmall)
		if !ok {
			continue
		}
		if _, err := ledger.ParsePolicy(data); err == nil || bytes.Equal(bytes.TrimSpace(data), bytes.TrimSpace(v.check.Policy)) {
			v.fail("%s: is a trust policy inside the bundle. Take the policy from whoever runs the log, by another way", name)
		}
	}
}

// each calls yield for every line of a member, without its end.
func (v *verifier) each(name string, yield func(n int, line []byte)) bool {
	f := v.members[name]
	if f == nil {
		return false // listed or strangers said so
	}
	r, err := f.Open()
	if err != nil {
		v.fail("%s: cannot be read: %v", name, err)
		return false
	}
	defer r.Close()
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 0; ; n++ {
		line, err := lines.ReadSlice('\n')
		var long []byte
		for errors.Is(err, bufio.ErrBufferFull) && len(long) < maxLine {
			long = append(long, line...)
			line, err = lines.ReadSlice('\n')
		}
		if long != nil {
			line = append(long, line...)
		}
		switch {
		case err == io.EOF && len(line) == 0:
			return true
		case err == io.EOF:
			v.fail("%s: its last line has no end", name)
			return false
		case err != nil:
			v.fail("%s: cannot be read: %v", name, err)
			return false
		}
		yield(n, line[:len(line)-1])
	}
}

func (v *verifier) records() {
	v.each(recordsName, func(n int, line []byte) {
		var s Shown
		if err := json.Unmarshal(line, &s); err != nil {
			v.fail("%s line %d: cannot be read: %v", recordsName, n+1, err)
			return
		}
		if _, twice := v.shown[s.Leaf]; twice {
			v.fail("%s line %d: leaf %d is shown twice", recordsName, n+1, s.Leaf)
		}
		v.shown[s.Leaf] = s
	})
	v.Shown = len(v.shown)
}

func (v *verifier) checkpoint() (ledger.Checkpoint, bool) {
	raw, ok := v.read(checkpointName, maxSmall)
	if !ok {
		return ledger.Checkpoint{}, false
	}
	c, err := ledger.OpenCheckpoint(string(raw), v.known)
	if err != nil {
		v.fail("%s: %v", checkpointName, err)
		return ledger.Checkpoint{}, false
	}
	if c.Origin != v.Manifest.Origin {
		v.fail("%s: speaks for %s, the manifest for %s", checkpointName, c.Origin, v.Manifest.Origin)
	}
	v.roots[c.Size] = tlog.Hash{}
	return c, true
}

// since opens the checkpoint the auditor kept.
func (v *verifier) since(head ledger.Checkpoint) *ledger.Checkpoint {
	if v.check.Since == "" {
		return nil
	}
	c, err := ledger.OpenCheckpoint(v.check.Since, v.known)
	switch {
	case err != nil:
		v.fail("the checkpoint given with --since: %v", err)
	case c.Origin != head.Origin:
		v.fail("the checkpoint given with --since speaks for %s, the bundle for %s: a new epoch was begun", c.Origin, head.Origin)
	case c.Size > head.Size:
		v.fail("the checkpoint given with --since has %d leaves, the bundle only %d: it is older than what you know, or leaves were removed", c.Size, head.Size)
	default:
		v.roots[c.Size] = tlog.Hash{}
		return &c
	}
	return nil
}

// earlier opens the checkpoints that came before.
func (v *verifier) earlier(head ledger.Checkpoint) []ledger.Checkpoint {
	var out []ledger.Checkpoint
	stamps, believed := 0, 0
	v.each(checkpointsName, func(n int, line []byte) {
		var s Stamped
		if err := strictly(line, &s); err != nil {
			v.fail("%s line %d: cannot be read: %v", checkpointsName, n+1, err)
			return
		}
		c, err := ledger.OpenCheckpoint(s.Note, v.known)
		switch {
		case err != nil:
			v.fail("%s line %d: %v", checkpointsName, n+1, err)
			return
		case c.Origin != head.Origin || c.Size > head.Size:
			v.fail("%s line %d: is no earlier checkpoint of this log", checkpointsName, n+1)
			return
		}
		v.roots[c.Size] = tlog.Hash{}
		out = append(out, c)
		if len(s.Token) == 0 {
			return
		}
		stamps++
		if v.check.Stamp == nil {
			return
		}
		at, err := v.check.Stamp(s.Note, s.Token)
		if err != nil {
			v.fail("%s line %d: the time stamp: %v", checkpointsName, n+1, err)
			return
		}
		believed++
		v.note("The first %d leaves were there on %s, says the time-stamping authority.", c.Size, at.UTC().Format(time.RFC1123))
	})
	if stamps > 0 && v.check.Stamp == nil {
		v.note("%d time stamps were not checked: name the certificates to believe with --tsa-roots.", stamps)
	}
	return out
}

// leaves rebuilds the tree and keeps what the other checks need.
func (v *verifier) leaves(head ledger.Checkpoint, seal sealed) {
	var tree ledger.Tree
	broken := false
	keep := func() {
		if _, asked := v.roots[tree.Size()]; asked {
			root, err := tree.Root()
			if err != nil {
				v.fail("%s: %v", leavesName, err)
			}
			v.roots[tree.Size()] = root
		}
	}
	keep()
	v.each(leavesName, func(n int, line []byte) {
		r, err := ledger.ParseRecord(int64(n), string(line))
		if err != nil {
			if !broken {
				v.fail("%s: %v", leavesName, err)
			}
			broken = true
		}
		if err := tree.Add(line); err != nil && !broken {
			v.fail("%s: %v", leavesName, err)
			broken = true
		}
		if _, wanted := v.shown[r.N]; wanted || r.N == seal.Leaf {
			v.leaf[r.N] = r
		}
		if r.Kind == evidenceFiled {
			v.filed = append(v.filed, r.N)
		}
		keep()
	})
	if v.members[leavesName] == nil {
		v.fail("%s: is missing", leavesName)
	}
	if v.Leaves = tree.Size(); v.Leaves != head.Size {
		v.fail("%s: has %d leaves, the checkpoint speaks of %d", leavesName, v.Leaves, head.Size)
	}
}

func (v *verifier) root(name string, c ledger.Checkpoint) {
	if v.roots[c.Size] != c.Root {
		v.fail("%s: the first %d leaves do not give the root that was signed: leaves were changed, removed or reordered", name, c.Size)
	}
}

// seal checks that the log vouches for the manifest.
func (v *verifier) seal(manifest []byte, s sealed) {
	r, ok := v.leaf[s.Leaf]
	if !ok {
		v.fail("%s: leaf %d is not in the log of this bundle", sealName, s.Leaf)
		return
	}
	sum := sha256.Sum256(manifest)
	payload, err := json.Marshal(Seal{hex.EncodeToString(sum[:]), v.Manifest.Framework})
	if err != nil {
		v.fail("%s: %v", sealName, err)
		return
	}
	d := ledger.Disclosure{Kind: SealKind, ID: s.ID, Salt: s.Salt, Payload: payload}
	if !d.Opens(r) {
		v.fail("%s: leaf %d of the log does not vouch for this manifest", manifestName, s.Leaf)
		return
	}
	v.note("The bundle was made on %s, as the log's clock has it.", r.At.Format(time.RFC1123))
}

// opened checks that what is shown is what the leaves recorded.
func (v *verifier) opened() {
	for _, n := range v.order() {
		s := v.shown[n]
		r, ok := v.leaf[n]
		if !ok {
			v.fail("%s: leaf %d is not in the log of this bundle", recordsName, n)
			continue
		}
		d := ledger.Disclosure{Kind: s.Kind, ID: s.ID, Salt: s.Salt, Payload: s.Payload}
		if !d.Opens(r) {
			v.fail("%s: what is shown for leaf %d (%s %s) is not what was recorded", recordsName, n, s.Kind, s.ID)
		}
		if s.Kind == epochBegun {
			v.note("The log began a new epoch on %s: %s", r.At.Format(time.RFC1123), s.Payload)
		}
	}
}

func (v *verifier) order() []int64 {
	out := make([]int64, 0, len(v.shown))
	for n := range v.shown {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// proofs checks that every proof leads from its own leaf to the checkpoint.
func (v *verifier) proofs(head ledger.Checkpoint) {
	for _, n := range v.order() {
		if v.members[proofName(n)] == nil {
			v.fail("%s: is missing", proofName(n))
		}
	}
	for _, name := range sorted(v.members) {
		middle, isProof := strings.CutPrefix(name, proofFolder)
		if !isProof {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(middle, proofSuffix), 10, 64)
		if _, shown := v.shown[n]; err != nil || name != proofName(n) || !shown {
			v.fail("%s: is no proof of a leaf that is shown", name)
			continue
		}
		raw, ok := v.read(name, maxSmall)
		if !ok {
			continue
		}
		p, err := ledger.ParseProof(string(raw))
		switch {
		case err != nil:
			v.fail("%s: %v", name, err)
		case p.Index != n:
			v.fail("%s: proves leaf %d", name, p.Index)
		case p.Checkpoint != head.Note:
			v.fail("%s: rests on another checkpoint than the bundle", name)
		case len(p.Extra) > 0:
			v.fail("%s: carries data nobody vouches for", name)
		default:
			if _, err := p.Check([]byte(v.leaf[n].Data), v.known); err != nil {
				v.fail("%s: %v", name, err)
			}
		}
	}
}
