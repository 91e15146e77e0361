package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Where Microsoft is asked. Nobody types these.
const (
	graphBase  = "https://graph.microsoft.com"
	loginBase  = "https://login.microsoftonline.com"
	intuneName = "Microsoft Intune"
	intunePath = "/v1.0/deviceManagement/managedDevices"
)

// intune asks Microsoft Graph for the managed devices of a tenant.
type intune struct {
	ask    *remote.Client
	tokens *tokens
}

func newIntune(graph, login, tenant, client, secret string, web *http.Client, clock remote.Clock, usage remote.Usage) *intune {
	pace := &remote.Pace{Clock: clock, Limits: remote.Limits{Gap: 100 * time.Millisecond}, Usage: usage}
	t := &tokens{
		door: &remote.Client{HTTP: web, Pace: pace, Name: intuneName, Base: login, Accept: "application/json", Gone: "Look whether the tenant is written right."},
		path: "/" + url.PathEscape(tenant) + "/oauth2/v2.0/token",
		form: url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}, "scope": {graphBase + "/.default"}},
	}
	return &intune{tokens: t, ask: &remote.Client{HTTP: web, Pace: pace, Name: intuneName, Base: graph, Accept: "application/json", Authorize: t.authorize}}
}

func (i *intune) asked() remote.Usage { return i.ask.Pace.Usage }

// intuneDevice is what is asked for and decoded: the device has more than a hundred other
// properties, its name and its user's phone number among them.
type intuneDevice struct {
	ID        string  `json:"id"`
	User      string  `json:"userPrincipalName"`
	System    string  `json:"operatingSystem"`
	Encrypted *bool   `json:"isEncrypted"`
	Seen      instant `json:"lastSyncDateTime"`
}

const intuneFields = "id,userPrincipalName,operatingSystem,isEncrypted,lastSyncDateTime"

// machines reads the devices page by page, as the answers lead on.
func (i *intune) machines(ctx context.Context) (answered, error) {
	var out answered
	seen := map[string]bool{}
	query := url.Values{"$select": {intuneFields}, "$top": {"500"}}
	for page := 1; ; page++ {
		what := fmt.Sprintf("page %d of the managed devices", page)
		body, err := i.ask.Get(ctx, what, intunePath, query)
		if remote.Status(err) == http.StatusUnauthorized && page > 1 { // the token ended early
			i.tokens.token = ""
			body, err = i.ask.Get(ctx, what, intunePath, query)
		}
		if err != nil {
			return out, err
		}
		var p struct {
			Value *[]intuneDevice `json:"value"`
			Next  string          `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return out, unreadable(intuneName, what, err)
		}
		if p.Value == nil {
			return out, unreadable(intuneName, what, errors.New("it has no value"))
		}
		for _, d := range *p.Value {
			if d.ID == "" {
				return out, unreadable(intuneName, what, errors.New("a device has no id"))
			}
			if seen[d.ID] {
				continue
			}
			seen[d.ID] = true
			if m, ok := d.machine(); ok {
				out.machines = append(out.machines, m)
			} else {
				out.skipped++
			}
		}
		if len(seen) > maxMachines || page > maxMachines/pageSize {
			return out, tooMany(intuneName)
		}
		if p.Next == "" {
			return out, nil
		}
		if query, err = i.next(p.Next); err != nil {
			return out, err
		}
	}
}

// next takes the query out of the link to the next page. Where it leads is not followed
// blindly: the token would go with it.
func (i *intune) next(link string) (url.Values, error) {
	u, err := url.Parse(link)
	base, _ := url.Parse(i.ask.Base)
	if err != nil || u.Scheme != base.Scheme || u.Host != base.Host || !strings.EqualFold(u.Path, intunePath) {
		return nil, problem.New(problem.Invalid, "%s leads to another address for the next page. It is not followed: the token would go with it. Nothing was changed.", intuneName)
	}
	return u.Query(), nil
}

// machine judges a device; false: a phone, a tablet, or one Intune never heard of.
func (d intuneDevice) machine() (machine, bool) {
	m := machine{key: d.ID, seen: d.Seen.Time}
	switch strings.ToLower(d.System) {
	case "windows":
		m.platform = wire.Windows
	case "macos", "mac os x", "macmdm":
		m.platform = wire.MacOS
	case "linux", "linuxubuntu", "ubuntu":
		m.platform = wire.Linux
	default:
		return m, false
	}
	if d.User != "" {
		m.emails = []string{d.User}
	}
	m.results = results(map[wire.Check]wire.Result{wire.DiskEncryption: stated(wire.DiskEncryption, d.Encrypted, wire.Off)})
	return m, !m.seen.IsZero()
}
