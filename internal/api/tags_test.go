package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
)

// newKeeping is a site with something in every register.
func newKeeping(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	_, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: "AC-01", Title: "Named accounts", Status: control.Operated}, s.now)
	s.must(err)
	s.follows("iso27001-2022")
	s.keepsRegisters()
	s.keepsCycle()
	return s
}

// TestTheTagOfWhatWasMadeFitsItsChange: who made something can change it without
// reading it first, whatever it is.
func TestTheTagOfWhatWasMadeFitsItsChange(t *testing.T) {
	s := newKeeping(t)
	s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(48*time.Hour))
	n := 0
	for i, o := range operations() {
		var change operation
		for _, p := range operations() {
			if rest, ok := strings.CutPrefix(p.Path, o.Path+"/{"); ok && p.Method == http.MethodPut && !strings.Contains(rest, "/") {
				change = p
			}
		}
		if o.Method != http.MethodPost || change.ID == "" {
			continue
		}
		made := s.call(s.sample(o, i))
		if made.status != http.StatusCreated {
			continue // it answers with something else than what was made
		}
		at := strings.TrimPrefix(made.header.Get("Location"), "/api/v1/o/meridian")
		if read := s.get(at).want(200); read.header.Get("ETag") != made.header.Get("ETag") || read.body != made.body {
			t.Errorf("%s answers\n%s\nand what is there is\n%s", o.ID, made.body, read.body)
		}
		c := s.sample(change, i+1000)
		c.path, c.header = at, map[string]string{"If-Match": made.header.Get("ETag")}
		switch r := s.call(c); r.status {
		case http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity: // the sample says what another entry says; the tag was taken
		default:
			t.Errorf("%s on the tag that %s answered: %d: %s", change.ID, o.ID, r.status, r.body)
		}
		n++
	}
	if n < 15 {
		t.Errorf("%d things can be made and changed, want all of them", n)
	}
}

// TestWhatWasReadIsTakenBack: what a change takes of what was read says the same when
// it is sent back, also weeks later.
func TestWhatWasReadIsTakenBack(t *testing.T) {
	s := newKeeping(t)
	s.now = s.now.AddDate(0, 0, 20)
	s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(time.Hour))
	doc, n := s.huma.OpenAPI(), 0
	for i, o := range operations() {
		item := doc.Paths[base+o.Path]
		if o.Method != http.MethodPut || item.Get == nil || o.ID == "put-group" { // the group of the sample is fixed
			continue
		}
		c := s.sample(o, i)
		read := s.call(call{method: "GET", path: c.path})
		if read.status != http.StatusOK {
			continue // the sample names none that is there
		}
		var all map[string]any
		read.into(&all)
		body := map[string]any{}
		for _, f := range fields(doc, item.Put.RequestBody.Content["application/json"].Schema) {
			if v, ok := all[f.Name]; ok {
				body[f.Name] = v
			} else if f.Required {
				body[f.Name] = "As it was." // why
			}
		}
		c.body, c.header = body, map[string]string{"If-Match": read.header.Get("ETag")}
		r := s.call(c)
		if r.status != http.StatusOK && !(r.status == http.StatusConflict && strings.Contains(r.body, "Nothing was changed")) {
			t.Errorf("%s of what was read: %d: %s\n%v", o.ID, r.status, r.body, body)
		}
		n++
	}
	if n < 20 {
		t.Errorf("%d things were sent back, want all that can change", n)
	}
}
