package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/wire"
)

// Device is a machine and how it stands.
type Device struct {
	ID        string         `json:"id" doc:"32 hexadecimal digits, drawn by the server. Nothing of the machine is in it."`
	Code      string         `json:"code" example:"DEV-12"`
	Name      string         `json:"name,omitempty" doc:"What a person calls it. No source sets it."`
	Platform  string         `json:"platform" enum:"linux,macos,windows,other"`
	Owner     string         `json:"owner,omitempty" doc:"Id in the register of people; absent when it is nobody's."`
	State     string         `json:"state" enum:"in_use,lost,retired"`
	CreatedAt time.Time      `json:"created_at"`
	SeenAt    time.Time      `json:"seen_at,omitzero" doc:"When any source last spoke of it."`
	Reporting bool           `json:"reporting" doc:"Whether a source was heard of lately. Silence is never a pass."`
	Checks    []DeviceCheck  `json:"checks"`
	Sources   []DeviceSource `json:"sources"`
}

// DeviceCheck is how a device stands with one check, over all its sources.
type DeviceCheck struct {
	Check  string    `json:"check" enum:"disk_encryption,screen_lock,antivirus,password_manager,firewall,os_supported,auto_update"`
	State  string    `json:"state" enum:"pass,fail,not_applicable,could_not_tell,stale"`
	Reason string    `json:"reason,omitempty" doc:"A word of a closed list." example:"suspended"`
	Words  string    `json:"words,omitempty" doc:"The reason, said."`
	Since  time.Time `json:"since,omitzero"`
	From   string    `json:"from,omitempty" doc:"The source whose word counts."`
	Waiver string    `json:"waiver,omitempty" doc:"Id of the exception that makes it not applicable."`
}

// DeviceSource is one who speaks of a device.
type DeviceSource struct {
	Kind   string    `json:"kind" enum:"agent,osquery,fleet,intune,jamf,person"`
	SeenAt time.Time `json:"seen_at"`
	Stale  bool      `json:"stale"`
	Gaps   int       `json:"gaps" doc:"Reports that never came, as their numbers show."`
	Copied bool      `json:"copied" doc:"A copy or a restored machine reports under the same name: it has to enrol anew."`
}

// DeviceCount says how many devices stand how with a check.
type DeviceCount struct {
	Check         string `json:"check"`
	Of            int    `json:"of" doc:"Devices in use. All the others add up to it."`
	Pass          int    `json:"pass"`
	Fail          int    `json:"fail"`
	CouldNotTell  int    `json:"could_not_tell"`
	Stale         int    `json:"stale"`
	NotApplicable int    `json:"not_applicable"`
	Waived        int    `json:"waived"`
}

// DeviceSummary is the fleet in figures.
type DeviceSummary struct {
	Reporting int           `json:"reporting"`
	Of        int           `json:"of" doc:"Devices in use; lost and retired ones are not among them."`
	Checks    []DeviceCount `json:"checks"`
}

// DeviceStrip is what was known of a check over a time.
type DeviceStrip struct {
	Check  string        `json:"check"`
	Pieces []DevicePiece `json:"pieces"`
}

// DevicePiece is a stretch in which it was so.
type DevicePiece struct {
	State  string    `json:"state" enum:"pass,fail,not_applicable,could_not_tell,stale"`
	Reason string    `json:"reason,omitempty"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to" doc:"Not part of it."`
}

// DeviceOwner gives a device to somebody.
type DeviceOwner struct {
	Person string `json:"person" maxLength:"100" doc:"Id in the register of people; empty: nobody's."`
}

// DeviceState takes a device out, or back.
type DeviceState struct {
	State  string `json:"state" enum:"in_use,lost,retired"`
	Reason string `json:"reason" maxLength:"500"`
}

// NewWaiver is an exception with an end.
type NewWaiver struct {
	Check  string `json:"check" enum:"disk_encryption,screen_lock,antivirus,password_manager,firewall,os_supported,auto_update"`
	Reason string `json:"reason" minLength:"1" maxLength:"500"`
	Until  string `json:"until" doc:"Last day." example:"2026-12-31"`
}

// DeviceSettings are the thresholds of the organisation.
type DeviceSettings struct {
	LockMinutes     int  `json:"lock_minutes" enum:"5,10,15,20,30"`
	AcceptBuiltIn   bool `json:"accept_built_in" doc:"Password managers of the system or the browser count."`
	LinuxAntivirus  bool `json:"linux_antivirus" doc:"Antivirus is asked of Linux."`
	AcceptExtended  bool `json:"accept_extended" doc:"Extended support counts as supported."`
	IntervalMinutes int  `json:"interval_minutes" minimum:"15" maximum:"1440" doc:"Between two reports when nothing changes."`
	SelfEnrol       bool `json:"self_enrol" doc:"People may enrol devices of their own."`
	OrgCode         bool `json:"org_code" doc:"Codes may be made for devices that are nobody's at first."`
}

// InDevice names a device in the path.
type InDevice struct {
	InOrg
	Device string `path:"device" maxLength:"32"`
}

func deviceOf(d device.Device) Device {
	out := Device{ID: d.ID, Code: d.Code, Name: d.Name, Platform: string(d.Platform), Owner: d.Owner, State: string(d.State), CreatedAt: d.CreatedAt,
		SeenAt: d.SeenAt(), Reporting: d.Reporting(), Checks: []DeviceCheck{}, Sources: []DeviceSource{}}
	for _, v := range d.Checks {
		out.Checks = append(out.Checks, DeviceCheck{string(v.Check), string(v.State), string(v.Reason), v.Said(), v.Since, string(v.From), v.Waiver})
	}
	for _, s := range d.Sources {
		out.Sources = append(out.Sources, DeviceSource{string(s.Kind), s.SeenAt, s.Stale, s.Gaps, s.Trouble == device.Copied})
	}
	return out
}

func listDevices(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InPage
	State     string `query:"state" enum:"in_use,lost,retired" doc:"Only devices in this state."`
	Owner     string `query:"owner" maxLength:"100" doc:"Only those of this person; nobody: those without an owner."`
	Check     string `query:"check" maxLength:"40" doc:"Only those that stand with this check as stands says."`
	Stands    string `query:"stands" enum:"pass,fail,not_applicable,could_not_tell,stale,waived" doc:"Together with check. What is waived for a while is counted as waived only."`
	Reporting string `query:"reporting" enum:"true,false" doc:"Only those that were heard of lately, or not."`
}) (*listOut[Device], error) {
	all, err := s.Devices.List(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	place := make(map[string]int, len(all))
	for i, d := range all {
		place[d.ID] = i
	}
	f := device.Filter{State: device.State(in.State), Owner: in.Owner, Check: wire.Check(in.Check), Stands: in.Stands}
	if in.Reporting != "" {
		lately := in.Reporting == "true"
		f.Reporting = &lately
	}
	all = slices.DeleteFunc(all, func(d device.Device) bool { return !f.Takes(d) })
	which := strings.Join([]string{"devices", in.State, in.Owner, in.Check, in.Stands, in.Reporting}, " ")
	page, err := paged(in.InPage, all, which, func(d device.Device) string { return d.ID }, func(a, b string) int { return place[a] - place[b] })
	if err != nil {
		return nil, err
	}
	out := &listOut[Device]{List[Device]{Items: []Device{}, Next: page.Body.Next, Total: page.Body.Total}}
	for _, d := range page.Body.Items {
		out.Body.Items = append(out.Body.Items, deviceOf(d))
	}
	return out, nil
}

func getDeviceSummary(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[DeviceSummary], error) {
	all, err := s.Devices.List(ctx, who, s.Now())
	if err != nil {
		return nil, err
	}
	out := DeviceSummary{Checks: []DeviceCount{}}
	out.Reporting, out.Of = device.Reporting(all)
	for _, c := range device.Sum(all) {
		out.Checks = append(out.Checks, DeviceCount{string(c.Check), c.Of, c.Pass, c.Fail, c.CouldNotTell, c.Stale, c.NotApplicable, c.Waived})
	}
	return single(out, nil)
}

// getDevice shows a device, and its owner that somebody looked.
func getDevice(s *Server, ctx context.Context, who access.Actor, in *InDevice) (*oneOut[Device], error) {
	now := s.Now()
	d, err := s.Devices.Find(ctx, who, in.Device, now)
	if err == nil {
		err = s.Devices.Look(ctx, who, d.ID, now)
	}
	return single(deviceOf(d), err)
}

func getDeviceHistory(s *Server, ctx context.Context, who access.Actor, in *struct {
	InDevice
	From time.Time `query:"from" required:"true"`
	To   time.Time `query:"to" required:"true"`
}) (*oneOut[List[DeviceStrip]], error) {
	strips, err := s.Devices.Strips(ctx, who, in.Device, in.From, in.To, s.Now())
	if err == nil {
		err = s.Devices.Look(ctx, who, in.Device, s.Now())
	}
	out := List[DeviceStrip]{Items: []DeviceStrip{}, Total: len(strips)}
	for _, x := range strips {
		y := DeviceStrip{string(x.Check), []DevicePiece{}}
		for _, p := range x.Pieces {
			y.Pieces = append(y.Pieces, DevicePiece{string(p.State), p.Reason, p.From, p.To})
		}
		out.Items = append(out.Items, y)
	}
	return single(out, err)
}

func setDeviceOwner(s *Server, ctx context.Context, who access.Actor, in *struct {
	InDevice
	InOnce
	Body DeviceOwner
}) (*oneOut[Done], error) {
	return single(Done{true}, s.Devices.Own(ctx, who, []string{in.Device}, in.Body.Person, s.Now()))
}

func setDeviceState(s *Server, ctx context.Context, who access.Actor, in *struct {
	InDevice
	InOnce
	Body DeviceState
}) (*oneOut[Done], error) {
	act := s.Devices.Restore
	switch device.State(in.Body.State) {
	case device.Lost:
		act = s.Devices.Lose
	case device.Retired:
		act = s.Devices.Retire
	}
	return single(Done{true}, act(ctx, who, []string{in.Device}, in.Body.Reason, s.Now()))
}

func createWaiver(s *Server, ctx context.Context, who access.Actor, in *struct {
	InDevice
	InOnce
	Body NewWaiver
}) (*oneOut[Done], error) {
	until, err := dayOf("until", in.Body.Until)
	if err != nil {
		return nil, err
	}
	return single(Done{true}, s.Devices.Waive(ctx, who, []string{in.Device}, wire.Check(in.Body.Check), in.Body.Reason, until, s.Now()))
}

func endWaiver(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Waiver string `path:"waiver" maxLength:"100"`
}) (*oneOut[Done], error) {
	return single(Done{true}, s.Devices.EndWaiver(ctx, who, in.Waiver, s.Now()))
}

func getDeviceSettings(s *Server, ctx context.Context, who access.Actor, _ *InOrg) (*oneOut[DeviceSettings], error) {
	x, err := s.Devices.Settings(ctx, who, s.Now())
	return single(DeviceSettings{x.LockMinutes, x.AcceptBuiltIn, x.LinuxAntivirus, x.AcceptExtended, x.IntervalMinutes, x.SelfEnrol, x.OrgCode}, err)
}

func setDeviceSettings(s *Server, ctx context.Context, who access.Actor, in *struct {
	InOrg
	InOnce
	Body DeviceSettings
}) (*oneOut[Done], error) {
	b := in.Body
	return single(Done{true}, s.Devices.SetSettings(ctx, who, device.Settings{
		Settings:  wire.Settings{LockMinutes: b.LockMinutes, AcceptBuiltIn: b.AcceptBuiltIn, LinuxAntivirus: b.LinuxAntivirus, AcceptExtended: b.AcceptExtended, IntervalMinutes: b.IntervalMinutes},
		SelfEnrol: b.SelfEnrol, OrgCode: b.OrgCode,
	}, s.Now()))
}
