package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"time"
)

// entry is a file of an archive.
type entry struct {
	name string
	mode int64
	data []byte
}

// archive builds the tar.gz of Linux or macOS: the program, the script that installs it and what it needs.
func (b *build) archive(t target, dir string) (string, error) {
	service := b.in("linux", "toucan-agent.service")
	if t.os == "darwin" {
		service = b.in("darwin", "io.github.toucan-grc.agent.plist")
	}
	readme, err := b.fill(map[string]string{"INSTALL": install[t.os]}, "README.txt")
	if err != nil {
		return "", err
	}
	entries := []entry{{"README.txt", 0o644, readme}}
	for _, f := range []struct {
		name, path string
		mode       int64
	}{
		{"toucan-agent", filepath.Join(dir, "toucan-agent"), 0o755},
		{"install.sh", b.in(t.os, "install.sh"), 0o755},
		{filepath.Base(service), service, 0o644},
		{"LICENSE", filepath.Join(b.root, "LICENSE"), 0o644},
		{"copyright", b.in("copyright"), 0o644},
	} {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return "", err
		}
		entries = append(entries, entry{f.name, f.mode, data})
	}
	folder := "toucan-agent_" + b.version + "_" + t.os + "_" + t.arch
	packed, err := pack(folder, entries, b.time)
	if err != nil {
		return "", err
	}
	return folder + ".tar.gz", os.WriteFile(filepath.Join(b.out, folder+".tar.gz"), packed, 0o644)
}

// install says how the package of a system without a package manager is installed, in the README of it.
var install = map[string]string{
	"linux": `Install it:    sudo sh install.sh
Link it:       sudo /usr/local/bin/toucan-agent enroll '...'     with the code of My devices
Remove it:     sudo /usr/local/bin/toucan-agent uninstall && sudo sh install.sh remove`,
	"darwin": `Install it:    sudo sh install.sh
Link it:       sudo toucan-agent enroll '...'     with the code of My devices
Remove it:     sudo toucan-agent uninstall && sudo sh install.sh remove`,
	"windows": `Link it, as an administrator, with the code of My devices:

    "C:\Program Files\Toucan Agent\toucan-agent.exe" enroll "..."

Remove it: "C:\Program Files\Toucan Agent\toucan-agent.exe" uninstall, then Settings > Apps > Toucan Agent.`,
}

// pack writes entries into a tar.gz, all below a folder, owned by root, with the same time.
func pack(folder string, entries []entry, at time.Time) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	head := tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755, ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatUSTAR}
	if err := w.WriteHeader(&head); err != nil {
		return nil, err
	}
	for _, e := range entries {
		head := tar.Header{Typeflag: tar.TypeReg, Name: folder + "/" + e.name, Mode: e.mode, Size: int64(len(e.data)), ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatUSTAR}
		if err := w.WriteHeader(&head); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
