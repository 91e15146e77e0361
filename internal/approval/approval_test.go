package approval

import (
	"testing"

	"github.com/toucan-grc/toucan/internal/access"
)

var members = []Member{
	{"ada", "Ada", access.Administrator}, {"max", "Max", access.Manager}, {"mia", "Mia", access.Manager}, {"cy", "Cy", access.Contributor}, {"vi", "Vi", access.Viewer},
}

func TestStand(t *testing.T) {
	yes := func(tier int, who ...string) (out []Decision) {
		for _, w := range who {
			out = append(out, Decision{Tier: tier, Account: w, Name: w, Yes: true})
		}
		return out
	}
	two := []Tier{{Need: 2, Roles: []access.Role{access.Manager}}, {Need: 1, Accounts: []string{"ada"}}}
	for _, tt := range []struct {
		name   string
		tiers  []Tier
		author string
		said   []Decision
		want   State
		may    string
		why    string
	}{
		{"one second person", []Tier{{Need: 1}}, "cy", nil, Open, "ada max mia", "One person has to agree."},
		{"the author never decides", []Tier{{Need: 1}}, "max", nil, Open, "ada mia", "One person has to agree."},
		{"one yes is enough", []Tier{{Need: 1}}, "cy", yes(0, "mia"), Approved, "", "Everybody who had to has agreed."},
		{"one no ends it", []Tier{{Need: 2}}, "cy", []Decision{{Account: "max", Name: "Max", Reason: "Not what happens."}}, Rejected, "", "Rejected by Max: Not what happens."},
		{"a quorum of two after one", []Tier{{Need: 2}}, "cy", yes(0, "mia"), Open, "ada max", "One more person has to agree."},
		{"a quorum of two", []Tier{{Need: 2}}, "cy", yes(0, "mia", "ada"), Approved, "", "Everybody who had to has agreed."},
		{"the first step comes first", two, "cy", nil, Open, "max mia", "Step 1 of 2: 2 people have to agree."},
		{"the second step waits for those it names", two, "cy", yes(0, "max", "mia"), Open, "ada", "Step 2 of 2: one person has to agree."},
		{"both steps", two, "cy", append(yes(0, "max", "mia"), yes(1, "ada")...), Approved, "", "Everybody who had to has agreed."},
		{"an author the step needs leaves too few", two, "max", nil, Open, "mia",
			"Step 1 of 2: 2 people have to agree, and only 1 who may are left. An administrator can change who signs off; withdraw it then, and ask anew."},
		{"nobody left", []Tier{{Need: 1, Accounts: []string{"gone"}}}, "cy", nil, Open, "",
			"One person has to agree, and nobody who may is left. An administrator can change who signs off; withdraw it then, and ask anew."},
		{"who agreed in one step is not asked in the next", []Tier{{Need: 1, Accounts: []string{"ada"}}, {Need: 1}}, "cy", yes(0, "ada"), Open, "max mia", "Step 2 of 2: one person has to agree."},
		{"a role that may not decide is never asked", []Tier{{Need: 1, Roles: []access.Role{access.Viewer, access.Manager}}}, "max", nil, Open, "mia", "One person has to agree."},
		{"no steps ask for nobody", nil, "cy", nil, Approved, "", "Everybody who had to has agreed."},
		{"agreement of somebody who left still counts", []Tier{{Need: 2}}, "cy", yes(0, "gone"), Open, "ada max mia", "One more person has to agree."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := Approval{Subject: Subject{Kind: ControlText}, Author: tt.author, Tiers: tt.tiers, State: Open, Decisions: tt.said}
			got := a.Stand(members)
			may := ""
			for i, m := range got.May {
				if i > 0 {
					may += " "
				}
				may += m.Account
			}
			if got.State != tt.want || may != tt.may || got.Why != tt.why {
				t.Errorf("%s, may decide: %q, because %q; want %s, %q, %q", got.State, may, got.Why, tt.want, tt.may, tt.why)
			}
		})
	}
	if got := (Approval{State: Withdrawn, Tiers: two}).Stand(members); got.State != Withdrawn {
		t.Errorf("withdrawn stands as %s", got.State)
	}
}

func TestDescribe(t *testing.T) {
	tiers := []Tier{{Need: 2, Roles: []access.Role{access.Manager}}, {Need: 1, Accounts: []string{"ada"}}}
	if got, want := Describe(tiers, map[string]string{"ada": "Ada"}), "2 of the managers, then one of Ada, never the author."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := Describe([]Tier{{Need: 1}}, nil), "One of those who may decide, never the author."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
