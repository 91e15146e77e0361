//go:build crash

package crash

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/ledger"
)

const (
	passphrase = "four heavy wooden boats"
	email      = "ada@one.test"
	tokensEach = (senders + 1) / 2
)

// org is one of the two organisations.
type org struct {
	slug   string
	id     string
	tokens []string // one for each sender: a token may ask only so often
	read   int64    // leaves that were looked at
	filed  map[string]bool
	signed ledger.Signed // the newest checkpoint
}

// house is what is killed again and again.
type house struct {
	dir, address string
	orgs         []*org
	client       *http.Client
	open         [senders]*piece // were on their way at the last kill

	acknowledged, again, there, swept int
}

// stores are opened anew after each kill.
type stores struct {
	d        *db.DB
	log      *ledger.Log
	access   *access.Store
	controls *control.Store
	evidence *evidence.Store
	blobs    *blob.Store
	keeper   *ledger.Keeper
}

// enter opens the stores as of a moment.
func (h *house) enter(t *testing.T, now time.Time) *stores {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{DataDir: h.dir, URL: h.address})
	must(t, err)
	s := &stores{d: d, log: ledger.New()}
	keys := filepath.Join(h.dir, "keys")
	s.access, err = access.New(access.Config{DB: d, Ledger: s.log, KeyDir: keys})
	must(t, err)
	s.controls = control.New(d, s.log, s.access)
	links := crosswalk.NewStore(d, s.log, s.controls, crosswalk.Shipped)
	s.blobs, err = blob.Open(t.Context(), blob.Config{DataDir: h.dir}, now)
	must(t, err)
	s.evidence = evidence.New(evidence.Config{DB: d, Log: s.log, Controls: s.controls, Links: links, Blobs: s.blobs})
	s.keeper = ledger.NewKeeper(d, keys)
	return s
}

func (h *house) leave(t *testing.T, s *stores) {
	t.Helper()
	must(t, s.d.Close())
}

// found makes two organisations with a control and tokens each.
func found(t *testing.T, address string) *house {
	t.Helper()
	h := &house{dir: t.TempDir(), address: address, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}}
	now := time.Now()
	s := h.enter(t, now)
	defer h.leave(t, s)
	ctx := t.Context()
	first, _, err := s.access.FirstRun(ctx, now)
	must(t, err)
	in, err := s.access.CreateFirst(ctx, access.First{Token: first, Organisation: "One", Slug: "one", Name: "Ada", Email: email, Passphrase: passphrase}, access.Client{IP: "192.0.2.1"}, now)
	must(t, err)
	_, err = s.access.CreateOrganisation(ctx, in.Account, "Two", "two", now)
	must(t, err)
	for _, slug := range []string{"one", "two"} {
		who, err := s.access.Enter(ctx, in.Account, slug)
		must(t, err)
		_, err = s.controls.Create(ctx, who, control.Control{Code: "AC-01", Title: "Accounts are reviewed", Status: control.Operated}, now)
		must(t, err)
		o := &org{slug: slug, id: who.Org(), filed: map[string]bool{}}
		for range tokensEach {
			secret, _, err := s.access.CreateToken(ctx, who, access.NewToken{Name: "sender", Scope: access.Grantable(access.Administrator), ExpiresAt: now.Add(48 * time.Hour)}, now)
			must(t, err)
			o.tokens = append(o.tokens, secret)
		}
		h.orgs = append(h.orgs, o)
	}
	return h
}

// check opens what a kill left: what was acknowledged is there, nothing is there
// by halves, and the log goes on from what was signed before.
func (h *house) check(t *testing.T, kept []piece, now time.Time) {
	t.Helper()
	s := h.enter(t, now)
	defer h.leave(t, s)
	for _, o := range h.orgs {
		// waits for what PostgreSQL may still be finishing for the killed server
		must(t, s.d.Write(t.Context(), o.id, db.People, func(context.Context, *db.Tx) error { return nil }))
		if err := s.log.Verify(t.Context(), s.d, o.id); err != nil {
			t.Errorf("the log of %s: %v", o.slug, err)
		}
		h.checkRows(t, s, o)
		h.checkSignature(t, s, o)
	}
	account, err := s.access.AccountByEmail(t.Context(), email)
	must(t, err)
	actors := map[*org]access.Actor{}
	for _, o := range h.orgs {
		actors[o], err = s.access.Enter(t.Context(), account, o.slug)
		must(t, err)
	}
	for _, p := range kept {
		checkPiece(t, s, actors[p.org], p)
	}
}

// checkRows compares items, leaves, files and tags of an organisation.
func (h *house) checkRows(t *testing.T, s *stores, o *org) {
	t.Helper()
	for {
		leaves, err := s.log.Records(t.Context(), s.d, o.id, o.read, 1000)
		must(t, err)
		for _, l := range leaves {
			if l.Kind == "evidence.filed" {
				o.filed[l.ID] = true
			}
		}
		if o.read += int64(len(leaves)); len(leaves) < 1000 {
			break
		}
	}
	var digests []string
	must(t, s.d.Read(t.Context(), o.id, func(tx *db.Tx) error {
		items, err := column(t.Context(), tx, `SELECT id FROM evidence_item WHERE org = $1`, o.id)
		if err != nil {
			return err
		}
		for _, id := range items {
			if !o.filed[id] {
				t.Errorf("%s: item %s has no leaf", o.slug, id)
			}
		}
		if len(items) != len(o.filed) {
			t.Errorf("%s: %d items, %d leaves of filed ones", o.slug, len(items), len(o.filed))
		}
		for what, query := range map[string]string{
			"filed twice":      `SELECT title FROM evidence_item WHERE org = $1 GROUP BY title HAVING count(*) > 1`,
			"without a file":   `SELECT id FROM evidence_item i WHERE i.org = $1 AND NOT EXISTS (SELECT 1 FROM evidence_file f WHERE f.org = i.org AND f.id = i.id)`,
			"without its tag":  `SELECT id FROM evidence_item i WHERE i.org = $1 AND i.tags <> (SELECT count(*) FROM evidence_tag x WHERE x.org = i.org AND x.item = i.id)`,
			"a file of no row": `SELECT f.sha256 FROM evidence_file f WHERE f.org = $1 AND NOT EXISTS (SELECT 1 FROM evidence_blob b WHERE b.org = f.org AND b.id = f.sha256)`,
		} {
			found, err := column(t.Context(), tx, query, o.id)
			if err != nil {
				return err
			}
			if len(found) > 0 {
				t.Errorf("%s: %s: %v", o.slug, what, found)
			}
		}
		digests, err = column(t.Context(), tx, `SELECT DISTINCT sha256 FROM evidence_file WHERE org = $1`, o.id)
		return err
	}))
	for _, d := range digests {
		if _, err := s.blobs.Stat(t.Context(), o.id, d); err != nil {
			t.Errorf("%s: %v", o.slug, err)
		}
	}
}

func column(ctx context.Context, tx *db.Tx, query, org string) (out []string, err error) {
	rows, err := tx.Query(ctx, query, org)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// checkSignature signs the log, and makes sure that it is what was signed before
// with something added.
func (h *house) checkSignature(t *testing.T, s *stores, o *org) {
	t.Helper()
	size, _, err := s.log.Root(t.Context(), s.d, o.id)
	must(t, err)
	signed, err := s.keeper.Sign(t.Context(), o.id, size, time.Now())
	if err != nil {
		t.Errorf("%s: the log cannot be signed: %v", o.slug, err)
		return
	}
	if old := o.signed; old.Size > 0 {
		must(t, s.d.Read(t.Context(), o.id, func(tx *db.Tx) error {
			proof, err := ledger.ProveGrowth(t.Context(), tx, o.id, old.Size, signed.Size)
			if err == nil {
				err = tlog.CheckTree(proof, signed.Size, signed.Root, old.Size, old.Root)
			}
			return err
		}))
		if signed.Origin != old.Origin {
			t.Errorf("%s: the log began anew: %s after %s", o.slug, signed.Origin, old.Origin)
		}
	}
	o.signed = signed
}

// checkPiece reads an acknowledged piece as its sender knew it.
func checkPiece(t *testing.T, s *stores, who access.Actor, p piece) {
	t.Helper()
	i, err := s.evidence.Find(t.Context(), who, p.id)
	if err != nil {
		t.Errorf("%s was acknowledged as %s: %v", p.key, p.id, err)
		return
	}
	if i.Title != p.key || len(i.Files) != len(p.sizes) || len(i.Tags) != 1 || !p.org.filed[p.id] {
		t.Errorf("%s: %+v", p.key, i)
		return
	}
	for n := range i.Files {
		_, r, err := s.evidence.Open(t.Context(), who, p.id, n)
		if err != nil {
			t.Errorf("%s: %v", p.key, err)
			continue
		}
		h := sha256.New()
		if _, err := io.Copy(h, r); err != nil {
			t.Errorf("%s: %v", p.key, err)
		}
		_ = r.Close()
		if hex.EncodeToString(h.Sum(nil)) != p.sum(n) {
			t.Errorf("%s: file %d has other bytes", p.key, n)
		}
	}
}

// settle reads every file once more, and sweeps what was sent and never filed.
func (h *house) settle(t *testing.T) {
	t.Helper()
	later := time.Now().Add(26 * time.Hour)
	s := h.enter(t, later)
	defer h.leave(t, s)
	want := 0
	for _, o := range h.orgs {
		must(t, s.evidence.Sweep(t.Context(), o.id, later))
		n, err := s.blobs.Verify(t.Context(), o.id, func(name string, err error) { t.Errorf("%s: %v", name, err) })
		must(t, err)
		must(t, s.d.Read(t.Context(), o.id, func(tx *db.Tx) error {
			digests, err := column(t.Context(), tx, `SELECT DISTINCT sha256 FROM evidence_file WHERE org = $1`, o.id)
			want += len(digests)
			if n != len(digests) {
				t.Errorf("%s: %d files are kept, %d are filed", o.slug, n, len(digests))
			}
			return err
		}))
		if err := s.log.Verify(t.Context(), s.d, o.id); err != nil {
			t.Errorf("the log of %s: %v", o.slug, err)
		}
	}
	if drafts, blobs := h.files(t); drafts > 0 || blobs != want {
		t.Errorf("%d drafts and %d files are left, %d are filed", drafts, blobs, want)
	}
}
