package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/wire"
)

const jamfName = "Jamf Pro"

// jamf asks a Jamf Pro server for its computers.
type jamf struct {
	ask    *remote.Client
	tokens *tokens
}

func newJamf(base, client, secret string, web *http.Client, clock remote.Clock, usage remote.Usage) *jamf {
	pace := &remote.Pace{Clock: clock, Limits: remote.Limits{Gap: 200 * time.Millisecond}, Usage: usage}
	t := &tokens{
		door: &remote.Client{HTTP: web, Pace: pace, Name: jamfName, Base: base, Accept: "application/json", Gone: "Look whether the address is that of the Jamf Pro server, and that it is 10.49 or later."},
		path: "/api/oauth/token",
		form: url.Values{"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}},
	}
	return &jamf{tokens: t, ask: &remote.Client{HTTP: web, Pace: pace, Name: jamfName, Base: base, Accept: "application/json", Authorize: t.authorize}}
}

func (j *jamf) asked() remote.Usage { return j.ask.Pace.Usage }

// jamfComputer is what is decoded of the four sections that are asked for.
type jamfComputer struct {
	ID      string `json:"id"`
	General struct {
		Reported instant `json:"reportDate"` // of the inventory, which the rest comes from
		Contact  instant `json:"lastContactTime"`
	} `json:"general"`
	Disk *struct {
		Boot *struct {
			State string `json:"partitionFileVault2State"`
		} `json:"bootPartitionEncryptionDetails"`
	} `json:"diskEncryption"`
	Security *struct {
		Firewall *bool `json:"firewallEnabled"`
	} `json:"security"`
	User struct {
		Email string `json:"email"`
	} `json:"userAndLocation"`
}

// machines reads the computers page by page until as many came as there are.
func (j *jamf) machines(ctx context.Context) (answered, error) {
	var out answered
	seen := map[string]bool{}
	for page := 0; ; page++ {
		what := fmt.Sprintf("page %d of the computers", page+1)
		query := url.Values{
			"section": {"GENERAL", "DISK_ENCRYPTION", "SECURITY", "USER_AND_LOCATION"},
			"page":    {strconv.Itoa(page)}, "page-size": {strconv.Itoa(pageSize)}, "sort": {"id:asc"},
		}
		body, err := j.ask.Get(ctx, what, "/api/v1/computers-inventory", query)
		if remote.Status(err) == http.StatusUnauthorized && page > 0 { // the token ended early
			j.tokens.token = ""
			body, err = j.ask.Get(ctx, what, "/api/v1/computers-inventory", query)
		}
		if err != nil {
			return out, err
		}
		var p struct {
			Total   *int            `json:"totalCount"`
			Results *[]jamfComputer `json:"results"`
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return out, unreadable(jamfName, what, err)
		}
		if p.Total == nil || p.Results == nil {
			return out, unreadable(jamfName, what, errors.New("it has no totalCount or no results"))
		}
		before := len(seen)
		for _, c := range *p.Results {
			if c.ID == "" {
				return out, unreadable(jamfName, what, errors.New("a computer has no id"))
			}
			if seen[c.ID] {
				continue
			}
			seen[c.ID] = true
			if m, ok := c.machine(); ok {
				out.machines = append(out.machines, m)
			} else {
				out.skipped++
			}
		}
		switch {
		case len(seen) > maxMachines:
			return out, tooMany(jamfName)
		case len(seen) >= *p.Total:
			return out, nil
		case len(seen) == before:
			return out, early(jamfName, len(seen), *p.Total)
		}
	}
}

// machine judges a computer; false: Jamf never heard of it.
func (c jamfComputer) machine() (machine, bool) {
	m := machine{key: c.ID, platform: wire.MacOS, seen: c.General.Reported.Time}
	if m.seen.IsZero() {
		m.seen = c.General.Contact.Time
	}
	if c.User.Email != "" {
		m.emails = []string{c.User.Email}
	}
	given := map[wire.Check]wire.Result{}
	if c.Disk != nil && c.Disk.Boot != nil {
		given[wire.DiskEncryption] = fileVault(c.Disk.Boot.State)
	}
	if c.Security != nil {
		given[wire.Firewall] = stated(wire.Firewall, c.Security.Firewall, wire.Off)
	}
	m.results = results(given)
	return m, !m.seen.IsZero()
}

// fileVault judges the state of FileVault on the boot volume.
func fileVault(state string) wire.Result {
	r := wire.Result{Check: wire.DiskEncryption}
	switch strings.ToUpper(state) {
	case "ENCRYPTED":
		r.Verdict = wire.Pass
	case "UNENCRYPTED", "DECRYPTED":
		r.Verdict, r.Reason = wire.Fail, wire.Off
	case "ENCRYPTING", "ENCRYPTING_PAUSED", "DECRYPTING", "DECRYPTING_PAUSED", "OPTIMIZING", "RESTART_NEEDED":
		r.Verdict, r.Reason = wire.Fail, wire.InProgress
	default: // UNKNOWN, INELIGIBLE, and what may come
		return untold(wire.DiskEncryption)
	}
	return r
}
