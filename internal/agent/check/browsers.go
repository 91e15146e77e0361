package check

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
	"github.com/toucan-grc/toucan/internal/wire/known"
)

var forManagers = []wire.Check{wire.PasswordManager}

// shelf is where the browsers of a platform keep their extensions.
type shelf struct {
	chromium []chromiumReads
	firefox  []firefoxReads
}

// chromiumReads are how one browser of Chromium's kind is looked at.
type chromiumReads struct {
	profiles  Read   // Names of its folder
	extension Read   // Stat of {profile} and {extension}
	settings  []Read // Files of {profile} that say whether an extension is switched off
}

// firefoxReads are how one browser of Firefox's kind is looked at.
type firefoxReads struct {
	profiles Read // File profiles.ini
	addons   Read // File extensions.json of {profile}
}

// addChromium puts a browser on the shelf: root is its folder below {home}, written with
// the separators of the platform.
func (s *shelf) addChromium(p wire.Platform, id, root string) {
	sep := separator(root)
	base := "{home}" + sep + root
	r := chromiumReads{
		profiles: line(Read{
			ID: string(p) + ".profiles." + id, Platform: p, Kind: Names, Where: base, For: forManagers,
			Why: "How many profiles this browser has: only names such as Default or Profile 1 are used.",
		}),
		extension: line(Read{
			ID: string(p) + ".extension." + id, Platform: p, Kind: Stat, Where: base + sep + strings.Join([]string{"{profile}", "Extensions", "{extension}"}, sep), For: forManagers,
			Why: "Whether the extension of a known password manager is there. {extension} is one of the ids compiled into the agent; the folder is never listed.",
		}),
	}
	for _, f := range []string{"Preferences", "Secure Preferences"} {
		r.settings = append(r.settings, line(Read{
			ID: string(p) + "." + strings.ToLower(strings.ReplaceAll(f, " ", "-")) + "." + id, Platform: p, Kind: File, Where: base + sep + "{profile}" + sep + f, Max: 12 << 20, For: forManagers,
			Why: "Whether that extension is switched off. Read only where one was found, and nothing but its entry is kept.",
		}))
	}
	s.chromium = append(s.chromium, r)
}

// addFirefox puts a browser on the shelf: root is the folder of its profiles.ini.
func (s *shelf) addFirefox(p wire.Platform, id, root string) {
	sep := separator(root)
	base := "{home}" + sep + root + sep
	s.firefox = append(s.firefox, firefoxReads{
		profiles: line(Read{
			ID: string(p) + ".profiles." + id, Platform: p, Kind: File, Where: base + "profiles.ini", Max: 256 << 10, For: forManagers,
			Why: "Where the profiles of this browser are.",
		}),
		addons: line(Read{
			ID: string(p) + ".addons." + id, Platform: p, Kind: File, Where: base + "{path}" + sep + "extensions.json", Max: 12 << 20, For: forManagers,
			Why: "Whether the add-on of a known password manager is there and switched on. Of all others nothing is kept.",
		}),
	})
}

func separator(root string) string {
	if strings.Contains(root, `\`) {
		return `\`
	}
	return "/"
}

// sighting is what was seen of password managers.
type sighting struct {
	found   string // name of one that counts for everybody
	builtIn bool   // one of the system or a browser: counts where it is accepted
	err     error  // something could not be looked at
}

// judge makes the verdict of a sighting.
func (s sighting) judge(in Input) wire.Result {
	switch {
	case s.found != "":
		return wire.Result{Verdict: wire.Pass}
	case s.builtIn && in.Settings.AcceptBuiltIn:
		return wire.Result{Verdict: wire.Pass, Reason: wire.BuiltIn}
	case s.err != nil:
		return wire.Result{Verdict: wire.CouldNotTell, Reason: because(s.err)}
	}
	return wire.Result{Verdict: wire.Fail, Reason: wire.Missing}
}

// see notes a manager that was found, or that one could not be looked for.
func (s *sighting) see(m known.Manager, err error) {
	switch {
	case absent(err):
	case err != nil:
		s.err = err
	case m.BuiltIn:
		s.builtIn = true
	default:
		s.found = m.Name
	}
}

// look looks through the browsers of one home. It ends with the first manager that counts.
func (s shelf) look(ctx context.Context, src Source, home string) sighting {
	var out sighting
	for _, r := range s.chromium {
		names, err := src.Names(ctx, r.profiles, home)
		if err != nil {
			if !absent(err) {
				out.err = err
			}
			continue
		}
		for _, profile := range names {
			if profileName.MatchString(profile) {
				out.builtIn = true // a browser keeps passwords itself
				r.look(ctx, src, home, profile, &out)
			}
			if out.found != "" {
				return out
			}
		}
	}
	for _, r := range s.firefox {
		r.look(ctx, src, home, &out)
		if out.found != "" {
			return out
		}
	}
	return out
}

// profileName are the folders of people: a guest's is emptied after each use.
var profileName = regexp.MustCompile(`^(Default|Profile [0-9]{1,4})$`)

// look looks for extensions in one profile.
func (r chromiumReads) look(ctx context.Context, src Source, home, profile string, out *sighting) {
	for _, m := range known.Managers {
		for _, id := range m.Chromium {
			_, err := src.Stat(ctx, r.extension, home, profile, id)
			if absent(err) {
				continue
			}
			if err == nil {
				var on bool
				if on, err = r.enabled(ctx, src, home, profile, id); err == nil && !on {
					continue
				}
			}
			out.see(m, err)
		}
	}
}

// enabled reports whether an extension that lies there is switched on. One that no file
// knows was taken out, and its folder is a remainder.
func (r chromiumReads) enabled(ctx context.Context, src Source, home, profile, id string) (bool, error) {
	var missing error
	for _, f := range r.settings {
		b, err := src.File(ctx, f, home, profile)
		if absent(err) {
			missing = err
			continue
		}
		if err != nil {
			return false, err
		}
		there, on, err := extensionOn(b, id)
		if err != nil {
			return false, err
		}
		if there {
			return on, nil
		}
		missing = nil
	}
	return false, missing
}

// extensionOn reads one entry of a browser's settings. Older browsers say state 1, newer
// ones only give reasons for which it is off.
func extensionOn(settings []byte, id string) (there, on bool, err error) {
	var s struct {
		Extensions struct {
			Settings map[string]json.RawMessage `json:"settings"`
		} `json:"extensions"`
	}
	if err := json.Unmarshal(settings, &s); err != nil {
		return false, false, err
	}
	entry, ok := s.Extensions.Settings[id]
	if !ok {
		return false, false, nil
	}
	var e struct {
		State   *float64        `json:"state"`
		Reasons json.RawMessage `json:"disable_reasons"`
	}
	if err := json.Unmarshal(entry, &e); err != nil {
		return false, false, err
	}
	reasons := string(bytes.TrimSpace(e.Reasons))
	off := (e.State != nil && *e.State != 1) || !slices.Contains([]string{"", "0", "[]", "null"}, reasons)
	return true, !off, nil
}

// look looks for add-ons in all profiles of a browser.
func (r firefoxReads) look(ctx context.Context, src Source, home string, out *sighting) {
	b, err := src.File(ctx, r.profiles, home)
	if err != nil {
		if !absent(err) {
			out.err = err
		}
		return
	}
	for group, keys := range parseINI(string(b)) {
		path := keys["Path"]
		if !strings.HasPrefix(group, "Profile") || path == "" || keys["IsRelative"] == "0" {
			continue
		}
		out.builtIn = true
		b, err := src.File(ctx, r.addons, home, path)
		if absent(err) {
			continue
		}
		var on []string
		if err == nil {
			on, err = addonsOn(b)
		}
		if err != nil {
			out.err = err
			continue
		}
		for _, m := range known.Managers {
			if slices.ContainsFunc(m.Firefox, func(id string) bool { return slices.Contains(on, id) }) {
				out.see(m, nil)
			}
		}
	}
}

// addonsOn are the ids of known add-ons that are switched on.
func addonsOn(extensions []byte) ([]string, error) {
	var s struct {
		Addons []struct {
			ID     string `json:"id"`
			Active bool   `json:"active"`
		} `json:"addons"`
	}
	if err := json.Unmarshal(extensions, &s); err != nil {
		return nil, err
	}
	var out []string
	for _, a := range s.Addons {
		ours := slices.ContainsFunc(known.Managers, func(m known.Manager) bool { return slices.Contains(m.Firefox, a.ID) })
		if a.Active && ours {
			out = append(out, a.ID)
		}
	}
	return out, nil
}
