package web

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/packages"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// ownDevicesPage is the devices of the reader: what each says, how to add one, and
// what the company can see of them.
type ownDevicesPage struct {
	frame
	Devices []ownDevice
	Adds    bool               // may add devices by themselves, which the organisation chose
	Known   bool               // the account is linked to an entry of the register, so that it can own devices
	Links   bool               // the reader may link accounts to people
	Fixes   int                // checks that fail
	Anew    string             // the device the code enrols anew, or empty for another one
	Enrol   string             // what the reader types, with the code; empty until one is asked for
	Until   string             // until when the code works
	Digits  string             // as typed
	Sample  string             // a message as the agent sends it
	Of      string             // the device the sample is made from, or empty
	Files   []packages.Package // of the agent, that this server hands out
	Problem *problem.Error
}

// ownDevice is one device of the reader.
type ownDevice struct {
	device.Device
	Checks  []deviceCheck
	Flags   []deviceFlag
	Heard   string
	From    string // who speaks of it
	Line    string // lost or retired
	Looks   []deviceLook
	Fails   int
	Untold  int  // checks whose answer nobody knows
	Nothing bool // nothing was heard for long
	Copied  bool // it has to enrol anew
}

// deviceLook is that somebody opened the page of a device on a day.
type deviceLook struct{ Name, On string }

// looks lists who opened the page of a device, by name.
func (s *Server) deviceLooks(ctx context.Context, who visitor, id string) ([]deviceLook, error) {
	list, err := s.Devices.Looks(ctx, who.Actor, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names, err := s.Access.Names(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	var out []deviceLook
	for _, l := range list {
		out = append(out, deviceLook{cmp.Or(names[l.Account], "somebody who left"), dayWords(l.Day)})
	}
	return out, nil
}

// zone is the zone that days and times of an organisation are written in.
func (s *Server) zone(ctx context.Context, who visitor) (*time.Location, error) {
	o, err := s.Access.Organisation(ctx, who.Actor)
	if err != nil {
		return nil, err
	}
	return time.LoadLocation(o.Zone)
}

// getOwnDevices shows them: GET /o/{org}/my/devices.
func (s *Server) getOwnDevices(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showOwnDevices(w, r, who, http.StatusOK, ownDevicesPage{})
}

func (s *Server) showOwnDevices(w http.ResponseWriter, r *http.Request, who visitor, status int, p ownDevicesPage) error {
	now := s.Now()
	zone, err := s.zone(r.Context(), who)
	if err != nil {
		return err
	}
	list, err := s.Devices.Mine(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	p.Links = who.Can(access.ManagePeople)
	if _, p.Known, err = s.Monitor.Mine(r.Context(), who.Actor, now); err != nil {
		return err
	}
	for _, d := range list {
		o := ownDeviceOf(d, now, zone)
		if o.Looks, err = s.deviceLooks(r.Context(), who, d.ID); err != nil {
			return err
		}
		if p.Fixes += o.Fails; o.Copied {
			p.Fixes++
		}
		p.Devices = append(p.Devices, o)
	}
	settings, err := s.Devices.Settings(r.Context(), who.Actor, now)
	if err != nil {
		return err
	}
	p.Adds, p.Files = settings.SelfEnrol, s.Packages.Files()
	p.Sample, p.Of = sampleMessage(list, now)
	p.frame = s.frame(w, r, who, "own-devices", "My devices")
	return s.render(w, r, status, ownDevices(p))
}

func ownDeviceOf(d device.Device, now time.Time, zone *time.Location) ownDevice {
	o := ownDevice{Device: d, Checks: deviceChecks(d, zone), Flags: deviceFlags(d, now), Heard: heardWords(d, now, zone), From: sourcesLine(d), Line: deviceStateLine(d, zone)}
	o.Nothing = d.State == device.InUse && !d.Reporting()
	for _, s := range d.Sources {
		o.Copied = o.Copied || s.Trouble == device.Copied && d.State == device.InUse
	}
	if d.State == device.InUse {
		for _, c := range o.Checks {
			switch c.State {
			case "fail":
				o.Fails++
			case "could_not_tell", "stale":
				o.Untold++
			}
		}
	}
	return o
}

// sourcesLine names who speaks of a device.
func sourcesLine(d device.Device) string {
	var out []string
	for _, s := range d.Sources {
		out = append(out, speakerWords(s.Kind))
	}
	if len(out) == 0 {
		return "nobody yet"
	}
	return strings.Join(out, ", ")
}

// ownDevicesSub says at the top how things stand.
func ownDevicesSub(p ownDevicesPage) string {
	switch {
	case len(p.Devices) == 0:
		return ""
	case p.Fixes == 0:
		return plural(len(p.Devices), "device", "devices") + ". Nothing has to be fixed."
	}
	return plural(len(p.Devices), "device", "devices") + ", " + plural(p.Fixes, "thing", "things") + " to fix."
}

// postDeviceCode makes a code and shows it once: POST /o/{org}/my/devices/code.
func (s *Server) postDeviceCode(w http.ResponseWriter, r *http.Request, who visitor) error {
	code, made, err := s.Devices.NewCode(r.Context(), who.Actor, s.Now())
	return s.showDeviceCode(w, r, who, code, made, err, "")
}

// postDeviceAnew makes a code that enrols a device anew: POST /o/{org}/devices/{device}/anew.
func (s *Server) postDeviceAnew(w http.ResponseWriter, r *http.Request, who visitor) error {
	d, err := s.Devices.Find(r.Context(), who.Actor, r.PathValue("device"), s.Now())
	if err != nil {
		return err
	}
	code, made, err := s.Devices.NewCodeFor(r.Context(), who.Actor, d.ID, s.Now())
	return s.showDeviceCode(w, r, who, code, made, err, deviceTitle(d))
}

func (s *Server) showDeviceCode(w http.ResponseWriter, r *http.Request, who visitor, code string, made device.Code, fault error, anew string) error {
	if fault != nil {
		return s.ownTrouble(w, r, who, fault, ownDevicesPage{})
	}
	zone, err := s.zone(r.Context(), who)
	if err != nil {
		return err
	}
	return s.showOwnDevices(w, r, who, http.StatusOK, ownDevicesPage{Enrol: enrolWord(s.base(r), who.Slug(), code), Until: made.Until.In(zone).Format("15:04 MST"), Anew: anew})
}

// enrolWord is the one word a person gives the agent.
func enrolWord(base, slug, code string) string { return base + orgPath(slug) + "#" + code }

// ownTrouble shows a mistake on the page; any other failure goes on.
func (s *Server) ownTrouble(w http.ResponseWriter, r *http.Request, who visitor, err error, p ownDevicesPage) error {
	if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict && p.Problem.Code != problem.NotFound {
		return err
	}
	return s.showOwnDevices(w, r, who, statusOf(p.Problem.Code), p)
}

// postClaimDevice takes a device that is nobody's: POST /o/{org}/my/devices/claim.
func (s *Server) postClaimDevice(w http.ResponseWriter, r *http.Request, who visitor) error {
	digits := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(r.FormValue("digits"), "-", "")), ""))
	if len(digits) < 8 {
		return s.ownTrouble(w, r, who, problem.Field("digits", "Type the first 8 digits that toucan-agent status shows behind “device”."), ownDevicesPage{Digits: r.FormValue("digits")})
	}
	if err := s.Devices.Claim(r.Context(), who.Actor, digits, s.Now()); err != nil {
		p := problem.Of(err)
		if p.Code == problem.NotFound || p.Code == problem.Invalid || p.Code == problem.Conflict {
			err = problem.Field("digits", p.Text)
		}
		return s.ownTrouble(w, r, who, err, ownDevicesPage{Digits: r.FormValue("digits")})
	}
	return back(w, r, orgPath(who.Slug(), "my", "devices"), "The device is yours now. Its checks show below.")
}

// sampleMessage writes a message as the agent of a device sends it: the words of the
// checks and the build are what the device said last, the rest is made up, since the server
// keeps no message.
func sampleMessage(list []device.Device, now time.Time) (text, of string) {
	results := make([]wire.Result, 0, len(wire.Checks()))
	for _, c := range wire.Checks() {
		results = append(results, wire.Result{Check: c, Verdict: wire.Pass})
	}
	id, build := wire.ID(strings.Repeat("0", 32)), uint32(1_000_000)
	for _, d := range list {
		for _, s := range d.Sources {
			if s.Kind == device.Agent && len(s.Results) == len(results) && of == "" {
				results, id, build, of = s.Results, wire.ID(d.ID), s.Build, deviceTitle(d)
			}
		}
	}
	blank := wire.Hash(strings.Repeat("0", 64))
	m := wire.Delivery{V: wire.Version, Device: id, Build: build, SentAt: now.Unix(), Reports: []wire.Report{{
		Seq: 1, ObservedAt: now.Unix(), Rules: blank, Results: results, Detail: blank,
	}}}
	return string(wire.Encode(m)), of
}
