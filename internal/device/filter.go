package device

import (
	"slices"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Waiving is how a check stands that an exception allows to fail for a while. It is
// counted apart from every state, and never as a pass.
const Waiving = "waived"

// Stands is how a check of a device stands, as lists count it: the state, or Waiving.
func (v Verdict) Stands() string {
	if v.Waiver != "" {
		return Waiving
	}
	return string(v.State)
}

// Nobody stands for no owner in a filter.
const Nobody = "nobody"

// Filter narrows a list of devices; the zero Filter takes all of them.
type Filter struct {
	State     State
	Owner     string // of this person, or Nobody
	Check     wire.Check
	Stands    string // how Check stands, see Verdict.Stands
	Reporting *bool
}

// Takes reports whether a device fits the filter.
func (f Filter) Takes(d Device) bool {
	switch {
	case f.State != "" && d.State != f.State,
		f.Owner == Nobody && d.Owner != "",
		f.Owner != "" && f.Owner != Nobody && d.Owner != f.Owner,
		f.Reporting != nil && d.Reporting() != *f.Reporting:
		return false
	}
	return f.Check == "" && f.Stands == "" ||
		slices.ContainsFunc(d.Checks, func(v Verdict) bool { return v.Check == f.Check && v.Stands() == f.Stands })
}

// Facets are the values by which a page narrows a list: platform, what there is to do
// (show), checks as "disk_encryption.fail", owner, source and trouble. What is not in
// use has none but its state: it is in no number.
func (d Device) Facets() map[string][]string {
	f := map[string][]string{"platform": {string(d.Platform)}}
	if d.State != InUse {
		f["show"] = []string{string(d.State)}
		return f
	}
	add := func(facet, v string) {
		if !slices.Contains(f[facet], v) {
			f[facet] = append(f[facet], v)
		}
	}
	if !d.Reporting() {
		add("show", "silent")
	}
	for _, v := range d.Checks {
		stands := v.Stands()
		add("check", string(v.Check)+"."+stands)
		switch stands {
		case "fail", "could_not_tell", Waiving:
			add("show", stands)
		}
	}
	if d.Owner == "" {
		add("show", Nobody)
		add("owner", "none")
	}
	for _, s := range d.Sources {
		add("source", string(s.Kind))
		if s.Trouble == Copied {
			add("trouble", "copied")
		}
		if s.Gaps > 0 {
			add("trouble", "gaps")
		}
		if s.Skew != 0 {
			add("trouble", "skew")
		}
	}
	if len(d.Sources) > 1 {
		add("source", "several")
	}
	return f
}
