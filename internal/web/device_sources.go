package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/osquery"
	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/problem"
)

// deviceSourcesPage is where devices are heard of by, beside our agent: systems that
// manage devices, and osquery.
type deviceSourcesPage struct {
	frame
	Connections []deviceConnection
	Secrets     []hostSecret
	Counts      []osquery.Day
	Typed       source.New // without the secret
	Secret      string     // of osquery; shown once
	Most        string     // machines it is for, as typed
	Server      string     // of this server, as osquery wants it
	Problem     *problem.Error
	Mapping     string // as typed, of the form the problem belongs to
	Form        string // the form the problem belongs to
}

type deviceConnection struct {
	source.Connection
	Where, Began, Says string
	Mark, State        string
}

type hostSecret struct {
	osquery.Secret
	By, Made string
	Open     bool
	Most     string // as typed, or as it is
}

// getDeviceSources shows them: GET /o/{org}/devices/sources.
func (s *Server) getDeviceSources(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showDeviceSources(w, r, who, http.StatusOK, deviceSourcesPage{})
}

func (s *Server) showDeviceSources(w http.ResponseWriter, r *http.Request, who visitor, status int, p deviceSourcesPage) error {
	ctx := r.Context()
	zone, err := s.zone(ctx, who)
	if err != nil {
		return err
	}
	list, err := s.Sources.Connections(ctx, who.Actor)
	if err != nil {
		return err
	}
	for _, c := range list {
		p.Connections = append(p.Connections, deviceConnectionOf(c, zone))
	}
	names, err := s.Access.Names(ctx, who.Actor)
	if err != nil {
		return err
	}
	secrets, err := s.Hosts.Secrets(ctx, who.Actor)
	if err != nil {
		return err
	}
	for _, x := range secrets {
		p.Secrets = append(p.Secrets, hostSecret{x, names[x.By], momentWords(x.At, zone), x.InForce(s.Now()), fmt.Sprint(x.Most)})
	}
	if p.Most == "" {
		p.Most = fmt.Sprint(osquery.UsualMost)
	}
	if p.Counts, err = s.Hosts.Counts(ctx, who.Actor); err != nil {
		return err
	}
	p.Server = strings.TrimPrefix(strings.TrimPrefix(s.base(r), "https://"), "http://")
	p.frame = s.frame(w, r, who, "devices", "Sources of devices", crumb{"Devices", orgPath(who.Slug(), "devices")})
	return s.render(w, r, status, deviceSourceList(p))
}

func deviceConnectionOf(c source.Connection, zone *time.Location) deviceConnection {
	out := deviceConnection{Connection: c, Where: cmp.Or(c.Address, c.Tenant), Began: "never", Says: "It was not asked yet; it is every hour.", Mark: "not_yet_due", State: "not asked yet"}
	if !c.Last.BeganAt.IsZero() {
		out.Began, out.Says, out.Mark, out.State = momentWords(c.Last.BeganAt, zone), c.Last.Words(), "met", "answers"
		if c.Last.Fault != "" {
			out.Mark, out.State = "missed", "failed"
		}
	}
	if !c.PausedAt.IsZero() {
		out.Mark, out.State = "left", "paused"
	}
	return out
}

// postDeviceSource makes a connection: POST /o/{org}/devices/sources.
func (s *Server) postDeviceSource(w http.ResponseWriter, r *http.Request, who visitor) error {
	n := source.New{Kind: device.SourceKind(r.FormValue("kind")), Name: r.FormValue("name"), Address: r.FormValue("address"), Tenant: r.FormValue("tenant"), Client: r.FormValue("client"), Secret: r.FormValue("secret")}
	if _, err := s.Sources.Put(r.Context(), who.Actor, n, s.Now()); err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		n.Secret = ""
		return s.showDeviceSources(w, r, who, statusOf(p.Code), deviceSourcesPage{Typed: n, Problem: p, Form: "connect"})
	}
	return back(w, r, orgPath(who.Slug(), "devices", "sources"), "It is connected, and will be asked every hour. Ask it now to see what it says.")
}

// postDeviceSourceAct asks, pauses, goes on with or ends a connection: POST /o/{org}/devices/sources/{connection}/do.
func (s *Server) postDeviceSourceAct(w http.ResponseWriter, r *http.Request, who visitor) error {
	ctx, id, now := r.Context(), r.PathValue("connection"), s.Now()
	var err error
	done := ""
	switch r.FormValue("do") {
	case "sync":
		done = "It is being asked. Load this page again in a moment."
		_, err = s.Sources.SyncNow(ctx, who.Actor, id, now)
	case "pause":
		done = "It is not asked any more. What it said grows old."
		err = s.Sources.Pause(ctx, who.Actor, id, true, now)
	case "resume":
		done = "It is asked every hour again."
		err = s.Sources.Pause(ctx, who.Actor, id, false, now)
	case "remove":
		done = "The connection is ended, and its secret forgotten. What it said stays and grows old."
		err = s.Sources.Delete(ctx, who.Actor, id, now)
	default:
		err = problem.Field("do", "Choose one of the buttons beside the connection.")
	}
	if err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "devices", "sources"), done)
}

// postHostSecret makes a secret of osquery and shows it once: POST /o/{org}/devices/osquery.
func (s *Server) postHostSecret(w http.ResponseWriter, r *http.Request, who visitor) error {
	zone, err := s.zone(r.Context(), who)
	if err != nil {
		return err
	}
	var until time.Time
	last, err := inventoryForm{Values: r.Form}.day("until")
	if err == nil && last.Known() {
		until = cadence.In(zone).End(last)
	}
	p := deviceSourcesPage{Most: strings.TrimSpace(r.FormValue("most"))}
	if err == nil {
		most, _ := strconv.Atoi(p.Most) // what is no number is 0, which the store refuses
		p.Secret, _, err = s.Hosts.NewSecret(r.Context(), who.Actor, r.FormValue("name"), most, until, s.Now())
	}
	if err != nil {
		if p.Problem, p.Form = problem.Of(err), "osquery"; p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return err
		}
		return s.showDeviceSources(w, r, who, statusOf(p.Problem.Code), p)
	}
	return s.showDeviceSources(w, r, who, http.StatusOK, p)
}

// postHostSecretEnd ends one: POST /o/{org}/devices/osquery/{secret}/end.
func (s *Server) postHostSecretEnd(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Hosts.EndSecret(r.Context(), who.Actor, r.PathValue("secret"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "devices", "sources"), "No more machines can enrol with it. Those that did go on reporting.")
}

// postHostSecretMost says how many machines one may enrol: POST /o/{org}/devices/osquery/{secret}/most.
func (s *Server) postHostSecretMost(w http.ResponseWriter, r *http.Request, who visitor) error {
	id := r.PathValue("secret")
	most, _ := strconv.Atoi(strings.TrimSpace(r.FormValue("most"))) // what is no number is 0, which the store refuses
	if err := s.Hosts.SetMost(r.Context(), who.Actor, id, most, s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid {
			return s.showDeviceSources(w, r, who, statusOf(p.Code), deviceSourcesPage{Problem: p, Form: "most-" + id})
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "devices", "sources"), "The secret is for "+plural(most, "machine", "machines")+" now.")
}

func connectionOptions() []option {
	var out []option
	for _, k := range source.Kinds() {
		out = append(out, option{string(k), source.Label(k)})
	}
	return out
}

// wrongIn is the sentence about a field of one of the two forms.
func (p deviceSourcesPage) wrongIn(form, name string) string {
	if p.Form != form {
		return ""
	}
	return wrong(p.Problem, name)
}
