package ledger

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"

	"github.com/toucan-grc/toucan/internal/problem"
)

const (
	tokenLimit = 32 << 10 // bytes of a token; with a long chain of certificates it has about 8,000
	stampFor   = 20 * time.Second
	caLimit    = 1 << 20
)

// parsing is held while a token is parsed: the parser counts in a variable of its package.
var parsing sync.Mutex

// Stamp is what a time-stamping authority says of a text: it was there at At.
type Stamp struct {
	At        time.Time
	Authority string // subject of the certificate that signed
	Serial    string // number of the stamp at that authority
}

// VerifyStamp checks that token (RFC 3161, DER) is a stamp on exactly this text,
// by an authority whose certificate led to one of the roots at the time of the
// stamp. It needs no network. The roots come from whoever checks, never from
// where the token came from.
func VerifyStamp(text string, token []byte, roots *x509.CertPool) (Stamp, error) {
	if roots == nil {
		return Stamp{}, errors.New("no root certificate of a time-stamping authority was given")
	}
	s, _, chain, err := readStamp(text, token)
	if err != nil {
		return Stamp{}, err
	}
	return s, chain.verify(s.At, roots)
}

// chain is the certificate that signed a token and the others in it.
type chain struct {
	leaf *x509.Certificate
	rest *x509.CertPool
}

func (c chain) verify(at time.Time, roots *x509.CertPool) error {
	_, err := c.leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: c.rest, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	if err != nil {
		return fmt.Errorf("the certificate of the time-stamping authority, %s, leads to none of the roots: %w", c.leaf.Subject, err)
	}
	return nil
}

// readStamp checks all of a token but whom its certificate leads to. It returns
// the nonce as well, which is nil if there is none.
func readStamp(text string, token []byte) (s Stamp, nonce *big.Int, c chain, err error) {
	defer func() { // the parsers below take bytes from anybody
		if r := recover(); r != nil {
			err = fmt.Errorf("the time stamp cannot be read: %v", r)
		}
	}()
	if len(token) > tokenLimit {
		return s, nil, c, errors.New("the time stamp is larger than 32 KB")
	}
	parsing.Lock()
	defer parsing.Unlock()
	t, err := timestamp.Parse(token)
	if err != nil {
		return s, nil, c, fmt.Errorf("the time stamp cannot be read: %w", err)
	}
	if len(t.Certificates) == 0 { // Parse checks no signature then
		return s, nil, c, errors.New("the time stamp holds no certificate, so its signature cannot be checked")
	}
	p7, err := pkcs7.Parse(token)
	if err != nil {
		return s, nil, c, fmt.Errorf("the time stamp cannot be read: %w", err)
	}
	leaf := p7.GetOnlySigner()
	if leaf == nil {
		return s, nil, c, errors.New("the time stamp is not signed by exactly one authority")
	}
	if !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) {
		return s, nil, c, fmt.Errorf("the certificate of %s is not one for time stamps", leaf.Subject)
	}
	sum := sha256.Sum256([]byte(text))
	if t.HashAlgorithm != crypto.SHA256 || !bytes.Equal(t.HashedMessage, sum[:]) {
		return s, nil, c, errors.New("the time stamp is on another text")
	}
	c = chain{leaf, x509.NewCertPool()}
	for _, other := range t.Certificates {
		c.rest.AddCert(other)
	}
	return Stamp{At: t.Time.UTC(), Authority: leaf.Subject.String(), Serial: t.SerialNumber.String()}, t.Nonce, c, nil
}

// Authority asks a time-stamping authority for stamps. It is safe for concurrent use.
type Authority struct {
	url    string
	roots  *x509.CertPool // nil: whom its certificate leads to is not judged here
	client *http.Client
}

// NewAuthority returns the authority at an address. ca holds root certificates in
// PEM; without any, stamps are kept without a judgement of the chain, for whoever
// checks them later. The address is set by whoever runs the server: it is asked
// as it stands, wherever it leads.
func NewAuthority(address string, ca []byte) (*Authority, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, problem.Field("tsa", "The time-stamping authority has an address such as https://tsa.example/tsr. Write it like that, without a name or password.")
	}
	a := &Authority{url: u.String(), client: &http.Client{Timeout: stampFor, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if len(ca) > 0 {
		a.roots = x509.NewCertPool()
		if len(ca) > caLimit || !a.roots.AppendCertsFromPEM(ca) {
			return nil, problem.Field("tsa-ca", "The file of root certificates holds no certificate in PEM. Export the root of the authority as PEM and try again.")
		}
	}
	return a, nil
}

// URL returns the address that is asked.
func (a *Authority) URL() string { return a.url }

// Judged reports whether stamps are checked against root certificates here.
func (a *Authority) Judged() bool { return a.roots != nil }

// Stamp asks for a stamp on a text and checks what comes back. The error is fit
// for the page of the log.
func (a *Authority) Stamp(ctx context.Context, text string) ([]byte, Stamp, error) {
	limit := new(big.Int).Lsh(big.NewInt(1), 64)
	nonce, err := rand.Int(rand.Reader, limit)
	if err != nil {
		return nil, Stamp{}, err
	}
	query, err := timestamp.CreateRequest(strings.NewReader(text), &timestamp.RequestOptions{Hash: crypto.SHA256, Certificates: true, Nonce: nonce})
	if err != nil {
		return nil, Stamp{}, fmt.Errorf("the request cannot be made: %w", err)
	}
	reply, err := a.ask(ctx, query)
	if err != nil {
		return nil, Stamp{}, err
	}
	token, err := tokenOf(reply)
	if err != nil {
		return nil, Stamp{}, err
	}
	s, got, c, err := readStamp(text, token)
	if err != nil {
		return nil, Stamp{}, err
	}
	if got == nil || got.Cmp(nonce) != 0 {
		return nil, Stamp{}, errors.New("the answer belongs to another request: its nonce is not ours")
	}
	if a.roots != nil {
		if err := c.verify(s.At, a.roots); err != nil {
			return nil, Stamp{}, err
		}
	}
	return token, s, nil
}

func (a *Authority) ask(ctx context.Context, query []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	resp, err := a.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the time-stamping authority does not answer: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the time-stamping authority answers %s", resp.Status)
	}
	reply, err := io.ReadAll(io.LimitReader(resp.Body, tokenLimit+1))
	if err != nil {
		return nil, fmt.Errorf("the answer of the time-stamping authority breaks off: %w", err)
	}
	if len(reply) > tokenLimit {
		return nil, errors.New("the answer of the time-stamping authority is larger than 32 KB")
	}
	return reply, nil
}

// tokenOf takes the token out of a response, and turns a refusal into its reason.
func tokenOf(reply []byte) (token []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the answer of the time-stamping authority cannot be read: %v", r)
		}
	}()
	parsing.Lock()
	defer parsing.Unlock()
	t, err := timestamp.ParseResponse(reply)
	if err != nil {
		return nil, fmt.Errorf("the time-stamping authority gave no stamp: %w", err)
	}
	return t.RawToken, nil
}
