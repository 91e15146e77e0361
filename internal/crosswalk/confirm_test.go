package crosswalk

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/control"
)

func cadenceOn(y, m, d int) cadence.Date { return cadence.On(y, time.Month(m), d) }

func cadenceOf(t *testing.T, s string) cadence.Date {
	t.Helper()
	d, err := cadence.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhoStandsBehindAControl(t *testing.T) {
	const old, text = "old", "text"
	authors := map[string]bool{"author": true}
	say := func(person, account, digest string, r Reply) Told {
		return Told{ID: person + digest + string(r), Person: person, PersonName: person, Account: account, Digest: digest, Reply: r, Reason: "We stopped.", Version: 1}
	}
	for _, tt := range []struct {
		name string
		told []Told
		want Backing
	}{
		{"nobody", nil, Unconfirmed},
		{"somebody who did not write it", []Told{say("ann", "a", text, Yes)}, Backed},
		{"only who wrote it", []Told{say("ann", "author", text, Yes)}, ByAuthor},
		{"who wrote it, and another", []Told{say("ann", "author", text, Yes), say("bob", "b", text, Yes)}, Backed},
		{"an earlier text", []Told{say("ann", "a", old, Yes)}, Stale},
		{"an earlier text, and now who wrote it", []Told{say("ann", "a", old, Yes), say("bob", "author", text, Yes)}, ByAuthor},
		{"a no outweighs a yes before it", []Told{say("ann", "a", text, Yes), say("bob", "b", text, No)}, Contradicted},
		{"a no outweighs a yes after it", []Told{say("bob", "b", text, No), say("ann", "a", text, Yes)}, Contradicted},
		{"a no of one who says yes now", []Told{say("bob", "b", text, No), say("bob", "b", text, Yes)}, Backed},
		{"a no about an earlier text", []Told{say("bob", "b", old, No)}, Stale},
		{"not mine", []Told{say("bob", "b", text, NotMine)}, Unconfirmed},
		{"a yes taken back with not mine", []Told{say("bob", "b", text, Yes), say("bob", "b", text, NotMine)}, Unconfirmed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := BackingOf(tt.told, text, authors)
			if got.Backing != tt.want || got.Why == "" || (got.Told == nil) != (tt.want == Unconfirmed) {
				t.Errorf("%+v, want %s", got, tt.want)
			}
		})
	}
}

func TestWhatIsShownDecidesWhetherAConfirmationIsStale(t *testing.T) {
	c := control.Control{Code: "AC-1", Title: "Access review", Statement: "Owners review access.", Frequency: "quarterly", Evidence: []string{"access-review-record"}, Owner: "ann"}
	same := c
	same.Code, same.Owner, same.Status, same.Version = "AC-2", "bob", control.Operated, 9
	if ShownDigest(c) != ShownDigest(same) {
		t.Error("another code, owner or status is another text")
	}
	for name, change := range map[string]func(*control.Control){
		"title": func(c *control.Control) { c.Title = "x" }, "statement": func(c *control.Control) { c.Statement = "x" }, "frequency": func(c *control.Control) { c.Frequency = "monthly" },
		"kind": func(c *control.Control) { c.Kind = control.Event }, "evidence": func(c *control.Control) { c.Evidence = nil },
	} {
		other := c
		change(&other)
		if ShownDigest(c) == ShownDigest(other) {
			t.Errorf("another %s is the same text", name)
		}
	}
}

func TestACrosswalkOfItsAuthorAloneIsCalledSo(t *testing.T) {
	by := func(b Backing, person string) Confirmation {
		return Confirmation{Backing: b, Told: &Told{Person: person, Function: "it"}}
	}
	none := Confirmation{Backing: Unconfirmed}
	engineering := func(string) string { return "engineering" }
	for _, tt := range []struct {
		name  string
		all   map[string]Confirmation
		want  string
		alone bool
	}{
		{"nothing", nil, "No control counts for anything yet.", false},
		{"nobody answered", map[string]Confirmation{"1": none}, "Nobody has confirmed this crosswalk: it is its author's word only.", true},
		{"its author", map[string]Confirmation{"1": none, "2": by(ByAuthor, "ann")}, "Nobody but its author has confirmed this crosswalk.", true},
		{"one person", map[string]Confirmation{"1": by(Backed, "ann"), "2": by(Backed, "ann"), "3": none}, "One person alone has confirmed 2 of 3 controls.", false},
		{"two", map[string]Confirmation{"1": by(Backed, "ann"), "2": by(Backed, "bob"), "3": none}, "2 people have confirmed 2 of 3 controls.", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := BackersOf(tt.all, engineering)
			if b.Sentence() != tt.want || b.AuthorsOnly() != tt.alone {
				t.Errorf("%q, alone %v", b.Sentence(), b.AuthorsOnly())
			}
		})
	}
	b := BackersOf(map[string]Confirmation{"1": by(Backed, "ann"), "2": none, "3": none}, engineering)
	if len(b.ByFunction) != 2 || b.ByFunction[0].Function != "engineering" || b.ByFunction[0].Count[Unconfirmed] != 2 || b.ByFunction[1].Function != "it" || b.ByFunction[1].Count[Backed] != 1 {
		t.Errorf("by function: %+v", b.ByFunction)
	}
}
