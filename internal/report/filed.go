package report

import (
	"encoding/json"
	"slices"
	"strings"
)

// The kinds of leaves a bundle has to know.
const (
	evidenceFiled = "evidence.filed"
	epochBegun    = "log.epoch"
)

// filed is the part of an evidence leaf's payload that names bytes.
type filed struct {
	Files []struct {
		SHA256 string `json:"sha256"`
	} `json:"files"`
}

// fileName is where the bytes of evidence with this digest stand in a bundle.
func fileName(digest string) string { return evidenceFolder + digest }

// files checks that the bytes of every item shown are there, and that no other
// bytes pretend to be evidence.
func (v *verifier) files(listed map[string]Listed) {
	named := map[string]bool{}
	for _, n := range v.order() {
		s := v.shown[n]
		if s.Kind != evidenceFiled {
			continue
		}
		var f filed
		if err := json.Unmarshal(s.Payload, &f); err != nil {
			v.fail("%s: leaf %d: %v", recordsName, n, err)
			continue
		}
		for _, file := range f.Files {
			name := fileName(file.SHA256)
			named[name] = true
			if l, ok := listed[name]; !ok {
				v.fail("%s: is missing; the evidence of leaf %d names it", name, n)
			} else if l.SHA256 != file.SHA256 {
				v.fail("%s: is listed with another hash than its name", name)
			}
		}
	}
	for name := range listed {
		if strings.HasPrefix(name, evidenceFolder) && !named[name] {
			v.fail("%s: no evidence that is shown names it", name)
		}
	}
	v.Files = len(named)
}

// complete checks that every leaf of evidence is shown or said to be withheld.
func (v *verifier) complete() {
	withheld := map[int64]bool{}
	for _, w := range v.Manifest.Withheld {
		for _, n := range w.Leaves {
			withheld[n] = true
		}
	}
	for _, n := range v.filed {
		if _, shown := v.shown[n]; !shown && !withheld[n] {
			v.fail("%s: leaf %d filed evidence that is neither shown nor said to be withheld", leavesName, n)
		}
		delete(withheld, n)
	}
	for n := range withheld {
		if !slices.Contains(v.filed, n) {
			v.fail("%s: leaf %d is said to be withheld, but files no evidence", manifestName, n)
		}
	}
	for _, w := range v.Manifest.Withheld {
		v.note("In the log but not in the bundle, %d of evidence: %s.", len(w.Leaves), strings.TrimSuffix(w.Why, "."))
	}
}
