package api

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/db/dbtest"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/problem"
)

// filed files evidence as the administrator, through the store.
func (s *site) filed(code, name, text string) string {
	s.t.Helper()
	f, err := s.Evidence.Keep(s.t.Context(), s.boss, name, strings.NewReader(text), s.now)
	s.must(err)
	i, err := s.Evidence.File(s.t.Context(), s.boss, evidence.Filing{Title: "Review", Kind: "access-review-record", CapturedAt: s.now.AddDate(0, -1, 0), Files: []evidence.File{f}, Controls: []string{code}}, s.now)
	s.must(err)
	return i.ID
}

const aboutReview = `{"title":"Review","kind":"access-review-record","captured_at":"2026-02-01T09:00:00Z","period":{"from":"2025-10-01","to":"2025-12-31"},"valid_for_days":90,
	"source":"agent","collector":"reviews","version":"1.2","controls":["AC-1"],"requirements":[{"framework":"soc2-2017","id":"CC6.1"}],"links":[{"url":"https://tickets.example/7"}]}`

func TestEvidenceIsFiledInOneForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSiteOn(t, d)
		s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC-1", Title: "One"}}).want(201)
		for what, body := range map[string]form{
			"what is said first": {{"item", "", aboutReview}, {"file", "a.txt", "first"}, {"file", "b.csv", "x,y\n1,2\n"}},
			"the files first":    {{"file", "a.txt", "other"}, {"file", "b.csv", "x,y\n3,4\n"}, {"item", "", aboutReview}},
		} {
			r := s.call(call{method: "POST", path: "/evidence", body: body}).want(201)
			var e, read Evidence
			r.into(&e)
			if r.header.Get("Location") == "" || len(e.Files) != 2 || e.Files[0].Name != "a.txt" || e.Files[1].Media != "text/csv; charset=utf-8" || e.Files[0].Bytes != 5 ||
				e.Period == nil || e.Period.To != "2025-12-31" || !e.LapsesAt.Equal(time.Date(2026, 5, 2, 9, 0, 0, 0, time.UTC)) || e.Collector != "reviews" || len(e.Links) != 1 ||
				len(e.Tags) != 2 || e.Tags[0].Code != "AC-1" || e.Tags[1].Requirement == nil || !e.Counts || e.Review != "unreviewed" {
				t.Errorf("%s: %s", what, r.body)
			}
			s.get("/evidence/" + e.ID).want(200).into(&read)
			if fmt.Sprint(read.Tags[0], read.Files, read.Title) != fmt.Sprint(e.Tags[0], e.Files, e.Title) {
				t.Errorf("%s: read %+v, filed %+v", what, read, e)
			}
		}
		var list EvidenceList
		s.get("/evidence?limit=1&control=ac-1").want(200).into(&list)
		if list.Total != 2 || len(list.Items) != 1 || list.Next == "" {
			t.Errorf("%+v", list)
		}
		s.get("/evidence?limit=1&control=ac-1&cursor=" + list.Next).want(200).into(&list)
		s.get("/evidence?state=untagged").want(200).into(&list)
		if list.Total != 0 {
			t.Errorf("%+v", list)
		}
		s.must(s.log.Verify(t.Context(), s.DB, s.boss.Org()))
	})
}

func TestTheSameKeyFilesOnce(t *testing.T) {
	s := newSite(t)
	s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC-1", Title: "One"}}).want(201)
	send := func(key, title, text string) reply {
		s.now = s.now.Add(time.Second)
		about := strings.Replace(aboutReview, "Review", title, 1)
		return s.call(call{method: "POST", path: "/evidence", header: map[string]string{"Idempotency-Key": key}, body: form{{"item", "", about}, {"file", "a.txt", text}}})
	}
	var first, again Evidence
	if r := send("k", "Review", "text").want(201).into(&first); r.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first one is called a repetition")
	}
	if r := send("k", "Review", "text").want(201).into(&again); again.ID != first.ID || r.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("filed twice, or not told: %s", r.body)
	}
	if p := send("k", "Another", "text").want(422).problem(); p.Code != keyReused {
		t.Errorf("%+v", p)
	}
	if p := send("k", "Review", "another").want(422).problem(); p.Code != keyReused {
		t.Errorf("%+v", p)
	}
	if p := send("k 2", "Review", "text").want(422).problem(); p.Errors[0].Location != "header.Idempotency-Key" {
		t.Errorf("%+v", p)
	}
	if p := send("k2", "Review", "text").want(409).problem(); p.Code != problem.Conflict { // the same bytes of the same moment
		t.Errorf("%+v", p)
	}
	var list EvidenceList
	if s.get("/evidence").want(200).into(&list); list.Total != 1 {
		t.Errorf("%d items, want 1", list.Total)
	}
}

func TestWhatIsWrongWithEvidenceIsSaidAndNothingIsFiled(t *testing.T) {
	s := newSite(t)
	file := struct{ name, file, text string }{"file", "a.txt", "text"}
	about := func(changes ...string) form {
		return form{{"item", "", strings.NewReplacer(append(changes, `,"controls":["AC-1"]`, "", `"requirements":[{"framework":"soc2-2017","id":"CC6.1"}],`, "")...).Replace(aboutReview)}, file}
	}
	for what, k := range map[string]struct {
		body     any
		location string
		status   int
	}{
		"an unknown property":    {about(`"title"`, `"colour":"red","title"`), "body.item.colour", 422},
		"no title":               {about(`"title":"Review",`, ""), "body.item", 422},
		"an unknown kind":        {about("access-review-record", "gossip"), "body.item.kind", 422},
		"a capture to come":      {about("2026-02-01T09", "2027-02-01T09"), "body.item.captured_at", 422},
		"a capture that is none": {about("2026-02-01T09:00:00Z", "yesterday"), "body.item.captured_at", 422},
		"a period upside down":   {about("2025-10-01", "2026-01-10"), "body.item.period", 422},
		"a program with no name": {about(`"collector":"reviews",`, ""), "body.item.collector", 422},
		"a link that is none":    {about("https://tickets.example/7", "javascript:x"), "body.item.links", 422},
		"an unknown control":     {about(`"links"`, `"controls":["ZZ-9"],"links"`), "body.item.controls", 422},
		"nothing to look at":     {form{{"item", "", `{"title":"x","kind":"access-review-record","captured_at":"2026-02-01T09:00:00Z"}`}}, "body.file", 422},
		"an empty file":          {form{{"item", "", aboutReview}, {"file", "a.txt", ""}}, "body.file", 422},
		"no item":                {form{file}, "body.item", 422},
		"no JSON":                {form{{"item", "", "title=x"}, file}, "body.item", 422},
		"a part too many":        {form{{"item", "", aboutReview}, {"colour", "", "red"}}, "body.colour", 422},
		"no form":                {`{}`, "", 415},
	} {
		r := s.call(call{method: "POST", path: "/evidence", body: k.body})
		p := r.problem()
		if r.status != k.status || k.location != "" && !slices.ContainsFunc(p.Errors, func(e FieldError) bool { return e.Location == k.location && e.Detail != "" }) {
			t.Errorf("%s: %d, want %d about %s: %s", what, r.status, k.status, k.location, r.body)
		}
	}
	cut := s.call(call{method: "POST", path: "/evidence", header: map[string]string{"Content-Type": "multipart/form-data; boundary=b"},
		body: "--b\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\n{}"})
	if p := cut.problem(); cut.status != 422 || p.Code != problem.Invalid {
		t.Errorf("a form that breaks off: %s", cut.body)
	}
	var list EvidenceList
	if s.get("/evidence").want(200).into(&list); list.Total != 0 {
		t.Errorf("%d items, want none", list.Total)
	}
}

func TestAFileOfEvidenceIsADownload(t *testing.T) {
	s := newSite(t)
	s.call(call{method: "POST", path: "/controls", body: ControlText{Code: "AC-1", Title: "One"}}).want(201)
	text := "<html><script>alert(1)</script>"
	path := "/evidence/" + s.filed("AC-1", "page.html", text) + "/files/0"
	r := s.get(path).want(200)
	if h := r.header; r.body != text || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.Contains(h.Get("Content-Disposition"), "page.html") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Accept-Ranges") != "bytes" {
		t.Errorf("%v %s", r.header, r.body)
	}
	part := s.call(call{method: "GET", path: path, header: map[string]string{"Range": "bytes=1-4"}}).want(206)
	if part.body != "html" || part.header.Get("Content-Range") != fmt.Sprintf("bytes 1-4/%d", len(text)) {
		t.Errorf("%v %q", part.header, part.body)
	}
	s.call(call{method: "GET", path: path, header: map[string]string{"Range": "bytes=900-"}}).want(416)
	s.call(call{method: "GET", path: path, header: map[string]string{"If-None-Match": r.header.Get("ETag")}}).want(304)
	s.get(strings.TrimSuffix(path, "0") + "1").want(404)
	s.get("/evidence/none/files/0").want(404)
}

func TestEvidenceIsReviewedTaggedAndAskedFor(t *testing.T) {
	s := newSite(t)
	for _, code := range []string{"AC-1", "AC-2"} {
		s.call(call{method: "POST", path: "/controls", body: ControlText{Code: code, Title: code}}).want(201)
	}
	id := s.filed("AC-1", "a.txt", "text")
	s.call(call{method: "POST", path: "/evidence/" + id + "/review", body: EvidenceReview{Review: "accepted"}}).want(409) // the token's owner filed it
	mia := s.newToken(s.member(access.Manager, "Mia"), access.Grantable(access.Manager), s.now.Add(time.Hour))
	p := s.call(call{method: "POST", path: "/evidence/" + id + "/review", token: mia, body: EvidenceReview{Review: "rejected"}}).want(422).problem()
	if p.Errors[0].Location != "body.note" && p.Errors[0].Location != "body.reason" {
		t.Errorf("%+v", p)
	}
	var e Evidence
	s.call(call{method: "POST", path: "/evidence/" + id + "/review", token: mia, body: EvidenceReview{Review: "rejected", Note: "Another system."}}).want(200).into(&e)
	if e.Review != "rejected" || e.Counts || e.ReviewNote != "Another system." {
		t.Errorf("%+v", e)
	}
	var n Retagged
	s.call(call{method: "POST", path: "/evidence/tags", body: EvidenceTags{Items: []string{id}, Controls: []string{"AC-2"}}}).want(200).into(&n)
	s.call(call{method: "POST", path: "/evidence/tags", body: EvidenceTags{Items: []string{id}, Controls: []string{"AC-1"}, Remove: true}}).want(200)
	if s.get("/evidence/" + id).into(&e); n.Changed != 1 || len(e.Tags) != 1 || e.Tags[0].Code != "AC-2" {
		t.Errorf("%+v %+v", n, e.Tags)
	}
	var asked Request
	s.call(call{method: "POST", path: "/requests", body: NewRequest{Person: s.ann.ID, Kind: "access-review-record", Controls: []string{"AC-2"}, DueOn: "2026-03-20"}}).want(200).into(&asked)
	s.now = s.now.AddDate(0, 0, 20)
	s.token = s.newToken(s.boss, access.Grantable(access.Administrator), s.now.Add(time.Hour))
	var list List[Request]
	s.get("/requests?state=open").want(200).into(&list)
	if list.Total != 1 || list.Items[0].ID != asked.ID || !list.Items[0].Overdue || asked.Overdue {
		t.Errorf("%+v, then %+v", asked, list)
	}
	about := fmt.Sprintf(`{"title":"Answer","kind":"access-review-record","captured_at":"2026-03-02T09:00:00Z","request":%q}`, asked.ID)
	s.call(call{method: "POST", path: "/evidence", body: form{{"item", "", about}, {"file", "b.txt", "answer"}}}).want(201).into(&e)
	if s.get("/requests").into(&list); list.Items[0].State != "answered" || !slices.Equal(list.Items[0].Items, []string{e.ID}) || e.Tags[0].Code != "AC-2" {
		t.Errorf("%+v", list)
	}
}

// TestALargeFileIsNeverInMemory sends 128 MB to a real server that gives any other
// request no time at all.
func TestALargeFileIsNeverInMemory(t *testing.T) {
	const size = 128 << 20
	s := newSite(t)
	srv := httptest.NewUnstartedServer(s)
	srv.Config.ReadHeaderTimeout, srv.Config.ReadTimeout, srv.Config.WriteTimeout = 10*time.Second, 50*time.Millisecond, 50*time.Millisecond
	srv.Start()
	defer srv.Close()
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, err := form.CreateFormField("item")
		if err == nil {
			_, err = io.WriteString(part, `{"title":"Disk image","kind":"backup-report","captured_at":"2026-02-01T09:00:00Z"}`)
		}
		if err == nil {
			time.Sleep(100 * time.Millisecond) // longer than the server gives
			part, err = form.CreateFormFile("file", "disk.img")
		}
		if err == nil {
			_, err = io.Copy(part, io.LimitReader(zeros{}, size))
		}
		if err == nil {
			err = form.Close()
		}
		w.CloseWithError(err)
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/api/v1/o/meridian/evidence", body)
	s.must(err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", form.FormDataContentType())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := http.DefaultClient.Do(r)
	s.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	s.must(err)
	runtime.ReadMemStats(&after)
	if res.StatusCode != http.StatusCreated || !strings.Contains(string(text), fmt.Sprintf(`"bytes":%d`, size)) {
		t.Fatalf("%d %s", res.StatusCode, text)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d MB were allocated for a file of %d MB", grown>>20, size>>20)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// TestAnUploadThatBreaksOffLeavesNothingVisible cuts the line in the middle of a file.
func TestAnUploadThatBreaksOffLeavesNothingVisible(t *testing.T) {
	s := newSite(t)
	srv := httptest.NewServer(s)
	defer srv.Close()
	ctx, cut := context.WithCancel(t.Context())
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, _ := form.CreateFormField("item")
		io.WriteString(part, `{"title":"Half","kind":"backup-report","captured_at":"2026-02-01T09:00:00Z"}`)
		part, _ = form.CreateFormFile("file", "half.img")
		part.Write(make([]byte, 1<<20))
		cut()
		w.CloseWithError(context.Canceled) // else the sender may wait for more for ever
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/api/v1/o/meridian/evidence", body)
	s.must(err)
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", form.FormDataContentType())
	if res, err := http.DefaultClient.Do(r); err == nil {
		res.Body.Close()
		t.Fatal("answered")
	}
	srv.Close() // waits for the handler
	var list EvidenceList
	if s.get("/evidence").want(200).into(&list); list.Total != 0 {
		t.Errorf("%+v", list)
	}
}
