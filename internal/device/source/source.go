// Package source asks systems that manage devices what they say of our checks: Fleet,
// Microsoft Intune and Jamf Pro. Of an answer only the few fields are decoded that a
// verdict is made of; what a system does not say is could_not_tell, never a pass. All
// three connectors were written from documentation and have not been tried against a live
// tenant.
package source

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Kinds there is a connector for, in the order a page shows them.
func Kinds() []device.SourceKind {
	return []device.SourceKind{device.Fleet, device.Intune, device.Jamf}
}

// Label is the kind as a page writes it.
func Label(k device.SourceKind) string {
	switch k {
	case device.Fleet:
		return "Fleet"
	case device.Intune:
		return "Microsoft Intune"
	case device.Jamf:
		return "Jamf Pro"
	}
	return string(k)
}

// Unverified is shown wherever a connection is.
const Unverified = "Not yet verified against a live tenant: this connector was written from the maker's documentation. Check the first sync by hand."

// Says are the checks that a kind of system can say something of. Of the others it is
// could_not_tell.
func Says(k device.SourceKind) []wire.Check {
	switch k {
	case device.Fleet:
		return wire.Checks()
	case device.Intune:
		return []wire.Check{wire.DiskEncryption}
	case device.Jamf:
		return []wire.Check{wire.DiskEncryption, wire.Firewall}
	}
	return nil
}

// Connection is a system that is asked. Its secret is in no value that leaves the store.
type Connection struct {
	ID       string
	Kind     device.SourceKind
	Name     string
	Address  string // of Fleet and Jamf Pro, such as https://fleet.example.com
	Tenant   string // of Intune: id or domain of the tenant
	Client   string // of Intune and Jamf Pro: id of the client
	By       string // account that made it
	At       time.Time
	PausedAt time.Time // zero: it is asked every hour
	Mapping  []Mapping // of Fleet
	Usage    remote.Usage
	Last     Run // zero when there was none
}

// Mapping says which policy of Fleet answers a check.
type Mapping struct {
	Policy string     `json:"policy"` // its name
	Check  wire.Check `json:"check"`
	Told   bool       `json:"told"` // it says whether the check could be told, not how it stands
}

// DefaultMapping names the policies we ship.
func DefaultMapping() []Mapping {
	var out []Mapping
	for _, p := range osquery.Policies(wire.Usual()) {
		out = append(out, Mapping{p.Name, p.Check, p.Told})
	}
	return out
}

// New is what somebody types to make a connection.
type New struct {
	Kind    device.SourceKind
	Name    string
	Address string
	Tenant  string
	Client  string
	Secret  string // API token of Fleet, or secret of the client
}

var tenantForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$`)

// checked returns the connection as it is kept, or an Invalid problem about the first
// field at fault.
func (n New) checked(g *notify.Guard) (New, error) {
	if !slices.Contains(Kinds(), n.Kind) {
		return n, problem.Field("kind", "Choose one of the systems listed.")
	}
	var err error
	if n.Name, err = db.Line("name", "The name", n.Name, 80); err != nil {
		return n, err
	}
	if n.Name == "" {
		n.Name = Label(n.Kind)
	}
	if n.Kind == device.Intune {
		n.Address = ""
		n.Tenant = strings.TrimSpace(n.Tenant)
		if !tenantForm.MatchString(n.Tenant) {
			return n, problem.Field("tenant", "Give the id of your tenant, or its domain such as example.onmicrosoft.com. It is on the overview of Entra ID.")
		}
		return n.secrets()
	}
	n.Tenant = ""
	if n.Address, err = address(n.Address, g); err != nil {
		return n, err
	}
	return n.secrets()
}

// address is where a system is: scheme, host and port, and no more.
func address(text string, g *notify.Guard) (string, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" || len(text) > 300:
		return "", problem.Field("address", "Give the address people open it at, without a path: https://fleet.example.com.")
	case u.Scheme == "http" && g.Named(u.Hostname()):
	case u.Scheme != "https":
		return "", problem.Field("address", "Use https: the secret would be readable on its way.")
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// secrets checks what opens the system.
func (n New) secrets() (New, error) {
	var err error
	if n.Client, err = db.Line("client", "The client id", n.Client, 200); err != nil {
		return n, err
	}
	if n.Secret, err = db.Line("secret", "The secret", n.Secret, 4000); err != nil {
		return n, err
	}
	switch {
	case n.Kind != device.Fleet && n.Client == "":
		return n, problem.Field("client", "Give the id of the client that was made for Toucan.")
	case n.Secret == "":
		return n, problem.Field("secret", "Give the secret, which the system shows once when it is made.")
	}
	if n.Kind == device.Fleet {
		n.Client = ""
	}
	return n, nil
}

const maxMapping = 200

// mapped returns a mapping as it is kept.
func mapped(list []Mapping) ([]Mapping, error) {
	out := []Mapping{}
	for _, m := range list {
		var err error
		if m.Policy, err = db.Line("mapping", "The name of a policy", m.Policy, 255); err != nil {
			return nil, err
		}
		if m.Policy == "" {
			continue
		}
		if !slices.Contains(wire.Checks(), m.Check) {
			return nil, problem.Field("mapping", "Choose the check that the policy "+m.Policy+" answers.")
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	if len(out) > maxMapping {
		return nil, problem.Field("mapping", fmt.Sprintf("At most %d policies can be named.", maxMapping))
	}
	return out, nil
}

// Run is one sync and what came of it.
type Run struct {
	ID         string
	Connection string
	By         string // account; empty: the hourly round
	BeganAt    time.Time
	EndedAt    time.Time
	Heard      int // machines the system told of
	Skipped    int // of these, phones, tablets, and machines it never heard of itself
	Owned      int // whose owner is in the people register
	Created    int // devices that were not known
	Changed    int // devices of which something new was said
	Fault      string
}

// Words is the outcome of a run in a sentence or two.
func (r Run) Words() string {
	if r.Fault != "" {
		return r.Fault
	}
	return fmt.Sprintf("%d machines: %d with an owner in the register, %d new, %d with something new, %d left out.", r.Heard, r.Owned, r.Created, r.Changed, r.Skipped)
}

// due reports whether the hourly round is to ask a connection.
func due(c Connection, now time.Time) bool {
	return c.PausedAt.IsZero() && !now.Before(c.Last.BeganAt.Add(55*time.Minute))
}
