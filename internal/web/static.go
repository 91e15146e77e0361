package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/toucan-grc/toucan/internal/problem"
)

// files holds what `go run ./internal/web/build` made. A clone without that step
// builds too; the server then says which command is missing.
//
//go:embed all:static
var files embed.FS

// library of assets: the name in the source → the name with the hash of its content.
var assetNames = readManifest(files)

func readManifest(fsys fs.FS) map[string]string {
	names := map[string]string{}
	data, err := fs.ReadFile(fsys, "static/manifest.json")
	if err != nil {
		return names
	}
	if err := json.Unmarshal(data, &names); err != nil {
		return map[string]string{}
	}
	return names
}

// Built reports whether the assets were built into this binary.
func Built() bool { return assetNames["app.css"] != "" }

// BuildHint is the sentence shown when they were not.
const BuildHint = "The style sheet and the script are not built into this binary. Run `npm ci --ignore-scripts && go run ./internal/web/build` at the root of the repository, then build again."

// asset returns the address of a static file.
func asset(name string) string { return "/static/" + assetNames[name] }

// serveStatic serves one hashed file, which a browser may keep for ever.
func serveStatic(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")
	data, err := files.ReadFile("static/" + name)
	if err != nil || name == "manifest.json" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".gz") {
		return problem.New(problem.NotFound, "There is no such file.")
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if path.Ext(name) == ".woff2" {
		kind = "font/woff2" // not in every system's table
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if zipped, err := files.ReadFile("static/" + name + ".gz"); err == nil {
			h.Set("Content-Encoding", "gzip")
			h.Add("Vary", "Accept-Encoding")
			data = zipped
		}
	}
	_, err = w.Write(data)
	return err
}
