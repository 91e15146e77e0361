package source

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
	"github.com/toucan-grc/toucan/internal/wire"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// standIn answers as the three systems do, from the files of testdata, which were written
// from documentation. fault may answer first.
type standIn struct {
	*httptest.Server
	asked []string
	fault func(w http.ResponseWriter, r *http.Request) bool
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	s := &standIn{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = append(s.asked, r.Method+" "+r.URL.String())
		if s.fault != nil && s.fault(w, r) {
			return
		}
		file := func(name string) {
			b, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Error(err)
			}
			fmt.Fprint(w, strings.ReplaceAll(string(b), "BASE", s.URL))
		}
		auth := r.Header.Get("Authorization")
		switch r.URL.Path {
		case "/tenant/oauth2/v2.0/token", "/api/oauth/token":
			if r.FormValue("client_secret") != "secret" || r.FormValue("grant_type") != "client_credentials" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			fmt.Fprint(w, `{"access_token":"issued","token_type":"Bearer","expires_in":1199}`)
		case "/api/v1/fleet/hosts/count":
			fmt.Fprint(w, `{"count":3}`)
		case "/api/v1/fleet/hosts":
			if auth != "Bearer secret" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			file("fleet-hosts.json")
		case intunePath:
			if auth != "Bearer issued" || r.FormValue("$select") != intuneFields {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if r.FormValue("$skiptoken") == "2" {
				file("intune-2.json")
				return
			}
			file("intune-1.json")
		case "/api/v1/computers-inventory":
			if auth != "Bearer issued" || !slices.Equal(r.URL.Query()["section"], []string{"GENERAL", "DISK_ENCRYPTION", "SECURITY", "USER_AND_LOCATION"}) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if r.FormValue("page") != "0" {
				fmt.Fprint(w, `{"totalCount":4,"results":[]}`)
				return
			}
			file("jamf-computers.json")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// of makes what asks a system, with a secret.
func (s *standIn) of(k device.SourceKind, secret string) (system, *remotetest.Clock) {
	return s.with(k, secret, s.Client())
}

// over makes what asks a system by another client.
func (s *standIn) over(k device.SourceKind, c *http.Client) (system, *remotetest.Clock) {
	return s.with(k, "secret", c)
}

func (s *standIn) with(k device.SourceKind, secret string, c *http.Client) (system, *remotetest.Clock) {
	clock := remotetest.NewClock(noon)
	switch k {
	case device.Fleet:
		return newFleet(s.URL, secret, DefaultMapping(), c, clock, remote.Usage{}), clock
	case device.Intune:
		return newIntune(s.URL, s.URL, "tenant", "client", secret, c, clock, remote.Usage{}), clock
	}
	return newJamf(s.URL, "client", secret, c, clock, remote.Usage{}), clock
}

// told are the verdicts that are not "the source says nothing of it".
func told(m machine) string {
	var out []string
	for _, r := range m.results {
		if r.Reason != wire.NotReported {
			out = append(out, strings.TrimSuffix(string(r.Check)+"="+string(r.Verdict)+"/"+string(r.Reason), "/"))
		}
	}
	return strings.Join(out, " ")
}

func TestOnlyVerdictsAreReadOfASystem(t *testing.T) {
	for kind, want := range map[device.SourceKind][]string{
		device.Fleet: {
			"1 macos [Ann@one.test] 26 08:00 disk_encryption=pass firewall=fail/not_met",
			"2 linux [ann@one.test bob@one.test] 25 05:09 ",
		},
		device.Intune: {
			"a1 windows [ann@one.test] 26 07:00 disk_encryption=pass",
			"a2 macos [] 20 07:00 disk_encryption=fail/off",
			"a4 windows [bob@one.test] 26 07:00 ",
		},
		device.Jamf: {
			"1 macos [bob@one.test] 26 06:00 disk_encryption=pass firewall=pass",
			"2 macos [] 26 06:00 disk_encryption=fail/in_progress firewall=fail/off",
			"3 macos [] 26 06:00 ",
		},
	} {
		s := newStandIn(t)
		sys, _ := s.of(kind, "secret")
		a, err := sys.machines(t.Context())
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		var got []string
		for _, m := range a.machines {
			got = append(got, fmt.Sprintf("%s %s %v %s %s", m.key, m.platform, m.emails, m.seen.Format("02 15:04"), told(m)))
			if len(m.results) != len(wire.Checks()) {
				t.Errorf("%s: %s answers %d checks", kind, m.key, len(m.results))
			}
		}
		skipped := map[device.SourceKind]int{device.Fleet: 1, device.Intune: 2, device.Jamf: 1}[kind]
		if !slices.Equal(got, want) || a.skipped != skipped {
			t.Errorf("%s tells %q, %d left out\nwant %q", kind, got, a.skipped, want)
		}
		if text := fmt.Sprintf("%+v", a); strings.Contains(text, "canary") {
			t.Errorf("%s: something was read that must not be: %s", kind, text)
		}
	}
}

func TestAnAnswerThatIsNotWholeIsNone(t *testing.T) {
	data := func(r *http.Request) bool { return !strings.Contains(r.URL.Path, "token") }
	for name, tt := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request)
		code  problem.Code
		says  string
	}{
		"broken off": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"hosts":[{"id":1,`) }, problem.Busy, "broke off"},
		"another form": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"hosts":7,"value":7,"results":7,"totalCount":"x"}`)
		}, problem.Invalid, "in a form Toucan does not know"},
		"nothing in it": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{}`) }, problem.Invalid, "in a form Toucan does not know"},
		"no ids": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"hosts":[{}],"value":[{}],"totalCount":1,"results":[{}]}`)
		}, problem.Invalid, "no id"},
		"refused":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, problem.Invalid, "403"},
		"busy for ever": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, problem.Busy, "429"},
		"a redirect": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://else.test")
			w.WriteHeader(http.StatusFound)
		}, problem.Invalid, "not followed"},
		"fewer than it has": {func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "count") {
				fmt.Fprint(w, `{"count":40}`)
				return
			}
			fmt.Fprint(w, `{"hosts":[],"totalCount":40,"results":[],"value":[],"@odata.nextLink":"https://else.test/v1.0/deviceManagement/managedDevices"}`)
		}, "", ""},
	} {
		for _, kind := range Kinds() {
			s := newStandIn(t)
			s.fault = func(w http.ResponseWriter, r *http.Request) bool {
				if data(r) {
					tt.fault(w, r)
				}
				return data(r)
			}
			s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			sys, _ := s.of(kind, "secret")
			_, err := sys.machines(t.Context())
			if err == nil || tt.code != "" && problem.Of(err).Code != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
	}
}

func TestABusySystemIsAskedAgainWhenItSays(t *testing.T) {
	for _, kind := range Kinds() {
		s := newStandIn(t)
		n := 0
		s.fault = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "token") {
				return false
			}
			if n++; n > 1 {
				return false
			}
			w.Header().Set("Retry-After", "40")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}
		sys, clock := s.of(kind, "secret")
		a, err := sys.machines(t.Context())
		if err != nil || len(a.machines) == 0 || clock.Now().Sub(noon) < 40*time.Second {
			t.Errorf("%s: %d machines, %v, after %s", kind, len(a.machines), err, clock.Now().Sub(noon))
		}
	}
}

func TestASecretThatIsRefusedIsSaidSo(t *testing.T) {
	for _, kind := range Kinds() {
		s := newStandIn(t)
		sys, _ := s.of(kind, "old")
		if _, err := sys.machines(t.Context()); problem.Of(err).Code != problem.Invalid || !strings.Contains(err.Error(), "enter it here") || strings.Contains(err.Error(), "old") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestWhatAPolicySaysOfACheck(t *testing.T) {
	mapping := []Mapping{{"a", wire.Firewall, false}, {"b", wire.Firewall, false}, {"told", wire.Firewall, true}}
	for name, tt := range map[string]struct {
		responses map[string]string
		want      wire.Verdict
	}{
		"none is there":                     {map[string]string{"c": "pass"}, wire.CouldNotTell},
		"one passes":                        {map[string]string{"a": "pass", "told": "pass"}, wire.Pass},
		"one of two fails":                  {map[string]string{"a": "pass", "b": "fail", "told": "pass"}, wire.Fail},
		"one of two did not run":            {map[string]string{"a": "pass", "b": "", "told": "pass"}, wire.CouldNotTell},
		"a fail that could not be told":     {map[string]string{"a": "fail", "told": "fail"}, wire.CouldNotTell},
		"a fail, the other did not run":     {map[string]string{"a": "fail", "told": ""}, wire.CouldNotTell},
		"a fail of a policy of their own":   {map[string]string{"a": "fail"}, wire.Fail},
		"a word that is not documented":     {map[string]string{"a": "passed", "told": "pass"}, wire.CouldNotTell},
		"that it can be told is no verdict": {map[string]string{"told": "pass"}, wire.CouldNotTell},
	} {
		if got := judged(wire.Firewall, mapping, tt.responses); got.Verdict != tt.want {
			t.Errorf("%s: %+v, want %s", name, got, tt.want)
		}
	}
}

func TestAddressesLeadToOnePersonOrToNobody(t *testing.T) {
	people := map[string]string{"ann@one.test": "ann", "ann@two.test": "ann", "bob@one.test": "bob"}
	for want, list := range map[string][][]string{
		"ann": {{"ANN@one.test "}, {"ann@one.test", "ann@two.test"}, {"guest@else.test", "ann@one.test"}},
		"":    {nil, {"guest@else.test"}, {"ann@one.test", "bob@one.test"}, {""}},
	} {
		for _, emails := range list {
			if got := owner(people, emails); got != want {
				t.Errorf("%q lead to %q, want %q", emails, got, want)
			}
		}
	}
}

func TestWhatATypedConnectionHasToBe(t *testing.T) {
	guard, err := notify.NewGuard([]string{"fleet.lan"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		typed New
		field string
	}{
		"Fleet":                    {New{Kind: device.Fleet, Address: "https://fleet.example.com/", Secret: "s"}, ""},
		"Fleet on a named network": {New{Kind: device.Fleet, Address: "http://fleet.lan:8080", Secret: "s"}, ""},
		"plain http":               {New{Kind: device.Fleet, Address: "http://fleet.example.com", Secret: "s"}, "address"},
		"with a path":              {New{Kind: device.Fleet, Address: "https://fleet.example.com/api", Secret: "s"}, "address"},
		"with a password":          {New{Kind: device.Jamf, Address: "https://a:b@acme.jamfcloud.com", Client: "c", Secret: "s"}, "address"},
		"no address":               {New{Kind: device.Jamf, Client: "c", Secret: "s"}, "address"},
		"no client":                {New{Kind: device.Jamf, Address: "https://acme.jamfcloud.com", Secret: "s"}, "client"},
		"no secret":                {New{Kind: device.Fleet, Address: "https://fleet.example.com"}, "secret"},
		"Intune":                   {New{Kind: device.Intune, Tenant: "example.onmicrosoft.com", Client: "c", Secret: "s"}, ""},
		"a tenant with a path":     {New{Kind: device.Intune, Tenant: "../common", Client: "c", Secret: "s"}, "tenant"},
		"our agent":                {New{Kind: device.Agent, Secret: "s"}, "kind"},
	} {
		if _, err := tt.typed.checked(guard); (err == nil) != (tt.field == "") || err != nil && problem.Of(err).Field != tt.field {
			t.Errorf("%s: %v, want a fault of %q", name, err, tt.field)
		}
	}
}

// wired answers every question without a network: a token to who asks for one, a number
// to who counts, and the same bytes to everything else.
type wired struct{ body []byte }

func (w wired) RoundTrip(r *http.Request) (*http.Response, error) {
	body := w.body
	switch {
	case strings.Contains(r.URL.Path, "token"):
		body = []byte(`{"access_token":"issued","expires_in":3600}`)
	case strings.HasSuffix(r.URL.Path, "count"):
		body = []byte(`{"count":0}`)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
}

// FuzzSystems has no answer of a system, however it is written, bring anything but words
// of package wire, or a pass that the answer does not spell.
func FuzzSystems(f *testing.F) {
	for _, name := range []string{"fleet-hosts.json", "intune-1.json", "intune-2.json", "jamf-computers.json"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if strings.Contains(string(b), "nextLink") { // it would lead to itself for ever
			b = []byte(strings.ReplaceAll(string(b), "nextLink", "next"))
		}
		s := &standIn{Server: &httptest.Server{URL: "https://one.test"}}
		for _, kind := range Kinds() {
			sys, _ := s.over(kind, &http.Client{Transport: wired{b}})
			a, err := sys.machines(t.Context())
			if err != nil {
				continue
			}
			text := strings.ToLower(string(b))
			for _, m := range a.machines {
				if m.key == "" || m.seen.IsZero() || len(m.results) != len(wire.Checks()) {
					t.Fatalf("%s tells of %+v", kind, m)
				}
				for _, r := range m.results {
					if r.Reason == "" && r.Verdict != wire.Pass || r.Reason != "" && !r.Reason.Fits(r.Check, r.Verdict) {
						t.Fatalf("%s says %+v", kind, r)
					}
					if r.Verdict == wire.Pass && !strings.Contains(text, "pass") && !strings.Contains(text, "true") && !strings.Contains(text, "encrypted") && !strings.Contains(text, `\u`) {
						t.Fatalf("%s passes %s out of nothing", kind, r.Check)
					}
				}
			}
		}
	})
}
