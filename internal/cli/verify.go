package cli

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/toucan-grc/toucan/internal/ledger"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/report"
)

// Verify checks a bundle offline: it opens no network and no database.
type Verify struct {
	Bundle   string `arg:"" placeholder:"FILE" help:"Bundle to check, a ZIP file."`
	Policy   string `required:"" placeholder:"FILE" help:"Trust policy you got from whoever runs the log, by another way than the bundle."`
	TSARoots string `name:"tsa-roots" placeholder:"FILE" help:"PEM certificates of the time-stamping authorities you believe."`
	Since    string `placeholder:"FILE" help:"A checkpoint you kept from before: the log must still begin with what it speaks of."`
}

// Example implements exampler.
func (Verify) Example() string { return "toucan verify soc2-2026.zip --policy trust.policy" }

// Limits of the small files a person hands over.
const (
	maxPolicyFile = 64 << 10
	maxCheckpoint = 64 << 10
	maxRoots      = 4 << 20
)

// Run prints what holds to stdout and one line for each failure to stderr.
func (c *Verify) Run(a *App) error {
	check, err := c.check()
	if err != nil {
		return err
	}
	f, err := os.Open(c.Bundle)
	if err != nil {
		return problem.New(problem.Invalid, "Cannot read %s: %v.", c.Bundle, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return problem.New(problem.Invalid, "%s is no file. Name the bundle itself, a ZIP file.", c.Bundle)
	}
	found := report.Verify(f, info.Size(), check)
	for _, line := range found.Failures {
		fmt.Fprintln(a.Stderr, line)
	}
	if n := len(found.Failures); n > 0 {
		return faults(n)
	}
	window := ""
	if found.Manifest.From != "" {
		window = fmt.Sprintf(", %s to %s", found.Manifest.From, found.Manifest.To)
	}
	fmt.Fprintf(a.Stdout, "%s: holds. %s, %s%s.\n", filepath.Base(c.Bundle), found.Manifest.Organisation, found.Manifest.Framework, window)
	fmt.Fprintf(a.Stdout, "%d leaves give the root that %s signed; the content of %d of them is shown, with %d files.\n", found.Leaves, found.Manifest.Origin, found.Shown, found.Files)
	for _, line := range found.Notes {
		fmt.Fprintln(a.Stdout, line)
	}
	if c.Since == "" {
		fmt.Fprintln(a.Stdout, "Keep the checkpoint in it: with --since, the next bundle shows whether the log was rewritten in between.")
	}
	return nil
}

// check reads what the person holds.
func (c *Verify) check() (report.Check, error) {
	var out report.Check
	var err error
	if same(c.Bundle, c.Policy) {
		return out, problem.Field("policy", "The policy must be a file of its own, not the bundle it is to check.")
	}
	if out.Policy, err = small(c.Policy, maxPolicyFile); err != nil {
		return out, err
	}
	if c.Since != "" {
		since, err := small(c.Since, maxCheckpoint)
		if err != nil {
			return out, err
		}
		out.Since = string(since)
	}
	if c.TSARoots != "" {
		pem, err := small(c.TSARoots, maxRoots)
		if err != nil {
			return out, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return out, problem.Field("tsa-roots", c.TSARoots+" holds no certificate in PEM form.")
		}
		out.Stamp = func(note string, token []byte) (time.Time, error) {
			s, err := ledger.VerifyStamp(note, token, roots)
			return s.At, err
		}
	}
	return out, nil
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	y, other := os.Stat(b)
	return err == nil && other == nil && os.SameFile(x, y)
}

// small reads a file that must not be large.
func small(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, problem.New(problem.Invalid, "Cannot read %s: %v.", name, err)
	}
	if info.Size() > limit {
		return nil, problem.New(problem.Invalid, "%s is larger than %d KB; is it the right file?", name, limit>>10)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, problem.New(problem.Invalid, "Cannot read %s: %v.", name, err)
	}
	return data, nil
}
