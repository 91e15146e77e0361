package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

// frame is what the shell around every page needs: where we are and who is looking.
type frame struct {
	Title   string
	Crumbs  []crumb // from the outermost; the page itself comes last, without an address
	Here    string  // key of the entry of the navigation
	Org     string  // name of the organisation
	Slug    string
	Home    string // address of the first page of this role
	Account string // name of the person
	Role    string
	Theme   string // "light", "dark", or "" for what the device prefers
	Flash   string // one sentence about what was just done
	Query   string // what was searched for
	Finds   bool   // may search
	Asks    bool   // has requests for evidence
	Nav     []navGroup
	Tabs    []pill         // parts of the settings
	zone    *time.Location // of the organisation
	Again   bool           // the page changes by itself: without the script the browser loads it anew
}

type crumb struct{ Text, To string }

type navGroup struct {
	Title string
	Items []navItem
}

type navItem struct {
	Key, Text, Icon, To string
	Go                  string // letter after g
	Count               string
}

// moment writes a moment in the organisation's zone.
func (f frame) moment(t time.Time) string {
	if f.zone == nil {
		return momentWords(t, time.UTC)
	}
	return momentWords(t, f.zone)
}

// path returns the address of a page of the organisation; each part is escaped.
func (f frame) path(parts ...string) string { return orgPath(f.Slug, parts...) }

func orgPath(slug string, parts ...string) string {
	var b strings.Builder
	b.WriteString("/o/" + url.PathEscape(slug))
	for _, p := range parts {
		b.WriteString("/" + url.PathEscape(p))
	}
	return b.String()
}

// query adds values to an address and leaves out the empty ones. The values come in pairs.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// navigation lists the pages that somebody with this role may open.
func navigation(slug string, counts navCounts, can func(access.Action) bool) []navGroup {
	to := func(parts ...string) string { return orgPath(slug, parts...) }
	all := []navGroup{
		{"", []navItem{
			{"overview", "Overview", "home", to(), "o", ""},
			{"tasks", "My tasks", "checklist", to("tasks"), "t", count(counts.Tasks)},
			{"reading", "My policies", "file-check", to("policies", "mine"), "y", ""},
			{"own-devices", "My devices", "device-laptop", to("my", "devices"), "", ""},
		}},
		{"Programme", []navItem{
			{"frameworks", "Frameworks", "certificate", to("frameworks"), "f", count(counts.Frameworks)},
			{"controls", "Controls", "shield-check", to("controls"), "c", count(counts.Controls)},
			{"library", "Library", "books", to("library"), "l", ""},
			{"policies", "Policies", "file-text", to("policies"), "d", ""},
			{"isms", "Management system", "building-cog", to("isms"), "z", ""},
			{"gap", "Gap analysis", "arrows-diff", to("gap"), "a", ""},
			{"risks", "Risks", "alert-triangle", to("risks"), "r", ""},
			{"crosswalk", "Crosswalk", "git-compare", to("crosswalk"), "x", ""},
			{"soa", "Statement of applicability", "list-details", to("isms", "statement"), "q", ""},
			{"import", "Import", "file-import", to("import"), "i", ""},
		}},
		{"Operation", []navItem{
			{"evidence", "Evidence", "paperclip", evidenceHome(slug, can), "e", ""},
			{"calendar", "Calendar", "calendar-event", to("calendar"), "v", ""},
			{"window", "Window explorer", "calendar-search", to("window"), "w", ""},
			{"findings", "Findings", "flag", to("findings"), "n", ""},
		}},
		{"Audit", []navItem{
			{"samples", "Sampling", "list-check", to("samples"), "u", ""},
			{"log", "Log", "history", to("log"), "h", ""},
		}},
		{"Organisation", []navItem{
			{"people", "People", "users", to("people"), "p", count(counts.People)},
			{"devices", "Devices", "devices", to("devices"), "", ""},
			{"systems", "Systems", "server-2", to("systems"), "g", ""},
			{"vendors", "Vendors", "building-store", to("vendors"), "", ""},
			{"training", "Training", "school", to("training"), "k", ""},
			{"joiners", "Joiners and leavers", "user-plus", to("joiners"), "b", ""},
			{"jobs", "Jobs", "progress", to("jobs"), "j", ""},
			{"settings", "Settings", "settings", to("settings"), "s", ""},
			{"account", "My account", "user", to("account"), "m", ""},
		}},
	}
	needs := map[string]access.Action{
		"overview":    access.ViewPosture,
		"tasks":       access.OwnTasks,
		"reading":     access.OwnPolicies,
		"frameworks":  access.ViewPosture,
		"controls":    access.ViewControls,
		"library":     access.ViewControls,
		"policies":    access.ViewPolicies,
		"isms":        access.ViewISMS,
		"calendar":    access.ViewISMS,
		"gap":         access.ViewPosture,
		"risks":       access.ViewRisks,
		"window":      access.ViewPosture,
		"findings":    access.ViewFindings,
		"crosswalk":   access.ViewPosture,
		"soa":         access.ViewISMS,
		"import":      access.ImportInventory,
		"people":      access.ViewPeople,
		"training":    access.ViewTraining,
		"joiners":     access.ViewJoiners,
		"own-devices": access.UseDevices,
		"devices":     access.ViewDevices,
		"systems":     access.ViewSystems,
		"vendors":     access.ViewVendors,
		"settings":    access.ViewPosture,
		"jobs":        access.ViewJobs,
		"samples":     access.ViewSamples,
		"log":         access.ViewLog,
	}
	var out []navGroup
	if !can(access.ViewPosture) {
		all = own(all)
	}
	for _, g := range all {
		g.Items = slices.DeleteFunc(g.Items, func(n navItem) bool {
			if n.Key == "evidence" {
				return !can(access.ViewEvidence) && !can(access.AnswerRequests)
			}
			return needs[n.Key] != "" && !can(needs[n.Key])
		})
		if len(g.Items) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// own is the navigation of who only does what is asked of them: one list without
// headings. What they are asked for as evidence stands among their tasks.
func own(all []navGroup) []navGroup {
	var one navGroup
	for _, g := range all {
		for _, n := range g.Items {
			if n.Key != "evidence" {
				one.Items = append(one.Items, n)
			}
		}
	}
	return []navGroup{one}
}

type navCounts struct{ Frameworks, Controls, People, Tasks int }

func count(n int) string {
	if n == 0 {
		return ""
	}
	return group(n)
}

// group writes a number with thin spaces between thousands.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// plural returns "1 control" or "3 controls".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return group(n) + " " + many
}

// initials returns at most two letters for the round mark of a person.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.ToUpper(string(first))
}

// tone picks one of six colours for a person, always the same for the same name.
func tone(name string) string {
	sum := 0
	for _, c := range name {
		sum = sum*31 + int(c)
	}
	return "tone-" + strconv.Itoa(1+(sum&0xffff)%6)
}
