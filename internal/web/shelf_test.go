package web

import (
	"net/http"
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
	"github.com/toucan-grc/toucan/internal/people"
)

// A book keeps what nobody wrote, and only that.
func TestABookKeepsWhatNobodyWrote(t *testing.T) {
	s := newSite(t)
	s.fill()
	who := s.admin()
	open := func() *book {
		t.Helper()
		b, err := s.shelf.open(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := open()
	s.expect(s.post(pair, "kind", "confirm", "set", "toucan-curated-1", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.8.22"), http.StatusSeeOther)
	decided := open()
	if decided == before || len(decided.Decisions) != 1 {
		t.Fatal("the decision is not in the book")
	}
	if &decided.Controls[0] != &before.Controls[0] {
		t.Error("a decision made all controls be read again")
	}
	for name, change := range map[string]func() error{
		"a control": func() error {
			_, err := s.Controls.Create(t.Context(), who, control.Control{Code: "NEW-1", Title: "New"}, s.Now())
			return err
		},
		"a link": func() error {
			return s.Crosswalk.SetLinks(t.Context(), who, decided.Controls[0].ID, nil, s.Now())
		},
		"a person": func() error {
			_, err := s.People.Add(t.Context(), who, people.Person{Name: "New Person"}, s.Now())
			return err
		},
	} {
		was := open()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		is := open()
		switch {
		case name == "a control" && len(is.Controls) != len(was.Controls)+1,
			name == "a link" && len(is.Links[decided.Controls[0].ID]) != 0,
			name == "a person" && len(is.People) != len(was.People)+1:
			t.Errorf("%s is changed, and the book does not have it", name)
		}
	}
	if !who.Can(access.ViewControls) {
		t.Error("the reader must see controls for this to mean anything")
	}
}
