package check

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

var (
	macHomes = line(Read{
		ID: "macos.homes", Platform: wire.MacOS, Kind: Names, Where: "/Users", For: ofUsers,
		Why: "Which accounts have a home folder.",
	})
	macUsed = line(Read{
		ID: "macos.used", Platform: wire.MacOS, Kind: Stat, Where: "/Users/{user}/Library/Preferences", For: ofUsers,
		Why: "When it was changed: accounts not used for 30 days do not count.",
	})
	macSessions = line(Read{
		ID: "macos.sessions", Platform: wire.MacOS, Kind: File, Where: "/private/var/run/utmpx", Max: 1 << 20, For: ofUsers,
		Why: "Who sits at the Mac now; sessions from elsewhere are passed over.",
	})
	macID = line(Read{
		ID: "macos.user-id", Platform: wire.MacOS, Kind: Command, Where: "/usr/bin/id", Args: []string{"-u", "{user}"}, Max: 4096, For: ofUsers,
		Why: "The number of an account, by which its session is asked.",
	})
)

// firstMacUser is the number of the first person on a Mac; below are accounts of the system.
const firstMacUser = 501

// MacUsers are the people who use a Mac: accounts from number 501 on whose settings in
// /Users changed within 30 days, or who sit at it now.
func MacUsers(ctx context.Context, src Source, now time.Time) ([]User, error) {
	names, err := src.Names(ctx, macHomes)
	if err != nil {
		return nil, err
	}
	b, err := src.File(ctx, macSessions)
	if err != nil {
		return nil, err
	}
	here := atConsole(b)
	slices.Sort(names)
	var out []User
	for _, n := range names {
		if strings.HasPrefix(n, ".") || strings.HasPrefix(n, "-") {
			continue
		}
		i, err := src.Stat(ctx, macUsed, n)
		if !here[n] && (err != nil || i.ModTime.Before(now.Add(-usedFor))) {
			continue
		}
		o, err := src.Run(ctx, macID, n)
		if err != nil {
			return nil, err
		}
		id := strings.TrimSpace(string(o.Stdout))
		if uid, err := strconv.Atoi(id); err != nil || o.Exit != 0 || uid < firstMacUser {
			continue
		}
		out = append(out, User{Name: n, Home: "/Users/" + n, ID: id, Session: here[n]})
	}
	return out, nil
}

// A record of utmpx, as macOS writes it.
const (
	utmpxSize = 628
	utmpxLine = 256 + 4
	utmpxType = utmpxLine + 32 + 4
	utmpxUser = 7 // somebody is signed in
)

// atConsole are the names of those who sit at the machine.
func atConsole(b []byte) map[string]bool {
	out := map[string]bool{}
	for ; len(b) >= utmpxSize; b = b[utmpxSize:] {
		if binary.LittleEndian.Uint16(b[utmpxType:]) == utmpxUser && cstring(b[utmpxLine:utmpxLine+32]) == "console" {
			out[cstring(b[:256])] = true
		}
	}
	return out
}

func cstring(b []byte) string {
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s)
}
