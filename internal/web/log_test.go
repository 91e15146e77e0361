package web

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/toucan-grc/toucan/internal/ledger"
)

// TestEveryKindOfEntryHasWords reads the source: a kind that is recorded is told
// in plain words, not by its code.
func TestEveryKindOfEntryHasWords(t *testing.T) {
	kind := regexp.MustCompile(`(?:Kind:\s*|Kind\s*=\s*|, )"((?:approval|attestation|bundle|control|duplicate|edge|edition|evidence|framework|import|invitation|link|log|member|organisation|person|points|policy|population|reminder|result|sample|scope|stack|task|token)\.[a-z_]+)"`)
	not := map[string]bool{ // kinds of something else: jobs, tasks, notices
		"evidence.request": true, "evidence.review": true, "evidence.clean": true, "evidence.answer": true, "log.round": true, "log.tend": true, "log.checkpoint": true,
		"approval.tasks": true, "policy.version": true, "policy.review": true, "policy.tend": true, "task.reminder": true,
	}
	seen := 0
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../web/") || strings.HasPrefix(path, "../api/") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range kind.FindAllStringSubmatch(string(source), -1) {
			if not[m[1]] {
				continue
			}
			seen++
			if leafWords[m[1]] == "" {
				t.Errorf("%s: %q has no words in log_words.go", path, m[1])
			}
		}
		return nil
	})
	if err != nil || seen < 20 {
		t.Errorf("%d kinds were looked at, %v", seen, err)
	}
	for _, o := range leafAreas() {
		if o.Text == "" {
			t.Errorf("the area %q has no name", o.Value)
		}
	}
}

// TestAProofIsTakenAlong does what an auditor does: takes the trust policy, an
// entry and its proof, and checks them without the server.
func TestAProofIsTakenAlong(t *testing.T) {
	s := newSite(t)
	s.settle()
	log := "/o/meridian-cloud/log"
	if a := s.get(log + "/0"); !strings.Contains(a.Body, "No checkpoint covers this entry yet") {
		t.Error("an entry that nothing covers does not say so")
	}
	if a := s.get(log + "/0/proof"); a.Status != http.StatusConflict {
		t.Errorf("a proof before a checkpoint: status %d", a.Status)
	}
	if a := s.post(log+"/sign", "entry", "0"); a.Status != http.StatusSeeOther || a.To != log+"/0" {
		t.Fatalf("signing: %d to %s", a.Status, a.To)
	}
	policy, err := ledger.ParsePolicy([]byte(s.get(log + "/keys/policy").Body))
	if err != nil {
		t.Fatal(err)
	}
	known, err := policy.Verifiers()
	if err != nil {
		t.Fatal(err)
	}
	p := s.get(log + "/0/proof")
	if !strings.Contains(p.Header.Get("Content-Disposition"), "meridian-cloud-0.tlog-proof") {
		t.Errorf("handed out as %s", p.Header.Get("Content-Disposition"))
	}
	proof, err := ledger.ParseProof(p.Body)
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.Check([]byte(s.get(log+"/0/data").Body), known)
	if err != nil {
		t.Fatal(err)
	}
	note := s.get(log + "/checkpoints/1/" + strconv.FormatInt(c.Size, 10) + "/note")
	if note.Body != proof.Checkpoint {
		t.Error("the checkpoint handed out is not the one in the proof")
	}
	for path, want := range map[string]int{
		"/none": http.StatusNotFound, "/-1": http.StatusNotFound, "/99999": http.StatusNotFound, "/checkpoints/1/99999/note": http.StatusNotFound,
		"/checkpoints/1/" + strconv.FormatInt(c.Size, 10) + "/stamp": http.StatusNotFound, "/checkpoints/1/" + strconv.FormatInt(c.Size, 10) + "/other": http.StatusNotFound, "/checkpoints/x/1/note": http.StatusNotFound,
	} {
		if a := s.get(log + path); a.Status != want {
			t.Errorf("%s: status %d, want %d", path, a.Status, want)
		}
	}
}

// TestALogThatRefusesSaysSo loses the folder of keys, and begins a new epoch.
func TestALogThatRefusesSaysSo(t *testing.T) {
	s := newSite(t)
	s.settle()
	log := "/o/meridian-cloud/log"
	s.post(log + "/sign")
	if a := s.post(log+"/epochs", "reason", "Because."); a.Status != http.StatusConflict {
		t.Errorf("a new epoch of a log that is well: status %d", a.Status)
	}
	if err := os.RemoveAll(s.keys); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"", "/checkpoints", "/keys"} {
		if a := s.get(log + page); a.Status != http.StatusOK || !strings.Contains(a.Body, "The log refuses to sign checkpoints") {
			t.Errorf("%q does not say that the log refuses: status %d", page, a.Status)
		}
	}
	if a := s.post(log + "/sign"); a.Status != http.StatusConflict {
		t.Errorf("signing: status %d", a.Status)
	}
	if a := s.post(log+"/epochs", "reason", ""); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "Say what happened") {
		t.Errorf("without a reason: status %d", a.Status)
	}
	if a := s.post(log+"/epochs", "reason", "The disk of the keys failed."); a.Status != http.StatusSeeOther {
		t.Fatalf("a new epoch: status %d %.200s", a.Status, a.Body)
	}
	a := s.get(log + "/keys")
	if strings.Contains(a.Body, "refuses to sign") || !strings.Contains(a.Body, "The disk of the keys failed.") || !strings.Contains(a.Body, "Epoch 2") {
		t.Error("the page does not show the new epoch")
	}
}

func TestWhereCheckpointsGo(t *testing.T) {
	s := newSite(t)
	s.settle()
	anchors := "/o/meridian-cloud/log/anchors"
	if a := s.post(anchors, "way", "mail", "address", "auditor@firm.example", "days", "1"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "No mail server is configured") {
		t.Errorf("mail without a server: status %d", a.Status)
	}
	a := s.post(anchors, "way", "webhook", "address", "https://hooks.firm.example/x", "days", "7")
	if a.Status != http.StatusOK || !strings.Contains(a.Body, "whsec_") {
		t.Fatalf("a webhook: status %d", a.Status)
	}
	a = s.get(anchors)
	if strings.Contains(a.Body, "whsec_") || !strings.Contains(a.Body, "https://hooks.firm.example/x") {
		t.Error("the secret is shown twice, or the address not at all")
	}
	id := between(a.Body, anchors+"/", "/send")
	if a := s.post(anchors + "/" + id + "/send"); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, "No checkpoint was signed yet") {
		t.Errorf("sending nothing: status %d", a.Status)
	}
	s.post("/o/meridian-cloud/log/sign")
	if a := s.post(anchors + "/" + id + "/send"); a.Status != http.StatusSeeOther {
		t.Errorf("sending: status %d", a.Status)
	}
	if a := s.get(anchors); !strings.Contains(a.Body, "on its way") {
		t.Error("what was sent is not on the page")
	}
	if a := s.post(anchors + "/" + id + "/remove"); a.Status != http.StatusSeeOther {
		t.Errorf("removing: status %d", a.Status)
	}
	if a := s.get(anchors); strings.Contains(a.Body, "https://hooks.firm.example/x") || !strings.Contains(a.Body, "somebody at hooks.firm.example") {
		t.Error("the address is not erased from the page")
	}
}
