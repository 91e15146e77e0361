package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	slug = "load"
	host = "127.0.0.1"
)

// bench is a server under load.
type bench struct {
	options
	temporary bool
	port      int
	server    *server
	client    *http.Client
	secret    string // the organisation code
	key       ed25519.PublicKey
	machines  []*machine
	figures   figures
}

// machine is one device: what its agent would know.
type machine struct {
	mu     sync.Mutex // one report of it at a time
	id     wire.ID
	key    ed25519.PrivateKey
	seq    uint64
	prev   wire.Hash
	fails  uint8 // one bit a check
	queued []wire.Report
	known  uint64 // the highest number a receipt was given for
	hash   wire.Hash
}

// prepare founds the organisation, enrols the devices and starts the server.
func prepare(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "toucan-load")
		if err != nil {
			return nil, err
		}
		b.dir, b.temporary = dir, true
	}
	if err := pin(os.Getpid(), o.loadCPU); err != nil {
		return nil, err
	}
	pool, err := b.certificate()
	if err != nil {
		return nil, err
	}
	b.client = &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: o.connections, MaxConnsPerHost: o.connections,
	}}
	ln, err := net.Listen("tcp", host+":0")
	if err != nil {
		return nil, err
	}
	b.port = ln.Addr().(*net.TCPAddr).Port
	if err := errors.Join(ln.Close(), b.found(ctx)); err != nil {
		return nil, err
	}
	return b, b.start(ctx)
}

func (b *bench) close() {
	if b.server != nil {
		b.server.stop()
	}
	if b.temporary {
		if err := os.RemoveAll(b.dir); err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
		}
	}
}

// address is that of an endpoint of the organisation.
func (b *bench) address(path string) string {
	return fmt.Sprintf("https://%s:%d/o/%s/%s", host, b.port, slug, path)
}

// certificate makes one for this machine, on an elliptic curve as a public one would be.
func (b *bench) certificate() (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "load"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.ParseIP(host)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(b.dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, err
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool, nil
}

// stores are the server's own, opened while it does not run.
type stores struct {
	d       *db.DB
	access  *access.Store
	devices *device.Store
	osquery *osquery.Store
}

func (b *bench) open(ctx context.Context) (*stores, error) {
	d, err := db.Open(ctx, db.Config{DataDir: filepath.Join(b.dir, "data"), URL: b.database})
	if err != nil {
		return nil, err
	}
	log, keys := ledger.New(), filepath.Join(b.dir, "data", "keys")
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return nil, err
	}
	s := &stores{d: d}
	if s.access, err = access.New(access.Config{DB: d, Ledger: log, KeyDir: keys}); err != nil {
		return nil, err
	}
	links := crosswalk.NewStore(d, log, control.New(d, log, s.access), crosswalk.Shipped)
	if s.devices, err = device.New(device.Config{DB: d, Log: log, Results: result.New(d, log, links), KeyDir: keys}); err != nil {
		return nil, err
	}
	s.osquery = osquery.New(osquery.Config{DB: d, Log: log, Devices: s.devices})
	return s, nil
}

// found makes the organisation and its devices, through the stores.
func (b *bench) found(ctx context.Context) error {
	s, err := b.open(ctx)
	if err != nil {
		return err
	}
	defer s.d.Close()
	now := time.Now()
	first, _, err := s.access.FirstRun(ctx, now)
	if err != nil {
		return err
	}
	in, err := s.access.CreateFirst(ctx, access.First{Token: first, Organisation: "Load", Slug: slug, Name: "Ada", Email: "ada@load.test", Passphrase: "four heavy wooden boats"}, access.Client{IP: "192.0.2.1"}, now)
	if err != nil {
		return err
	}
	who, err := s.access.Enter(ctx, in.Account, slug)
	if err != nil {
		return err
	}
	if b.mode == "idle" || b.mode == "hosts" { // hosts enrol by the protocol
		b.secret, _, err = s.osquery.NewSecret(ctx, who, "load", b.devices, now.Add(24*time.Hour), now)
		return err
	}
	settings := device.Usual()
	settings.OrgCode = true
	if err := s.devices.SetSettings(ctx, who, settings, now); err != nil {
		return err
	}
	var codes []string
	for left := b.devices; left > 0; left -= codeUses {
		code, _, err := s.devices.NewOrgCode(ctx, who, min(left, codeUses), now.Add(24*time.Hour), now)
		if err != nil {
			return err
		}
		codes = append(codes, code)
	}
	return b.enrol(ctx, s, codes)
}

// codeUses is how many devices one code of an organisation enrols at the most.
const codeUses = 10_000

// enrol makes the devices, through the store: what is measured begins afterwards.
func (b *bench) enrol(ctx context.Context, s *stores, codes []string) error {
	began := time.Now()
	who, err := s.access.Machine(ctx, slug)
	if err != nil {
		return err
	}
	name := net.JoinHostPort(host, strconv.Itoa(b.port))
	b.machines = make([]*machine, b.devices)
	var once sync.Once
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(256)
	for i := range b.machines {
		g.Go(func() error {
			m := &machine{key: b.keyOf(i)}
			e := wire.Enrolment{V: wire.Version, Code: codes[i/codeUses], Server: name, Platform: wire.Platforms()[i%3], Build: 1_000_000, Key: wire.KeyText(m.key.Public().(ed25519.PublicKey)), Nonce: wire.HashOf([]byte(strconv.Itoa(i)))}
			signed, err := wire.Parse[wire.Enrolment](wire.Sign(e, m.key))
			if err != nil {
				return err
			}
			answer, err := s.devices.Enrol(ctx, who, signed, name, time.Now())
			if err != nil {
				return err
			}
			w, err := wire.Parse[wire.Welcome](answer)
			if err != nil {
				return err
			}
			m.id = w.Message.Device
			once.Do(func() { b.key = wire.Key(w.Message.Key) })
			b.machines[i] = m
			return nil
		})
	}
	err = g.Wait()
	b.figures.add("enrolled through the store", fmt.Sprintf("%d in %.1f s", b.devices, time.Since(began).Seconds()))
	return err
}

// keyOf is the key of a device: of the seed and its number, so that a run can be repeated.
func (b *bench) keyOf(i int) ed25519.PrivateKey {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, b.seed), uint64(i))) //nolint:gosec // a number of a device is no negative one
	return ed25519.NewKeyFromSeed(sum[:])
}
