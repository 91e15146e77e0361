package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/sheet"
	"github.com/toucan-grc/toucan/internal/wire"
)

func deviceRegisters() []register {
	return []register{{
		Path: []string{"devices"}, Here: "devices", Class: "set-devices", Title: "Devices", Sub: "The machines people work on, and what each says of seven checks. Only a pass counts as a pass; silence never does.",
		One: "device", Many: "devices", View: access.ViewDevices, Change: access.ManageDevices, Rows: deviceRows, Bulk: deviceBulk(),
		Columns: deviceColumns, Export: deviceExport,
		Icon: "device-laptop", None: "No device is registered yet", First: "People add their own on “My devices”. For many at once make an organisation code in the settings, or connect a system that manages devices already.",
	}}
}

// deviceBulk is what can be done to many devices at once.
func deviceBulk() []registerBulk {
	reason := func(label string) registerAsked {
		return registerAsked{input: input{Name: "reason", Label: label, Required: true, Hint: "The history keeps it, and an auditor reads it."}, Long: true}
	}
	return []registerBulk{
		{Key: "owner", Text: "Give an owner", Ask: func(ctx context.Context, s *Server, who visitor) ([]registerAsked, error) {
			b, err := s.shelf.open(ctx, who.Actor)
			if err != nil {
				return nil, err
			}
			return []registerAsked{{input: input{Name: "person", Label: "Owner"}, Options: b.personOptions()}}, nil
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			return plural(len(ids), "device has", "devices have") + " another owner now.", s.Devices.Own(ctx, who.Actor, ids, form.Get("person"), s.Now())
		}},
		{Key: "waive", Text: "Waive a check", Ask: func(context.Context, *Server, visitor) ([]registerAsked, error) {
			return []registerAsked{{input: input{Name: "check", Label: "Check", Required: true}, Options: checkOptions()}, reason("Why they need not pass it for a while"),
				{input: input{Name: "until", Label: "Last day", Type: "date", Required: true, Hint: "A waiver always ends. What fails until then is shown as waived, never as passed."}}}, nil
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			until, err := formUntil(form)
			if err != nil {
				return "", err
			}
			return "The check is waived for " + plural(len(ids), "device", "devices") + " until " + dayWords(until) + ".", s.Devices.Waive(ctx, who.Actor, ids, wire.Check(form.Get("check")), form.Get("reason"), until, s.Now())
		}},
		{Key: "retire", Text: "Retire", Ask: func(context.Context, *Server, visitor) ([]registerAsked, error) {
			return []registerAsked{reason("Why they end")}, nil
		}, Do: func(ctx context.Context, s *Server, who visitor, ids []string, form url.Values) (string, error) {
			return plural(len(ids), "device was", "devices were") + " retired.", s.Devices.Retire(ctx, who.Actor, ids, form.Get("reason"), s.Now())
		}},
	}
}

func checkOptions() []option {
	var out []option
	for _, c := range wire.Checks() {
		out = append(out, option{string(c), c.Label()})
	}
	return out
}

// deviceRows reads the fleet: what needs somebody first.
func deviceRows(ctx context.Context, s *Server, who visitor) (registerRows, error) {
	now := s.Now()
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return registerRows{}, err
	}
	list, err := s.Devices.List(ctx, who.Actor, now)
	if err != nil {
		return registerRows{}, err
	}
	type needing struct {
		d *device.Device
		n int
	}
	order := make([]needing, len(list))
	for i := range list {
		order[i] = needing{&list[i], deviceNeeds(list[i])}
	}
	slices.SortStableFunc(order, func(x, y needing) int { return y.n - x.n })
	out := registerRows{Heads: []registerHead{{Text: "Owner"}}, Acts: []registerAct{{"Settings", "settings", orgPath(b.Slug, "devices", "settings")}}}
	if who.Can(access.ManageDevices) {
		out.Acts = append([]registerAct{{"Sources", "link", orgPath(b.Slug, "devices", "sources")}}, out.Acts...)
	}
	for _, c := range wire.Checks() {
		out.Heads = append(out.Heads, registerHead{Text: checkShort(c), Mid: true})
	}
	out.Heads = append(out.Heads, registerHead{Text: "Last heard", Wide: true})
	out.Rows = make([]registerRow, 0, len(order))
	for _, x := range order {
		out.Rows = append(out.Rows, deviceRow(b, x.d, now))
	}
	out.Filters = deviceFilters(out.Rows)
	if len(list) > 0 {
		out.Above = fleetSummary(fleetOf(b.Slug, list))
	}
	return out, nil
}

func deviceRow(b *book, d *device.Device, now time.Time) registerRow {
	row := registerRow{ID: d.ID, Code: d.Code, Name: deviceTitle(*d), Sub: d.Platform.Label(), To: orgPath(b.Slug, "devices", d.ID), Gone: d.State != device.InUse, Facets: d.Facets()}
	if d.Name == "" { // the code stands in the name
		row.Code = ""
	}
	switch {
	case d.State == device.Lost:
		row.Sub += ", reported lost"
	case d.State == device.Retired:
		row.Sub += ", retired"
	}
	for _, s := range d.Sources {
		if s.Trouble == device.Copied {
			row.Sub += ", a copy reports: enrol anew"
		}
	}
	row.Cells = func() []registerCell { return deviceCells(b, d, now) }
	return row
}

func deviceCells(b *book, d *device.Device, now time.Time) []registerCell {
	out := []registerCell{{Text: b.People[d.Owner].Name, Person: true}}
	for _, v := range d.Checks {
		state := v.Stands()
		out = append(out, registerCell{Text: deviceStateWords(state), Order: fmt.Sprint(slices.Index([]string{"fail", "could_not_tell", "stale", waived, "not_applicable", "pass"}, state)),
			Draw: deviceCell(v.Check, state, v.Check.Label()+" "+verdictWords(v, d.Waivers))})
	}
	return append(out, registerCell{Text: heardShort(*d, now), Sub: sourcesLine(*d), Order: fmt.Sprintf("%020d", d.SeenAt().Unix())})
}

// heardShort is when a device was last heard of, in two words.
func heardShort(d device.Device, now time.Time) string {
	at := d.SeenAt()
	switch ago := now.Sub(at); {
	case at.IsZero():
		return "never"
	case ago < 48*time.Hour:
		return agoWords(at, now)
	default:
		return plural(int(ago.Hours()/24), "day", "days") + " ago"
	}
}

// deviceFilters offers what narrows the list; of the checks only what some device has.
func deviceFilters(rows []registerRow) []registerFilter {
	has := map[string]map[string]bool{}
	for _, r := range rows {
		for name, values := range r.Facets {
			if has[name] == nil {
				has[name] = map[string]bool{}
			}
			for _, v := range values {
				if !has[name][v] {
					has[name][v] = true
				}
			}
		}
	}
	some := func(name string, all []option) []option {
		return slices.DeleteFunc(all, func(o option) bool { return !has[name][o.Value] })
	}
	var checks, platforms, sources []option
	for _, c := range wire.Checks() {
		for _, state := range deviceStates {
			checks = append(checks, option{string(c) + "." + state, c.Label() + " " + deviceStateWords(state)})
		}
	}
	for _, p := range wire.Platforms() {
		platforms = append(platforms, option{string(p), p.Label()})
	}
	for _, k := range []device.SourceKind{device.Agent, device.Osquery, device.Fleet, device.Intune, device.Jamf, device.Person} {
		sources = append(sources, option{string(k), upperFirst(speakerWords(k))})
	}
	sources = append(sources, option{"several", "Several sources"})
	return []registerFilter{
		{Name: "show", Label: "State", All: "In use", Options: []option{{"fail", "A check fails"}, {"could_not_tell", "Could not tell"}, {"silent", "Not heard of"}, {waived, "Waived"}, {"nobody", "Nobody’s"}, {"lost", "Lost"}, {"retired", "Retired"}}},
		{Name: "check", Label: "Check and answer", All: "Any check", Options: some("check", checks)},
		{Name: "platform", Label: "System", All: "All systems", Options: some("platform", platforms)},
		{Name: "source", Label: "Source", All: "All sources", Options: some("source", sources)},
		{Name: "trouble", Label: "Trouble", All: "Trouble or none", Options: some("trouble", []option{{"copied", "A copy reports"}, {"gaps", "Reports never came"}, {"skew", "Clock is off"}})},
	}
}

// fleet is the summary above the list.
type fleet struct {
	Reporting, Of int
	Silent        int
	Lost, Retired int
	Nobody        int
	Fail          int // devices with a check that fails
	Checks        []fleetCheck
	Slug          string
}

// fleetCheck is one check over all devices: every answer counted, silence too.
type fleetCheck struct {
	device.Count
	Parts []fleetPart
	Label string // the whole in words
}

type fleetPart struct {
	State string
	N     int
	To    string // the devices it counts
}

// fleetOf counts.
func fleetOf(slug string, list []device.Device) fleet {
	f := fleet{Slug: slug}
	f.Reporting, f.Of = device.Reporting(list)
	for i := range list {
		switch d := &list[i]; {
		case d.State == device.Lost:
			f.Lost++
		case d.State == device.Retired:
			f.Retired++
		default:
			if !d.Reporting() {
				f.Silent++
			}
			if d.Owner == "" {
				f.Nobody++
			}
			if slices.ContainsFunc(d.Checks, func(v device.Verdict) bool { return v.Stands() == "fail" }) {
				f.Fail++
			}
		}
	}
	at := orgPath(slug, "devices")
	for _, c := range device.Sum(list) {
		row := fleetCheck{Count: c, Label: c.Check.Label() + ": "}
		for _, state := range deviceStates {
			n := map[string]int{"pass": c.Pass, "fail": c.Fail, "could_not_tell": c.CouldNotTell, "stale": c.Stale, waived: c.Waived, "not_applicable": c.NotApplicable}[state]
			if n > 0 {
				row.Parts = append(row.Parts, fleetPart{state, n, query(at, "check", string(c.Check)+"."+state) + "#list"})
				row.Label += group(n) + " " + deviceStateWords(state) + ", "
			}
		}
		row.Label += "of " + group(c.Of)
		f.Checks = append(f.Checks, row)
	}
	return f
}

// segments are the parts of the bar.
func (c fleetCheck) segments() []segment {
	var out []segment
	for _, p := range c.Parts {
		out = append(out, segment{"dev-" + p.State, p.N})
	}
	return out
}

// deviceColumns are those of the file with a row for each device.
func deviceColumns() []sheet.Column {
	out := []sheet.Column{{Key: "code", Title: "Code"}, {Key: "name", Title: "Name"}, {Key: "platform", Title: "System"}, {Key: "owner", Title: "Owner"}, {Key: "owner_email", Title: "Owner e-mail"}, {Key: "state", Title: "State"},
		{Key: "heard", Title: "Last heard (UTC)"}, {Key: "sources", Title: "Sources"}}
	for _, c := range wire.Checks() {
		out = append(out, sheet.Column{Key: string(c), Title: c.Label()})
	}
	return out
}

func deviceExport(ctx context.Context, s *Server, who visitor) ([][]string, error) {
	b, list, err := s.fleetList(ctx, who)
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, d := range list {
		row := deviceHead(b, d)
		for _, v := range d.Checks {
			row = append(row, v.Stands())
		}
		out = append(out, row)
	}
	return out, nil
}

func (s *Server) fleetList(ctx context.Context, who visitor) (*book, []device.Device, error) {
	b, err := s.shelf.open(ctx, who.Actor)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.Devices.List(ctx, who.Actor, s.Now())
	return b, list, err
}

// deviceHead is what both files say of a device first.
func deviceHead(b *book, d device.Device) []string {
	return []string{d.Code, d.Name, string(d.Platform), b.People[d.Owner].Name, b.People[d.Owner].Email, string(d.State), utcStamp(d.SeenAt()), sourcesLine(d)}
}

func utcStamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// checkColumns are those of the file with a row for each check of each device.
func checkColumns() []sheet.Column {
	return append(slices.Clone(deviceColumns()[:8]), sheet.Column{Key: "check", Title: "Check"}, sheet.Column{Key: "answer", Title: "Answer"}, sheet.Column{Key: "reason", Title: "Reason"},
		sheet.Column{Key: "since", Title: "Since (UTC)"}, sheet.Column{Key: "counts", Title: "Source that counts"}, sheet.Column{Key: "waived_until", Title: "Waived until"}, sheet.Column{Key: "waived_for", Title: "Waived because"})
}

func checkExport(b *book, list []device.Device) [][]string {
	var out [][]string
	for _, d := range list {
		for _, v := range d.Checks {
			until, because := "", ""
			for _, w := range d.Waivers {
				if w.ID == v.Waiver && v.Waiver != "" {
					until, because = w.Until.String(), w.Reason
				}
			}
			out = append(out, append(deviceHead(b, d), v.Check.Label(), v.Stands(), v.Said(), utcStamp(v.Since), string(v.From), until, because))
		}
	}
	return out
}

// formUntil reads the last day of a waiver or a statement.
func formUntil(form url.Values) (cadence.Date, error) {
	return inventoryForm{Values: form}.day("until")
}
