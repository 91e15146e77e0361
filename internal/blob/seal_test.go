package blob

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/problem"
)

func testKey(t testing.TB) *key {
	t.Helper()
	k, err := newKey(bytes.Repeat([]byte{7}, secretLen))
	must(t, err)
	return k
}

func sealBytes(t testing.TB, k *key, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := k.seal(&b)
	must(t, err)
	_, err = w.Write(plain)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

// memory is an object in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func openBytes(k *key, sealed []byte) ([]byte, error) {
	o, err := k.unseal(memory{bytes.NewReader(sealed)}, int64(len(sealed)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(o)
}

func TestEncryptedFileTellsNothing(t *testing.T) {
	s, err := Open(t.Context(), Config{DataDir: t.TempDir(), KeyFile: keyFile(t, 1)}, now)
	must(t, err)
	b := put(t, s, org, []byte(strings.Repeat("secret of the house ", 100)))
	p := only(t, s, org)
	data, err := os.ReadFile(p)
	must(t, err)
	if bytes.Contains(data, []byte("secret")) {
		t.Error("the content can be read")
	}
	if strings.Contains(p, b.SHA256) {
		t.Error("the digest is the name: whoever has the disk can ask whether a file they know is there")
	}
}

func TestFilesFromBeforeThereWasAKeyStayReadable(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{DataDir: dir}, now)
	must(t, err)
	old := put(t, s, org, []byte("from before"))
	s, err = Open(t.Context(), Config{DataDir: dir, KeyFile: keyFile(t, 1)}, now)
	must(t, err)
	put(t, s, org, []byte("from after"))
	if got := get(t, s, org, old.SHA256); string(got) != "from before" {
		t.Errorf("%q", got)
	}
	n, err := s.Verify(t.Context(), org, func(name string, err error) { t.Errorf("%s: %v", name, err) })
	if must(t, err); n != 2 {
		t.Errorf("%d files were read", n)
	}
	must(t, s.Delete(t.Context(), org, old.SHA256))
	if n := objects(t, s, org); n != 1 {
		t.Errorf("%d are left", n)
	}
}

func TestKeyMustBeTheRightOne(t *testing.T) {
	dir, right := t.TempDir(), keyFile(t, 1)
	s, err := Open(t.Context(), Config{DataDir: dir, KeyFile: right}, now)
	must(t, err)
	b := put(t, s, org, []byte("a report"))
	write := func(dir, content string) string {
		p := filepath.Join(dir, "other.key")
		must(t, os.WriteFile(p, []byte(content), 0o600))
		return p
	}
	for _, x := range []struct{ name, file, says string }{
		{"none", "", "no key was named"},
		{"another", keyFile(t, 2), "is not the one"},
		{"no such file", filepath.Join(t.TempDir(), "none"), "cannot be read"},
		{"too short", write(t.TempDir(), "secret"), "holds no key"},
		{"in the data folder", write(dir, strings.Repeat("k", 32)), "lies in the data folder"},
	} {
		_, err := Open(t.Context(), Config{DataDir: dir, KeyFile: x.file}, now)
		if err == nil || problem.Of(err).Field != "blob-key" || !strings.Contains(problem.Of(err).Text, x.says) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	s, err = Open(t.Context(), Config{DataDir: dir, KeyFile: write(t.TempDir(), hex.EncodeToString(bytes.Repeat([]byte{1}, 32))+"\n")}, now)
	must(t, err)
	get(t, s, org, b.SHA256) // the same key in hex
}

func TestDestroyedKeyMakesFilesUnreadable(t *testing.T) {
	s, err := Open(t.Context(), Config{DataDir: t.TempDir(), KeyFile: keyFile(t, 1)}, now)
	must(t, err)
	b, c := put(t, s, org, []byte("of one")), put(t, s, other, []byte("of two"))
	must(t, os.Remove(filepath.Join(s.Local(), org, keyName)))
	if _, err := s.Open(t.Context(), org, b.SHA256); err == nil {
		t.Error("it can still be read")
	}
	again := put(t, s, org, []byte("of one")) // under a new key
	get(t, s, org, again.SHA256)
	if n := objects(t, s, org); n != 2 {
		t.Errorf("%d objects, want the unreadable one and the new one", n)
	}
	get(t, s, other, c.SHA256)
	must(t, os.WriteFile(filepath.Join(s.Local(), other, keyName), []byte("damaged"), 0o600))
	if _, err := s.Open(t.Context(), other, c.SHA256); err == nil || !strings.Contains(problem.Of(err).Text, other+"/key") {
		t.Errorf("a damaged key: %v; it should name the file", err)
	}
}

func TestAnyPlaceOfAnEncryptedFileOpens(t *testing.T) {
	k := testKey(t)
	for _, n := range sizes {
		plain := bytesOf(n)
		sealed := sealBytes(t, k, plain)
		if size, err := openedSize(int64(len(sealed))); err != nil || size != int64(n) {
			t.Errorf("%d bytes: size %d, %v", n, size, err)
		}
		o, err := k.unseal(memory{bytes.NewReader(sealed)}, int64(len(sealed)))
		must(t, err)
		for range 50 {
			from := rand.IntN(n + 1)
			_, err := o.Seek(int64(from), io.SeekStart)
			must(t, err)
			got := make([]byte, rand.IntN(n-from+1))
			_, err = io.ReadFull(o, got)
			if must(t, err); !bytes.Equal(got, plain[from:from+len(got)]) {
				t.Fatalf("%d bytes from %d of %d are others", len(got), from, n)
			}
		}
	}
}

func TestChunksKeepTheirPlace(t *testing.T) {
	k := testKey(t)
	sealed := sealBytes(t, k, bytesOf(3*chunkLen))
	chunk := func(i int64) []byte { return sealed[headerLen+i*sealedLen : headerLen+(i+1)*sealedLen] }
	header := sealed[:headerLen]
	other := sealBytes(t, k, bytesOf(3*chunkLen))
	for name, data := range map[string][]byte{
		"swapped":       bytes.Join([][]byte{header, chunk(1), chunk(0), chunk(2)}, nil),
		"one left out":  bytes.Join([][]byte{header, chunk(0), chunk(2)}, nil),
		"last left out": bytes.Join([][]byte{header, chunk(0), chunk(1)}, nil),
		"one doubled":   bytes.Join([][]byte{header, chunk(0), chunk(1), chunk(1), chunk(2)}, nil),
		"none":          header,
		"of two files":  bytes.Join([][]byte{header, chunk(0), other[headerLen+sealedLen:]}, nil),
	} {
		if _, err := openBytes(k, data); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
}

// FuzzUnseal feeds the reader of the encrypted form with anything, and with
// sealed content one bit of which was flipped.
func FuzzUnseal(f *testing.F) {
	k := testKey(f)
	for _, n := range []int{0, 1, 100, chunkLen, chunkLen + 1} {
		f.Add(sealBytes(f, k, bytesOf(n)), bytesOf(n), uint32(n*8/2))
	}
	f.Add([]byte(magic), []byte("x"), uint32(0))
	f.Add([]byte{}, []byte{}, uint32(321))
	f.Fuzz(func(t *testing.T, raw, plain []byte, bit uint32) {
		if got, err := openBytes(k, raw); err == nil {
			size, err := openedSize(int64(len(raw)))
			if err != nil || size != int64(len(got)) || !bytes.HasPrefix(raw, []byte(magic)) {
				t.Errorf("%d bytes opened to %d, announced were %d", len(raw), len(got), size)
			}
		}
		sealed := sealBytes(t, k, plain)
		if got, err := openBytes(k, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%d bytes came back as %d, %v", len(plain), len(got), err)
		}
		at := int(bit) % (len(sealed) * 8)
		sealed[at/8] ^= 1 << (at % 8)
		if _, err := openBytes(k, sealed); err == nil {
			t.Errorf("bit %d of %d bytes was flipped, and it opens", at, len(sealed))
		} else if errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit %d: %v", at, err)
		}
	})
}
