package osquery

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const (
	passing = `{"snapshot":[{"check_id":"firewall","verdict":"pass","reason":""}],"action":"snapshot","name":"toucan_firewall","hostIdentifier":"secret-host","calendarTime":"Thu Nov 26 11:00:00 2026 UTC","unixTime":1795690800,"epoch":0,"counter":0,"numerics":false}`
	failing = `{"snapshot":[{"check_id":"disk_encryption","verdict":"fail","reason":"off"}],"action":"snapshot","name":"toucan_disk_encryption","unixTime":"1795687200"}`
)

func TestOnlyVerdictsAreTakenFromALog(t *testing.T) {
	instead := func(old, new string) string { return strings.Replace(passing, old, new, 1) }
	for name, tt := range map[string]struct {
		entry   string
		taken   int
		refused int
	}{
		"a verdict":                           {passing, 1, 0},
		"a verdict with its time as text":     {failing, 1, 0},
		"one column more":                     {instead(`"reason":""`, `"reason":"","hostname":"ann-laptop"`), 0, 1},
		"one column less":                     {instead(`,"reason":""`, ``), 0, 1},
		"another column in its place":         {instead(`"reason":""`, `"path":""`), 0, 1},
		"a check nobody knows":                {instead(`"check_id":"firewall"`, `"check_id":"shell_history"`), 0, 1},
		"the check of another query":          {instead(`"check_id":"firewall"`, `"check_id":"screen_lock"`), 0, 1},
		"a verdict nobody knows":              {instead(`"verdict":"pass"`, `"verdict":"yes"`), 0, 1},
		"a reason nobody knows":               {instead(`"reason":""`, `"reason":"C:\\Users\\ann"`), 0, 1},
		"a reason of another verdict":         {instead(`"reason":""`, `"reason":"off"`), 0, 1},
		"a fail without a reason":             {instead(`"verdict":"pass"`, `"verdict":"fail"`), 0, 1},
		"a value that is no text":             {instead(`"reason":""`, `"reason":null`), 1, 0},
		"a nested value":                      {instead(`"reason":""`, `"reason":{"a":"b"}`), 0, 1},
		"two rows":                            {instead(`}],"action"`, `},{"check_id":"firewall","verdict":"fail","reason":"off"}],"action"`), 1, 1},
		"no rows":                             {instead(`{"check_id":"firewall","verdict":"pass","reason":""}`, ``), 0, 0},
		"another query":                       {instead("toucan_firewall", "pack_it_processes"), 0, 1},
		"a change instead of a snapshot":      {`{"name":"toucan_firewall","columns":{"check_id":"firewall","verdict":"pass","reason":""},"action":"added","unixTime":1795690800}`, 0, 1},
		"a batch of changes":                  {`{"name":"toucan_firewall","diffResults":{"added":[],"removed":[]},"unixTime":1795690800}`, 0, 1},
		"decorations, which are more of it":   {instead(`"epoch":0`, `"decorations":{"username":"ann"},"epoch":0`), 0, 1},
		"no time":                             {instead(`"unixTime":1795690800`, `"unixTime":0`), 0, 1},
		"a time of years ago":                 {instead(`"unixTime":1795690800`, `"unixTime":1500000000`), 0, 1},
		"a clock that is ahead counts as now": {instead(`"unixTime":1795690800`, `"unixTime":1895690800`), 1, 0},
		"no entry at all":                     {`7`, 0, 1},
	} {
		list, refused, err := read(json.RawMessage("["+tt.entry+"]"), noon)
		if err != nil {
			t.Fatal(err)
		}
		taken := 0
		for _, s := range list {
			taken += len(s.Results)
			if s.At.After(noon) {
				t.Errorf("%s: said at %s, which has not come", name, s.At)
			}
		}
		if taken != tt.taken || refused != tt.refused {
			t.Errorf("%s: %d taken and %d refused, want %d and %d", name, taken, refused, tt.taken, tt.refused)
		}
	}
}

func TestALogIsReadInTheOrderOfItsTimes(t *testing.T) {
	list, refused, err := read(json.RawMessage("["+passing+`,{"name":"processes","snapshot":[{"pid":"1"},{"pid":"2"}],"action":"snapshot","unixTime":1795690800},`+failing+"]"), noon)
	want := []said{
		{time.Unix(1795687200, 0).UTC(), []wire.Result{{Check: wire.DiskEncryption, Verdict: wire.Fail, Reason: wire.Off}}},
		{time.Unix(1795690800, 0).UTC(), []wire.Result{{Check: wire.Firewall, Verdict: wire.Pass}}},
	}
	if err != nil || refused != 2 || !reflect.DeepEqual(list, want) {
		t.Errorf("read %+v, %d refused, %v", list, refused, err)
	}
}

func TestThePlatformIsAllThatIsReadOfAHost(t *testing.T) {
	for in, want := range map[string]wire.Platform{
		`"9"`: wire.Linux, `9`: wire.Linux, `"21"`: wire.MacOS, `"2"`: wire.Windows, `"37"`: wire.Other, `"x"`: wire.Other, `""`: wire.Other,
	} {
		var e enrolling
		err := json.Unmarshal([]byte(`{"enroll_secret":"s","host_identifier":"h","platform_type":`+in+`,"host_details":{"system_info":{"hostname":"x"}}}`), &e)
		if in == `"x"` || in == `""` {
			if err == nil && e.platform() != want {
				t.Errorf("%s is %s", in, e.platform())
			}
			continue
		}
		if err != nil || e.platform() != want {
			t.Errorf("%s is %s, %v, want %s", in, e.platform(), err, want)
		}
	}
}

// FuzzLog has no log, however it is written, bring anything but words of package wire.
func FuzzLog(f *testing.F) {
	for _, s := range []string{"[]", "[" + passing + "," + failing + "]", `[{"snapshot":[{"check_id":"firewall","verdict":"pass","reason":"","x":"y"}],"action":"snapshot","name":"toucan_firewall","unixTime":1}]`, `{}`, `[[]]`, `[{"unixTime":1e99}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, refused, err := read(b, noon)
		if err != nil {
			return
		}
		if refused < 0 {
			t.Fatalf("%d refused", refused)
		}
		last := time.Time{}
		for _, s := range list {
			if !s.At.After(last) || s.At.After(noon) || noon.Sub(s.At) > maxAge || len(s.Results) == 0 {
				t.Fatalf("said at %s after %s", s.At, last)
			}
			last = s.At
			for _, r := range s.Results {
				if _, ok := judge(string(r.Check), string(r.Verdict), string(r.Reason)); !ok {
					t.Fatalf("it brought %+v", r)
				}
			}
		}
	})
}
