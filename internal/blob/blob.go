// Package blob keeps files by the SHA-256 of their content, one copy for each
// organisation, in a folder or in S3-compatible storage, encrypted if a key is
// given. A kept file never changes. The package knows neither the database nor
// who may read what.
//
// A row that names a file and the file itself are kept apart, so one order holds:
// a file is put before the row is written, and deleted after the row is gone.
// Who writes the row asks Stat for the file in that same write transaction, and
// who deletes a file makes sure in a write transaction that no row of the
// organisation names it, both holding the organisation's revision (db.Tx.Revision).
// Then a file that is put again at the moment its last row is erased is never lost.
package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"time"
)

// MaxBytes is the largest file that is taken: 2 GB.
const MaxBytes = 2 << 30

// Blob is a file that is kept.
type Blob struct {
	SHA256 string // of the content, lower-case hex; also when it is kept encrypted
	Bytes  int64
	Media  string // sniffed from the content, see Sniff
}

// Store keeps the files of all organisations in one place. It is safe for
// concurrent use; several servers may share a place.
type Store struct {
	keeper keeper
	master *master // nil: files are kept as they are
}

// Put keeps what r has, at most limit bytes, and says what it was. When it
// returns nil the file survives a power cut; otherwise nothing of it is kept. The
// same content again replaces the copy by its like. Memory stays small however
// large the file is.
func (s *Store) Put(ctx context.Context, org string, r io.Reader, limit int64) (Blob, error) {
	if err := checkOrg(org); err != nil {
		return Blob{}, err
	}
	key, err := s.ensureKey(ctx, org)
	if err != nil {
		return Blob{}, err
	}
	d, err := s.keeper.draft(ctx)
	if err != nil {
		return Blob{}, writeFault(err)
	}
	defer d.drop()
	var w io.WriteCloser = unsealed{d}
	if key != nil {
		if w, err = key.seal(d); err != nil {
			return Blob{}, writeFault(err)
		}
	}
	b, err := fill(ctx, w, r, limit)
	if err != nil {
		return Blob{}, err
	}
	if err := w.Close(); err != nil {
		return Blob{}, writeFault(err)
	}
	if err := d.keep(ctx, org, key.name(b.SHA256)); err != nil {
		return Blob{}, writeFault(err)
	}
	return b, nil
}

// fill copies r into w and describes it. A failure to read is told from a failure
// to write: the first is the sender's, the second ours.
func fill(ctx context.Context, w io.Writer, r io.Reader, limit int64) (Blob, error) {
	sum, buf := sha256.New(), make([]byte, 128<<10)
	var head []byte
	var n int64
	for {
		if err := ctx.Err(); err != nil {
			return Blob{}, brokenOff(err)
		}
		k, err := r.Read(buf)
		if n += int64(k); n > limit {
			return Blob{}, tooLarge(limit)
		}
		if room := sniffLen - len(head); room > 0 {
			head = append(head, buf[:min(k, room)]...)
		}
		sum.Write(buf[:k])
		if _, err := w.Write(buf[:k]); err != nil {
			return Blob{}, writeFault(err)
		}
		if errors.Is(err, io.EOF) {
			return Blob{SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: n, Media: Sniff(head)}, nil
		}
		if err != nil {
			return Blob{}, brokenOff(err)
		}
	}
}

// Open returns a file for reading. Missing and Corrupt problems name the digest;
// a changed file is found at the latest when the last byte of a whole read is
// due, which is then withheld.
func (s *Store) Open(ctx context.Context, org, digest string) (*Reader, error) {
	if err := check(org, digest); err != nil {
		return nil, err
	}
	key, err := s.readKey(ctx, org)
	if err != nil {
		return nil, err
	}
	for _, name := range key.names(digest) {
		o, err := s.keeper.open(ctx, org, name)
		if errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return nil, readFault(digest, err)
		}
		return s.read(o, key, name, digest)
	}
	return nil, missing(digest)
}

// read wraps an open object so that it gives the file's own bytes.
func (s *Store) read(o object, key *key, name, digest string) (*Reader, error) {
	if !isSealed(name) {
		return newReader(o, o.size(), digest), nil
	}
	plain, err := key.unseal(o, o.size())
	if err != nil {
		o.Close()
		return nil, corrupt(digest, err)
	}
	return newReader(plain, plain.size, digest), nil
}

// Stat returns the size of a file, or a Missing problem.
func (s *Store) Stat(ctx context.Context, org, digest string) (int64, error) {
	if err := check(org, digest); err != nil {
		return 0, err
	}
	key, err := s.readKey(ctx, org)
	if err != nil {
		return 0, err
	}
	for _, name := range key.names(digest) {
		n, err := s.keeper.stat(ctx, org, name)
		if errors.Is(err, ErrMissing) {
			continue
		}
		if err != nil {
			return 0, readFault(digest, err)
		}
		if isSealed(name) {
			n, err = openedSize(n)
			if err != nil {
				return 0, corrupt(digest, err)
			}
		}
		return n, nil
	}
	return 0, missing(digest)
}

// Delete removes a file. One that is not there is no fault.
func (s *Store) Delete(ctx context.Context, org, digest string) error {
	if err := check(org, digest); err != nil {
		return err
	}
	key, err := s.readKey(ctx, org)
	if err != nil {
		return err
	}
	for _, name := range key.names(digest) {
		if err := s.keeper.remove(ctx, org, name); err != nil {
			return writeFault(err)
		}
	}
	return nil
}

// Sweep removes the files of an organisation that no digest of used names and
// that were put before a moment: what uploads left whose rows never came. It
// returns how many there were. The moment must be well past, an hour at least,
// so that nothing is taken from under somebody who is about to write the row.
func (s *Store) Sweep(ctx context.Context, org string, used iter.Seq[string], before time.Time) (int, error) {
	if err := checkOrg(org); err != nil {
		return 0, err
	}
	key, err := s.readKey(ctx, org)
	if err != nil {
		return 0, err
	}
	keep := map[string]bool{}
	for digest := range used {
		for _, name := range key.names(digest) {
			keep[name] = true
		}
	}
	n := 0
	err = s.keeper.each(ctx, org, func(o stored) error {
		if keep[o.name] || !o.at.Before(before) {
			return nil
		}
		n++
		return s.keeper.remove(ctx, org, o.name)
	})
	if err != nil {
		return n, writeFault(err)
	}
	return n, nil
}

// Check reads a whole file and returns nil if it is there and unchanged.
func (s *Store) Check(ctx context.Context, org, digest string) error {
	r, err := s.Open(ctx, org, digest)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(io.Discard, within{ctx, r})
	return err
}

// Verify reads every file kept for an organisation and calls fault for each that
// is not what it was. It returns how many it read. A file that is missing
// altogether is found by whoever knows which there should be, with Check.
func (s *Store) Verify(ctx context.Context, org string, fault func(name string, err error)) (int, error) {
	if err := checkOrg(org); err != nil {
		return 0, err
	}
	key, err := s.readKey(ctx, org)
	if err != nil {
		return 0, err
	}
	n := 0
	err = s.keeper.each(ctx, org, func(o stored) error {
		n++
		if err := s.verify(ctx, org, key, o.name); err != nil && ctx.Err() == nil {
			fault(o.name, err)
		}
		return ctx.Err()
	})
	return n, err
}

// verify checks one object against its name. The name of an encrypted one comes
// from its digest, so that one has to be worked out first.
func (s *Store) verify(ctx context.Context, org string, key *key, name string) error {
	o, err := s.keeper.open(ctx, org, name)
	if err != nil {
		return readFault(name, err)
	}
	defer o.Close()
	var plain io.Reader = o
	if isSealed(name) {
		if plain, err = key.unseal(o, o.size()); err != nil {
			return corrupt(name, err)
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, within{ctx, plain}); err != nil {
		return readFault(name, err)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	if isSealed(name) && key.name(digest) != name || !isSealed(name) && digest != name {
		return corrupt(name, errors.New("its digest is "+digest))
	}
	return nil
}

// Shred makes the files of an organisation unreadable at once, by destroying the
// key they are encrypted with, and then removes them.
func (s *Store) Shred(ctx context.Context, org string) error {
	if err := checkOrg(org); err != nil {
		return err
	}
	if err := s.keeper.remove(ctx, org, keyName); err != nil {
		return writeFault(err)
	}
	err := s.keeper.each(ctx, org, func(o stored) error { return s.keeper.remove(ctx, org, o.name) })
	if err != nil {
		return writeFault(err)
	}
	return nil
}

// String says where the files are, for the line a server prints when it starts.
func (s *Store) String() string {
	if s.master != nil {
		return s.keeper.String() + ", encrypted"
	}
	return s.keeper.String()
}

// Local returns the folder the files are in, or "" when they are elsewhere.
func (s *Store) Local() string {
	if f, ok := s.keeper.(*folder); ok {
		return f.path
	}
	return ""
}

// within stops a read when the context ends.
type within struct {
	ctx context.Context
	io.Reader
}

func (w within) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Reader.Read(p)
}

// unsealed writes a file as it is.
type unsealed struct{ io.Writer }

func (unsealed) Close() error { return nil }
