package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// version is that of the API's contract, not of Toucan.
const version = "1.0.0"

const about = `JSON over HTTP for programs. Every request carries a token (Authorization: Bearer tcn_...) that acts for a member in one organisation; it allows what its scope and the member's role both allow.

Lists come in pages: limit (50, at most 200) and cursor, which is next of the page before. Single resources carry an ETag; a change (PUT) must send it in If-Match. A POST may carry an Idempotency-Key: the same request with the same key within 24 hours is carried out once. Failures are problem documents (RFC 9457) with a code that never changes. Times are RFC 3339 in UTC; ids are opaque. Properties and parameters that are not described are refused.`

// configuration is huma's, without anything that fetches scripts from elsewhere.
func configuration() huma.Config {
	c := huma.DefaultConfig("Toucan", version)
	c.Info.Description = about
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema in answers
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "A token made in Toucan under My account."}}
	c.Servers = []*huma.Server{{URL: "/", Description: "The server this document came from."}}
	return c
}

// open lets answers grow: a client that checks them against the description must
// not break when a later Toucan says more. What is sent to us stays closed.
func open(doc *huma.OpenAPI) {
	sent := map[string]bool{}
	var walk func(s *huma.Schema)
	walk = func(s *huma.Schema) {
		if s == nil {
			return
		}
		if name := nameOf(s); s.Ref != "" && !sent[name] {
			sent[name] = true
			walk(doc.Components.Schemas.SchemaFromRef(s.Ref))
		}
		walk(s.Items)
		for _, p := range s.Properties {
			walk(p)
		}
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put} {
			if op == nil || op.RequestBody == nil {
				continue
			}
			for _, m := range op.RequestBody.Content {
				walk(m.Schema)
			}
		}
	}
	for name, schema := range doc.Components.Schemas.Map() {
		if !sent[name] {
			schema.AdditionalProperties = nil
		}
	}
}

// schemaName keeps a Requirement of the gap analysis apart from ours.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pkg := t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]
	if pkg == "" || pkg == "api" || t.PkgPath() == "time" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// OpenAPI returns the document that describes the API, as JSON in a fixed layout.
func (s *Server) OpenAPI() ([]byte, error) {
	raw, err := json.Marshal(s.huma.OpenAPI())
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

//go:embed document.html
var pageText string

//go:embed document.css
var pageStyle []byte

var pageTemplate = template.Must(template.New("api").Funcs(template.FuncMap{
	"id":    func(tag string) string { return strings.ToLower(strings.ReplaceAll(tag, " ", "-")) },
	"lower": strings.ToLower,
	"path":  func(p string) string { return base + p },
}).Parse(pageText))

// documents serves the description: a page for people, JSON and YAML for programs.
// It is the same for everybody and needs no token.
func (s *Server) documents() {
	spec, err := s.OpenAPI()
	if err != nil {
		panic(fmt.Sprintf("the description of the API cannot be written: %v", err)) // the same at every start: a test sees it
	}
	yaml, err := s.huma.OpenAPI().YAML()
	if err != nil {
		panic(fmt.Sprintf("the description of the API cannot be written: %v", err))
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, newPage(s.huma.OpenAPI())); err != nil {
		panic(fmt.Sprintf("the page about the API cannot be drawn: %v", err))
	}
	for path, file := range map[string]struct {
		kind string
		body []byte
	}{
		"/api":              {"text/html; charset=utf-8", page.Bytes()},
		"/api/page.css":     {"text/css; charset=utf-8", pageStyle},
		"/api/openapi.json": {"application/vnd.oai.openapi+json", spec},
		"/api/openapi.yaml": {"application/vnd.oai.openapi", yaml},
	} {
		etag := `"` + fingerprint(file.body) + `"`
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file.kind)
			w.Header().Set("ETag", etag)
			_, _ = w.Write(file.body)
		})
	}
}

// docPage is what the page at /api shows.
type docPage struct {
	About   []string
	Version string
	Groups  []docGroup
	Kinds   any
}

type docGroup struct {
	Tag        string
	Operations []docOperation
}

type docOperation struct {
	operation
	Params []*huma.Param
	Fields []docField // of the request body
	Form   bool
	Answer string // name of the schema
}

type docField struct {
	Name, Type, About string
	Required          bool
}

func newPage(doc *huma.OpenAPI) docPage {
	p := docPage{About: strings.Split(about, "\n\n"), Version: version, Kinds: kinds}
	for _, o := range operations() {
		i := slices.IndexFunc(p.Groups, func(g docGroup) bool { return g.Tag == o.Tag })
		if i < 0 {
			i = len(p.Groups)
			p.Groups = append(p.Groups, docGroup{Tag: o.Tag})
		}
		p.Groups[i].Operations = append(p.Groups[i].Operations, o.document(doc))
	}
	return p
}

func (o operation) document(doc *huma.OpenAPI) docOperation {
	d := docOperation{operation: o}
	item := doc.Paths[base+o.Path]
	op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put}[o.Method]
	for _, q := range op.Parameters {
		if q.Name != "org" {
			d.Params = append(d.Params, q)
		}
	}
	if op.RequestBody != nil {
		for kind, m := range op.RequestBody.Content {
			d.Form = kind != "application/json"
			d.Fields = fields(doc, m.Schema)
		}
	}
	for status, r := range op.Responses {
		if status < "300" && r.Content["application/json"] != nil {
			d.Answer = nameOf(r.Content["application/json"].Schema)
		}
	}
	return d
}

func nameOf(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
}

// fields lists the properties of a body, the required ones first.
func fields(doc *huma.OpenAPI, s *huma.Schema) []docField {
	if s != nil && s.Ref != "" {
		s = doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return nil
	}
	var out []docField
	for name, f := range s.Properties {
		d := docField{Name: name, Type: f.Type, About: f.Description, Required: slices.Contains(s.Required, name)}
		if f.Ref != "" {
			d.Type = nameOf(f)
		}
		if f.Type == "array" && f.Items != nil {
			d.Type = "list of " + f.Items.Type + nameOf(f.Items)
		}
		if len(f.Enum) > 0 {
			var words []string
			for _, e := range f.Enum {
				words = append(words, fmt.Sprint(e))
			}
			d.Type = strings.Join(words, ", ")
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b docField) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}
