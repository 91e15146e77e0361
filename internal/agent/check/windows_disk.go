package check

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/toucan-grc/toucan/internal/wire"
)

func init() {
	checkers[wire.Windows][wire.DiskEncryption] = winDisk
}

var (
	winBitLocker = line(Read{
		ID: "windows.bitlocker", Platform: wire.Windows, Kind: Call, Where: "shell32.dll!SHGetPropertyStoreFromParsingName System.Volume.BitLockerProtection {drive}",
		For: []wire.Check{wire.DiskEncryption}, Why: "What the Explorer knows of BitLocker on the drive: on, off, at work or locked.",
	})
	winManageBDE = line(Read{
		ID: "windows.manage-bde", Platform: wire.Windows, Kind: Command, Where: `C:\Windows\System32\manage-bde.exe`, Args: []string{"-status", "{drive}", "-protectionaserrorlevel"}, Max: 64 << 10,
		For: []wire.Check{wire.DiskEncryption}, Why: "A second opinion: it ends with 0 if the drive is protected and with 1 if not; what it prints is not looked at, for it is in the language of the system.",
	})
	winRoot = line(Read{
		ID: "windows.root", Platform: wire.Windows, Kind: Registry, Where: `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SystemRoot`,
		For: []wire.Check{wire.DiskEncryption}, Why: "On which drive Windows is installed.",
	})
	winPaging = line(Read{
		ID: "windows.paging-files", Platform: wire.Windows, Kind: Registry, Where: `HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PagingFiles`,
		For: []wire.Check{wire.DiskEncryption}, Why: "On which drives Windows puts what does not fit in memory.",
	})
)

// Values of System.Volume.BitLockerProtection, which Microsoft does not document. Public
// sources disagree on 5: suspended, or on.
const (
	volumeOn         = 1
	volumeOff        = 2
	volumeEncrypting = 3
	volumeDecrypting = 4
	volumeSuspended  = 5
	volumeLocked     = 6
)

// winDisk looks at the drives that hold Windows, the profiles and the paging files. The
// edition does not matter: what Windows Home calls device encryption is BitLocker.
func winDisk(ctx context.Context, src Source, in Input) Answer {
	p := newProbe(ctx, src, in)
	drives, err := winDrives(p)
	if err != nil {
		return p.because(err)
	}
	all := []finding{}
	for _, d := range drives {
		f := winDrive(p, d)
		if len(all) > 0 && all[0] == fine && f == failing(wire.Off) {
			f = failing(wire.Partial)
		}
		all = append(all, f)
	}
	w := worst(all)
	if w == failing(wire.Off) || w == failing(wire.Partial) {
		if on, err := p.running("veracrypt"); err == nil && on {
			return p.unknown(wire.UnknownMechanism) // it may encrypt the whole system, which cannot be seen
		}
	}
	return p.answer(w.verdict, w.reason)
}

// winDrives are the drives that matter, that of Windows first.
func winDrives(p *probe) ([]string, error) {
	v, err := p.registry(winRoot)
	if err != nil {
		return nil, err
	}
	system := driveOf(v.Text)
	if system == "" {
		return nil, errors.New("check: Windows lies nowhere")
	}
	out := []string{system}
	add := func(d string) {
		for _, have := range out {
			if d == "" || d == have {
				return
			}
		}
		out = append(out, d)
	}
	users, err := p.src.Users(p.ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		add(driveOf(u.Home))
	}
	if v, err = p.registry(winPaging); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for l := range strings.Lines(v.Text) {
		add(driveOf(l)) // "?:\pagefile.sys" is the drive of Windows
	}
	return out, nil
}

// driveOf is the drive a path begins with, such as "C:".
func driveOf(path string) string {
	if len(path) < 2 || path[1] != ':' {
		return ""
	}
	d := strings.ToUpper(path[:2])
	if d[0] < 'A' || d[0] > 'Z' {
		return ""
	}
	return d
}

// winDrive judges one drive by both sources. One that cannot be asked leaves it to the
// other; two that contradict each other tell nothing.
func winDrive(p *probe, drive string) finding {
	state, stateErr := p.call(winBitLocker, drive)
	o, runErr := p.run(winManageBDE, drive)
	known := runErr == nil && (o.Exit == 0 || o.Exit == 1)
	protected := o.Exit == 0
	if stateErr != nil {
		switch {
		case !known:
			return untold(because(stateErr))
		case protected:
			return fine
		}
		return failing(wire.Off)
	}
	switch state {
	case volumeOn:
		if known && !protected {
			return untold(wire.SourcesDisagree)
		}
		return fine
	case volumeOff:
		if known && protected {
			return untold(wire.SourcesDisagree)
		}
		return failing(wire.Off)
	case volumeEncrypting, volumeDecrypting:
		return failing(wire.InProgress)
	case volumeLocked:
		return untold(wire.Locked)
	}
	switch {
	case !known:
		return untold(wire.UnexpectedAnswer)
	case protected:
		return untold(wire.SourcesDisagree)
	case state == volumeSuspended:
		return failing(wire.Suspended) // encrypted, and the key lies open beside it
	}
	return failing(wire.Off)
}
