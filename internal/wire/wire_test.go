package wire

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var rewrite = flag.Bool("update", false, "write the golden file anew")

// a key of known bytes, so that what is written can be compared
func testKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func report(seq uint64, prev Hash) Report {
	r := Report{Seq: seq, ObservedAt: 1_764_000_000 + int64(seq), Rules: HashOf([]byte("rules")), Detail: HashOf([]byte("detail")), Prev: prev}
	for _, c := range Checks() {
		r.Results = append(r.Results, Result{Check: c, Verdict: Pass})
	}
	r.Results[1] = Result{ScreenLock, Fail, TooLong}
	r.Results[4] = Result{Firewall, CouldNotTell, NoPermission}
	return r
}

func delivery() Delivery {
	one := report(1, "")
	return Delivery{V: Version, Device: "00112233445566778899aabbccddeeff", Build: 1_002_003, SentAt: 1_764_000_100, Reports: []Report{one, report(2, one.Hash())}}
}

func TestADeliveryIsWrittenInOneWay(t *testing.T) {
	got := Sign(delivery(), testKey(1))
	if *rewrite {
		if err := os.WriteFile("testdata/delivery", got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/delivery")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("written as\n%s\nwant\n%s (%v)", got, want, err)
	}
	d, err := Open[Delivery](got, testKey(1).Public().(ed25519.PublicKey))
	if err != nil || !reflect.DeepEqual(d, delivery()) {
		t.Errorf("read back as %+v, %v", d, err)
	}
	if n := len(encode(delivery().Reports[1])); n > 1024 {
		t.Errorf("a report takes %d bytes, want 1,024 at most", n)
	}
}

// Every byte beyond what Sign writes is refused: that is what keeps anything else out.
func TestNothingElseFitsInADelivery(t *testing.T) {
	good := string(Sign(delivery(), testKey(1)))
	for name, change := range map[string]func(string) string{
		"a field that is not known":   func(s string) string { return strings.Replace(s, `{"v":1,`, `{"v":1,"hostname":"anna-laptop",`, 1) },
		"a field of a result":         func(s string) string { return strings.Replace(s, `"reason":""`, `"reason":"","raw":"x"`, 1) },
		"a field twice":               func(s string) string { return strings.Replace(s, `{"v":1,`, `{"v":1,"v":1,`, 1) },
		"a field in other letters":    func(s string) string { return strings.Replace(s, `"build"`, `"Build"`, 1) },
		"a blank":                     func(s string) string { return strings.Replace(s, `{"v":1,`, `{ "v":1,`, 1) },
		"an escape":                   func(s string) string { return strings.Replace(s, `"pass"`, `"p\u0061ss"`, 1) },
		"a number in other words":     func(s string) string { return strings.Replace(s, `"seq":1,`, `"seq":1e0,`, 1) },
		"text behind it":              func(s string) string { return s + "more\n" },
		"a verdict of its own":        func(s string) string { return strings.Replace(s, `"verdict":"pass"`, `"verdict":"probably"`, 1) },
		"a reason of its own":         func(s string) string { return strings.Replace(s, `timeout_too_long`, `annas_screensaver`, 1) },
		"a reason of another verdict": func(s string) string { return strings.Replace(s, `timeout_too_long`, `no_session`, 1) },
		"a reason of another check":   func(s string) string { return strings.Replace(s, `timeout_too_long`, `suspended`, 1) },
		"a fail without a reason":     func(s string) string { return strings.Replace(s, `timeout_too_long`, ``, 1) },
		"a check of its own":          func(s string) string { return strings.Replace(s, `"check":"firewall"`, `"check":"browser_history"`, 1) },
		"a check left out": func(s string) string {
			return strings.Replace(s, `{"check":"firewall","verdict":"could_not_tell","reason":"no_permission"},`, ``, 1)
		},
		"text where a hash should be": func(s string) string {
			return strings.Replace(s, string(HashOf([]byte("rules"))), strings.Repeat("anna", 16), 1)
		},
		"a device that is a name": func(s string) string {
			return strings.Replace(s, "00112233445566778899aabbccddeeff", "annas-laptop-annas-laptop-annas-", 1)
		},
		"another version":      func(s string) string { return strings.Replace(s, `{"v":1,`, `{"v":2,`, 1) },
		"reports out of order": func(s string) string { return strings.Replace(s, `"seq":2,`, `"seq":1,`, 1) },
		"a report that follows no other": func(s string) string {
			return strings.Replace(s, `"observed_at":1764000001,`, `"observed_at":1764000009,`, 1)
		},
		"no signature":                      func(s string) string { return strings.SplitAfter(s, "\n")[0] },
		"a signature with something behind": func(s string) string { return strings.TrimSuffix(s, "\n") + "=\n" },
		"nothing":                           func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			b := change(good)
			if b == good {
				t.Fatal("the change changes nothing")
			}
			if _, err := Parse[Delivery]([]byte(b)); !errors.Is(err, ErrMalformed) {
				t.Errorf("it is taken: %v", err)
			}
		})
	}
}

// A string that is no word of a closed list, no hash, no key and no code would be a
// place for text. There is none.
func TestNoFieldCanCarryText(t *testing.T) {
	closed := map[reflect.Type]bool{}
	for _, v := range []any{Check(""), Verdict(""), Reason(""), Hash(""), ID(""), Platform(""), Why(""), Code("")} {
		closed[reflect.TypeOf(v)] = true
	}
	shaped := map[string]bool{"Receipt.Batch": true, "Enrolment.Code": true, "Enrolment.Server": true, "Enrolment.Key": true, "Welcome.Key": true, "Refusal.Revocation": true}
	var walk func(t *testing.T, typ reflect.Type)
	walk = func(t *testing.T, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			ft := f.Type
			for ft.Kind() == reflect.Slice {
				ft = ft.Elem()
			}
			switch ft.Kind() {
			case reflect.Struct:
				walk(t, ft)
			case reflect.String:
				if !closed[ft] && !shaped[typ.Name()+"."+f.Name] {
					t.Errorf("%s.%s could carry text", typ.Name(), f.Name)
				}
			case reflect.Map, reflect.Interface, reflect.Pointer, reflect.Uint8:
				t.Errorf("%s.%s is a %s", typ.Name(), f.Name, ft.Kind())
			}
		}
	}
	for _, m := range []any{Delivery{}, Receipt{}, Enrolment{}, Welcome{}, Revocation{}, Refusal{}} {
		walk(t, reflect.TypeOf(m))
	}
}

func TestASignatureCountsForOneKindOfMessage(t *testing.T) {
	key, pub := testKey(2), testKey(2).Public().(ed25519.PublicKey)
	b := Sign(Revocation{Version, "00112233445566778899aabbccddeeff", 1, Retired}, key)
	if _, err := Open[Revocation](b, pub); err != nil {
		t.Fatal(err)
	}
	if _, err := Open[Revocation](b, testKey(3).Public().(ed25519.PublicKey)); !errors.Is(err, ErrSignature) {
		t.Errorf("another key opens it: %v", err)
	}
	forged := bytes.Replace(b, []byte("retired"), []byte("lost"), 1)
	if _, err := Open[Revocation](forged, pub); !errors.Is(err, ErrSignature) {
		t.Errorf("changed, it opens: %v", err)
	}
	if Sign(Welcome{}, key) == nil || purpose(Welcome{}) == purpose(Receipt{}) {
		t.Error("two kinds of message are signed alike")
	}
}

func TestReasonsAreAClosedList(t *testing.T) {
	seen := map[Reason]bool{}
	for _, r := range Reasons() {
		if seen[r] || r.Words() == "" || r.Verdict() == "" {
			t.Errorf("%s stands twice, or says nothing", r)
		}
		seen[r] = true
	}
	for _, c := range Checks() {
		for _, v := range []Verdict{Fail, CouldNotTell} {
			if !anyFits(c, v) {
				t.Errorf("%s can never be %s", c, v)
			}
		}
		if c.Label() == string(c) {
			t.Errorf("%s has no name", c)
		}
	}
	if Reason("").Fits(DiskEncryption, Fail) || Reason("x").Words() != "" {
		t.Error("a reason that is none fits")
	}
}

func anyFits(c Check, v Verdict) bool {
	for _, r := range Reasons() {
		if r.Fits(c, v) {
			return true
		}
	}
	return false
}

func TestCodes(t *testing.T) {
	code := NewCode(bytes.Repeat([]byte{0xff, 0x00, 0x13}, 9))
	if !IsCode(code) || IsCode(code+"0") || IsCode(strings.ToUpper(code)) || IsCode(strings.Repeat("u", CodeLength)) {
		t.Errorf("%s and what is like it", code)
	}
}

func TestSettings(t *testing.T) {
	if f := Usual().Fault(); f != "" {
		t.Errorf("the usual settings: %s", f)
	}
	for _, s := range []Settings{{}, {LockMinutes: 7, IntervalMinutes: 60}, {LockMinutes: 5, IntervalMinutes: 14}, {LockMinutes: 5, IntervalMinutes: 1441}} {
		if s.Fault() == "" {
			t.Errorf("%+v is taken", s)
		}
	}
}

func FuzzDelivery(f *testing.F) {
	key := testKey(1)
	f.Add(Sign(delivery(), key))
	f.Add([]byte("{}\n\n"))
	f.Add([]byte(`{"v":1,"device":"","build":0,"sent_at":0,"reports":[]}` + "\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse[Delivery](b)
		if err != nil {
			return
		}
		if !bytes.Equal(encode(s.Message), s.body) {
			t.Errorf("%q is taken, and written otherwise", b)
		}
	})
}

func FuzzReceipt(f *testing.F) {
	r := Receipt{Version, "00112233445566778899aabbccddeeff", 2, HashOf(nil), 1, "0199c0de-0000-7000-8000-000000000000", Usual()}
	f.Add(Sign(r, testKey(1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := Parse[Receipt](b); err == nil && !bytes.Equal(encode(s.Message), s.body) {
			t.Errorf("%q is taken, and written otherwise", b)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	key := testKey(1)
	d := delivery()
	d.Reports = d.Reports[:1]
	m := Sign(d, key)
	b.ReportMetric(float64(len(m)), "bytes")
	for b.Loop() {
		if _, err := Open[Delivery](m, key.Public().(ed25519.PublicKey)); err != nil {
			b.Fatal(err)
		}
	}
}
