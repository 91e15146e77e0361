package check

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.Windows][wire.OSSupported] = winSupported
	checkers[wire.Windows][wire.AutoUpdate] = winUpdate
}

const (
	winCurrent = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\`
	winAU      = `HKLM\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU\`
	winUX      = `HKLM\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings\`
)

// systemLine and updateLine are lines of the table for the system and its updates.
func systemLine(id string, kind Kind, where, why string) Read {
	return line(Read{ID: "windows." + id, Platform: wire.Windows, Kind: kind, Where: where, For: []wire.Check{wire.OSSupported}, Why: why})
}

func updateLine(id, where, why string) Read {
	return line(Read{ID: "windows." + id, Platform: wire.Windows, Kind: Registry, Where: where, For: []wire.Check{wire.AutoUpdate}, Why: why})
}

var (
	winBuild   = systemLine("build", Call, "ntdll.dll!RtlGetVersion", "Which build of Windows this is; it is compared here and not sent.")
	winBuildIs = systemLine("build-registered", Registry, winCurrent+"CurrentBuildNumber", "The same from the registry, for both have to agree.")
	winEdition = systemLine("edition", Registry, winCurrent+"EditionID", "Which edition it is: Microsoft supports some longer.")
	winType    = systemLine("installation", Registry, winCurrent+"InstallationType", "Whether it is a server.")
	winPatch   = systemLine("revision", Registry, winCurrent+"UBR", "Which updates a Windows 10 has: only extended support brings any since October 2025.")

	winNoUpdate    = updateLine("update-off-policy", winAU+"NoAutoUpdate", "Whether a policy turns automatic updates off.")
	winOptions     = updateLine("update-options-policy", winAU+"AUOptions", "What a policy has automatic updates do.")
	winAllow       = updateLine("update-managed", `HKLM\SOFTWARE\Microsoft\PolicyManager\current\device\Update\AllowAutoUpdate`, "What your organisation's device management has automatic updates do.")
	winUpdateStart = updateLine("update-service", `HKLM\SYSTEM\CurrentControlSet\Services\wuauserv\Start`, "Whether the service of updates is disabled; that it does not run at the moment means nothing.")
	winPaused      = []Read{
		updateLine("update-paused", winUX+"PauseUpdatesExpiryTime", "Until when updates are paused."),
		updateLine("update-paused-quality", winUX+"PauseQualityUpdatesEndTime", "Until when security updates are paused."),
	}
)

// esuRevision is the first revision of Windows 10 22H2 after its free support ended, of
// November 2025: only a machine in extended support gets that far.
const (
	esuBuild    = "19045"
	esuRevision = 6575
)

// winSupported compares build and edition with the table of ends of life. The name of
// the product says "Windows 10" on Windows 11 and is not looked at.
func winSupported(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	n, err := p.call(winBuild)
	if err != nil {
		return p.because(err)
	}
	build := strconv.FormatInt(n, 10)
	v, err := p.registry(winBuildIs)
	switch {
	case err != nil:
		return p.because(err)
	case v.Text != build:
		return p.unknown(wire.SourcesDisagree)
	}
	edition, err := p.registry(winEdition)
	if err != nil {
		return p.because(err)
	}
	kind, err := p.registry(winType)
	if err != nil {
		return p.because(err)
	}
	product, is := "windows", winLifecycle(edition.Text)
	if strings.HasPrefix(kind.Text, "Server") {
		product, is = "windows-server", ""
	} else if is == "" {
		return p.unknown(wire.UnknownRelease)
	}
	r := judgeRelease(product, build, is, in)
	if r.Reason == wire.EOLPassed && product == "windows" && build == esuBuild && in.Settings.AcceptExtended && extended("windows", build, is, in.Now) {
		if patch, ok := p.number(winPatch); ok && patch >= esuRevision {
			return p.answer(wire.Pass, wire.ExtendedSupport)
		}
	}
	return p.answer(r.Verdict, r.Reason)
}

// winLifecycle is how long Microsoft supports an edition: as eol.csv names it, or empty
// for one that is not known. Editions without a media player (N) count like the others.
func winLifecycle(edition string) string {
	switch strings.TrimSuffix(edition, "N") {
	case "Core", "CoreSingleLanguage", "CoreCountrySpecific", "Professional", "ProfessionalWorkstation", "ProfessionalEducation", "ProfessionalSingleLanguage", "ProfessionalCountrySpecific", "Cloud", "CloudEdition", "PPIPro":
		return "pro"
	case "Enterprise", "Education", "IoTEnterprise", "EnterpriseG", "ServerRdsh":
		return "enterprise"
	case "EnterpriseS":
		return "ltsc"
	case "IoTEnterpriseS":
		return "iot-ltsc"
	}
	return ""
}

// winUpdate looks for what keeps Windows from updating by itself, which it does where
// nothing is set.
func winUpdate(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	start, err := p.registry(winUpdateStart)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return p.because(err)
	case err != nil:
		return p.fail(wire.NoMechanism)
	case start.Number == 4:
		return p.fail(wire.Off)
	}
	if n, ok := p.number(winNoUpdate); ok && n == 1 {
		return p.fail(wire.Off)
	}
	if f := winPolicy(p); f != fine {
		return p.answer(f.verdict, f.reason)
	}
	for _, r := range winPaused {
		v, err := p.registry(r)
		if err != nil || v.Text == "" {
			continue
		}
		until, err := time.Parse(time.RFC3339, v.Text)
		if err != nil {
			return p.unknown(wire.UnexpectedAnswer)
		}
		if in.Now.Before(until) {
			return p.fail(wire.Paused)
		}
	}
	return p.pass()
}

// winPolicy is what policies make of automatic updates.
func winPolicy(p *probe) finding {
	if n, ok := p.number(winOptions); ok {
		switch n {
		case 1:
			return failing(wire.Off)
		case 2:
			return failing(wire.NotifyOnly)
		case 3, 4, 5: // fetched or installed by themselves; 5 leaves it to an administrator
		case 7:
			return failing(wire.DownloadOnly)
		default:
			return untold(wire.UnexpectedAnswer)
		}
	}
	if n, ok := p.number(winAllow); ok {
		switch {
		case n == 0:
			return failing(wire.NotifyOnly)
		case n == 5:
			return failing(wire.Off)
		case n > 5:
			return untold(wire.UnexpectedAnswer)
		}
	}
	return fine
}
