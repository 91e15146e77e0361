package isms

import (
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/people"
)

func TestWhoMayAudit(t *testing.T) {
	on := func(m time.Month, d int) cadence.Date { return cadence.On(2026, m, d) }
	days := func(a, b cadence.Date) cadence.Days { return cadence.Days{From: a, To: b} }
	iso := func(id string) framework.Ref { return framework.Ref{Framework: "iso27001-2022", ID: id} }
	period := days(on(1, 1), on(6, 30))
	past := AuditPast{
		Names: map[string]string{"mara": "Mara Lind", "nils": "Nils Berg", "pia": "Pia Voss"},
		Controls: map[string]ControlPast{
			"ac": {Code: "AC-04", Owners: []Tenure{{"nils", days(on(1, 1)-400, on(3, 10)-1)}, {"mara", days(on(3, 10), 0)}}, Deeds: []Deed{{"pia", on(5, 2)}, {"pia", on(2, 2)}, {"pia", on(9, 9)}}},
			"vu": {Code: "VU-02", Owners: []Tenure{{"nils", days(on(1, 1)-400, on(1, 1)-1)}, {"mara", days(on(7, 1), 0)}, {"pia", days(on(6, 30), on(6, 30))}}},
			"bk": {Code: "BK-01", Owners: []Tenure{{"mara", days(on(2, 1), on(2, 9))}, {"mara", days(on(2, 10), on(2, 20))}, {"mara", days(on(4, 1), on(4, 2))}}},
		},
		Policies: map[string]PolicyPast{"p": {Title: "Access control", Owners: []Tenure{{"nils", days(on(1, 1)-10, 0)}}}},
		Duties: people.NewDuties([]people.Duty{{ID: "1", Role: "security-officer", Person: "mara", Days: days(on(1, 1)-700, on(2, 28))}, {ID: "2", Role: "security-officer", Person: "nils", Days: days(on(3, 1), 0)},
			{ID: "3", Role: "chief-executive", Person: "pia", Days: days(on(1, 1)-700, 0)}, {ID: "4", Role: "people-lead", Person: "mara", Days: days(on(7, 1), 0)}}),
		Auditors: []Tenure{{"pia", days(on(4, 1), on(4, 3))}},
		Linked:   map[framework.Ref][]string{iso("A.5.18"): {"ac", "vu"}},
		Counted:  map[framework.Ref][]Counted{iso("A.8.13"): {{"bk", on(1, 1)}}, iso("A.8.14"): {{"bk", on(1, 1) - 1}}, iso("A.5.18"): {{"vu", on(3, 1)}}},
	}
	who := func(p string) Auditor { return Auditor{ID: "x", Person: p} }
	for _, tt := range []struct {
		name    string
		auditor Auditor
		subject AuditSubject
		want    []string // beginning of each reason
	}{
		{"who owned it until within the period", who("nils"), AuditSubject{Control: "ac"}, []string{"Nils Berg owned AC-04 from 1 Jan 2026 to 9 Mar 2026,"}},
		{"who took it over within the period", who("mara"), AuditSubject{Control: "ac"}, []string{"Mara Lind owned AC-04 from 10 Mar 2026 to 30 Jun 2026,"}},
		{"who only did it", who("pia"), AuditSubject{Control: "ac"}, []string{"Pia Voss filed evidence for AC-04 2 times within the audited period, the last on 2 May 2026."}},
		{"who owned it until the day before", who("nils"), AuditSubject{Control: "vu"}, nil},
		{"who took it over the day after", who("mara"), AuditSubject{Control: "vu"}, nil},
		{"who owned it on the last day only", who("pia"), AuditSubject{Control: "vu"}, []string{"Pia Voss owned VU-02 from 30 Jun 2026 to 30 Jun 2026,"}},
		{"stretches that follow each other are one", who("mara"), AuditSubject{Control: "bk"}, []string{"Mara Lind owned BK-01 from 1 Feb 2026 to 20 Feb 2026,", "Mara Lind owned BK-01 from 1 Apr 2026 to 2 Apr 2026,"}},
		{"a requirement stands for the controls behind it", who("pia"), AuditSubject{Ref: iso("A.5.18")}, []string{"Pia Voss filed evidence for AC-04", "Pia Voss owned VU-02"}},
		{"a control that counted until the first day of the period", who("mara"), AuditSubject{Ref: iso("A.8.13")}, []string{"Mara Lind owned BK-01 from 1 Feb 2026", "Mara Lind owned BK-01 from 1 Apr 2026"}},
		{"one that counted until the day before", who("mara"), AuditSubject{Ref: iso("A.8.14")}, nil},
		{"a control of it alone", who("nils"), AuditSubject{Ref: iso("A.5.18"), Control: "vu"}, nil},
		{"who keeps the policy", who("nils"), AuditSubject{Ref: iso("A.5.18"), Policy: "p"}, []string{"Nils Berg kept the policy “Access control” from 1 Jan 2026 to 30 Jun 2026,"}},
		{"who ran the management system", who("mara"), AuditSubject{Ref: iso("8.1")}, []string{"Mara Lind was Security Officer, who answers for 8.1, from 1 Jan 2026 to 28 Feb 2026,"}},
		{"who runs it since", who("nils"), AuditSubject{Ref: iso("10.2")}, []string{"Nils Berg was Security Officer, who answers for 10.2, from 1 Mar 2026 to 30 Jun 2026,"}},
		{"top management and what it answers for", who("pia"), AuditSubject{Ref: iso("9.3.2")}, []string{"Pia Voss was Chief Executive, who answers for 9.3.2,"}},
		{"top management and what it does not", who("pia"), AuditSubject{Ref: iso("8.1")}, nil},
		{"a role held only after the period", who("mara"), AuditSubject{Ref: iso("A.6.1")}, nil},
		{"who audits does not audit the audits", who("pia"), AuditSubject{Ref: iso("9.2.2")}, []string{"Pia Voss carried out internal audits, which 9.2.2 is about, from 1 Apr 2026 to 3 Apr 2026,"}},
		{"an auditor from outside", Auditor{ID: "x", Name: "Ines Kurz"}, AuditSubject{Ref: iso("9.2.2"), Control: "ac"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := past.Conflicts(tt.auditor, tt.subject, period)
			if len(got) != len(tt.want) {
				t.Fatalf("reasons %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], tt.want[i]) {
					t.Errorf("reason %q, want %q", got[i], tt.want[i])
				}
			}
		})
	}
}
