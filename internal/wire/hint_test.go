package wire

import (
	"strings"
	"testing"
	"unicode"
)

// Whoever reads a fail, or that something could not be told, reads what to do about it.
func TestEveryVerdictThatNeedsSomethingDoneHasAHint(t *testing.T) {
	for _, c := range Checks() {
		for _, p := range Platforms() {
			for _, r := range Reasons() {
				h := Hint(c, r, p)
				needed := r.Fits(c, Fail) || r.Fits(c, CouldNotTell)
				switch {
				case needed && h == "":
					t.Errorf("%s, %s on %s: nothing to do about it", c, r, p)
				case !needed && h != "" && r.Verdict() != Pass:
					t.Errorf("%s, %s on %s: %q", c, r, p, h)
				case h != "" && (len(h) > 330 || !unicode.IsUpper(rune(h[0])) || !strings.HasSuffix(h, ".")):
					t.Errorf("%s, %s on %s: %q is not a sentence or two (%d bytes)", c, r, p, h, len(h))
				}
			}
		}
	}
}

func TestAHintIsForThePlatform(t *testing.T) {
	for _, x := range []struct {
		c    Check
		r    Reason
		p    Platform
		says string
	}{
		{DiskEncryption, Off, MacOS, "FileVault"},
		{DiskEncryption, Off, Windows, "BitLocker"},
		{DiskEncryption, Suspended, Windows, "Resume"},
		{ScreenLock, NoPassword, MacOS, "Immediately"},
		{ScreenLock, NoSession, Windows, "signed in"},
		{Firewall, NoFirewall, Linux, "ufw"},
		{Firewall, NoPermission, Linux, "sudo toucan-agent check"},
		{AutoUpdate, TimerOff, Linux, "timer"},
		{OSSupported, TableOld, Linux, "Update the agent"},
		{OSSupported, EOLSoon, MacOS, "90 days"},
	} {
		if h := Hint(x.c, x.r, x.p); !strings.Contains(h, x.says) {
			t.Errorf("%s, %s on %s: %q", x.c, x.r, x.p, h)
		}
	}
	if Hint(DiskEncryption, EOLPassed, Linux) != "" || Hint(ScreenLock, PolicyExempt, Linux) != "" || Hint(OSSupported, "", MacOS) != "" {
		t.Error("a verdict that cannot be, or needs nothing done, has a hint")
	}
}

// The verdicts alone are shown without --detail; who is sent to look for what was read
// has to be told so.
func TestWhoIsToLookAtWhatWasReadIsToldHow(t *testing.T) {
	for a, text := range advice {
		if strings.Contains(text, "toucan-agent check") && !strings.Contains(text, "sudo toucan-agent check") && !strings.Contains(text, "toucan-agent check --detail") {
			t.Errorf("%+v: %q", a, text)
		}
	}
}

// An advice nobody is ever given would be text without a reader.
func TestEveryAdviceIsGiven(t *testing.T) {
	given := map[string]bool{}
	for _, c := range Checks() {
		for _, p := range Platforms() {
			for _, r := range Reasons() {
				given[Hint(c, r, p)] = true
			}
		}
	}
	for a, text := range advice {
		if !given[text] {
			t.Errorf("%+v: %q", a, text)
		}
	}
}
