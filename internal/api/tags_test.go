package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
)

// TestTheTagOfWhatWasMadeFitsItsChange: who made something can change it without
// reading it first, whatever it is.
func TestTheTagOfWhatWasMadeFitsItsChange(t *testing.T) {
	s := newSite(t)
	_, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: "AC-01", Title: "Named accounts", Status: control.Operated}, s.now)
	s.must(err)
	s.follows("iso27001-2022")
	s.keepsRegisters()
	s.keepsCycle()
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
