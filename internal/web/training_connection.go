package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/training"
)

// probeWithin is how long a page waits for a provider.
const probeWithin = 80 * time.Second

// connectionNewPage is the form of a connection.
type connectionNewPage struct {
	frame
	Typed   training.NewConnection
	Problem *problem.Error
}

// getNewConnection shows it: GET /o/{org}/settings/training/connections/new?kind=.
func (s *Server) getNewConnection(w http.ResponseWriter, r *http.Request, who visitor) error {
	kind := training.ConnectionKind(r.FormValue("kind"))
	if !slices.Contains(training.ConnectionKinds(), kind) {
		kind = training.KnowBe4
	}
	return s.showNewConnection(w, r, who, http.StatusOK, connectionNewPage{Typed: training.NewConnection{Kind: kind}})
}

func (s *Server) showNewConnection(w http.ResponseWriter, r *http.Request, who visitor, status int, p connectionNewPage) error {
	p.frame = s.trainingFrame(w, r, who, "Connect a training provider")
	p.Typed.Secret = ""
	return s.render(w, r, status, newConnection(p))
}

// trainingFrame is the frame of a page below the settings of training.
func (s *Server) trainingFrame(w http.ResponseWriter, r *http.Request, who visitor, title string) frame {
	f := s.settingsFrame(w, r, who, "Training")
	f.Crumbs = append(f.Crumbs[:len(f.Crumbs)-1], crumb{"Training", f.path("settings", "training")}, crumb{Text: title})
	f.Title = title
	return f
}

// postConnection makes one: POST /o/{org}/settings/training/connections.
func (s *Server) postConnection(w http.ResponseWriter, r *http.Request, who visitor) error {
	n := training.NewConnection{Kind: training.ConnectionKind(r.FormValue("kind")), Name: r.FormValue("name"), Region: r.FormValue("region"), Client: r.FormValue("client"), Secret: r.FormValue("secret")}
	c, shown, err := s.Connections.Connect(r.Context(), who.Actor, n, s.Now())
	if err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		return s.showNewConnection(w, r, who, statusOf(p.Code), connectionNewPage{Typed: n, Problem: p})
	}
	if shown != "" { // shown this once
		return s.showConnection(w, r, who, http.StatusOK, connectionPage{Connection: c, Secret: shown})
	}
	return back(w, r, orgPath(who.Slug(), "settings", "training", "connections", c.ID), "Connected. Test it, and load its campaigns to select from.")
}

// connectionPage is one connection: what it opens, what counts, what was found.
type connectionPage struct {
	frame
	Connection training.Connection
	Used       []training.Track // completed through it
	Tracks     []training.Track // that can be
	Runs       []training.Run
	Troubles   []troubleGroup
	Campaigns  []campaignLine // loaded, or those selected
	Loaded     bool
	Tenant     training.Tenant
	Secret     string // of a webhook, shown once
	Address    string // a webhook sends to
	Problem    *problem.Error
}

// campaignLine is a campaign and the tracks it counts for.
type campaignLine struct {
	training.Campaign
	For  map[training.Track]bool
	Gone bool // selected, and not there any more
}

// troubleGroup is what is to be looked at, of one kind.
type troubleGroup struct {
	Title, Do string
	Rows      []troubleRow
	More      int
}

type troubleRow struct {
	training.Trouble
	Person string // name
}

// getConnection shows it: GET /o/{org}/settings/training/connections/{connection}.
func (s *Server) getConnection(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showConnection(w, r, who, http.StatusOK, connectionPage{Connection: training.Connection{ID: r.PathValue("connection")}})
}

func (s *Server) showConnection(w http.ResponseWriter, r *http.Request, who visitor, status int, p connectionPage) error {
	ctx := r.Context()
	var err error
	if p.Connection, p.Used, err = s.Connections.Find(ctx, who.Actor, p.Connection.ID, s.Now()); err != nil {
		return err
	}
	settings, err := s.Training.Settings(ctx, who.Actor, s.Now())
	if err != nil {
		return err
	}
	for _, c := range settings {
		if c.Method != training.OptedOut {
			p.Tracks = append(p.Tracks, c.Track)
		}
	}
	if p.Runs, err = s.Connections.Runs(ctx, who.Actor, p.Connection.ID); err != nil {
		return err
	}
	list, err := s.Connections.Troubles(ctx, who.Actor, p.Connection.ID)
	if err != nil {
		return err
	}
	roster, err := s.People.Roster(ctx, who.Actor)
	if err != nil {
		return err
	}
	p.Troubles = troubleGroups(list, func(id string) string {
		x, _ := roster.Person(id)
		return x.Name
	})
	p.choose()
	p.Address = s.base(r) + "/api/v1/o/" + who.Slug() + "/training-records"
	p.frame = s.trainingFrame(w, r, who, p.Connection.Name)
	return s.render(w, r, status, showConnection(p))
}

// choose adds what is selected to the campaigns that were loaded.
func (p *connectionPage) choose() {
	for _, t := range training.Tracks() {
		for _, c := range p.Connection.Selected[t] {
			i := slices.IndexFunc(p.Campaigns, func(x campaignLine) bool { return x.ID == c.ID })
			if i < 0 {
				i = len(p.Campaigns)
				p.Campaigns = append(p.Campaigns, campaignLine{Campaign: training.Campaign{ID: c.ID, Title: c.Title, Modules: -1}, For: map[training.Track]bool{}, Gone: p.Loaded})
			}
			p.Campaigns[i].For[t] = true
		}
	}
}

// postConnectionTest asks the provider and shows what can be selected:
// POST /o/{org}/settings/training/connections/{connection}/test.
func (s *Server) postConnectionTest(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx, cancel := context.WithTimeout(r.Context(), probeWithin)
	defer cancel()
	p := connectionPage{Connection: training.Connection{ID: r.PathValue("connection")}}
	tenant, list, err := s.Connections.Probe(ctx, who.Actor, p.Connection.ID, s.Now())
	if err != nil {
		p.Problem = problem.Of(err)
		if ctx.Err() != nil && r.Context().Err() == nil {
			p.Problem = problem.New(problem.Busy, "The provider did not answer in time. Try again in a minute.")
		}
		if p.Problem.Code == problem.Internal || p.Problem.Code == problem.NotFound || p.Problem.Code == problem.Forbidden {
			return err
		}
		return s.showConnection(w, r, who, http.StatusBadGateway, p)
	}
	p.Tenant, p.Loaded = tenant, true
	for _, c := range list {
		p.Campaigns = append(p.Campaigns, campaignLine{Campaign: c, For: map[training.Track]bool{}})
	}
	return s.showConnection(w, r, who, http.StatusOK, p)
}

// postCampaigns says what counts for which training:
// POST /o/{org}/settings/training/connections/{connection}/campaigns.
func (s *Server) postCampaigns(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id := r.PathValue("connection")
	c, _, err := s.Connections.Find(r.Context(), who.Actor, id, s.Now())
	if err != nil {
		return err
	}
	for _, t := range training.Tracks() {
		if r.FormValue("has-"+string(t)) == "" {
			continue // the page did not show it
		}
		var list []training.Choice
		if c.Kind == training.Webhook {
			for line := range strings.Lines(r.FormValue("courses-" + string(t))) {
				line = strings.TrimSpace(line)
				list = append(list, training.Choice{ID: line, Title: line})
			}
		}
		for _, x := range r.Form["for-"+string(t)] {
			list = append(list, training.Choice{ID: x, Title: r.FormValue("title-" + x)})
		}
		if err := s.Connections.Select(r.Context(), who.Actor, id, t, list, s.Now()); err != nil {
			if p := problem.Of(err); p.Code == problem.Invalid {
				return s.showConnection(w, r, who, http.StatusUnprocessableEntity, connectionPage{Connection: c, Problem: p})
			}
			return err
		}
	}
	return back(w, r, orgPath(who.Slug(), "settings", "training", "connections", id), "Saved. The next sync goes by it.")
}

// postSync has the connection synced: POST /o/{org}/settings/training/connections/{connection}/sync.
func (s *Server) postSync(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("connection")
	to := orgPath(who.Slug(), "settings", "training", "connections", id)
	if _, err := s.Connections.Order(r.Context(), who.Actor, id, s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Conflict {
			return back(w, r, to, p.Text)
		}
		return err
	}
	return back(w, r, to, "The sync is queued. It keeps to what the provider allows, so it may take some minutes; load this page again to see what it found.")
}

// postConnectionSecret replaces the secret: POST /o/{org}/settings/training/connections/{connection}/secret.
func (s *Server) postConnectionSecret(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("connection")
	shown, err := s.Connections.Reopen(r.Context(), who.Actor, id, r.FormValue("client"), r.FormValue("secret"), s.Now())
	p := connectionPage{Connection: training.Connection{ID: id}, Secret: shown}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid {
			return err
		}
		return s.showConnection(w, r, who, http.StatusUnprocessableEntity, p)
	}
	if shown != "" {
		return s.showConnection(w, r, who, http.StatusOK, p)
	}
	return back(w, r, orgPath(who.Slug(), "settings", "training", "connections", id), "The new secret is kept. Test it.")
}

// postDisconnect removes it: POST /o/{org}/settings/training/connections/{connection}/remove.
func (s *Server) postDisconnect(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("connection")
	if err := s.Connections.Disconnect(r.Context(), who.Actor, id, s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Conflict {
			return back(w, r, orgPath(who.Slug(), "settings", "training", "connections", id), p.Text)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "settings", "training"), "The connection is removed and its secret forgotten. What it brought stays.")
}

// troubleKinds are the kinds in the order a page shows them, with what to do.
var troubleKinds = []struct {
	kind      training.TroubleKind
	title, do string
}{
	{training.OfCampaign, "About the selected campaigns", "Look at the selection above, and at the campaign at the provider."},
	{training.NoAccount, "No account there", "Add them at the provider, or correct the address in the register or there. An alias there is enough."},
	{training.NotEnrolledThere, "Not enrolled", "Enrol them at the provider in what is selected, contractors too. The next sync sees it."},
	{training.TwoAccounts, "More than one account", "Archive the one that is not used, at the provider. Toucan never chooses between two."},
	{training.ClaimedTwice, "One account, several people", "Correct the address or the number of one of them."},
	{training.NumbersDiffer, "Address and number disagree", "Correct the address or the employee number, here or there. They may have been swapped."},
	{training.UnknownThere, "What is said cannot be read", "Nobody passes on a word Toucan does not know. Look them up at the provider."},
	{training.TooOld, "Completed, but not in the present round", "Reset them here first and enrol them there anew: a reset at the provider alone changes nothing here."},
	{training.ExemptThere, "Exempted at the provider", "An exemption there is no completion. Exclude the person from the check here, with the reason, if it holds."},
	{training.UnknownHere, "Nobody in the register", "Add the person to the register if they work here, or correct the address. Guests can be left."},
}

const troubleRows = 50

func troubleGroups(list []training.Trouble, name func(string) string) []troubleGroup {
	var out []troubleGroup
	for _, k := range troubleKinds {
		g := troubleGroup{Title: k.title, Do: k.do}
		for _, t := range list {
			if t.Kind != k.kind {
				continue
			}
			if len(g.Rows) == troubleRows {
				g.More++
				continue
			}
			g.Rows = append(g.Rows, troubleRow{t, name(t.Person)})
		}
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func regionOptions() []option {
	out := []option{{"", "Choose"}}
	for _, r := range training.Regions() {
		out = append(out, option{r.Key, r.Label + " (" + r.Key + ".api.knowbe4.com)"})
	}
	return out
}

// coursesOf are the selected courses of a webhook, one a line.
func coursesOf(list []training.Choice) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.Title + "\n")
	}
	return strings.TrimSpace(b.String())
}

// kindPills lets somebody choose the kind of a new connection.
func kindPills(f frame, now training.ConnectionKind) []pill {
	var out []pill
	for _, k := range training.ConnectionKinds() {
		out = append(out, pill{Text: k.Label(), To: query(f.path("settings", "training", "connections", "new"), "kind", string(k)), On: k == now, Bare: true})
	}
	return out
}

func secretLabel(k training.ConnectionKind) string {
	if k == training.Huntress {
		return "Secret of the client"
	}
	return "Token"
}

// connectionAbout says under the title what the connection is and is for.
func connectionAbout(c training.Connection) string {
	text := c.Kind.Label()
	for _, r := range training.Regions() {
		if r.Key == c.Region {
			text += ", " + r.Label
		}
	}
	return text
}

// campaignAbout is what is known of a campaign, in a line.
func campaignAbout(c campaignLine) string {
	var parts []string
	if c.Modules >= 0 {
		parts = append(parts, plural(c.Modules, "module", "modules"))
	}
	if !c.StartsAt.IsZero() {
		parts = append(parts, "from "+c.StartsAt.UTC().Format("2 Jan 2006"))
	}
	if !c.EndsAt.IsZero() {
		parts = append(parts, "until "+c.EndsAt.UTC().Format("2 Jan 2006"))
	}
	text := strings.Join(parts, ", ")
	if c.Warning != "" {
		text = strings.TrimPrefix(text+". "+c.Warning, ". ")
	}
	return text
}

// usageWords says how much of the provider's day is used.
func usageWords(c training.Connection) string {
	if c.Usage.Since.IsZero() {
		return "none yet"
	}
	text := group(c.Usage.Calls)
	if c.Kind == training.KnowBe4 {
		text += " of 2 000 it allows"
	}
	return text + ", since " + stamp(c.Usage.Since)
}
