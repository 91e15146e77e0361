package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/wire"
)

const fleetName = "Fleet"

// fleet asks a Fleet server for its hosts and their policies.
type fleet struct {
	ask     *remote.Client
	mapping []Mapping
}

func newFleet(base, token string, mapping []Mapping, client *http.Client, clock remote.Clock, usage remote.Usage) *fleet {
	return &fleet{mapping: mapping, ask: &remote.Client{
		HTTP: client, Name: fleetName, Base: base, Accept: "application/json", Gone: "Look whether the address is that of the Fleet server.",
		Pace: &remote.Pace{Clock: clock, Limits: remote.Limits{Gap: 50 * time.Millisecond}, Usage: usage},
		Authorize: func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		},
	}}
}

func (f *fleet) asked() remote.Usage { return f.ask.Pace.Usage }

// fleetHost is what is decoded of a host: neither its name nor anything of its software.
type fleetHost struct {
	ID       int64   `json:"id"`
	Platform string  `json:"platform"`
	Seen     instant `json:"policy_updated_at"` // when its policies last ran
	Detail   instant `json:"detail_updated_at"`
	Policies *[]struct {
		Name     string `json:"name"`
		Response string `json:"response"` // pass, fail, or empty: it did not run yet
	} `json:"policies"`
	Mapping []struct {
		Email string `json:"email"`
	} `json:"device_mapping"`
}

// machines reads the hosts page by page, and compares with how many there are.
func (f *fleet) machines(ctx context.Context) (answered, error) {
	var out answered
	seen := map[int64]bool{}
	for page := 0; ; page++ {
		what := fmt.Sprintf("page %d of the hosts", page+1)
		body, err := f.ask.Get(ctx, what, "/api/v1/fleet/hosts", url.Values{
			"page": {strconv.Itoa(page)}, "per_page": {strconv.Itoa(pageSize)}, "order_key": {"id"}, "order_direction": {"asc"},
			"populate_policies": {"true"}, "device_mapping": {"true"},
		})
		if err != nil {
			return out, err
		}
		var p struct {
			Hosts *[]fleetHost `json:"hosts"`
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return out, unreadable(fleetName, what, err)
		}
		if p.Hosts == nil {
			return out, unreadable(fleetName, what, errors.New("it has no hosts"))
		}
		before := len(seen)
		for _, h := range *p.Hosts {
			if h.ID <= 0 || h.Policies == nil {
				return out, unreadable(fleetName, what, errors.New("a host has no id or no policies"))
			}
			if seen[h.ID] {
				continue
			}
			seen[h.ID] = true
			if m, ok := f.machine(h); ok {
				out.machines = append(out.machines, m)
			} else {
				out.skipped++
			}
		}
		if len(seen) > maxMachines {
			return out, tooMany(fleetName)
		}
		if len(*p.Hosts) < pageSize || len(seen) == before {
			return out, f.whole(ctx, len(seen))
		}
	}
}

// whole compares what came with how many hosts there are.
func (f *fleet) whole(ctx context.Context, got int) error {
	const what = "the number of hosts"
	body, err := f.ask.Get(ctx, what, "/api/v1/fleet/hosts/count", nil)
	if err != nil {
		return err
	}
	var n struct {
		Count *int `json:"count"`
	}
	if err := json.Unmarshal(body, &n); err != nil {
		return unreadable(fleetName, what, err)
	}
	switch {
	case n.Count == nil:
		return unreadable(fleetName, what, errors.New("it has no count"))
	case got < *n.Count:
		return early(fleetName, got, *n.Count)
	}
	return nil
}

// machine judges a host; false: it is none of ours.
func (f *fleet) machine(h fleetHost) (machine, bool) {
	m := machine{key: strconv.FormatInt(h.ID, 10), seen: h.Seen.Time}
	switch h.Platform {
	case "darwin":
		m.platform = wire.MacOS
	case "windows":
		m.platform = wire.Windows
	case "", "chrome", "ios", "ipados", "android":
		return m, false
	default: // Fleet names the distribution
		m.platform = wire.Linux
	}
	if m.seen.IsZero() {
		m.seen = h.Detail.Time
	}
	for _, u := range h.Mapping {
		m.emails = append(m.emails, u.Email)
	}
	responses := map[string]string{}
	for _, p := range *h.Policies {
		responses[p.Name] = p.Response
	}
	given := map[wire.Check]wire.Result{}
	for _, c := range wire.Checks() {
		given[c] = judged(c, f.mapping, responses)
	}
	m.results = results(given)
	return m, !m.seen.IsZero()
}

// judged answers a check out of the responses of the policies that are named for it: any
// fail is a fail, unless the policy that says whether it could be told does not pass.
func judged(c wire.Check, mapping []Mapping, responses map[string]string) wire.Result {
	var said []string
	told := true
	for _, m := range mapping {
		response, ok := responses[m.Policy]
		switch {
		case m.Check != c || !ok:
		case m.Told:
			told = told && response == "pass"
		default:
			said = append(said, response)
		}
	}
	switch {
	case slices.Contains(said, "fail") && told:
		return wire.Result{Check: c, Verdict: wire.Fail, Reason: wire.NotMet}
	case slices.Contains(said, "pass") && !slices.ContainsFunc(said, func(s string) bool { return s != "pass" }):
		return wire.Result{Check: c, Verdict: wire.Pass}
	}
	return untold(c)
}
