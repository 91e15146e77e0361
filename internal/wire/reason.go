package wire

import "slices"

// Reason says why a verdict is what it is. The values are stored and stand in the API;
// one is never given another meaning.
type Reason string

const (
	// of a pass that deserves a word
	EOLSoon         Reason = "eol_within_90_days"
	ExtendedSupport Reason = "extended_support" // only what the maker sells, or a community keeps up, is left
	PlatformOnly    Reason = "platform_protection"
	BuiltIn         Reason = "built_in" // of the system or the browser, which the organisation accepts
	Rolling         Reason = "rolling_release"

	// of a fail
	Off            Reason = "off"
	Suspended      Reason = "suspended"
	InProgress     Reason = "in_progress"
	Partial        Reason = "partial" // some volume that matters is not encrypted
	Missing        Reason = "missing"
	NotRunning     Reason = "not_running"
	SignaturesOld  Reason = "signatures_old"
	Snoozed        Reason = "snoozed"
	Expired        Reason = "expired"          // a product whose licence has ended
	NoPassword     Reason = "no_password"      // the screen goes dark, and nothing is asked to wake it
	NoTimeout      Reason = "no_timeout"       // it never locks by itself
	TooLong        Reason = "timeout_too_long" // of what the organisation allows
	GraceTooLong   Reason = "grace_too_long"
	LockForbidden  Reason = "lock_forbidden" // a setting forbids locking
	NoFirewall     Reason = "no_firewall"
	SomeProfileOff Reason = "some_profile_off"
	AllowsAll      Reason = "allows_all" // a firewall whose rules keep nothing out
	EOLPassed      Reason = "eol_passed"
	NotifyOnly     Reason = "notify_only" // updates are announced, not installed
	DownloadOnly   Reason = "download_only"
	Paused         Reason = "paused"
	NoMechanism    Reason = "no_mechanism" // the system has nothing that installs updates by itself
	TimerOff       Reason = "timer_off"
	NotMet         Reason = "not_met" // a source other than our agent says so, and not why

	// of not applicable
	PolicyExempt Reason = "policy_exempt" // the organisation does not ask it of this platform
	Container    Reason = "container"     // no machine of its own
	NoDesktop    Reason = "no_desktop"    // nobody sits in front of it

	// of could not tell
	NoSession          Reason = "no_session"
	NoPermission       Reason = "no_permission"
	ToolMissing        Reason = "tool_missing"
	Timeout            Reason = "timeout"
	UnknownDesktop     Reason = "unknown_desktop"
	UnknownMechanism   Reason = "unknown_mechanism"
	UnknownRelease     Reason = "unknown_release"
	TableOld           Reason = "table_old" // the agent's table of ends of life is older than 180 days
	SourcesDisagree    Reason = "sources_disagree"
	Unreadable         Reason = "unreadable"
	UnexpectedAnswer   Reason = "unexpected_answer"
	HardwareEncryption Reason = "hardware_encryption" // such as self-encrypting drives
	Locked             Reason = "locked"
	ManagedElsewhere   Reason = "managed_elsewhere" // by declarations that cannot be read
	Unsupported        Reason = "unsupported"       // this check is not made on this platform or by this source
	SyncOld            Reason = "sync_old"          // a rolling release whose packages were not looked at for 60 days
	NotReported        Reason = "not_reported"      // the source answered about the device, but not about this
)

// kind is what is known of a reason: with which verdict it stands, of which checks
// (none: of all), and how it is said.
type kind struct {
	reason  Reason
	verdict Verdict
	checks  []Check
	words   string
}

var (
	disk     = []Check{DiskEncryption}
	lock     = []Check{ScreenLock}
	virus    = []Check{Antivirus}
	manager  = []Check{PasswordManager}
	wall     = []Check{Firewall}
	system   = []Check{OSSupported}
	update   = []Check{AutoUpdate}
	whatever []Check
)

var kinds = []kind{
	{EOLSoon, Pass, system, "security updates end within 90 days"},
	{ExtendedSupport, Pass, system, "in extended support"},
	{Rolling, Pass, system, "a rolling release, looked at lately"},
	{PlatformOnly, Pass, virus, "the protection that comes with the system"},
	{BuiltIn, Pass, manager, "built into the system or the browser"},

	{Off, Fail, whatever, "switched off"},
	{Suspended, Fail, disk, "encrypted, but protection is suspended"},
	{InProgress, Fail, disk, "encryption has not finished"},
	{Partial, Fail, disk, "not every volume that matters is encrypted"},
	{Missing, Fail, []Check{Antivirus, PasswordManager}, "nothing known was found"},
	{NotRunning, Fail, []Check{Antivirus, Firewall, AutoUpdate}, "there, but not running"},
	{SignaturesOld, Fail, virus, "its signatures are out of date"},
	{Snoozed, Fail, virus, "switched off for a while"},
	{Expired, Fail, virus, "its licence has expired"},
	{NoPassword, Fail, lock, "no password is asked for after a pause"},
	{NoTimeout, Fail, lock, "it never locks by itself"},
	{TooLong, Fail, lock, "it locks later than allowed"},
	{GraceTooLong, Fail, lock, "the password is asked for too late after it went dark"},
	{LockForbidden, Fail, lock, "a setting forbids locking"},
	{NoFirewall, Fail, wall, "no firewall keeps anything out"},
	{SomeProfileOff, Fail, wall, "off for some kind of network"},
	{AllowsAll, Fail, wall, "its rules keep nothing out"},
	{EOLPassed, Fail, system, "gets no security updates any more"},
	{NotifyOnly, Fail, update, "updates are announced, not installed"},
	{DownloadOnly, Fail, update, "updates are fetched, not installed"},
	{Paused, Fail, update, "updates are paused"},
	{NoMechanism, Fail, update, "nothing installs updates by itself"},
	{NotMet, Fail, whatever, "what is asked is not met, as the source says"},
	{TimerOff, Fail, update, "set up, but its timer is off"},

	{PolicyExempt, NotApplicable, whatever, "not asked by the organisation"},
	{Container, NotApplicable, whatever, "not a machine of its own"},
	{NoDesktop, NotApplicable, lock, "nobody can sit in front of it"},

	{NoSession, CouldNotTell, whatever, "nobody is signed in, and it can be read only then"},
	{NoPermission, CouldNotTell, whatever, "the agent may not read it"},
	{ToolMissing, CouldNotTell, whatever, "what would answer is not there"},
	{Timeout, CouldNotTell, whatever, "what was asked did not answer in time"},
	{UnknownDesktop, CouldNotTell, lock, "a desktop the agent does not know"},
	{UnknownMechanism, CouldNotTell, whatever, "a mechanism the agent does not know"},
	{UnknownRelease, CouldNotTell, system, "a release the agent does not know"},
	{TableOld, CouldNotTell, system, "the agent's table of releases is too old; update the agent"},
	{SourcesDisagree, CouldNotTell, whatever, "two places say different things"},
	{Unreadable, CouldNotTell, whatever, "it could not be read"},
	{UnexpectedAnswer, CouldNotTell, whatever, "an answer the agent does not understand"},
	{HardwareEncryption, CouldNotTell, disk, "the drive may encrypt by itself, which cannot be seen"},
	{Locked, CouldNotTell, disk, "the volume is locked"},
	{ManagedElsewhere, CouldNotTell, whatever, "managed in a way that cannot be read"},
	{Unsupported, CouldNotTell, whatever, "not looked at here"},
	{SyncOld, CouldNotTell, system, "no list of packages was fetched for 60 days"},
	{NotReported, CouldNotTell, whatever, "the source says nothing of it"},
}

// Reasons are all reasons.
func Reasons() []Reason {
	out := make([]Reason, len(kinds))
	for i, k := range kinds {
		out[i] = k.reason
	}
	return out
}

// Fits reports whether the reason may stand with the verdict of the check.
func (r Reason) Fits(c Check, v Verdict) bool {
	k, ok := r.kind()
	return ok && k.verdict == v && (len(k.checks) == 0 || slices.Contains(k.checks, c))
}

// Verdict is the one verdict the reason stands with; empty for a reason unknown.
func (r Reason) Verdict() Verdict {
	k, _ := r.kind()
	return k.verdict
}

// Words say the reason, as the end of a sentence.
func (r Reason) Words() string {
	k, _ := r.kind()
	return k.words
}

func (r Reason) kind() (kind, bool) {
	k, ok := byReason[r]
	return k, ok
}

var byReason = func() map[Reason]kind {
	out := make(map[Reason]kind, len(kinds))
	for _, k := range kinds {
		out[k.reason] = k
	}
	return out
}()
