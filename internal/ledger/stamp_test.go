package ledger_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/ledger/tsatest"
	"github.com/toucan-grc/toucan/internal/problem"
)

func ask(t testing.TB, a *tsatest.Authority, ca []byte) *ledger.Authority {
	t.Helper()
	out, err := ledger.NewAuthority(a.URL, ca)
	must(t, err)
	return out
}

const stamped = "toucan/log/o1/1\n3\nAAAA\n\n— somebody\n"

func TestAStampIsWhatOpensslSays(t *testing.T) {
	a := tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0))
	before := time.Now().Add(-2 * time.Second)
	token, s, err := ask(t, a, a.Root).Stamp(t.Context(), stamped)
	must(t, err)
	if s.At.Before(before) || s.At.After(time.Now().Add(2*time.Second)) || s.Authority != "CN=Test time" {
		t.Errorf("stamp %+v", s)
	}
	if again, err := ledger.VerifyStamp(stamped, token, a.Pool); err != nil || again != s {
		t.Errorf("checked offline: %+v, %v; want %+v", again, err, s)
	}
	// and the other way round: what we keep is what openssl takes
	data, file := filepath.Join(a.Dir, "note"), filepath.Join(a.Dir, "token")
	must(t, os.WriteFile(data, []byte(stamped), 0o600))
	must(t, os.WriteFile(file, token, 0o600))
	out, err := exec.Command("openssl", "ts", "-verify", "-data", data, "-in", file, "-token_in", "-CAfile", filepath.Join(a.Dir, "root.pem")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("openssl says %s, %v", out, err)
	}
}

func TestAStampThatIsNone(t *testing.T) {
	a, other := tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0)), tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0))
	token, _, err := ask(t, a, nil).Stamp(t.Context(), stamped) // without roots the chain is not judged
	must(t, err)
	flipped := bytes.Clone(token)
	flipped[len(flipped)-5] ^= 1 // in the signature
	for name, tt := range map[string]struct {
		text  string
		token []byte
		roots *x509.CertPool
		want  string
	}{
		"another text":        {stamped + " ", token, a.Pool, "another text"},
		"a flipped bit":       {stamped, flipped, a.Pool, "cannot be read"},
		"another root":        {stamped, token, other.Pool, "none of the roots"},
		"no root":             {stamped, token, nil, "no root"},
		"an empty pool":       {stamped, token, x509.NewCertPool(), "none of the roots"},
		"no bytes":            {stamped, nil, a.Pool, "cannot be read"},
		"half of it":          {stamped, token[:len(token)/2], a.Pool, "cannot be read"},
		"larger than a token": {stamped, make([]byte, 70<<10), a.Pool, "32 KB"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ledger.VerifyStamp(tt.text, tt.token, tt.roots); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

// TestACertificateForSomethingElse: openssl signs with it, we do not take it.
func TestACertificateForSomethingElse(t *testing.T) {
	a := tsatest.New(t, tsatest.Servers, time.Now().AddDate(1, 0, 0))
	if _, _, err := ask(t, a, a.Root).Stamp(t.Context(), stamped); err == nil {
		t.Error("a certificate for servers stamped the time")
	}
}

// TestACertificateThatWasOver: it is judged at the time of the stamp.
func TestACertificateThatWasOver(t *testing.T) {
	a := tsatest.New(t, tsatest.Stamps, time.Now().Add(-time.Minute))
	if _, s, err := ask(t, a, nil).Stamp(t.Context(), stamped); err == nil || !strings.Contains(err.Error(), "validity") {
		t.Errorf("a stamp by a certificate that was over: %+v, %v", s, err)
	}
}

func TestAnAuthorityThatMisbehaves(t *testing.T) {
	a := tsatest.New(t, tsatest.Stamps, time.Now().AddDate(1, 0, 0))
	authority := ask(t, a, a.Root)
	_, _, err := authority.Stamp(t.Context(), stamped)
	must(t, err)
	earlier, err := a.Reply(a.Query())
	must(t, err)
	for name, tt := range map[string]struct {
		mangle tsatest.Mangle
		want   string
	}{
		"an answer to an earlier request": {func(w http.ResponseWriter, _ []byte) { w.Write(earlier) }, "nonce"},
		"a page":                          {func(w http.ResponseWriter, _ []byte) { io.WriteString(w, "<html>") }, "gave no stamp"},
		"nothing":                         {func(http.ResponseWriter, []byte) {}, "gave no stamp"},
		"a refusal":                       {func(w http.ResponseWriter, _ []byte) { w.Write([]byte{0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02}) }, "rejected"},
		"far too much":                    {func(w http.ResponseWriter, _ []byte) { w.Write(make([]byte, 1<<20)) }, "32 KB"},
		"another status":                  {func(w http.ResponseWriter, reply []byte) { w.WriteHeader(http.StatusTeapot); w.Write(reply) }, "418"},
		"a redirect": {func(w http.ResponseWriter, _ []byte) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(http.StatusFound)
		}, "302"},
	} {
		t.Run(name, func(t *testing.T) {
			a.Answer(tt.mangle)
			if _, _, err := authority.Stamp(t.Context(), stamped); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

func TestTheAddressOfAnAuthority(t *testing.T) {
	for _, address := range []string{"", "tsa.example", "ftp://tsa.example", "https://", "https://name:pass@tsa.example/", "http://[::1"} {
		if _, err := ledger.NewAuthority(address, nil); err == nil || problem.Of(err).Field != "tsa" {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := ledger.NewAuthority("https://tsa.example", []byte("no certificate")); err == nil || problem.Of(err).Field != "tsa-ca" {
		t.Errorf("a file without certificates: %v", err)
	}
}

// TestAStampOfOldStaysGood reads a stamp made once with openssl, whatever the day is.
func TestAStampOfOldStaysGood(t *testing.T) {
	token, pool := oldStamp(t)
	s, err := ledger.VerifyStamp(stamped, token, pool)
	if want := time.Date(2026, 11, 26, 11, 0, 0, 0, time.UTC); err != nil || s.At.Truncate(time.Hour) != want || s.Authority != "CN=Test time" {
		t.Errorf("%+v, %v", s, err)
	}
}

func oldStamp(t testing.TB) ([]byte, *x509.CertPool) {
	t.Helper()
	token, err := os.ReadFile("testdata/stamp.der")
	must(t, err)
	root, err := os.ReadFile("testdata/stamp-root.pem")
	must(t, err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		t.Fatal("the root is no certificate")
	}
	return token, pool
}

func FuzzVerifyStamp(f *testing.F) {
	token, pool := oldStamp(f)
	f.Add(token)
	f.Add(token[:100])
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ledger.VerifyStamp(stamped, b, pool)
		if err == nil && s.At.IsZero() {
			t.Error("a stamp without a time")
		}
	})
}
