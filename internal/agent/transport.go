package agent

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// client brings messages to one server. It knows POST to two addresses, sends no cookie,
// follows no redirect, and tells nothing of the machine in its headers.
type client struct {
	base string // such as https://toucan.example/o/acme
	http *http.Client
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	left   bool // whether anything of the message left the machine
}

// newClient makes a client. ca is PEM of the only authority it believes, or empty for
// those of the system.
func newClient(base, ca string) (*client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM([]byte(ca)) {
			return nil, errors.New("the file of the certificate authority holds no certificate in PEM")
		}
	}
	return &client{base: base, http: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSClientConfig:        conf,
			TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 is enough
			TLSHandshakeTimeout:    10 * time.Second,
			DisableKeepAlives:      true, // hours pass between two messages
			DisableCompression:     true,
			MaxResponseHeaderBytes: 16 << 10,
		},
	}}, nil
}

// post brings a message. An error is that no whole answer came.
func (c *client) post(ctx context.Context, path string, message []byte) (answer, error) {
	var out answer
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { out.left = true }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(message))
	if err != nil {
		return out, err
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("User-Agent", "toucan-agent")
	resp, err := c.http.Do(req)
	if err != nil {
		return out, plain(err)
	}
	defer resp.Body.Close()
	out.status, out.header = resp.StatusCode, resp.Header
	out.body, err = io.ReadAll(io.LimitReader(resp.Body, wire.MaxMessage+1))
	if err == nil && len(out.body) > wire.MaxMessage {
		err = errors.New("the answer is larger than any message")
	}
	return out, err
}

// plain leaves out of an error what the reader knows: the method and the address.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// Address is where an agent enrols.
type Address struct {
	Base string // scheme, host and organisation, without a slash at the end
	Code string
}

// ParseAddress reads what a person types: the address of the organisation, then # and the
// code; or the code alone with the address beside it.
func ParseAddress(code, server string) (Address, error) {
	text := strings.TrimSpace(code)
	if server != "" {
		text = strings.TrimSuffix(strings.TrimSpace(server), "/") + "#" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Fragment == "" {
		return Address{}, errors.New("this is no code: it looks like https://toucan.example/o/acme#0123456789abcdefghjkmnpqrs, and the page that gave it to you has it to copy; put it in quotes")
	}
	if u.User != nil || u.RawQuery != "" {
		return Address{}, errors.New("the address holds more than a server and an organisation")
	}
	loopback := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return Address{}, errors.New("the address has to begin with https://, so that nobody on the way can read or change what is sent")
	}
	at := strings.LastIndex(u.Path, "/o/")
	if at < 0 || !isSlug(strings.TrimSuffix(u.Path[at+3:], "/")) {
		return Address{}, errors.New("the address names no organisation: it ends in /o/ and a name, before the #")
	}
	if !wire.IsCode(u.Fragment) {
		return Address{}, errors.New("the code after # has 26 letters and digits; copy it again")
	}
	base := u.Scheme + "://" + hostOf(u) + strings.TrimSuffix(u.EscapedPath(), "/")
	return Address{Base: base, Code: u.Fragment}, nil
}

func isSlug(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// hostOf is the host of an address in lower case, with its port unless that is the
// usual one.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return strings.TrimSuffix(host, usual)
}
