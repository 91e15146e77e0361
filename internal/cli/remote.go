package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/toucan-grc/toucan/internal/api"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Server says which server a command acts on, and for which organisation. The
// token comes from TOUCAN_TOKEN or a file: an argument could be read by everybody
// on the machine.
type Server struct {
	Server    string `env:"TOUCAN_SERVER" placeholder:"URL" help:"Server to act on (https://toucan.example)."`
	Org       string `env:"TOUCAN_ORG" placeholder:"NAME" help:"Short name of the organisation, as in its addresses."`
	TokenFile string `env:"TOUCAN_TOKEN_FILE" placeholder:"FILE" help:"File that holds the token; left out: the variable TOUCAN_TOKEN."`
	secret    string // the token itself, when this program made it

	Insecure bool `help:"Send the token over http to another machine: whoever sits between can read it."`
}

const (
	answerWithin = 2 * time.Minute
	maxAnswer    = 64 << 20
)

// client speaks to one server for one organisation.
type client struct {
	base, token, version string
	http                 *http.Client
}

// open checks the flags and reads the token.
func (s Server) open(a *App) (*client, error) {
	if s.Server == "" {
		return nil, problem.Field("server", "Name the server with --server or in TOUCAN_SERVER, such as https://toucan.example.")
	}
	u, err := url.Parse(s.Server)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.User != nil {
		return nil, problem.Field("server", fmt.Sprintf("%q is no address of a server. It looks like https://toucan.example.", s.Server))
	}
	if u.Scheme == "http" && !s.Insecure && !loopback(u.Hostname()) {
		return nil, problem.Field("server", "Over http everybody on the way could read the token, so nothing was sent. Use https, or --insecure if the way is safe.")
	}
	if s.Org == "" {
		return nil, problem.Field("org", "Name the organisation with --org or in TOUCAN_ORG: the part after /o/ in the address of its pages.")
	}
	token, err := s.token(a)
	if err != nil {
		return nil, err
	}
	return &client{
		base: strings.TrimSuffix(u.String(), "/") + "/api/v1/o/" + url.PathEscape(s.Org), token: token, version: a.Version,
		http: &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, // a token follows nobody elsewhere
	}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (s Server) token(a *App) (string, error) {
	if s.secret != "" {
		return s.secret, nil
	}
	token := a.Environ("TOUCAN_TOKEN")
	if s.TokenFile != "" {
		data, err := os.ReadFile(s.TokenFile)
		if err != nil {
			return "", problem.Field("token-file", fmt.Sprintf("Cannot read %s: %v.", s.TokenFile, err))
		}
		token = string(data)
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return "", problem.Field("token-file", "There is no token. Make one in Toucan under My account, and put it into TOUCAN_TOKEN or into a file named with --token-file.")
	}
	if strings.ContainsAny(token, " \r\n\t") || len(token) > 500 {
		return "", problem.Field("token-file", "This is no token: it has blanks or lines in it. A token is one word that starts with tcn_.")
	}
	return token, nil
}

// ask is one request to the server.
type ask struct {
	method, path string
	query        url.Values
	body         any    // sent as JSON, unless raw is set
	raw          []byte // sent as it is
	kind         string // content type of raw
	tag          string // If-Match
}

// do sends it and reads the answer into v; it returns the answer's tag.
func (c *client) do(ctx context.Context, q ask, v any) (string, error) {
	if q.raw == nil && q.body != nil {
		raw, err := json.Marshal(q.body)
		if err != nil {
			return "", err
		}
		q.raw, q.kind = raw, "application/json"
	}
	address := c.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, q.method, address, bytes.NewReader(q.raw))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "toucan/"+c.version)
	if q.kind != "" {
		r.Header.Set("Content-Type", q.kind)
	}
	if q.tag != "" {
		r.Header.Set("If-Match", q.tag)
	}
	if q.method == http.MethodPost { // so that a proxy that sends it again does no harm
		r.Header.Set("Idempotency-Key", uuid.NewString())
	}
	res, err := c.http.Do(r)
	if err != nil {
		return "", unreachable(c.base, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return "", unreachable(c.base, err)
	}
	if len(data) > maxAnswer {
		return "", problem.New(problem.Invalid, "The server answers with more than %d MB. Is %s the address of a Toucan?", maxAnswer>>20, c.base)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
		return "", refused(c.base, res, data)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return "", problem.New(problem.Invalid, "%s answers something else than a Toucan does. Check --server.", c.base)
	}
	return res.Header.Get("ETag"), nil
}

// unreachable says why there was no answer, without the words of the network
// library where there are better ones.
func unreachable(base string, err error) error {
	why := err.Error()
	if u, ok := errors.AsType[*url.Error](err); ok {
		why = u.Err.Error()
		if u.Timeout() {
			why = "no answer within " + answerWithin.String()
		}
	}
	host := base
	if u, err := url.Parse(base); err == nil {
		host = u.Host
	}
	return &problem.Error{Code: problem.Busy, Err: err, Text: fmt.Sprintf("Cannot reach %s: %s. Check --server and whether the server runs.", host, why)}
}

// refused turns the server's problem document into a sentence.
func refused(base string, res *http.Response, data []byte) error {
	var p api.Problem
	if json.Unmarshal(data, &p) != nil || p.Detail == "" {
		return problem.New(problem.Invalid, "%s answers %s, which is no answer of a Toucan. Check --server.", base, res.Status)
	}
	text := p.Detail
	for _, e := range p.Errors {
		if e.Detail != p.Detail {
			text += fmt.Sprintf("\n  %s: %s", e.Location, e.Detail)
		}
	}
	return &problem.Error{Code: p.Code, Text: text}
}

func (c *client) get(ctx context.Context, path string, query url.Values, v any) (tag string, err error) {
	return c.do(ctx, ask{method: http.MethodGet, path: path, query: query}, v)
}

func (c *client) post(ctx context.Context, path string, query url.Values, body, v any) error {
	_, err := c.do(ctx, ask{method: http.MethodPost, path: path, query: query, body: body}, v)
	return err
}

// every reads all pages of a list.
func every[T any](ctx context.Context, c *client, path string, query url.Values) ([]T, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "200")
	out := []T{}
	for {
		var page api.List[T]
		if _, err := c.get(ctx, path, query, &page); err != nil {
			return nil, err
		}
		out = append(out, page.Items...)
		if page.Next == "" {
			return out, nil
		}
		query.Set("cursor", page.Next)
	}
}

// send posts a file as a form.
func (c *client) send(ctx context.Context, path string, query url.Values, file string, data []byte, v any) error {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", filepath.Base(file))
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = c.do(ctx, ask{method: http.MethodPost, path: path, query: query, raw: form.Bytes(), kind: w.FormDataContentType()}, v)
	return err
}

// filled makes a query of pairs and leaves out what is empty.
func filled(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}
