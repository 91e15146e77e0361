package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/policy"
	"github.com/toucan-grc/toucan/internal/problem"
)

// Policies groups the commands about policy documents.
type Policies struct {
	Conflicts PolicyConflicts `cmd:"" help:"Find documents that contradict each other. Needs no server."`
}

// PolicyConflicts compares the policy documents of folders.
type PolicyConflicts struct {
	Dirs      []string `arg:"" name:"dir" help:"Folders or files: Markdown, plain text and DOCX. The folders inside a folder are read only with --recursive."`
	Recursive bool     `help:"Read the folders inside the folders too."`
	Check     bool     `help:"Exit 1 when a conflict is found, for use in a pipeline."`
	Format    string   `enum:"text,json" default:"text" help:"text or json."`
	Out       string   `placeholder:"FILE" help:"Write here instead of to the terminal."`

	left []string // folders inside folders
}

// Example implements exampler.
func (PolicyConflicts) Example() string { return "toucan policy conflicts ./policies --format json" }

// conflictLine is the JSON form of a conflict.
type conflictLine struct {
	Files     [2]string       `json:"files"`
	Topic     string          `json:"topic"`
	Subject   string          `json:"subject"`
	Property  policy.Property `json:"property"`
	Values    [2]string       `json:"values"`
	Sentences [2]string       `json:"sentences"`
}

// Run prints the conflicts; what was left out goes to stderr.
func (c *PolicyConflicts) Run(a *App) error {
	files, err := c.files(a.Stderr)
	if err != nil {
		return err
	}
	var docs []policy.Stating
	for _, f := range files {
		s, err := f.read(a.Stderr)
		if err != nil {
			return err
		}
		if s != nil {
			docs = append(docs, *s)
		}
	}
	if len(docs) == 0 {
		return problem.Field("dir", "No policy document was found. Name a folder with .md or .txt files.")
	}
	found := policy.FindConflicts(docs)
	w, finish, err := a.create(c.Out)
	if err != nil {
		return err
	}
	if err := finish(c.print(w, docs, found)); err != nil {
		return err
	}
	if c.Check && len(found) > 0 {
		return faults(len(found))
	}
	return nil
}

func (c *PolicyConflicts) print(w io.Writer, docs []policy.Stating, found []policy.Conflict) error {
	if c.Format == "json" {
		list := []conflictLine{}
		for _, f := range found {
			list = append(list, conflictLine{[2]string{f.Documents[0].Name, f.Documents[1].Name}, f.Topic, f.Subject, f.Property, f.Values, f.Sentences})
		}
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		e.SetEscapeHTML(false)
		return e.Encode(list)
	}
	for _, f := range found {
		if _, err := fmt.Fprintln(w, f.Why); err != nil {
			return err
		}
		for i := range f.Documents {
			if _, err := fmt.Fprintf(w, "  %s: %s\n", f.Documents[i].Name, strings.Join(strings.Fields(f.Sentences[i]), " ")); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "%s in force, %s.\n", several(len(docs), "document"), several(len(found), "conflict"))
	return err
}

// several is a number of things: "1 document", "2 documents".
func several(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// policyFile is one file to read and the name it goes by.
type policyFile struct{ path, name string }

// files lists the documents: those of a folder before those of the folders in it,
// otherwise in the order in which they were named. Names are relative to the folder
// that holds everything named.
func (c *PolicyConflicts) files(notes io.Writer) ([]policyFile, error) {
	var roots, paths []string
	for _, dir := range c.Dirs {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, problem.Field("dir", fmt.Sprintf("Cannot read %s: %v. Name a folder that exists.", dir, err))
		}
		full, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			roots, paths = append(roots, filepath.Dir(full)), append(paths, full)
			continue
		}
		roots = append(roots, full)
		list, err := c.folder(full, notes)
		if err != nil {
			return nil, err
		}
		paths = append(paths, list...)
	}
	c.unread(roots, notes)
	root := roots[0]
	for _, r := range roots[1:] {
		for root != filepath.Dir(root) && r != root && !strings.HasPrefix(r, root+string(filepath.Separator)) {
			root = filepath.Dir(root)
		}
	}
	var out []policyFile
	for _, p := range paths {
		name, err := filepath.Rel(root, p)
		if err != nil {
			return nil, err
		}
		if f := (policyFile{p, filepath.ToSlash(name)}); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	inside := func(a, b policyFile) bool { // b lies in a folder of the folder of a
		return filepath.Dir(a.path) != filepath.Dir(b.path) && strings.HasPrefix(filepath.Dir(b.path), filepath.Dir(a.path)+string(filepath.Separator))
	}
	slices.SortStableFunc(out, func(a, b policyFile) int {
		switch {
		case inside(a, b):
			return -1
		case inside(b, a):
			return 1
		}
		return 0
	})
	return out, nil
}

// folder lists the documents of a folder by name.
func (c *PolicyConflicts) folder(dir string, notes io.Writer) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, problem.Field("dir", fmt.Sprintf("Cannot read %s: %v.", dir, err))
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	var out, folders []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		ext := strings.ToLower(filepath.Ext(e.Name()))
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			folders = append(folders, path)
		case strings.EqualFold(e.Name(), "README.md"):
			fmt.Fprintf(notes, "%s: not read; a README is no policy.\n", path)
		case policyExtensions[ext]:
			out = append(out, path)
		case ext == ".pdf" || ext == ".doc" || ext == ".odt":
			fmt.Fprintf(notes, "%s: not read; save it as DOCX, text or Markdown.\n", path)
		}
	}
	for _, f := range folders {
		if !c.Recursive {
			c.left = append(c.left, f)
			continue
		}
		list, err := c.folder(f, notes)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// unread names the folders that were not read and not named either.
func (c *PolicyConflicts) unread(roots []string, notes io.Writer) {
	for _, f := range c.left {
		if !slices.Contains(roots, f) {
			fmt.Fprintf(notes, "%s: not read; name it too, or use --recursive.\n", f)
		}
	}
}

// policyExtensions are the kinds of file that are read.
var policyExtensions = map[string]bool{".md": true, ".markdown": true, ".txt": true, ".docx": true}

// read reads a file; nil for a document that is not in force.
func (f policyFile) read(notes io.Writer) (*policy.Stating, error) {
	b, err := os.ReadFile(f.path)
	if err != nil {
		return nil, problem.Field("dir", fmt.Sprintf("Cannot read %s: %v.", f.path, err))
	}
	if strings.EqualFold(filepath.Ext(f.path), ".docx") {
		text, note, err := policy.ReadDOCX(f.name, b)
		if err != nil {
			return nil, err
		}
		if note != "" {
			fmt.Fprintf(notes, "%s: %s\n", f.name, note)
		}
		if strings.TrimSpace(text) == "" {
			return nil, nil
		}
		b = []byte(text)
	}
	d, err := policy.ReadDocument(f.name, b)
	if err != nil {
		return nil, err
	}
	for _, n := range d.Notes {
		fmt.Fprintf(notes, "%s: %s\n", f.name, n)
	}
	if !d.InForce() {
		fmt.Fprintf(notes, "%s: left out; its status is %s, so it is not in force.\n", f.name, d.Status)
		return nil, nil
	}
	s, _, more := policy.StatingOf(d)
	for _, n := range more {
		fmt.Fprintf(notes, "%s: %s\n", f.name, n)
	}
	return &s, nil
}
