package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
)

const pair = "/o/meridian-cloud/crosswalk/edge"

// flash follows a redirect and returns what the page says was done.
func (s *site) flash(a answer) string {
	s.t.Helper()
	s.expect(a, http.StatusSeeOther)
	page := s.get(a.To)
	s.expect(page, http.StatusOK)
	return between(between(page.Body, `class="flash"`, "</div>"), "<p>", "</p>")
}

// become signs in as a new member with a role.
func (s *site) become(role access.Role) {
	s.t.Helper()
	token, _, err := s.Access.Invite(s.t.Context(), s.admin(), string(role)+"@meridian.example", role, s.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.client = s.browser()
	s.expect(s.post("/invitation", "token", token, "name", "Some "+string(role), "passphrase", passphrase), http.StatusSeeOther)
}

func TestADecisionSaysWhatItChanged(t *testing.T) {
	s := newSite(t)
	s.fill()
	state := func() string {
		return between(between(s.get("/o/meridian-cloud/frameworks/iso27001-2022/A.8.22?via=soc2-2017").Body, `id="cov"`, "</header>"), "</svg>", "</span>")
	}
	before := strings.TrimSpace(state())
	if before != "full" {
		t.Fatalf("A.8.22 begins as %q", before)
	}
	said := s.flash(s.post(pair, "kind", "challenge", "set", "toucan-curated-1", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.8.22", "rationale", "Our network is flat."))
	if !strings.HasPrefix(said, "Challenged; the row counts for nothing from now on. ISO 27001 through SOC 2: ") || !strings.Contains(said, "from full to") || !strings.Contains(said, "A.8.22") {
		t.Errorf("after a challenge the page says %q", said)
	}
	if after := strings.TrimSpace(state()); after == before {
		t.Errorf("A.8.22 is still %q", after)
	}
	said = s.flash(s.post(pair, "kind", "withdraw", "set", "toucan-curated-1", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.8.22"))
	if !strings.HasPrefix(said, "Withdrawn. ") || !strings.Contains(said, "to full (A.8.22)") {
		t.Errorf("after it is withdrawn the page says %q", said)
	}
	if said = s.flash(s.post(pair, "kind", "confirm", "set", "toucan-curated-1", "from", "iso27001-2022", "source", "A.8.22", "to", "soc2-2017", "target", "CC6.1")); said != "Confirmed. No coverage moved." {
		t.Errorf("after a confirmation the page says %q", said)
	}
	list := s.get("/o/meridian-cloud/crosswalk/edges?from=iso27001-2022&to=soc2-2017&state=confirmed").Body
	if strings.Count(list, `<a class="row"`) != 1 || !strings.Contains(list, "by Ada Quist, ") || !strings.Contains(list, "One person alone") {
		t.Error("the list does not show the one row that is confirmed, and by whom")
	}
	page := s.get(pair + "?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.8.22").Body
	for _, want := range []string{"Our network is flat.", "3 decisions", "withdrew what was decided about the row of SOC 2 and ISO 27001, curated", "Withdraw the confirmation"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the pair does not say %q", want)
		}
	}
}

func TestAMistakenDecisionCostsNoText(t *testing.T) {
	s := newSite(t)
	s.fill()
	for name, tt := range map[string]struct {
		form []string
		want []string
	}{
		"a challenge without a reason": {[]string{"kind", "challenge", "set", "toucan-curated-1"}, []string{"Say why the row is wrong", "<details open"}},
		"an override of no relation":   {[]string{"kind", "override", "relation", "", "rationale", "Typed <with> care", "residual", "Some more"}, []string{"Choose what holds", "Typed &lt;with&gt; care", "Some more"}},
		"a strength in words":          {[]string{"kind", "propose", "relation", "equal", "rationale", "x", "strength", "much"}, []string{"A strength is a number"}},
		"nothing to withdraw":          {[]string{"kind", "withdraw", "set", "toucan-curated-1"}, []string{"nothing of yours to withdraw"}},
		"a kind nobody knows":          {[]string{"kind", "guess"}, []string{"There is no decision"}},
	} {
		a := s.post(pair, append(tt.form, "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.8.22")...)
		if a.Status < 400 || a.Status >= 500 {
			t.Errorf("%s: status %d", name, a.Status)
		}
		for _, want := range tt.want {
			if !strings.Contains(a.Body, want) {
				t.Errorf("%s: the page does not have %q", name, want)
			}
		}
	}
	for _, address := range []string{"", "?from=soc2-2017&source=CC6.1&to=soc2-2017&target=CC6.1", "?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.99", "?from=%ff&source=%00&to=x&target=x"} {
		if a := s.get(pair + address); a.Status != http.StatusNotFound {
			t.Errorf("%q: status %d", address, a.Status)
		}
	}
}

func TestAProposalWaitsOnThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	owner := s.client
	s.become(access.Contributor)
	said := s.flash(s.post(pair, "kind", "propose", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "6.3", "relation", "superset", "rationale", "Ours does.", "strength", "7"))
	if said != "Proposed. It counts once a second person confirms it. No coverage moved." && !strings.Contains(said, "to candidate") {
		t.Errorf("after a proposal the page says %q", said)
	}
	if a := s.post(pair, "kind", "confirm", "set", "", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "6.3"); a.Status != http.StatusForbidden || !strings.Contains(a.Body, "Somebody else has to confirm it") {
		t.Errorf("the author confirms: status %d", a.Status)
	}
	if a := s.post(pair, "kind", "override", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.8.22", "relation", "none", "rationale", "x"); a.Status != http.StatusForbidden {
		t.Errorf("a contributor overrides: status %d", a.Status)
	}
	s.client = owner
	said = s.flash(s.post(pair, "kind", "confirm", "set", "", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "6.3"))
	if !strings.Contains(said, "to full (6.3)") {
		t.Errorf("after it is confirmed the page says %q", said)
	}
	s.become(access.Auditor)
	said = s.flash(s.post(pair, "kind", "override", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "6.3", "relation", "intersects", "rationale", "Only in part.", "residual", "The rest."))
	if !strings.Contains(said, "from full to partial (6.3)") {
		t.Errorf("after the auditor's override the page says %q", said)
	}
	page := s.get(pair + "?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=6.3").Body
	for _, want := range []string{"Override by the auditor", "overridden", "As the auditor", "Withdraw the override"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the pair does not say %q", want)
		}
	}
}

func TestAttestingOnThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	const at = "/o/meridian-cloud/frameworks/iso27001-2022/A.5.8"
	day := s.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	s.expect(s.post(pair, "kind", "override", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.5.8", "relation", "intersects", "rationale", "A part."), http.StatusSeeOther)
	a := s.post(at+"/attest", "via", "soc2-2017", "source", "CC6.1", "reason", "", "until", day)
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say why these suffice") {
		t.Errorf("an attestation without a reason: status %d", a.Status)
	}
	a = s.post(at+"/attest", "via", "soc2-2017", "others", "CC6.1, CC99.9", "reason", "Looked <at> it.", "until", day)
	if a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "CC99.9") || !strings.Contains(a.Body, "Looked &lt;at&gt; it.") {
		t.Errorf("an attestation by something unknown: status %d", a.Status)
	}
	said := s.flash(s.post(at+"/attest", "via", "soc2-2017", "source", "CC6.1", "reason", "The project handbook shows it.", "until", day))
	if !strings.Contains(said, "to full, attested (A.5.8)") {
		t.Errorf("after an attestation the page says %q", said)
	}
	page := s.get(at + "?via=soc2-2017").Body
	if !strings.Contains(page, "attests that CC6.1 suffice") || !strings.Contains(page, "The project handbook shows it.") {
		t.Error("the page does not show the attestation")
	}
	id := between(page, `name="attestation" value="`, `"`)
	if said = s.flash(s.post(at+"/attest/end", "attestation", id, "via", "soc2-2017")); !strings.Contains(said, "from full, attested to") {
		t.Errorf("after its end the page says %q", said)
	}
	if page = s.get(at + "?via=soc2-2017").Body; !strings.Contains(page, "ended by Ada Quist") {
		t.Error("an ended attestation must stay visible")
	}
}

// A page is worked out anew when an attestation lapses, though nothing is written then.
func TestAnAttestationLapsesOnThePage(t *testing.T) {
	s := newSite(t)
	s.fill()
	const at = "/o/meridian-cloud/frameworks/iso27001-2022/A.5.8"
	s.expect(s.post(pair, "kind", "override", "from", "soc2-2017", "source", "CC6.1", "to", "iso27001-2022", "target", "A.5.8", "relation", "intersects", "rationale", "A part."), http.StatusSeeOther)
	s.expect(s.post(at+"/attest", "via", "soc2-2017", "source", "CC6.1", "reason", "x", "until", s.Now().AddDate(0, 1, 0).Format(time.DateOnly)), http.StatusSeeOther)
	who := s.admin()
	for months, want := range []int{1, 0} {
		s.Server.Now = func() time.Time { return time.Now().AddDate(0, months, months) }
		b, err := s.shelf.open(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(b.Attested); got != want {
			t.Errorf("after %d months %d attestations count, want %d", months, got, want)
		}
	}
}
