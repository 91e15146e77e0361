package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/control"
)

// sample is a request to an operation that is right in every respect.
func (s *site) sample(o operation, n int) call {
	path := strings.NewReplacer("{framework}", "iso27001-2022", "{requirement}", "A.7.4", "{code}", "AC-01", "{number}", "1", "{person}", s.ann.ID, "{attestation}", "none", "{entry}", "AC-04", "{item}", s.proof, "{span}", "none", "{group}", "remote", "{n}", "0", "{track}", "security", "{policy}", "none", "{version}", "none", "{device}", s.laptop, "{waiver}", "none", "{secret}", "none").Replace(s.registerPath(o))
	c := call{method: o.Method, path: path}
	s.registerSample(o, n, &c)
	if o.Method == http.MethodPut {
		c.header = map[string]string{"If-Match": "*"}
	}
	switch o.ID {
	case "list-edges", "get-gap":
		c.path += "?from=soc2-2017&to=iso27001-2022"
	case "get-relation":
		c.path += "?from=soc2-2017&source=CC6.1&to=iso27001-2022&target=A.8.22"
	case "create-decision":
		c.body = NewDecision{Kind: "confirm", Set: "toucan-curated-1", Source: Ref{"soc2-2017", "CC6.1"}, Target: Ref{"iso27001-2022", "A.5.15"}}
	case "create-attestation":
		c.body = NewAttestation{Target: Ref{"iso27001-2022", "A.7.4"}, From: "soc2-2017", Sources: []string{"CC6.4"}, Reason: "Guards.", Until: s.now.AddDate(0, 6, 0)}
	case "get-plan":
		c.path += "?framework=iso27001-2022"
	case "adopt-entries":
		c.path += "?dry_run=true"
		c.body = Adoption{Entries: []string{"AC-04"}}
	case "update-entry":
		c.body = Update{Digest: "none", Decline: true}
	case "create-evidence":
		c.body = form{{"item", "", `{"title":"Review","kind":"access-review-record","captured_at":"2026-02-01T09:00:00Z","controls":["AC-01"]}`}, {"file", "review.txt", fmt.Sprint("Review ", n)}}
	case "tag-evidence":
		c.body = EvidenceTags{Items: []string{s.proof}, Controls: []string{"AC-01"}}
	case "review-evidence":
		c.body = EvidenceReview{Review: "rejected", Note: "It is another system."}
	case "create-request":
		c.body = NewRequest{Person: s.ann.ID, Kind: "access-review-record", Controls: []string{"AC-01"}, DueOn: "2026-04-01"}
	case "push-results":
		c.body = Reports{[]Report{{Test: "idp.mfa-enforced", Subject: "ann", State: "pass", At: s.now, ValidForMinutes: 60}}}
	case "get-device-history":
		c.path += "?from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z"
	case "set-device-owner":
		c.body = DeviceOwner{Person: s.ann.ID}
	case "set-device-state":
		c.body = DeviceState{State: "in_use", Reason: "Found again."}
	case "create-waiver":
		c.body = NewWaiver{Check: "antivirus", Reason: "Asked for.", Until: "2026-06-30"}
	case "set-device-settings":
		c.body = DeviceSettings{LockMinutes: 15, IntervalMinutes: 60}
	case "set-osquery-secret":
		c.body = OsqueryMost{Most: 5}
	case "get-timeline":
		c.path += "?test=idp.mfa-enforced&from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z"
	case "put-framework":
		c.body = FrameworkChange{Enabled: true}
	case "put-scope":
		c.body = Scope{Applies: false, Reason: "No premises."}
	case "put-stack":
		c.body = StackChange{Sets: []string{}}
	case "create-control":
		c.body = ControlText{Code: fmt.Sprintf("N-%d", n), Title: "Made"}
	case "put-control":
		c.body = ControlText{Code: "AC-01", Title: "Named accounts", Status: "operated", Frequency: "quarterly"}
	case "put-links":
		c.body = Links{Links: []Link{{Framework: "soc2-2017", Requirement: "CC6.1"}}}
	case "create-import":
		c.path += "?dry_run=true"
		c.body = &upload{"controls.csv", inventoryText}
	case "acknowledge-policy":
		c.body = NewAcknowledgement{Version: "none"}
	case "end-person", "end-span":
		c.body = Day{"9000-01-31"}
	case "return-person":
		c.body = Day{"2031-01-31"}
	case "create-span":
		c.body = SpanText{Kind: "leave", From: fmt.Sprintf("%d-03-01", 3000+n), To: fmt.Sprintf("%d-03-02", 3000+n)}
	case "hand-back":
		c.body = HandedBack{"title"}
	case "erase-person":
		c.body = Reason{"Asked for."}
	case "import-people":
		c.path += "?dry_run=true"
		c.body = &upload{"people.csv", "Name,Email\nNew Person,new.person@meridian.test\n"}
	case "create-exclusion":
		c.body = NewExclusion{People: []string{s.ann.ID}, Check: "people.training-ai", Reason: "Trained elsewhere."}
	case "end-exclusions":
		c.body = Exclusions{[]string{"none"}}
	case "create-group":
		c.body = GroupText{Label: fmt.Sprint("Group ", n)}
	case "put-group":
		c.body = GroupText{Label: "Remote"}
	case "set-members":
		c.body = Membership{People: []string{s.ann.ID}}
	case "create-completion":
		c.body = TrainingPaper{Person: s.ann.ID, On: s.now.Format(time.DateOnly), FileName: "certificate.pdf", Certificate: []byte("%PDF-1.4")}
	case "reset-training":
		c.body = TrainingAsking{All: true, Reason: "A new year"}
	case "create-person":
		c.body = PersonText{Name: "Somebody"}
	case "put-person":
		c.body = PersonText{Name: "Ann Example", Email: "ann@meridian.test"}
	}
	s.cycleSample(o, n, &c)
	return c
}

// expected is what an operation answers a role to a sample that is let in.
func expected(o operation, role access.Role) int {
	if status := expectedRegister(o); status != 0 {
		return status
	}
	switch o.ID {
	case "set-device-state": // the device is Ann's
		return pick(access.Allowed(role, access.ManageDevices), http.StatusOK, http.StatusNotFound)
	case "create-control", "create-person", "create-evidence", "create-completion":
		return http.StatusCreated
	case "end-attestation", "update-entry", "end-span", "end-exclusions", "end-waiver", "set-osquery-secret": // there is no such attestation, and nothing was adopted
		return http.StatusNotFound
	case "get-policy-document", "list-policy-versions", "get-policy-version", "list-acknowledgements":
		return http.StatusNotFound
	case "acknowledge-policy":
		return http.StatusConflict // the account is nobody of the register
	case "approve-version", "withdraw-version":
		return http.StatusConflict // the sample's version waits for nobody
	case "erase-person", "put-group", "close-group":
		return http.StatusConflict // the sample's person is here, and its group is always there
	case "return-person":
		return http.StatusUnprocessableEntity // the last day lies after it
	}
	return expectedCycle(o)
}

// TestEveryOperationForEveryRole walks the table: each operation, each role, a full
// token and one that only reads, in the organisation, in another and in none; and
// with no token, one that expired and one that was revoked.
func TestEveryOperationForEveryRole(t *testing.T) {
	s := newSite(t)
	_, err := s.Controls.Create(t.Context(), s.boss, control.Control{Code: "AC-01", Title: "Named accounts", Status: control.Operated}, s.now)
	s.must(err)
	s.proof = s.filed("AC-01", "review.txt", "All accounts were looked at.\n")
	s.knowsADevice()
	s.keepsRegisters()
	max := s.member(access.Administrator, "Max")
	full := s.newToken(max, access.Grantable(access.Administrator), s.now.Add(48*time.Hour))
	reads := s.newToken(max, access.GrantableReads(access.Administrator), s.now.Add(48*time.Hour))
	expired := s.newToken(max, access.Grantable(access.Administrator), s.now.Add(time.Minute))
	revoked, tok, err := s.Access.CreateToken(t.Context(), max, access.NewToken{Name: "gone", Scope: access.Grantable(access.Administrator), ExpiresAt: s.now.Add(48 * time.Hour)}, s.now)
	s.must(err)
	s.must(s.Access.RevokeToken(t.Context(), max, tok.ID, s.now))

	s.keepsCycle()
	n := 0
	for _, role := range access.Roles() {
		s.now = s.now.Add(10 * time.Minute)
		s.must(s.Access.SetRole(t.Context(), s.boss, max.Account(), role, s.now))
		for _, o := range operations() {
			s.now = s.now.Add(5 * time.Second) // so that nobody asks too often
			allowed := o.Action == "" || access.Allowed(role, o.Action)
			for _, k := range []struct {
				what, token, org string
				want             int
			}{
				{"a full token", full, "meridian", pick(allowed, expected(o, role), 403)},
				{"a token that reads", reads, "meridian", pick(allowed && (o.Action == "" || o.Action.Reads()), expected(o, role), 403)},
				{"a full token elsewhere", full, "umbra", 404},
				{"a full token nowhere", full, "none-such", 404},
				{"no token", "-", "meridian", 401},
				{"an expired token", expired, "meridian", 401},
				{"a revoked token", revoked, "meridian", 401},
				{"an expired token elsewhere", expired, "umbra", 401},
			} {
				n++
				c := s.sample(o, n)
				c.token, c.path = k.token, "/api/v1/o/"+k.org+c.path
				r := s.call(c)
				if r.status != k.want {
					t.Errorf("%s as %s with %s: %d, want %d: %s", o.ID, role, k.what, r.status, k.want, r.body)
				}
				if r.status >= 400 {
					p := r.problem()
					if strings.Contains(p.Detail, "mbra") || strings.Contains(r.body, "Meridian") {
						t.Errorf("%s as %s with %s tells too much: %s", o.ID, role, k.what, r.body)
					}
				}
			}
			a, b := s.sample(o, n), s.sample(o, n)
			a.token, a.path, b.token, b.path = full, "/api/v1/o/umbra"+a.path, full, "/api/v1/o/none-such"+b.path
			if x, y := s.call(a), s.call(b); x.body != y.body || x.status != y.status {
				t.Errorf("%s tells somebody else's organisation from none: %s and %s", o.ID, x.body, y.body)
			}
		}
	}
	if want := len(access.Roles()) * len(operations()) * 8; n != want || n < 1000 {
		t.Errorf("%d requests, want %d", n, want)
	}
	s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
}

func pick(ok bool, a, b int) int {
	if ok {
		return a
	}
	return b
}
