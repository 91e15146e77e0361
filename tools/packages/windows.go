package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// msi builds the package of Windows with wixl, of msitools. dir holds the program.
func (b *build) msi(arch, dir string) (string, error) {
	if arch != "amd64" {
		return "", errors.New("wixl builds packages for x64 alone, which Windows on Arm runs too")
	}
	readme, err := b.fill(map[string]string{"INSTALL": install["windows"]}, "README.txt")
	if err != nil {
		return "", err
	}
	// Windows takes packages of one product and version for the same; the program decides which it is
	source, err := b.fill(map[string]string{"PRODUCT": uuid("product " + b.version + " " + arch)}, "windows", "toucan-agent.wxs")
	if err != nil {
		return "", err
	}
	texts := map[string][]byte{"README.txt": readme, "toucan-agent.wxs": source}
	for name, path := range map[string]string{"LICENSE.txt": filepath.Join(b.root, "LICENSE"), "COPYRIGHT.txt": b.in("copyright")} {
		if texts[name], err = os.ReadFile(path); err != nil {
			return "", err
		}
	}
	for name, text := range texts {
		if filepath.Ext(name) == ".txt" {
			text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return "", err
		}
		if err := os.Chtimes(path, b.time, b.time); err != nil {
			return "", err
		}
	}
	cmd := exec.Command("wixl", "-a", "x64", "-o", "toucan-agent.msi", "toucan-agent.wxs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C.UTF-8") // times within the cabinet are local ones
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("wixl: %w. It comes with the Debian packages wixl and msitools\n%s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "toucan-agent.msi"))
	if err != nil {
		return "", err
	}
	if err := settle(data, b.time); err != nil {
		return "", err
	}
	name := "toucan-agent_" + b.version + "_" + arch + ".msi"
	return name, os.WriteFile(filepath.Join(b.out, name), data, 0o644)
}

// In the summary of an MSI the revision number, a UUID, is a text of 39 bytes with its zero
// (type 0x1e), filled up to 40; the moments of creation and of the last save (type 0x40) follow.
var (
	beforeID     = []byte("\x1e\x00\x00\x00\x27\x00\x00\x00{")
	beforeMoment = []byte("\x40\x00\x00\x00")
)

// settle replaces the only bytes that wixl makes anew on each run: the revision number becomes a
// digest of everything else, and both moments become at. Another build has another number, as
// Windows asks.
func settle(msi []byte, at time.Time) error {
	i := bytes.Index(msi, beforeID)
	if n := bytes.Count(msi, beforeID); n != 1 || i+72 > len(msi) {
		return fmt.Errorf("the summary of the MSI was found %d times; wixl writes it in another way than 0.101 does", n)
	}
	id, created, saved := msi[i+8:i+46], msi[i+48:i+60], msi[i+60:i+72]
	if id[37] != '}' || !bytes.HasPrefix(created, beforeMoment) || !bytes.HasPrefix(saved, beforeMoment) {
		return errors.New("the summary of the MSI is laid out in another way than wixl 0.101 does")
	}
	ticks := uint64(at.Unix()+11_644_473_600) * 10_000_000 // hundreds of nanoseconds since 1601
	binary.LittleEndian.PutUint64(created[4:], ticks)
	binary.LittleEndian.PutUint64(saved[4:], ticks)
	copy(id, "{00000000-0000-0000-0000-000000000000}")
	copy(id, "{"+uuid(string(msi))+"}")
	return nil
}

// uuid is a UUID that follows from what it names (version 8 of RFC 9562).
func uuid(of string) string {
	s := sha256.Sum256([]byte("toucan-agent " + of))
	s[6] = s[6]&0x0f | 0x80
	s[8] = s[8]&0x3f | 0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", s[:4], s[4:6], s[6:8], s[8:10], s[10:16]))
}
