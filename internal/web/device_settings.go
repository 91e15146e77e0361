package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/wire"
)

// deviceSettingsPage is what is asked of devices, and the codes for many at once.
type deviceSettingsPage struct {
	frame
	device.Settings
	Codes     []deviceCode
	CanManage bool
	Enrol     string // the word of a new code; shown once
	Made      deviceCode
	Uses      string // as typed
	Until     string
	Problem   *problem.Error
}

// deviceCode is an organisation code that works. Its text is gone.
type deviceCode struct{ ID, By, Made, Until, Used, Of string }

// getDeviceSettings shows them: GET /o/{org}/devices/settings.
func (s *Server) getDeviceSettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showDeviceSettings(w, r, who, http.StatusOK, deviceSettingsPage{}, nil)
}

// showDeviceSettings draws the page; typed are the settings of a form with a mistake.
func (s *Server) showDeviceSettings(w http.ResponseWriter, r *http.Request, who visitor, status int, p deviceSettingsPage, typed *device.Settings) error {
	ctx, now := r.Context(), s.Now()
	zone, err := s.zone(ctx, who)
	if err != nil {
		return err
	}
	if p.Settings, err = s.Devices.Settings(ctx, who.Actor, now); err != nil {
		return err
	}
	if typed != nil {
		p.Settings = *typed
	}
	if p.CanManage = who.Can(access.ManageDevices); p.CanManage {
		list, err := s.Devices.Codes(ctx, who.Actor, now)
		if err != nil {
			return err
		}
		names, err := s.Access.Names(ctx, who.Actor)
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.Person != "" || c.Device != "" { // somebody's own, for one device
				continue
			}
			p.Codes = append(p.Codes, deviceCodeOf(c, names, zone))
		}
	}
	if p.Until == "" {
		p.Uses, p.Until = "50", (cadence.DateOf(now, zone) + 14).String()
	}
	p.frame = s.frame(w, r, who, "devices", "Settings of devices", crumb{"Devices", orgPath(who.Slug(), "devices")})
	return s.render(w, r, status, deviceSettings(p))
}

func deviceCodeOf(c device.Code, names map[string]string, zone *time.Location) deviceCode {
	return deviceCode{c.ID, names[c.By], momentWords(c.At, zone), momentWords(c.Until, zone), group(c.Uses - c.Left), group(c.Uses)}
}

// postDeviceSettings keeps them: POST /o/{org}/devices/settings.
func (s *Server) postDeviceSettings(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	on := func(name string) bool { return r.PostForm.Get(name) == "yes" }
	next := device.Settings{Settings: wire.Settings{LockMinutes: number(r.PostForm.Get("lock_minutes")), IntervalMinutes: number(r.PostForm.Get("interval_minutes")),
		AcceptBuiltIn: on("accept_built_in"), LinuxAntivirus: on("linux_antivirus"), AcceptExtended: on("accept_extended")}, SelfEnrol: on("self_enrol"), OrgCode: on("org_code")}
	if err := s.Devices.SetSettings(r.Context(), who.Actor, next, s.Now()); err != nil {
		if p := problem.Of(err); p.Code == problem.Invalid || p.Code == problem.Conflict {
			return s.showDeviceSettings(w, r, who, statusOf(p.Code), deviceSettingsPage{Problem: p}, &next)
		}
		return err
	}
	return back(w, r, orgPath(who.Slug(), "devices", "settings"), "Saved. Each device hears of it with its next report.")
}

// postDeviceOrgCode makes a code for many devices and shows it once: POST /o/{org}/devices/codes.
func (s *Server) postDeviceOrgCode(w http.ResponseWriter, r *http.Request, who visitor) error {
	p := deviceSettingsPage{Uses: strings.TrimSpace(r.FormValue("uses")), Until: strings.TrimSpace(r.FormValue("until"))}
	zone, err := s.zone(r.Context(), who)
	if err != nil {
		return err
	}
	var code string
	var made device.Code
	last, err := inventoryForm{Values: r.PostForm}.day("until")
	if err == nil {
		code, made, err = s.Devices.NewOrgCode(r.Context(), who.Actor, number(p.Uses), cadence.In(zone).End(last), s.Now())
	}
	if err != nil {
		if p.Problem = problem.Of(err); p.Problem.Code != problem.Invalid && p.Problem.Code != problem.Conflict {
			return err
		}
		return s.showDeviceSettings(w, r, who, statusOf(p.Problem.Code), p, nil)
	}
	p.Enrol, p.Made = enrolWord(s.base(r), who.Slug(), code), deviceCodeOf(made, nil, zone)
	return s.showDeviceSettings(w, r, who, http.StatusOK, p, nil)
}

// postDeviceOrgCodeEnd ends one: POST /o/{org}/devices/codes/{code}/end.
func (s *Server) postDeviceOrgCodeEnd(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := s.Devices.EndCode(r.Context(), who.Actor, r.PathValue("code"), s.Now()); err != nil {
		return err
	}
	return back(w, r, orgPath(who.Slug(), "devices", "settings"), "The code is ended. Devices that enrolled with it stay.")
}

func lockOptions() []option {
	var out []option
	for _, n := range wire.LockMinutes() {
		out = append(out, option{strconv.Itoa(n), plural(n, "minute", "minutes")})
	}
	return out
}

// intervalOptions are the choices between two reports; have is kept as a choice.
func intervalOptions(have int) []option {
	var out []option
	known := false
	for _, n := range []int{15, 60, 120, 240, 480, 720, 1440} {
		out = append(out, option{strconv.Itoa(n), reportEvery(n)})
		known = known || n == have
	}
	if !known && have > 0 {
		out = append(out, option{strconv.Itoa(have), reportEvery(have)})
	}
	return out
}

func reportEvery(n int) string {
	switch {
	case n == 1440:
		return "once a day"
	case n == 60:
		return "every hour"
	case n%60 == 0:
		return fmt.Sprintf("every %d hours", n/60)
	}
	return fmt.Sprintf("every %d minutes", n)
}
