package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/people"
	"github.com/toucan-grc/toucan/internal/problem"
)

// TestRolesOfTheProgrammeHaveHoldersOverTime hands a role over and asks for every day.
func TestRolesOfTheProgrammeHaveHoldersOverTime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin := t.Context(), h.actors[access.Administrator]
		person := func(name string) string {
			p, err := h.people.Add(ctx, admin, people.Person{Name: name, Email: name + "@one.test"}, now)
			must(t, err)
			return p.ID
		}
		mara, nils := person("mara"), person("nils")
		day := func(d int) cadence.Date { return cadence.On(2026, time.March, d) }

		first, err := h.people.GiveDuty(ctx, admin, people.Giving{Role: "security-officer", Person: mara, From: day(1)}, now)
		must(t, err)
		if _, err := h.people.GiveDuty(ctx, admin, people.Giving{Role: "security-officer", Person: mara, From: day(9)}, now); problem.Of(err).Field != "person" {
			t.Errorf("giving it twice: %v", err)
		}
		if _, err := h.people.GiveDuty(ctx, admin, people.Giving{Role: "security-officer", Person: nils, From: day(1), Alone: true}, now); problem.Of(err).Field != "from" {
			t.Errorf("replacing somebody on their first day: %v", err)
		}
		_, err = h.people.GiveDuty(ctx, admin, people.Giving{Role: "security-officer", Person: nils, From: day(10), Alone: true}, now)
		must(t, err)
		if _, err := h.people.GiveDuty(ctx, admin, people.Giving{Role: people.SystemOwner, Person: nils}, now); problem.Of(err).Field != "role" {
			t.Errorf("a role that is held for each system: %v", err)
		}
		if err := h.people.EndDuty(ctx, admin, first.ID, day(20), now); problem.Of(err).Code != problem.Conflict {
			t.Errorf("ending what has ended: %v", err)
		}

		d, err := h.people.Duties(ctx, admin)
		must(t, err)
		for _, tt := range []struct {
			on   cadence.Date
			want []string
		}{
			{day(1) - 1, nil}, {day(1), []string{mara}}, {day(9), []string{mara}}, {day(10), []string{nils}}, {day(31), []string{nils}},
		} {
			if got := d.Holders("security-officer", tt.on); !slices.Equal(got, tt.want) {
				t.Errorf("holders on %s = %v, want %v", tt.on, got, tt.want)
			}
		}
		if got := d.Of(nils, day(12)); !slices.Equal(got, []string{"security-officer"}) {
			t.Errorf("roles of nils = %v", got)
		}
		if got := d.During(mara, cadence.Days{From: day(9), To: day(30)}); len(got) != 1 {
			t.Errorf("mara held %v while the period ran, want one", got)
		}
		if got := d.During(mara, cadence.Days{From: day(10), To: day(30)}); len(got) != 0 {
			t.Errorf("mara held %v after she handed over", got)
		}
		if d, err := h.people.Duties(ctx, h.other); err != nil || len(d.All()) != 0 {
			t.Errorf("another organisation sees %v, %v", d, err)
		}
	})
}
