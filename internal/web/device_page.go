package web

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/wire"
)

// devicePage is one device: the same page for its owner and for whoever runs
// compliance, so that people see what is seen of them.
type devicePage struct {
	frame
	ownDevice
	OwnerName string
	Mine      bool
	CanManage bool
	Year      deviceYear
	Sources   []deviceSource
	Trail     []deviceEvent
	Persons   []option
	Form      string // the form a problem belongs to
	Typed     map[string]string
	Problem   *problem.Error
	Waivable  []option
	Sayable   []option
}

// deviceSource is one who speaks of the device.
type deviceSource struct {
	Name, Heard string
	Stale       bool
	Build       string
	Answers     int // checks it answers
	Signed      bool
}

// deviceEvent is a line of the history.
type deviceEvent struct{ What, By, At string }

// getDevice shows it: GET /o/{org}/devices/{device}. The owner sees the same page;
// that somebody else opened it is kept and shown to the owner.
func (s *Server) getDevice(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.showDevice(w, r, who, http.StatusOK, devicePage{})
}

func (s *Server) showDevice(w http.ResponseWriter, r *http.Request, who visitor, status int, p devicePage) error {
	ctx, now, id := r.Context(), s.Now(), r.PathValue("device")
	d, err := s.Devices.Find(ctx, who.Actor, id, now)
	if err != nil {
		return err
	}
	zone, err := s.zone(ctx, who)
	if err != nil {
		return err
	}
	if p.Mine, err = s.isMine(r, who, d.ID, now); err != nil {
		return err
	}
	if !p.Mine && status == http.StatusOK {
		if err := s.Devices.Look(ctx, who.Actor, d.ID, now); err != nil {
			return err
		}
	}
	days := shownYear(now, zone)
	strips, err := s.Devices.Strips(ctx, who.Actor, d.ID, cadence.In(zone).Start(days.From), now, now)
	if err != nil {
		return err
	}
	events, err := s.Devices.Events(ctx, who.Actor, d.ID)
	if err != nil {
		return err
	}
	p.ownDevice = ownDeviceOf(d, now, zone)
	if p.Looks, err = s.deviceLooks(ctx, who, d.ID); err != nil {
		return err
	}
	p.CanManage = who.Can(access.ManageDevices)
	if err := s.deviceOwner(r, who, &p); err != nil {
		return err
	}
	p.Year = deviceYearOf(d, strips, now, zone)
	for _, x := range d.Sources {
		p.Sources = append(p.Sources, deviceSource{upperFirst(speakerWords(x.Kind)), momentWords(x.SeenAt, zone), x.Stale, buildWords(x.Build), len(x.Results), x.Kind == device.Agent})
	}
	names, err := s.Access.Names(ctx, who.Actor)
	if err != nil {
		return err
	}
	for _, e := range events {
		p.Trail = append(p.Trail, deviceEvent{upperFirst(e.Words), names[e.By], momentWords(e.At, zone)})
	}
	p.Waivable, p.Sayable = checkOptions(), sayOptions()
	above := []crumb{{"My devices", orgPath(who.Slug(), "my", "devices")}}
	here := "own-devices"
	if who.Can(access.ViewDevices) {
		here, above = "devices", []crumb{{"Devices", orgPath(who.Slug(), "devices")}}
	}
	p.frame = s.frame(w, r, who, here, deviceTitle(d), above...)
	return s.render(w, r, status, showDevicePage(p))
}

// isMine reports whether the reader owns the device.
func (s *Server) isMine(r *http.Request, who visitor, id string, now time.Time) (bool, error) {
	list, err := s.Devices.Mine(r.Context(), who.Actor, now)
	for _, d := range list {
		if d.ID == id {
			return true, err
		}
	}
	return false, err
}

// deviceOwner names the owner; who only sees their own need not be able to read the
// register for it.
func (s *Server) deviceOwner(r *http.Request, who visitor, p *devicePage) error {
	if p.Mine {
		p.OwnerName = who.Account.Name
	}
	if !who.Can(access.ViewDevices) {
		return nil
	}
	b, err := s.shelf.open(r.Context(), who.Actor)
	if err != nil {
		return err
	}
	if person, ok := b.People[p.Owner]; ok {
		p.OwnerName = person.Name
	}
	p.Persons = b.personOptions()
	return nil
}

// sayOptions are the answers a person may give by hand.
func sayOptions() []option {
	var out []option
	for _, v := range []wire.Verdict{wire.Pass, wire.Fail, wire.NotApplicable} {
		out = append(out, option{string(v), result.State(v).Words()})
	}
	return out
}

// deviceAct runs what a form asks and goes back to the device, or shows the mistake
// beside the form.
func (s *Server) deviceAct(w http.ResponseWriter, r *http.Request, who visitor, form, done string, do func(id string) error) error {
	id := r.PathValue("device")
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole. Send it again.")
	}
	if err := do(id); err != nil {
		p := problem.Of(err)
		if p.Code != problem.Invalid && p.Code != problem.Conflict {
			return err
		}
		typed := map[string]string{}
		for k := range r.PostForm {
			typed[k] = r.PostForm.Get(k)
		}
		return s.showDevice(w, r, who, statusOf(p.Code), devicePage{Form: form, Problem: p, Typed: typed})
	}
	return back(w, r, orgPath(who.Slug(), "devices", id), done)
}

// postDeviceName names it: POST /o/{org}/devices/{device}/name.
func (s *Server) postDeviceName(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "name", "The name is saved.", func(id string) error {
		return s.Devices.Name(r.Context(), who.Actor, id, strings.TrimSpace(r.FormValue("name")), s.Now())
	})
}

// postDeviceLose reports it lost: POST /o/{org}/devices/{device}/lose.
func (s *Server) postDeviceLose(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "lose", "The device is reported lost. Tell your security team as well; nothing on it was locked or wiped.", func(id string) error {
		return s.Devices.Lose(r.Context(), who.Actor, []string{id}, r.FormValue("reason"), s.Now())
	})
}

// postDeviceRestore puts it back to use: POST /o/{org}/devices/{device}/restore.
func (s *Server) postDeviceRestore(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "restore", "The device is in use again.", func(id string) error {
		return s.Devices.Restore(r.Context(), who.Actor, []string{id}, r.FormValue("reason"), s.Now())
	})
}

// postDeviceRetire takes it out: POST /o/{org}/devices/{device}/retire.
func (s *Server) postDeviceRetire(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "retire", "The device is retired. Its history stays.", func(id string) error {
		return s.Devices.Retire(r.Context(), who.Actor, []string{id}, r.FormValue("reason"), s.Now())
	})
}

// postDeviceOwner gives it to somebody: POST /o/{org}/devices/{device}/owner.
func (s *Server) postDeviceOwner(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "owner", "The device has another owner now.", func(id string) error {
		return s.Devices.Own(r.Context(), who.Actor, []string{id}, r.FormValue("person"), s.Now())
	})
}

// postDeviceWaive allows a check to fail for a while: POST /o/{org}/devices/{device}/waive.
func (s *Server) postDeviceWaive(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "waive", "The check is waived until the day you named. It shows as waived, never as passed.", func(id string) error {
		until, err := formUntil(r.PostForm)
		if err != nil {
			return err
		}
		return s.Devices.Waive(r.Context(), who.Actor, []string{id}, wire.Check(r.FormValue("check")), r.FormValue("reason"), until, s.Now())
	})
}

// postDeviceWaiverEnd ends a waiver early: POST /o/{org}/devices/{device}/waivers/{waiver}/end.
func (s *Server) postDeviceWaiverEnd(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "waive", "The waiver is ended. What the device says counts again.", func(string) error {
		return s.Devices.EndWaiver(r.Context(), who.Actor, r.PathValue("waiver"), s.Now())
	})
}

// postDeviceSay keeps what a person saw with their own eyes: POST /o/{org}/devices/{device}/say.
func (s *Server) postDeviceSay(w http.ResponseWriter, r *http.Request, who visitor) error {
	return s.deviceAct(w, r, who, "say", "It is kept as said by you, up to the day you named.", func(id string) error {
		until, err := formUntil(r.PostForm)
		if err != nil {
			return err
		}
		return s.Devices.Say(r.Context(), who.Actor, id, wire.Check(r.FormValue("check")), wire.Verdict(r.FormValue("verdict")), r.FormValue("reason"), until, s.Now())
	})
}

// getDeviceChecks hands out a row for each check of each device: GET /o/{org}/devices/checks?format=.
func (s *Server) getDeviceChecks(w http.ResponseWriter, r *http.Request, who visitor) error {
	b, list, err := s.fleetList(r.Context(), who)
	if err != nil {
		return err
	}
	format := cmp.Or(r.FormValue("format"), "csv")
	var out bytes.Buffer
	if err := sheet.Write(&out, format, "Checks of devices", checkColumns(), checkExport(b, list)); err != nil {
		return err
	}
	kind := "text/csv; charset=utf-8"
	if format == "xlsx" {
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return sendFile(w, kind, who.Slug()+"-device-checks."+format, out.Bytes())
}

// typed is what a field of a form holds: what was typed into that form, or what there is.
func (p devicePage) typed(form, name, have string) string {
	if p.Form == form {
		if v, ok := p.Typed[name]; ok {
			return v
		}
	}
	return have
}

// wrong is the sentence about a field of a form.
func (p devicePage) wrong(form, name string) string {
	if p.Form != form || p.Problem == nil {
		return ""
	}
	return wrong(p.Problem, name)
}

// deviceFormFields are the fields whose problems stand beside them.
func deviceFormFields(form string) []string {
	return map[string][]string{"name": {"name"}, "owner": {"person"}, "lose": {"reason"}, "restore": {"reason"}, "retire": {"reason"},
		"waive": {"check", "reason", "until"}, "say": {"check", "verdict", "reason", "until"}}[form]
}
