package isms

import (
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/sheet"
)

func TestObligationsComeAsAFile(t *testing.T) {
	have := []Obligation{duty(t, "OBL-101", "2026-01-01", "P3M", 14)}
	read := func(text string) obligationPlan {
		t.Helper()
		sh, err := sheet.Read("obligations.csv", []byte(text), ObligationColumns())
		if err != nil {
			t.Fatal(err)
		}
		return planObligations(sh, have)
	}
	p := read("code,title,every,role,evidence_kind\nOBL-101,T,P6M,security-officer,badge-review-record\n,Review of keys,P1M,people-lead,site-record\nobl-17,Physical access review,P6M,security-officer,badge-review-record\n")
	if len(p.Faults) != 0 || len(p.New) != 2 || len(p.Changed) != 1 || p.Changed[0].Code != "OBL-101" || p.New[0].Code != "OBL-102" || p.New[1].Code != "OBL-17" {
		t.Errorf("plan: %+v", p.Plan)
	}
	if p := read("code,title,every,role,evidence_kind\nOBL-101,T,P3M,security-officer,badge-review-record\n"); p.Same != 1 || len(p.put) != 0 {
		t.Errorf("the same again: %+v", p.Plan)
	}
	bad := read("code,title,every,role,evidence_kind,grace_days,requirements\nOBL-999,A,P1M,people-lead,site-record,1,\n,B,often,people-lead,site-record,1,\n,C,P1M,people-lead,magic,1,\n,D,P1M,people-lead,site-record,many,\n,E,P1M,people-lead,site-record,1,nonsense\n")
	if len(bad.Faults) != 5 {
		t.Fatalf("%d faults: %+v", len(bad.Faults), bad.Faults)
	}
	for i, field := range []string{"code", "every", "evidence_kind", "grace_days", "requirements"} {
		if f := bad.Faults[i]; f.Row != i+2 || !strings.Contains(strings.ToLower(f.Field), strings.ToLower(strings.Split(field, "_")[0])) && f.Field == "" {
			t.Errorf("fault %d: %+v, want row %d about %s", i, f, i+2, field)
		}
	}
}
