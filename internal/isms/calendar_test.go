package isms

import (
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/problem"
)

// plan reads "kind from to" lines, the id is the place.
func plan(t testing.TB, lines ...string) []Engagement {
	var out []Engagement
	for i, l := range lines {
		p := strings.Fields(l)
		e := Engagement{ID: string(rune('a' + i)), Kind: EngagementKind(p[0]), From: day(t, p[1]), To: day(t, p[1]), State: Booked}
		if len(p) > 2 {
			e.To = day(t, p[2])
		}
		if len(p) > 3 {
			e.State = EngagementState(p[3])
		}
		out = append(out, e)
	}
	return out
}

func TestRemarksOnTheDatesOfAudits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string // weight and a part of the text, in order; none: nothing to say
	}{
		{"a sound beginning", []string{"stage_1 2027-01-11 2027-01-12", "stage_2 2027-03-01 2027-03-04"}, nil},
		{"stage 2 before stage 1", []string{"stage_1 2027-03-01", "stage_2 2027-01-11"}, []string{"refused Stage 2 on 2027-01-11 comes before stage 1"}},
		{"stage 2 at once", []string{"stage_1 2027-01-11", "stage_2 2027-01-18"}, []string{"warned within two weeks"}},
		{"stage 2 on the fourteenth day", []string{"stage_1 2027-01-11", "stage_2 2027-01-25"}, nil},
		{"stage 2 after half a year", []string{"stage_1 2027-01-11", "stage_2 2027-07-12"}, []string{"warned More than six months"}},
		{"stage 2 half a year later to the day", []string{"stage_1 2027-01-11", "stage_2 2027-07-11"}, nil},
		{"a decision before stage 2", []string{"stage_1 2027-01-11", "stage_2 2027-03-01", "certification 2027-02-01"}, []string{"refused rests on what stage 2 finds", "noted The first must take place by 2028-02-01"}},
		{"the first visit on the last day", []string{"certification 2027-03-15", "surveillance 2028-03-15", "surveillance 2029-03-01"}, nil},
		{"the first visit a day late", []string{"certification 2027-03-15", "surveillance 2028-03-16", "surveillance 2029-03-01"}, []string{"warned more than twelve months after the decision"}},
		{"a calendar year without a visit", []string{"certification 2027-03-15", "surveillance 2028-02-01"}, []string{"warned No surveillance visit is entered for 2029"}},
		{"decided on a leap day", []string{"certification 2028-02-29", "surveillance 2029-02-28", "surveillance 2030-02-01"}, nil},
		{"recertification in time", []string{"certification 2027-03-15", "surveillance 2028-03-01", "surveillance 2029-03-01", "recertification 2029-12-10 2029-12-12"}, nil},
		{"recertification after the end", []string{"certification 2027-03-15", "surveillance 2028-03-01", "surveillance 2029-03-01", "recertification 2030-03-20"}, []string{"warned after the certificate does on 2030-03-14"}},
		{"recertification at the last moment", []string{"certification 2027-03-15", "surveillance 2028-03-01", "surveillance 2029-03-01", "recertification 2030-03-01"}, []string{"warned within six weeks"}},
		{"the year of recertification needs no surveillance", []string{"certification 2027-03-15", "surveillance 2028-03-01", "recertification 2029-12-10 2029-12-12"}, nil},
		{"a decision that is planned takes no year away", []string{"certification 2024-03-15 2024-03-15 held", "surveillance 2025-03-01 2025-03-01 held", "recertification 2027-01-10 2027-01-12", "certification 2027-02-15", "surveillance 2028-01-20", "surveillance 2029-01-20"}, []string{"warned No surveillance visit is entered for 2026"}},
		{"a decision that is planned leaves recertification to be booked", []string{"certification 2024-03-15 2024-03-15 held", "surveillance 2025-03-01 2025-03-01 held", "surveillance 2026-03-01 2026-03-01 held", "certification 2027-02-15"}, []string{"warned The certificate ends on 2027-03-14, and no recertification is entered", "noted The first must take place by 2028-02-15"}},
		{"the next decision after the end", []string{"certification 2024-03-15 2024-03-15 held", "surveillance 2025-03-01 2025-03-01 held", "surveillance 2026-03-01 2026-03-01 held", "recertification 2027-01-10 2027-01-12", "certification 2027-03-15"}, []string{"warned The certification decision on 2027-03-15 comes after the certificate ends on 2027-03-14", "noted The first must take place by 2028-03-15"}},
		{"a visit before the decision", []string{"certification 2027-03-15", "surveillance 2027-02-01", "surveillance 2028-03-01", "surveillance 2029-03-01"}, []string{"refused comes before the certification decision"}},
		{"a window of three months to the day", []string{"soc2_type_2 2027-01-01 2027-03-31"}, nil},
		{"a window a day shorter", []string{"soc2_type_2 2027-01-01 2027-03-30"}, []string{"warned shorter than three months"}},
		{"a window of a year", []string{"soc2_type_2 2027-01-01 2027-12-31"}, nil},
		{"a window a day longer", []string{"soc2_type_2 2027-01-01 2028-01-01"}, []string{"warned longer than twelve months"}},
		{"windows that touch", []string{"soc2_type_2 2027-01-01 2027-06-30", "soc2_type_2 2027-07-01 2028-06-30"}, nil},
		{"windows that overlap by a day", []string{"soc2_type_2 2027-01-01 2027-06-30", "soc2_type_2 2027-06-30 2028-06-29"}, []string{"warned overlap by 1 day"}},
		{"a gap of a day", []string{"soc2_type_2 2027-01-01 2027-06-30", "soc2_type_2 2027-07-02 2028-07-01"}, []string{"warned No report speaks of 2027-07-01 to 2027-07-01 (1 day)"}},
		{"a letter of three months", []string{"soc2_type_2 2027-01-01 2027-06-30", "bridge_letter 2027-07-01 2027-09-30"}, nil},
		{"a letter a day longer", []string{"soc2_type_2 2027-01-01 2027-06-30", "bridge_letter 2027-07-01 2027-10-01"}, []string{"warned more than three months beyond the window"}},
		{"a letter that leaves days out", []string{"soc2_type_2 2027-01-01 2027-06-30", "bridge_letter 2027-07-10 2027-08-01"}, []string{"warned days that nothing speaks of"}},
		{"a letter without a window", []string{"bridge_letter 2027-07-01 2027-09-30"}, []string{"refused none ends before"}},
		{"held in the future", []string{"soc2_type_1 2027-07-01 2027-07-01 held"}, []string{"refused lies ahead"}},
		{"past and nobody said", []string{"soc2_type_1 2026-07-01"}, []string{"noted Say whether it was held"}},
		{"what was cancelled says nothing", []string{"stage_1 2027-03-01 2027-03-01 cancelled", "soc2_type_1 2027-01-11"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Remarks(plan(t, tt.lines...), day(t, "2026-11-26"))
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v, want %q", got, tt.want)
			}
			for i, w := range tt.want {
				weight, text, _ := strings.Cut(w, " ")
				if string(got[i].Weight) != weight || !strings.Contains(got[i].Text, text) {
					t.Errorf("got %s %q, want %q", got[i].Weight, got[i].Text, w)
				}
			}
		})
	}
}

func TestADateIsRefusedWithTheField(t *testing.T) {
	for _, tt := range []struct{ name, line, report, field string }{
		{"ends before it begins", "stage_1 2027-01-11 2027-01-10", "", "to"},
		{"a window of one day", "soc2_type_2 2027-01-11", "", "to"},
		{"a visit of three months", "stage_1 2027-01-11 2027-04-11", "", "to"},
		{"a report before the end", "soc2_type_2 2027-01-01 2027-06-30", "2027-06-29", "report_on"},
		{"no kind", "visit 2027-01-01", "", "kind"},
		{"all right", "soc2_type_2 2027-01-01 2027-06-30", "2027-06-30", ""},
	} {
		e := plan(t, tt.line)[0]
		if tt.report != "" {
			e.ReportOn = day(t, tt.report)
		}
		_, err := e.checked()
		field := ""
		if err != nil {
			field = problem.Of(err).Field
		}
		if field != tt.field {
			t.Errorf("%s: %v, want a problem about %q", tt.name, err, tt.field)
		}
	}
}

func TestFeesAreReadAsPeopleTypeThem(t *testing.T) {
	for _, tt := range []struct{ amount, currency, want string }{
		{"12500", "eur", "EUR 12,500.00"}, {"12,500.50", "USD", "USD 12,500.50"}, {"0", "EUR", "EUR 0.00"}, {"1 234 567", "CHF", "CHF 1,234,567.00"}, {"", "", ""},
		{"12.5", "EUR", "fee"}, {"-1", "EUR", "fee"}, {"twelve", "EUR", "fee"}, {"99999999999999999999", "EUR", "fee"}, {".50", "EUR", "fee"}, {"100", "", "currency"}, {"100", "EURO", "currency"},
	} {
		m, err := ReadMoney(tt.amount, tt.currency)
		got := m.String()
		if err != nil {
			got = problem.Of(err).Field
		}
		if got != tt.want {
			t.Errorf("%q %q: got %q, want %q", tt.amount, tt.currency, got, tt.want)
		}
	}
}

func TestTheCertificateGivesItsDays(t *testing.T) {
	for _, tt := range []struct{ decided, first, expires string }{
		{"2027-03-15", "2028-03-15", "2030-03-14"},
		{"2028-02-29", "2029-02-28", "2031-02-27"},
		{"2027-01-01", "2028-01-01", "2029-12-31"},
	} {
		c := CertificateOf(day(t, tt.decided))
		if c.FirstVisit.String() != tt.first || c.Expires.String() != tt.expires {
			t.Errorf("decided on %s: first visit %s, ends %s; want %s and %s", tt.decided, c.FirstVisit, c.Expires, tt.first, tt.expires)
		}
	}
}

func TestACertificateThatIsPlannedHidesNoneThatRuns(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  []string // keys of the deadlines with their days, and how the visits stand
	}{
		{"one that runs", []string{"certification 2024-03-15 2024-03-15 held", "surveillance 2025-03-01 2025-03-01 held"},
			[]string{"first-visit:a 2025-03-15 done", "visit-2026:a 2026-12-31 by then", "return:a 2026-12-14 by then", "expiry:a 2027-03-14 by then"}},
		{"and the one to follow", []string{"certification 2024-03-15 2024-03-15 held", "certification 2027-02-15"},
			[]string{"first-visit:a 2025-03-15 passed", "visit-2026:a 2026-12-31 by then", "return:a 2026-12-14 by then", "expiry:a 2027-03-14 by then", "first-visit:b 2028-02-15 by then", "visit-2029:b 2029-12-31 by then", "return:b 2029-11-14 by then", "expiry:b 2030-02-14 by then"}},
		{"one that was replaced", []string{"certification 2021-03-15 2021-03-15 held", "certification 2024-03-15 2024-03-15 held"},
			[]string{"first-visit:b 2025-03-15 passed", "visit-2026:b 2026-12-31 by then", "return:b 2026-12-14 by then", "expiry:b 2027-03-14 by then"}},
		{"one that was called off", []string{"certification 2027-02-15 2027-02-15 cancelled"}, nil},
		{"the first one, planned", []string{"certification 2027-02-15"},
			[]string{"first-visit:a 2028-02-15 by then", "visit-2029:a 2029-12-31 by then", "return:a 2029-11-14 by then", "expiry:a 2030-02-14 by then"}},
	} {
		var got []string
		for _, e := range EngagementEntries(plan(t, tt.lines...), day(t, "2026-11-26")) {
			if e.Kind == CalendarDeadline {
				got = append(got, e.ID+" "+e.From.String()+" "+e.State)
			}
		}
		if g, w := strings.Join(got, ", "), strings.Join(tt.want, ", "); g != w {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, g, w)
		}
	}
}

func TestEntriesOfTheDatesKeepTheirIdentity(t *testing.T) {
	list := plan(t, "certification 2027-03-15 2027-03-15 held", "soc2_type_2 2027-01-01 2027-06-30")
	list[1].ReportOn = day(t, "2027-08-01")
	before := EngagementEntries(list, day(t, "2027-04-01"))
	list[1].From, list[1].Title, list[1].ReportOn = day(t, "2027-02-01"), "Our second report", day(t, "2027-09-01")
	after := EngagementEntries(list, day(t, "2027-05-01"))
	if len(before) != 7 || len(after) != len(before) { // two dates, a report, four days of the certificate
		t.Fatalf("%d and %d entries, want 7", len(before), len(after))
	}
	for i := range before {
		if before[i].ID != after[i].ID {
			t.Errorf("%q became %q when a date moved; a calendar would show both", before[i].ID, after[i].ID)
		}
	}
}
