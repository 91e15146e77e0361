package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/training"
)

// TestTrainingRecordsAreOpenedByASignature sends what a training system would.
func TestTrainingRecordsAreOpenedByASignature(t *testing.T) {
	s := newSite(t)
	c, secret, err := s.Connections.Connect(t.Context(), s.boss, training.NewConnection{Kind: training.Webhook, Name: "LMS"}, s.now)
	s.must(err)
	s.must(s.Connections.Select(t.Context(), s.boss, c.ID, training.Security, []training.Choice{{ID: "Awareness", Title: "Awareness"}}, s.now))
	s.must(s.Training.Change(t.Context(), s.boss, training.Setting{Track: training.Security, Method: training.Connected, Provider: c.ID, Renewal: training.Renewal{Kind: training.AfterAYear}, DueDays: 30}, 0, s.now))
	body := fmt.Sprintf(`{"records":[{"email":"ann@meridian.test","course":"Awareness","completed_at":%q},{"email":"who@else.test","course":"Awareness","completed_at":%q}]}`, s.now.Format(time.RFC3339Nano), s.now.Format(time.RFC3339Nano))
	signature, err := notify.Sign(secret, "m1", s.now, []byte(body))
	s.must(err)
	send := func(path, signature, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("webhook-id", "m1")
		r.Header.Set("webhook-timestamp", strconv.FormatInt(s.now.Unix(), 10))
		r.Header.Set("webhook-signature", signature)
		w := httptest.NewRecorder()
		s.Server.ServeHTTP(w, r)
		return w
	}
	const at = "/api/v1/o/meridian/training-records"
	for name, w := range map[string]*httptest.ResponseRecorder{
		"unsigned": send(at, "", body), "changed": send(at, signature, body+" "), "elsewhere": send("/api/v1/o/umbra/training-records", signature, body), "nowhere": send("/api/v1/o/none/training-records", signature, body),
	} {
		if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), secret) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := send(at, "", strings.Repeat(" ", training.MaxMessage+1)); w.Code < 400 || w.Code >= 500 {
		t.Errorf("too large: %d", w.Code)
	}
	if w := send(at, signature, body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"completed":1`) || !strings.Contains(w.Body.String(), `"record":2`) {
		t.Errorf("signed: %d %s", w.Code, w.Body)
	}
	if w := send(at, signature, body); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"repeated":true`) {
		t.Errorf("again: %d %s", w.Code, w.Body)
	}
}
