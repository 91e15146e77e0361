package check

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// usedFor is how long somebody counts as a user of the device after it was used last.
const usedFor = 30 * 24 * time.Hour

var (
	ofUsers = []wire.Check{wire.ScreenLock, wire.PasswordManager}

	linuxPasswd = line(Read{
		ID: "linux.passwd", Platform: wire.Linux, Kind: File, Where: "/etc/passwd", Max: 4 << 20, For: ofUsers,
		Why: "Which accounts are those of people, and where their home folders are.",
	})
	linuxHomes = line(Read{
		ID: "linux.homes", Platform: wire.Linux, Kind: Names, Where: "/home", For: ofUsers,
		Why: "Accounts of a directory service have a home folder here and no line in /etc/passwd.",
	})
	linuxDomain = line(Read{
		ID: "linux.domain", Platform: wire.Linux, Kind: Stat, Where: "/home/{domain}", For: ofUsers,
		Why: "winbind and sssd may keep homes in a folder for each domain: such a folder is root's, and no home itself.",
	})
	linuxDomainHomes = line(Read{
		ID: "linux.domain.homes", Platform: wire.Linux, Kind: Names, Where: "/home/{domain}", For: ofUsers,
		Why: "Which homes a folder of a domain has. The folders of people are not listed.",
	})
	linuxSession = line(Read{
		ID: "linux.session", Platform: wire.Linux, Kind: Stat, Where: "/run/user/{uid}", For: ofUsers,
		Why: "Whether somebody is signed in now.",
	})
	linuxUsed = usedReads()
)

// usedReads are the folders that change when somebody uses an account. Only when they
// were changed is looked at, so that no log of sign-ins has to be read.
func usedReads() []Read {
	var out []Read
	for id, where := range map[string]string{
		"home": "{home}", "cache": "{home}/.cache", "config": "{home}/.config", "dconf": "{home}/.config/dconf",
		"share": "{home}/.local/share", "state": "{home}/.local/state",
	} {
		out = append(out, Read{
			ID: "linux.used." + id, Platform: wire.Linux, Kind: Stat, Where: where, For: ofUsers,
			Why: "When it was changed, and whether it is root's: accounts not used for 30 days do not count, nor do folders that are nobody's home.",
		})
	}
	slices.SortFunc(out, func(a, b Read) int { return strings.Compare(a.ID, b.ID) })
	for _, r := range out {
		line(r)
	}
	return out
}

// LinuxUsers are the people who use a Linux machine: accounts from number 1000 on with a
// shell and a home folder that was used within 30 days, and folders in /home, or in that
// of a domain there, that belong to no line of /etc/passwd, as with a directory service.
func LinuxUsers(ctx context.Context, src Source, now time.Time) ([]User, error) {
	b, err := src.File(ctx, linuxPasswd)
	if err != nil {
		return nil, err
	}
	var out []User
	known := map[string]bool{}
	for l := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(l), ":")
		if len(f) != 7 {
			continue
		}
		known[f[5]] = true
		uid, err := strconv.Atoi(f[2])
		if err != nil || uid < 1000 || uid == 65534 || uid == 65535 || noShell(f[6]) || !strings.HasPrefix(f[5], "/") {
			continue
		}
		u := User{Name: f[0], Home: f[5], ID: f[2]}
		_, err = src.Stat(ctx, linuxSession, u.ID)
		u.Session = err == nil
		if u.Session || usedSince(ctx, src, u.Home, now.Add(-usedFor), true) {
			out = append(out, u)
		}
	}
	names, err := src.Names(ctx, linuxHomes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	slices.Sort(names)
	for _, n := range names {
		home := "/home/" + n
		if known[home] || noHome(n) {
			continue
		}
		list, err := domainHomes(ctx, src, n)
		if err != nil {
			return nil, err
		}
		for _, m := range append([]string{""}, list...) {
			u := User{Name: n, Home: home}
			if m != "" {
				u = User{Name: m, Home: home + "/" + m}
			}
			if !known[u.Home] && !noHome(m) && usedSince(ctx, src, u.Home, now.Add(-usedFor), false) {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// domainHomes are the names in a folder of /home in which winbind or sssd keep the homes
// of a domain, as in /home/CORP/ann: it belongs to root, and is the home of nobody, used
// or not. Whoever made it is root, and so nobody can lead a look elsewhere by a link. What
// is root's in it is no home either: that of a user is the user's.
func domainHomes(ctx context.Context, src Source, name string) ([]string, error) {
	info, err := src.Stat(ctx, linuxDomain, name)
	if err != nil || !info.Dir || !info.Root || usedSince(ctx, src, "/home/"+name, time.Time{}, false) {
		return nil, nil //nolint:nilerr // what cannot be looked at holds no homes; it is looked at as a home itself
	}
	names, err := src.Names(ctx, linuxDomainHomes, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) { // of so many names none can be told to be a home
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		info, err := src.Stat(ctx, linuxUsed[slices.IndexFunc(linuxUsed, func(r Read) bool { return r.Where == "{home}" })], "/home/"+name+"/"+n)
		return err == nil && info.Root
	})
	slices.Sort(names)
	return names, nil
}

// noHome reports whether a folder in /home is nobody's: hidden ones, and those in which
// systemd-homed keeps a home that lies below its own name while it is used. A dot within
// a name says nothing: a directory service makes /home/ann@example.com.
func noHome(name string) bool {
	return name == "lost+found" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".homedir") || strings.HasSuffix(name, ".home")
}

func noShell(shell string) bool {
	return strings.HasSuffix(shell, "/nologin") || strings.HasSuffix(shell, "/false") || strings.HasSuffix(shell, "/sync")
}

// usedSince reports whether one of the folders of a home was changed at or after t. The
// home itself counts only where account says that it is one: /home/linuxbrew is not.
func usedSince(ctx context.Context, src Source, home string, t time.Time, account bool) bool {
	for _, r := range linuxUsed {
		if r.Where == "{home}" && !account {
			continue
		}
		if info, err := src.Stat(ctx, r, home); err == nil && info.Dir && !info.ModTime.Before(t) {
			return true
		}
	}
	return false
}
