package check

import (
	"io/fs"
	"testing"

	"github.com/toucan-grc/toucan/internal/wire"
)

func TestMacPasswordManager(t *testing.T) {
	app := func(place, id string) func(*fake) *fake {
		return holding(place+"/Contents/Info.plist", plistOf("CFBundleIdentifier", "<string>"+id+"</string>"))
	}
	const chrome = "/Users/anna/Library/Application Support/Google/Chrome/"
	extension := func(profile, id, state string) func(*fake) *fake {
		return both(holding(chrome+profile+"/Extensions/"+id+"/1.0_0/manifest.json", "{}"), holding(chrome+profile+"/Secure Preferences", `{"extensions":{"settings":{"`+id+`":{"state":`+state+`}}}}`))
	}
	const bitwarden = "nngceckbapebfimnlniiiahkandclblb"
	const pluginkit = macAsUser + "/usr/bin/pluginkit -m -p com.apple.Safari.web-extension -i com.bitwarden.desktop.safari"
	second := func(f *fake) *fake {
		f.users = append(f.users, User{Name: "ben", Home: "/Users/ben", ID: "502"})
		return f
	}
	tryAll(t, "macos/26", wire.MacOS, wire.PasswordManager, map[string]tried{
		"none":                                      {same, "fail(missing)"},
		"an application":                            {app("/Applications/Bitwarden.app", "com.bitwarden.desktop"), "pass"},
		"an application of one user":                {app("/Users/anna/Applications/KeePassXC.app", "org.keepassxc.keepassxc"), "pass"},
		"a folder that only has the name":           {app("/Applications/Bitwarden.app", "org.example.notes"), "fail(missing)"},
		"Apple's own, which every Mac has":          {app("/System/Applications/Passwords.app", "com.apple.Passwords"), "fail(missing)"},
		"a browser that keeps passwords itself":     {holding(chrome+"Default/Preferences", "{}"), "fail(missing)"},
		"an extension":                              {extension("Default", bitwarden, "1"), "pass"},
		"an extension of another profile":           {extension("Profile 3", bitwarden, "1"), "pass"},
		"an extension that is switched off":         {extension("Default", bitwarden, "0"), "fail(missing)"},
		"an extension whose id is one letter short": {extension("Default", bitwarden[1:], "1"), "fail(missing)"},
		"an extension of Safari":                    {saying(pluginkit, "+    com.bitwarden.desktop.safari(2026.8.0)\n"), "pass"},
		"an extension of Safari, switched off":      {saying(pluginkit, "-    com.bitwarden.desktop.safari(2026.8.0)\n"), "fail(missing)"},
		"one of two users has none":                 {both(second, extension("Default", bitwarden, "1")), "fail(missing)"},
		"two users, and an application of all":      {both(second, app("/Applications/1Password.app", "com.1password.1password")), "pass"},
		"a browser that may not be looked at":       {refusing("/Users/anna/Library/Application Support/Google/Chrome", fs.ErrPermission), "could_not_tell(no_permission)"},
		"nobody used it":                            {func(f *fake) *fake { f.users = nil; return f }, "could_not_tell(no_session)"},
	})
	own := wire.Usual()
	own.AcceptBuiltIn = true
	f := app("/System/Applications/Passwords.app", "com.apple.Passwords")(machine(t, "macos/26"))
	if got := f.verdict(t, wire.MacOS, wire.PasswordManager, Input{Settings: own}); got != "pass(built_in)" {
		t.Errorf("Apple's own where it is accepted: %s", got)
	}
	f = holding(chrome+"Default/Preferences", "{}")(machine(t, "macos/26"))
	if got := f.verdict(t, wire.MacOS, wire.PasswordManager, Input{Settings: own}); got != "pass(built_in)" {
		t.Errorf("a browser's own where it is accepted: %s", got)
	}
}

func TestWindowsPasswordManager(t *testing.T) {
	const edge = `C:\Users\anna\AppData\Local\Microsoft\Edge\User Data\`
	const firefox = `C:\Users\anna\AppData\Roaming\Mozilla\Firefox\`
	const bitwarden = "jbkfoedolllekgbhcbcoahefnbanhhlh"
	addon := func(active string) func(*fake) *fake {
		return both(holding(firefox+"profiles.ini", "[Profile0]\nName=default\nIsRelative=1\nPath=Profiles/x.default\n"),
			holding(firefox+`Profiles/x.default\extensions.json`, `{"addons":[{"id":"uBlock0@raymondhill.net","active":true},{"id":"{446900e4-71c2-419f-a6a7-df9c091e268b}","active":`+active+`}]}`))
	}
	tryAll(t, "windows/11", wire.Windows, wire.PasswordManager, map[string]tried{
		"none":                               {same, "fail(missing)"},
		"a program of everybody":             {holding(`C:\Program Files\KeePassXC\KeePassXC.exe`, ""), "pass"},
		"a program of one user":              {holding(`C:\Users\anna\AppData\Local\1Password\app\8\1Password.exe`, ""), "pass"},
		"whoever is signed out has it too":   {both(func(f *fake) *fake { f.users[0].Session = false; return f }, holding(`C:\Users\anna\AppData\Local\1Password\app\8\1Password.exe`, "")), "pass"},
		"a program of the Store":             {holding(`C:\Users\anna\AppData\Local\Packages\8bitSolutionsLLC.bitwardendesktop_h4e712dmw3xyy\LocalCache\x`, ""), "pass"},
		"an extension of Edge":               {both(holding(edge+`Default\Extensions\`+bitwarden+`\1\manifest.json`, "{}"), holding(edge+`Default\Secure Preferences`, `{"extensions":{"settings":{"`+bitwarden+`":{"state":1}}}}`)), "pass"},
		"Edge itself, which every PC has":    {holding(edge+`Default\Preferences`, "{}"), "fail(missing)"},
		"an add-on of Firefox":               {addon("true"), "pass"},
		"an add-on of Firefox, switched off": {addon("false"), "fail(missing)"},
	})
}
