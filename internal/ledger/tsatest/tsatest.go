// Package tsatest runs a time-stamping authority for tests: a root and a
// certificate made on the spot, and openssl behind a loopback server. Nothing that
// ships imports it.
package tsatest

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
	"sync/atomic"
	"testing"
	"time"
)

// Authority is a loopback server that stamps with openssl.
type Authority struct {
	*httptest.Server
	Root []byte         // certificate, PEM
	Pool *x509.CertPool // holds the root
	Dir  string         // with root.pem, for openssl

	mangle atomic.Pointer[Mangle]
	query  atomic.Pointer[[]byte]
}

// Mangle answers in place of the authority; reply is what it would have said.
type Mangle func(w http.ResponseWriter, reply []byte)

// Usage says what the certificate is for.
type Usage byte

// The usages: the last byte of the identifier.
const (
	Servers Usage = 1
	Stamps  Usage = 8
)

// New starts an authority whose certificate is good until notAfter. Without
// openssl the test fails: nothing else checks our parser against somebody else's
// tokens.
func New(t testing.TB, usage Usage, notAfter time.Time) *Authority {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Fatal("openssl is not installed; the tests of time stamps need it")
	}
	a := &Authority{Dir: t.TempDir(), Pool: x509.NewCertPool()}
	if err := a.certify(usage, notAfter); err != nil {
		t.Fatal(err)
	}
	a.Server = httptest.NewServer(http.HandlerFunc(a.answer))
	t.Cleanup(a.Close)
	return a
}

// Answer lets m answer from now on; nil brings the authority back.
func (a *Authority) Answer(m Mangle) {
	if m == nil {
		a.mangle.Store(nil)
		return
	}
	a.mangle.Store(&m)
}

// Query returns the last request that came in.
func (a *Authority) Query() []byte { return *a.query.Load() }

const config = `[tsa]
default_tsa = here
[here]
serial = %[1]s/serial
crypto_device = builtin
signer_cert = %[1]s/tsa.pem
certs = %[1]s/root.pem
signer_key = %[1]s/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`

func (a *Authority) certify(usage Usage, notAfter time.Time) error {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	from := time.Now().Add(-time.Hour)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test root"}, NotBefore: from, NotAfter: from.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return err
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test time"},
		NotBefore: from, NotAfter: notAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: []pkix.Extension{extended(usage)}}, root, key.Public(), rootKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	a.Root = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	a.Pool.AppendCertsFromPEM(a.Root)
	for name, content := range map[string][]byte{
		"root.pem": a.Root, "serial": []byte("01\n"), "tsa.cnf": fmt.Appendf(nil, config, a.Dir),
		"tsa.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leafDER}),
		"tsa.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	} {
		if err := os.WriteFile(filepath.Join(a.Dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// extended is a critical extended key usage, as openssl asks of a certificate for
// time stamps; Go would mark it as not critical.
func extended(u Usage) pkix.Extension {
	purpose := []byte{0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, byte(u)}
	return pkix.Extension{Id: []int{2, 5, 29, 37}, Critical: true, Value: append([]byte{0x30, byte(len(purpose))}, purpose...)}
}

func (a *Authority) answer(w http.ResponseWriter, r *http.Request) {
	query, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "no query", http.StatusBadRequest)
		return
	}
	a.query.Store(&query)
	reply, err := a.Reply(query)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	if m := a.mangle.Load(); m != nil {
		(*m)(w, reply)
		return
	}
	_, _ = w.Write(reply)
}

// Reply is what openssl answers to a request.
func (a *Authority) Reply(query []byte) ([]byte, error) {
	in := filepath.Join(a.Dir, "query.tsq")
	if err := os.WriteFile(in, query, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command("openssl", "ts", "-reply", "-config", filepath.Join(a.Dir, "tsa.cnf"), "-queryfile", in)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("openssl: %w: %s", err, said.String())
	}
	return out, nil
}
