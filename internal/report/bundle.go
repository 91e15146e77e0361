// Package report composes what leaves the house for auditors. A bundle holds the
// evidence for one framework together with everything needed to check it without
// us: the leaves of the log, a signed checkpoint, and the content behind the
// leaves it shows. Verify checks a bundle with no network and no database.
package report

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/ledger"
)

// The members that every bundle has. All others are listed in the manifest with
// their hash, except the proofs, which prove themselves.
const (
	manifestName    = "manifest.json"
	sealName        = "seal.json"
	checkpointName  = "checkpoint"
	leavesName      = "leaves.jsonl"
	recordsName     = "records.jsonl"
	checkpointsName = "checkpoints.jsonl"
	evidenceFolder  = "evidence/"
	proofFolder     = "proofs/"
	proofSuffix     = ".tlog-proof"

	bundleFormat = "toucan-bundle/1"
)

// SealKind is the kind of the leaf that says a bundle was made. Its payload holds
// the hash of the manifest, so that the log vouches for every member.
const SealKind = "bundle.made"

// Manifest says what a bundle is about and what is in it.
type Manifest struct {
	Format       string     `json:"format"`
	Organisation string     `json:"organisation"`
	Framework    string     `json:"framework"`
	From         string     `json:"from,omitempty"`  // first day of the observation window, if there is one
	To           string     `json:"to,omitempty"`    // last day
	Begins       time.Time  `json:"begins,omitzero"` // first moment of it, in the zone of the organisation
	Ends         time.Time  `json:"ends,omitzero"`   // first moment after it, or when the bundle was made
	MadeAt       time.Time  `json:"made_at"`
	Toucan       string     `json:"toucan"` // version that made it
	Origin       string     `json:"origin"` // of the log
	Members      []Listed   `json:"members"`
	Withheld     []Withheld `json:"withheld"`
	Unproven     int        `json:"unproven,omitempty"` // results of tests that the window holds and no proof is here for
}

// Listed is a member with its hash.
type Listed struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Withheld names leaves of evidence whose content is not in the bundle. Nothing
// is left out in silence: a leaf of evidence is shown or stands here.
type Withheld struct {
	Why    string  `json:"why"`
	Leaves []int64 `json:"leaves"`
}

// Seal is the payload of a leaf of SealKind.
type Seal struct {
	Manifest  string `json:"manifest_sha256"`
	Framework string `json:"framework"`
}

// sealed is how a bundle names its own leaf.
type sealed struct {
	Leaf int64  `json:"leaf"`
	ID   string `json:"id"`
	Salt string `json:"salt"`
}

// Shown is the content behind one leaf.
type Shown struct {
	Leaf    int64           `json:"leaf"`
	Kind    string          `json:"kind"`
	ID      string          `json:"id"`
	Salt    string          `json:"salt"`
	Payload json.RawMessage `json:"payload"`
}

// Stamped is an earlier checkpoint, with the time stamp an authority gave it.
type Stamped struct {
	At    time.Time `json:"at"` // when our clock says it was signed
	Note  string    `json:"note"`
	Token []byte    `json:"token,omitempty"` // RFC 3161 time-stamp response
}

// Member is a file of a bundle. Open is called once, when its turn comes.
type Member struct {
	Path   string
	Bytes  int64
	SHA256 string
	Open   func(context.Context) (io.ReadCloser, error)
}

// text makes a member of bytes in memory.
func text(path string, content []byte) Member {
	sum := sha256.Sum256(content)
	return Member{path, int64(len(content)), hex.EncodeToString(sum[:]), func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

// Bundle is everything that goes into one, before it is sealed.
type Bundle struct {
	Manifest    Manifest // Members are filled in by Prepare
	Shown       []Shown
	Checkpoints []Stamped // earlier ones of the same log, oldest first
	Members     []Member

	manifest []byte
}

// Log is what sealing and writing a bundle needs of the log it speaks of.
type Log interface {
	// Seal appends a leaf of SealKind with this payload and returns its position,
	// id and salt, and a checkpoint that covers it.
	Seal(ctx context.Context, payload Seal) (leaf int64, id, salt string, c ledger.Checkpoint, err error)
	// Leaves calls yield with the bytes of the first size leaves, in order.
	Leaves(ctx context.Context, size int64, yield func(data string) error) error
	// Prove returns the hashes that lead from leaf n to the root at size.
	Prove(ctx context.Context, size, n int64) (tlog.RecordProof, error)
}

// Prepare fixes the manifest; nothing may be added to b afterwards.
func (b *Bundle) Prepare() error {
	slices.SortFunc(b.Shown, func(x, y Shown) int { return int(x.Leaf - y.Leaf) })
	records, err := lines(b.Shown)
	if err != nil {
		return err
	}
	checkpoints, err := lines(b.Checkpoints)
	if err != nil {
		return err
	}
	b.Members = append([]Member{text(recordsName, records), text(checkpointsName, checkpoints)}, b.Members...)
	b.Manifest.Format = bundleFormat
	b.Manifest.MadeAt = b.Manifest.MadeAt.UTC()
	b.Manifest.Members = []Listed{}
	if b.Manifest.Withheld == nil {
		b.Manifest.Withheld = []Withheld{}
	}
	for _, m := range b.Members {
		b.Manifest.Members = append(b.Manifest.Members, Listed{m.Path, m.Bytes, m.SHA256})
	}
	b.manifest, err = json.MarshalIndent(b.Manifest, "", " ")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

func lines[T any](list []T) ([]byte, error) {
	var out bytes.Buffer
	for _, x := range list {
		line, err := json.Marshal(x)
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		out.Write(line)
		out.WriteByte('\n')
	}
	return out.Bytes(), nil
}

// Write seals a prepared bundle in the log and writes it to w as a ZIP file. When
// it fails, what was written is of no use.
func (b *Bundle) Write(ctx context.Context, w io.Writer, log Log) error {
	if b.manifest == nil {
		return errors.New("report: the bundle was not prepared")
	}
	sum := sha256.Sum256(b.manifest)
	leaf, id, salt, c, err := log.Seal(ctx, Seal{hex.EncodeToString(sum[:]), b.Manifest.Framework})
	if err != nil {
		return err
	}
	seal, err := json.Marshal(sealed{leaf, id, salt})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	z := zip.NewWriter(w)
	for _, m := range []Member{text(manifestName, b.manifest), text(sealName, seal), text(checkpointName, []byte(c.Note))} {
		if err := b.put(ctx, z, m); err != nil {
			return err
		}
	}
	leaves, err := b.create(z, leavesName, zip.Deflate)
	if err != nil {
		return err
	}
	err = log.Leaves(ctx, c.Size, func(data string) error {
		_, err := io.WriteString(leaves, data+"\n")
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range b.Shown {
		if err := b.proof(ctx, z, log, c, s.Leaf); err != nil {
			return err
		}
	}
	for _, m := range b.Members {
		if err := b.put(ctx, z, m); err != nil {
			return err
		}
	}
	return z.Close()
}

func (b *Bundle) proof(ctx context.Context, z *zip.Writer, log Log, c ledger.Checkpoint, n int64) error {
	hashes, err := log.Prove(ctx, c.Size, n)
	if err != nil {
		return err
	}
	p := ledger.Proof{Index: n, Hashes: hashes, Checkpoint: c.Note}
	return b.put(ctx, z, text(proofName(n), []byte(p.String())))
}

func proofName(n int64) string { return fmt.Sprintf("%s%d%s", proofFolder, n, proofSuffix) }

// put writes a member and checks that it is what the manifest says.
func (b *Bundle) put(ctx context.Context, z *zip.Writer, m Member) error {
	method := zip.Deflate
	if strings.HasPrefix(m.Path, evidenceFolder) {
		method = zip.Store // pictures and PDFs do not get smaller
	}
	w, err := b.create(z, m.Path, method)
	if err != nil {
		return err
	}
	r, err := m.Open(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), r)
	if err := errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	if n != m.Bytes || hex.EncodeToString(h.Sum(nil)) != m.SHA256 {
		return fmt.Errorf("%s is not what was filed: its bytes give another hash", m.Path)
	}
	return nil
}

func (b *Bundle) create(z *zip.Writer, name string, method uint16) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: b.Manifest.MadeAt})
}
