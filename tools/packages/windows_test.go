package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMSI(t *testing.T) {
	need(t, "msiinfo", "msiextract")
	path := pkg("toucan-agent_VERSION_amd64.msi")
	holds(t, say(t, "msiinfo", "suminfo", path), "Template: x64;1033", "Created: "+here.time.Local().Format("Mon Jan _2 15:04:05 2006"))
	table := func(name string) string { return say(t, "msiinfo", "export", path, name) }
	holds(t, table("Property"), "ProductName Toucan Agent", "ProductVersion "+here.version, "ALLUSERS 1",
		"UpgradeCode {B6B1F6B5-2F52-4C0B-9E5A-6B1D4B7E7A31}", "ProductCode {"+uuid("product "+here.version+" amd64")+"}")
	// 16: a process of its own; 2: started with the system; 1: a failure is logged
	if s := table("ServiceInstall"); !strings.Contains(s, "Service\tToucanAgent\tToucan Agent\t16\t2\t") || !strings.Contains(s, "LocalSystem\t\trun\tAgent") {
		t.Errorf("the service is not installed as it should be:\n%s", s)
	}
	// 1 + 2 + 32 + 128: started by the installation, stopped by both, deleted by the removal
	holds(t, table("ServiceControl"), "Control ToucanAgent 163 1 Agent")
	holds(t, table("Directory"), "INSTALLDIR ProgramFiles64Folder Toucan Agent")
	if s := table("Upgrade"); !strings.Contains(s, "{B6B1F6B5-2F52-4C0B-9E5A-6B1D4B7E7A31}\t\t"+here.version+"\t") {
		t.Errorf("an older version is not replaced:\n%s", s)
	}

	dir := t.TempDir()
	say(t, "msiextract", "-C", dir, path)
	program, err := os.ReadFile(filepath.Join(dir, "Toucan Agent", "toucan-agent.exe"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(program, []byte("MZ")) || !bytes.Contains(program, []byte(here.version)) {
		t.Error("what it holds is no program of this version")
	}
	for _, text := range []string{"README.txt", "LICENSE.txt", "COPYRIGHT.txt"} {
		if data, err := os.ReadFile(filepath.Join(dir, "Toucan Agent", text)); err != nil || !bytes.Contains(data, []byte("\r\n")) {
			t.Errorf("%s is not there with the line ends of Windows: %v", text, err)
		}
	}
}

func TestSettleLeavesNothingRandomAndTellsBuildsApart(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	msi := func(content, id, moment string) []byte {
		return []byte(content + "\x1e\x00\x00\x00\x27\x00\x00\x00{" + id + "}\x00\x00\x40\x00\x00\x00" + moment + "\x40\x00\x00\x00" + moment + "rest")
	}
	a := msi("one", "0B8E4A10-0000-0000-0000-00000000000A", "12345678")
	b := msi("one", "7C9F5B21-0000-0000-0000-00000000000B", "\x00é\xf5é\xdd\x01") // a moment is bytes, also when they look like letters
	c := msi("two", "0B8E4A10-0000-0000-0000-00000000000A", "12345678")
	for _, x := range [][]byte{a, b, c} {
		if err := settle(x, at); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a, b) {
		t.Error("two builds of the same content differ")
	}
	if id := func(x []byte) string { return string(x[11:49]) }; id(a) == id(c) {
		t.Error("builds of another content have the same number")
	}
	if err := settle([]byte("no summary at all"), at); err == nil {
		t.Error("a file without a summary was taken")
	}
	if err := settle(append(msi("", "0B8E4A10-0000-0000-0000-00000000000A", "12345678"), msi("", "0B8E4A10-0000-0000-0000-00000000000A", "12345678")...), at); err == nil {
		t.Error("a file with two summaries was taken")
	}
}

// docs/devices/packages.md tells these commands.
func TestAnMSICanBeSignedWithACertificateOfOnesOwn(t *testing.T) {
	need(t, "osslsigncode", "openssl")
	dir := t.TempDir()
	key, cert, signed := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "signed.msi")
	say(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Example Ltd", "-addext", "extendedKeyUsage=codeSigning", "-keyout", key, "-out", cert)
	say(t, "osslsigncode", "sign", "-certs", cert, "-key", key, "-h", "sha256", "-n", "Toucan Agent", "-in", pkg("toucan-agent_VERSION_amd64.msi"), "-out", signed)
	say(t, "osslsigncode", "verify", "-CAfile", cert, "-in", signed)
	data, err := os.ReadFile(signed)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(signed, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("osslsigncode", "verify", "-CAfile", cert, "-in", signed).Run(); err == nil {
		t.Error("a changed MSI is taken as signed")
	}
}
