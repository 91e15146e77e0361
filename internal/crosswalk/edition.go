package crosswalk

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/framework"
)

// EditionKind tells what an edition is an edition of.
type EditionKind string

const (
	FrameworkEdition EditionKind = "framework"
	SetEdition       EditionKind = "set"
)

// Words is the kind as a sentence has it.
func (k EditionKind) Words() string {
	if k == SetEdition {
		return "mapping set"
	}
	return "framework"
}

// Edition is one content of a framework or of a mapping set that an organisation
// took: brought by somebody, or kept because it rests on it. It never changes.
type Edition struct {
	ID      string
	Kind    EditionKind
	Ref     string // id of the framework or the set
	Family  string // what its editions have in common; of a set: its id
	Version string // may be empty
	Title   string
	Digest  string // SHA-256 of the content
	Rows    int
	Source  string // the file it came from; empty: it ships with Toucan
	At      time.Time
	By      string // account
	ByName  string
	InForce bool // the organisation's library has this content
}

// Name is what a sentence calls the edition.
func (e Edition) Name() string {
	if e.Version == "" || strings.Contains(e.Title, e.Version) {
		return e.Title
	}
	return e.Title + ", " + e.Version
}

// pin says which content of an id holds.
type pin struct {
	kind            EditionKind
	ref             string
	edition, digest string // empty: what ships, or nothing
}

// pinsAt reads what an organisation pinned as of a moment: the last row of each id.
func pinsAt(ctx context.Context, tx *db.Tx, org string, at time.Time) ([]pin, error) {
	rows, err := tx.Query(ctx, `SELECT kind, ref, coalesce(edition, ''), digest FROM pin_change WHERE org = $1 AND at <= $2 ORDER BY at, id`, org, db.Micros(at))
	if err != nil {
		return nil, err
	}
	var out []pin
	err = db.Each(rows, func(scan func(...any) error) error {
		var p pin
		if err := scan(&p.kind, &p.ref, &p.edition, &p.digest); err != nil {
			return err
		}
		if i := slices.IndexFunc(out, func(x pin) bool { return x.kind == p.kind && x.ref == p.ref }); i >= 0 {
			out[i] = p
		} else {
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// libraryAt returns the library of an organisation at a moment: what ships, with
// the editions it pinned in the place of those of the same id. Organisations with
// the same pins share one.
func (s *Store) libraryAt(ctx context.Context, tx *db.Tx, org string, at time.Time) (*Library, error) {
	pins, err := pinsAt(ctx, tx, org, at)
	if err != nil {
		return nil, err
	}
	base := s.library()
	pins = slices.DeleteFunc(pins, func(p pin) bool { return p.digest == "" || p.digest == s.made.shipped(base, p.kind, p.ref) })
	if len(pins) == 0 {
		return base, nil
	}
	slices.SortFunc(pins, func(a, b pin) int { return strings.Compare(string(a.kind)+" "+a.ref, string(b.kind)+" "+b.ref) })
	var key strings.Builder
	for _, p := range pins {
		fmt.Fprintf(&key, "%s %s %s\n", p.kind, p.ref, p.digest)
	}
	if l := s.made.find(key.String()); l != nil {
		return l, nil
	}
	var frameworks []*framework.Framework
	var sets []*Publication
	for _, p := range pins {
		content, err := editionContent(ctx, tx, org, p.edition)
		if err != nil {
			return nil, err
		}
		if p.kind == FrameworkEdition {
			f, err := framework.Decode(content)
			if err != nil {
				return nil, err
			}
			frameworks = append(frameworks, f)
			continue
		}
		set, err := DecodeSet(content)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return s.made.keep(key.String(), base.With(frameworks, sets)), nil
}

func editionContent(ctx context.Context, tx *db.Tx, org, id string) ([]byte, error) {
	var packed string
	if err := tx.QueryRow(ctx, `SELECT content FROM edition WHERE org = $1 AND id = $2`, org, id).Scan(&packed); err != nil {
		return nil, fmt.Errorf("reading edition %s: %w", id, err)
	}
	return unpack(packed)
}

// libraries keeps what was built: libraries by their pins, digests of what ships.
type libraries struct {
	mu      sync.Mutex
	built   map[string]*Library
	order   []string // oldest first
	digests sync.Map // kind and id → string
	packs   sync.Map // digest → string, of what ships: many organisations keep the same
}

const librariesKept = 64

func (m *libraries) find(key string) *Library {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.built[key]
}

// keep remembers a library; if somebody else built the same meanwhile, theirs is
// returned, so that everybody shares one.
func (m *libraries) keep(key string, l *Library) *Library {
	m.mu.Lock()
	defer m.mu.Unlock()
	if first := m.built[key]; first != nil {
		return first
	}
	if m.built == nil {
		m.built = make(map[string]*Library)
	}
	m.built[key] = l
	m.order = append(m.order, key)
	if len(m.order) > librariesKept {
		delete(m.built, m.order[0])
		m.order = m.order[1:]
	}
	return l
}

// shipped returns the digest of what ships under an id, "" if nothing does.
func (m *libraries) shipped(base *Library, kind EditionKind, ref string) string {
	key := string(kind) + " " + ref
	if d, ok := m.digests.Load(key); ok {
		return d.(string)
	}
	digest := ""
	if kind == FrameworkEdition {
		if f, ok := base.Frameworks.Find(ref); ok {
			digest = f.Digest()
		}
	} else if p, ok := base.Publication(ref); ok {
		_, digest = p.Encode()
	}
	m.digests.Store(key, digest)
	return digest
}

// packed is pack with a memory for what ships.
func (m *libraries) packed(ships bool, digest string, content []byte) string {
	if p, ok := m.packs.Load(digest); ok {
		return p.(string)
	}
	p := pack(content)
	if ships {
		m.packs.Store(digest, p)
	}
	return p
}

// pack makes content fit for a text column of both engines; it is mostly words,
// so it shrinks to a fifth.
func pack(content []byte) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		panic(err) // a buffer takes everything
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// maxContent bounds what one edition unpacks to, whatever a database says.
const maxContent = 64 << 20

func unpack(packed string) ([]byte, error) {
	r, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed)))
	if err != nil {
		return nil, fmt.Errorf("unpacking an edition: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(r, maxContent))
	if err != nil {
		return nil, fmt.Errorf("unpacking an edition: %w", err)
	}
	return content, nil
}
