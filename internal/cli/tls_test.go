package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
)

// putCertificate writes a certificate with a serial number, and its key.
func putCertificate(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"toucan.test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestARenewedCertificateIsReadAnew(t *testing.T) {
	dir := t.TempDir()
	s := &Serve{}
	s.TLSCert, s.TLSKey = putCertificate(t, dir, 1)
	var log bytes.Buffer
	c, err := s.certificate(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.looked = time.Time{} // as if it were long ago
		have, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(have.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	if got := serial(); got != 1 {
		t.Errorf("it serves %d", got)
	}
	putCertificate(t, dir, 2_000_000)
	if got := serial(); got != 2_000_000 {
		t.Errorf("renewed it serves %d", got)
	}
	if err := os.WriteFile(s.TLSCert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 2_000_000 || !strings.Contains(log.String(), "the old one stays") {
		t.Errorf("with a file that is no certificate it serves %d, and says %s", got, &log)
	}
}

func TestHTTPSNeedsBothFiles(t *testing.T) {
	cert, key := putCertificate(t, t.TempDir(), 1)
	for _, s := range []Serve{{TLSCert: cert}, {TLSKey: key}, {TLSCert: key, TLSKey: cert}} {
		if _, err := s.certificate(slog.New(slog.DiscardHandler)); err == nil || problem.Of(err).Code != problem.Invalid {
			t.Errorf("%q and %q: %v", s.TLSCert, s.TLSKey, err)
		}
	}
	if c, err := (&Serve{}).certificate(nil); c != nil || err != nil {
		t.Errorf("without either: %v, %v", c, err)
	}
}
