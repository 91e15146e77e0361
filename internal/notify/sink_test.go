package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// sink is a real SMTP server on loopback (github.com/emersion/go-smtp) that keeps
// what it takes and fails as it is told.
type sink struct {
	mu       sync.Mutex
	got      []string
	from, to string
	secure   bool   // the last mail came encrypted
	user     string // who the last mail was signed in as

	refuse error // of RCPT
	drop   bool  // the connection is cut when the text comes
	addr   string
	roots  *x509.CertPool
}

type session struct {
	s *sink
	c *smtp.Conn
}

func (s *sink) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{s, c}, nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "toucan" || password != "pass word/1" {
			return smtp.ErrAuthFailed
		}
		s.s.mu.Lock()
		defer s.s.mu.Unlock()
		s.s.user = user
		return nil
	}), nil
}
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.from = from
	return nil
}
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.to = to
	return s.s.refuse
}
func (s *session) Data(r io.Reader) error {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	if s.s.drop {
		s.c.Conn().Close()
		return errors.New("cut")
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, s.s.secure = s.c.TLSConnectionState()
	s.s.got = append(s.s.got, string(b))
	return nil
}
func (*session) Reset()        {}
func (*session) Logout() error { return nil }

func (s *sink) mails() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

// newSink listens on loopback: with implicit TLS, with STARTTLS, or without either.
func newSink(t testing.TB, mode Security, limit int64) *sink {
	t.Helper()
	s := &sink{}
	srv := smtp.NewServer(s)
	srv.Domain, srv.MaxMessageBytes, srv.AllowInsecureAuth, srv.EnableSMTPUTF8 = "sink.test", limit, mode == NoTLS, false
	srv.ErrorLog = quiet{}
	var cfg *tls.Config
	cfg, s.roots = certificate(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = ln.Addr().String()
	switch mode {
	case TLS:
		ln = tls.NewListener(ln, cfg)
	case StartTLS:
		srv.TLSConfig = cfg
	}
	done := make(chan struct{})
	go func() { defer close(done); srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-done })
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// server names the sink as an administrator would.
func (s *sink) server(t testing.TB, scheme, query string) *Server {
	t.Helper()
	srv, err := ParseServer(fmt.Sprintf("%s://toucan:pass%%20word%%2F1@%s/%s", scheme, s.addr, query), "toucan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	srv.Roots = s.roots
	return srv
}

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

// header returns a header of a mail, unfolded.
func header(mail, name string) string {
	head, _, _ := strings.Cut(mail, "\r\n\r\n")
	head = strings.ReplaceAll(head, "\r\n ", " ")
	for line := range strings.SplitSeq(head, "\r\n") {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			return v
		}
	}
	return ""
}
