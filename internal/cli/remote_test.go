package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/blob"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/gap"
)

// remote is a server in this process, and a shell with a token for it.
type remote struct {
	t     *testing.T
	url   string
	token string
	reads string // a token that only reads
}

func newRemote(t *testing.T) *remote {
	t.Helper()
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	blobs, err := blob.Open(t.Context(), blob.Config{DataDir: t.TempDir()}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&Serve{DataDir: dir}).open(&App{Version: "test"}, d, blobs)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	first, _, err := s.Access.FirstRun(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.Access.CreateFirst(t.Context(), access.First{Token: first, Organisation: "Meridian", Slug: "meridian", Name: "Ada", Email: "ada@meridian.test", Passphrase: "four heavy wooden boats"}, access.Client{}, now)
	if err != nil {
		t.Fatal(err)
	}
	who, err := s.Access.Enter(t.Context(), in.Account, "meridian")
	if err != nil {
		t.Fatal(err)
	}
	token := func(scope []access.Action) string {
		secret, _, err := s.Access.CreateToken(t.Context(), who, access.NewToken{Name: "cli", Scope: scope, ExpiresAt: now.Add(time.Hour)}, now)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	r := &remote{t: t, token: token(access.Grantable(access.Administrator)), reads: token(access.GrantableReads(access.Administrator))}
	srv := httptest.NewServer(doors(d, s, slog.New(slog.DiscardHandler), time.Now))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

// runAt carries out a command with a token in the environment.
func (r *remote) runAt(token string, args ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	var out, errs bytes.Buffer
	app := &App{Stdout: &out, Stderr: &errs, Version: "test", Now: time.Now, Environ: func(name string) string {
		if name == "TOUCAN_TOKEN" {
			return token
		}
		return ""
	}}
	code = Run(context.Background(), app, append(args, "--server", r.url, "--org", "meridian"))
	return code, out.String(), errs.String()
}

func (r *remote) run(args ...string) string {
	r.t.Helper()
	code, out, errs := r.runAt(r.token, args...)
	if code != 0 {
		r.t.Fatalf("%v: exit %d: %s", args, code, errs)
	}
	return out
}

func TestTheCommandLineActsOnAServer(t *testing.T) {
	r := newRemote(t)
	file := write(t, t.TempDir(), "controls.csv", inventory)
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"remote", "whoami"}, "Meridian (meridian), as administrator"},
		{[]string{"remote", "follow", "iso27001-2022"}, "ISO/IEC 27001:2022 is followed."},
		{[]string{"remote", "frameworks"}, "followed"},
		{[]string{"remote", "import", file, "--dry-run"}, "2 would be entered"},
		{[]string{"remote", "controls", "--format", "json"}, "[]"},
		{[]string{"remote", "import", file}, "2 entered"},
		{[]string{"remote", "controls", "--status", "operated"}, "AC-01"},
		{[]string{"remote", "control", "ac-01"}, "CC6.1"},
		{[]string{"remote", "relation", "soc2-2017:CC6.1", "iso27001-2022:A.5.15"}, "CC6.1"},
		{[]string{"remote", "decide", "override", "soc2-2017:CC6.1", "iso27001-2022:A.7.4", "--relation", "superset", "--reason", "It is ours."}, "Recorded: override"},
		{[]string{"remote", "plan", "iso27001-2022"}, "the whole plan closes"},
		{[]string{"remote", "adopt", "AC-04", "--dry-run"}, "Nothing was written."},
		{[]string{"gap"}, "A.7.4"},
	} {
		if out := r.run(step.args...); !strings.Contains(out, step.says) {
			t.Errorf("%v says nothing of %q:\n%s", step.args, step.says, out)
		}
	}
}

func TestAGapOnAServerIsTheOneOfTheFile(t *testing.T) {
	r := newRemote(t)
	file := write(t, t.TempDir(), "controls.csv", inventory)
	r.run("remote", "import", file)
	read := func(text string) gap.Report {
		var g gap.Report
		if err := json.Unmarshal([]byte(text), &g); err != nil {
			t.Fatal(err)
		}
		g.Inventory.Source, g.Notes, g.Skipped = "", nil, nil
		return g
	}
	_, offline, _ := run(t, "gap", "--inventory", file, "--format", "json")
	a, _ := json.Marshal(read(offline))
	b, _ := json.Marshal(read(r.run("gap", "--format", "json")))
	if !bytes.Equal(a, b) {
		t.Errorf("the reports differ:\n%s\n%s", a, b)
	}
	for _, form := range []string{"csv", "xlsx", "html"} {
		out := filepath.Join(t.TempDir(), "gap."+form)
		r.run("gap", "--format", form, "--out", out)
		if info, err := os.Stat(out); err != nil || info.Size() == 0 {
			t.Errorf("%s: nothing was written: %v", form, err)
		}
	}
}

func TestWhatAServerRefusesIsASentence(t *testing.T) {
	r := newRemote(t)
	for what, k := range map[string]struct {
		token, says string
		args        []string
	}{
		"no token":             {"", "TOUCAN_TOKEN", []string{"remote", "whoami"}},
		"two words":            {"a b", "one word", []string{"remote", "whoami"}},
		"a token that is none": {"tcn_x", "revoked", []string{"remote", "whoami"}},
		"too little scope":     {r.reads, "wider scope", []string{"remote", "follow", "gdpr"}},
		"an unknown framework": {r.token, "soc9", []string{"remote", "follow", "soc9"}},
		"half a reference":     {r.token, "CC6.1", []string{"remote", "relation", "CC6.1", "A.8.22"}},
		"no reason":            {r.token, "why", []string{"remote", "decide", "challenge", "soc2-2017:CC6.1", "iso27001-2022:A.5.15", "--set", "toucan-curated-1"}},
		"a wrong status":       {r.token, "query.status", []string{"remote", "controls", "--status", "done"}},
		"sets with a server":   {r.token, "--stack", []string{"gap", "--stack", "toucan-curated-1"}},
	} {
		code, out, errs := r.runAt(k.token, k.args...)
		if code != 1 || out != "" || !strings.Contains(strings.ToLower(errs), strings.ToLower(k.says)) {
			t.Errorf("%s: exit %d, %q, stderr %q; want 1 and %q", what, code, out, errs, k.says)
		}
		if k.token != "" && strings.Contains(errs, r.token) {
			t.Errorf("%s: the token is printed", what)
		}
	}
}

func TestATokenIsNotSentWhereItCouldBeRead(t *testing.T) {
	asked := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.Header.Get("Authorization") == "" {
			t.Error("asked without a token")
		}
		http.Redirect(w, r, "http://192.0.2.7/steal", http.StatusFound)
	}))
	defer elsewhere.Close()
	sealed := httptest.NewUnstartedServer(http.NotFoundHandler())
	sealed.Config.ErrorLog = log.New(io.Discard, "", 0)
	sealed.StartTLS() // with a certificate nobody vouches for
	defer sealed.Close()
	file := write(t, t.TempDir(), "token", "tcn_abc\n")
	for what, k := range map[string]struct{ server, says string }{
		"http to another machine":     {"http://192.0.2.7", "--insecure"},
		"no address":                  {"toucan.example", "https://"},
		"a name and passphrase":       {"https://a:b@toucan.example", "https://"},
		"a redirect":                  {elsewhere.URL, "no answer of a Toucan"},
		"nobody there":                {"http://127.0.0.1:1", "Cannot reach"},
		"a certificate of one's own":  {sealed.URL, "certificate"},
		"a file:// address":           {"file:///etc", "https://"},
		"an address with a parameter": {"https://toucan.example/?x=1", "https://"},
	} {
		code, _, errs := run(t, "remote", "whoami", "--server", k.server, "--org", "meridian", "--token-file", file)
		if code != 1 || !strings.Contains(errs, k.says) || strings.Contains(errs, "tcn_abc") {
			t.Errorf("%s: exit %d, %q, want 1 and %q", what, code, errs, k.says)
		}
	}
	if asked != 1 {
		t.Errorf("the server that redirects was asked %d times", asked)
	}
}
