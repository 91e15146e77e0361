package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

const org, other = "0190a1b2-0000-7000-8000-000000000001", "0190a1b2-0000-7000-8000-000000000002"

var now = time.Now()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// bytesOf returns n bytes that look random and are the same each time.
func bytesOf(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(b)
	return b
}

// keyFile writes a key that lies outside of any data folder.
func keyFile(t testing.TB, fill byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(p, bytes.Repeat([]byte{fill}, 32), 0o600))
	return p
}

// each runs body on every kind of place, plain and encrypted.
func each(t *testing.T, body func(t *testing.T, s *Store)) {
	for _, k := range []struct {
		name   string
		config func(t *testing.T) Config
	}{
		{"folder", func(t *testing.T) Config { return Config{DataDir: t.TempDir()} }},
		{"folder, encrypted", func(t *testing.T) Config { return Config{DataDir: t.TempDir(), KeyFile: keyFile(t, 1)} }},
		{"S3", func(t *testing.T) Config { return s3Config(t) }},
		{"S3, encrypted", func(t *testing.T) Config { c := s3Config(t); c.KeyFile = keyFile(t, 1); return c }},
	} {
		t.Run(k.name, func(t *testing.T) {
			s, err := Open(t.Context(), k.config(t), now)
			must(t, err)
			body(t, s)
		})
	}
}

func put(t testing.TB, s *Store, org string, data []byte) Blob {
	t.Helper()
	b, err := s.Put(t.Context(), org, bytes.NewReader(data), MaxBytes)
	must(t, err)
	return b
}

func get(t testing.TB, s *Store, org, digest string) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), org, digest)
	must(t, err)
	defer r.Close()
	data, err := io.ReadAll(r)
	must(t, err)
	if int64(len(data)) != r.Size() {
		t.Errorf("size %d, and %d bytes came", r.Size(), len(data))
	}
	return data
}

// objects counts what is kept for an organisation.
func objects(t testing.TB, s *Store, org string) int {
	t.Helper()
	n := 0
	must(t, s.keeper.each(t.Context(), org, func(stored) error { n++; return nil }))
	return n
}

// sizes are those around the seams of the encrypted form.
var sizes = []int{0, 1, chunkLen - 1, chunkLen, chunkLen + 1, 3 * chunkLen, 3*chunkLen + 17}

func TestWhatIsPutComesBack(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		for _, n := range sizes {
			data := bytesOf(n)
			b := put(t, s, org, data)
			if b.SHA256 != digestOf(data) || b.Bytes != int64(n) {
				t.Errorf("%d bytes: %+v", n, b)
			}
			if !bytes.Equal(get(t, s, org, b.SHA256), data) {
				t.Errorf("%d bytes came back otherwise", n)
			}
			if got, err := s.Stat(t.Context(), org, b.SHA256); err != nil || got != int64(n) {
				t.Errorf("%d bytes: stat says %d, %v", n, got, err)
			}
			must(t, s.Check(t.Context(), org, b.SHA256))
		}
	})
}

func TestOneCopyForEachOrganisation(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		data := []byte("the same report")
		a := put(t, s, org, data)
		put(t, s, org, data)
		if n := objects(t, s, org); n != 1 {
			t.Errorf("%d copies after putting it twice", n)
		}
		if _, err := s.Stat(t.Context(), other, a.SHA256); !errors.Is(err, ErrMissing) {
			t.Errorf("another organisation has it as well: %v", err)
		}
		put(t, s, other, data)
		must(t, s.Delete(t.Context(), org, a.SHA256))
		must(t, s.Delete(t.Context(), org, a.SHA256)) // gone already
		if _, err := s.Open(t.Context(), org, a.SHA256); !errors.Is(err, ErrMissing) || !strings.Contains(problem.Of(err).Text, a.SHA256) {
			t.Errorf("deleted, and opening says %v; it should name the digest", err)
		}
		if !bytes.Equal(get(t, s, other, a.SHA256), data) {
			t.Error("the other organisation lost its copy")
		}
	})
}

func TestRangesAreServed(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		data := bytesOf(3*chunkLen + 17)
		b := put(t, s, org, data)
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, err := s.Open(r.Context(), org, b.SHA256)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			http.ServeContent(w, r, "", time.Time{}, f)
		}))
		defer web.Close()
		for _, x := range []struct {
			ask      string
			from, to int
		}{
			{"", 0, len(data)},
			{"bytes=0-0", 0, 1},
			{"bytes=65535-65536", 65535, 65537},
			{"bytes=70000-", 70000, len(data)},
			{"bytes=-17", len(data) - 17, len(data)},
		} {
			req, _ := http.NewRequest(http.MethodGet, web.URL, nil)
			if x.ask != "" {
				req.Header.Set("Range", x.ask)
			}
			res, err := http.DefaultClient.Do(req)
			must(t, err)
			got, err := io.ReadAll(res.Body)
			res.Body.Close()
			if must(t, err); !bytes.Equal(got, data[x.from:x.to]) {
				t.Errorf("%q: %d bytes came, not those from %d to %d", x.ask, len(got), x.from, x.to)
			}
		}
	})
}

// TestLargeFilesDoNotFillMemory puts and reads a quarter of a gigabyte and looks
// at the heap on the way.
func TestLargeFilesDoNotFillMemory(t *testing.T) {
	const size, room = 256 << 20, 32 << 20
	each(t, func(t *testing.T, s *Store) {
		grew := heapGrowth(func() {
			b, err := s.Put(t.Context(), org, &pattern{left: size}, MaxBytes)
			must(t, err)
			if b.Bytes != size {
				t.Fatalf("%d bytes were kept", b.Bytes)
			}
			must(t, s.Check(t.Context(), org, b.SHA256))
		})
		t.Logf("the heap grew by %d MB", grew>>20)
		if grew > room {
			t.Errorf("the heap grew by %d MB for a file of %d MB", grew>>20, size>>20)
		}
	})
}

// heapGrowth runs do and returns by how much the heap grew at most, looked at
// every few milliseconds.
func heapGrowth(do func()) uint64 {
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	runtime.GC()
	before := inUse()
	done, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := before
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				peak <- most
				return
			case <-tick.C:
				most = max(most, inUse())
			}
		}
	}()
	do()
	close(done)
	return <-peak - before
}

// pattern is a long file that needs no room.
type pattern struct{ left int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), p.left))
	for i := 0; i < n; i += 4096 {
		b[i] = byte(p.left >> 12)
	}
	p.left -= int64(n)
	return n, nil
}

func TestTooLargeLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		_, err := s.Put(t.Context(), org, bytes.NewReader(bytesOf(chunkLen+1)), chunkLen)
		if p := problem.Of(err); err == nil || p.Code != problem.Invalid || p.Field != "file" {
			t.Errorf("one byte more than fits: %v", err)
		}
		b, err := s.Put(t.Context(), org, bytes.NewReader(bytesOf(chunkLen)), chunkLen)
		if must(t, err); objects(t, s, org) != 1 || b.Bytes != chunkLen {
			t.Error("exactly the limit should be kept, and nothing else")
		}
		nothingDrafted(t, s)
	})
}

// nothingDrafted fails if an upload left something behind.
func nothingDrafted(t testing.TB, s *Store) {
	t.Helper()
	dir := s.Local()
	if b, ok := s.keeper.(*bucket); ok {
		dir = b.spool.path
	}
	drafts, err := os.ReadDir(filepath.Join(dir, draftFolder))
	if must(t, err); len(drafts) > 0 {
		t.Errorf("%s was left behind", drafts[0].Name())
	}
}

func TestInterruptedUploadsLeaveNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		gone := errors.New("connection reset")
		_, err := s.Put(t.Context(), org, io.MultiReader(bytes.NewReader(bytesOf(100_000)), failing{gone}), MaxBytes)
		if !errors.Is(err, gone) || problem.Of(err).Code != problem.Invalid {
			t.Errorf("a sender that breaks off: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		_, err = s.Put(ctx, org, io.MultiReader(bytes.NewReader(bytesOf(100_000)), doing{cancel}, bytes.NewReader(bytesOf(100_000))), MaxBytes)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a request that ends: %v", err)
		}
		if n := objects(t, s, org); n != 0 {
			t.Errorf("%d objects are there", n)
		}
		nothingDrafted(t, s)
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type doing struct{ do func() }

func (d doing) Read([]byte) (int, error) { d.do(); return 0, io.EOF }

func TestUploadsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				data := bytesOf(1000 + i%4)
				b, err := s.Put(t.Context(), org, bytes.NewReader(data), MaxBytes)
				if err != nil || b.SHA256 != digestOf(data) {
					t.Errorf("%+v, %v", b, err)
				}
			})
		}
		group.Wait()
		for i := range 4 {
			get(t, s, org, digestOf(bytesOf(1000+i)))
		}
		if n := objects(t, s, org); n != 4 {
			t.Errorf("%d objects for 4 contents", n)
		}
	})
}

func TestSweepTakesWhatNobodyNames(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		kept, left := put(t, s, org, []byte("kept")), put(t, s, org, []byte("left"))
		used := slices.Values([]string{kept.SHA256})
		n, err := s.Sweep(t.Context(), org, used, time.Now().Add(-time.Hour))
		if must(t, err); n != 0 {
			t.Errorf("%d swept that are younger than the moment", n)
		}
		n, err = s.Sweep(t.Context(), org, used, time.Now().Add(time.Hour))
		if must(t, err); n != 1 {
			t.Errorf("%d swept, not the one that nobody names", n)
		}
		get(t, s, org, kept.SHA256)
		if _, err := s.Stat(t.Context(), org, left.SHA256); !errors.Is(err, ErrMissing) {
			t.Errorf("what nobody names: %v", err)
		}
	})
}

func TestShredLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		b := put(t, s, org, []byte("of one"))
		c := put(t, s, other, []byte("of two"))
		must(t, s.Shred(t.Context(), org))
		if _, err := s.Open(t.Context(), org, b.SHA256); !errors.Is(err, ErrMissing) {
			t.Errorf("shredded: %v", err)
		}
		if objects(t, s, org) != 0 {
			t.Error("objects are left")
		}
		get(t, s, other, c.SHA256)
	})
}

func TestNamesThatAreNone(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		for _, id := range []string{"", "..", "../x", "a/b", "tmp", "A", strings.Repeat("a", 65)} {
			if _, err := s.Put(t.Context(), id, strings.NewReader("x"), 10); err == nil {
				t.Errorf("organisation %q was taken", id)
			}
		}
		for _, digest := range []string{"", "..", "../../toucan.db", strings.Repeat("A", 64), strings.Repeat("a", 63)} {
			if _, err := s.Open(t.Context(), org, digest); !errors.Is(err, ErrMissing) {
				t.Errorf("digest %q: %v", digest, err)
			}
		}
	})
}
