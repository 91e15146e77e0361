package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/demo"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Bundle takes a bundle from a server, and the trust policy beside it.
type Bundle struct {
	Framework string `required:"" placeholder:"F" help:"Framework to show, such as soc2-2017."`
	From      string `placeholder:"DAY" help:"First day of the observation window, such as 2025-11-01. Leave both days out to show how things stand today."`
	To        string `placeholder:"DAY" help:"Last day of the window."`
	Via       string `placeholder:"F" help:"Framework to read the coverage through; left out: by the organisation's own controls."`
	Out       string `required:"" placeholder:"FILE" help:"Bundle to write, a ZIP file."`
	PolicyOut string `required:"" placeholder:"FILE" help:"Trust policy to write. Hand it to the auditor by another way than the bundle."`
	Demo      bool   `help:"Use the demonstration company instead of a server."`
	Server    `embed:"" group:"The server to take it from:"`
}

// Example implements exampler.
func (Bundle) Example() string {
	return "toucan bundle --framework soc2-2017 --from 2025-11-01 --to 2026-10-31 --out soc2.zip --policy-out trust.policy"
}

// Run writes both files, or neither under its name.
func (c *Bundle) Run(ctx context.Context, a *App) error {
	if abs(c.Out) == abs(c.PolicyOut) {
		return problem.Field("policy-out", "The policy must be a file of its own: whoever can forge the bundle must not be able to forge what it is checked with.")
	}
	s := c.Server
	if c.Demo {
		stop, err := c.demonstrate(ctx, a, &s)
		if err != nil {
			return err
		}
		defer stop()
	}
	server, err := s.open(a)
	if err != nil {
		return err
	}
	query := url.Values{}
	for name, value := range map[string]string{"from": c.From, "to": c.To, "via": c.Via} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if err := server.save(ctx, a, "/frameworks/"+url.PathEscape(c.Framework)+"/bundle", query, c.Out); err != nil {
		return err
	}
	if err := server.save(ctx, a, "/log/policy", nil, c.PolicyOut); err != nil {
		return err
	}
	fmt.Fprintf(a.Stdout, "Wrote %s. Check it with: toucan verify %s --policy %s\n", c.Out, c.Out, c.PolicyOut)
	fmt.Fprintf(a.Stdout, "Hand %s to the auditor by another way than the bundle.\n", c.PolicyOut)
	return nil
}

func abs(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return path
}

// save writes an answer to a file, as it comes.
func (c *client) save(ctx context.Context, a *App, path string, query url.Values, name string) error {
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("User-Agent", "toucan/"+c.version)
	long := &http.Client{CheckRedirect: c.http.CheckRedirect} // as long as it takes
	res, err := long.Do(r)
	if err != nil {
		return unreachable(c.base, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
		if err != nil {
			return unreachable(c.base, err)
		}
		return refused(c.base, res, data)
	}
	w, finish, err := a.create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, res.Body)
	if err != nil {
		err = problem.New(problem.Busy, "The answer of the server broke off, so %s was not written: %v.", name, err)
	}
	return finish(err)
}

// demonstrate seeds the demonstration company in a folder of its own and serves
// it on this machine only, for as long as this command runs. It sets where the
// server is, and returns what ends it.
func (c *Bundle) demonstrate(ctx context.Context, a *App, s *Server) (stop func(), err error) {
	dir, err := os.MkdirTemp("", "toucan-demo-")
	if err != nil {
		return nil, problem.New(problem.Invalid, "Cannot make a folder for the demonstration: %v.", err)
	}
	undo := []func() error{func() error { return os.RemoveAll(dir) }}
	end := func() {
		for i := len(undo) - 1; i >= 0; i-- {
			if err := undo[i](); err != nil && !errors.Is(err, http.ErrServerClosed) {
				fmt.Fprintln(a.Stderr, "toucan:", err)
			}
		}
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	d, err := db.Open(ctx, db.Config{DataDir: dir})
	if err != nil {
		return nil, err
	}
	undo = append(undo, d.Close)
	blobs, err := blob.Open(ctx, blob.Config{DataDir: dir}, a.Now())
	if err != nil {
		return nil, err
	}
	stores, err := (&Serve{DataDir: dir}).open(a, d, blobs)
	if err != nil {
		return nil, err
	}
	if _, err := job.New(ctx, job.Config{DB: d}); err != nil { // its tables hold what the deeds announce
		return nil, err
	}
	token, _, err := stores.Access.FirstRun(ctx, a.Now())
	if err != nil {
		return nil, err
	}
	if _, err := demo.Seed(ctx, stores, token, rand.Text(), a.Now()); err != nil {
		return nil, err
	}
	account, err := stores.Access.AccountByEmail(ctx, demo.Email)
	if err != nil {
		return nil, err
	}
	who, err := stores.Access.Enter(ctx, account, demo.Slug)
	if err != nil {
		return nil, err
	}
	secret, _, err := stores.Access.CreateToken(ctx, who, access.NewToken{Name: "toucan bundle --demo", Scope: access.GrantableReads(access.Administrator), ExpiresAt: a.Now().Add(time.Hour)}, a.Now())
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	srv := &http.Server{Handler: doors(d, stores, slog.New(slog.NewTextHandler(a.Stderr, nil)), a.Now), ReadHeaderTimeout: headerWithin}
	go srv.Serve(ln) //nolint:errcheck // it ends when stop closes it
	undo = append(undo, srv.Close)
	s.Server, s.Org, s.secret = "http://"+ln.Addr().String(), demo.Slug, secret
	return end, nil
}
