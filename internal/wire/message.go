package wire

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of every message.
const (
	MaxReports = 64        // of a delivery: an agent that was offline keeps this many
	MaxMessage = 128 << 10 // bytes; a full delivery takes about 70,000
)

// Hash is a SHA-256 in lower-case hex. The zero value stands for nothing before.
type Hash string

// HashOf hashes bytes.
func HashOf(b []byte) Hash {
	sum := sha256.Sum256(b)
	return Hash(hex.EncodeToString(sum[:]))
}

func (h Hash) fault() string {
	if len(h) != 2*sha256.Size || !lowerHex(string(h)) {
		return "has a hash that is none"
	}
	return ""
}

func lowerHex(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// ID names a device: 32 lower-case hex digits which the server drew. Nothing of the
// device is in it.
type ID string

func (i ID) fault() string {
	if len(i) != 32 || !lowerHex(string(i)) {
		return "names no device"
	}
	return ""
}

// Report is what a device found at one moment.
type Report struct {
	Seq        uint64   `json:"seq"`         // 1, 2, 3 ...; a gap shows that a report was lost
	ObservedAt int64    `json:"observed_at"` // by the device's clock, seconds since 1970
	Rules      Hash     `json:"rules"`       // of the rules the verdicts were made by
	Results    []Result `json:"results"`     // one of each check, in the order of Checks
	Detail     Hash     `json:"detail"`      // of what the verdicts rest on, which stays on the device
	Prev       Hash     `json:"prev"`        // of the report before; empty for the first
}

// Hash is what the next report names as the one before it.
func (r Report) Hash() Hash { return HashOf(encode(r)) }

func (r Report) fault() string {
	switch {
	case r.Seq == 0:
		return "counts from 0"
	case r.ObservedAt <= 0:
		return "says no time"
	case (r.Prev == "") != (r.Seq == 1):
		return "names a report before the first, or none before another"
	case len(r.Results) != len(Checks()):
		return "does not answer every check once"
	}
	for _, h := range []Hash{r.Rules, r.Detail} {
		if f := h.fault(); f != "" {
			return f
		}
	}
	if f := r.Prev.fault(); f != "" && r.Prev != "" {
		return f
	}
	for i, c := range Checks() {
		if r.Results[i].Check != c {
			return "answers the checks in another order"
		}
		if f := r.Results[i].fault(); f != "" {
			return f
		}
	}
	return ""
}

// Delivery is what an agent sends: reports that were not received yet, oldest first.
type Delivery struct {
	V       int      `json:"v"`
	Device  ID       `json:"device"`
	Build   uint32   `json:"build"`   // of the agent: major*1,000,000 + minor*1,000 + patch
	SentAt  int64    `json:"sent_at"` // by the device's clock, seconds since 1970
	Reports []Report `json:"reports"`
}

func (d Delivery) fault() string {
	if f := d.Device.fault(); f != "" {
		return f
	}
	if len(d.Reports) == 0 || len(d.Reports) > MaxReports {
		return fmt.Sprintf("has to bring 1 to %d reports", MaxReports)
	}
	if d.SentAt <= 0 {
		return "says no time"
	}
	for i, r := range d.Reports {
		if f := r.fault(); f != "" {
			return f
		}
		if i > 0 && r.Seq <= d.Reports[i-1].Seq {
			return "brings reports out of order"
		}
		if i > 0 && r.Seq == d.Reports[i-1].Seq+1 && r.Prev != d.Reports[i-1].Hash() {
			return "brings reports that do not follow from each other"
		}
	}
	return ""
}

// Settings are the thresholds of the organisation: choices of closed lists, so that the
// server cannot ask anything by them.
type Settings struct {
	LockMinutes     int  `json:"lock_minutes"`     // 5, 10, 15, 20 or 30
	AcceptBuiltIn   bool `json:"accept_built_in"`  // password managers of the system or the browser count
	LinuxAntivirus  bool `json:"linux_antivirus"`  // antivirus is asked of Linux
	AcceptExtended  bool `json:"accept_extended"`  // extended support counts as supported
	IntervalMinutes int  `json:"interval_minutes"` // between two reports when nothing changes: 15 to 1440
}

// LockMinutes are the choices.
func LockMinutes() []int { return []int{5, 10, 15, 20, 30} }

// Usual are the settings of an organisation that chose none.
func Usual() Settings {
	return Settings{LockMinutes: 15, LinuxAntivirus: true, AcceptExtended: true, IntervalMinutes: 240}
}

// Fault says what is wrong with the settings, or is empty.
func (s Settings) Fault() string {
	if !slices.Contains(LockMinutes(), s.LockMinutes) {
		return "has a limit of the screen lock that is no choice"
	}
	if s.IntervalMinutes < 15 || s.IntervalMinutes > 1440 {
		return "has an interval outside 15 minutes to a day"
	}
	return ""
}

// Receipt says that the reports up to Seq are stored.
type Receipt struct {
	V          int      `json:"v"`
	Device     ID       `json:"device"`
	Seq        uint64   `json:"seq"`
	Report     Hash     `json:"report"`      // of the report with that number
	ReceivedAt int64    `json:"received_at"` // by the server's clock, seconds since 1970
	Batch      string   `json:"batch"`       // in the organisation's log; empty when nothing changed
	Settings   Settings `json:"settings"`
}

func (r Receipt) fault() string {
	if f := r.Device.fault(); f != "" {
		return f
	}
	if r.Batch != "" && !isUUID(r.Batch) {
		return "names no batch"
	}
	if f := r.Report.fault(); f != "" {
		return f
	}
	return r.Settings.Fault()
}

// isUUID reports whether s is a UUID in lower case.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	parts := strings.Split(s, "-")
	return len(parts) == 5 && len(parts[0]) == 8 && len(parts[1]) == 4 && len(parts[2]) == 4 && len(parts[3]) == 4 && lowerHex(strings.Join(parts, ""))
}

// Enrolment asks to become a device of the organisation. It is signed with the key it
// brings, so nobody can enrol a key that is another's.
type Enrolment struct {
	V        int      `json:"v"`
	Code     string   `json:"code"`     // as the page showed it: see IsCode
	Server   string   `json:"server"`   // host and port the agent meant, so that it cannot be passed on
	Platform Platform `json:"platform"` // linux, macos or windows
	Build    uint32   `json:"build"`
	Key      string   `json:"key"`   // Ed25519, standard base64
	Nonce    Hash     `json:"nonce"` // random; the answer names it
}

// codeLetters are those of a code: nobody mistakes one for another.
const codeLetters = "0123456789abcdefghjkmnpqrstvwxyz"

// CodeLength is how many letters a code has: 130 bits.
const CodeLength = 26

// IsCode reports whether s is shaped like a code.
func IsCode(s string) bool {
	for _, c := range []byte(s) {
		if strings.IndexByte(codeLetters, c) < 0 {
			return false
		}
	}
	return len(s) == CodeLength
}

// NewCode makes a code of random bytes, of which it needs CodeLength.
func NewCode(random []byte) string {
	out := make([]byte, CodeLength)
	for i := range out {
		out[i] = codeLetters[random[i]&31]
	}
	return string(out)
}

func isHost(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != ':' && c != '[' && c != ']' {
			return false
		}
	}
	return s != "" && len(s) <= 260
}

func (e Enrolment) fault() string {
	switch {
	case !IsCode(e.Code):
		return "has a code that is none"
	case !isHost(e.Server):
		return "names no server"
	case !slices.Contains([]Platform{Linux, MacOS, Windows}, e.Platform):
		return "names no platform"
	case !isKey(e.Key):
		return "brings no key"
	}
	return e.Nonce.fault()
}

func isKey(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	return err == nil && len(b) == ed25519.PublicKeySize && base64.StdEncoding.EncodeToString(b) == s
}

// Key reads a public key out of a message that was decoded.
func Key(s string) ed25519.PublicKey {
	b, _ := base64.StdEncoding.DecodeString(s) // Decode has looked at it
	return b
}

// KeyText writes a public key as messages hold it.
func KeyText(k ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(k) }

// Welcome answers an enrolment, signed with the key the agent will believe from now on.
type Welcome struct {
	V        int      `json:"v"`
	Device   ID       `json:"device"`
	Nonce    Hash     `json:"nonce"`
	Key      string   `json:"key"` // of the server: it signs receipts and revocations
	Settings Settings `json:"settings"`
}

func (w Welcome) fault() string {
	if f := w.Device.fault(); f != "" {
		return f
	}
	if !isKey(w.Key) {
		return "brings no key"
	}
	if f := w.Nonce.fault(); f != "" {
		return f
	}
	return w.Settings.Fault()
}

// Why says why a device was taken out.
type Why string

const (
	Retired  Why = "retired"
	Lost     Why = "lost"
	Replaced Why = "replaced" // it enrolled anew
)

// Revocation ends a device. Only this, signed, makes an agent forget its key.
type Revocation struct {
	V      int   `json:"v"`
	Device ID    `json:"device"`
	At     int64 `json:"at"` // seconds since 1970
	Why    Why   `json:"why"`
}

func (r Revocation) fault() string {
	if !slices.Contains([]Why{Retired, Lost, Replaced}, r.Why) {
		return "gives no reason"
	}
	return r.Device.fault()
}

// Code is why the server refused a message.
type Code string

const (
	Malformed    Code = "malformed"     // 400: not a message this server reads
	Unknown      Code = "unknown"       // 401: no such device, or not its signature
	BadCode      Code = "bad_code"      // 403: the code was used, has expired or never was
	Behind       Code = "behind"        // 409: these numbers were used for other reports: a copy or a restored machine; enrol anew
	RevokedHere  Code = "revoked"       // 410: with a Revocation
	TooLarge     Code = "too_large"     // 413
	TooMany      Code = "too_many"      // 429: with Retry-After
	Busy         Code = "busy"          // 503: with Retry-After
	WrongAddress Code = "wrong_address" // 421: the enrolment was meant for another server
)

// Refusal is the body of every answer that is no Receipt and no Welcome.
type Refusal struct {
	V          int    `json:"v"`
	Code       Code   `json:"code"`
	Revocation string `json:"revocation"` // a signed Revocation, with RevokedHere; else empty
}

func (r Refusal) fault() string {
	if !slices.Contains([]Code{Malformed, Unknown, BadCode, Behind, RevokedHere, TooLarge, TooMany, Busy, WrongAddress}, r.Code) {
		return "has no code"
	}
	return ""
}

// message is what can be signed and sent.
type message interface{ fault() string }

// purpose keeps the signature over one kind of message from counting for another.
func purpose(m message) string {
	switch m.(type) {
	case Delivery:
		return "toucan device delivery v1\n"
	case Receipt:
		return "toucan device receipt v1\n"
	case Enrolment:
		return "toucan device enrolment v1\n"
	case Welcome:
		return "toucan device welcome v1\n"
	case Revocation:
		return "toucan device revocation v1\n"
	}
	return ""
}

// encode writes a value in the one way it can be written.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // no message has a field that cannot be written
	}
	return b
}

// Encode writes a message without a signature, in the only form Decode takes.
func Encode[M message](m M) []byte { return encode(m) }

var (
	// ErrMalformed is a message that is not one, or not written the one way it can be.
	ErrMalformed = errors.New("wire: no such message")
	// ErrSignature is a message that the key did not sign.
	ErrSignature = errors.New("wire: not signed by this key")
)

// Sign writes a message: a line of JSON and a line with the signature over it.
func Sign[M message](m M, key ed25519.PrivateKey) []byte {
	body := encode(m)
	sig := ed25519.Sign(key, append([]byte(purpose(m)), body...))
	out := make([]byte, 0, len(body)+base64.StdEncoding.EncodedLen(len(sig))+2)
	out = append(append(out, body...), '\n')
	out = base64.StdEncoding.AppendEncode(out, sig)
	return append(out, '\n')
}

// Signed is a message whose form is right and whose signature nobody has looked at.
type Signed[M message] struct {
	Message   M
	body, sig []byte
}

// Parse takes a signed message apart. Everything that Sign would not have written is
// refused: unknown fields, doubled ones, other spacing, other spelling, text behind it.
func Parse[M message](b []byte) (Signed[M], error) {
	var s Signed[M]
	body, rest, ok := bytes.Cut(b, []byte("\n"))
	line, rest, ok2 := bytes.Cut(rest, []byte("\n"))
	if !ok || !ok2 || len(rest) > 0 {
		return s, fmt.Errorf("%w: it has to be a line and its signature", ErrMalformed)
	}
	sig, err := base64.StdEncoding.DecodeString(string(line))
	if err != nil || len(sig) != ed25519.SignatureSize || base64.StdEncoding.EncodeToString(sig) != string(line) {
		return s, fmt.Errorf("%w: its second line is no signature", ErrMalformed)
	}
	if s.Message, err = Decode[M](body); err != nil {
		return s, err
	}
	s.body, s.sig = body, sig
	return s, nil
}

// Decode reads a message without a signature, as strictly as Parse.
func Decode[M message](body []byte) (M, error) {
	var m, none M
	if len(body) > MaxMessage {
		return none, fmt.Errorf("%w: it is too large", ErrMalformed)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return none, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if !bytes.Equal(encode(m), body) {
		return none, fmt.Errorf("%w: it is not written the way it has to be", ErrMalformed)
	}
	if v := versionOf(m); v != Version {
		return none, fmt.Errorf("%w: it is of version %d", ErrMalformed, v)
	}
	if f := m.fault(); f != "" {
		return none, fmt.Errorf("%w: it %s", ErrMalformed, f)
	}
	return m, nil
}

func versionOf(m message) int {
	switch m := m.(type) {
	case Delivery:
		return m.V
	case Receipt:
		return m.V
	case Enrolment:
		return m.V
	case Welcome:
		return m.V
	case Revocation:
		return m.V
	case Refusal:
		return m.V
	}
	return Version // a Report stands inside a Delivery, which has one
}

// By reports whether the key signed the message.
func (s Signed[M]) By(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, append([]byte(purpose(s.Message)), s.body...), s.sig)
}

// Open is Parse and By in one.
func Open[M message](b []byte, key ed25519.PublicKey) (M, error) {
	s, err := Parse[M](b)
	if err == nil && !s.By(key) {
		err = ErrSignature
	}
	if err != nil {
		var none M
		return none, err
	}
	return s.Message, nil
}
