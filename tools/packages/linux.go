package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk" // the three formats register themselves
	_ "github.com/goreleaser/nfpm/v2/deb"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// linux builds deb, rpm and apk from packaging/nfpm.yaml. dir holds the program.
func (b *build) linux(arch, dir string) ([]string, error) {
	if err := b.stageLinux(dir); err != nil {
		return nil, err
	}
	values := map[string]string{"VERSION": b.version, "ARCH": arch}
	config, err := nfpm.ParseFileWithEnvMapping(b.in("nfpm.yaml"), func(name string) string { return values[name] })
	if err != nil {
		return nil, err
	}
	var names []string
	for _, format := range []string{"deb", "rpm", "apk"} {
		name := "toucan-agent_" + b.version + "_" + arch + "." + format
		if err := b.linuxPackage(&config, format, filepath.Join(b.out, name), dir); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func (b *build) linuxPackage(config *nfpm.Config, format, path, dir string) error {
	info, err := config.Get(format)
	if err != nil {
		return err
	}
	info = nfpm.WithDefaults(info)
	info.MTime = b.time
	summary, rest, _ := strings.Cut(info.Description, "\n")
	switch format {
	case "deb":
		info.License = "" // has its place in the copyright file, and none in the fields
	case "rpm":
		info.Description = strings.TrimSpace(rest) // the summary is told apart
	case "apk":
		info.Description = summary // holds one line
	}
	for _, c := range info.Contents {
		c.FileInfo.MTime = b.time
		if c.Source = strings.ReplaceAll(c.Source, "${STAGE}", dir); c.Source != "" && !filepath.IsAbs(c.Source) {
			c.Source = filepath.Join(b.root, c.Source)
		}
	}
	for _, s := range []*string{&info.Scripts.PostInstall, &info.Scripts.PreRemove, &info.Scripts.PostRemove, &info.APK.Scripts.PostUpgrade} {
		if *s == "" {
			continue
		}
		if *s, err = b.script(*s, dir); err != nil {
			return err
		}
	}
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if err := packager.Package(info, &data); err != nil {
		return err
	}
	return os.WriteFile(path, data.Bytes(), 0o644)
}

// script copies a script to where it can be given the time of the commit, which apk writes down.
func (b *build) script(path, dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(b.root, path))
	if err != nil {
		return "", err
	}
	staged := filepath.Join(dir, strings.ReplaceAll(path, "/", "-"))
	if err := os.WriteFile(staged, text, 0o755); err != nil {
		return "", err
	}
	return staged, os.Chtimes(staged, b.time, b.time)
}

// stageLinux lays what the packages hold compressed or filled in beside the program.
func (b *build) stageLinux(dir string) error {
	manual, err := b.fill(nil, "toucan-agent.1")
	if err != nil {
		return err
	}
	changes, err := b.fill(map[string]string{"DATE": b.time.Format(time.RFC1123Z)}, "linux", "deb", "changelog")
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"toucan-agent.1.gz": manual, "changelog.gz": changes} {
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression) // its header has no time
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), packed.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}
