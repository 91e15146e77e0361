package conformance

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device/endpoint"
	"github.com/toucan-grc/toucan/internal/wire"
)

// TestTheDoorOfAgents sends what an agent would, and what nobody should.
func TestTheDoorOfAgents(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		at := now.Add(time.Minute)
		door := endpoint.Handler(endpoint.Config{Access: h.access, Devices: h.devices, Now: func() time.Time { return at }})
		send := func(path string, body []byte) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, "https://Toucan.test:443"+path, bytes.NewReader(body))
			w := httptest.NewRecorder()
			door.ServeHTTP(w, r)
			return w
		}
		code, _, err := h.devices.NewCode(t.Context(), h.actors[access.Employee], now)
		must(t, err)
		key := newKey(t)
		enrols := func(e wire.Enrolment) []byte { return wire.Sign(e, key) }
		wrong := enrolment(wire.NewCode(make([]byte, wire.CodeLength)), deviceHost, key)
		l := h.laptopOf(t, access.Employee, now)
		good := wire.Sign(wire.Delivery{V: wire.Version, Device: l.id, Build: 1, SentAt: at.Unix(), Reports: []wire.Report{l.report(at)}}, l.key)
		unknown := wire.Sign(wire.Delivery{V: wire.Version, Device: "00112233445566778899aabbccddeeff", Build: 1, SentAt: at.Unix(), Reports: []wire.Report{l.report(at)}}, l.key)
		for _, tt := range []struct {
			name, path string
			body       []byte
			status     int
			code       wire.Code
		}{
			{"nothing", "/o/one/device/report", nil, 400, wire.Malformed},
			{"a page's form", "/o/one/device/report", []byte("a=b"), 400, wire.Malformed},
			{"a field more", "/o/one/device/report", bytes.Replace(good, []byte(`{"v":1`), []byte(`{"v":1,"host":"x"`), 1), 400, wire.Malformed},
			{"too much", "/o/one/device/report", make([]byte, wire.MaxMessage+200), 413, wire.TooLarge},
			{"an unknown device", "/o/one/device/report", unknown, 401, wire.Unknown},
			{"another organisation's", "/o/two/device/report", good, 401, wire.Unknown},
			{"no organisation's", "/o/none/device/report", good, 401, wire.Unknown},
			{"a wrong code", "/o/one/device/enroll", enrols(wrong), 403, wire.BadCode},
			{"a code of no organisation", "/o/none/device/enroll", enrols(wrong), 403, wire.BadCode},
			{"another server's", "/o/one/device/enroll", enrols(enrolment(code, "elsewhere.test", key)), 421, wire.WrongAddress},
			{"a code that is right", "/o/one/device/enroll", enrols(enrolment(code, deviceHost, key)), 200, ""},
			{"the same once more", "/o/one/device/enroll", enrols(enrolment(code, deviceHost, key)), 403, wire.BadCode},
			{"a report", "/o/one/device/report", good, 200, ""},
			{"the same once more", "/o/one/device/report", good, 200, ""},
		} {
			w := send(tt.path, tt.body)
			if w.Code != tt.status {
				t.Errorf("%s: answered with %d %s, want %d", tt.name, w.Code, w.Body, tt.status)
			}
			if tt.code == "" {
				continue
			}
			if x, err := wire.Decode[wire.Refusal](w.Body.Bytes()); err != nil || x.Code != tt.code {
				t.Errorf("%s: refused with %s, want %s", tt.name, w.Body, tt.code)
			}
		}
		var last *httptest.ResponseRecorder
		for range 30 { // a device that does not stop
			last = send("/o/one/device/report", good)
		}
		if s, _ := strconv.Atoi(last.Header().Get("Retry-After")); last.Code != 429 || s < 60 || s > 120 {
			t.Errorf("too often: %d, come back in %q", last.Code, last.Header().Get("Retry-After"))
		}
		for range 30 { // somebody tries codes
			last = send("/o/one/device/enroll", enrols(wrong))
		}
		if last.Code != 429 {
			t.Errorf("one code after another: %d", last.Code)
		}
		r := httptest.NewRequest(http.MethodGet, "https://toucan.test/o/one/device/report", nil)
		w := httptest.NewRecorder()
		if door.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed {
			t.Errorf("asked with GET it answers %d", w.Code)
		}
	})
}
