package check

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// mark is what is planted, as the beginning of a word that says where.
const mark = "Canary7Song"

// canary is a machine in whose answers marks are planted.
type canary struct {
	*fake
	append  bool                 // marks behind what the machine says, where it says anything
	replace func(id string) bool // marks instead of it, and where nothing is
	planted map[string]bool      // ids of the reads that answered with a mark
}

func (c *canary) text(r Read, said []byte, err error) ([]byte, error) {
	m := fmt.Sprintf("%s.%s", mark, r.ID)
	switch {
	case c.replace(r.ID):
		c.planted[r.ID] = true
		return []byte(m), nil
	case c.append && err == nil:
		c.planted[r.ID] = true
		return fmt.Appendf(said, "\n# %s\n", m), nil
	}
	return said, err
}

func (c *canary) File(ctx context.Context, r Read, fill ...string) ([]byte, error) {
	b, err := c.fake.File(ctx, r, fill...)
	return c.text(r, b, err)
}

func (c *canary) Stat(ctx context.Context, r Read, fill ...string) (Info, error) {
	if c.replace(r.ID) {
		return Info{Dir: true, ModTime: now, Dev: 1}, nil
	}
	return c.fake.Stat(ctx, r, fill...)
}

func (c *canary) Names(ctx context.Context, r Read, fill ...string) ([]string, error) {
	names, err := c.fake.Names(ctx, r, fill...)
	if b, err := c.text(r, nil, err); err == nil {
		return append(names, strings.TrimSpace(string(b)), mark+".desktop"), nil
	}
	return names, err
}

func (c *canary) Link(ctx context.Context, r Read, fill ...string) (string, error) {
	to, err := c.fake.Link(ctx, r, fill...)
	b, err := c.text(r, []byte(to), err)
	return string(b), err
}

func (c *canary) Run(ctx context.Context, r Read, fill ...string) (Output, error) {
	o, err := c.fake.Run(ctx, r, fill...)
	b, err := c.text(r, o.Stdout, err)
	return Output{Stdout: b, Stderr: append(o.Stderr, mark+" on stderr"...), Exit: o.Exit}, err
}

func (c *canary) Registry(ctx context.Context, r Read, fill ...string) (Value, error) {
	v, err := c.fake.Registry(ctx, r, fill...)
	if err == nil && !v.IsText && !c.replace(r.ID) {
		return v, nil
	}
	b, err := c.text(r, []byte(v.Text), err)
	return Value{Text: string(b), IsText: true}, err
}

func (c *canary) Users(ctx context.Context) ([]User, error) {
	users, err := c.fake.Users(ctx)
	return append([]User{{Name: mark, Home: "/home/" + mark, ID: "1000", Session: true}}, users...), err
}

// machines are one machine of each platform, and a Linux laptop with a desktop.
func machines(t *testing.T) map[string]*fake {
	laptop := desk(t, "gnome", "plasma", "xfce", "sway").with("/home/ann/.config/google-chrome/Default/Extensions/aeblfdkhhhdcdjpifhhbdiojplfjncoa/x", "").
		with("/home/ann/.config/google-chrome/Default/Preferences", `{"extensions":{"settings":{"aeblfdkhhhdcdjpifhhbdiojplfjncoa":{"state":1}}}}`)
	maps.Copy(laptop.files, machine(t, "linux/debian12").files)
	maps.Copy(laptop.outputs, machine(t, "linux/debian12").outputs)
	return map[string]*fake{
		"linux desk": laptop, "linux debian12": machine(t, "linux/debian12"), "macos 26": machine(t, "macos/26"), "windows 11": machine(t, "windows/11"),
	}
}

// TestNothingPlantedOnADeviceIsSent plants marks in every source and searches the bytes
// that would be sent: with marks behind all that a machine says, with marks instead of
// all, and with one at a time.
func TestNothingPlantedOnADeviceIsSent(t *testing.T) {
	for name, m := range machines(t) {
		t.Run(name, func(t *testing.T) {
			first, _, _ := strings.Cut(name, " ")
			p := wire.Platform(first)
			all := &canary{fake: m, append: true, replace: func(string) bool { return false }, planted: map[string]bool{}}
			if n := all.silent(t, p); n == 0 {
				t.Error("no mark reached the detail, so none was read")
			}
			every := &canary{fake: m, replace: func(string) bool { return true }, planted: map[string]bool{}}
			every.silent(t, p)
			if len(every.planted) < 5 {
				t.Errorf("only %d reads were answered with a mark", len(every.planted))
			}
			for _, r := range Reads(p) {
				one := &canary{fake: m, replace: func(id string) bool { return id == r.ID }, planted: map[string]bool{}}
				one.silent(t, p)
			}
		})
	}
}

// silent makes a delivery of the machine, fails if a mark is in it, and returns how often
// one is in the detail, which stays on the device.
func (c *canary) silent(t *testing.T, p wire.Platform) int {
	t.Helper()
	answers := Run(t.Context(), c, Input{Platform: p, Settings: wire.Usual(), Now: now})
	var detail strings.Builder
	report := wire.Report{Seq: 1, ObservedAt: now.Unix(), Rules: wire.HashOf(nil)}
	for _, a := range answers {
		report.Results = append(report.Results, a.Result)
		detail.WriteString(strings.Join(a.Detail, "\n"))
	}
	report.Detail = wire.HashOf([]byte(detail.String()))
	d := wire.Delivery{V: wire.Version, Device: wire.ID(strings.Repeat("0a", 16)), Build: 1, SentAt: now.Add(time.Second).Unix(), Reports: []wire.Report{report}}
	sent := wire.Sign(d, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if _, err := wire.Parse[wire.Delivery](sent); err != nil {
		t.Fatalf("what would be sent is no delivery: %v", err)
	}
	for _, form := range []string{mark, hex.EncodeToString([]byte(mark)), base64.StdEncoding.EncodeToString([]byte(mark))[:12], "/home/"} {
		if bytes.Contains(bytes.ToLower(sent), bytes.ToLower([]byte(form))) {
			t.Errorf("%q is in what would be sent: %s", form, sent)
		}
	}
	return strings.Count(detail.String(), mark)
}
