// Package wire is everything that passes between a device and the server: the
// messages, the words they are made of, and the signatures over them. It imports
// the standard library only, and both sides are built from it.
//
// No message has a field that could carry text of the device's: a report is made of
// numbers, of hashes and of words from the closed lists of this package. That is what
// keeps a name, a path or a version from ever leaving a device, and it holds on both
// sides: Decode refuses every byte that Encode would not have written.
package wire

import "slices"

// Version is the version of all messages.
const Version = 1

// Check is one of the things a device is asked. Adding one is a new release.
type Check string

const (
	DiskEncryption  Check = "disk_encryption"
	ScreenLock      Check = "screen_lock"
	Antivirus       Check = "antivirus"
	PasswordManager Check = "password_manager"
	Firewall        Check = "firewall"
	OSSupported     Check = "os_supported"
	AutoUpdate      Check = "auto_update"
)

// Checks are all checks, in the order of every report.
func Checks() []Check {
	return []Check{DiskEncryption, ScreenLock, Antivirus, PasswordManager, Firewall, OSSupported, AutoUpdate}
}

// Label is what people call the check.
func (c Check) Label() string {
	switch c {
	case DiskEncryption:
		return "Disk encryption"
	case ScreenLock:
		return "Screen lock"
	case Antivirus:
		return "Antivirus"
	case PasswordManager:
		return "Password manager"
	case Firewall:
		return "Firewall"
	case OSSupported:
		return "Supported system"
	case AutoUpdate:
		return "Automatic updates"
	}
	return string(c)
}

// Verdict is the answer to a check. Only Pass is a pass.
type Verdict string

const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not_applicable"
	CouldNotTell  Verdict = "could_not_tell" // the truth is not known: not a pass
)

// Verdicts are all verdicts.
func Verdicts() []Verdict { return []Verdict{Pass, Fail, NotApplicable, CouldNotTell} }

// Platform is the family of operating systems a device belongs to. Its version never
// leaves the device.
type Platform string

const (
	Linux   Platform = "linux"
	MacOS   Platform = "macos"
	Windows Platform = "windows"
	Other   Platform = "other" // only from sources other than our agent
)

// Platforms are all platforms.
func Platforms() []Platform { return []Platform{Linux, MacOS, Windows, Other} }

// Label is what people call the platform.
func (p Platform) Label() string {
	switch p {
	case Linux:
		return "Linux"
	case MacOS:
		return "macOS"
	case Windows:
		return "Windows"
	}
	return "Other"
}

// Result is the verdict of one check. Its zero value is no result.
type Result struct {
	Check   Check   `json:"check"`
	Verdict Verdict `json:"verdict"`
	Reason  Reason  `json:"reason"` // empty only for a plain pass
}

// Fault says what is wrong with the result, or is empty.
func (r Result) fault() string {
	switch {
	case !slices.Contains(Checks(), r.Check):
		return "names a check that does not exist"
	case !slices.Contains(Verdicts(), r.Verdict):
		return "has a verdict that does not exist"
	case r.Reason == "" && r.Verdict != Pass:
		return "gives no reason"
	case r.Reason != "" && !r.Reason.Fits(r.Check, r.Verdict):
		return "gives a reason that does not belong to its verdict"
	}
	return ""
}
