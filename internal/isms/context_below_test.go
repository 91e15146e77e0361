package isms

import (
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/system"
)

func TestAPackNamesTestsAsPeopleReadThem(t *testing.T) {
	for key, want := range map[string]string{
		"policy.approved":                   "Policies approved",
		"policy.approved.vendor-management": "Policy approved: vendor management",
		"policy.acknowledged.privacy":       "Policy acknowledged: privacy",
		"aws.root-no-keys":                  "aws.root-no-keys",
	} {
		if got := testLabel(key); got != want {
			t.Errorf("%s reads %q, want %q", key, got, want)
		}
	}
}

func TestAPackFillsInWhatWasPromised(t *testing.T) {
	v := &system.Inventory{Commitments: []system.Commitment{{Statement: "Restored within {{rto}}."}}}
	fill := func(text string) (string, []string) { return strings.ReplaceAll(text, "{{rto}}", "4 hours"), nil }
	if got := *commitmentLines(v, fill); len(got) != 1 || got[0].Statement != "Restored within 4 hours." {
		t.Errorf("the pack says %+v", got)
	}
}
