package ledger_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
)

// tsa is a time-stamping authority of our own: openssl behind a loopback server.
type tsa struct {
	*httptest.Server
	dir    string
	root   []byte                 // PEM
	pool   *x509.CertPool         // holds the root
	mangle atomic.Pointer[mangle] // what it does to its answers; nil: nothing
	query  atomic.Pointer[[]byte] // the last one it got
}

type mangle func(w http.ResponseWriter, reply []byte)

// authority makes a root and a certificate for time stamps. Without openssl there
// is no test: nothing else checks our parser against somebody else's tokens.
func authority(t testing.TB, usage x509.ExtKeyUsage, notAfter time.Time) *tsa {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is not installed; the tests of time stamps need it")
	}
	a := &tsa{dir: t.TempDir(), pool: x509.NewCertPool()}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	from := time.Now().Add(-time.Hour)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, NotBefore: from, NotAfter: from.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	must(t, err)
	a.root = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	if !a.pool.AppendCertsFromPEM(a.root) {
		t.Fatal("the root is no certificate")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	purposes, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test time"}, NotBefore: from, NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{extended(usage)}}, root, key.Public(), rootKey)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	for name, block := range map[string]*pem.Block{"tsa.pem": {Type: "CERTIFICATE", Bytes: purposes}, "tsa.key": {Type: "PRIVATE KEY", Bytes: keyDER}, "root.pem": {Type: "CERTIFICATE", Bytes: rootDER}} {
		must(t, os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(block), 0o600))
	}
	must(t, os.WriteFile(filepath.Join(a.dir, "serial"), []byte("01\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(a.dir, "tsa.cnf"), fmt.Appendf(nil, `[tsa]
default_tsa = here
[here]
dir = %[1]s
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/tsa.pem
certs = $dir/root.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`, a.dir), 0o600))
	a.Server = httptest.NewServer(http.HandlerFunc(a.answer))
	t.Cleanup(a.Close)
	return a
}

// extended is a critical extended key usage, as openssl asks of a time-stamping certificate.
func extended(usage x509.ExtKeyUsage) pkix.Extension {
	oid := []byte{0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08} // id-kp-timeStamping
	if usage == x509.ExtKeyUsageServerAuth {
		oid[9] = 0x01
	}
	return pkix.Extension{Id: []int{2, 5, 29, 37}, Critical: true, Value: append([]byte{0x30, byte(len(oid))}, oid...)}
}

func (a *tsa) answer(w http.ResponseWriter, r *http.Request) {
	query, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "no query", http.StatusBadRequest)
		return
	}
	a.query.Store(&query)
	reply, err := a.reply(query)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	if m := a.mangle.Load(); m != nil {
		(*m)(w, reply)
		return
	}
	w.Write(reply)
}

func (a *tsa) reply(query []byte) ([]byte, error) {
	in := filepath.Join(a.dir, "query.tsq")
	if err := os.WriteFile(in, query, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("openssl", "ts", "-reply", "-config", filepath.Join(a.dir, "tsa.cnf"), "-queryfile", in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, said.String())
	}
	return out, nil
}

func (a *tsa) ask(t testing.TB, ca []byte) *ledger.Authority {
	t.Helper()
	out, err := ledger.NewAuthority(a.URL, ca)
	must(t, err)
	return out
}

const stamped = "toucan/log/o1/1\n3\nAAAA\n\n— somebody\n"

func TestAStampIsWhatOpensslSays(t *testing.T) {
	a := authority(t, x509.ExtKeyUsageTimeStamping, time.Now().AddDate(1, 0, 0))
	before := time.Now().Add(-2 * time.Second)
	token, s, err := a.ask(t, a.root).Stamp(t.Context(), stamped)
	must(t, err)
	if s.At.Before(before) || s.At.After(time.Now().Add(2*time.Second)) || s.Authority != "CN=Test time" {
		t.Errorf("stamp %+v", s)
	}
	if again, err := ledger.VerifyStamp(stamped, token, a.pool); err != nil || again != s {
		t.Errorf("checked offline: %+v, %v; want %+v", again, err, s)
	}
	// and the other way round: what we keep is what openssl takes
	data, file := filepath.Join(a.dir, "note"), filepath.Join(a.dir, "token")
	must(t, os.WriteFile(data, []byte(stamped), 0o600))
	must(t, os.WriteFile(file, token, 0o600))
	out, err := exec.Command("openssl", "ts", "-verify", "-data", data, "-in", file, "-token_in", "-CAfile", filepath.Join(a.dir, "root.pem")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("openssl says %s, %v", out, err)
	}
}

func TestAStampThatIsNone(t *testing.T) {
	a, other := authority(t, x509.ExtKeyUsageTimeStamping, time.Now().AddDate(1, 0, 0)), authority(t, x509.ExtKeyUsageTimeStamping, time.Now().AddDate(1, 0, 0))
	token, _, err := a.ask(t, nil).Stamp(t.Context(), stamped) // without roots the chain is not judged
	must(t, err)
	flipped := bytes.Clone(token)
	flipped[len(flipped)-5] ^= 1 // in the signature
	for name, tt := range map[string]struct {
		text  string
		token []byte
		roots *x509.CertPool
		want  string
	}{
		"another text":        {stamped + " ", token, a.pool, "another text"},
		"a flipped bit":       {stamped, flipped, a.pool, "cannot be read"},
		"another root":        {stamped, token, other.pool, "none of the roots"},
		"no root":             {stamped, token, nil, "no root"},
		"an empty pool":       {stamped, token, x509.NewCertPool(), "none of the roots"},
		"no bytes":            {stamped, nil, a.pool, "cannot be read"},
		"half of it":          {stamped, token[:len(token)/2], a.pool, "cannot be read"},
		"larger than a token": {stamped, make([]byte, 70<<10), a.pool, "32 KB"},
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
	a := authority(t, x509.ExtKeyUsageServerAuth, time.Now().AddDate(1, 0, 0))
	if _, _, err := a.ask(t, a.root).Stamp(t.Context(), stamped); err == nil {
		t.Error("a certificate for servers stamped the time")
	}
}

// TestACertificateThatWasOver: it is judged at the time of the stamp.
func TestACertificateThatWasOver(t *testing.T) {
	a := authority(t, x509.ExtKeyUsageTimeStamping, time.Now().Add(-time.Minute))
	if _, s, err := a.ask(t, nil).Stamp(t.Context(), stamped); err == nil || !strings.Contains(err.Error(), "validity") {
		t.Errorf("a stamp by a certificate that was over: %+v, %v", s, err)
	}
}

func TestAnAuthorityThatMisbehaves(t *testing.T) {
	a := authority(t, x509.ExtKeyUsageTimeStamping, time.Now().AddDate(1, 0, 0))
	ask := a.ask(t, a.root)
	_, _, err := ask.Stamp(t.Context(), stamped)
	must(t, err)
	earlier, err := a.reply(*a.query.Load())
	must(t, err)
	for name, tt := range map[string]struct {
		mangle mangle
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
			a.mangle.Store(&tt.mangle)
			if _, _, err := ask.Stamp(t.Context(), stamped); err == nil || !strings.Contains(err.Error(), tt.want) {
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
