package notify

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/toucan-grc/toucan/internal/problem"
)

var (
	at    = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	hello = Message{To: "ada@example.com", Subject: "Zwei Aufgaben für Ästhetik — heute", Text: "Grüße, Ada.\n\n- <b>AC-04</b> & more:\n  https://toucan.test/o/one/tasks?x=1&y=2\n\nToucan"}
)

func TestMailIsDelivered(t *testing.T) {
	for name, tt := range map[string]struct {
		mode          Security
		scheme, query string
		secure        bool
	}{
		"with TLS from the first byte":        {TLS, "smtps", "", true},
		"with STARTTLS":                       {StartTLS, "smtp", "", true},
		"with STARTTLS where it is offered":   {StartTLS, "smtp", "?starttls=optional", true},
		"in the clear to this machine itself": {NoTLS, "smtp", "?starttls=off", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSink(t, tt.mode, 0)
			if err := s.server(t, tt.scheme, tt.query).Send(t.Context(), "id-1", hello, at); err != nil {
				t.Fatal(err)
			}
			got := s.mails()
			if len(got) != 1 || s.from != "toucan@example.com" || s.to != "ada@example.com" || s.user != "toucan" || s.secure != tt.secure {
				t.Fatalf("%d mails from %q to %q, signed in as %q, encrypted %t", len(got), s.from, s.to, s.user, s.secure)
			}
			checkMail(t, got[0])
		})
	}
}

// checkMail reads a mail as a mail program does.
func checkMail(t *testing.T, raw string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != hello.Subject {
		t.Errorf("subject %q (%v)", subject, err)
	}
	for name, want := range map[string]string{"From": `"Toucan" <toucan@example.com>`, "To": "<ada@example.com>", "Message-Id": "<id-1@example.com>", "Auto-Submitted": "auto-generated", "Date": "Sun, 01 Mar 2026 09:00:00 +0000"} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	var parts []string
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p.Header.Get("Content-Type")+"\n"+string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))))
	}
	if len(parts) != 2 || strings.TrimSpace(parts[0]) != "text/plain; charset=UTF-8\n"+hello.Text {
		t.Errorf("plain text:\n%s", parts[0])
	}
	if html := parts[1]; !strings.Contains(html, `&lt;b&gt;AC-04&lt;/b&gt; &amp; more`) || !strings.Contains(html, `<a href="https://toucan.test/o/one/tasks?x=1&amp;y=2">`) || !strings.Contains(html, "Grüße") {
		t.Errorf("page:\n%s", html)
	}
}

func TestARefusalIsTheLastWordOnlyWithFive(t *testing.T) {
	s := newSink(t, StartTLS, 2000)
	srv := s.server(t, "smtp", "")
	for _, tt := range []struct {
		name   string
		refuse error
		drop   bool
		m      Message
		want   problem.Code
		says   string
	}{
		{"no such address", &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}, false, hello, problem.Invalid, "no such user"},
		{"a full mailbox", &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}, false, hello, problem.Busy, "mailbox full"},
		{"grey listing", &smtp.SMTPError{Code: 450, Message: "come back later"}, false, hello, problem.Busy, "come back later"},
		{"a cut connection", nil, true, hello, problem.Busy, "did not take"},
		{"too large", nil, false, Message{To: hello.To, Subject: "Long", Text: strings.Repeat("0123456789\n", 400)}, problem.Invalid, "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.mu.Lock()
			s.refuse, s.drop = tt.refuse, tt.drop
			s.mu.Unlock()
			err := srv.Send(t.Context(), "id-1", tt.m, at)
			if err == nil || problem.Of(err).Code != tt.want || !strings.Contains(problem.Of(err).Text, tt.says) {
				t.Errorf("%v, want %s with %q", err, tt.want, tt.says)
			}
		})
	}
	if n := len(s.mails()); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
}

func TestAServerThatCannotBeUsedIsTriedAgain(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := ln.Addr().String()
	ln.Close()
	nobody, err := ParseServer("smtp://"+free+"?starttls=off", "toucan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	wrong := newSink(t, TLS, 0).server(t, "smtps", "")
	wrong.password = "wrong"
	stranger := newSink(t, TLS, 0).server(t, "smtps", "")
	_, stranger.Roots = certificate(t)
	plain := newSink(t, NoTLS, 0).server(t, "smtp", "") // offers no STARTTLS, and it is required
	for name, srv := range map[string]*Server{"nobody listens": nobody, "a wrong password": wrong, "a certificate nobody vouches for": stranger, "no encryption offered": plain} {
		err := srv.Send(t.Context(), "id-1", hello, at)
		if err == nil || problem.Of(err).Code != problem.Busy {
			t.Errorf("%s: %v, want it tried again", name, err)
			continue
		}
		if text := problem.Of(err).Text; strings.Contains(text, "pass word") || strings.Contains(text, "wrong") {
			t.Errorf("%s: the sentence holds the password: %s", name, text)
		}
	}
}

func TestNoHeaderCanBeSmuggledIn(t *testing.T) {
	for name, m := range map[string]Message{
		"in the subject":        {To: "ada@example.com", Subject: "Hello\r\nBcc: eve@example.com", Text: "x"},
		"in the address":        {To: "ada@example.com\r\nBcc: eve@example.com", Subject: "Hello", Text: "x"},
		"two addresses":         {To: "ada@example.com, eve@example.com", Subject: "Hello", Text: "x"},
		"a name":                {To: "Eve <eve@example.com>", Subject: "Hello", Text: "x"},
		"no subject":            {To: "ada@example.com", Text: "x"},
		"a NUL in the text":     {To: "ada@example.com", Subject: "Hello", Text: "x\x00y"},
		"text that is not text": {To: "ada@example.com", Subject: "Hello", Text: "\xff\xfe"},
	} {
		if _, err := m.Checked(); err == nil || problem.Of(err).Code != problem.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestParseServer(t *testing.T) {
	for address, want := range map[string]string{
		"smtps://ada:p%40ss@mail.example.com":          "Mail goes through mail.example.com:465, encrypted, signed in as ada, and comes from t@example.com.",
		"smtp://mail.example.com:2525?starttls=off":    "Mail goes through mail.example.com:2525, not encrypted, and comes from t@example.com.",
		"smtp://mail.example.com":                      "Mail goes through mail.example.com:587, encrypted with STARTTLS, and comes from t@example.com.",
		"smtp://ada:p@localhost:25?starttls=off":       "Mail goes through localhost:25, not encrypted, signed in as ada, and comes from t@example.com.",
		"smtp://mail.example.com:25?starttls=optional": "Mail goes through mail.example.com:25, encrypted if the server offers it, and comes from t@example.com.",
	} {
		s, err := ParseServer(address, "t@example.com")
		if err != nil || s.Describe() != want {
			t.Errorf("%s: %v, %q", address, err, s.Describe())
		}
	}
	for _, address := range []string{"", "mail.example.com", "http://mail.example.com", "smtps://", "smtp://h:99999", "smtp://h?starttls=maybe", "smtps://h?starttls=off",
		"smtp://h?color=red", "smtp://ada:secret@mail.example.com?starttls=off", "smtp://ada:secret@mail.example.com?starttls=optional", "smtp://h?ca=/nowhere/ca.pem", "smtp://ada:se cret@h:port"} {
		_, err := ParseServer(address, "t@example.com")
		if err == nil || problem.Of(err).Code != problem.Invalid {
			t.Errorf("%s: %v, want invalid", address, err)
		} else if strings.Contains(problem.Of(err).Text, "secret") {
			t.Errorf("%s: the sentence holds the password", address)
		}
	}
	if _, err := ParseServer("smtp://h", "Toucan <t@example.com>"); err == nil {
		t.Error("a sender with a name was taken")
	}
}
