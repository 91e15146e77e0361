package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/toucan-grc/toucan/internal/problem"
)

// Security says how the way to a mail server is encrypted.
type Security string

const (
	TLS      Security = "tls"      // from the first byte, smtps://
	StartTLS Security = "required" // smtp://, which must offer STARTTLS
	MayTLS   Security = "optional" // smtp://, STARTTLS if it is offered
	NoTLS    Security = "off"      // smtp://, never: for a relay on the same machine
)

// Server is the mail server that takes our mail. The administrator of the
// machine names it; nobody else can. It is safe for concurrent use.
type Server struct {
	Host           string
	Port           int
	User, password string // empty: no authentication
	Security       Security
	From           string         // address the mail comes from
	Roots          *x509.CertPool // nil: those of the system
}

// sendWithin bounds one delivery, from dialling to the last answer.
const sendWithin = 45 * time.Second

// ParseServer reads the address of a mail server and the sender of its mail:
// smtps://user:password@mail.example.com:465, or smtp://mail.example.com:587 with
// ?starttls=required (the default), optional or off, and ?ca=FILE for a private
// authority. No sentence it returns holds the password.
func ParseServer(address, from string) (*Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return nil, problem.Field("smtp", "The address of the mail server is not understood. It looks like smtps://user:password@mail.example.com:465; write special characters of the password as %40.")
	}
	s := &Server{Host: u.Hostname(), Port: 465, Security: TLS, User: u.User.Username()}
	s.password, _ = u.User.Password()
	if u.Scheme == "smtp" {
		s.Port, s.Security = 587, StartTLS
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port < 1 || s.Port > 65535 {
			return nil, problem.Field("smtp", "The port of the mail server is not one. It lies between 1 and 65535; 465 and 587 are usual.")
		}
	}
	if err := s.options(u); err != nil {
		return nil, err
	}
	if s.User != "" && s.Security != TLS && s.Security != StartTLS && !loopback(s.Host) {
		return nil, problem.Field("smtp", "A password would be sent to the mail server without encryption. Use smtps://, or leave out starttls=optional or off.")
	}
	if from == "" {
		return nil, problem.Field("mail-from", "Say where mail comes from: --mail-from toucan@example.com, an address your mail server may send for.")
	}
	s.From, err = Address("mail-from", from)
	return s, err
}

// options reads what stands after the question mark.
func (s *Server) options(u *url.URL) error {
	for key, values := range u.Query() {
		value := values[len(values)-1]
		switch {
		case key == "starttls" && u.Scheme == "smtp" && (value == string(StartTLS) || value == string(MayTLS) || value == string(NoTLS)):
			s.Security = Security(value)
		case key == "ca":
			pem, err := os.ReadFile(value)
			if err != nil {
				return problem.Field("smtp", fmt.Sprintf("The file of the mail server's authority cannot be read: %v.", err))
			}
			s.Roots = x509.NewCertPool()
			if !s.Roots.AppendCertsFromPEM(pem) {
				return problem.Field("smtp", value+" holds no certificate in PEM form. Name the file of the authority that signed the mail server's certificate.")
			}
		default:
			return problem.Field("smtp", fmt.Sprintf("The mail server's address has %q, which is not understood. There are starttls=required, optional or off, with smtp://, and ca=FILE.", key+"="+value))
		}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Describe says in one sentence where mail goes, without any password.
func (s *Server) Describe() string {
	how := map[Security]string{TLS: "encrypted", StartTLS: "encrypted with STARTTLS", MayTLS: "encrypted if the server offers it", NoTLS: "not encrypted"}[s.Security]
	if s.User != "" {
		how += ", signed in as " + s.User
	}
	return fmt.Sprintf("Mail goes through %s:%d, %s, and comes from %s.", s.Host, s.Port, how, s.From)
}

// Send delivers a message to the mail server. id is the same at every try of one
// message, so that who gets it twice can tell. A problem of the code Invalid is
// the server's last word about this message; Busy means that trying again later
// may help. Both name what the server answered.
func (s *Server) Send(ctx context.Context, id string, m Message, at time.Time) error {
	m, err := m.Checked()
	if err != nil {
		return err
	}
	msg, err := s.compose(id, m, at)
	if err != nil {
		return &problem.Error{Code: problem.Invalid, Text: "The mail cannot be composed. Check the address.", Err: err}
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	if err := client.DialWithContext(ctx); err != nil {
		return &problem.Error{Code: problem.Busy, Err: err, Text: "The mail server could not be used: " + shortly(err) + "."}
	}
	defer client.Close() // what was accepted stays accepted, however badly the two part
	if err := client.Send(msg); err != nil {
		return refusal(err)
	}
	return nil
}

// refusal tells a last word from a failure that may pass.
func refusal(err error) error {
	if e, ok := errors.AsType[*gomail.SendError](err); ok && e.ErrorCode() >= 500 && e.ErrorCode() < 600 {
		return &problem.Error{Code: problem.Invalid, Err: err, Text: "The mail server refused the mail: " + shortly(err) + "."}
	}
	return &problem.Error{Code: problem.Busy, Err: err, Text: "The mail server did not take the mail: " + shortly(err) + "."}
}

// shortly is an error as one line of bounded length, for a sentence.
func shortly(err error) string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(err.Error(), "")), " ")
	if r := []rune(text); len(r) > 240 {
		text = string(r[:240]) + "…"
	}
	return strings.TrimRight(text, ".")
}

func (s *Server) compose(id string, m Message, at time.Time) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8))
	if err := msg.FromFormat("Toucan", s.From); err != nil {
		return nil, err
	}
	if err := msg.To(m.To); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(s.From, "@")
	msg.SetMessageIDWithValue(id + "@" + domain)
	msg.SetDateWithValue(at)
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answer from an absent person's machine
	msg.SetBodyString(gomail.TypeTextPlain, m.Text+"\n")
	msg.AddAlternativeString(gomail.TypeTextHTML, page(m.Text))
	return msg, nil
}

func (s *Server) client() (*gomail.Client, error) {
	opts := []gomail.Option{gomail.WithPort(s.Port), gomail.WithTimeout(sendWithin / 2),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12})}
	switch s.Security {
	case TLS:
		opts = append(opts, gomail.WithSSL())
	case StartTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case MayTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case NoTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.User != "" {
		kind := gomail.SMTPAuthAutoDiscover
		if s.Security == NoTLS || s.Security == MayTLS {
			kind = gomail.SMTPAuthPlainNoEnc // to this machine only: ParseServer saw to it
		}
		opts = append(opts, gomail.WithSMTPAuth(kind), gomail.WithUsername(s.User), gomail.WithPassword(s.password))
	}
	return gomail.NewClient(s.Host, opts...)
}
