package training

import (
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote"
)

// ConnectionKind is a provider there is a connector for, or the webhook for all
// the others. The values are stored.
type ConnectionKind string

const (
	KnowBe4  ConnectionKind = "knowbe4"
	Huntress ConnectionKind = "huntress"
	Webhook  ConnectionKind = "webhook"
)

// ConnectionKinds in the order a page shows them.
func ConnectionKinds() []ConnectionKind { return []ConnectionKind{KnowBe4, Huntress, Webhook} }

// Label is the kind as a page writes it.
func (k ConnectionKind) Label() string {
	switch k {
	case KnowBe4:
		return "KnowBe4"
	case Huntress:
		return "Huntress SAT (Curricula)"
	case Webhook:
		return "Signed webhook"
	}
	return string(k)
}

// Asks reports whether Toucan asks the provider; otherwise it waits to be told.
func (k ConnectionKind) Asks() bool { return k == KnowBe4 || k == Huntress }

// Unverified says that a connector was written from documentation only; it is
// shown wherever the connection is.
func (k ConnectionKind) Unverified() string {
	if !k.Asks() {
		return ""
	}
	return "Not yet verified against a live tenant: this connector was written from the provider's documentation. Check the first sync by hand."
}

// Region is where a tenant of KnowBe4 is.
type Region struct{ Key, Label string }

// Regions in the order a page shows them. The keys are stored.
func Regions() []Region {
	return []Region{{"us", "United States"}, {"eu", "European Union"}, {"ca", "Canada"}, {"uk", "United Kingdom"}, {"de", "Germany"}}
}

// Connection is a way in which completions come from elsewhere. Its secret is in
// no value that leaves the store.
type Connection struct {
	ID       string
	Kind     ConnectionKind
	Name     string
	Region   string // of KnowBe4
	Client   string // of Huntress: id of the client
	By       string // account that made it
	At       time.Time
	Selected map[Track][]Choice
	Usage    remote.Usage
	Last     Run // zero when there was none
}

// Choice is a campaign that counts for a track. Title is what it was called when
// it was chosen.
type Choice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// NewConnection is what somebody types to make one.
type NewConnection struct {
	Kind   ConnectionKind
	Name   string
	Region string
	Client string
	Secret string // token of KnowBe4, or secret of the client of Huntress; of a webhook Toucan makes it
}

// checked returns the connection as it is kept, or an Invalid problem about the
// first field at fault.
func (n NewConnection) checked() (NewConnection, error) {
	if !slices.Contains(ConnectionKinds(), n.Kind) {
		return n, problem.Field("kind", "Choose one of the providers listed, or the webhook for another.")
	}
	var err error
	if n.Name, err = db.Line("name", "The name", n.Name, 80); err != nil {
		return n, err
	}
	if n.Name == "" {
		n.Name = n.Kind.Label()
	}
	if n.Kind != KnowBe4 {
		n.Region = ""
	} else if !slices.ContainsFunc(Regions(), func(r Region) bool { return r.Key == n.Region }) {
		return n, problem.Field("region", "Choose where your tenant is. It is in the address you sign in at.")
	}
	return n.secrets()
}

// secrets checks what opens the provider.
func (n NewConnection) secrets() (NewConnection, error) {
	var err error
	if n.Client, err = db.Line("client", "The client id", n.Client, 200); err != nil {
		return n, err
	}
	if n.Secret, err = db.Line("secret", "The secret", n.Secret, 4000); err != nil {
		return n, err
	}
	switch {
	case n.Kind == Webhook:
		n.Client, n.Secret = "", ""
	case n.Kind == Huntress && n.Client == "":
		return n, problem.Field("client", "Give the id of the client, from Settings / API Clients at Huntress SAT.")
	case n.Secret == "":
		return n, problem.Field("secret", "Give the secret the provider shows once when it is made.")
	}
	if n.Kind != Huntress {
		n.Client = ""
	}
	return n, nil
}

// maxChoices bounds how many campaigns count for one track.
const maxChoices = 200

// choices returns a selection as it is kept.
func choices(list []Choice) ([]Choice, error) {
	var out []Choice
	for _, c := range list {
		var err error
		if c.ID, err = db.Line("campaigns", "A campaign", c.ID, 200); err != nil {
			return nil, err
		}
		if c.Title, err = db.Line("campaigns", "The title of a campaign", c.Title, 300); err != nil {
			return nil, err
		}
		if c.ID != "" && !slices.ContainsFunc(out, func(x Choice) bool { return x.ID == c.ID }) {
			out = append(out, c)
		}
	}
	if len(out) > maxChoices {
		return nil, problem.Field("campaigns", "At most 200 campaigns can count for one training. Choose the ones of this year.")
	}
	return out, nil
}

// Run is one sync, one delivery or one import, and what came of it.
type Run struct {
	ID          string
	Connection  string // empty: a file
	By          string // account; empty: the daily round, or a delivery
	BeganAt     time.Time
	EndedAt     time.Time
	Asked       int // people it asked about: those who have not completed
	Heard       int // accounts or records that were read
	Completed   int // new completions
	Changed     int // people of whom something else is said than before
	NotEnrolled int
	Unclear     int
	Mismatched  int
	Fault       string // why nothing, or not all, was taken in
	Note        string
}

// tally counts the troubles of a run.
func (r *Run) tally(list []Trouble) {
	for _, t := range list {
		switch {
		case t.Kind == NotEnrolledThere:
			r.NotEnrolled++
		case t.Kind == UnknownThere:
			r.Unclear++
		case t.Kind.Mismatch():
			r.Mismatched++
		}
	}
}

// due reports whether the daily round is to sync a connection: a day after the
// last sync that went well, and an hour after one that did not.
func due(last Run, now time.Time) bool {
	wait := 23 * time.Hour
	if last.Fault != "" {
		wait = time.Hour
	}
	return !now.Before(last.BeganAt.Add(wait))
}
