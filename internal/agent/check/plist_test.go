package check

import (
	"reflect"
	"strings"
	"testing"
)

func TestAPropertyListIsReadInBothForms(t *testing.T) {
	const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
	<key>on</key><true/><key>off</key><false/><key>n</key><integer>-7</integer><key>r</key><real>1.5</real>
	<key>s</key><string>Ä &amp; B</string><key>l</key><array><string>a</string><dict><key>x</key><integer>1</integer></dict></array><key>d</key><date>2026-11-26T00:00:00Z</date>
</dict></plist>`
	want := dict{"on": true, "off": false, "n": int64(-7), "r": 1.5, "s": "Ä & B", "l": []any{"a", dict{"x": int64(1)}}, "d": "2026-11-26T00:00:00Z"}
	if got, err := parsePlist([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%#v, %v", got, err)
	}
	// {"s": "Ä", "n": 300, "l": [true]}, written by hand
	b := []byte("bplist00" + "\xd3\x01\x02\x03\x04\x05\x06" + "\x51s" + "\x51n" + "\x51l" + "\x61\x00\xc4" + "\x11\x01\x2c" + "\xa1\x07" + "\x09" +
		"\x08\x0f\x11\x13\x15\x18\x1b\x1d" + "\x00\x00\x00\x00\x00\x00\x01\x01" + "\x00\x00\x00\x00\x00\x00\x00\x08" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x1e")
	if got, err := parsePlist(b); err != nil || !reflect.DeepEqual(got, dict{"s": "Ä", "n": int64(300), "l": []any{true}}) {
		t.Errorf("%#v, %v", got, err)
	}
}

func TestWhatIsNoPropertyListIsRefused(t *testing.T) {
	// an array that holds itself, sixteen times
	endless := "bplist00" + "\xdf\x10\x01" + "\x01" + "\x02" + "\x51k" + "\xaf\x10\x02\x02\x02" +
		"\x08\x0d\x0f" + "\x00\x00\x00\x00\x00\x00\x01\x01" + "\x00\x00\x00\x00\x00\x00\x00\x03" + "\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x14"
	for name, s := range map[string]string{
		"nothing": "", "text": "FileVault", "no dictionary": `<plist><true/></plist>`, "a cut": `<plist><dict><key>a</key>`,
		"a value without a key":   `<plist><dict><true/></dict></plist>`,
		"a key without a value":   `<plist><dict><key>a</key></dict></plist>`,
		"an entity of its own":    `<!DOCTYPE x [<!ENTITY a "aaaa">]><plist><dict><key>a</key><string>&a;</string></dict></plist>`,
		"no number":               `<plist><dict><key>a</key><integer>x</integer></dict></plist>`,
		"a thousand lists deep":   `<plist><dict><key>a</key>` + strings.Repeat("<array>", 1000) + strings.Repeat("</array>", 1000) + `</dict></plist>`,
		"a binary that is cut":    "bplist00" + strings.Repeat("\x00", 40),
		"a binary without an end": "bplist00\xd0",
		"a list within itself":    endless,
	} {
		if d, err := parsePlist([]byte(s)); err == nil {
			t.Errorf("%s is taken for %v", name, d)
		}
	}
}

func FuzzPlist(f *testing.F) {
	f.Add([]byte(binaryOff))
	f.Add([]byte(`<plist version="1.0"><dict><key>a</key><array><integer>1</integer></array></dict></plist>`))
	f.Add([]byte("bplist00" + strings.Repeat("\xff", 40)))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parsePlist(b)
		if (d == nil) == (err == nil) {
			t.Errorf("%v, %v", d, err)
		}
	})
}
