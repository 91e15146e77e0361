package check

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

const winProfileList = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`

// userLine is a line of the table for whose session counts.
func userLine(id string, kind Kind, where, why string) Read {
	return line(Read{ID: "windows." + id, Platform: wire.Windows, Kind: kind, Where: where, For: slices.Concat(ofUsers, []wire.Check{wire.DiskEncryption}), Why: why})
}

var (
	winProfileNames = userLine("profiles", Names, winProfileList, "Which accounts have a profile on this machine.")
	winHome         = userLine("profile-folder", Registry, winProfileList+`\{sid}\ProfileImagePath`, "Where the profile lies.")
	winUsedHigh     = userLine("profile-used-high", Registry, winProfileList+`\{sid}\LocalProfileLoadTimeHigh`, "When it was used: accounts not used for 30 days do not count.")
	winUsedLow      = userLine("profile-used-low", Registry, winProfileList+`\{sid}\LocalProfileLoadTimeLow`, "The same, the lower half of the number.")
	winHive         = userLine("profile-loaded", Registry, `HKU\{sid}\Control Panel\Desktop\`, "Whether somebody is signed in now: only then can the settings be read.")
)

// WindowsUsers are the people who use a Windows machine: accounts of the machine, a domain
// or Entra whose profile was loaded within 30 days, or is now.
func WindowsUsers(ctx context.Context, src Source, now time.Time) ([]User, error) {
	sids, err := src.Names(ctx, winProfileNames)
	if err != nil {
		return nil, err
	}
	slices.Sort(sids)
	var out []User
	for _, sid := range sids {
		if !strings.HasPrefix(sid, "S-1-5-21-") && !strings.HasPrefix(sid, "S-1-12-1-") || strings.Contains(sid, ".") {
			continue
		}
		home, err := src.Registry(ctx, winHome, sid)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		_, err = src.Registry(ctx, winHive, sid)
		session := err == nil
		if !session && !usedProfile(ctx, src, sid, now) {
			continue
		}
		out = append(out, User{Name: home.Text[strings.LastIndexByte(home.Text, '\\')+1:], Home: home.Text, ID: sid, Session: session})
	}
	return out, nil
}

// usedProfile reports whether a profile was loaded within 30 days.
func usedProfile(ctx context.Context, src Source, sid string, now time.Time) bool {
	high, err := src.Registry(ctx, winUsedHigh, sid)
	if err != nil {
		return false
	}
	low, err := src.Registry(ctx, winUsedLow, sid)
	if err != nil {
		return false
	}
	at := filetime(int64(high.Number<<32 | low.Number)) //nolint:gosec // both halves have 32 bits
	return !at.Before(now.Add(-usedFor))
}
