package check

import (
	"slices"
	"testing"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Whole machines, in the order of wire.Checks. Their languages change nothing.
func TestMacsAndWindowsMachines(t *testing.T) {
	for name, want := range map[string][]string{
		"macos/26":            {"pass", "pass", "pass(platform_protection)", "fail(missing)", "pass", "pass", "pass"},
		"macos/15-de":         {"pass", "pass", "pass", "pass", "pass", "pass", "could_not_tell(managed_elsewhere)"},
		"macos/14-fr":         {"fail(in_progress)", "pass", "pass(platform_protection)", "pass", "pass", "could_not_tell(table_old)", "pass"},
		"macos/13-ja":         {"fail(off)", "fail(grace_too_long)", "pass(platform_protection)", "fail(missing)", "fail(off)", "fail(eol_passed)", "fail(download_only)"},
		"windows/11":          {"pass", "pass", "pass", "fail(missing)", "pass", "pass", "pass"},
		"windows/11-de":       {"pass", "pass", "pass", "pass", "fail(some_profile_off)", "pass", "fail(notify_only)"},
		"windows/11-ja":       {"pass", "fail(no_password)", "pass", "fail(missing)", "pass", "fail(eol_passed)", "fail(paused)"},
		"windows/10-fr":       {"fail(suspended)", "pass", "pass", "pass", "pass", "pass(extended_support)", "pass"},
		"windows/server-2022": {"fail(off)", "pass", "pass", "fail(missing)", "pass", "pass", "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			p := wire.MacOS
			if name[0] == 'w' {
				p = wire.Windows
			}
			var got []string
			for _, c := range wire.Checks() {
				got = append(got, machine(t, name).verdict(t, p, c, Input{}))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// The reasons that stay on the device name what was read, and a verdict without any would
// be one nobody can look into.
func TestEveryVerdictKeepsWhatItRestsOn(t *testing.T) {
	for name, p := range map[string]wire.Platform{"macos/15-de": wire.MacOS, "windows/10-fr": wire.Windows} {
		for _, a := range Run(t.Context(), machine(t, name), Input{Platform: p, Settings: wire.Usual(), Now: now}) {
			if len(a.Detail) == 0 {
				t.Errorf("%s: %s rests on nothing", name, a.Check)
			}
		}
	}
}

// A Source on which nothing answers gives no pass and no fail that is a guess.
func TestWithoutAnswersNothingIsTold(t *testing.T) {
	for _, p := range []wire.Platform{wire.MacOS, wire.Windows} {
		for _, a := range Run(t.Context(), newFake(), Input{Platform: p, Settings: wire.Usual(), Now: now}) {
			if a.Verdict == wire.Pass {
				t.Errorf("%s on %s passes where nothing answers", a.Check, p)
			}
		}
	}
}
