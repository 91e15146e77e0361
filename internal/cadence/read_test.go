package cadence

import "testing"

func TestDatesThatMeanOneDay(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-01": "2026-03-01", "2026-03-01 00:00:00": "2026-03-01", "2026-03-01T00:00:00Z": "2026-03-01", "2026/03/01": "2026-03-01",
		"1.3.2026": "2026-03-01", "01.03.2026": "2026-03-01", "1 Mar 2026": "2026-03-01", "March 1, 2026": "2026-03-01", "25/3/2026": "2026-03-25", "3/25/2026": "2026-03-25",
		"3/3/2026": "2026-03-03", "3/4/2026": "", "2026-02-30": "", "0001-01-01": "", "soon": "", "45000": "",
	} {
		if got, ok := ReadDate(text); got.String() != want || ok != (want != "") {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
