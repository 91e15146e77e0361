package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// This file has the texts an auditor keeps: checkpoints, proofs and trust
// policies, as C2SP writes them down (signed-note, tlog-checkpoint, tlog-proof,
// tlog-policy). It touches no database.

// Origin names the log of an organisation in one epoch. It is the first line of
// every checkpoint, and the name of the key that signs them.
func Origin(org string, epoch int) string { return fmt.Sprintf("toucan/log/%s/%d", org, epoch) }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

const ed25519Signature = 1 // the type byte of signed-note

// NewSigner returns the signer of a log whose origin is given.
func NewSigner(key ed25519.PrivateKey, origin string) (note.Signer, error) {
	public := append([]byte{ed25519Signature}, key.Public().(ed25519.PublicKey)...)
	sum := sha256.Sum256(append([]byte(origin+"\n"), public...))
	secret := append([]byte{ed25519Signature}, key.Seed()...)
	s, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, binary.BigEndian.Uint32(sum[:4]), base64.StdEncoding.EncodeToString(secret)))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return s, nil
}

// VerifierKey returns the public half as a trust policy lists it.
func VerifierKey(key ed25519.PublicKey, origin string) (string, error) {
	return note.NewEd25519VerifierKey(origin, key)
}

// Checkpoint is what a log says of itself: under this name, so many leaves with
// this root. Whoever holds the signed text can show later that the log was
// rewritten, if it was.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
	Note   string // the signed text
}

// SignCheckpoint signs a size and a root under the signer's name.
func SignCheckpoint(s note.Signer, size int64, root tlog.Hash) (Checkpoint, error) {
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", s.Name(), size, root)}, s)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("ledger: signing a checkpoint: %w", err)
	}
	return Checkpoint{Origin: s.Name(), Size: size, Root: root, Note: string(signed)}, nil
}

// OpenCheckpoint reads a signed checkpoint and checks that a key of its origin
// signed it. Unknown signatures beside that one are ignored, as the format asks.
func OpenCheckpoint(text string, known note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(text), known)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("the checkpoint is not signed by a key of the policy: %w", err)
	}
	c, err := readCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	for _, sig := range n.Sigs {
		if sig.Name != c.Origin {
			continue
		}
		// package note reads base64 loosely; one signature must have one way of writing
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return Checkpoint{}, errors.New("the signature of the checkpoint is not written as its format has it")
		}
		c.Note = text
		return c, nil
	}
	return Checkpoint{}, fmt.Errorf("the checkpoint speaks for %s but no key of that name signed it", c.Origin)
}

// ReadCheckpoint reads a signed checkpoint without checking who signed it: for
// our own, and to say what an unchecked one claims.
func ReadCheckpoint(text string) (Checkpoint, error) {
	body, _, found := strings.Cut(text, "\n\n")
	if !found {
		return Checkpoint{}, errors.New("this is no signed checkpoint")
	}
	c, err := readCheckpoint(body + "\n")
	c.Note = text
	return c, err
}

func readCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: origin, size and root")
	}
	size, err := decimal(lines[1])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("the size of the checkpoint, %q, is no number", lines[1])
	}
	root, err := hashOf(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("the root of the checkpoint: %w", err)
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// decimal reads a number as these formats write it: digits only, no leading zero.
func decimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return n, nil
}

// hashOf reads a hash in base64, in its one way of writing.
func hashOf(s string) (tlog.Hash, error) {
	h, err := tlog.ParseHash(s)
	if err != nil || h.String() != s {
		return tlog.Hash{}, fmt.Errorf("%q is no hash in base64", s)
	}
	return h, nil
}

// Proof shows that one leaf is part of the log a checkpoint speaks of.
type Proof struct {
	Index      int64
	Hashes     tlog.RecordProof
	Checkpoint string // the signed text
	Extra      []byte // nobody vouches for it; nil when there is none
}

const proofHeader = "c2sp.org/tlog-proof@v1"

// String is the proof as a .tlog-proof file has it.
func (p Proof) String() string {
	var b strings.Builder
	b.WriteString(proofHeader + "\n")
	if len(p.Extra) > 0 {
		b.WriteString("extra " + base64.StdEncoding.EncodeToString(p.Extra) + "\n")
	}
	fmt.Fprintf(&b, "index %d\n", p.Index)
	for _, h := range p.Hashes {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n" + p.Checkpoint)
	return b.String()
}

// maxProof is the most hashes a proof can have: one for each level of the tree.
const maxProof = 63

// ParseProof reads a .tlog-proof file. It accepts one way of writing only, so a
// proof that reads well is, byte for byte, what String gives.
func ParseProof(text string) (Proof, error) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != proofHeader {
		return Proof{}, errors.New("this is no proof: it does not begin with " + proofHeader)
	}
	lines = lines[1:]
	p := Proof{Checkpoint: checkpoint}
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		extra, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[0], "extra "))
		if err != nil || len(extra) == 0 {
			return Proof{}, errors.New("the extra data of the proof is no base64")
		}
		p.Extra, lines = extra, lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return Proof{}, errors.New("the proof names no index")
	}
	var err error
	if p.Index, err = decimal(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return Proof{}, fmt.Errorf("the index of the proof: %w", err)
	}
	if len(lines)-1 > maxProof {
		return Proof{}, fmt.Errorf("the proof has %d hashes; no tree is that high", len(lines)-1)
	}
	for _, line := range lines[1:] {
		h, err := hashOf(line)
		if err != nil {
			return Proof{}, fmt.Errorf("a hash of the proof: %w", err)
		}
		p.Hashes = append(p.Hashes, h)
	}
	if p.String() != text {
		return Proof{}, errors.New("the proof is not written as its format has it")
	}
	return p, nil
}

// Check opens the proof's checkpoint with the keys that are trusted and checks
// that the leaf with these bytes stands at the proof's index.
func (p Proof) Check(leaf []byte, known note.Verifiers) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Checkpoint, known)
	if err != nil {
		return Checkpoint{}, err
	}
	if p.Index >= c.Size {
		return Checkpoint{}, fmt.Errorf("leaf %d lies beyond the checkpoint's %d leaves", p.Index, c.Size)
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Index, tlog.RecordHash(leaf)); err != nil {
		return Checkpoint{}, fmt.Errorf("the proof does not lead from leaf %d to the checkpoint's root", p.Index)
	}
	return c, nil
}

// Policy says whose checkpoints somebody trusts. An auditor gets it once, by
// another way than what it is to be checked with.
type Policy struct {
	Logs []string // verifier keys; the name in each is the log's origin
}

const maxPolicy = 64 << 10 // bytes

// String is the policy as its file has it, with a line of comment.
func (p Policy) String() string {
	var b strings.Builder
	b.WriteString("# Whose checkpoints to trust. Keep this file apart from the bundles you check with it.\n")
	for _, l := range p.Logs {
		b.WriteString("log " + l + "\n")
	}
	b.WriteString("quorum none\n")
	return b.String()
}

// ParsePolicy reads a trust policy. Witnesses are part of the format but not of
// Toucan yet: a policy that asks for them is refused, because ignoring them
// would trust more than its author does.
func ParsePolicy(text []byte) (Policy, error) {
	if len(text) > maxPolicy {
		return Policy{}, errors.New("the policy is larger than 64 KB")
	}
	var p Policy
	keys := map[string]bool{}
	quorum := false
	for i, line := range bytes.Split(text, []byte("\n")) {
		f := strings.Fields(string(line))
		switch {
		case len(f) == 0 || strings.HasPrefix(f[0], "#"):
		case f[0] == "log" && (len(f) == 2 || len(f) == 3):
			v, err := note.NewVerifier(f[1])
			if err != nil {
				return Policy{}, fmt.Errorf("line %d of the policy: %q is no key of a log", i+1, f[1])
			}
			raw := f[1][strings.LastIndexByte(f[1], '+'):]
			if keys[raw] {
				return Policy{}, fmt.Errorf("line %d of the policy: the key of %s is listed twice", i+1, v.Name())
			}
			keys[raw] = true
			p.Logs = append(p.Logs, f[1])
		case f[0] == "quorum" && len(f) == 2 && f[1] == "none" && !quorum:
			quorum = true
		case f[0] == "witness" || f[0] == "group" || f[0] == "quorum":
			return Policy{}, fmt.Errorf("line %d of the policy asks for witnesses, which this version cannot check. Use a policy that says quorum none", i+1)
		default:
			return Policy{}, fmt.Errorf("line %d of the policy cannot be read: a line is log KEY or quorum none", i+1)
		}
	}
	if !quorum {
		return Policy{}, errors.New("the policy has no quorum line; it needs quorum none")
	}
	if len(p.Logs) == 0 {
		return Policy{}, errors.New("the policy names no log")
	}
	return p, nil
}

// Verifiers returns the keys of the policy.
func (p Policy) Verifiers() (note.Verifiers, error) {
	var list []note.Verifier
	for _, l := range p.Logs {
		v, err := note.NewVerifier(l)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		list = append(list, v)
	}
	return note.VerifierList(list...), nil
}

// Disclosure is what a leaf stands for: its salt and the payload it hashes. With
// it, whoever holds the leaf can see that this, and nothing else, was recorded.
type Disclosure struct {
	Kind    string
	ID      string
	Salt    string
	Payload []byte // JSON as it was hashed
}

// Opens reports whether the disclosure is what the leaf recorded.
func (d Disclosure) Opens(r Record) bool {
	salt, err := hex.DecodeString(d.Salt)
	if err != nil || len(salt) != 16 || hex.EncodeToString(salt) != d.Salt || d.Kind != r.Kind || d.ID != r.ID {
		return false
	}
	sum := sha256.Sum256(append(salt, d.Payload...))
	return hex.EncodeToString(sum[:]) == r.SHA256
}

// Disclose makes the disclosure of a leaf out of what was appended.
func (l Leaf) Disclose() (Disclosure, error) {
	content, err := encode(l.Payload)
	if err != nil {
		return Disclosure{}, err
	}
	return Disclosure{Kind: l.Kind, ID: l.ID, Salt: l.Salt, Payload: content}, nil
}
