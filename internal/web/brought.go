package web

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/toucan-grc/toucan/internal/crosswalk"
	"github.com/toucan-grc/toucan/internal/framework"
)

// brought is what an uploaded file was found to hold. Nothing in it is in force.
type brought struct {
	Format     string // as a person names it
	Frameworks []*framework.Framework
	Sets       []*crosswalk.Publication
}

// readers are tried in order; the first that knows the file has the word. A
// reader returns false for a file of another kind.
var readers = []func(name string, data []byte, l *crosswalk.Library) (*brought, []framework.Fault, bool){readCSV}

// readBrought reads a framework or a mapping set out of an uploaded file.
func readBrought(name string, data []byte, l *crosswalk.Library) (*brought, []framework.Fault) {
	for _, read := range readers {
		if b, faults, ok := read(name, data, l); ok {
			framework.SortFaults(faults)
			return b, faults
		}
	}
	return new(brought), []framework.Fault{{File: name, Line: 1, Severity: framework.Error,
		Text: "The first line is neither that of a framework (id,parent,kind,label) nor that of a mapping set (source_framework,source_id,relationship,target_framework,target_id). Name the columns like that, and save the file as CSV in UTF-8."}}
}

// readCSV reads the two CSV files that Toucan itself ships its content in.
func readCSV(name string, data []byte, _ *crosswalk.Library) (*brought, []framework.Fault, bool) {
	head, _, _ := bytes.Cut(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), []byte("\n"))
	var columns []string
	for c := range strings.SplitSeq(string(head[:min(len(head), 4000)]), ",") {
		columns = append(columns, strings.Trim(strings.TrimSpace(c), `"`))
	}
	id := fileID(name)
	switch {
	case slices.Contains(columns, "source_id") && slices.Contains(columns, "target_id"):
		s := &crosswalk.Set{ID: id, File: name, Title: id, Kind: crosswalk.Authored}
		faults := crosswalk.ParseSet(s, data)
		return &brought{Format: "Mapping set as CSV", Sets: []*crosswalk.Publication{{Set: s}}}, faults, true
	case slices.Contains(columns, "id") && (slices.Contains(columns, "label") || slices.Contains(columns, "parent")):
		f, faults := framework.Parse(id, name, data)
		return &brought{Format: "Framework as CSV", Frameworks: []*framework.Framework{f}}, faults, true
	}
	return nil, nil, false
}

var notInID = regexp.MustCompile(`[^a-z0-9.]+`)

// fileID makes an id of the name of a file.
func fileID(name string) string {
	base := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	id := strings.Trim(notInID.ReplaceAllString(strings.TrimSuffix(base, path.Ext(base)), "-"), "-.")
	if id == "" {
		return "imported"
	}
	return id[:min(len(id), 60)]
}
