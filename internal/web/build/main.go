// Command build makes internal/web/static from internal/web/assets and the
// packages of package-lock.json: one script, one style sheet, the font, and one
// sprite of icons, each named by its content so that a browser may keep it for
// ever. Run it from the root of the repository after npm ci --ignore-scripts.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	assets = "internal/web/assets"
	static = "internal/web/static"
	font   = "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"
	icons  = "node_modules/@tabler/icons/icons/outline"
)

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "web build:", err)
		os.Exit(1)
	}
}

func build() error {
	if _, err := os.Stat("node_modules/htmx.org"); err != nil {
		return fmt.Errorf("node_modules is missing; run `npm ci --ignore-scripts` at the root of the repository first")
	}
	out := output{names: map[string]string{}}
	inter, err := os.ReadFile(font)
	if err != nil {
		return err
	}
	interName := out.add("inter.woff2", inter)
	sprite, err := makeSprite()
	if err != nil {
		return err
	}
	out.add("icons.svg", sprite)
	js, err := bundle("app.js", nil)
	if err != nil {
		return err
	}
	out.add("app.js", js)
	css, err := bundle("app.css", []string{"*.woff2"})
	if err != nil {
		return err
	}
	out.add("app.css", bytes.ReplaceAll(css, []byte("inter.woff2"), []byte(interName)))
	mark, err := os.ReadFile(filepath.Join(assets, "favicon.svg"))
	if err != nil {
		return err
	}
	out.add("favicon.svg", mark)
	return out.write()
}

// bundle runs esbuild on one entry point and returns the minified result.
func bundle(entry string, external []string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{filepath.Join(assets, entry)},
		Bundle:            true,
		External:          external,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Target:            api.ES2022,
		LegalComments:     api.LegalCommentsEndOfFile, // the licences of the packages ask for it
		LogLevel:          api.LogLevelError,          // the style kit has one harmless warning about :has()
		Outdir:            "unused",
	})
	if len(result.Errors) > 0 {
		return nil, fmt.Errorf("%s: %s", entry, result.Errors[0].Text)
	}
	return result.OutputFiles[0].Contents, nil
}

var paths = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)

// makeSprite joins the icons named in assets/icons.txt into one file of symbols.
func makeSprite() ([]byte, error) {
	list, err := os.ReadFile(filepath.Join(assets, "icons.txt"))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">` + "\n<!-- Tabler Icons, MIT licence -->\n")
	for name := range strings.FieldsSeq(string(list)) {
		svg, err := os.ReadFile(filepath.Join(icons, name+".svg"))
		if err != nil {
			return nil, fmt.Errorf("icon %q of %s/icons.txt is not in the icon package", name, assets)
		}
		body := paths.FindSubmatch(svg)
		if body == nil {
			return nil, fmt.Errorf("icon %q is not one svg element", name)
		}
		inner := strings.Join(strings.Fields(string(body[1])), " ")
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">%s</symbol>`+"\n", name, inner)
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}

// output collects the files to write and remembers the name each got.
type output struct {
	names map[string]string // name in the source → name with the hash
	files []file
}

type file struct {
	name string
	data []byte
}

func (o *output) add(name string, data []byte) string {
	sum := sha256.Sum256(data)
	ext := filepath.Ext(name)
	hash := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
	hashed := strings.TrimSuffix(name, ext) + "-" + hash + ext
	o.names[name] = hashed
	o.files = append(o.files, file{hashed, data})
	return hashed
}

// write replaces the content of the static folder. Text is stored a second time
// compressed, so that the server never compresses the same file twice.
func (o *output) write() error {
	old, err := os.ReadDir(static)
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.Name() != ".gitkeep" {
			if err := os.Remove(filepath.Join(static, e.Name())); err != nil {
				return err
			}
		}
	}
	for _, f := range o.files {
		if err := os.WriteFile(filepath.Join(static, f.name), f.data, 0o644); err != nil {
			return err
		}
		if slices.Contains([]string{".js", ".css", ".svg"}, filepath.Ext(f.name)) {
			var z bytes.Buffer
			w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
			if err != nil {
				return err
			}
			if _, err := w.Write(f.data); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(static, f.name+".gz"), z.Bytes(), 0o644); err != nil {
				return err
			}
		}
		fmt.Printf("%7d  %s\n", len(f.data), f.name)
	}
	manifest, err := json.MarshalIndent(o.names, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(static, "manifest.json"), append(manifest, '\n'), 0o644)
}
