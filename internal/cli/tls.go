package cli

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/device/endpoint"
	"github.com/toucan-grc/toucan/internal/problem"
)

// certificate is what HTTPS is served with. It is read anew when its files change, so
// that a renewed one needs no restart; one that cannot be read leaves the old in place.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	looked time.Time // when the files were last looked at
	stamp  string    // of the files, as they were read
	have   *tls.Certificate
}

// lookEvery is how often the files are looked at, when somebody connects.
const lookEvery = 10 * time.Second

// certificate reads the files of --tls-cert and --tls-key; nil: HTTPS is not served here.
func (c *Serve) certificate(log *slog.Logger) (*certificate, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	if c.TLSCert == "" || c.TLSKey == "" {
		return nil, problem.Field("tls-cert", "HTTPS needs both --tls-cert and --tls-key. Give the other one too.")
	}
	out := &certificate{cert: c.TLSCert, key: c.TLSKey, log: log}
	if err := out.read(); err != nil {
		return nil, problem.Field("tls-cert", fmt.Sprintf("The certificate and its key cannot be used: %v. Give a certificate and the key it was made with, both in PEM.", err))
	}
	return out, nil
}

func (c *certificate) read() error {
	stamp, err := c.stamped()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.have, c.stamp = &pair, stamp
	}
	return err
}

// stamped tells versions of the files apart.
func (c *certificate) stamped() (string, error) {
	var out string
	for _, f := range []string{c.cert, c.key} {
		i, err := os.Stat(f)
		if err != nil {
			return "", err
		}
		out += fmt.Sprint(i.ModTime().UnixNano(), " ", i.Size(), "\n")
	}
	return out, nil
}

// get is what a connection is made with.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookEvery { // how old a look is, which no rule sees
		return c.have, nil
	}
	c.looked = time.Now()
	stamp, err := c.stamped()
	if err == nil && stamp != c.stamp {
		if err = c.read(); err == nil {
			c.log.Info("the certificate was read anew")
		}
	}
	if err != nil {
		c.log.Error("the certificate changed and cannot be read; the old one stays", "error", err)
	}
	return c.have, nil
}

// serve answers on ln, over HTTPS if there is a certificate.
func (c *certificate) serve(srv *http.Server, ln net.Listener) error {
	if c == nil {
		return srv.Serve(ln)
	}
	srv.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
	return srv.ServeTLS(ln, "", "")
}

// machines is the door of devices. Only an address that was given holds enrolments to
// this server; without one each request says what the server is called.
func (c *Serve) machines(s demo.Stores, named string, log *slog.Logger, now func() time.Time) http.Handler {
	host := ""
	if u, err := url.Parse(named); err == nil && named != "" {
		host = endpoint.HostOf(u.Scheme, u.Host)
	}
	return besideOsquery(s, endpoint.Handler(endpoint.Config{Access: s.Access, Devices: s.Devices, Log: log, Now: now, Host: host, TrustProxy: c.TrustProxy}), c.TrustProxy, log, now)
}
