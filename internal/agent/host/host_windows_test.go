package host

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/agent/check"
	"github.com/toucan-grc/toucan/internal/wire"
)

// These run where GOOS is windows. They ran under Wine, whose registry and services are
// like those of Windows; nobody ran them on Windows.

func lineOf(t *testing.T, id string) check.Read {
	t.Helper()
	for _, r := range check.Reads(wire.Windows) {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("the table has no %s", id)
	return check.Read{}
}

func TestTheRegistryAndTheSystemAgreeOnTheBuild(t *testing.T) {
	src := New()
	n, err := src.Call(t.Context(), lineOf(t, "windows.build"))
	if err != nil || n < 7000 {
		t.Fatalf("build %d, %v", n, err)
	}
	v, err := src.Registry(t.Context(), lineOf(t, "windows.build-registered"))
	if err != nil || v.Text != strconv.FormatInt(n, 10) {
		t.Errorf("%+v, %v, want %d", v, err, n)
	}
}

func TestValuesOfTheRegistry(t *testing.T) {
	src := New()
	if v, err := src.Registry(t.Context(), lineOf(t, "windows.root")); err != nil || !v.IsText || len(v.Text) < 3 || v.Text[1] != ':' {
		t.Errorf("the folder of Windows: %+v, %v", v, err)
	}
	if v, err := src.Registry(t.Context(), lineOf(t, "windows.paging-files")); err == nil && !strings.Contains(v.Text, ":") {
		t.Errorf("a value of several lines: %+v", v)
	}
	if _, err := src.Registry(t.Context(), lineOf(t, "windows.firewall-policy"), "NoSuchProfile"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key that is not there: %v", err)
	}
	changed := lineOf(t, "windows.root")
	changed.Where = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\RegisteredOwner`
	if _, err := src.Registry(t.Context(), changed); !errors.Is(err, check.ErrRefused) {
		t.Errorf("a line that was changed: %v", err)
	}
	if _, err := src.Registry(t.Context(), lineOf(t, "windows.firewall-policy"), `..\..\SAM`); !errors.Is(err, check.ErrRefused) {
		t.Errorf("a value that leads elsewhere: %v", err)
	}
}

func TestServices(t *testing.T) {
	if _, err := New().Call(t.Context(), lineOf(t, "windows.service.sophos-endpoint-defense-service")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a service that is hardly there: %v", err)
	}
	if n, err := serviceState([]string{"RpcSs"}); err != nil || n < 1 || n > 7 {
		t.Errorf("RpcSs is in state %d, %v", n, err)
	}
}

// Every function of the table is one the agent knows how to call: it may fail here, and
// is not refused.
func TestEveryCallOfTheTableIsKnown(t *testing.T) {
	for _, r := range check.Reads(wire.Windows) {
		if r.Kind != check.Call {
			continue
		}
		var fill []string
		if strings.Contains(r.Where, "{") {
			fill = []string{"C:"}
		}
		if _, err := New().Call(t.Context(), r, fill...); errors.Is(err, check.ErrRefused) {
			t.Errorf("%s is refused", r.ID)
		}
	}
}

func TestWhoeverRunsThisUsesTheMachine(t *testing.T) {
	users, err := New().Users(t.Context())
	if err != nil || len(users) == 0 {
		t.Fatalf("%v, %v", users, err)
	}
	for _, u := range users {
		if u.Home == "" || !strings.HasPrefix(u.ID, "S-1-") {
			t.Errorf("%+v", u)
		}
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	calls["ntdll.dll!RtlGetVersion"] = func([]string) (int64, error) { select {} }
	if _, err := New().Call(ctx, lineOf(t, "windows.build")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
