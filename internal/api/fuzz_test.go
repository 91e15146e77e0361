package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// FuzzCursor sends whatever as a cursor: it is a page or a refusal, never a fault.
func FuzzCursor(f *testing.F) {
	list := []int{1, 2, 3, 4, 5}
	read := func(cursor string) (*listOut[int], error) {
		return paged(InPage{Limit: 2, Cursor: cursor}, list, "numbers", strconv.Itoa, strings.Compare)
	}
	first, err := read("")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", first.Body.Next, "e30", "eyJsIjoiIn0", "%%%", strings.Repeat("A", 5000)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		out, err := read(cursor)
		if err != nil {
			if p := problemOf(err); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %v", cursor, err)
			}
			return
		}
		if len(out.Body.Items) > 2 || out.Body.Total != 5 {
			t.Errorf("%q: %+v", cursor, out.Body)
		}
	})
}

// FuzzRequestSum fingerprints whatever is sent: the same request has the same one,
// and a broken form is a refusal.
func FuzzRequestSum(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n1,2\r\n--b--\r\n", "key")
	f.Add("multipart/form-data; boundary=b", "--b\r\n", "key")
	f.Add("multipart/form-data", "", "key")
	f.Add("application/json", `{"a":1}`, "k y")
	f.Add(";;;", "\x00", strings.Repeat("k", 300))
	f.Fuzz(func(t *testing.T, kind, body, key string) {
		sum := func() (string, error) {
			r := httptest.NewRequest(http.MethodPost, "/api/v1/o/x/imports", strings.NewReader(body))
			r.Header["Content-Type"] = []string{kind}
			return requestSum(r, key)
		}
		a, err := sum()
		if err != nil {
			if p := problemOf(err); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%v", err)
			}
			return
		}
		if b, err := sum(); err != nil || a != b || len(a) != 64 {
			t.Errorf("%q and %q, %v", a, b, err)
		}
	})
}

// FuzzEvidenceItem sends whatever as the part item: it is read or refused with a
// place, never a fault.
func FuzzEvidenceItem(f *testing.F) {
	for _, seed := range []string{aboutReview, "{}", "[]", "null", `{"title":1}`, `{"title":"x","kind":"y","captured_at":"2026-02-30T00:00:00Z"}`, `{"title":"x","kind":"y","captured_at":"2026-02-01T00:00:00Z","period":null,"links":[null]}`, "\x00"} {
		f.Add([]byte(seed))
	}
	form := inForm{huma: newSite(f).huma}
	f.Fuzz(func(t *testing.T, data []byte) {
		var item NewEvidence
		err := form.item(bytes.NewReader(data), &item)
		if err == nil {
			item.filing()
			return
		}
		if p := problemOf(err); p.Status != http.StatusUnprocessableEntity || len(p.Errors) == 0 {
			t.Errorf("%q: %v", data, err)
		}
	})
}
